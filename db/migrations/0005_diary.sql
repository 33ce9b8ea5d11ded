-- One series per diary; a number is taken and its case opened in one transaction, so a rollback leaves no gap (I7).
create table archive.diary_series (
  series_id    uuid primary key,
  authority_id uuid not null references archive.authorities,
  organ        text not null,
  mode         text not null,
  unique (authority_id, organ)
);

create table archive.diary_counters (
  series_id uuid not null references archive.diary_series,
  year      int not null,
  last      bigint not null,
  primary key (series_id, year)
);

create table archive.cases (
  case_id         uuid primary key,
  authority_id    uuid not null references archive.authorities,
  series_id       uuid not null references archive.diary_series,
  year            int not null,
  number          bigint not null,
  diary_number    text not null,
  folded_number   text not null,
  class_code      text not null,
  external_system text,
  collective      text,
  last_document   int not null,
  opened_at       timestamptz not null,
  closed_at       timestamptz,
  unique (authority_id, folded_number)
);
create unique index cases_own_number on archive.cases (series_id, year, number) where external_system is null;
create unique index cases_collective on archive.cases (authority_id, collective) where collective is not null and closed_at is null;

-- Facts 1 and 2 of OSL 5:2, always open; facts 3 and 4 stand sealed and in the views.
create table archive.diary_entries (
  record_id       uuid primary key,
  case_id         uuid not null references archive.cases,
  authority_id    uuid not null,
  document_number int not null,
  direction       text not null,
  received_at     timestamptz not null,
  registered_at   timestamptz not null,
  unique (case_id, document_number)
);
create index diary_entries_by_day on archive.diary_entries (authority_id, registered_at);

-- An entry stands once it is made (arkivförordningen 3 §): corrections are new entries, never overwrites.
create trigger diary_entries_immutable before update or delete on archive.diary_entries
  for each row execute function archive.refuse_change();
alter table archive.diary_entries enable always trigger diary_entries_immutable;
create trigger diary_entries_no_truncate before truncate on archive.diary_entries
  for each statement execute function archive.refuse_change();
alter table archive.diary_entries enable always trigger diary_entries_no_truncate;

grant select, insert on archive.diary_series, archive.diary_entries to archive_writer;
grant select, insert, update on archive.diary_counters, archive.cases to archive_writer;
grant select on archive.diary_series, archive.cases, archive.diary_entries to archive_staff, archive_cleared;
