using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>event-store.md §1, rule by rule: the tables as Marten 9 makes them, and nothing on them that its schema migration would drop.</summary>
public sealed class Martens_tables(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    [Theory]
    [InlineData("mt_streams", """
        id uuid not null
        type character varying
        version bigint
        timestamp timestamp with time zone not null default now()
        created timestamp with time zone not null default now()
        tenant_id character varying default '*DEFAULT*'::character varying
        is_archived boolean default false
        """)]
    [InlineData("mt_events", """
        seq_id bigint not null
        id uuid not null
        stream_id uuid
        version bigint not null
        data jsonb not null
        bdata bytea
        type character varying(500) not null
        timestamp timestamp with time zone not null
        tenant_id character varying default '*DEFAULT*'::character varying
        mt_dotnet_type character varying
        correlation_id character varying
        causation_id character varying
        headers jsonb
        user_name character varying
        is_archived boolean default false
        """)]
    [InlineData("mt_event_progression", """
        name character varying not null
        last_seq_id bigint
        last_updated timestamp with time zone default transaction_timestamp()
        """)]
    [InlineData("mt_high_water_skips", """
        ending_sequence bigint not null
        starting_sequence bigint not null
        timestamp timestamp with time zone default transaction_timestamp()
        """)]
    public async Task have_their_columns_types_and_defaults_and_no_other(string table, string columns) =>
        Assert.Equal(columns.ReplaceLineEndings("\n"), await fixture.Writer.Scalar<string>("""
            select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid)), e'\n' order by a.attnum)
            from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = ('archive.' || $1)::regclass and a.attnum > 0 and not a.attisdropped
            """, table));

    /// <summary>The last one is an index and no constraint: Marten's schema comparison and its client look for it as such.</summary>
    [Fact]
    public async Task have_their_keys_and_indexes_by_name_and_no_other()
    {
        Assert.Equal(
            """
            fkey_mt_events_stream_id FOREIGN KEY (stream_id) REFERENCES archive.mt_streams(id) ON DELETE CASCADE
            pk_mt_event_progression PRIMARY KEY (name)
            pkey_mt_events_seq_id PRIMARY KEY (seq_id)
            pkey_mt_high_water_skips_ending_sequence PRIMARY KEY (ending_sequence)
            pkey_mt_streams_id PRIMARY KEY (id)
            """.ReplaceLineEndings("\n"),
            await Lines("""
                select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
                where connamespace = 'archive'::regnamespace and conrelid::regclass::text like 'archive.mt\_%' and contype <> 'c'
                """));
        Assert.Equal(
            """
            CREATE UNIQUE INDEX pk_mt_event_progression ON archive.mt_event_progression USING btree (name)
            CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON archive.mt_events USING btree (stream_id, version)
            CREATE UNIQUE INDEX pkey_mt_events_seq_id ON archive.mt_events USING btree (seq_id)
            CREATE UNIQUE INDEX pkey_mt_high_water_skips_ending_sequence ON archive.mt_high_water_skips USING btree (ending_sequence)
            CREATE UNIQUE INDEX pkey_mt_streams_id ON archive.mt_streams USING btree (id)
            """.ReplaceLineEndings("\n"),
            await Lines("""select indexdef from pg_indexes where schemaname = 'archive' and tablename like 'mt\_%'"""));
    }

    [Fact]
    public async Task are_four_with_one_sequence_and_the_functions_that_marten_calls()
    {
        Assert.Equal("S mt_events_sequence\nr mt_event_progression\nr mt_events\nr mt_high_water_skips\nr mt_streams", await Lines("""
            select concat_ws(' ', relkind, relname) from pg_class
            where relnamespace = 'archive'::regnamespace and relname like 'mt\_%' and relkind <> 'i'
            """));
        Assert.Equal("mt_archive_stream\nmt_mark_event_progression\nmt_mark_progression_with_skip\nmt_quick_append_events", await Lines("""select proname::text from pg_proc where pronamespace = 'archive'::regnamespace and proname like 'mt\_%'"""));
        Assert.Equal("seq_id", await Lines("""
            select a.attname::text from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.objid = 'archive.mt_events_sequence'::regclass and d.classid = 'pg_class'::regclass and d.deptype = 'a'
            """));
        Assert.Equal("bigint 1 1 1 1 9223372036854775807 f", await Lines("""
            select concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqcache, seqmin, seqmax, seqcycle)
            from pg_sequence where seqrelid = 'archive.mt_events_sequence'::regclass
            """));
    }

    [Theory]
    [InlineData("without its stream", PostgresErrorCodes.ForeignKeyViolation, "'{stream}', 1, now()", "stream_id, version, timestamp")]
    [InlineData("of no stream", PostgresErrorCodes.CheckViolation, "1, now()", "version, timestamp")]
    [InlineData("without a time", PostgresErrorCodes.NotNullViolation, "'{known}', 3", "stream_id, version")]
    [InlineData("without a version", PostgresErrorCodes.NotNullViolation, "'{known}', now()", "stream_id, timestamp")]
    [InlineData("of version 0", PostgresErrorCodes.CheckViolation, "'{known}', 0, now()", "stream_id, version, timestamp")]
    [InlineData("of a version that is there", PostgresErrorCodes.UniqueViolation, "'{known}', 2, now()", "stream_id, version, timestamp")]
    public async Task take_no_event(string which, string state, string values, string columns)
    {
        var known = await Known();
        var sql = $$"""
            insert into archive.mt_events (seq_id, id, data, type, {{columns}})
            values (nextval('archive.mt_events_sequence'), gen_random_uuid(), '{"number":1}', 'thing_counted', {{values}})
            """.Replace("{known}", $"{known}", StringComparison.Ordinal).Replace("{stream}", $"{AStream()}", StringComparison.Ordinal);

        Assert.True(state == await fixture.Writer.StateOfRefusal(sql), which);
        Assert.Equal(2, (await fixture.Store.ReadStream(known)).Count);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("-1")]
    public async Task take_no_stream_that_does_not_say_where_it_stands(string version)
    {
        Assert.Equal(PostgresErrorCodes.CheckViolation, await fixture.Writer.StateOfRefusal($"insert into archive.mt_streams (id, type, version) values ('{AStream()}', 'thing', {version})"));
        Assert.Equal(PostgresErrorCodes.CheckViolation, await fixture.Writer.StateOfRefusal($"insert into archive.mt_streams (id, type) values ('{AStream()}', 'thing')"));
    }

    /// <summary>Whichever way it came: append, append of many, append by COPY, Marten's own function.</summary>
    [Fact]
    public async Task hold_versions_without_holes_that_only_go_forward_in_time_and_numbers()
    {
        var (old, fresh, copied) = (await Known(), AStream(), AStream());
        await fixture.Store.MustAppend(old.To(ExpectedVersion.Exactly(2), Counted(3), Counted(4)), fresh.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));
        await fixture.Store.AppendNew([copied.To(ExpectedVersion.NewStream, Counted(1), Counted(2), Counted(3))], Nobody);
        await Quick(copied);
        await fixture.Store.MustAppend(copied.To(ExpectedVersion.Exactly(4), Counted(5)));

        foreach (var (stream, versions) in new[] { (old, 4), (fresh, 2), (copied, 5) })
        {
            var read = await fixture.Store.ReadStream(stream);
            Assert.Equal(Enumerable.Range(1, versions).Select(n => (long)n), read.Select(r => r.Version));
            Assert.Equal(read.Select(r => r.Sequence).Order(), read.Select(r => r.Sequence));
            Assert.Equal(read.Select(r => r.Time).Order(), read.Select(r => r.Time));
            Assert.Equal($"{versions} {read[^1].Time:O}", await fixture.Writer.Scalar<string>(
                $"select version || ' ' || to_char(timestamp at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '0+00:00' from archive.mt_streams where id = '{stream}'"));
        }
    }

    [Fact]
    public async Task hold_what_marten_fills_in_as_marten_does()
    {
        var stream = AStream();
        await fixture.Store.AppendNew([stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody);
        await fixture.Store.MustAppend(stream.To(ExpectedVersion.Exactly(1), Counted(2)));
        await Quick(stream);

        Assert.Equal(
            "thing_counted *DEFAULT* f true ArchiveService.EventStore.Tests.ThingCounted, ArchiveService.EventStore.Tests",
            await Lines($"select distinct concat_ws(' ', type, tenant_id, is_archived, (bdata is null)::text, mt_dotnet_type) from archive.mt_events where stream_id = '{stream}'"));
    }

    [Fact]
    public async Task tell_of_another_version_and_of_an_archived_stream_in_martens_words()
    {
        var stream = await Known();
        Assert.IsType<Appended.Conflict>(await fixture.Store.Append([stream.To(ExpectedVersion.Exactly(1), Counted(9))], Nobody));
        Assert.Equal("MT003", PostgresEventStore.VersionMismatch);
        Assert.Equal("MT003", (await Assert.ThrowsAsync<PostgresException>(() => Quick(stream, 1))).SqlState);

        await fixture.Database.Unguarded($"update archive.mt_streams set is_archived = true where id = '{stream}'");

        Assert.Equal("MT001", (await Assert.ThrowsAsync<PostgresException>(() => fixture.Store.Append([stream.To(ExpectedVersion.Exactly(2), Counted(3))], Nobody))).SqlState);
        Assert.Equal("MT001", (await Assert.ThrowsAsync<PostgresException>(() =>
            fixture.Store.Append([AStream().To(ExpectedVersion.NewStream, Counted(1)), stream.To(ExpectedVersion.Any, Counted(3), Counted(4))], Nobody))).SqlState);
        Assert.Equal("MT001", (await Assert.ThrowsAsync<PostgresException>(() => Quick(stream))).SqlState);
        Assert.Equal(2, (await fixture.Store.ReadStream(stream)).Count);
    }

    /// <summary>The statements of Marten's ArchiveStream, of its data masking, of OverwriteEvent and of Advanced.Clean.</summary>
    [Theory]
    [InlineData("update archive.mt_streams set is_archived = true where id = '{0}'")]
    [InlineData("update archive.mt_events set is_archived = true where stream_id = '{0}'")]
    [InlineData("update archive.mt_events set data = '{{}}', headers = '{{}}' where stream_id = '{0}'")]
    [InlineData("update archive.mt_events set type = 'tombstone', data = '{{}}' where stream_id = '{0}'")]
    [InlineData("delete from archive.mt_events where stream_id = '{0}'")]
    [InlineData("truncate table archive.mt_events cascade")]
    [InlineData("truncate table archive.mt_streams cascade")]
    public async Task are_not_archived_masked_or_cleaned(string statement)
    {
        var stream = await Known();
        var sql = string.Format(null, System.Text.CompositeFormat.Parse(statement), stream);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await fixture.Writer.StateOfRefusal(sql));
        Assert.Equal("AS001", await fixture.Database.Owner.StateOfRefusal(sql));
        Assert.Equal([new ThingCounted(1), new ThingCounted(2)], (await fixture.Store.ReadStream(stream)).Select(r => r.Event));
    }

    /// <summary>Rich append: the number was drawn before the transaction that inserts it, by plain insert or by COPY.</summary>
    [Fact]
    public async Task refuse_a_number_that_the_readers_have_passed_and_a_snapshot_that_could_not_see_how_far_they_are()
    {
        var stream = await Known();
        var late = await fixture.Writer.Scalar<long>("select nextval('archive.mt_events_sequence')");
        var following = await fixture.Store.MustAppend(stream.To(ExpectedVersion.Exactly(2), Counted(3)));
        await using (var reader = new HoleSafeReader(fixture.Writer, StoreFixture.Types)) Assert.Equal(following.LastSequence, (await reader.Read(late - 1, 10)).Events[0].Sequence);
        var insert = $$"""
            update archive.mt_streams set version = 4 where id = '{{stream}}';
            insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp) values ({{late}}, gen_random_uuid(), '{{stream}}', 4, '{"number":4}', 'thing_counted', now())
            """;

        Assert.Equal("AS002", await fixture.Writer.StateOfRefusal(insert));
        Assert.Equal("AS002", await fixture.Database.Superuser.StateOfRefusal($"begin; set local session_replication_role = replica; {insert}"));
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        Assert.Equal("AS002", (await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var copy = await connection.BeginTextImportAsync("copy archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp) from stdin");
            await copy.WriteLineAsync($"{late}\t{AStream()}\t{stream}\t4\t{{}}\tthing_counted\t2026-03-01");
        })).SqlState);
        foreach (var level in new[] { "repeatable read", "serializable" })
        {
            await using var transaction = await connection.BeginTransactionAsync(level == "serializable" ? System.Data.IsolationLevel.Serializable : System.Data.IsolationLevel.RepeatableRead);
            await using var command = new NpgsqlCommand(insert.Replace($"({late},", "(nextval('archive.mt_events_sequence'),", StringComparison.Ordinal), connection, transaction);
            Assert.Equal("AS003", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        }

        Assert.Equal(3, (await fixture.Store.ReadStream(stream)).Count);
    }

    private async Task<Guid> Known()
    {
        var stream = AStream();
        await fixture.Store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));
        return stream;
    }

    private Task<long[]> Quick(Guid stream, long? expected = null) => fixture.Writer.Scalar<long[]>($$"""
        select archive.mt_quick_append_events('{{stream}}', 'thing', '*DEFAULT*', array[gen_random_uuid()], '{thing_counted}',
          '{"ArchiveService.EventStore.Tests.ThingCounted, ArchiveService.EventStore.Tests"}', array['{"number":1}']::jsonb[], array[null]::bytea[], '{null}', '{null}',
          array[null]::jsonb[], '{null}', '{2001-01-01}', {{expected?.ToString() ?? "null"}})
        """);

    private Task<string> Lines(string sql) => fixture.Writer.Scalar<string>($"select string_agg(line, e'\n' order by line collate \"C\") from ({sql}) lines(line)");
}
