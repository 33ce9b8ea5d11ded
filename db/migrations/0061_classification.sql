-- The classes of each authority's plan, every version of it. The log has the plans; these are for looking up.
create table archive.classification_plans (
  authority_id       uuid not null references archive.authorities,
  version            int not null,
  stream_id          uuid not null,
  decision_reference text,
  adopted_at         timestamptz not null,
  primary key (authority_id, version)
);
create table archive.record_classes (
  authority_id uuid not null,
  version      int not null,
  code         text not null,
  title        text not null,
  valid_from   date,
  valid_until  date,
  replaces     text[] not null,
  primary key (authority_id, version, code),
  foreign key (authority_id, version) references archive.classification_plans
);

grant select, insert on archive.classification_plans, archive.record_classes to archive_writer;
grant select on archive.classification_plans, archive.record_classes to archive_staff, archive_cleared;
