using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>The rules of event-store.md §1, checked on the catalogue and on what Marten would send.</summary>
public sealed class A_marten_application(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    [Fact]
    public async Task finds_the_function_it_calls_with_its_arguments_in_order() =>
        Assert.Equal(
            "stream uuid, stream_type character varying, tenantid character varying, event_ids uuid[], event_types character varying[], dotnet_types character varying[], "
            + "bodies jsonb[], bdatas bytea[], causation_ids character varying[], correlation_ids character varying[], headers jsonb[], user_names character varying[], "
            + "timestamps timestamp with time zone[], expected_version bigint DEFAULT NULL::bigint -> bigint[]",
            await fixture.Writer.Scalar<string>("select pg_get_function_arguments(oid) || ' -> ' || pg_get_function_result(oid) from pg_proc where proname = 'mt_quick_append_events'"));

    [Fact]
    public async Task finds_the_sequence_owned_by_its_column_and_never_behind_the_log()
    {
        await fixture.Store.MustAppend(AStream().To(ExpectedVersion.NewStream, Counted(1)));
        await Quick(AStream(), null);
        await fixture.Store.AppendNew([AStream().To(ExpectedVersion.NewStream, Counted(1))], Nobody);

        Assert.Equal("archive.mt_events_sequence", await fixture.Writer.Scalar<string>("select pg_get_serial_sequence('archive.mt_events', 'seq_id')"));
        Assert.True(await fixture.Database.Superuser.Scalar<bool>("select s.last_value >= (select max(seq_id) from archive.mt_events) from archive.mt_events_sequence s"));
    }

    [Fact]
    public async Task finds_every_time_written_and_every_stream_with_its_last_version()
    {
        var stream = AStream();
        await fixture.Store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));
        await Quick(stream, 2);

        Assert.Equal(0L, await fixture.Writer.Scalar<long>("""
            select count(*) from archive.mt_streams s
            where s.version is distinct from (select max(e.version) from archive.mt_events e where e.stream_id = s.id)
               or s.version <> (select count(*) from archive.mt_events e where e.stream_id = s.id)
               or s.timestamp < (select max(e.timestamp) from archive.mt_events e where e.stream_id = s.id) or s.type is null
            """));
        Assert.Equal(0L, await fixture.Writer.Scalar<long>("select count(*) from archive.mt_events where timestamp <> date_trunc('microseconds', timestamp) or timestamp < now() - interval '1 day'"));
    }

    [Fact]
    public async Task finds_its_progression_beside_ours_under_other_names()
    {
        await fixture.Writer.Run("insert into archive.mt_event_progression (name, last_seq_id) values ('Report:All', 7), ('HighWaterMark', 7)");

        Assert.StartsWith("archive:", new Checkpointed().Checkpoint, StringComparison.Ordinal);
    }

    private sealed class Checkpointed : Projection
    {
        public override string Name => "things";

        public override Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct) => Task.CompletedTask;
    }

    [Fact]
    public async Task appends_through_its_own_quick_function()
    {
        var stream = AStream();
        var first = await Quick(stream, null);
        var second = await Quick(stream, 2);
        var ours = await fixture.Store.MustAppend(stream.To(ExpectedVersion.Exactly(4), Counted(5)));

        Assert.Equal(2, first[0]);
        Assert.Equal(4, second[0]);
        var read = await fixture.Store.ReadStream(stream);
        Assert.Equal([.. first[1..], .. second[1..], ours.LastSequence], read.Select(r => r.Sequence));
        Assert.Equal([1L, 2L, 3L, 4L, 5L], read.Select(r => r.Version));
        Assert.Equal((new ThingCounted(2), "u2", "co2", "ca2", """{"n": 2}"""), ((ThingCounted)read[1].Event, read[1].Actor, read[1].CorrelationId, read[1].CausationId, read[1].HeadersJson));
        Assert.NotEqual(2001, read[0].Time.Year);
    }

    [Fact]
    public async Task is_told_of_a_version_mismatch_in_its_own_words()
    {
        var stream = AStream();
        await Quick(stream, 0);

        Assert.Equal("MT003", (await Assert.ThrowsAsync<PostgresException>(() => Quick(stream, 1))).SqlState);
        Assert.Equal("MT003", (await Assert.ThrowsAsync<PostgresException>(() => Quick(stream, 0))).SqlState);
    }

    [Fact]
    public async Task is_told_of_an_archived_stream_in_its_own_words()
    {
        var stream = AStream();
        await Quick(stream, null);
        await fixture.Database.Owner.Run($"""
            alter table archive.mt_streams disable trigger mt_streams_keep_identity;
            update archive.mt_streams set is_archived = true where id = '{stream}';
            alter table archive.mt_streams enable always trigger mt_streams_keep_identity
            """);

        Assert.Equal("MT001", (await Assert.ThrowsAsync<PostgresException>(() => Quick(stream, null))).SqlState);
    }

    [Fact]
    public async Task may_not_append_for_another_tenant_or_binary_data()
    {
        Assert.Equal("22023", (await Assert.ThrowsAsync<PostgresException>(() => Quick(AStream(), null, tenant: "other"))).SqlState);
        Assert.Equal("22023", (await Assert.ThrowsAsync<PostgresException>(() => Quick(AStream(), null, binary: [1]))).SqlState);
    }

    [Fact]
    public async Task may_not_leave_an_event_without_stream_or_version()
    {
        Assert.Equal("23514", await fixture.Writer.StateOfRefusal("""
            insert into archive.mt_events (seq_id, id, version, data, type, timestamp)
            values (nextval('archive.mt_events_sequence'), gen_random_uuid(), 1, '{}', 'thing_counted', now())
            """));
    }

    private async Task<long[]> Quick(Guid stream, long? expected, string tenant = "*DEFAULT*", byte[]? binary = null)
    {
        await using var command = fixture.Writer.CreateCommand("""
            select archive.mt_quick_append_events($1, 'thing', $2, array[gen_random_uuid(), gen_random_uuid()], '{thing_counted,thing_counted}', '{A,A}',
              array['{"number":1}','{"number":2}']::jsonb[], array[$3, null]::bytea[], '{ca1,ca2}', '{co1,co2}', array['{"n":1}','{"n":2}']::jsonb[], '{u1,u2}',
              array['2001-01-01','2001-01-01']::timestamptz[], $4)
            """);
        command.Parameters.Add(new() { Value = stream });
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = (object?)binary ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = (object?)expected ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        return (long[])(await command.ExecuteScalarAsync())!;
    }
}
