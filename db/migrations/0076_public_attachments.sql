-- Attachments that a registrator has examined together with the entry and lets everybody read. Ids only, written with the record's row by every command, so that
-- whatever takes the release back (a mark of secrecy, a correction, a transfer, a lock) takes the files back in the same transaction.
alter table archive.record_states add column public_attachments uuid[] not null default '{}';

-- What the login of the public reads: no record, no name, and nothing from behind a wall, locked, disposed of, or under a number it has left.
create view archive.attachments_public as
select e.case_id, e.document_number, p.place::int as place, a.attachment_id, a.media_type, a.bytes
from archive.record_states r
join archive.diary_entries e on e.record_id = r.record_id and e.case_id = r.case_id
cross join lateral unnest(r.public_attachments) with ordinality p(attachment_id, place)
join archive.attachments a on a.attachment_id = p.attachment_id and a.record_id = r.record_id
where r.registration = 'registered' and r.wall = 'open' and not r.locked and r.disposed_at is null
  and not exists (select from archive.diary_transfers t where t.case_id = e.case_id and t.document_number = e.document_number);
grant select on archive.attachments_public to archive_public, archive_staff, archive_cleared;

-- Lists that went through whole tables once there was much in them.
-- What waits to be allotted stands in cases that are not closed, which are few.
create index cases_not_closed on archive.cases (case_id) where closed_at is null;
-- What a rule has settled since the list was emptied last.
create index open_items_by_rule on archive.open_items (authority_id, outcome_at) where incoming and outcome is not null and by_rule;
-- What was tried and did not get through; and what did, where nothing is sent any more.
create index outgoing_tried on archive.outgoing_entries (authority_id, dead desc, place) where sent_at is null and (dead or attempts > 0);
create index outgoing_sent on archive.outgoing_entries (authority_id) where sent_at is not null;
-- The postlista and the public diary of all authorities, the newest first.
create index diary_public_newest_of_all on views.diary_public (diary_date desc, registered_at desc, entry_id desc);
create index diary_public_registered on views.diary_public (registered_at);
