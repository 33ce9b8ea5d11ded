-- Accounts whose person has a protected identity (OSL 21:3, 21:3a, 22:1), while the flag stands: written in the transaction of its events, and taken
-- away when it is lifted. Ids, codes and days only: why stands sealed with the event. For the cleared; nobody else learns that it is there.
create table archive.protected_accounts (
  account_id    uuid primary key,
  protection_id uuid not null,
  authority_id  uuid not null references archive.authorities,
  channel_id    uuid not null,
  basis         text not null,
  provision     text not null,
  decided_on    date not null,
  until_day     date,
  review_on     date,
  protected_at  timestamptz not null,
  protected_by  uuid not null,
  reviewed_at   timestamptz
);
create index protected_accounts_together on archive.protected_accounts (protection_id);
create index protected_accounts_of_authority on archive.protected_accounts (authority_id);
grant select, insert, update, delete on archive.protected_accounts to archive_writer;
grant select on archive.protected_accounts to archive_cleared;

-- What others wrote that names such an account. A hint, not a wall: for the cleared to look at.
create table archive.protected_mentions (
  record_id  uuid not null,
  account_id uuid not null,
  seen_at    timestamptz not null,
  primary key (record_id, account_id)
);
create index protected_mentions_of_account on archive.protected_mentions (account_id);
grant select, insert, delete on archive.protected_mentions to archive_writer;
grant select on archive.protected_mentions to archive_cleared;

-- The gate between a capture and a flag (docs/adr/0018). A capture comes through it before it locks anything, and tells which authors it
-- takes part of, and which of them it knows to be flagged. Whoever sets or lifts a flag closes it first, and so waits for every capture under way and
-- holds the later ones back until the flag is committed. Lock order: gate (4714), streams, inline rows, wall (4711).
create procedure archive.enter_capture(p_authors uuid[], p_flagged uuid[])
language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(4714);
  -- A statement of its own, so that it sees what was committed while the gate was shut.
  if exists (select from unnest(p_authors) a(id) left join archive.protected_accounts p on p.account_id = a.id
             where (p.account_id is not null) <> (a.id = any (p_flagged))) then
    raise exception 'an author was flagged, or the flag lifted, meanwhile' using errcode = 'AS004';
  end if;
end $$;
revoke execute on procedure archive.enter_capture(uuid[], uuid[]) from public;
grant execute on procedure archive.enter_capture(uuid[], uuid[]) to archive_writer;

-- As before, but an account with a flag stands behind the innermost wall whatever it wrote.
create or replace function views.place_accounts(p_accounts uuid[]) returns void
language sql set search_path = pg_catalog, views as $$
  with placed as (
    select a.account_id, case
      when exists (select from archive.protected_accounts p where p.account_id = a.account_id) then 'secret'
      when a.own or exists (select from views.record_view r where r.author_id = a.account_id) then 'open'
      when exists (select from views.record_view_secret r where r.author_id = a.account_id and r.wall = 'unassessed') then 'unassessed'
      else 'secret' end as wall
    from views.all_accounts a where a.account_id = any (p_accounts)
  ), moved as (
    update views.all_account_names n set wall = p.wall from placed p where n.account_id = p.account_id and n.wall <> p.wall
  )
  update views.all_accounts a set wall = p.wall from placed p where a.account_id = p.account_id and a.wall <> p.wall
$$;

-- Many records at once, with the accounts themselves: a flag moves all that somebody wrote.
create function views.move_accounts_behind_wall(p_accounts uuid[], p_records uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if not exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted and mode = 'ExclusiveLock'
                 and database = (select oid from pg_database where datname = current_database()) and classid = 0 and objid = 4711 and objsubid = 1) then
    raise exception 'a record is moved under advisory lock 4711, held exclusively' using errcode = 'AS003';
  end if;
  perform views.place_records(p_records);
  perform views.place_accounts(p_accounts);
  if to_regclass('views_next.all_records') is not null then
    execute 'select views_next.place_records($1)' using p_records;
    execute 'select views_next.place_accounts($1)' using p_accounts;
  end if;
end $$;
revoke execute on function views.move_accounts_behind_wall(uuid[], uuid[]) from public;
grant execute on function views.move_accounts_behind_wall(uuid[], uuid[]) to archive_writer;
