-- The evidence log (architecture §5): every event a leaf of a Merkle tree, kept as C2SP tlog-tiles, vouched for by signed checkpoints. One log at a time grows;
-- after a restore that is behind, the next goes on under another origin.
create table archive.evidence_logs (
  origin    text primary key,
  ordinal   int not null unique check (ordinal >= 1),
  vkey      text not null,
  began_at  timestamptz not null,
  after_seq bigint not null,
  size      bigint not null check (size >= 0),
  last_seq  bigint not null check (last_seq >= after_seq)
);

-- A tile of hashes, at the right edge still growing. Those of level 0 say which event each leaf is.
create table archive.evidence_tiles (
  origin    text not null references archive.evidence_logs,
  level     int not null check (level between 0 and 7),
  tile      bigint not null check (tile >= 0),
  hashes    bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
  sequences bigint[],
  first_seq bigint generated always as (sequences[1]) stored,
  primary key (origin, level, tile),
  check ((level = 0) = (sequences is not null)),
  check (sequences is null or cardinality(sequences) * 32 = length(hashes))
);
create index evidence_tiles_by_event on archive.evidence_tiles (origin, first_seq) where level = 0;

create table archive.evidence_checkpoints (
  origin    text not null references archive.evidence_logs,
  size      bigint not null check (size > 0),
  root      bytea not null check (length(root) = 32),
  last_seq  bigint not null,
  signed_at timestamptz not null,
  note      text not null,
  primary key (origin, size)
);

-- A log only grows: its head moves forward, a tile is only widened, a checkpoint stands for ever.
create function archive.refuse_shrinking_log() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'evidence_logs' and tg_op = 'UPDATE' then
    if new.size >= old.size and new.last_seq >= old.last_seq
       and (new.origin, new.ordinal, new.vkey, new.began_at, new.after_seq) = (old.origin, old.ordinal, old.vkey, old.began_at, old.after_seq) then
      return new;
    end if;
  elsif tg_table_name = 'evidence_tiles' and tg_op = 'UPDATE' then
    if (new.origin, new.level, new.tile) = (old.origin, old.level, old.tile)
       and substring(new.hashes from 1 for length(old.hashes)) = old.hashes
       and new.sequences[1:cardinality(old.sequences)] is not distinct from old.sequences then
      return new;
    end if;
  end if;
  raise exception 'the evidence log only grows: % on archive.% is refused', tg_op, tg_table_name using errcode = 'AS001';
end $$;

do $$
declare
  of text;
begin
  foreach of in array array['evidence_logs', 'evidence_tiles', 'evidence_checkpoints'] loop
    execute format('create trigger %1$s_grow before update or delete on archive.%1$s for each row execute function archive.refuse_shrinking_log()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_grow', of);
    execute format('create trigger %1$s_no_truncate before truncate on archive.%1$s for each statement execute function archive.refuse_change()', of);
    execute format('alter table archive.%1$s enable always trigger %1$s_no_truncate', of);
  end loop;
end $$;

grant select, insert on archive.evidence_logs, archive.evidence_tiles, archive.evidence_checkpoints to archive_writer;
grant update (size, last_seq) on archive.evidence_logs to archive_writer;
grant update (hashes, sequences) on archive.evidence_tiles to archive_writer;
grant select on archive.evidence_logs, archive.evidence_tiles, archive.evidence_checkpoints to archive_staff, archive_cleared;

-- What everybody may fetch to check us: hashes and signed notes. Which event a leaf is, is not among it.
grant select (origin, ordinal, vkey, size) on archive.evidence_logs to archive_public;
grant select (origin, level, tile, hashes) on archive.evidence_tiles to archive_public;
grant select (origin, size, signed_at, note) on archive.evidence_checkpoints to archive_public;
