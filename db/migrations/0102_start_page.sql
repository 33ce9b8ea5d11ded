-- What nobody has assessed is counted on the start page at every visit, and is little among much.
create index record_states_unassessed on archive.record_states (authority_id, received_at, record_id) where wall = 'unassessed' and disposed_at is null;
