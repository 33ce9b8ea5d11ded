-- A note, a decision or an appeal on paper can be found for a request one by one, by the id of its entry. What it says is under the case's key, so the case is always found,
-- and held, with it.
alter table archive.disclosure_items drop constraint disclosure_items_kind_check;
alter table archive.disclosure_items add constraint disclosure_items_kind_check check (kind in ('record', 'case', 'document'));

-- Sekretessmarkering of what a case is called and who its parties are (OSL 5:5): a warning, examined anew with every request.
alter table archive.cases add column marked boolean not null default false;

-- Where a document that a case has of its own stands: behind the innermost wall of what is registered in the case; with a mark of its own, or of the case, behind the innermost.
create function archive.wall_of_case_document(p_case uuid, p_number int) returns text
language sql stable set search_path = pg_catalog, archive as $$
  select case when d.marked or c.marked or exists (select from archive.diary_entries e join archive.record_states s using (record_id) where e.case_id = p_case and s.wall = 'secret') then 'secret'
              when exists (select from archive.diary_entries e join archive.record_states s using (record_id) where e.case_id = p_case and s.wall = 'unassessed') then 'unassessed'
              else 'open' end
  from archive.case_documents d join archive.cases c using (case_id) where d.case_id = p_case and d.document_number = p_number
$$;

-- Copies of files that somebody masked by hand, for what is given out. Sealed under the request's key; never changed, and gone with that key.
create table archive.disclosure_copies (
  copy_id       uuid primary key,
  request_id    uuid not null references archive.disclosure_requests,
  item_id       uuid not null,
  attachment_id uuid not null,
  object_id     uuid not null unique,
  bytes         bigint not null check (bytes > 0),
  media_type    text not null
);
create index disclosure_copies_of_request on archive.disclosure_copies (request_id);
create trigger disclosure_copies_immutable before update or delete on archive.disclosure_copies for each row execute function archive.refuse_change();
alter table archive.disclosure_copies enable always trigger disclosure_copies_immutable;
create trigger disclosure_copies_no_truncate before truncate on archive.disclosure_copies for each statement execute function archive.refuse_change();
alter table archive.disclosure_copies enable always trigger disclosure_copies_no_truncate;
grant select, insert on archive.disclosure_copies to archive_writer;

-- A case stands where its first record stands; with a mark of its own behind the innermost wall. One that has no record was open.
create or replace function views.place_cases(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_cases v set wall = at.wall
  from (select c.case_id, case when a.marked then 'secret' when s.wall is not null then s.wall
                               -- Opened for a record that these views do not know yet.
                               when exists (select from archive.diary_entries e where e.case_id = c.case_id) then 'secret' else 'open' end as wall
        from views.all_cases c join archive.cases a using (case_id) left join archive.record_states s on s.record_id = c.lead_record where c.case_id = any (p_cases)) at
  where v.case_id = at.case_id and v.wall <> at.wall;
  perform views.publish_case_titles(p_cases);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_cases') is not null then
    execute 'select views_next.place_cases($1)' using p_cases;
  end if;
end $$;

-- What officials wrote in a case that is marked may tell of what the mark is for.
create or replace function views.place_case_documents(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  with at as (
    select c.case_id, case when a.marked or bool_or(s.wall = 'secret') then 'secret' when bool_or(s.wall = 'unassessed') then 'unassessed' else 'open' end as wall
    from unnest(p_cases) c(case_id) join archive.cases a using (case_id) left join views.diary_public e using (case_id) left join archive.record_states s using (record_id) group by c.case_id, a.marked
  )
  update views.all_case_documents v set wall = case when d.marked then 'secret' else at.wall end
  from at join archive.case_documents d using (case_id)
  where v.case_id = d.case_id and v.document_number = d.document_number and v.wall <> case when d.marked then 'secret' else at.wall end;
  perform views.publish_case_documents(p_cases);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_case_documents') is not null then
    execute 'select views_next.place_case_documents($1)' using p_cases;
  end if;
end $$;

-- Notes, decisions and appeals on paper are entries of the diary too, and told to other diaries: a note when its case is closed, as it becomes an entry then. Called in the transaction
-- of the case's events; what has been told of is not told again, and the places stay without gaps.
alter table archive.outgoing_entries drop constraint outgoing_entries_type_check;
alter table archive.outgoing_entries add constraint outgoing_entries_type_check
  check (type in ('record_registered', 'registration_corrected', 'record_transferred', 'case_decision_made', 'case_appeal_received', 'case_note_written'));

create function archive.enqueue_outgoing_documents(p_case uuid, p_after bigint) returns void
language plpgsql set search_path = pg_catalog, archive as $$
declare
  e record;
  n bigint;
begin
  for e in
    select x.id, x.version, x.type, x.timestamp, c.authority_id from archive.mt_events x join archive.cases c on c.case_id = x.stream_id
    where x.stream_id = p_case and not exists (select from archive.outgoing_entries o where o.event_id = x.id)
      and ((x.version > p_after and x.type = 'case_decision_made') or (x.version > p_after and x.type = 'case_appeal_received' and x.data->>'record' is null)
        or (x.type = 'case_note_written' and exists (select from archive.mt_events z where z.stream_id = p_case and z.version > p_after and z.type = 'case_closed')))
    order by x.version
  loop
    insert into archive.outgoing_counters as k (authority_id, last) values (e.authority_id, 1)
    on conflict (authority_id) do update set last = k.last + 1 returning last into n;
    insert into archive.outgoing_entries (event_id, authority_id, place, record_id, version, type, recorded_at)
    values (e.id, e.authority_id, n, p_case, e.version, e.type, case when e.type = 'case_note_written' then clock_timestamp() else e.timestamp end);
  end loop;
end $$;
revoke execute on function archive.enqueue_outgoing_documents(uuid, bigint), archive.wall_of_case_document(uuid, int) from public;
grant execute on function archive.enqueue_outgoing_documents(uuid, bigint) to archive_writer;
grant execute on function archive.wall_of_case_document(uuid, int) to archive_writer, archive_staff, archive_cleared;

with missing as (
  select e.id, d.authority_id, row_number() over (partition by d.authority_id order by e.seq_id) as n, e.stream_id, e.version, e.type, e.timestamp
  from archive.case_documents d join archive.mt_events e on e.stream_id = d.case_id and e.type in ('case_note_written', 'case_decision_made', 'case_appeal_received')
    and e.data->>'record' is null and (e.data->>'documentNumber')::int = d.document_number
  where d.entered
)
insert into archive.outgoing_entries (event_id, authority_id, place, record_id, version, type, recorded_at)
select m.id, m.authority_id, coalesce(k.last, 0) + m.n, m.stream_id, m.version, m.type, m.timestamp from missing m left join archive.outgoing_counters k using (authority_id);
insert into archive.outgoing_counters (authority_id, last) select authority_id, max(place) from archive.outgoing_entries group by authority_id
on conflict (authority_id) do update set last = excluded.last;
