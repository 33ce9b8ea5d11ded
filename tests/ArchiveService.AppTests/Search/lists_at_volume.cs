using System.Diagnostics;
using System.Net.Http.Json;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Search;

/// <summary>
/// The lists that are opened every morning, with a hundred thousand records behind them: what each really reads, as each login that reads it, is taken from
/// the server's own counters. None goes through a large table from end to end, and none reads much more than it shows.
/// </summary>
public sealed class Lists_at_volume : IAsyncLifetime
{
    private const int Records = 100_000;

    // A count that stops at a thousand and one may take them in any order.
    private const int MostRead = 5_000;

    private ServedArchive archive = null!;
    private HttpClient registrator = null!;
    private HttpClient chef = null!;

    public async Task InitializeAsync()
    {
        archive = await ServedArchive.Start();
        await archive.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        registrator = archive.Program(await archive.Token("Rut Registrator", [new("registrator"), new("admin"), new("kommunikator")]));
        chef = archive.Program(await archive.Token("Charlie Chef", [new("chef"), new("arkivarie")]));
        await Ok(await registrator.PutAsJsonAsync(At("/api/v1/authorities/VOL"), new { name = "Volymnämnden", preset = "custom", diary = new { mode = "both" } }));
        await Ok(await registrator.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "VOL", platform = "facebook", nativeAccountId = "own-VOL", handle = "VOL", purpose = "Dialog" }));

        // Nothing else is to read while it is counted.
        foreach (var hosted in archive.Services.GetServices<IHostedService>().Where(h => h.GetType().Name != "GenericWebHostService")) await hosted.StopAsync(default);
        await Fill();
    }

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    [Fact]
    public async Task go_by_their_indexes_as_every_login()
    {
        var anybody = archive.Program();
        (string Name, HttpClient By, string Address)[] asked =
        [
            .. new[] { ("registrator", registrator), ("chef", chef) }.SelectMany(r => new[]
            {
                "/api/v1/authorities/VOL/inbox", "/api/v1/authorities/VOL/inbox?state=overdue", "/api/v1/allotments", "/api/v1/allotments?state=mine", "/api/v1/allotments?state=waiting&authority=VOL",
                "/api/v1/postlist", "/api/v1/postlist?period=all&authority=VOL", "/api/v1/postlist?date=2026-03-01", "/api/v1/authorities/VOL/outgoing/queue",
            }.Where(a => r.Item1 == "registrator" || !a.Contains("outgoing", StringComparison.Ordinal)).Select(a => (r.Item1, r.Item2, a))),
            ("allmänheten", anybody, "/public/diary.json"), ("allmänheten", anybody, "/public/diary.json?period=all"), ("allmänheten", anybody, "/public/diary.json?date=2026-03-01"),
            ("allmänheten", anybody, "/public/diary.json?authority=VOL"), ("allmänheten", anybody, "/public/diary.json?q=VOL 2026/77"),
        ];
        var faults = new List<string>();
        await Task.WhenAll(new[] { registrator, chef, anybody }.Select(async by => await Ok(await by.GetAsync(At("/public/diary.json")))));
        var before = await Read();
        foreach (var (name, by, address) in asked)
        {
            await Ok(await by.GetAsync(At(address)));
            var after = await Read();
            foreach (var (table, read) in after)
            {
                var (through, rows) = (read.Through - before[table].Through, read.Rows - before[table].Rows);
                if (through > MostRead || rows > MostRead) faults.Add($"{name} {address}: {table} read {through} rows from end to end and {rows} by index");
            }

            before = after;
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>What has been read of each large table. A session tells what it has read at the latest when it ends.</summary>
    private async Task<Dictionary<string, (long Through, long Rows)>> Read()
    {
        var databases = archive.Databases;
        foreach (var pool in new[] { databases.Owner, databases.Writer, databases.Public, databases.Staff, databases.Cleared }) pool.Clear();
        await using var superuser = await archive.Database!.Superuser.OpenConnectionAsync();
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < TimeSpan.FromSeconds(10))
        {
            await using var others = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'", superuser);
            if ((long)(await others.ExecuteScalarAsync())! == 0) break;
            await Task.Delay(10);
        }

        await using var query = new NpgsqlCommand("""
            select t.schemaname || '.' || t.relname, t.seq_tup_read, coalesce(t.idx_tup_fetch, 0)
            from pg_stat_user_tables t join pg_class c on c.oid = t.relid where c.reltuples > 50000
            """, superuser);
        await using var row = await query.ExecuteReaderAsync();
        var read = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        while (await row.ReadAsync()) read[row.GetString(0)] = (row.GetInt64(1), row.GetInt64(2));
        Assert.Contains("archive.open_items", read.Keys);
        Assert.Contains("views.diary_public", read.Keys);
        return read;
    }

    /// <summary>As many years leave it: nearly all registered in cases that are closed, some hundred that wait, and some hundred of this week.</summary>
    private async Task Fill()
    {
        await using var superuser = await archive.Database!.Superuser.OpenConnectionAsync();
        foreach (var sql in new[]
        {
            "set session_replication_role = replica",
            $"""
            create temporary table made as
            select n, md5('r' || n)::uuid as record, md5('c' || n)::uuid as kase, md5('e' || n)::uuid as event, a.authority_id as authority, c.channel_id as channel,
                   clock_timestamp() - n * interval '3 hours' as at, n % 500 = 0 as waits, n % 401 = 0 as open_case
            from generate_series(1, {Records}) n, archive.authorities a join archive.channels c using (authority_id)
            """,
            """
            insert into archive.record_states (record_id, authority_id, channel_id, record_type, direction, visibility, registration, wall, case_id, captured_at, received_at, version)
            select record, authority, channel, 'comment', 'received', 'visible', case when waits then 'captured' else 'registered' end, 'open', case when not waits then kase end, at, at, 1 from made
            """,
            """
            insert into archive.open_items (record_id, authority_id, channel_id, received_at, incoming, is_question, version, arrived_at, outcome, outcome_at, by_rule, entered_at)
            select record, authority, channel, at, true, false, 1, at, case when not waits then 'registered' end, case when not waits then at end, false, case when not waits then at end from made
            """,
            """
            insert into archive.cases (case_id, authority_id, series_id, year, number, diary_number, folded_number, class_code, last_document, opened_at, closed_at)
            select kase, authority, (select series_id from archive.diary_series limit 1), 2026, n, 'VOL 2026/' || n, 'vol 2026/' || n, '1', 1, at, case when not open_case then at end from made where not waits
            """,
            """
            insert into views.diary_public (entry_id, record_id, authority_id, case_id, diary_number, document_number, direction, diary_date, registered_at)
            select event, record, authority, kase, 'VOL 2026/' || n, 1, 'received', at::date, at from made where not waits
            """,
            """
            insert into views.all_diary (record_id, wall, entry_id, authority_id, case_id, diary_number, document_number, direction, diary_date, received_at, registered_at, record_type, platform, released, destroyed, seq)
            select record, 'open', event, authority, kase, 'VOL 2026/' || n, 1, 'received', at::date, at, at, 'comment', 'facebook', false, false, n from made where not waits
            """,
            """
            insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select 1000000 + n, event, record, 1, jsonb_build_object('diaryNumber', 'VOL 2026/' || n, 'documentNumber', 1), 'record_registered', at from made where not waits
            """,
            """
            insert into archive.outgoing_entries (event_id, authority_id, place, record_id, version, type, recorded_at)
            select event, authority, n, record, 1, 'record_registered', at from made where not waits
            """,
            "set session_replication_role = origin",
            "analyze archive.record_states, archive.open_items, archive.cases, archive.mt_events, archive.outgoing_entries, views.diary_public, views.all_diary, views.all_records",
        })
        {
            await using var command = new NpgsqlCommand(sql, superuser) { CommandTimeout = 120 };
            await command.ExecuteNonQueryAsync();
        }
    }
}
