using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;
using ArchiveService.Testing;
using ArchiveService.Testing.Search;

namespace ArchiveService.Benchmarks;

/// <summary>
/// What it takes to replay an account, and the channel itself, at an instant in a channel of many events: each request another account and another instant.
/// Beside it, in turns, bare SQL that reads the same rows as they are now: the page's records with their texts by one index, and a count to a thousand.
/// The rows are made in the view's tables by the server itself; nothing else is read.
/// </summary>
internal static class ReplayBenchmark
{
    private const int Accounts = 5_000;

    private const int Requests = 200;

    /// <summary>Set by <c>--events</c>.</summary>
    public static int Events { get; set; } = 100_000;

    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start();
        var admin = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator")]));
        await admin.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var made = await admin.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        var channel = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var start = Stopwatch.GetTimestamp();
        await Fill(archive, channel);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Events:N0} events in a channel made in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
        await Plans(archive, channel);

        var readers = new[]
        {
            ("uncleared", archive.Program(await archive.Token("Kim", [new("revisor", "KS")]))),
            ("cleared", archive.Program(await archive.Token("Hedda", [new("registrator", "KS"), new("moderator", "KS"), new("revisor", "KS")], clearance: true))),
        };
        Console.WriteLine("| Replay at an instant | Reader | Events | p50, ms | p95, ms | Bare SQL p50, ms | Bare SQL p95, ms |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var (name, by) in readers)
        {
            foreach (var (what, path, column, id) in new (string, Func<int, string>, string, Func<int, Guid>)[]
            {
                ("an account", n => $"/api/v1/replay/accounts/{Account(n)}/state?at={At(n)}", "author_id", Account),
                ("an account's history", n => $"/api/v1/accounts/{Account(n)}/history?at={At(n)}", "author_id", Account),
                ("the channel", n => $"/api/v1/replay/channels/{channel}/state?at={At(n)}", "channel_id", _ => channel),
                ("time line of the channel, what was done", n => $"/api/v1/replay/channels/{channel}/timeline?moderation=true&to={At(n)}", "channel_id", _ => channel),
                ("what changed in the channel in a day", n => $"/api/v1/replay/channels/{channel}/changes?from={At(n)}&to={At(n, 24)}", "channel_id", _ => channel),
            })
            {
                for (var n = 0; n < 10; n++) await Ask(by, path(n));
                var (ours, bare) = (new List<double>(), new List<double>());
                for (var n = 10; n < 10 + Requests; n++)
                {
                    var at = Stopwatch.GetTimestamp();
                    await Ask(by, path(n));
                    ours.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                    at = Stopwatch.GetTimestamp();
                    await Plain(archive, column, id(n), When(n));
                    bare.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {name} | {Events:N0} | {Percentile(ours, 0.5):0.0} | {Percentile(ours, 0.95):0.0} | {Percentile(bare, 0.5):0.0} | {Percentile(bare, 0.95):0.0} |"));
            }
        }
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static Guid Account(int n) => Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-8000-9000-{n * 7919L % Accounts:x12}"));

    /// <summary>An instant somewhere in the years that the channel has been there.</summary>
    private static DateTimeOffset When(int n, int hours = 0) => new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes((long)(n * 104_729L % Events) * 2 * 0.9).AddHours(hours);

    private static string At(int n, int hours = 0) => When(n, hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static double Percentile(List<double> took, double part) => took.Order().ElementAt(Math.Min(took.Count - 1, (int)(took.Count * part)));

    private static async Task Ask(HttpClient by, string path)
    {
        using var answer = await by.GetAsync(Address(path));
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode} {path}: {await answer.Content.ReadAsStringAsync()}");
        await answer.Content.ReadAsByteArrayAsync();
    }

    private static async Task Plain(ServedArchive archive, string column, Guid id, DateTimeOffset at)
    {
        foreach (var sql in new[]
        {
            $"select record_id, kind, direction, occurred_at, visibility, sender_name, text from views.all_records where {column} = $1 and occurred_at <= $2 order by occurred_at desc, record_id desc limit 51",
            $"select count(*) from (select from views.all_records where {column} = $1 and occurred_at <= $2 order by occurred_at desc limit 1001) c",
        })
        {
            await using var query = archive.Databases.Owner.CreateCommand(sql);
            query.Parameters.Add(new() { Value = id });
            query.Parameters.Add(new() { Value = at.UtcDateTime });
            await using var rows = await query.ExecuteReaderAsync();
            while (await rows.ReadAsync()) _ = rows.GetValue(0);
        }
    }

    /// <summary>
    /// Of ten events seven are captures, two edits and one a hiding; one account in five hundred writes a hundred times as much as the others. One record in
    /// fifty stands behind a wall. Numbers in the log are below those of any checkpoint.
    /// </summary>
    private static async Task Fill(ServedArchive archive, Guid channel)
    {
        var db = archive.Databases.Owner;
        const string Rows = """
            create table public.made as
            select n, ('00000000-0000-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as record_id, ('00000000-0000-8000-9000-' || lpad(to_hex(case when n % 6 = 0 then n % 10 else n % 5000 end), 12, '0'))::uuid as account_id,
                   case when n % 100 = 0 then 'secret' when n % 100 = 1 then 'unassessed' else 'open' end as wall, timestamptz '2020-01-01' + n * interval '171 seconds' as at
            from generate_series(0, {0} - 1) n
            """;
        await db.Execute(string.Format(CultureInfo.InvariantCulture, Rows, Events * 7 / 10));
        foreach (var sql in new[]
        {
            """
            insert into views.all_records (record_id, wall, authority_id, channel_id, platform, kind, direction, audience, record_type, author_id, generation, occurred_at, captured_at, content_captured,
              sender_captured, flags, content, text_at, text, edited, sender_at, sender_name, sender_handle, attachment_ids, reactions, visibility, grounds, registration, destroyed, version, seq)
            select m.record_id, m.wall, c.authority_id, c.channel_id, 'facebook', 'comment', 'received', 'public', 'comment', m.account_id, 1, m.at, m.at, true, true, '{}', 'x', m.at,
              'Hej, jag undrar över något i kommunen och vill ha besked, nummer ' || m.n, n % 7 < 2, m.at, 'Person', '@person', '{}', 0, case when n % 7 = 0 then 'hidden' else 'visible' end, '{}', 'captured', false, 1, m.n - 10000000000
            from public.made m cross join archive.channels c
            """,
            """
            insert into views.all_versions (record_id, wall, event_id, seq, valid_at, recorded_at, certainty, content, text, attachment_ids, destroyed)
            select record_id, wall, gen_random_uuid(), n - 10000000000, at, at, 'observed', 'a', 'Hej, jag undrar över något i kommunen och vill ha besked, nummer ' || n, '{}'::uuid[], false from public.made
            union all
            select record_id, wall, gen_random_uuid(), n - 9000000000, at + interval '1 hour', at + interval '1 hour', 'observed', 'b', 'Hej igen, ändrat nummer ' || n, '{}'::uuid[], false from public.made where n % 7 < 2
            """,
            """
            insert into views.all_acts (record_id, wall, event_id, seq, name, valid_at, recorded_at, grounds, facts, acted_by, channel_id, author_id, placed_at, placed_kind, placed_direction)
            select m.record_id, m.wall, gen_random_uuid(), n - 10000000000, 'item_captured', m.at, m.at, '{}'::text[], '{}'::jsonb, 'author', c.channel_id, m.account_id, m.at, 'comment', 'received' from public.made m cross join archive.channels c
            union all
            select m.record_id, m.wall, gen_random_uuid(), n - 9000000000, 'item_edited', m.at + interval '1 hour', m.at + interval '1 hour', '{}'::text[], '{}'::jsonb, 'author', c.channel_id, m.account_id, null::timestamptz, null::text, null::text from public.made m cross join archive.channels c where n % 7 < 2
            union all
            select m.record_id, m.wall, gen_random_uuid(), n - 8000000000, 'item_hidden', m.at + interval '2 hours', m.at + interval '2 hours', '{INSULT}'::text[], '{}'::jsonb, 'authority', c.channel_id, m.account_id, null::timestamptz, null::text, null::text from public.made m cross join archive.channels c where n % 7 = 0
            """,
            """
            insert into views.all_accounts (account_id, wall, authority_id, channel_id, platform, own, seen_at, name, handle, first_seen_at, destroyed)
            select a.account_id, 'open', c.authority_id, c.channel_id, 'facebook', false, a.at, 'Person', '@person', a.at, false from (select account_id, min(at) as at from public.made group by 1) a cross join archive.channels c
            """,
            """
            insert into views.all_account_names (account_id, wall, event_id, seq, valid_at, recorded_at, profile, name, handle, destroyed)
            select account_id, wall, gen_random_uuid(), -10000000000, first_seen_at, first_seen_at, 'p', 'Person', '@person', false from views.all_accounts where channel_id is not null
            """,
            "drop table public.made",
        })
        {
            await using var insert = db.CreateCommand(sql);
            insert.CommandTimeout = 3600;
            await insert.ExecuteNonQueryAsync();
        }

        foreach (var table in new[] { "all_records", "all_versions", "all_acts", "all_accounts", "all_account_names" }) await db.Execute("vacuum analyze views." + table);
        _ = channel;
    }

    /// <summary>Whatever has happened in the channel, a page touches about as many rows as it shows, and the count no more than a few a record; else the run ends here.</summary>
    private static async Task Plans(ServedArchive archive, Guid channel)
    {
        await using var known = archive.Databases.Owner.CreateCommand("select authority_id from archive.authorities where code = 'KS'");
        var authority = (Guid)(await known.ExecuteScalarAsync())!;
        foreach (var clearance in new[] { false, true })
        {
            var sight = RecordViewSight.Of(archive.Databases, new(Guid.CreateVersion7(), "plan", [new(clearance ? Role.Registrator : Role.Revisor, authority)], clearance, IsService: false, []));
            foreach (var (what, sql, most) in new[]
            {
                ("account, page", StandingItems.PageSql(sight, ReplayOf.Account, Account(3), When(17), 0, null, 51), 1_500), ("channel, page", StandingItems.PageSql(sight, ReplayOf.Channel, channel, When(17), 0, null, 51), 1_500),
                ("channel, count", StandingItems.CountSql(sight, ReplayOf.Channel, channel, When(17), 0), 12_000),
                ("channel, time line", ReplayTimeline.ActsSql(sight, ReplayOf.Channel, channel, new(null, When(17), null, null, null, When(17), null), 0), 1_500),
                ("channel, moderation", ReplayTimeline.ActsSql(sight, ReplayOf.Channel, channel, new(null, When(17), "moderation", null, null, When(17), null), 0), 1_500),
            })
            {
                var plan = await ExplainedPlan.Of(sight.Db, "set local jit = off", sql, "record_");
                if (plan.WholeTables.Count > 0 || plan.Touched > most) throw new InvalidOperationException($"{what} touches {plan.Touched} rows:\n{plan.Text}");
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(clearance ? "cleared" : "uncleared")}, {what}: {plan.Touched:N0} rows by {string.Join(", ", plan.Indexes.Distinct())}"));
            }
        }
    }
}
