-- Utskriftsprotokoll of case files: who printed, when, how many pages, counted. Printer and place stand sealed with the event.
create table archive.case_prints (
  print_id   uuid primary key,
  case_id    uuid not null references archive.cases,
  pages      int not null check (pages > 0),
  archival   boolean not null,
  secret     boolean not null,
  printed_on date not null
);
create index case_prints_of_case on archive.case_prints (case_id, printed_on);

grant select, insert on archive.case_prints to archive_writer;
grant select on archive.case_prints to archive_staff, archive_cleared;
