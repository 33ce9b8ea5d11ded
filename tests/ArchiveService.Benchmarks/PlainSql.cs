using System.Text.Json;
using ArchiveService.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>
/// The least that PostgreSQL can be asked to do for the same rows. In Marten's tables: its columns, keys, unique index and foreign key, written by plain
/// SQL, one statement a table, that knows every version beforehand; no function, trigger, check or stream update. In a bare table: the events alone, with
/// their key, unique index and sequence; no streams and so no foreign key.
/// </summary>
internal sealed class PlainSql(NpgsqlDataSource db)
{
    private const string DotNetType = "ArchiveService.Benchmarks.ThingHappened, ArchiveService.Benchmarks";
    private const string Actor = "0199cccc-0000-7000-8000-000000000001";
    private const string Columns = "seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, user_name";

    private readonly long[] versions = new long[64];
    private readonly Guid[] grown = [.. Enumerable.Range(0, 64).Select(_ => Guid.CreateVersion7())];

    public async Task Prepare(NpgsqlDataSource owner)
    {
        await owner.Execute("""
            create schema plain;
            create table plain.mt_streams (like archive.mt_streams including defaults);
            alter table plain.mt_streams add primary key (id);
            create table plain.mt_events (like archive.mt_events including defaults);
            alter table plain.mt_events add primary key (seq_id);
            create unique index on plain.mt_events (stream_id, version);
            alter table plain.mt_events add foreign key (stream_id) references plain.mt_streams (id) on delete cascade;
            create table plain.bare_events (like archive.mt_events including defaults);
            alter table plain.bare_events add primary key (seq_id);
            create unique index on plain.bare_events (stream_id, version);
            create sequence plain.numbers;
            create sequence plain.bare_numbers;
            create table plain.sealed_content (like archive.sealed_content including all);
            create table plain.record_keys (like archive.record_keys including all);
            grant usage on schema plain to archive_writer;
            grant select, insert, update on all tables in schema plain to archive_writer;
            grant usage on all sequences in schema plain to archive_writer;
            """);
        await using var streams = db.CreateCommand("insert into plain.mt_streams (id, type, version) select id, 'thing', 0 from unnest($1) u(id)");
        streams.Parameters.Add(new() { Value = grown });
        await streams.ExecuteNonQueryAsync();
    }

    public static byte[] Body(long n) => JsonSerializer.SerializeToUtf8Bytes(ThingHappened.Nth(n), EventTypes.Json);

    /// <summary>One event more in a stream that is there.</summary>
    public async Task<int> One(int writer, bool bare)
    {
        await using var insert = db.CreateCommand($"""
            insert into plain.{(bare ? "bare_events" : "mt_events")} ({Columns})
            values (nextval('plain.{(bare ? "bare_numbers" : "numbers")}'), $1, $2, $3, $4, 'thing_happened', clock_timestamp(), '{DotNetType}', '{Actor}')
            """);
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = grown[writer] });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = ++versions[writer] });
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Body(0), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await insert.ExecuteNonQueryAsync();
        return 1;
    }

    /// <summary>New streams with one event each.</summary>
    public async Task<int> New(int streams, bool bare, IReadOnlyList<NpgsqlBatchCommand>? beside = null)
    {
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var batch = db.CreateBatch();
        if (!bare) batch.BatchCommands.Add(new("insert into plain.mt_streams (id, type, version) select id, 'thing', 1 from unnest($1) u(id)") { Parameters = { new() { Value = ids } } });
        batch.BatchCommands.Add(new($"""
            insert into plain.{(bare ? "bare_events" : "mt_events")} ({Columns})
            select nextval('plain.{(bare ? "bare_numbers" : "numbers")}'), id, stream, 1, body, 'thing_happened', clock_timestamp(), '{DotNetType}', '{Actor}'
            from unnest($1, $2, $3) u(id, stream, body)
            """)
        {
            Parameters =
            {
                new() { Value = Enumerable.Range(0, streams).Select(_ => Guid.CreateVersion7()).ToArray() },
                new() { Value = ids },
                new() { Value = Enumerable.Range(0, streams).Select(n => Body(n)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            },
        });
        foreach (var command in beside ?? []) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
        return streams;
    }

    /// <summary>New streams with some events each, by binary COPY.</summary>
    public async Task<int> Copy(int streams, int eventsEach, bool bare)
    {
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (!bare)
        {
            await using var rows = await connection.BeginBinaryImportAsync("copy plain.mt_streams (id, type, version) from stdin (format binary)");
            foreach (var id in ids)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(id, NpgsqlDbType.Uuid);
                await rows.WriteAsync("thing", NpgsqlDbType.Varchar);
                await rows.WriteAsync((long)eventsEach, NpgsqlDbType.Bigint);
            }

            await rows.CompleteAsync();
        }

        await using var draw = new NpgsqlCommand($"select nextval('plain.{(bare ? "bare_numbers" : "numbers")}') from generate_series(1, $1)", connection, transaction) { Parameters = { new() { Value = streams * eventsEach } } };
        var numbers = new List<long>();
        await using (var drawn = await draw.ExecuteReaderAsync())
        {
            while (await drawn.ReadAsync()) numbers.Add(drawn.GetInt64(0));
        }

        await using (var copy = await connection.BeginBinaryImportAsync($"copy plain.{(bare ? "bare_events" : "mt_events")} ({Columns}) from stdin (format binary)"))
        {
            for (var n = 0; n < numbers.Count; n++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(numbers[n], NpgsqlDbType.Bigint);
                await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
                await copy.WriteAsync(ids[n / eventsEach], NpgsqlDbType.Uuid);
                await copy.WriteAsync((n % eventsEach) + 1L, NpgsqlDbType.Bigint);
                await copy.WriteAsync(Body(n), NpgsqlDbType.Jsonb);
                await copy.WriteAsync("thing_happened", NpgsqlDbType.Varchar);
                await copy.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(DotNetType, NpgsqlDbType.Varchar);
                await copy.WriteAsync(Actor, NpgsqlDbType.Varchar);
            }

            await copy.CompleteAsync();
        }

        await transaction.CommitAsync();
        return numbers.Count;
    }
}
