-- What a registrar types and 0069 did not find (docs/adr/0020): numbers however they are set out, letters with accents in short words, words with or
-- without a hyphen, hashtags of several words, names without their dots, and the plurals that change their vowel.

-- Letters that are not Swedish, without what stands over or in them; å, ä and ö stay themselves. The same fold as SearchWords.Soften in the service.
create function views.soft_letters(written text) returns text
language sql immutable strict parallel safe as $$
  select translate(lower(written), 'éèêëüúùáàâãóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż', 'eeeeuuuaaaaooooiiiiyncddllnnrrssttzzz')
$$;

-- Digits that belong together, without what stands between them: 011-15 00 00 and +46 11 15 00 00 are one number, 19811218-9876 and 811218-9876
-- another, and 12 500 is 12500. Null when it is too short or long to be one. The same fold as SearchWords.NumberKey in the service.
create function views.number_key(written text) returns text
language sql immutable strict parallel safe as $$
  select case
    when length(d) not between 5 and 15 then null
    when written like '+46%' or (written like '0046%' and length(d) > 9) then '0' || ltrim(substr(d, case when written like '+%' then 3 else 5 end), '0')
    when length(d) = 12 and d ~ '^(19|20)' then right(d, 10)
    else d end
  from (select regexp_replace(written, '[^0-9]', '', 'g') as d) digits
$$;

create function views.number_keys(written text) returns text[]
language sql immutable strict parallel safe as $$
  select array(select distinct k from (
    select views.number_key(m[1]) as k
    from regexp_matches(left(written, 20000), '((?:\+|\m)[0-9]+(?:[-–./()[:space:]\u00a0\u202f]{1,3}[0-9]+)+\M|\+[0-9]{7,14}\M|\m(?:19|20)[0-9]{10}\M)', 'g') m) n
  where k is not null)
$$;

-- Words with a hyphen as one (e-tjänst, etjänst), and hashtags of several words as those (#HållGranvikaRent).
create function views.joined(written text) returns text
language sql immutable strict parallel safe as $$
  select coalesce(string_agg(case when m[1] like '#%' then regexp_replace(ltrim(m[1], '#'), '([[:lower:]])([[:upper:]])', '\1 \2', 'g') else replace(m[1], '-', '') end, ' '), '')
  from regexp_matches(left(written, 20000), '(#[[:alpha:]]*[[:lower:]][[:upper:]][[:alpha:]]*|\m[[:alpha:]]+(?:-[[:alpha:]]+)+\M)', 'g') m
$$;

-- Words with an accent, without it.
create function views.accentless(written text) returns text
language sql immutable strict parallel safe as $$
  select coalesce(string_agg(views.soft_letters(m[1]), ' '), '')
  from regexp_matches(lower(left(written, 30000)), '(\m[[:alpha:]]*[éèêëüúùáàâãóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż][[:alpha:]]*\M)', 'g') m
$$;

create or replace function views.signs(written text) returns tsvector
language sql immutable strict parallel safe as $$
  select coalesce(array_to_tsvector(array(
    select distinct s from regexp_matches(left(written, 20000), '(?:^|[^[:alnum:]@#])([@#][[:alnum:]_](?:[[:alnum:]_.@-]{0,98}[[:alnum:]_])?)', 'g') m
    cross join lateral (values (lower(rtrim(m[1], '.-'))), (views.fold_letters(rtrim(m[1], '.-')))) v(s))), '')
$$;

-- What is rare is looked for only where a cheap test says it may be there: a projection indexes every record.
create or replace function views.indexed(said text, named text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector('views.exact', views.plain(left(said, 60000))) || to_tsvector('pg_catalog.simple', views.plain(left(named, 2000))), 'A')
    || setweight(to_tsvector('pg_catalog.swedish', views.words(left(said, 100000) || ' ' || left(named, 2000))), 'B')
    || setweight(to_tsvector('pg_catalog.simple', views.tails(left(said, 30000))), 'C')
    || setweight(to_tsvector('views.exact', views.fold_letters(views.plain(left(said, 30000) || ' ' || left(named, 2000)))), 'D')
    || case when said ~ '[@#]' or named ~ '[@#]' then views.signs(said || ' ' || named) else '' end
    || case when said ~ '[[:alpha:]]-[[:alpha:]]|#[[:alpha:]]*[[:lower:]][[:upper:]]'
         then setweight(to_tsvector('views.exact', views.joined(said)), 'A') || setweight(to_tsvector('pg_catalog.swedish', views.words(views.joined(said))), 'B') else '' end
    || case when views.soft_letters(left(said, 30000)) <> lower(left(said, 30000)) then setweight(to_tsvector('views.exact', views.plain(views.accentless(said))), 'A') else '' end
    || case when views.fold_letters(named) <> lower(named) then setweight(to_tsvector('pg_catalog.simple', views.plain(views.fold_letters(left(named, 2000)))), 'A') else '' end
    || case when said ~ '[0-9][-–./()[:space:]\u00a0\u202f]{1,3}[0-9]|[+][0-9]{7}|[0-9]{12}' then array_to_tsvector(views.number_keys(said)) else '' end
$$;

-- The few words whose plural is another word at its beginning; the list is closed in the language. Null for all others.
create function views.other_number(bare text) returns tsquery
language sql immutable strict parallel safe as $$
  select case when bare ~ ('^' || one || '(en|n|et|s|ens)?$') then quote_literal(many) || ':*AB'
              else quote_literal(one) || ':AB|' || quote_literal(one || 'en') || ':AB' end::tsquery
  from (values ('bok', 'böck'), ('stad', 'städ'), ('hand', 'händ'), ('land', 'länd'), ('strand', 'stränd'), ('brand', 'bränd'), ('tand', 'tänd'), ('natt', 'nätt'),
    ('rot', 'rött'), ('fot', 'fött'), ('son', 'söner'), ('dotter', 'döttr'), ('bror', 'bröder'), ('mor', 'mödr'), ('far', 'fäder'), ('man', 'männ'), ('bonde', 'bönd'),
    ('ledamot', 'ledamöt'), ('tång', 'täng'), ('stång', 'stäng'), ('and', 'änder'), ('gås', 'gäss'), ('mus', 'möss')) v(one, many)
  where bare ~ ('^' || one || '(en|n|et|s|ens)?$') or bare ~ ('^' || many || '(er|r|erna|rna|ar|arna|ers|ernas|en)?$')
  limit 1
$$;

create or replace function views.asked_word(typed text, only_exact boolean default false) returns tsquery
language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
  word text := lower(typed);
  bare text := ltrim(rtrim(word, '.-,;:!?()'''), '(''');
  stems tsquery;
  stem text;
  asked tsquery;
  tail text;
  bent text;
begin
  if bare ~ '^[@#][[:alnum:]_][[:alnum:]_.@-]*\*?$' then
    asked := (quote_literal(rtrim(bare, '*')) || case when bare like '@%' or bare like '%*' then ':*' else '' end)::tsquery;
    return case when bare like '#%' and views.fold_letters(bare) <> bare then asked || (quote_literal(views.fold_letters(rtrim(bare, '*'))))::tsquery else asked end;
  end if;
  if bare ~ '^[[:alpha:]]{2,}\*$' then
    return (quote_literal(rtrim(bare, '*')) || ':*ABD')::tsquery;
  end if;
  stems := plainto_tsquery('pg_catalog.swedish', views.words(word));
  if numnode(stems) = 0 or bare in ('det', 'vilket', 'mycket') then
    return null;
  end if;
  if bare !~ '^[[:alpha:]]+$' or stems::text !~ '^''[[:alpha:]]+''$' then
    asked := stems || plainto_tsquery('pg_catalog.simple', views.plain(word));
    if bare ~ '^[[:alpha:]]+(-[[:alpha:]]+)+$' then
      asked := asked || views.asked_word(replace(bare, '-', ''), only_exact);
    end if;
    return asked;
  end if;
  stem := trim(stems::text, '''');
  if length(bare) < 5 or only_exact then
    asked := (quote_literal(stem) || ':AB')::tsquery;
    if length(bare) = 4 and not only_exact then
      asked := asked || (quote_literal(bare) || ':*AB')::tsquery;
    elsif stem <> bare then
      asked := asked || (quote_literal(bare) || ':AB')::tsquery;
    end if;
    if views.soft_letters(bare) <> bare then
      asked := asked || (quote_literal(views.soft_letters(bare)) || ':A')::tsquery;
    end if;
    return asked || coalesce(views.other_number(bare), '');
  end if;
  -- The beginning of words: of the stem where it is long enough to say something.
  if length(stem) >= 5 and starts_with(bare, stem) then
    asked := (quote_literal(stem) || ':*ABD')::tsquery;
  else
    asked := (quote_literal(bare) || ':*ABD')::tsquery || (quote_literal(stem) || case when length(stem) >= 5 then ':*AB' else ':AB' end)::tsquery;
  end if;
  if views.fold_letters(bare) <> bare then
    asked := asked || (quote_literal(views.fold_letters(bare)) || ':A')::tsquery;
  end if;
  asked := asked || coalesce(views.other_number(bare), '');
  -- Vatten bends to vattnet, cykel to cyklar: an e that falls.
  if bare ~ '[^aeiouyåäö]e[lnr]$' then
    bent := regexp_replace(bare, 'e([lnr])$', '\1');
    asked := asked || (quote_literal(bent) || ':*AB')::tsquery || (quote_literal(reverse(bent)) || ':*C')::tsquery;
  end if;
  -- The end of words, found from behind.
  tail := views.tails('aaaaaaaa' || bare);
  tail := left(tail, length(tail) - 8);
  if length(tail) >= 4 then
    asked := asked || (quote_literal(tail) || ':*C')::tsquery;
  end if;
  return case when tail = reverse(bare) then asked else asked || (quote_literal(reverse(bare)) || ':*C')::tsquery end;
end $$;

-- As before, and digits with spaces between them are one number, unless they are found one by one.
create or replace function views.asked(written text) returns tsquery
language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
  part text[];
  one tsquery;
  alone tsquery := '';
  every tsquery := '';
  words int := 0;
begin
  for part in select m from regexp_matches(translate(written, '“”„»«', '"""""'),
    '(-?)(?:"([^"]*)"?|((?:\+?[0-9]+(?:[-–./()[:space:]\u00a0\u202f]{1,3}[0-9]+)+|\+[0-9]{7,14}|[0-9]{5,15})(?![^[:space:]"]))|([^\s"]+))', 'g') m loop
    words := words + 1;
    exit when words > 40;
    part[3] := coalesce(part[3], part[4]);
    if part[3] in ('OR', 'or', 'ELLER') and part[1] = '' then
      every := every || alone;
      alone := '';
      continue;
    end if;
    if part[2] is not null then
      one := phraseto_tsquery('views.exact', views.plain(part[2]));
    elsif part[3] ~ '^\+?[0-9][-–./()[:space:]0-9\u00a0\u202f]*$' then
      one := plainto_tsquery('pg_catalog.simple', views.plain(part[3])) || coalesce(quote_literal(views.number_key(part[3])), '')::tsquery;
    else
      one := views.asked_word(part[3], part[1] = '-');
      -- A diary number without the space before its year.
      if part[3] ~ '^[[:alpha:]]{1,10}[0-9]{4}[-–/][0-9]+$' then
        one := one || (plainto_tsquery('pg_catalog.simple', substring(part[3] from '^[[:alpha:]]+'))
          && quote_literal(views.number_key(substring(part[3] from '[0-9].*$')))::tsquery);
      end if;
    end if;
    if one is null or numnode(one) = 0 then
      continue;
    end if;
    alone := alone && case when part[1] = '-' then !!one else one end;
  end loop;
  every := every || alone;
  return case when numnode(every) > 0 then every else websearch_to_tsquery('pg_catalog.simple', views.plain(written)) end;
end $$;

-- A dropped column keeps its rights, which a rebuild would try to copy.
revoke select (search) on views.diary_public from archive_public;

-- A stored column is what makes old rows searchable in the new way: each is written once. Of all_records both columns at a time, so that it is once.
drop index views.all_records_sender;
alter table views.all_records drop column search, drop column sender_fold;
alter table views.all_records
  add column search tsvector generated always as (views.indexed(coalesce(text, '') || ' ' || left(coalesce(file_names, ''), 5000) || ' ' || left(coalesce(subject, ''), 5000),
    coalesce(sender_name, '') || ' ' || coalesce(sender_handle, ''))) stored,
  -- As it is written and without dots: Åsa is found as åsa and as asa.
  add column sender_fold text generated always as (lower(left(coalesce(sender_name, '') || ' ' || coalesce(sender_handle, ''), 2000))
    || case when views.fold_letters(coalesce(sender_name, '')) <> lower(coalesce(sender_name, '')) then ' ' || views.fold_letters(left(sender_name, 2000)) else '' end) stored;
create index all_records_search on views.all_records using gin (search);
create index all_records_sender on views.all_records using gin (sender_fold public.gin_trgm_ops);

do $$
declare
  of record;
begin
  for of in select * from (values
    ('all_diary', 'left(coalesce(subject, ''''), 20000)', 'coalesce(sender, '''')'),
    ('diary_public', 'left(coalesce(subject, ''''), 20000)', 'coalesce(sender, '''')')) v(tab, said, named)
  loop
    execute format('alter table views.%I drop column search', of.tab);
    execute format('alter table views.%I add column search tsvector generated always as (views.indexed(%s, %s)) stored', of.tab, of.said, of.named);
    execute format('create index %I on views.%I using gin (search)', of.tab || '_search', of.tab);
  end loop;
end $$;
grant select (search) on views.diary_public to archive_public;

-- What was changed or taken down since a day.
create index all_acts_of_changes on views.all_acts (name, valid_at) where name in ('item_edited', 'item_hidden', 'item_unpublished', 'item_deleted_from_channel');

do $$
declare
  of record;
begin
  for of in
    select c.oid::regclass as tab, a.attname as col
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attname in ('search', 'sender_fold')
  loop
    execute format('alter table %s alter column %I set statistics 0', of.tab, of.col);
  end loop;
end $$;

revoke execute on function views.soft_letters(text), views.number_key(text), views.number_keys(text), views.joined(text), views.accentless(text), views.other_number(text) from public;
grant execute on function views.soft_letters(text), views.number_key(text), views.number_keys(text), views.joined(text), views.accentless(text), views.other_number(text)
  to archive_writer, archive_public, archive_staff, archive_cleared;

-- A search in the diary, and in the lists of cases and accounts, is a search too; so is a page of somebody's history.
alter table archive.search_log drop constraint search_log_kind_check;
alter table archive.search_log add constraint search_log_kind_check check (kind in ('text', 'person', 'account', 'export', 'saved', 'diary', 'case'));

-- Filters without words, so that none of them has to look at everything: one authority in order of time, and what is not as most is.
create index all_records_of_authority on views.all_records (authority_id, occurred_at desc, record_id desc);
create index all_records_not_visible on views.all_records (visibility, occurred_at desc, record_id desc) where visibility <> 'visible' or destroyed;
create index all_records_of_kind on views.all_records (kind, occurred_at desc, record_id desc) where kind <> 'post' and kind <> 'comment';
create index all_records_not_captured on views.all_records (occurred_at desc, record_id desc) where registration <> 'captured';
create index all_records_with_ground on views.all_records (occurred_at desc, record_id desc) where grounds <> '{}';
create index all_records_edited on views.all_records (occurred_at desc, record_id desc) where edited;
create index all_records_with_attachment on views.all_records (occurred_at desc, record_id desc) where cardinality(attachment_ids) > 0;
