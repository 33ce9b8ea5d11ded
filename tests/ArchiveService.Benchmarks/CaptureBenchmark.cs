using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Import;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NpgsqlTypes;
using Spectre.Console;

namespace ArchiveService.Benchmarks;

/// <summary>
/// What capturing costs beside the least that PostgreSQL can be asked to do with the same rows: event, stream, ciphertext, wrapped key and inline state of
/// every item, inserted by unnest into bare tables that have a primary key and nothing else. Projections stand still, so that both sides have the machine.
/// </summary>
internal static class CaptureBenchmark
{
    private const int Batch = 100;
    private const int Imported = 20_000;

    /// <summary>A service that has just started compiles itself on the same two cores for half a minute; that is measured with the start.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Sustained = TimeSpan.FromSeconds(60);
    private static int made;

    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start(builder =>
        {
            foreach (var worker in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory is not null).ToList()) builder.Services.Remove(worker);
        });
        var (staff, channel) = await Open(archive);
        await For(WarmUp, staff, channel);

        Console.WriteLine("Items per second, items of about 1 KB by 200 authors, medians of interleaved rounds; the last column is ours / raw.");
        var rows = await Sample.Of(archive);
        await rows.Prepare(archive);
        await Measured.Compare($"capture API, {Batch} a request, 8 connections", 8, new("ours", _ => Post(staff, channel)), new("raw", _ => rows.Insert(archive.Databases.Writer)));
        await Measured.Compare($"capture API, {Batch} a request, 1 connection", 1, new("ours", _ => Post(staff, channel)), new("raw", _ => rows.Insert(archive.Databases.Writer)));
        await Import(archive, channel);
    }

    /// <summary>A minute of it with everything running: views, evidence, schedules. What is behind at the end is told too.</summary>
    public static async Task RunSustained()
    {
        await using var archive = await ServedArchive.Start();
        var (staff, channel) = await Open(archive);
        await For(WarmUp, staff, channel);
        var start = Stopwatch.GetTimestamp();
        var items = await For(Sustained, staff, channel);
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var last = await archive.Value<long>("select max(seq_id) from archive.mt_events");
        start = Stopwatch.GetTimestamp();
        while (await archive.Value<long>("select max(last_seq_id) from archive.mt_event_progression where name like 'archive:records:v%'") < last) await Task.Delay(20);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| capture API, {Batch} a request, 8 connections, {took:0} s, views and evidence running | {items / took:N0} items/s | the views had caught up {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s later |"));
    }

    private static async Task<(HttpClient Staff, Guid Channel)> Open(ServedArchive archive)
    {
        await archive.Services.MustStoreAttachments(default);
        var staff = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator"), new("moderator")]));
        await staff.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var answer = await staff.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        return (staff, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid());
    }

    private static async Task<int> For(TimeSpan time, HttpClient staff, Guid channel)
    {
        var start = Stopwatch.GetTimestamp();
        var items = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var done = 0;
            while (Stopwatch.GetElapsedTime(start) < time) done += await Post(staff, channel);
            return done;
        })));
        return items.Sum();
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static async Task<int> Post(HttpClient client, Guid channel)
    {
        using var body = new StringContent(string.Join('\n', Enumerable.Range(0, Batch).Select(_ => Line())), Encoding.UTF8, "application/x-ndjson");
        var answer = await client.PostAsync(Address($"/api/v1/channels/{channel}/captures"), body);
        answer.EnsureSuccessStatusCode();
        var accepted = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accepted").GetInt32();
        return accepted == Batch ? accepted : throw new InvalidOperationException($"{accepted} of {Batch} were accepted.");
    }

    private static string Line()
    {
        var n = Interlocked.Increment(ref made);
        var text = string.Join(' ', Enumerable.Repeat("Hej, när öppnar simhallen på lördag?", 20));
        return $$"""{"act":"create","nativeId":"m-{{n}}","kind":"comment","author":{"nativeId":"a-{{n % 200}}","displayName":"Nils Låtsasson"},"text":"{{text}}","occurredAt":"2026-03-01T12:00:00Z"}""";
    }

    private static async Task Import(ServedArchive archive, Guid channel)
    {
        var file = Path.Combine(archive.DataFolder, "measured.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Imported).Select(_ => Line()));
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });
        var start = Stopwatch.GetTimestamp();
        await new Import(archive.Services).Run("ndjson", file, channel, dryRun: false, console, default);
        var first = Imported / Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        await new Import(archive.Services).Run("ndjson", file, channel, dryRun: false, console, default);
        var again = Imported / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| import ndjson, {Imported} lines | new {first:N0} | all duplicates {again:N0} | |"));
    }

    /// <summary>The rows one request of ours wrote, to be written again under new ids.</summary>
    private sealed record Sample(string[] Events, byte[][] Ciphertexts, byte[][] Keys)
    {
        public static async Task<Sample> Of(ServedArchive archive)
        {
            await using var query = archive.Databases.Writer.CreateCommand("""
                select e.data::text, c.ciphertext, k.wrapped
                from archive.mt_events e join archive.sealed_content c on c.event_id = e.id join archive.record_keys k on k.stream_id = e.stream_id
                where e.type = 'item_captured' limit 100
                """);
            await using var rows = await query.ExecuteReaderAsync();
            var (events, ciphertexts, keys) = (new List<string>(), new List<byte[]>(), new List<byte[]>());
            while (await rows.ReadAsync())
            {
                events.Add(rows.GetString(0));
                ciphertexts.Add(rows.GetFieldValue<byte[]>(1));
                keys.Add(rows.GetFieldValue<byte[]>(2));
            }

            return new([.. events], [.. ciphertexts], [.. keys]);
        }

        public async Task Prepare(ServedArchive archive)
        {
            foreach (var (table, key) in new[] { ("mt_events", "seq_id"), ("mt_streams", "id"), ("sealed_content", "event_id"), ("record_keys", "key_id"), ("record_states", "record_id") })
                await archive.Databases.Owner.Execute($"create table archive.raw_{table} (like archive.{table} including defaults); alter table archive.raw_{table} add primary key ({key}); grant insert on archive.raw_{table} to archive_writer;");
            await archive.Databases.Owner.Execute("create sequence archive.raw_sequence; grant usage on sequence archive.raw_sequence to archive_writer;");
        }

        public async Task<int> Insert(NpgsqlDataSource db)
        {
            var ids = Events.Select(_ => Guid.CreateVersion7()).ToArray();
            await using var batch = db.CreateBatch();
            NpgsqlBatchCommand Add(string sql, params object[] values)
            {
                var command = new NpgsqlBatchCommand(sql);
                foreach (var value in values) command.Parameters.Add(value is byte[][]? new() { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea } : new NpgsqlParameter { Value = value });
                batch.BatchCommands.Add(command);
                return command;
            }

            Add("insert into archive.raw_mt_streams (id, type, version) select id, 'record', 1 from unnest($1) u(id)", ids);
            Add("""
                insert into archive.raw_mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
                select nextval('archive.raw_sequence'), id, id, 1, data::jsonb, 'item_captured', clock_timestamp(), 'ArchiveService.Features.Records.ItemCaptured, ArchiveService'
                from unnest($1, $2) u(id, data)
                """, ids, Events);
            Add("insert into archive.raw_sealed_content (event_id, ciphertext) select * from unnest($1, $2)", ids, Ciphertexts);
            Add("insert into archive.raw_record_keys (key_id, class, stream_id, kek_id, alg, wrapped) select id, 'content', id, id, 'A256GCM', wrapped from unnest($1, $2) u(id, wrapped)", ids, Keys);
            Add("""
                insert into archive.raw_record_states (record_id, authority_id, channel_id, record_type, direction, visibility, registration, wall, captured_at, received_at, version)
                select id, id, id, 'comment', 'received', 'visible', 'captured', 'open', clock_timestamp(), clock_timestamp(), 1 from unnest($1) u(id)
                """, ids);
            await batch.ExecuteNonQueryAsync();
            return ids.Length;
        }
    }
}
