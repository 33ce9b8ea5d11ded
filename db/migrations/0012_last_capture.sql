-- The intake page and the watch over silent channels ask for the last capture of each channel.
create index record_states_by_channel on archive.record_states (channel_id, captured_at desc);
