-- A channel is in use when somebody has been given an assignment for it, or when it has been activated in the register.
create or replace function archive.channel_in_use(p_authority uuid, p_channel uuid) returns boolean
language sql stable as $$
  select exists (select from archive.assignments a where a.authority_id = p_authority and (a.channel_id is null or a.channel_id = p_channel))
      or exists (select from archive.mt_events e where e.stream_id = p_channel and e.type = 'channel_activated')
$$;
