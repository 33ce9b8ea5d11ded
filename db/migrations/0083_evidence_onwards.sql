-- The evidence log through a restore, a change of key, and other people's eyes (architecture §5).

-- A log that a restore left behind is closed: it never grows again, and the next one begins with the event that says so.
alter table archive.evidence_logs add column current_vkey text, add column closed_at timestamptz;
alter table archive.evidence_logs disable trigger evidence_logs_grow;
update archive.evidence_logs set current_vkey = vkey;
alter table archive.evidence_logs enable always trigger evidence_logs_grow;
alter table archive.evidence_logs alter column current_vkey set not null;

create or replace function archive.refuse_shrinking_log() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'evidence_logs' and tg_op = 'UPDATE' then
    if new.size >= old.size and new.last_seq >= old.last_seq
       and (new.origin, new.ordinal, new.vkey, new.began_at, new.after_seq) = (old.origin, old.ordinal, old.vkey, old.began_at, old.after_seq)
       and (old.closed_at is null or (new.closed_at, new.size, new.last_seq) = (old.closed_at, old.size, old.last_seq)) then
      return new;
    end if;
  elsif tg_table_name = 'evidence_tiles' and tg_op = 'UPDATE' then
    if (new.origin, new.level, new.tile) = (old.origin, old.level, old.tile)
       and substring(new.hashes from 1 for length(old.hashes)) = old.hashes
       and new.sequences[1:cardinality(old.sequences)] is not distinct from old.sequences then
      return new;
    end if;
  elsif tg_table_name = 'evidence_witnessed' and tg_op = 'UPDATE' then
    if new.origin = old.origin and new.size >= old.size and (new.size > old.size or new.root = old.root or old.size = 0) then
      return new;
    end if;
  end if;
  raise exception 'the evidence log only grows: % on archive.% is refused', tg_op, tg_table_name using errcode = 'AS001';
end $$;

-- Each key that took over from another: the note in which the old one names the new one, signed by both. Checkpoints of more leaves than from_size are the new one's.
create table archive.evidence_keys (
  origin    text not null references archive.evidence_logs,
  nth       int not null check (nth >= 2),
  vkey      text not null,
  from_size bigint not null check (from_size >= 0),
  since     timestamptz not null,
  handover  text not null,
  primary key (origin, nth)
);

-- What witnesses signed under our checkpoints (C2SP tlog-cosignature).
create table archive.evidence_cosignatures (
  origin    text not null,
  size      bigint not null,
  witness   text not null,
  signed_at timestamptz not null,
  line      text not null,
  primary key (origin, size, witness)
);

-- What a time-stamping authority signed over our checkpoints (RFC 3161); the hash is that of the note as it stands in evidence_checkpoints.
create table archive.evidence_timestamps (
  origin     text not null,
  size       bigint not null,
  stamped_at timestamptz not null,
  authority  text not null,
  token      bytea not null,
  primary key (origin, size)
);

-- What this archive, as a witness, saw last of the logs of others. Losing it would let a log be told twice: it only moves forward.
create table archive.evidence_witnessed (
  origin  text primary key,
  size    bigint not null check (size >= 0),
  root    bytea not null check (length(root) = 32),
  seen_at timestamptz not null,
  note    text
);

do $$
declare
  of text;
begin
  foreach of in array array['evidence_keys', 'evidence_cosignatures', 'evidence_timestamps', 'evidence_witnessed'] loop
    execute format('create trigger %1$s_grow before update or delete on archive.%1$s for each row execute function archive.refuse_shrinking_log()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_grow', of);
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;

grant update (current_vkey, closed_at) on archive.evidence_logs to archive_writer;
grant select, insert on archive.evidence_keys, archive.evidence_cosignatures, archive.evidence_timestamps, archive.evidence_witnessed to archive_writer;
grant update (size, root, seen_at, note) on archive.evidence_witnessed to archive_writer;
grant select on archive.evidence_keys, archive.evidence_cosignatures, archive.evidence_timestamps, archive.evidence_witnessed to archive_staff, archive_cleared;

-- Open to everybody who wants to check.
grant select (current_vkey, began_at, closed_at) on archive.evidence_logs to archive_public;
grant select on archive.evidence_keys, archive.evidence_cosignatures, archive.evidence_timestamps to archive_public;
