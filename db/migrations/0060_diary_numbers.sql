-- Diary numbers as people type them: any dash, any space, any case. The same fold as DiaryNumberKey in the service and views.fold_number; it stands here too
-- because a number is one case's by it, and nothing that decides may rest on a view.
create function archive.fold_number(number text) returns text
language sql immutable strict parallel safe as $$
  select regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(number collate "und-x-icu"),
    '[' || U&'\00AD\200B\200C\200D\2060\FEFF' || ']', '', 'g'),
    '[' || U&'\2010\2011\2012\2013\2014\2015\2212\FE58\FE63\FF0D' || ']', '-', 'g'),
    '[' || U&'\2044\2215' || ']', '/', 'g'),
    '[' || U&'\0009\000A\000B\000C\000D\0020\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000' || ']+', ' ', 'g'),
    '(^ )|( $)|( (?=[-/]))|((?<=[-/]) )', '', 'g'),
    '(?<=[[:alpha:]]) (?=[0-9])', '', 'g')
$$;
revoke execute on function archive.fold_number(text) from public;

-- Until now another fold stood here. Where two cases would get one key, both keep what they had.
update archive.cases c set folded_number = k.key
from (select case_id, archive.fold_number(diary_number) as key, count(*) over (partition by authority_id, archive.fold_number(diary_number)) as alike from archive.cases) k
where k.case_id = c.case_id and k.alike = 1 and c.folded_number <> k.key;

-- Several series an authority, each with its own organ code; one is used where none is named. A series without a template follows the policy's.
alter table archive.diary_series
  add column template text,
  add column from_day date,
  add column until_day date,
  add column is_default boolean not null default false;
update archive.diary_series set is_default = true;
create unique index diary_series_default on archive.diary_series (authority_id) where is_default;
grant update (template, from_day, until_day, is_default) on archive.diary_series to archive_writer;

-- A record moved to another case has an entry in each: the entry is the document's place, not the record's.
alter table archive.diary_entries drop constraint diary_entries_pkey;
alter table archive.diary_entries drop constraint diary_entries_case_id_document_number_key;
alter table archive.diary_entries add primary key (case_id, document_number);
create index diary_entries_of_record on archive.diary_entries (record_id);

-- Omregistrering: the old entry stands as överförd, the new one says where it came from.
create table archive.diary_transfers (
  record_id          uuid not null,
  case_id            uuid not null references archive.cases,
  document_number    int not null,
  from_number        text not null,
  to_authority_id    uuid not null references archive.authorities,
  to_case_id         uuid not null references archive.cases,
  to_document_number int not null,
  to_number          text not null,
  transferred_at     timestamptz not null,
  primary key (case_id, document_number),
  unique (to_case_id, to_document_number)
);
create index diary_transfers_of_record on archive.diary_transfers (record_id);

-- That an entry was corrected, when, and which date stood before. What was written stands sealed.
create table archive.diary_corrections (
  record_id       uuid not null,
  case_id         uuid not null references archive.cases,
  document_number int not null,
  correction      int not null,
  changed         text[] not null,
  received_before timestamptz not null,
  received_after  timestamptz not null,
  corrected_at    timestamptz not null,
  primary key (case_id, document_number, correction)
);

-- Numbers that are nobody's and never will be: utgår. Together with the cases they leave no gap in a series (I7).
create table archive.voided_numbers (
  series_id     uuid not null references archive.diary_series,
  year          int not null,
  number        bigint not null,
  authority_id  uuid not null references archive.authorities,
  case_id       uuid references archive.cases,
  diary_number  text not null,
  folded_number text not null,
  why           text not null check (why in ('void', 'resumed')),
  voided_at     timestamptz not null,
  primary key (series_id, year, number)
);
create index voided_numbers_by_number on archive.voided_numbers (folded_number text_pattern_ops);
create index voided_numbers_of_case on archive.voided_numbers (case_id) where case_id is not null;
create index voided_numbers_newest on archive.voided_numbers (authority_id, voided_at desc);

-- Numbers a case had in an older form or another system (ExtraID): one number, one case.
create table archive.case_alternates (
  authority_id  uuid not null references archive.authorities,
  folded_number text not null,
  case_id       uuid not null references archive.cases,
  -- The key of the case's own number, which stands in the views: so that a search by an older number comes to it through their index.
  case_key      text not null,
  alternate     text not null,
  added_at      timestamptz not null,
  primary key (authority_id, folded_number)
);
create index case_alternates_of_case on archive.case_alternates (case_id);
create index case_alternates_by_number on archive.case_alternates (folded_number);

alter table archive.cases add column voided_at timestamptz;
drop index archive.cases_collective;
create unique index cases_collective on archive.cases (authority_id, collective) where collective is not null and closed_at is null and voided_at is null;

-- As the entries themselves (arkivförordningen 3 §): once written they stand.
do $$
declare
  of text;
begin
  foreach of in array array['diary_transfers', 'diary_corrections', 'voided_numbers', 'case_alternates'] loop
    execute format('create trigger %1$s_immutable before update or delete on archive.%1$s for each row execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_immutable', of);
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;

grant select, insert on archive.diary_transfers, archive.diary_corrections, archive.voided_numbers, archive.case_alternates to archive_writer;
grant select on archive.diary_transfers, archive.diary_corrections, archive.voided_numbers, archive.case_alternates to archive_staff, archive_cleared;

-- Numbers and dates are always open (OSL 5:2); which record it is, is not.
grant select (case_id, document_number, from_number, to_case_id, to_document_number, to_number, transferred_at) on archive.diary_transfers to archive_public;
grant select (case_id, document_number, correction, received_before, received_after, corrected_at) on archive.diary_corrections to archive_public;
grant select (series_id, year, number, authority_id, case_id, diary_number, folded_number, why, voided_at) on archive.voided_numbers to archive_public;
grant select (authority_id, folded_number, case_id, case_key) on archive.case_alternates to archive_public;

-- A corrected date shows in the public diary as well.
create or replace function views.publish_diary(p_records uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  insert into views.diary_public as p (entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at, sender, subject)
  select entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at,
         case when wall = 'open' and released then sender end, case when wall = 'open' and released then subject end
  from views.all_diary where record_id = any (p_records)
  on conflict (entry_id) do update set diary_date = excluded.diary_date, sender = excluded.sender, subject = excluded.subject
  where (p.diary_date, p.sender, p.subject) is distinct from (excluded.diary_date, excluded.sender, excluded.subject)
$$;
