using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Import;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Spectre.Console;

namespace ArchiveService.Benchmarks;

/// <summary>
/// The logical step of a gallring run, end to end in a served archive whose views are filled: from the execution's start until every key, ciphertext, view row and rådata is gone, every event is written
/// and every batch stands in the erasure ledger. Beside it the least that PostgreSQL can be asked: the same keys, ciphertexts and view rows deleted from bare copies, 500 records a transaction.
/// </summary>
internal static class DisposalBenchmark
{
    /// <summary>How many records are destroyed.</summary>
    public static int Records { get; set; } = 20_000;

    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start();
        await archive.Services.MustStoreAttachments(default);
        var staff = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator"), new("moderator"), new("arkivarie")]));
        var other = archive.Program(await archive.Token("Annan Mätare", [new("arkivarie")]));
        await Ok(await staff.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "custom", policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" } }));
        var channel = (await Ok(await staff.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", purpose = "Mätning" }))).GetProperty("id").GetGuid();
        await Fill(archive, channel);

        var decision = (await Ok(await staff.PostAsJsonAsync(Address("/api/v1/retention/decisions"), new { authority = "KS", reference = "KS § 1", decidingBody = "nämnden", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P2Y" }))).GetProperty("id").GetGuid();
        var rule = (await Ok(await staff.PostAsJsonAsync(Address("/api/v1/retention/rules"), new { authority = "KS", decision, name = "Kommentarer", countedFrom = "received", classes = new[] { "content", "register" } }))).GetProperty("id").GetGuid();
        var began = Stopwatch.GetTimestamp();
        var run = (await Ok(await staff.PostAsJsonAsync(Address("/api/v1/disposals"), new { rule, dueBefore = "2026-06-01" }))).GetProperty("id").GetGuid();
        var proposed = Stopwatch.GetElapsedTime(began);
        await Ok(await other.PostAsync(Address($"/api/v1/disposals/{run}/approve"), null));
        var raw = await Raw(archive);

        began = Stopwatch.GetTimestamp();
        var executing = staff.PostAsync(Address($"/api/v1/disposals/{run}/execute"), null);
        while (await Value<bool>(archive, $"select destroyed_at is null from archive.disposal_runs where run_id = '{run}'")) await Task.Delay(10);
        var ours = Records / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Ok(await executing);
        var destroyed = await Value<long>(archive, $"select count(*) from archive.disposal_items where run_id = '{run}' and state = 'destroyed'");
        if (destroyed != Records) throw new InvalidOperationException($"{destroyed} of {Records} were destroyed.");

        Console.WriteLine("Gallring, the logical step end to end, records a second; the last column is ours / raw. The goal is 5,000.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {Records:N0} records, views filled, projections and evidence running | {ours:N0} | {raw:N0} | {ours / raw:0.00} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  proposal with manifest and sizes: {proposed.TotalSeconds:0.0} s"));
    }

    private static async Task Fill(ServedArchive archive, Guid channel)
    {
        var text = string.Join(' ', Enumerable.Repeat("Hej, när öppnar simhallen på lördag?", 20));
        var file = Path.Combine(archive.DataFolder, "measured.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Records).Select(n =>
            $$"""{"act":"create","nativeId":"m-{{n}}","kind":"comment","author":{"nativeId":"a-{{n % 200}}","displayName":"Nils Låtsasson"},"text":"{{text}}","occurredAt":"2020-03-01T12:00:00Z"}"""));
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });
        await new Import(archive.Services).Run("ndjson", file, channel, dryRun: false, console, default);
        var last = await Value<long>(archive, "select max(seq_id) from archive.mt_events");
        if (!await archive.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromMinutes(5), default)) throw new TimeoutException("The views are not filled.");
    }

    /// <summary>Bare copies of what is destroyed, with a primary key and nothing else, deleted 500 records at a time.</summary>
    private static async Task<double> Raw(ServedArchive archive)
    {
        var owner = archive.Database!.Owner;
        foreach (var sql in (string[])
        [
            "create unlogged table raw_order as select record_id, ((row_number() over (order by due_on, record_id) - 1) / 500)::int as batch from archive.disposal_items",
            "create table raw_keys as select k.stream_id, k.key_id, k.wrapped from archive.record_keys k join archive.disposal_items i on i.record_id = k.stream_id",
            "alter table raw_keys add primary key (stream_id, key_id)",
            "create table raw_content as select e.stream_id, c.event_id, c.ciphertext from archive.sealed_content c join archive.mt_events e on e.id = c.event_id join archive.disposal_items i on i.record_id = e.stream_id",
            "alter table raw_content add primary key (stream_id, event_id)",
            "create table raw_records as select r.* from views.all_records r join archive.disposal_items i using (record_id)",
            "alter table raw_records add primary key (record_id)",
            "create table raw_versions as select v.* from views.all_versions v join archive.disposal_items i using (record_id)",
            "create index on raw_versions (record_id)",
        ])
        {
            await using var make = owner.CreateCommand(sql);
            make.CommandTimeout = 0;
            await make.ExecuteNonQueryAsync();
        }

        await using var connection = await owner.OpenConnectionAsync();
        var began = Stopwatch.GetTimestamp();
        for (var batch = 0; batch * 500 < Records; batch++)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var (table, column) in new[] { ("raw_keys", "stream_id"), ("raw_content", "stream_id"), ("raw_records", "record_id"), ("raw_versions", "record_id") })
            {
                await using var delete = new NpgsqlCommand($"delete from {table} t using raw_order o where o.batch = $1 and t.{column} = o.record_id", connection, transaction);
                delete.Parameters.Add(new() { Value = batch });
                await delete.ExecuteNonQueryAsync();
            }

            await transaction.CommitAsync();
        }

        return Records / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static async Task<JsonElement> Ok(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(body).RootElement : throw new InvalidOperationException(body);
    }

    private static async Task<T> Value<T>(ServedArchive archive, string sql)
    {
        await using var query = archive.Databases.Owner.CreateCommand(sql);
        return (T)(await query.ExecuteScalarAsync())!;
    }
}
