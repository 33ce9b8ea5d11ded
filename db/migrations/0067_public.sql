-- The description of an authority's archive (arkivlagen 6 §, OSL 4:2). The texts stand sealed in the event; here is which stream they stand in.
create table archive.archive_descriptions (
  authority_id uuid not null references archive.authorities,
  version      int not null,
  stream_id    uuid not null,
  described_by uuid not null,
  described_at timestamptz not null,
  primary key (authority_id, version)
);

-- What was put together for JO or JK: by whom, for which days, and whether what is secret went along.
create table archive.inspection_packs (
  pack_id      uuid primary key,
  authority_id uuid not null references archive.authorities,
  from_day     date not null,
  to_day       date not null check (to_day >= from_day),
  secret       boolean not null,
  made_by      uuid not null,
  made_at      timestamptz not null
);
create index inspection_packs_of_authority on archive.inspection_packs (authority_id, made_at desc);

do $$
declare
  of text;
begin
  foreach of in array array['archive_descriptions', 'inspection_packs'] loop
    execute format('create trigger %1$s_immutable before update or delete on archive.%1$s for each row execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_immutable', of);
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;
grant select, insert on archive.archive_descriptions, archive.inspection_packs to archive_writer;
grant select on archive.archive_descriptions, archive.inspection_packs to archive_staff, archive_cleared;

-- What an authority holds, counted from the open side alone: nothing from behind a wall has a row or a count here, so two archives that differ only in that
-- give the same answer.
create view archive.holdings_open as
select r.authority_id, r.channel_id, r.record_type, extract(year from archive.swedish_date(r.received_at))::int as year,
       count(*) as records, count(*) filter (where r.disposed_at is not null) as disposed
from archive.record_states r
where r.wall = 'open' and not r.locked
group by 1, 2, 3, 4;
create view archive.formats_open as
select r.authority_id, a.media_type, count(*) as files, sum(a.bytes)::bigint as bytes
from archive.attachments a join archive.record_states r using (record_id)
where r.wall = 'open' and not r.locked and r.disposed_at is null
group by 1, 2;
grant select on archive.holdings_open, archive.formats_open to archive_public, archive_staff, archive_cleared;

-- How an authority disposes of what it has is for everybody to know (OSL 4:2): decisions and rules name no person and no record.
grant select on archive.retention_decisions, archive.retention_rules to archive_public;
