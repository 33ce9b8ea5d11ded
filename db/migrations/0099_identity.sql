-- Who somebody is at the identity provider: a digest of issuer and subject under the identity secret. The words themselves stand sealed under the person's key.
create table archive.person_identities (
  identity_key bytea primary key,
  person_id    uuid not null references archive.persons,
  linked_at    timestamptz not null,
  last_login   timestamptz
);
create index person_identities_of_person on archive.person_identities (person_id);

-- Which log-in at the provider a session came of, as digests: the provider ends those of a session or of a subject (back-channel logout).
alter table work.sessions
  add column provider_person  bytea,
  add column provider_session bytea,
  add check (provider_session is null or provider_person is not null);
create index sessions_of_provider on work.sessions (provider_person) where provider_person is not null;

-- Ersättare: somebody who for a period takes over what another has to do and approve at an authority. A substitute for one assignment alone stands in
-- archive.assignment_substitutes; both are asked by archive.assignment_standing.
create table archive.substitutions (
  substitution_id uuid primary key,
  authority_id    uuid not null references archive.authorities,
  person_id       uuid not null references archive.persons,
  substitute_id   uuid not null references archive.persons,
  valid_from      date not null,
  valid_until     date not null,
  named_by        uuid not null,
  named_at        timestamptz not null,
  ended_at        timestamptz,
  check (valid_until >= valid_from),
  check (person_id <> substitute_id)
);
create index substitutions_of_substitute on archive.substitutions (substitute_id) where ended_at is null;
create index substitutions_of_person on archive.substitutions (person_id);

-- What a substitute did in somebody's place, written in the transaction of what was done.
create table archive.substitute_acts (
  act_id          uuid primary key,
  substitution_id uuid not null references archive.substitutions,
  kind            text not null,
  subject_kind    text not null,
  subject_id      uuid not null,
  acted_at        timestamptz not null
);
create index substitute_acts_of_subject on archive.substitute_acts (subject_id);
create index substitute_acts_of_substitution on archive.substitute_acts (substitution_id, acted_at);

-- As 0053, and a third way: the holder's substitute at the authority, whatever the channel.
create or replace function archive.assignment_standing(p_authority uuid, p_channel uuid, p_person uuid, p_functions text[], p_day date) returns text
language plpgsql volatile as $$
begin
  perform from archive.assignments a
  where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel) and a.person_id = p_person and a.function = any (p_functions)
    and p_day between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation)
  limit 1 for share;
  if found then return 'in-force'; end if;

  perform from archive.assignment_substitutes s join archive.assignments a using (assignment_id)
  where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel) and s.person_id = p_person and a.function = any (p_functions)
    and p_day between s.valid_from and s.valid_until
    and p_day between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation)
  limit 1 for share of a;
  if found then return 'in-force'; end if;

  perform from archive.substitutions s join archive.assignments a on a.person_id = s.person_id and a.authority_id = s.authority_id
    join archive.persons p on p.person_id = s.person_id
  where s.authority_id = p_authority and s.substitute_id = p_person and p_day between s.valid_from and s.valid_until and s.ended_at is null and p.closed_at is null
    and (a.channel_id is null or a.channel_id = p_channel) and a.function = any (p_functions)
    and p_day between a.valid_from and coalesce(a.valid_until, 'infinity') and a.ended_at is null and (a.authorised_at is not null or not a.needs_authorisation)
  limit 1 for share of s, a;
  if found then return 'in-force'; end if;

  return case when archive.channel_in_use(p_authority, p_channel) then 'missing' else 'not-in-use' end;
end $$;

grant select, insert, update (last_login) on archive.person_identities to archive_writer;
grant select, insert, update (ended_at) on archive.substitutions to archive_writer;
grant select, insert on archive.substitute_acts to archive_writer;
grant select on archive.substitutions, archive.substitute_acts to archive_staff, archive_cleared;
