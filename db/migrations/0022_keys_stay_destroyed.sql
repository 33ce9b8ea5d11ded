-- A key that has been destroyed is never made again: asked once a statement instead of once a row.
-- One look into the index for each new key (offset 0), however many they are.
drop trigger record_keys_stay_destroyed on archive.record_keys;

create or replace function archive.refuse_key_after_destruction() returns trigger language plpgsql as $$
declare
  again record;
begin
  select n.stream_id, n.class into again
  from made n cross join lateral (select from archive.destruction_marks m where m.stream_id = n.stream_id and m.class = n.class offset 0) m
  limit 1;
  if found then
    raise exception 'the % key of stream % has been destroyed', again.class, again.stream_id using errcode = 'AS002';
  end if;
  return null;
end $$;
create trigger record_keys_stay_destroyed after insert on archive.record_keys
  referencing new table as made for each statement execute function archive.refuse_key_after_destruction();
alter table archive.record_keys enable always trigger record_keys_stay_destroyed;
