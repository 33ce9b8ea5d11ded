-- The final step of gallring: surviving keys are wrapped under a new epoch key and the old one is destroyed (./run keys rotate). What backups need to come back without
-- what was destroyed after them (./run restore).

-- One rotation at a time. The row follows the key file, which holds both epoch keys meanwhile.
create table archive.key_rotations (
  rotation_id     uuid primary key,
  old_kek         text not null,
  new_kek         text not null,
  started_at      timestamptz not null,
  -- From here on no key is made under the old one: every process has had the time to read the new one from the file.
  old_closed_at   timestamptz,
  rewrapped_at    timestamptz,
  trial_opened_at timestamptz,
  backup_id       uuid,
  destroyed_at    timestamptz,
  check (old_kek <> new_kek),
  check (trial_opened_at is null or rewrapped_at is not null),
  check (destroyed_at is null or trial_opened_at is not null)
);
create unique index key_rotations_one_at_a_time on archive.key_rotations ((true)) where destroyed_at is null;

create table archive.key_exports (
  export_id   uuid primary key,
  exported_at timestamptz not null,
  kek_id      text not null,
  exported_by uuid not null
);

-- A rewrapped key keeps its old wrap beside the new one until the new one has been opened; whoever destroys the key destroys both with the row.
alter table archive.record_keys add column former_kek_id uuid, add column former_wrapped bytea,
  add constraint record_keys_former check ((former_kek_id is null) = (former_wrapped is null));
alter table archive.record_keys alter column former_wrapped set statistics 0;

-- Only archive.rewrap_keys and archive.settle_keys change a key, and they change nothing but how it is wrapped: the first keeps the old wrap, the second lets it go.
create function archive.refuse_unasked_rewrap() returns trigger language plpgsql as $$
declare
  asked constant uuid := nullif(current_setting('archive.rewrapping', true), '')::uuid;
  r     archive.key_rotations;
begin
  if asked is null or current_user <> (select tableowner from pg_tables where schemaname = tg_table_schema and tablename = tg_table_name) then
    raise exception 'only archive.rewrap_keys changes a key' using errcode = 'AS010';
  end if;
  select * into r from archive.key_rotations where rotation_id = asked and destroyed_at is null;
  if r.rotation_id is null or exists (
    select from was w left join becomes b using (key_id)
    where (b.class, b.stream_id, b.alg) is distinct from (w.class, w.stream_id, w.alg)
       or not coalesce(
         (w.kek_id = r.old_kek::uuid and w.former_wrapped is null and b.kek_id = r.new_kek::uuid and b.former_kek_id = w.kek_id and b.former_wrapped = w.wrapped)
         or (b.kek_id = w.kek_id and b.wrapped = w.wrapped and w.kek_id = r.new_kek::uuid and w.former_kek_id = r.old_kek::uuid and b.former_kek_id is null), false)
  ) then
    raise exception 'a key is rewrapped under the new epoch key of a rotation under way, and otherwise stays as it is' using errcode = 'AS010';
  end if;
  return null;
end $$;
drop trigger record_keys_immutable on archive.record_keys;
create trigger record_keys_immutable before truncate on archive.record_keys
  for each statement execute function archive.refuse_change();
alter table archive.record_keys enable always trigger record_keys_immutable;
create trigger record_keys_rewrapped after update on archive.record_keys
  referencing old table as was new table as becomes for each statement execute function archive.refuse_unasked_rewrap();
alter table archive.record_keys enable always trigger record_keys_rewrapped;

-- Nothing new is sealed under an epoch key that is about to be destroyed: a process that has not read the key file anew is refused, reads it, and tries again.
create function archive.refuse_closed_epoch() returns trigger language plpgsql as $$
begin
  if exists (select from archive.key_rotations r where r.old_closed_at is not null and r.old_kek::uuid in (select m.kek_id from made m)) then
    raise exception 'the epoch key is being destroyed; read the key file again' using errcode = 'AS012';
  end if;
  return null;
end $$;
create trigger record_keys_under_open_epoch after insert on archive.record_keys
  referencing new table as made for each statement execute function archive.refuse_closed_epoch();
alter table archive.record_keys enable always trigger record_keys_under_open_epoch;
create trigger search_log_under_open_epoch after insert on archive.search_log
  referencing new table as made for each statement execute function archive.refuse_closed_epoch();
create trigger saved_searches_under_open_epoch after insert on archive.saved_searches
  referencing new table as made for each statement execute function archive.refuse_closed_epoch();

create function archive.rotation_under_way(p_rotation uuid) returns archive.key_rotations
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r archive.key_rotations;
begin
  select * into r from archive.key_rotations where rotation_id = p_rotation and destroyed_at is null;
  if r.rotation_id is null then
    raise exception 'no such rotation is under way' using errcode = 'AS010';
  end if;
  perform set_config('archive.rewrapping', p_rotation::text, true);
  return r;
end $$;

-- Changes kek_id and wrapped, and keeps what they were. A key that was destroyed meanwhile is passed over.
create function archive.rewrap_keys(p_rotation uuid, p_keys uuid[], p_wrapped bytea[], out rewrapped int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r archive.key_rotations;
begin
  if cardinality(p_keys) not between 1 and 5000 or cardinality(p_keys) <> cardinality(p_wrapped) then
    raise exception 'a batch has 1 to 5000 keys, each with its wrap' using errcode = 'invalid_parameter_value';
  end if;
  r := archive.rotation_under_way(p_rotation);
  update archive.record_keys k
  set kek_id = r.new_kek::uuid, wrapped = n.wrapped, former_kek_id = k.kek_id, former_wrapped = k.wrapped
  from unnest(p_keys, p_wrapped) n(key_id, wrapped) where k.key_id = n.key_id and k.kek_id = r.old_kek::uuid;
  get diagnostics rewrapped = row_count;
  perform set_config('archive.rewrapping', '', true);
end $$;

-- Lets go of the old wraps of keys whose new ones have been read back and opened.
create function archive.settle_keys(p_rotation uuid, p_keys uuid[], out settled int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r archive.key_rotations;
begin
  r := archive.rotation_under_way(p_rotation);
  update archive.record_keys k set former_kek_id = null, former_wrapped = null
  where k.key_id = any (p_keys) and k.kek_id = r.new_kek::uuid and k.former_kek_id = r.old_kek::uuid;
  get diagnostics settled = row_count;
  perform set_config('archive.rewrapping', '', true);
end $$;

-- A backup that came back, and who brought it (in the event beside it).
create table archive.restores (
  restore_id  uuid primary key,
  backup_id   uuid not null,
  taken_at    timestamptz not null,
  restored_at timestamptz not null,
  last_seq    bigint not null
);

-- A batch of the erasure ledger that the database did not know: what it destroyed has been destroyed again.
create table archive.replayed_erasures (
  run_id       uuid not null,
  batch        int not null,
  line         bigint not null,
  destroyed_at timestamptz not null,
  replayed_at  timestamptz not null,
  -- Streams that came back and were destroyed again, and those of the batch that the log does not know any more.
  streams      int not null,
  unknown      int not null,
  keys         int not null,
  ciphertexts  int not null,
  primary key (run_id, batch)
);

-- What was destroyed and came after the backup: the log does not know it, and when it comes again it is not taken in.
create table archive.erased_streams (
  stream_id uuid primary key,
  run_id    uuid not null,
  batch     int not null
);

do $$
declare
  of text;
begin
  foreach of in array array['key_exports', 'restores', 'replayed_erasures', 'erased_streams'] loop
    execute format('create trigger %1$s_immutable before update or delete on archive.%1$s for each row execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_immutable', of);
  end loop;
  foreach of in array array['key_rotations', 'key_exports', 'restores', 'replayed_erasures', 'erased_streams'] loop
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;
create trigger key_rotations_stay before delete on archive.key_rotations for each row execute function archive.refuse_change();
alter table archive.key_rotations enable always trigger key_rotations_stay;

-- The second lock on the door, for the replay: only keys that a line of the ledger names, in the transaction that notes the line.
create function archive.refuse_unledgered_destruction() returns trigger language plpgsql as $$
declare
  this_run   constant uuid := nullif(split_part(current_setting('archive.replaying', true), ':', 1), '')::uuid;
  this_batch constant int := nullif(split_part(current_setting('archive.replaying', true), ':', 2), '')::int;
  here       constant xid := pg_current_xact_id()::xid;
begin
  if current_user <> (select tableowner from pg_tables where schemaname = tg_table_schema and tablename = tg_table_name)
     or not exists (select from archive.replayed_erasures e where e.run_id = this_run and e.batch = this_batch and e.xmin = here) then
    raise exception 'only archive.replay_erasure destroys again: % on %.% is refused', tg_op, tg_table_schema, tg_table_name using errcode = 'AS010';
  end if;
  if tg_table_name = 'record_keys' then
    if exists (select g.key_id from gone g except select m.key_id from archive.destruction_marks m where m.run_id = this_run and m.batch = this_batch and m.xmin = here) then
      raise exception 'a key that the ledger does not name is not destroyed' using errcode = 'AS010';
    end if;
  elsif exists (select g.event_id from gone g
                except
                select e.id from archive.destruction_marks m
                join archive.mt_events e on e.stream_id = m.stream_id and e.data #>> '{sealed,key}' = m.key_id::text
                where m.run_id = this_run and m.batch = this_batch and m.xmin = here) then
    raise exception 'sealed content under a key that the ledger does not name is not destroyed' using errcode = 'AS010';
  end if;
  return null;
end $$;

do $$
declare
  of text;
begin
  foreach of in array array['record_keys', 'sealed_content'] loop
    execute format('drop trigger %1$s_destroyed on archive.%1$s', of);
    execute format('create trigger %1$s_destroyed after delete on archive.%1$s referencing old table as gone for each statement '
      || 'when (coalesce(current_setting(''archive.replaying'', true), '''') = '''') execute function archive.refuse_undecided_destruction()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_destroyed', of);
    execute format('create trigger %1$s_destroyed_again after delete on archive.%1$s referencing old table as gone for each statement '
      || 'when (coalesce(current_setting(''archive.replaying'', true), '''') <> '''') execute function archive.refuse_unledgered_destruction()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_destroyed_again', of);
  end loop;
end $$;

-- Destroys again what one line of the erasure ledger destroyed, in one transaction, and twice is once. Decision and rule are those of the run where the log knows it;
-- where it does not, they are lost with what came after the backup, and stand as the nil uuid.
create function archive.replay_erasure(
  p_line bigint, p_run uuid, p_batch int, p_destroyed_at timestamptz, p_records int, p_by text, p_classes text[], p_keys uuid[], p_streams uuid[], p_objects int,
  out streams int, out unknown int, out keys int, out ciphertexts int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  nil     constant uuid := '00000000-0000-0000-0000-000000000000';
  r       archive.disposal_runs;
  known   uuid[];
  closing uuid[];
  kinds   varchar[];
  moment  timestamptz;
  bases   bigint[];
  last    bigint;
begin
  select e.streams, e.unknown, e.keys, e.ciphertexts into streams, unknown, keys, ciphertexts
  from archive.replayed_erasures e where e.run_id = p_run and e.batch = p_batch;
  if found then return; end if;
  if cardinality(p_classes) <> cardinality(p_keys) or cardinality(p_keys) <> cardinality(p_streams) then
    raise exception 'each key of a line has its class and stream' using errcode = 'invalid_parameter_value';
  end if;

  select coalesce(array_agg(s.id order by s.id), '{}') into known from archive.mt_streams s where s.id = any (p_streams);
  perform archive.lock_streams(known);
  perform pg_advisory_xact_lock(4712);
  perform pg_advisory_xact_lock(4711);
  select l.recorded_at into moment from archive.lock_streams(known) l;
  moment := coalesce(moment, clock_timestamp());
  select * into r from archive.disposal_runs where run_id = p_run;

  streams := cardinality(known);
  insert into archive.erased_streams (stream_id, run_id, batch)
  select distinct u.id, p_run, p_batch from unnest(p_streams) u(id) where u.id <> all (known) on conflict do nothing;
  get diagnostics unknown = row_count;

  insert into archive.replayed_erasures (run_id, batch, line, destroyed_at, replayed_at, streams, unknown, keys, ciphertexts)
  select p_run, p_batch, p_line, p_destroyed_at, moment, replay_erasure.streams, replay_erasure.unknown,
    (select count(*) from archive.record_keys k where k.key_id = any (p_keys)),
    (select count(*) from archive.record_keys k join archive.mt_events e on e.stream_id = k.stream_id and e.data #>> '{sealed,key}' = k.key_id::text
       join archive.sealed_content c on c.event_id = e.id where k.key_id = any (p_keys))
  returning replayed_erasures.keys, replayed_erasures.ciphertexts into keys, ciphertexts;

  perform set_config('archive.replaying', p_run::text || ':' || p_batch, true);
  insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at, batch)
  select w.key_id, w.stream_id, w.class, p_run, p_destroyed_at, p_batch
  from unnest(p_keys, p_streams, p_classes) w(key_id, stream_id, class) where w.stream_id = any (known) on conflict (key_id) do nothing;
  delete from archive.sealed_content c using archive.record_keys k, archive.mt_events e
  where k.key_id = any (p_keys) and e.stream_id = k.stream_id and e.data #>> '{sealed,key}' = k.key_id::text and c.event_id = e.id;
  delete from archive.record_keys k where k.key_id = any (p_keys);
  perform set_config('archive.replaying', '', true);

  select array_agg(s.id order by s.id), array_agg(s.type order by s.id) into closing, kinds
  from archive.mt_streams s
  where s.id = any (known) and s.type in ('record', 'account', 'delivery', 'disclosure_request')
    and not exists (select from archive.mt_events e where e.stream_id = s.id and e.type in ('item_disposed', 'account_disposed', 'delivery_disposed', 'disclosure_request_disposed'));
  if closing is not null then
    select a.bases, a.last_seq into bases, last from archive.append_events(
      closing, kinds, array_fill(-1::bigint, array[cardinality(closing)]),
      (select array_agg(i) from generate_series(1, cardinality(closing)) i), array_fill(1, array[cardinality(closing)]),
      (select array_agg(archive.uuid_v7(moment)) from generate_series(1, cardinality(closing))),
      (select array_agg(case k.kind when 'record' then 'item_disposed' else k.kind || '_disposed' end::varchar order by k.i) from unnest(kinds) with ordinality k(kind, i)),
      (select array_agg((case k.kind
          when 'record' then 'ArchiveService.Features.Records.ItemDisposed' when 'account' then 'ArchiveService.Features.Accounts.AccountDisposed'
          when 'delivery' then 'ArchiveService.Features.Deliveries.DeliveryDisposed' else 'ArchiveService.Features.Disclosures.DisclosureRequestDisposed' end || ', ArchiveService')::varchar order by k.i)
        from unnest(kinds) with ordinality k(kind, i)),
      (select array_agg(case k.kind
          when 'record' then jsonb_build_object('run', p_run, 'decision', coalesce(r.decision_id, nil), 'rule', coalesce(r.rule_id, nil), 'ruleVersion', coalesce(r.rule_version, 0),
            'classes', (select to_jsonb(array_agg(distinct w.class order by w.class)) from unnest(p_streams, p_classes) w(stream_id, class) where w.stream_id = closing[k.i]),
            'disposedAt', archive.event_time(p_destroyed_at))
          when 'disclosure_request' then jsonb_build_object('run', p_run, 'decision', coalesce(r.decision_id, nil), 'rule', coalesce(r.rule_id, nil), 'ruleVersion', coalesce(r.rule_version, 0),
            'disposedAt', archive.event_time(p_destroyed_at))
          else jsonb_build_object('run', p_run, 'disposedAt', archive.event_time(p_destroyed_at)) end order by k.i)
        from unnest(kinds) with ordinality k(kind, i)),
      null, p_run::text, null, p_by) a;

    update archive.record_states s set disposed_at = p_destroyed_at, version = v.base + 1
    from unnest(closing, bases) v(record_id, base) where s.record_id = v.record_id;
    update archive.disclosure_requests q set disposed_at = p_destroyed_at where q.request_id = any (closing) and q.disposed_at is null;
  end if;

  -- A run that the log knows goes on after this batch, and never under its number again.
  if r.run_id is not null then
    insert into archive.disposal_batches (run_id, batch, destroyed_at, records, accounts, deliveries, keys, ciphertexts, objects, skipped, last_seq, ledger_entry)
    values (p_run, p_batch, p_destroyed_at, p_records, 0, 0, replay_erasure.keys, replay_erasure.ciphertexts, p_objects, 0, last, p_line)
    on conflict do nothing;
  end if;
end $$;

revoke execute on function archive.refuse_unasked_rewrap(), archive.refuse_closed_epoch(), archive.rotation_under_way(uuid), archive.rewrap_keys(uuid, uuid[], bytea[]),
  archive.settle_keys(uuid, uuid[]), archive.refuse_unledgered_destruction(),
  archive.replay_erasure(bigint, uuid, int, timestamptz, int, text, text[], uuid[], uuid[], int) from public;
grant select on archive.key_rotations, archive.key_exports, archive.restores, archive.replayed_erasures to archive_writer, archive_staff, archive_cleared;
grant select on archive.erased_streams to archive_writer;
