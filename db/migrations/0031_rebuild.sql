-- Building the views anew beside the ones that people read (docs/adr/0008). Run by the owner.

-- Empty copies of these tables in schema views_next: columns, generated columns, partitions, keys, indexes, rights, and what must have no statistics;
-- and copies of the functions that the projection calls, which work on the copies.
create function archive.build_views_beside(p_tables text[], p_functions text[]) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  of record;
begin
  perform archive.drop_views_beside();
  create schema views_next;
  grant usage on schema views_next to archive_writer;

  for of in
    select c.oid, c.relname, case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid) else '' end as parts
    from pg_class c where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and c.relname = any (p_tables)
  loop
    execute format('create table views_next.%I (like views.%I including all excluding indexes)%s', of.relname, of.relname, of.parts);
  end loop;
  for of in
    select c.relname, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
    where c.relnamespace = 'views'::regnamespace and c.relkind = 'r' and c.relname = any (p_tables)
  loop
    execute format('alter table views_next.%I attach partition views_next.%I %s', of.parent, of.relname, of.bound);
  end loop;

  for of in
    select c.relname, n.conname, pg_get_constraintdef(n.oid) as definition
    from pg_constraint n join pg_class c on c.oid = n.conrelid
    where c.relnamespace = 'views'::regnamespace and c.relname = any (p_tables) and n.contype in ('p', 'u') and n.conparentid = 0
  loop
    execute format('alter table views_next.%I add constraint %I %s', of.relname, of.conname, of.definition);
  end loop;
  for of in
    select pg_get_indexdef(i.oid) as definition
    from pg_class i join pg_index x on x.indexrelid = i.oid join pg_class c on c.oid = x.indrelid
    where c.relnamespace = 'views'::regnamespace and c.relname = any (p_tables) and not i.relispartition
      and not exists (select from pg_constraint n where n.conindid = i.oid)
  loop
    execute regexp_replace(of.definition, ' ON (ONLY )?views\.', ' ON views_next.');
  end loop;

  for of in
    select c.relname, a.attname, a.attstattarget
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relname = any (p_tables) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attstattarget >= 0
  loop
    execute format('alter table views_next.%I alter column %I set statistics %s', of.relname, of.attname, of.attstattarget);
  end loop;
  for of in
    select c.relname, null as attname, r.grantee::regrole as grantee, r.privilege_type
    from pg_class c cross join lateral aclexplode(c.relacl) r
    where c.relnamespace = 'views'::regnamespace and c.relname = any (p_tables) and r.grantee not in (0, c.relowner)
    union all
    select c.relname, a.attname, r.grantee::regrole, r.privilege_type
    from pg_attribute a join pg_class c on c.oid = a.attrelid cross join lateral aclexplode(a.attacl) r
    where c.relnamespace = 'views'::regnamespace and c.relname = any (p_tables) and r.grantee not in (0, c.relowner)
  loop
    execute format('grant %s%s on views_next.%I to %s', of.privilege_type, coalesce(' (' || quote_ident(of.attname) || ')', ''), of.relname, of.grantee);
  end loop;

  for of in
    select pg_get_functiondef(p.oid) as definition, p.proname, pg_get_function_identity_arguments(p.oid) as arguments
    from pg_proc p where p.pronamespace = 'views'::regnamespace and p.proname = any (p_functions)
  loop
    execute replace(replace(of.definition, 'views.', 'views_next.'), '''views''', '''views_next''');
    execute format('revoke execute on function views_next.%I(%s) from public', of.proname, of.arguments);
    execute format('grant execute on function views_next.%I(%s) to archive_writer', of.proname, of.arguments);
  end loop;
end $$;

create function archive.drop_views_beside() returns void
language plpgsql set search_path = pg_catalog as $$
begin
  set local client_min_messages = warning;
  drop schema if exists views_next cascade;
  delete from archive.mt_event_progression where name like 'archive:%:next:v%';
end $$;

-- Puts the tables built beside in the place of the others, which are dropped. Views over them are made again: they know tables by number, not by name.
create function archive.switch_views(p_tables text[]) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  of record;
  over text[];
begin
  set local client_min_messages = warning;
  select coalesce(array_agg(format('create or replace view views.%I as %s', c.relname, pg_get_viewdef(c.oid))), '{}') into over
  from pg_class c where c.relnamespace = 'views'::regnamespace and c.relkind = 'v';
  create schema views_old;
  for of in
    select c.relname from pg_class c where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and c.relname = any (p_tables) order by c.relname
  loop
    execute format('alter table views.%I set schema views_old', of.relname);
    execute format('alter table views_next.%I set schema views', of.relname);
  end loop;
  for i in 1 .. cardinality(over) loop
    execute over[i];
  end loop;
  drop schema views_old cascade;
  perform archive.drop_views_beside();
end $$;

-- What a command moves or destroys by hand it moves or destroys in both. A copy made for views_next does not go on to itself: its first
-- comparison reads 'views_next.' there.
create or replace function views.move_behind_wall(p_record uuid) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if not exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted and mode = 'ExclusiveLock'
                 and database = (select oid from pg_database where datname = current_database()) and classid = 0 and objid = 4711 and objsubid = 1) then
    raise exception 'a record is moved under advisory lock 4711, held exclusively' using errcode = 'AS003';
  end if;
  perform views.place_records(array[p_record]);
  if to_regclass('views_next.all_records') is not null then
    execute 'select views_next.place_records($1)' using array[p_record];
  end if;
end $$;

create or replace function views.forget_records(p_records uuid[], p_classes text[] default array['content', 'register']) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  if 'content' = any (p_classes) then
    update views.all_records set
      text = null, sender_at = null, sender_name = null, sender_handle = null, permalink = null, file_names = null, destroyed = true
    where record_id = any (p_records);
    update views.all_versions set text = null, attachment_names = null, destroyed = true where record_id = any (p_records);
  end if;
  if 'register' = any (p_classes) then
    update views.all_records set subject = null where record_id = any (p_records) and subject is not null;
    update views.all_diary set sender = null, subject = null, destroyed = true where record_id = any (p_records);
  end if;
  update views.all_acts set motivation = null, legal_reference = null, note = null, key_class = null
  where record_id = any (p_records) and key_class = any (p_classes);
  perform views.publish_diary(p_records);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_records') is not null then
    execute 'select views_next.forget_records($1, $2)' using p_records, p_classes;
  end if;
end $$;

create or replace function views.forget_accounts(p_accounts uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_accounts set name = null, handle = null, destroyed = true where account_id = any (p_accounts);
  update views.all_account_names set name = null, handle = null, destroyed = true where account_id = any (p_accounts);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_accounts') is not null then
    execute 'select views_next.forget_accounts($1)' using p_accounts;
  end if;
end $$;

create or replace function views.forget_cases(p_cases uuid[]) returns void
language plpgsql set search_path = pg_catalog, views as $$
begin
  update views.all_cases set title = null, destroyed = true where case_id = any (p_cases);
  if 'views.' = 'vie' || 'ws.' and to_regclass('views_next.all_cases') is not null then
    execute 'select views_next.forget_cases($1)' using p_cases;
  end if;
end $$;

revoke execute on function archive.build_views_beside(text[], text[]), archive.drop_views_beside(), archive.switch_views(text[]) from public;
