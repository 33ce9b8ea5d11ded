-- As before; what a view over the tables was made with, such as its barrier (0100), is kept too.
create or replace function archive.switch_views(p_tables text[]) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  of record;
  over text[];
begin
  set local client_min_messages = warning;
  select coalesce(array_agg(format('create or replace view views.%I%s as %s', c.relname, ' with (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid))), '{}') into over
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
