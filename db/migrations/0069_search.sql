-- Searching in Swedish compounds (docs/adr/0020). What is indexed of a word: A as it was written, B its stem, C its end (a word in the end of a
-- compound is found from behind), D without marks over its letters; and handles and hashtags with their sign. Stop words have no lexemes.
create text search dictionary views.as_written (template = pg_catalog.simple, stopwords = swedish);
create text search configuration views.exact (copy = pg_catalog.simple);
alter text search configuration views.exact alter mapping replace pg_catalog.simple with views.as_written;

-- The letters without what stands over or in them. The same fold as SearchWords.Fold in the service.
create function views.fold_letters(written text) returns text
language sql immutable strict parallel safe as $$
  select translate(lower(written), 'åäöéèêëüúùáàâãæøóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż', 'aaoeeeeuuuaaaaaoooooiiiiyncddllnnrrssttzzz')
$$;

-- Long words from behind, without their inflection: skolskjutsavgifterna becomes tfigvastjuksloks. Signs have become spaces.
create function views.tails(written text) returns text
language sql immutable strict parallel safe as $$
  select reverse(regexp_replace(regexp_replace(translate(lower(written), '<>/_@.', '      '), '\m\w{1,7}\M', '', 'g'),
    '(arnas|ernas|ornas|arna|erna|orna|ens|ets|ers|ars|ors|en|et|er|ar|or|na|an|a|e)\M', '', 'g'))
$$;

-- @handles and #hashtags with their sign, which the parser of words takes away.
create function views.signs(written text) returns tsvector
language sql immutable strict parallel safe as $$
  select coalesce(array_to_tsvector(array(
    select distinct lower(rtrim(m[1], '.-')) from regexp_matches(left(written, 20000), '(?:^|[^[:alnum:]@#])([@#][[:alnum:]_](?:[[:alnum:]_.@-]{0,98}[[:alnum:]_])?)', 'g') m)), '')
$$;

-- Bounded, because a tsvector holds at most 1 MiB and a text of 500,000 different words must not stop the projection.
create function views.indexed(said text, named text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector('views.exact', views.plain(left(said, 60000))) || to_tsvector('pg_catalog.simple', views.plain(left(named, 2000))), 'A')
    || setweight(to_tsvector('pg_catalog.swedish', views.words(left(said, 100000) || ' ' || left(named, 2000))), 'B')
    || setweight(to_tsvector('pg_catalog.simple', views.tails(left(said, 30000))), 'C')
    || setweight(to_tsvector('views.exact', views.fold_letters(views.plain(left(said, 30000) || ' ' || left(named, 2000)))), 'D')
    || case when said ~ '[@#]' or named ~ '[@#]' then views.signs(said || ' ' || named) else '' end
$$;

-- One word as it was typed. From four letters on it is also looked for as the beginning of a word, from five as the end of one; from five letters
-- on a word typed without marks finds those with them, and one typed with them those that somebody wrote without. Null for a stop word.
create function views.asked_word(typed text, only_exact boolean default false) returns tsquery
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
    return (quote_literal(rtrim(bare, '*')) || case when bare like '@%' or bare like '%*' then ':*' else '' end)::tsquery;
  end if;
  if bare ~ '^[[:alpha:]]{2,}\*$' then
    return (quote_literal(rtrim(bare, '*')) || ':*ABD')::tsquery;
  end if;
  stems := plainto_tsquery('pg_catalog.swedish', views.words(word));
  if numnode(stems) = 0 or bare in ('det', 'vilket', 'mycket') then
    return null;
  end if;
  if bare !~ '^[[:alpha:]]+$' or stems::text !~ '^''[[:alpha:]]+''$' then
    return stems || plainto_tsquery('pg_catalog.simple', views.plain(word));
  end if;
  stem := trim(stems::text, '''');
  if length(bare) < 5 or only_exact then
    asked := (quote_literal(stem) || ':AB')::tsquery;
    if length(bare) = 4 and not only_exact then
      return asked || (quote_literal(bare) || ':*AB')::tsquery;
    end if;
    return case when stem = bare then asked else asked || (quote_literal(bare) || ':AB')::tsquery end;
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

-- What somebody asks for: every word, "these words in a row", -without, or OR / ELLER between. Something excluded is excluded in the forms of
-- the word alone. Words that everybody uses say nothing, unless nothing else is asked.
create or replace function views.asked(written text) returns tsquery
language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
  part text[];
  one tsquery;
  alone tsquery := '';
  every tsquery := '';
  words int := 0;
begin
  for part in select m from regexp_matches(translate(written, '“”„»«', '"""""'), '(-?)(?:"([^"]*)"?|([^\s"]+))', 'g') m loop
    words := words + 1;
    exit when words > 40;
    if part[3] in ('OR', 'or', 'ELLER') and part[1] = '' then
      every := every || alone;
      alone := '';
      continue;
    end if;
    if part[2] is not null then
      one := phraseto_tsquery('views.exact', views.plain(part[2]));
    else
      one := views.asked_word(part[3], part[1] = '-');
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

-- A stored search column is what makes old rows searchable in the new way: each is written once.
do $$
declare
  of record;
begin
  for of in select * from (values
    ('all_records', 'coalesce(text, '''') || '' '' || left(coalesce(file_names, ''''), 5000) || '' '' || left(coalesce(subject, ''''), 5000)', 'coalesce(sender_name, '''') || '' '' || coalesce(sender_handle, '''')'),
    ('all_diary', 'left(coalesce(subject, ''''), 20000)', 'coalesce(sender, '''')'),
    ('diary_public', 'left(coalesce(subject, ''''), 20000)', 'coalesce(sender, '''')')) v(tab, said, named)
  loop
    execute format('alter table views.%I drop column search', of.tab);
    execute format('alter table views.%I add column search tsvector generated always as (views.indexed(%s, %s)) stored', of.tab, of.said, of.named);
    execute format('create index %I on views.%I using gin (search)', of.tab || '_search', of.tab);
  end loop;
end $$;
grant select (search) on views.diary_public to archive_public;

-- Senders in order, without sorting everything. A column rather than an expression: an index on an expression would have statistics of names.
alter table views.all_records add column sender_order text collate "sv-x-icu" generated always as (left(coalesce(sender_name, sender_handle, ''), 200) collate "sv-x-icu") stored;
create index all_records_by_sender on views.all_records (sender_order, occurred_at desc, record_id desc);
create index all_records_of_case on views.all_records (case_id, occurred_at desc) where case_id is not null;

do $$
declare
  of record;
begin
  for of in
    select c.oid::regclass as tab, a.attname as col
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attname in ('search', 'sender_order')
  loop
    execute format('alter table %s alter column %I set statistics 0', of.tab, of.col);
  end loop;
end $$;

revoke execute on function views.fold_letters(text), views.tails(text), views.signs(text), views.indexed(text, text), views.asked_word(text, boolean) from public;
grant execute on function views.fold_letters(text), views.tails(text), views.signs(text), views.indexed(text, text), views.asked_word(text, boolean)
  to archive_writer, archive_public, archive_staff, archive_cleared;

-- Who looked for what: a person, an account's history, a stretch of text, or took a result away. What was typed stands sealed; a row goes by age
-- (Search:LogDays, once a gallringsbeslut gives it a frist), so none of it is an event.
create table archive.search_log (
  search_id    uuid primary key,
  person_id    uuid not null,
  authority_id uuid,
  searched_at  timestamptz not null default clock_timestamp(),
  kind         text not null check (kind in ('text', 'person', 'account', 'export', 'saved')),
  -- Words that tell of health, belief, origin and the like (dataskyddslagen 3 kap.): why they were searched for is asked.
  sensitive    boolean not null,
  hits         int,
  kek_id       uuid not null,
  sealed       bytea not null
);
create index search_log_of_person on archive.search_log (person_id, searched_at desc);
create index search_log_newest on archive.search_log (searched_at desc);

-- A person's own working aid. The name and the question stand sealed; removed when its owner removes it.
create table archive.saved_searches (
  saved_id  uuid primary key,
  person_id uuid not null,
  saved_at  timestamptz not null default clock_timestamp(),
  kek_id    uuid not null,
  sealed    bytea not null
);
create index saved_searches_of_person on archive.saved_searches (person_id, saved_at desc);
grant select, insert, delete on archive.search_log, archive.saved_searches to archive_writer;
