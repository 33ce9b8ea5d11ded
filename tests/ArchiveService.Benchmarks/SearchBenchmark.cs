using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Testing;
using ArchiveService.Testing.Search;
using Npgsql;

namespace ArchiveService.Benchmarks;

/// <summary>
/// What a search takes among many records: 20 requests a second whatever the answers take, 40 terms in turn, a third each found in at most 0.01 %, 0.1 %
/// and 10 % of the records, newest first, a page of 50, every other one with filters, by one without clearance and one with. Beside it, in turns, the same question
/// as bare SQL on a bare table with the same indexes: a page and a count to a thousand, by whichever of the two ways is sooner for the word.
/// The records are made in the view's tables by the server itself: searching reads nothing else, and through the log a million would take many minutes.
/// </summary>
internal static class SearchBenchmark
{
    private const int PerSecond = 20;
    private const int Seconds = 30;

    /// <summary>Set by <c>--records</c>.</summary>
    public static int Records { get; set; } = 100_000;

    private static readonly string[] Often = ["vatten", "buss", "skola", "gatan", "kommunen", "vägen", "barnen", "parken", "svar", "tacksam", "snön", "klockan", "hjälp"];
    private static readonly string[] Seldom = ["bygglov", "simhall", "bibliotek", "hemtjänst", "avlopp", "lekplats", "trottoar", "detaljplan", "sophämtning", "belysning", "parkering", "återvinning", "cykelväg"];
    private static readonly string[] Hardly = ["vindkraft", "hundrastgård", "farthinder", "kulturskola", "eldningsförbud", "laddstolpe", "attefallshus", "gymnasieval", "fågelholk", "brandstation", "protokoll", "övergångsställe", "konsert", "odlingslott"];

    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start();
        var admin = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator")]));
        await admin.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var made = await admin.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        var channel = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var start = Stopwatch.GetTimestamp();
        await Fill(archive, channel);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Records:N0} records made in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));

        var staff = archive.Program(await archive.Token("Kim", [new("kommunikator", "KS")]));
        var cleared = archive.Program(await archive.Token("Hedda", [new("registrator", "KS"), new("moderator", "KS"), new("arkivarie", "KS")], clearance: true));
        await Plans(archive);
        await Bare(archive);
        string[] terms = [.. Enumerable.Range(0, 14).SelectMany(i => new[] { Often.ElementAtOrDefault(i), Seldom.ElementAtOrDefault(i), Hardly.ElementAtOrDefault(i) }).OfType<string>()];
        if (terms.Length != 40) throw new InvalidOperationException($"{terms.Length} terms.");
        foreach (var term in terms) await staff.GetAsync(Address("/api/v1/records?limit=50&q=" + Uri.EscapeDataString(term)));

        foreach (var (name, ask) in new (string Name, Func<int, Task> Ask)[]
        {
            ("staff", n => Ask(staff, channel, terms[n % 40], n)),
            ("cleared", n => Ask(cleared, channel, terms[n % 40], n)),
            ("bare SQL", n => Plain(archive.Databases.Owner, terms[n % 40])),
        })
        {
            var took = await OpenLoop(ask);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Records:N0} | {Percentile(took, 0.5):0.0} | {Percentile(took, 0.95):0.0} | {Percentile(took, 0.99):0.0} | {Class(took, terms, Hardly)} | {Class(took, terms, Seldom)} | {Class(took, terms, Often)} |"));
        }

        Console.WriteLine("| Class, one at a time in turns | Records | Ours, ms | Bare SQL, ms | Ours / bare |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var (name, of) in new[] { ("at most 0.01 %", Hardly), ("0.1 %", Seldom), ("10 %", Often) })
        {
            var (ours, bare, ratios) = (new List<double>(), new List<double>(), new List<double>());
            foreach (var term in of.Concat(of))
            {
                var at = Stopwatch.GetTimestamp();
                await Ask(staff, channel, term, 0);
                ours.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                at = Stopwatch.GetTimestamp();
                await Plain(archive.Databases.Owner, term);
                bare.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                ratios.Add(ours[^1] / bare[^1]);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Records:N0} | {Measured.Median(ours):0.0} | {Measured.Median(bare):0.0} | {Measured.Median(ratios):0.0} |"));
        }

        foreach (var order in new[] { "relevance", "sender", "oldest" })
        {
            var took = new List<double>();
            foreach (var term in terms)
            {
                var at = Stopwatch.GetTimestamp();
                (await staff.GetAsync(Address($"/api/v1/records?limit=50&sort={order}&q={Uri.EscapeDataString(term)}"))).EnsureSuccessStatusCode();
                took.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| one at a time, {order} | median {Measured.Median(took):0.0} | most {took.Max():0.0} |"));
        }
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static async Task Ask(HttpClient by, Guid channel, string term, int n)
    {
        var filters = (n % 2) == 0 ? "" : $"&channel={channel}&direction=received&from=2020-01-01&state=visible";
        using var answer = await by.GetAsync(Address($"/api/v1/records?limit=50&q={Uri.EscapeDataString(term)}{filters}"));
        answer.EnsureSuccessStatusCode();
        if ((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").GetArrayLength() == 0) throw new InvalidOperationException($"Nothing was found for {term}.");
    }

    private static readonly Dictionary<string, bool> Walks = new(StringComparer.Ordinal);

    /// <summary>A table with what a page shows and the two indexes, nothing else; and for each word which way is sooner.</summary>
    private static async Task Bare(ServedArchive archive)
    {
        var db = archive.Databases.Owner;
        await db.Execute("create table public.bare as select record_id, occurred_at, sender_name, text, search from views.record_view order by occurred_at");
        await db.Execute("create index bare_search on public.bare using gin (search)");
        await db.Execute("create index bare_newest on public.bare (occurred_at desc, record_id desc)");
        await db.Execute("vacuum analyze public.bare");
        foreach (var term in Often.Concat(Seldom).Concat(Hardly))
        {
            var took = new double[2];
            foreach (var way in new[] { 0, 1, 0, 1 })
            {
                Walks[term] = way == 1;
                var at = Stopwatch.GetTimestamp();
                await Plain(db, term);
                took[way] = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
            }

            Walks[term] = took[1] < took[0];
        }
    }

    private static async Task Plain(NpgsqlDataSource db, string term)
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var set = new NpgsqlCommand(Walks[term] ? "set local enable_bitmapscan = off; set local enable_sort = off; set local enable_seqscan = off" : "set local enable_indexscan = off; set local enable_seqscan = off", connection, transaction))
            await set.ExecuteNonQueryAsync();
        var order = Walks[term] ? "order by occurred_at desc, record_id desc" : "";
        await using (var count = new NpgsqlCommand($"select count(*) from (select from public.bare where search @@ (select views.asked($1)) {order} limit 1001) c", connection, transaction))
        {
            count.Parameters.Add(new() { Value = term });
            await count.ExecuteScalarAsync();
        }

        await using var query = new NpgsqlCommand("select record_id, occurred_at, sender_name, left(text, 300) from public.bare where search @@ (select views.asked($1)) order by occurred_at desc, record_id desc limit 50", connection, transaction);
        query.Parameters.Add(new() { Value = term });
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync()) _ = rows.GetGuid(0);
    }

    /// <summary>Requests begin at their time, and what they wait for one another counts.</summary>
    private static async Task<List<(int N, double Took)>> OpenLoop(Func<int, Task> ask)
    {
        var began = Stopwatch.GetTimestamp();
        var running = new List<Task<(int, double)>>();
        for (var n = 0; n < PerSecond * Seconds; n++)
        {
            var due = TimeSpan.FromSeconds(n / (double)PerSecond);
            if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } wait) await Task.Delay(wait);
            var number = n;
            running.Add(Task.Run(async () =>
            {
                await ask(number);
                return (number, (Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
            }));
        }

        return [.. await Task.WhenAll(running)];
    }

    private static double Percentile(IEnumerable<(int N, double Took)> took, double part)
    {
        var sorted = took.Select(t => t.Took).Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
    }

    private static string Class(List<(int N, double Took)> took, string[] terms, string[] of) =>
        Percentile(took.Where(t => of.Contains(terms[t.N % 40])), 0.95).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>Made by the server in one statement a hundred thousand: 30 words each, the rest of the words by frequency; one in fifty stands behind a wall.</summary>
    private static async Task Fill(ServedArchive archive, Guid channel)
    {
        var db = archive.Databases.Owner;
        for (var from = 0; from < Records; from += 100_000)
        {
            await using var insert = db.CreateCommand("""
                insert into views.all_records (record_id, wall, authority_id, channel_id, platform, kind, direction, audience, record_type, generation, occurred_at, captured_at, content_captured,
                  sender_captured, flags, content, text_at, text, edited, sender_at, sender_name, sender_handle, attachment_ids, reactions, visibility, grounds, registration, destroyed, version, seq)
                select gen_random_uuid(), case when n % 100 = 0 then 'secret' when n % 100 = 1 then 'unassessed' else 'open' end, c.authority_id, c.channel_id, 'facebook', case when n % 3 = 0 then 'post' else 'comment' end,
                  case when n % 4 = 0 then 'drawnUp' else 'received' end, 'public', 'comment', 1, timestamptz '2020-01-01' + n * interval '20 seconds', now(), true, true, '{}', 'x', now(),
                  concat_ws(' ', 'Hej', 'ord' || n % 5003, 'ord' || (n * 7) % 5003, 'ord' || (n * 13) % 5003, 'ord' || (n * 29) % 5003, ($3::text[])[1 + n % 13],
                    case when h % 1000 < 13 then ($4::text[])[1 + h % 1000] || case when h % 2 = 0 then 'en' else '' end end,
                    case when h2 % 10000 < 14 then ($5::text[])[1 + h2 % 10000] end,
                    'lite text som folk skriver när de undrar över något i kommunen och vill ha besked så snart som möjligt av någon som vet', 'ord' || (n * 31) % 5003, 'ord' || (n * 37) % 5003),
                  false, now(), 'Person ' || n % 20011, '@person' || n % 20011, '{}', 0, case when n % 20 = 0 then 'hidden' else 'visible' end, '{}', 'captured', false, 1, n
                from (select n, (hashint8(n)::bigint + 2147483648) as h, (hashint8(n + 77777777)::bigint + 2147483648) as h2 from generate_series($1::bigint, $2::bigint) n) g
                cross join archive.channels c where c.channel_id = $6
                """);
            insert.CommandTimeout = 3600;
            insert.Parameters.Add(new() { Value = (long)from });
            insert.Parameters.Add(new() { Value = (long)Math.Min(Records, from + 100_000) - 1 });
            insert.Parameters.Add(new() { Value = Often });
            insert.Parameters.Add(new() { Value = Seldom });
            insert.Parameters.Add(new() { Value = Hardly });
            insert.Parameters.Add(new() { Value = channel });
            await insert.ExecuteNonQueryAsync();
        }

        await db.Execute("vacuum analyze views.record_view");
        await db.Execute("vacuum analyze views.record_view_secret");
    }

    /// <summary>Each shape of question, as each login, must go by its index on so many records; else the run ends here.</summary>
    private static async Task Plans(ServedArchive archive)
    {
        (string Shape, string Where, string Index)[] shapes =
        [
            ("words", "r.search @@ (select views.asked('hundrastgård'))", "search_idx"), ("beginning", "r.search @@ (select views.asked('hundrast*'))", "search_idx"), ("phrase", "r.search @@ (select views.asked('\"undrar över\"'))", "search_idx"),
            ("sender", "r.sender_fold like '%person 4711%'", "sender_fold_idx"), ("number", "r.number_key = 'ks 2026/17'", "number_key_idx"), ("newest", "true order by r.occurred_at desc, r.record_id desc limit 51", "occurred_at_record_id_idx"),
            ("senders in order", "true order by r.sender_order, r.occurred_at desc, r.record_id desc limit 51", "sender_order_occurred_at_record_id_idx"),
        ];
        foreach (var (login, db, table) in new[] { ("staff", archive.Databases.Staff, "views.record_view"), ("cleared", archive.Databases.Cleared, "views.all_records") })
        {
            foreach (var (shape, where, index) in shapes)
            {
                await using var explain = db.CreateCommand($"explain select r.* from {table} r where {where}");
                await using var rows = await explain.ExecuteReaderAsync();
                var plan = new List<string>();
                while (await rows.ReadAsync()) plan.Add(rows.GetString(0));
                if (!plan.Any(l => l.Contains("record_view_" + index, StringComparison.Ordinal)))
                    throw new InvalidOperationException($"{shape} as {login} does not go by record_view_{index}:\n{string.Join('\n', plan)}");
                Console.WriteLine($"{login}, {shape}: record_view_{index}");
            }
        }

        // And as the service asks: no whole table, and no more rows than the way of counting allows.
        await using var known = archive.Databases.Owner.CreateCommand("select authority_id from archive.authorities where code = 'KS'");
        var authority = (Guid)(await known.ExecuteScalarAsync())!;
        foreach (var clearance in new[] { false, true })
        {
            var sight = RecordViewSight.Of(archive.Databases, new(Guid.CreateVersion7(), "plan", [new(clearance ? Role.Registrator : Role.Kommunikator, authority)], clearance, IsService: false, []));
            foreach (var (asked, statement, most) in new[]
            {
                ("q=vatten", "probe", 1_002), ("q=vatten", "walk", 60_002), ("q=vatten", "page by walking", 5_000), ("q=vatten&sort=oldest", "page by walking", 5_000), ("q=vatten&sort=sender", "page by walking", 5_000),
                ("q=bygglov", "all", 1_002), ("q=vindkraft", "all", 1_002), ("q=vindkraft&sort=relevance", "page by words", 1_002), ("sender=person+4711", "all", 1_002),
                ("state=deleted", "all", 1_002), ("kind=dm", "all", 1_002), ("registration=registered", "all", 1_002), ("ground=hate", "all", 1_002), ("edited=true", "all", 1_002), ("hasAttachment=true", "all", 1_002),
            })
            {
                var (search, _) = RecordSearch.Parse(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(asked));
                var (_, settings, sql) = SearchRecords.Statements(search!, sight).Single(s => s.Name == statement);
                var plan = await ExplainedPlan.Of(sight.Db, settings, sql);
                if (plan.WholeTables.Count > 0 || plan.Touched > most) throw new InvalidOperationException($"{asked}, {statement}, touches {plan.Touched} rows:\n{plan.Text}");
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(clearance ? "cleared" : "staff")}, {asked}, {statement}: {plan.Touched:N0} rows by {string.Join(", ", plan.Indexes.Distinct())}"));
            }
        }

        await using var publicly = archive.Databases.Public.CreateCommand("set enable_seqscan = off; explain select entry_id from views.diary_public p where p.search @@ (select views.asked('bygglov'))");
        await using var lines = await publicly.ExecuteReaderAsync();
        var text = "";
        while (await lines.ReadAsync()) text += lines.GetString(0) + "\n";
        if (!text.Contains("diary_public_search", StringComparison.Ordinal)) throw new InvalidOperationException($"words as public: {text}");
        Console.WriteLine("public, words in the diary: diary_public_search");
    }
}
