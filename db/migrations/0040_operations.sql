-- What keeps the service's own house: schedules that run on one node at a time, and the nightly reconcile.

-- Quartz's tables, as its PostgreSQL store expects them (docs/adr/0010). Derived: schedules are declared anew at every start, so backups leave them out.
create table work.qrtz_job_details (
  sched_name        text not null,
  job_name          text not null,
  job_group         text not null,
  description       text,
  job_class_name    text not null,
  is_durable        boolean not null,
  is_nonconcurrent  boolean not null,
  is_update_data    boolean not null,
  requests_recovery boolean not null,
  job_data          bytea,
  primary key (sched_name, job_name, job_group)
);
create table work.qrtz_triggers (
  sched_name              text not null,
  trigger_name            text not null,
  trigger_group           text not null,
  job_name                text not null,
  job_group               text not null,
  description             text,
  next_fire_time          bigint,
  prev_fire_time          bigint,
  priority                integer,
  trigger_state           text not null,
  trigger_type            text not null,
  start_time              bigint not null,
  end_time                bigint,
  calendar_name           text,
  misfire_instr           smallint,
  misfire_orig_fire_time  bigint,
  execution_group         varchar(200),
  preferred_node          varchar(200),
  preferred_node_auto     boolean not null default false,
  retry_policy            varchar(250),
  retry_attempt           integer,
  continues_trigger_name  text,
  continues_trigger_group text,
  continuation_condition  integer,
  overlap_policy          integer,
  pause_reason            varchar(250),
  paused_by               varchar(200),
  paused_at               bigint,
  misfire_threshold       bigint,
  fixed_delay             boolean,
  job_data                bytea,
  primary key (sched_name, trigger_name, trigger_group),
  foreign key (sched_name, job_name, job_group) references work.qrtz_job_details (sched_name, job_name, job_group)
);
create index qrtz_triggers_by_job on work.qrtz_triggers (sched_name, job_name, job_group);
create index qrtz_triggers_next on work.qrtz_triggers (sched_name, trigger_state, next_fire_time, priority desc, misfire_instr);
create table work.qrtz_simple_triggers (
  sched_name      text not null,
  trigger_name    text not null,
  trigger_group   text not null,
  repeat_count    bigint not null,
  repeat_interval bigint not null,
  times_triggered bigint not null,
  primary key (sched_name, trigger_name, trigger_group),
  foreign key (sched_name, trigger_name, trigger_group) references work.qrtz_triggers (sched_name, trigger_name, trigger_group) on delete cascade
);
create table work.qrtz_cron_triggers (
  sched_name      text not null,
  trigger_name    text not null,
  trigger_group   text not null,
  cron_expression text not null,
  time_zone_id    text,
  primary key (sched_name, trigger_name, trigger_group),
  foreign key (sched_name, trigger_name, trigger_group) references work.qrtz_triggers (sched_name, trigger_name, trigger_group) on delete cascade
);
create table work.qrtz_simprop_triggers (
  sched_name    text not null,
  trigger_name  text not null,
  trigger_group text not null,
  str_prop_1    text,
  str_prop_2    text,
  str_prop_3    text,
  int_prop_1    integer,
  int_prop_2    integer,
  long_prop_1   bigint,
  long_prop_2   bigint,
  dec_prop_1    numeric,
  dec_prop_2    numeric,
  bool_prop_1   boolean,
  bool_prop_2   boolean,
  time_zone_id  text,
  primary key (sched_name, trigger_name, trigger_group),
  foreign key (sched_name, trigger_name, trigger_group) references work.qrtz_triggers (sched_name, trigger_name, trigger_group) on delete cascade
);
create table work.qrtz_blob_triggers (
  sched_name    text not null,
  trigger_name  text not null,
  trigger_group text not null,
  blob_data     bytea,
  primary key (sched_name, trigger_name, trigger_group),
  foreign key (sched_name, trigger_name, trigger_group) references work.qrtz_triggers (sched_name, trigger_name, trigger_group) on delete cascade
);
create table work.qrtz_calendars (
  sched_name    text not null,
  calendar_name text not null,
  calendar      bytea not null,
  primary key (sched_name, calendar_name)
);
create table work.qrtz_paused_trigger_grps (
  sched_name    text not null,
  trigger_group text not null,
  pause_reason  varchar(250),
  paused_by     varchar(200),
  paused_at     bigint,
  primary key (sched_name, trigger_group)
);
create table work.qrtz_paused_job_grps (
  sched_name   text not null,
  job_group    text not null,
  pause_reason varchar(250),
  paused_by    varchar(200),
  paused_at    bigint,
  primary key (sched_name, job_group)
);
create table work.qrtz_fired_triggers (
  sched_name               text not null,
  entry_id                 text not null,
  trigger_name             text not null,
  trigger_group            text not null,
  instance_name            text not null,
  fired_time               bigint not null,
  sched_time               bigint not null,
  priority                 integer not null,
  state                    text not null,
  job_name                 text,
  job_group                text,
  is_nonconcurrent         boolean not null,
  requests_recovery        boolean,
  execution_group          varchar(200),
  progress                 integer,
  progress_message         varchar(250),
  interrupt_requested_time bigint,
  primary key (sched_name, entry_id)
);
create table work.qrtz_scheduler_state (
  sched_name        text not null,
  instance_name     text not null,
  last_checkin_time bigint not null,
  checkin_interval  bigint not null,
  quartz_version    varchar(20),
  primary key (sched_name, instance_name)
);
create table work.qrtz_locks (
  sched_name text not null,
  lock_name  text not null,
  primary key (sched_name, lock_name)
);

-- How many events stood in a range of numbers when it was first counted, and the sum of their numbers. Every later reconcile counts again: what
-- has come into a counted range since came behind the readers' backs. Never changed by the service: a finding stays until somebody has dealt with it.
create table archive.log_ranges (
  first_seq  bigint primary key,
  last_seq   bigint not null,
  events     bigint not null,
  numbers    numeric not null,
  counted_at timestamptz not null default clock_timestamp(),
  check (first_seq <= last_seq)
);

-- Reconciles, by the clock or asked for, with what they found; ids and numbers only.
create table archive.reconciliations (
  reconciliation_id uuid primary key,
  -- Null: by the clock.
  started_by        uuid,
  started_at        timestamptz not null default clock_timestamp(),
  finished_at       timestamptz,
  problem           text,
  up_to             bigint,
  errors            bigint,
  warnings          bigint,
  report            jsonb
);
create unique index reconciliations_one_at_a_time on archive.reconciliations ((true)) where finished_at is null;
create index reconciliations_newest on archive.reconciliations (started_at desc);

grant select, insert, update, delete on
  work.qrtz_job_details, work.qrtz_triggers, work.qrtz_simple_triggers, work.qrtz_cron_triggers, work.qrtz_simprop_triggers, work.qrtz_blob_triggers,
  work.qrtz_calendars, work.qrtz_paused_trigger_grps, work.qrtz_paused_job_grps, work.qrtz_fired_triggers, work.qrtz_scheduler_state, work.qrtz_locks to archive_writer;
grant select, insert on archive.log_ranges to archive_writer;
grant select, insert, update on archive.reconciliations to archive_writer;
grant select on archive.reconciliations to archive_staff, archive_cleared;
