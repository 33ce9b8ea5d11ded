-- One event to a stream that is there and whose version the writer knows: by far the most frequent append (docs/adr/0009). The stream's row moves and the
-- event is added by one statement, which tells what came about in one value. The order is that of append_event: the row and its lock first, which
-- settle who wins and what time it is, and only for a row that moved is a number drawn. Whoever lost, and an archived stream, goes the long way and is
-- told there why.
-- Returned: the event's number, and the recorded time in microseconds since 1970.
create function archive.append_to(
  p_stream uuid, p_stream_type varchar, p_expected bigint, p_event_id uuid, p_event_type varchar, p_dotnet_type varchar, p_body jsonb,
  p_headers jsonb, p_correlation varchar, p_causation varchar, p_user varchar)
returns bigint[] language plpgsql as $$
declare
  appended bigint[];
begin
  with moved as (
    update archive.mt_streams s set version = s.version + 1,
      timestamp = greatest(s.timestamp, case when coalesce(current_setting('archive.recorded_at', true), '') = '' then clock_timestamp() else archive.recorded_now() end)
    where s.id = p_stream and s.version = p_expected and not s.is_archived
    returning s.timestamp
  )
  insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
  select nextval('archive.mt_events_sequence'), p_event_id, p_stream, p_expected + 1, p_body, p_event_type, m.timestamp, p_dotnet_type,
         p_correlation, p_causation, p_headers, p_user
  from moved m
  returning array[seq_id, round(date_part('epoch', timestamp) * 1000000)::bigint] into appended;
  if appended is null then
    select array[a.seq, round(date_part('epoch', a.recorded_at) * 1000000)::bigint] into appended
    from archive.append_event(p_stream, p_stream_type, p_expected, p_event_id, p_event_type, p_dotnet_type, p_body, p_headers, p_correlation, p_causation, p_user) a;
  end if;
  return appended;
end $$;

revoke execute on function archive.append_to(uuid, varchar, bigint, uuid, varchar, varchar, jsonb, jsonb, varchar, varchar, varchar) from public;
grant execute on function archive.append_to(uuid, varchar, bigint, uuid, varchar, varchar, jsonb, jsonb, varchar, varchar, varchar) to archive_writer;
