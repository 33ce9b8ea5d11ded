using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>
/// What a registrator waits for: the page of a record that was edited many times and stands in a long thread, registrations in one series,
/// and the views built anew after an upgrade.
/// </summary>
internal static class WorkBenchmark
{
    private const int Versions = 50;
    private const int Replies = 50;
    private const int Readings = 300;
    private const int Registered = 6_000;
    private const int Rebuilt = 30_000;
    private const string Text = "Hej, när öppnar simhallen på lördag? Vi var där i tisdags men porten var stängd och ingen svarade i telefonen.";

    public static Task Run() => With(async (archive, staff, channel) =>
    {
        await RecordPage(archive, staff, channel);
        await Registrations(archive, staff, channel);
        await Rebuild(archive, staff, channel);
    });

    /// <summary>The registrations alone.</summary>
    public static Task RunRegistrations() => With(Registrations);

    /// <summary>The views alone.</summary>
    public static Task RunRebuild() => With(Rebuild);

    private static async Task With(Func<ServedArchive, HttpClient, Guid, Task> measure)
    {
        await using var archive = await ServedArchive.Start();
        await archive.Services.MustStoreAttachments(default);
        var staff = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await staff.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var answer = await staff.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        var channel = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        await measure(archive, staff, channel);
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static async Task Capture(ServedArchive archive, HttpClient client, Guid channel, IEnumerable<string> lines)
    {
        var last = 0L;
        foreach (var some in lines.Chunk(500))
        {
            using var body = new StringContent(string.Join('\n', some), Encoding.UTF8, "application/x-ndjson");
            var answer = await client.PostAsync(Address($"/api/v1/channels/{channel}/captures"), body);
            answer.EnsureSuccessStatusCode();
            var counted = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (counted.GetProperty("accepted").GetInt32() != some.Length) throw new InvalidOperationException($"Not all lines were accepted: {counted}");
            last = counted.GetProperty("lastSequence").GetInt64();
        }

        while (await archive.Value<long>("select max(last_seq_id) from archive.mt_event_progression where name like 'archive:%'") < last) await Task.Delay(100);
    }

    private static async Task RecordPage(ServedArchive archive, HttpClient staff, Guid channel)
    {
        await Capture(archive, staff, channel,
        [
            Line("create", "p", "p", "post", null, 0),
            Line("create", "c", "c", "comment", "p", 1),
            .. Enumerable.Range(1, Versions - 1).Select(n => Line("edit", "c", $"c-{n}", "comment", "p", n + 1)),
            .. Enumerable.Range(0, Replies).Select(n => Line("create", $"r-{n}", $"r-{n}", "reply", "c", 100 + n)),
        ]);
        var record = await archive.Value<Guid>($"select id from archive.mt_streams where type = 'record' and version >= {Versions} order by version desc limit 1");
        await archive.User("Mätare", "matare", "ett-långt-lösenord-för-mätning");
        using var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "matare", "ett-långt-lösenord-för-mätning", "/");

        Console.WriteLine($"Milliseconds, {Readings} readings one after the other: median, p95. Bare SQL reads the rows that the page shows.");
        var sql = await Timed(async () =>
        {
            await using var query = archive.Databases.Cleared.CreateCommand("""
                select to_jsonb(r) from views.record_view r where r.record_id = $1
                """);
            query.Parameters.Add(new() { Value = record });
            await query.ExecuteScalarAsync();
            await using var versions = archive.Databases.Cleared.CreateCommand("select to_jsonb(v) from views.record_versions v where v.record_id = $1");
            versions.Parameters.Add(new() { Value = record });
            await using var rows = await versions.ExecuteReaderAsync();
            while (await rows.ReadAsync()) rows.GetString(0);
        });
        foreach (var (name, address) in new[] { ("page of a record with 50 versions and a thread of 52", $"/handlingar/{record}"), ("the thread's answer", $"/api/v1/records/{record}/thread") })
        {
            var client = address.StartsWith("/api", StringComparison.Ordinal) ? staff : browser;
            var took = await Timed(async () =>
            {
                using var page = await client.GetAsync(Address(address));
                page.EnsureSuccessStatusCode();
                await page.Content.ReadAsByteArrayAsync();
            });
            Print($"| {name} | {Percentile(took, 0.5):0.0} | {Percentile(took, 0.95):0.0} | bare SQL {Percentile(sql, 0.5):0.0} | {Percentile(sql, 0.95):0.0} |");
        }
    }

    /// <summary>Each opens a case of its own in one diary, so that all draw from one series.</summary>
    private static async Task Registrations(ServedArchive archive, HttpClient staff, Guid channel)
    {
        await Capture(archive, staff, channel, Enumerable.Range(0, Registered).Select(n => Line("create", $"g-{n}", $"g-{n}", "comment", null, n)));
        var waiting = new List<Guid>();
        await using (var query = archive.Databases.Owner.CreateCommand($"select record_id from archive.record_states where registration = 'captured' order by captured_at desc limit {Registered}"))
        {
            await using var rows = await query.ExecuteReaderAsync();
            while (await rows.ReadAsync()) waiting.Add(rows.GetGuid(0));
        }

        var next = -1;
        async Task<int> One(int writer)
        {
            var at = Interlocked.Increment(ref next);
            if (at >= waiting.Count) throw new InvalidOperationException("More records are needed.");
            var done = await staff.PostAsJsonAsync(Address($"/api/v1/records/{waiting[at]}/register"), new { newCase = new { title = "Öppettider" }, subject = "Fråga om öppettider" });
            done.EnsureSuccessStatusCode();
            return 1;
        }

        await archive.Databases.Owner.Execute("""
            create table archive.raw_series (only_row int primary key, last bigint not null); insert into archive.raw_series values (1, 0);
            create table archive.raw_entries (like archive.mt_events including defaults); alter table archive.raw_entries add primary key (seq_id);
            create sequence archive.raw_entry_sequence;
            """);
        var body = JsonSerializer.SerializeToUtf8Bytes(ThingHappened.Nth(1), EventTypes.Json);
        async Task<int> Raw(int writer)
        {
            await using var batch = archive.Databases.Owner.CreateBatch();
            batch.BatchCommands.Add(new("update archive.raw_series set last = last + 1 returning last"));
            batch.BatchCommands.Add(new("""
                insert into archive.raw_entries (seq_id, id, stream_id, version, data, type, timestamp)
                select nextval('archive.raw_entry_sequence'), gen_random_uuid(), gen_random_uuid(), 1, $1, 'thing', clock_timestamp() from generate_series(1, 2)
                """)
            { Parameters = { new() { Value = body, NpgsqlDbType = NpgsqlDbType.Jsonb } } });
            await batch.ExecuteNonQueryAsync();
            return 1;
        }

        for (var warm = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(warm) < TimeSpan.FromSeconds(20) && next < Registered / 4;) await Task.WhenAll(Enumerable.Range(0, 8).Select(One));

        // As many as there are records, in turns of a second: five rounds and one to warm up.
        Console.WriteLine("Registrations a second in one series, each with a case of its own: ours, the number and two rows by plain SQL; ours / plain; bytes allocated");
        await Measured.CompareFor(5, "registrations, 8 at once", 8, new Way("ours", One), new Way("plain", Raw));
    }

    private static async Task Rebuild(ServedArchive archive, HttpClient staff, Guid channel)
    {
        await Capture(archive, staff, channel, Enumerable.Range(0, Rebuilt).Select(n => Line("create", $"b-{n}", $"b-{n}", "comment", null, n)));
        var log = archive.Services.GetRequiredService<SealedLog>();
        var types = archive.Services.GetRequiredService<EventTypes>();
        var records = await archive.Value<long>("select count(*) from archive.record_states");
        var columns = await archive.Value<string>("select string_agg(quote_ident(column_name), ', ') from information_schema.columns where table_schema = 'views' and table_name = 'all_records' and is_generated = 'NEVER'");
        var (ours, bare) = (new List<double>(), new List<double>());
        for (var round = 0; round < 3; round++)
        {
            await archive.Databases.Owner.Execute($"select archive.build_views_beside(array['{string.Join("','", Features.Rebuild.RebuildViews.Tables)}'], array['{string.Join("','", Features.Rebuild.RebuildViews.Functions)}'])");
            var start = Stopwatch.GetTimestamp();
            using (var stop = new CancellationTokenSource())
            {
                var worker = new ProjectionWorker(archive.Databases.Writer, types, [new RecordViewProjection(log, RecordViewProjection.Beside)], new() { PageSize = 2000 });
                var running = worker.Run(stop.Token);
                while ((await worker.Status(default)) is var status && status.Any(s => s.Position < s.HeadSequence)) await Task.Delay(20);
                ours.Add(records / Stopwatch.GetElapsedTime(start).TotalSeconds);
                await stop.CancelAsync();
                await running;
            }

            start = Stopwatch.GetTimestamp();
            await archive.Databases.Owner.Execute($"""
                create table archive.raw_view (like views.all_records including defaults including generated including indexes);
                insert into archive.raw_view ({columns}) select {columns} from views.all_records
                """);
            bare.Add(records / Stopwatch.GetElapsedTime(start).TotalSeconds);
            await archive.Databases.Owner.Execute("drop table archive.raw_view; select archive.drop_views_beside()");
        }

        Print($"| record view built anew, records a second ({records:N0} records) | {Measured.Median(ours):N0} | rows copied by the server {Measured.Median(bare):N0} | {Measured.Median(ours.Zip(bare, (a, b) => a / b)):0.00} |");
    }

    private static string Line(string act, string id, string eventId, string kind, string? parent, int second) => JsonSerializer.Serialize(new
    {
        act,
        nativeId = id,
        nativeEventId = eventId,
        kind,
        parentNativeId = parent,
        author = new { nativeId = $"a-{second % 200}", displayName = "Nils Låtsasson" },
        text = $"{Text} {second}",
        occurredAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(second),
    });

    private static async Task<List<double>> Timed(Func<Task> once)
    {
        var took = new List<double>();
        for (var i = -20; i < Readings; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await once();
            if (i >= 0) took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return took;
    }

    private static double Percentile(List<double> of, double part) => of.Order().ElementAt((int)Math.Min(of.Count - 1, of.Count * part));

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
