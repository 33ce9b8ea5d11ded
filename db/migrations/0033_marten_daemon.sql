-- What Marten's async daemon calls and writes when it runs beside us with AutoCreate.None: the marking of its high-water mark and the note of
-- numbers it skipped. Names, arguments and answers are Marten 9's; ours is that a mark never goes to a row of our own projections.
create table archive.mt_high_water_skips (
  ending_sequence   bigint not null,
  starting_sequence bigint not null,
  timestamp         timestamptz default transaction_timestamp(),
  constraint pkey_mt_high_water_skips_ending_sequence primary key (ending_sequence)
);

create function archive.mt_mark_event_progression(name varchar, last_encountered bigint) returns void
language sql as $$
  insert into archive.mt_event_progression as p (name, last_seq_id, last_updated) values ($1, $2, transaction_timestamp())
  on conflict on constraint pk_mt_event_progression do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
$$;

-- Moves a mark over numbers that were given up, when it still stands where the caller saw it; answers where it stands.
create function archive.mt_mark_progression_with_skip(shard_name varchar, ending_sequence bigint, starting_sequence bigint) returns bigint
language plpgsql as $$
declare
  stands bigint;
begin
  insert into archive.mt_event_progression as p (name, last_seq_id, last_updated)
  values (shard_name, mt_mark_progression_with_skip.ending_sequence, transaction_timestamp())
  on conflict on constraint pk_mt_event_progression do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
    where p.last_seq_id is null or p.last_seq_id = mt_mark_progression_with_skip.starting_sequence
  returning last_seq_id into stands;
  if stands is null then
    return (select p.last_seq_id from archive.mt_event_progression p where p.name = shard_name);
  end if;
  if mt_mark_progression_with_skip.ending_sequence > mt_mark_progression_with_skip.starting_sequence then
    insert into archive.mt_high_water_skips (ending_sequence, starting_sequence)
    values (mt_mark_progression_with_skip.ending_sequence, mt_mark_progression_with_skip.starting_sequence)
    on conflict on constraint pkey_mt_high_water_skips_ending_sequence do nothing;
  end if;
  return stands;
end $$;

-- Archiving a stream hides its events from readers: that would be gallring, which needs a decision.
create function archive.mt_archive_stream(streamid uuid) returns void language plpgsql as $$
begin
  raise exception 'the log is immutable: stream % is not archived', streamid
    using errcode = 'AS001', hint = 'Nothing is hidden from the log. What is to be destroyed is destroyed by a gallring.';
end $$;

-- The positions of our own projections are moved by our own logins only: moved by anybody else they would skip events, or write them twice.
create function archive.refuse_foreign_position() returns trigger language plpgsql as $$
begin
  if current_user not in ('archive_writer', 'archive_owner') and not (select rolsuper from pg_roles where rolname = current_user) then
    raise exception 'the position % is not yours', coalesce(new.name, old.name)
      using errcode = 'insufficient_privilege', hint = 'Names that begin with archive: belong to the service. Give your projections other names.';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger mt_event_progression_ours before insert on archive.mt_event_progression
  for each row when (new.name like 'archive:%') execute function archive.refuse_foreign_position();
create trigger mt_event_progression_stays_ours before update on archive.mt_event_progression
  for each row when (old.name like 'archive:%' or new.name like 'archive:%') execute function archive.refuse_foreign_position();
create trigger mt_event_progression_kept_ours before delete on archive.mt_event_progression
  for each row when (old.name like 'archive:%') execute function archive.refuse_foreign_position();

revoke execute on function archive.mt_mark_event_progression(varchar, bigint), archive.mt_mark_progression_with_skip(varchar, bigint, bigint),
  archive.mt_archive_stream(uuid), archive.refuse_foreign_position() from public;
grant select, insert on archive.mt_high_water_skips to archive_writer;
