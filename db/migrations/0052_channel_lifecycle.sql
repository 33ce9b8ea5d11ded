-- Who is named for a channel now; ids only, e-mail and telephone stand sealed beside the events. Written in the same transaction as they are.
create table archive.channel_administrators (
  channel_id uuid not null references archive.channels,
  person_id  uuid not null references archive.persons,
  function   text not null check (function in ('responsible', 'administrator', 'substitute', 'daily-operator')),
  primary key (channel_id, person_id, function)
);
create index channel_administrators_of_person on archive.channel_administrators (person_id);
grant select, insert, delete on archive.channel_administrators to archive_writer;
grant select on archive.channel_administrators to archive_staff, archive_cleared;

-- What the register tells beyond where the channel is. A channel registered before channels had a life is listed, as it was.
alter table views.channel_register
  add column contact text,
  add column activated_at timestamptz,
  add column paused text check (paused in ('comments-closed', 'hidden')),
  add column notice text;
-- What somebody wrote never stands in the planner's statistics.
alter table views.channel_register
  alter column contact set statistics 0,
  alter column paused set statistics 0,
  alter column notice set statistics 0;
create or replace view views.channel_register_public as
  select channel_id, authority_id, platform, handle, url, purpose, target_group, registered_at, closed_at,
         contact, notice, case when closed_at is not null then 'closed' when paused is not null then 'paused' when activated_at is not null then 'active' else 'listed' end as state, paused
  from views.channel_register;
