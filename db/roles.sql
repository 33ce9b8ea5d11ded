-- The logins of an archive database, the walls between them and what only a superuser may give.
-- Run by a superuser, connected to the archive's database; may be run any number of times.
-- Passwords are set apart from this file (embedded: by the service; compose: db/set-passwords.sh).

do $roles$
declare
  login text;
begin
  -- Five logins with their own pools, none a member of another (architecture §9 Walls).
  foreach login in array array['archive_owner', 'archive_writer', 'archive_public', 'archive_staff', 'archive_cleared']
  loop
    if not exists (select from pg_roles where rolname = login) then
      execute format('create role %I', login);
    end if;
    execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', login);
  end loop;

  execute format('alter database %I owner to archive_owner', current_database());
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to archive_writer, archive_public, archive_staff, archive_cleared', current_database());
  execute format('grant temporary on database %I to archive_writer', current_database());
end
$roles$;

-- Readers that try to write are stopped twice: here, and by having no such right.
alter role archive_public set default_transaction_read_only = on;
alter role archive_staff set default_transaction_read_only = on;
alter role archive_cleared set default_transaction_read_only = on;
alter role archive_public set statement_timeout = '15s';
-- What goes wild ends; a whole export is one statement too. Whoever sends SQL of their own can lift it: it is no wall.
alter role archive_staff set statement_timeout = '15min';
alter role archive_cleared set statement_timeout = '1h';

-- An append is done in milliseconds; a session that went away inside a transaction may not hold its locks for long.
alter role archive_writer set idle_in_transaction_session_timeout = '5min';
-- So does one whose process was killed or whose machine is gone: the server looks whether the other side is still there.
alter role archive_writer set client_connection_check_interval = '1s';
alter role archive_writer set tcp_keepalives_idle = 5;
alter role archive_writer set tcp_keepalives_interval = 2;
alter role archive_writer set tcp_keepalives_count = 3;
alter role archive_public set idle_in_transaction_session_timeout = '1min';
alter role archive_staff set idle_in_transaction_session_timeout = '1min';
alter role archive_cleared set idle_in_transaction_session_timeout = '1min';

-- Public holds extensions only; the schemas archive, views and work are made by the migrations and belong to archive_owner.
revoke all on schema public from public;
grant usage on schema public to archive_owner, archive_writer, archive_public, archive_staff, archive_cleared;
create extension if not exists pg_trgm with schema public;
create extension if not exists btree_gin with schema public;
create extension if not exists unaccent with schema public;

-- `./run scrub` makes destroyed bytes leave the disk as the owner: a checkpoint, a new WAL segment, and a look at which are left.
grant pg_checkpoint to archive_owner;
grant execute on function pg_switch_wal() to archive_owner;
grant execute on function pg_ls_waldir() to archive_owner;

-- Gallring, walls, projections and appends wait for advisory locks: no login that only reads may take one and hold them up.
-- And none may make large objects, which stand outside every schema and every wall. PostgreSQL lets everybody do both.
do $functions$
declare
  of record;
begin
  for of in
    select p.oid::regprocedure as called, p.proname like '%advisory%' as locks from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and (p.proname like '%advisory%' or p.proname like 'lo\_%' or p.proname in ('lowrite', 'loread'))
  loop
    execute format('revoke execute on function %s from public', of.called);
    if of.locks then
      execute format('grant execute on function %s to archive_owner, archive_writer', of.called);
    end if;
  end loop;
end
$functions$;
