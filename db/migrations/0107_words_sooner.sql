-- The same words as before, sooner: what most texts lack is asked first (a regular expression), and only where it is there is letter by letter exchanged.
create or replace function views.fold_letters(written text) returns text
language sql immutable called on null input parallel safe as $$
  select case when written ~ '[^\u0001-\u007fåäöÅÄÖ]' then translate(lower(written), 'åäöéèêëüúùáàâãæøóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż', 'aaoeeeeuuuaaaaaoooooiiiiyncddllnnrrssttzzz')
    else translate(lower(written), 'åäö', 'aao') end
$$;
create or replace function views.indexed(said text, named text) returns tsvector language sql immutable parallel safe as $$
  select setweight(to_tsvector('views.exact', views.plain(left(said, 60000))) || to_tsvector('pg_catalog.simple', views.plain(left(named, 2000))), 'A')
    || setweight(to_tsvector('pg_catalog.swedish', views.words(left(said, 100000) || ' ' || left(named, 2000))), 'B')
    || setweight(to_tsvector('pg_catalog.simple', views.tails(left(said, 30000))), 'C')
    || setweight(to_tsvector('views.exact', views.fold_letters(views.plain(left(said, 30000) || ' ' || left(named, 2000)))), 'D')
    || case when said ~ '[@#]' or named ~ '[@#]' then views.signs(said || ' ' || named) else '' end
    || case when said ~ '[[:alpha:]]-[[:alpha:]]|#[[:alpha:]]*[[:lower:]][[:upper:]]'
         then setweight(to_tsvector('views.exact', views.joined(said)), 'A') || setweight(to_tsvector('pg_catalog.swedish', views.words(views.joined(said))), 'B') else '' end
    || case when lower(left(said, 30000)) ~ '[éèêëüúùáàâãóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż]' then setweight(to_tsvector('views.exact', views.plain(views.accentless(said))), 'A') else '' end
    || case when lower(named) ~ '[åäöéèêëüúùáàâãæøóòôõíìîïýñčďđĺľńŋŕřśšťŧźžż]' then setweight(to_tsvector('pg_catalog.simple', views.plain(views.fold_letters(left(named, 2000)))), 'A') else '' end
    || case when said ~ '[0-9][-–./()[:space:]\u00a0\u202f]{1,3}[0-9]|[+][0-9]{7}|[0-9]{12}' then array_to_tsvector(views.number_keys(said)) else '' end
$$;
