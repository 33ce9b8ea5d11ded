-- What people look at. Everything here is derived from the log and may be thrown away and built again; backups leave the schema out.
--
-- Walls (architecture §9): the rows of a record stand behind the same wall, each in a partition of its own that a login may read or not.
-- The parents are for the writer and the cleared. A page of the projection takes advisory lock 4711 shared, whoever moves a record
-- behind a wall or destroys one takes it exclusively: so a row written while a mark is set stands where the mark says.
--
-- No statistics of anything that people wrote or are called: pg_statistic must never hold what has to be destroyed. No extended statistics.
create schema if not exists views;

-- Diary numbers as people type them: any dash, any space, any case. The same fold as DiaryNumberKey in the service.
create function views.fold_number(number text) returns text
language sql immutable strict parallel safe as $$
  select regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(number collate "und-x-icu"),
    '[' || U&'\00AD\200B\200C\200D\2060\FEFF' || ']', '', 'g'),
    '[' || U&'\2010\2011\2012\2013\2014\2015\2212\FE58\FE63\FF0D' || ']', '-', 'g'),
    '[' || U&'\2044\2215' || ']', '/', 'g'),
    '[' || U&'\0009\000A\000B\000C\000D\0020\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000' || ']+', ' ', 'g'),
    '(^ )|( $)|( (?=[-/]))|((?<=[-/]) )', '', 'g'),
    '(?<=[[:alpha:]]) (?=[0-9])', '', 'g')
$$;

-- Text before it is cut into words. Signs that would make the parser swallow words (tags, paths, hosts, addresses) become spaces, and the neuter's
-- definite ending goes, which the Swedish stemmer of PostgreSQL 15 leaves: bygglovet is indexed as bygglov.
create function views.plain(written text) returns text
language sql immutable strict parallel safe as $$ select translate(written, '<>/_@.', '      ') $$;

create function views.words(written text) returns text
language sql immutable strict parallel safe as $$
  select regexp_replace(replace(translate(lower(written), '<>/_@.', '      '), 'andet', 'ande'), '([a-gi-zåäöé])ets?\M', '\1', 'g')
$$;

-- What somebody asks for: stemmed, or exactly as written. Something excluded is excluded by its stem.
create function views.asked(written text) returns tsquery
language sql immutable strict parallel safe as $$
  select case when stems::text like '%!%' then stems else stems || websearch_to_tsquery('pg_catalog.simple', views.plain(written)) end
  from (select websearch_to_tsquery('pg_catalog.swedish', views.words(regexp_replace(lower(written), '\m(det|vilket|mycket)\M', ' ', 'g'))) as stems) s
$$;

-- A piece of the text around the words found, these between two control characters that texts in views never hold.
create function views.snippet(written text, asked tsquery) returns text
language sql immutable strict parallel safe as $$
  select translate(ts_headline('pg_catalog.swedish', translate(left(written, 100000), '<>', U&'\E000\E001'),
    regexp_replace(asked::text, '''( |\)|$)', ''':*\1', 'g')::tsquery,
    'StartSel="' || chr(2) || '", StopSel="' || chr(3) || '", MaxFragments=2, MaxWords=30, MinWords=12, FragmentDelimiter=" … "'), U&'\E000\E001', '<>')
$$;

create table views.all_records (
  record_id         uuid not null,
  wall              text not null check (wall in ('open', 'unassessed', 'secret')),
  authority_id      uuid not null,
  channel_id        uuid not null,
  platform          text not null,
  kind              text not null,
  direction         text not null,
  audience          text not null,
  record_type       text not null,
  author_id         uuid,
  parent_id         uuid,
  root_id           uuid,
  conversation_id   uuid,
  generation        bigint not null,
  occurred_at       timestamptz not null,
  captured_at       timestamptz not null,
  content_captured  boolean not null,
  sender_captured   boolean not null,
  flags             text[] not null,
  -- The latest version by valid time, and who wrote it.
  content           text not null,
  text_at           timestamptz,
  text              text,
  edited            boolean not null,
  sender_at         timestamptz,
  sender_name       text,
  sender_handle     text,
  permalink         text,
  file_names        text,
  attachment_ids    uuid[] not null,
  reactions         bigint not null,
  visibility        text not null,
  visibility_by     text,
  visibility_at     timestamptz,
  grounds           text[] not null,
  registration      text not null,
  registered_at     timestamptz,
  case_id           uuid,
  diary_number      text,
  document_number   int,
  subject           text,
  secrecy_provision text,
  secrecy_at        timestamptz,
  destroyed         boolean not null,
  disposed_at       timestamptz,
  version           bigint not null,
  seq               bigint not null,
  number_key        text generated always as (views.fold_number(diary_number)) stored,
  sender_fold       text generated always as (lower(left(coalesce(sender_name, '') || ' ' || coalesce(sender_handle, ''), 2000))) stored,
  -- Bounded, because a tsvector holds at most 1 MiB and a text of 500,000 different words must not stop the projection.
  search            tsvector generated always as (
    setweight(to_tsvector('pg_catalog.swedish', views.words(left(coalesce(text, ''), 150000) || ' ' || left(coalesce(file_names, ''), 5000) || ' ' || left(coalesce(subject, ''), 5000))), 'B')
    || setweight(to_tsvector('pg_catalog.swedish', views.words(left(coalesce(sender_name, '') || ' ' || coalesce(sender_handle, ''), 2000))), 'A')
    || setweight(to_tsvector('pg_catalog.simple', views.plain(left(coalesce(sender_name, '') || ' ' || coalesce(sender_handle, '') || ' ' || left(coalesce(text, ''), 20000), 22000))), 'C')) stored,
  primary key (record_id, wall)
) partition by list (wall);
create table views.record_view partition of views.all_records for values in ('open');
create table views.record_view_secret partition of views.all_records for values in ('unassessed', 'secret');
create unique index record_view_one on views.record_view (record_id);
create unique index record_view_secret_one on views.record_view_secret (record_id);
create index all_records_newest on views.all_records (occurred_at desc, record_id desc);
create index all_records_of_channel on views.all_records (channel_id, occurred_at desc, record_id desc);
create index all_records_of_author on views.all_records (author_id, occurred_at desc, record_id desc) where author_id is not null;
create index all_records_of_root on views.all_records (root_id, occurred_at) where root_id is not null;
create index all_records_of_conversation on views.all_records (conversation_id, occurred_at) where conversation_id is not null;
create index all_records_by_number on views.all_records (number_key text_pattern_ops) where number_key is not null;
create index all_records_search on views.all_records using gin (search);
create index all_records_sender on views.all_records using gin (sender_fold public.gin_trgm_ops);

-- One row an observation of content. Which of them are versions follows when they are read in valid time: a version is new only when content differs.
create table views.all_versions (
  record_id        uuid not null,
  wall             text not null,
  event_id         uuid not null,
  seq              bigint not null,
  valid_at         timestamptz not null,
  recorded_at      timestamptz not null,
  certainty        text not null,
  content          text not null,
  text             text,
  attachment_ids   uuid[] not null,
  attachment_names text[],
  destroyed        boolean not null,
  primary key (record_id, wall, event_id)
) partition by list (wall);
create table views.record_versions partition of views.all_versions for values in ('open');
create table views.record_versions_secret partition of views.all_versions for values in ('unassessed', 'secret');

-- The acts on a record, with their reasons: valid time and recorded time of each.
create table views.all_acts (
  record_id       uuid not null,
  wall            text not null,
  event_id        uuid not null,
  seq             bigint not null,
  name            text not null,
  valid_at        timestamptz not null,
  recorded_at     timestamptz not null,
  actor_id        uuid,
  acted_by        text,
  certainty       text,
  grounds         text[] not null,
  emergency       boolean,
  facts           jsonb not null,
  -- What officials wrote, or a file's name, sealed under the key of this class.
  key_class       text,
  motivation      text,
  legal_reference text,
  note            text,
  primary key (record_id, wall, event_id)
) partition by list (wall);
create table views.record_acts partition of views.all_acts for values in ('open');
create table views.record_acts_secret partition of views.all_acts for values in ('unassessed', 'secret');

create table views.all_diary (
  record_id       uuid not null,
  wall            text not null,
  entry_id        uuid not null,
  authority_id    uuid not null,
  case_id         uuid not null,
  diary_number    text not null,
  document_number int not null,
  direction       text not null,
  diary_date      date not null,
  received_at     timestamptz not null,
  registered_at   timestamptz not null,
  record_type     text not null,
  platform        text not null,
  external_system text,
  sender          text,
  subject         text,
  released        boolean not null,
  destroyed       boolean not null,
  seq             bigint not null,
  number_key      text generated always as (views.fold_number(diary_number)) stored,
  search          tsvector generated always as (
    setweight(to_tsvector('pg_catalog.swedish', views.words(left(coalesce(subject, '') || ' ' || coalesce(sender, ''), 20000))), 'B')
    || setweight(to_tsvector('pg_catalog.simple', views.plain(left(coalesce(sender, '') || ' ' || coalesce(subject, ''), 20000))), 'A')) stored,
  primary key (entry_id, wall)
) partition by list (wall);
create table views.diary partition of views.all_diary for values in ('open');
create table views.diary_secret partition of views.all_diary for values in ('unassessed', 'secret');
create index all_diary_of_record on views.all_diary (record_id);
create index all_diary_newest on views.all_diary (authority_id, diary_date desc, registered_at desc, entry_id desc);
create index all_diary_by_number on views.all_diary (number_key text_pattern_ops, document_number);
create index all_diary_search on views.all_diary using gin (search);

-- The diary for everybody: every entry is here with its date and number; sender and matter only when not secret and released (OSL 5:2).
-- What is withheld is not in the row, so no reader of it can get at it.
create table views.diary_public (
  entry_id        uuid primary key,
  record_id       uuid not null,
  authority_id    uuid not null,
  case_id         uuid not null,
  diary_number    text not null,
  document_number int not null,
  direction       text not null,
  diary_date      date not null,
  registered_at   timestamptz not null,
  sender          text,
  subject         text,
  number_key      text generated always as (views.fold_number(diary_number)) stored,
  search          tsvector generated always as (
    to_tsvector('pg_catalog.swedish', views.words(left(coalesce(subject, '') || ' ' || coalesce(sender, ''), 20000)))
    || to_tsvector('pg_catalog.simple', views.plain(left(coalesce(subject, '') || ' ' || coalesce(sender, ''), 20000)))) stored
);
create index diary_public_of_record on views.diary_public (record_id);
create index diary_public_newest on views.diary_public (authority_id, diary_date desc, registered_at desc, entry_id desc);
create index diary_public_by_number on views.diary_public (number_key text_pattern_ops, document_number);
create index diary_public_search on views.diary_public using gin (search);

-- A case stands behind the wall of its first document, which gave it its title; until that one is known, behind the innermost.
create table views.all_cases (
  case_id         uuid not null,
  wall            text not null,
  authority_id    uuid not null,
  diary_number    text not null,
  class_code      text not null,
  title           text,
  opened_at       timestamptz not null,
  external_system text,
  lead_record     uuid,
  documents       int not null,
  destroyed       boolean not null,
  number_key      text generated always as (views.fold_number(diary_number)) stored,
  primary key (case_id, wall)
) partition by list (wall);
create table views.case_view partition of views.all_cases for values in ('open');
create table views.case_view_secret partition of views.all_cases for values in ('unassessed', 'secret');
create index all_cases_of_record on views.all_cases (lead_record);
create index all_cases_by_number on views.all_cases (number_key text_pattern_ops);

create table views.channel_register (
  channel_id     uuid primary key,
  authority_id   uuid not null,
  platform       text not null,
  handle         text,
  url            text,
  purpose        text,
  target_group   text,
  own_accounts   uuid[] not null,
  registered_at  timestamptz not null,
  closed_at      timestamptz,
  access_lost_at timestamptz
);
create view views.channel_register_public as
  select channel_id, authority_id, platform, handle, url, purpose, target_group, registered_at, closed_at from views.channel_register;

-- An account stands behind a wall as long as everything it wrote does; the channel's own accounts never do.
create table views.all_accounts (
  account_id    uuid not null,
  wall          text not null,
  authority_id  uuid not null,
  channel_id    uuid not null,
  platform      text not null,
  own           boolean not null,
  seen_at       timestamptz not null,
  name          text,
  handle        text,
  first_seen_at timestamptz not null,
  destroyed     boolean not null,
  name_fold     text generated always as (lower(left(coalesce(name, '') || ' ' || coalesce(handle, ''), 2000))) stored,
  primary key (account_id, wall)
) partition by list (wall);
create table views.account_view partition of views.all_accounts for values in ('open');
create table views.account_view_secret partition of views.all_accounts for values in ('unassessed', 'secret');
create index all_accounts_of_channel on views.all_accounts (channel_id);
create index all_accounts_name on views.all_accounts using gin (name_fold public.gin_trgm_ops);

create table views.all_account_names (
  account_id  uuid not null,
  wall        text not null,
  event_id    uuid not null,
  seq         bigint not null,
  valid_at    timestamptz not null,
  recorded_at timestamptz not null,
  profile     text not null,
  name        text,
  handle      text,
  destroyed   boolean not null,
  primary key (account_id, wall, event_id)
) partition by list (wall);
create table views.account_names partition of views.all_account_names for values in ('open');
create table views.account_names_secret partition of views.all_account_names for values in ('unassessed', 'secret');

do $$
declare
  of record;
begin
  for of in
    select c.oid::regclass as tab, a.attname as col
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and a.attname in ('text', 'content', 'sender_name', 'sender_handle', 'sender_fold', 'sender', 'permalink', 'file_names', 'attachment_names', 'subject', 'search',
        'motivation', 'legal_reference', 'note', 'facts', 'title', 'handle', 'url', 'purpose', 'target_group', 'name', 'name_fold', 'profile', 'secrecy_provision')
  loop
    execute format('alter table %s alter column %I set statistics 0', of.tab, of.col);
  end loop;
end $$;

-- What the public diary may show of these records' entries, from what stands now. Called by everything that moves, releases or destroys.
create function views.publish_diary(p_records uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  insert into views.diary_public as p (entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, sender, subject)
  select entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at,
         case when wall = 'open' and released then sender end, case when wall = 'open' and released then subject end
  from views.all_diary where record_id = any (p_records)
  on conflict (entry_id) do update set sender = excluded.sender, subject = excluded.subject
  where (p.sender, p.subject) is distinct from (excluded.sender, excluded.subject)
$$;

create function views.place_accounts(p_accounts uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  with placed as (
    select a.account_id, case
      when a.own or exists (select from views.record_view r where r.author_id = a.account_id) then 'open'
      when exists (select from views.record_view_secret r where r.author_id = a.account_id and r.wall = 'unassessed') then 'unassessed'
      else 'secret' end as wall
    from views.all_accounts a where a.account_id = any (p_accounts)
  ), moved as (
    update views.all_account_names n set wall = p.wall from placed p where n.account_id = p.account_id and n.wall <> p.wall
  )
  update views.all_accounts a set wall = p.wall from placed p where a.account_id = p.account_id and a.wall <> p.wall
$$;

create function views.place_cases(p_cases uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  update views.all_cases c set wall = s.wall
  from archive.record_states s
  where c.case_id = any (p_cases) and s.record_id = c.lead_record and c.wall <> s.wall
$$;

-- Puts every row of these records where archive.record_states.wall says.
create function views.place_records(p_records uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_records v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_versions v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_acts v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  update views.all_diary v set wall = s.wall from archive.record_states s where v.record_id = any (p_records) and s.record_id = v.record_id and v.wall <> s.wall;
  perform views.place_cases(array(select case_id from views.all_cases where lead_record = any (p_records)));
  perform views.place_accounts(array(select author_id from views.all_records where record_id = any (p_records) and author_id is not null));
  perform views.publish_diary(p_records);
end $$;

-- For the command that marks, lifts or assesses: it holds advisory lock 4711 exclusively, and has set the wall in the same transaction.
create function views.move_behind_wall(p_record uuid) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if not exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted and mode = 'ExclusiveLock'
                 and database = (select oid from pg_database where datname = current_database()) and classid = 0 and objid = 4711 and objsubid = 1) then
    raise exception 'a record is moved under advisory lock 4711, held exclusively' using errcode = 'AS003';
  end if;
  perform views.place_records(array[p_record]);
end $$;

-- Blanks what was derived from the destroyed keys of these records; date, number and kind stay. Called by dispose_batch in its transaction, under
-- advisory lock 4711 held exclusively; the projection does the same when it meets the event, so that a rebuild gives the same rows.
create function views.forget_records(p_records uuid[], p_classes text[] default array['content', 'register']) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if 'content' = any (p_classes) then
    update views.all_records set
      text = null, sender_at = null, sender_name = null, sender_handle = null, permalink = null, file_names = null, destroyed = true
    where record_id = any (p_records);
    update views.all_versions set text = null, attachment_names = null, destroyed = true where record_id = any (p_records);
  end if;
  if 'register' = any (p_classes) then
    update views.all_records set subject = null where record_id = any (p_records) and subject is not null;
    update views.all_diary set sender = null, subject = null, destroyed = true where record_id = any (p_records);
  end if;
  update views.all_acts set motivation = null, legal_reference = null, note = null, key_class = null
  where record_id = any (p_records) and key_class = any (p_classes);
  perform views.publish_diary(p_records);
end $$;

-- The names of accounts whose key was destroyed with the last of their records.
create function views.forget_accounts(p_accounts uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  update views.all_accounts set name = null, handle = null, destroyed = true where account_id = any (p_accounts);
  update views.all_account_names set name = null, handle = null, destroyed = true where account_id = any (p_accounts);
$$;

create function views.forget_cases(p_cases uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  update views.all_cases set title = null, destroyed = true where case_id = any (p_cases);
$$;

revoke execute on all functions in schema views from public;
grant usage on schema views to archive_writer, archive_public, archive_staff, archive_cleared;
grant execute on function views.fold_number(text), views.plain(text), views.words(text), views.asked(text), views.snippet(text, tsquery) to archive_writer, archive_public, archive_staff, archive_cleared;
grant execute on function views.publish_diary(uuid[]), views.place_accounts(uuid[]), views.place_cases(uuid[]), views.place_records(uuid[]), views.move_behind_wall(uuid),
  views.forget_records(uuid[], text[]), views.forget_accounts(uuid[]), views.forget_cases(uuid[]) to archive_writer;
grant select, insert, update, delete on
  views.all_records, views.record_view, views.record_view_secret, views.all_versions, views.record_versions, views.record_versions_secret,
  views.all_acts, views.record_acts, views.record_acts_secret, views.all_diary, views.diary, views.diary_secret, views.diary_public,
  views.all_cases, views.case_view, views.case_view_secret, views.channel_register, views.all_accounts, views.account_view, views.account_view_secret,
  views.all_account_names, views.account_names, views.account_names_secret to archive_writer;
grant select on views.record_view, views.record_versions, views.record_acts, views.diary, views.diary_public, views.case_view, views.channel_register,
  views.channel_register_public, views.account_view, views.account_names to archive_staff, archive_cleared;
grant select on views.all_records, views.record_view_secret, views.all_versions, views.record_versions_secret, views.all_acts, views.record_acts_secret,
  views.all_diary, views.diary_secret, views.all_cases, views.case_view_secret, views.all_accounts, views.account_view_secret,
  views.all_account_names, views.account_names_secret to archive_cleared;
grant select (entry_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, sender, subject, number_key, search)
  on views.diary_public to archive_public;
grant select on views.channel_register_public to archive_public;
