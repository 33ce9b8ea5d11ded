-- Numbered documents of a case that are no records: tjänsteanteckningar, decisions, and appeals on paper. Their facts 1 and 2 (OSL 5:2) stand here; what they say
-- stands sealed and in the views. The place in the case gives the entry its id, so that it is the same in every table built from the log.
create table archive.case_documents (
  case_id         uuid not null references archive.cases,
  document_number int not null,
  authority_id    uuid not null references archive.authorities,
  kind            text not null check (kind in ('note', 'decision', 'appeal')),
  direction       text not null check (direction in ('received', 'drawnUp')),
  diary_date      date not null,
  registered_at   timestamptz not null,
  -- A secrecy mark stands (OSL 5:5).
  marked          boolean not null,
  -- A registrator has examined it: what it concerns may stand in the public diary.
  released        boolean not null default false,
  -- It is an entry of the diary for everybody: a note from the day its case was closed (TF 2:10, 2:12).
  entered         boolean not null,
  entry_id        uuid not null generated always as (md5(case_id::text || '/' || document_number::text)::uuid) stored,
  primary key (case_id, document_number)
);
create unique index case_documents_entry on archive.case_documents (entry_id);
create index case_documents_working on archive.case_documents (authority_id, diary_date desc) where not entered;

insert into archive.case_documents (case_id, document_number, authority_id, kind, direction, diary_date, registered_at, marked, entered)
select e.stream_id, (e.data->>'documentNumber')::int, c.authority_id,
       case e.type when 'case_note_written' then 'note' when 'case_decision_made' then 'decision' else 'appeal' end,
       case e.type when 'case_appeal_received' then 'received' else 'drawnUp' end,
       case e.type when 'case_note_written' then archive.swedish_date((e.data->>'occurredAt')::timestamptz) when 'case_decision_made' then (e.data->>'decidedOn')::date else (e.data->>'receivedOn')::date end,
       (e.data->>(case e.type when 'case_note_written' then 'writtenAt' when 'case_decision_made' then 'recordedAt' else 'registeredAt' end))::timestamptz,
       e.data->>'provision' is not null,
       e.type <> 'case_note_written' or exists (select from archive.mt_events x where x.stream_id = e.stream_id and x.type = 'case_closed' and x.version > e.version)
from archive.mt_events e join archive.cases c on c.case_id = e.stream_id
where e.type in ('case_note_written', 'case_decision_made') or (e.type = 'case_appeal_received' and e.data->>'record' is null);

create trigger case_documents_no_truncate before truncate on archive.case_documents for each statement execute function archive.refuse_change();
alter table archive.case_documents enable always trigger case_documents_no_truncate;
grant select, insert, update on archive.case_documents to archive_writer;
grant select on archive.case_documents to archive_staff, archive_cleared;

-- What they say. A row stands behind the wall of the innermost document of its case, for what officials write may tell of that one; with a mark of its own always behind it.
create table views.all_case_documents (
  entry_id        uuid not null,
  wall            text not null,
  authority_id    uuid not null,
  case_id         uuid not null,
  diary_number    text not null,
  document_number int not null,
  kind            text not null,
  counterpart     text,
  subject         text,
  public_subject  text,
  content         text,
  destroyed       boolean not null,
  seq             bigint not null,
  number_key      text generated always as (views.fold_number(diary_number)) stored,
  search          tsvector generated always as (views.indexed(coalesce(content, '') || ' ' || left(coalesce(subject, ''), 5000), coalesce(counterpart, ''))) stored,
  primary key (entry_id, wall)
) partition by list (wall);
create table views.case_documents partition of views.all_case_documents for values in ('open');
create table views.case_documents_secret partition of views.all_case_documents for values in ('unassessed', 'secret');
create index all_case_documents_of_case on views.all_case_documents (case_id);
create index all_case_documents_by_number on views.all_case_documents (number_key text_pattern_ops, document_number);
create index all_case_documents_search on views.all_case_documents using gin (search);

-- Not of a record: then it is of a case. What kind of document it is, is open to all.
alter table views.diary_public alter column record_id drop not null;
alter table views.diary_public add column kind text not null default 'record';
grant select (kind) on views.diary_public to archive_public;
create index diary_public_of_case on views.diary_public (case_id);

-- The neutral title that a case has for everybody; never the internal one. No row: none was given, or the case stands behind a wall.
alter table views.all_cases add column public_title text;
create table views.case_titles_public (
  case_id uuid primary key,
  title   text not null,
  search  tsvector generated always as (views.indexed(title, '')) stored
);
create index case_titles_public_search on views.case_titles_public using gin (search);

do $$
declare
  of record;
begin
  for of in
    select c.oid::regclass as tab, a.attname as col
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and ((c.relname in ('all_case_documents', 'case_documents', 'case_documents_secret') and a.attname in ('counterpart', 'subject', 'public_subject', 'content', 'search'))
        or (c.relname = 'case_titles_public' and a.attname in ('title', 'search')) or (c.relname in ('all_cases', 'case_view', 'case_view_secret') and a.attname = 'public_title'))
  loop
    execute format('alter table %s alter column %I set statistics 0', of.tab, of.col);
  end loop;
end $$;

create function views.publish_case_titles(p_cases uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  delete from views.case_titles_public p where p.case_id = any (p_cases)
    and not exists (select from views.all_cases c where c.case_id = p.case_id and c.wall = 'open' and c.public_title is not null);
  insert into views.case_titles_public as p (case_id, title)
  select case_id, public_title from views.all_cases where case_id = any (p_cases) and wall = 'open' and public_title is not null
  on conflict (case_id) do update set title = excluded.title where p.title <> excluded.title
$$;

-- What the public diary may show of these cases' own documents, from what stands now.
create function views.publish_case_documents(p_cases uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  insert into views.diary_public as p (entry_id, kind, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, sender, subject)
  select v.entry_id, v.kind, v.authority_id, v.case_id, v.diary_number, v.document_number, d.direction, d.diary_date, d.registered_at,
         case when v.wall = 'open' and d.released and not d.marked then v.counterpart end,
         case when v.wall = 'open' and d.released and not d.marked then coalesce(v.public_subject, v.subject) end
  from views.all_case_documents v join archive.case_documents d using (case_id, document_number) where v.case_id = any (p_cases) and d.entered
  on conflict (entry_id) do update set sender = excluded.sender, subject = excluded.subject
  where (p.sender, p.subject) is distinct from (excluded.sender, excluded.subject)
$$;

-- Puts every row of these cases' own documents where the case's records and their own marks say. Called by everything that moves, marks, releases or closes.
create function views.place_case_documents(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  with at as (
    select c.case_id, case when bool_or(s.wall = 'secret') then 'secret' when bool_or(s.wall = 'unassessed') then 'unassessed' else 'open' end as wall
    from unnest(p_cases) c(case_id) left join views.diary_public e using (case_id) left join archive.record_states s using (record_id) group by c.case_id
  )
  update views.all_case_documents v set wall = case when d.marked then 'secret' else at.wall end
  from at join archive.case_documents d using (case_id)
  where v.case_id = d.case_id and v.document_number = d.document_number and v.wall <> case when d.marked then 'secret' else at.wall end;
  perform views.publish_case_documents(p_cases);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_case_documents') is not null then
    execute 'select views_next.place_case_documents($1)' using p_cases;
  end if;
end $$;

create or replace function views.place_cases(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_cases c set wall = s.wall
  from archive.record_states s
  where c.case_id = any (p_cases) and s.record_id = c.lead_record and c.wall <> s.wall;
  perform views.publish_case_titles(p_cases);
end $$;

create or replace function views.place_records(p_records uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_records v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_versions v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_acts v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_diary v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  perform views.place_cases(array(select case_id from views.all_cases where lead_record = any (p_records)));
  perform views.place_accounts(array(select author_id from views.all_records where record_id = any (p_records) and author_id is not null));
  perform views.publish_diary(p_records);
  perform views.place_case_documents(array(select distinct case_id from views.diary_public where record_id = any (p_records)));
end $$;

create or replace function views.forget_cases(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_cases set title = null, public_title = null, destroyed = true where case_id = any (p_cases);
  update views.all_case_documents set counterpart = null, subject = null, public_subject = null, content = null, destroyed = true where case_id = any (p_cases);
  perform views.publish_case_titles(p_cases);
  perform views.publish_case_documents(p_cases);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_cases') is not null then
    execute 'select views_next.forget_cases($1)' using p_cases;
  end if;
end $$;

revoke execute on function views.publish_case_titles(uuid[]), views.publish_case_documents(uuid[]), views.place_case_documents(uuid[]) from public;
grant execute on function views.publish_case_titles(uuid[]), views.publish_case_documents(uuid[]), views.place_case_documents(uuid[]) to archive_writer;
grant select, insert, update, delete on views.all_case_documents, views.case_documents, views.case_documents_secret, views.case_titles_public to archive_writer;
grant select on views.case_documents to archive_staff, archive_cleared;
grant select on views.all_case_documents, views.case_documents_secret to archive_cleared;
grant select on views.case_titles_public to archive_public, archive_staff, archive_cleared;
