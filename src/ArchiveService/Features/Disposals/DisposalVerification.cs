using System.Buffers.Binary;
using System.Collections.Concurrent;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Something of a destroyed record that is still there: residue, which no rule lets stand.</summary>
public sealed record Leftover(string What, long Count);

/// <summary>What is looked for by content in a run. It stands in memory only.</summary>
/// <param name="WithoutPassage">Records of the sample that say nothing long enough, or nothing that others do not say too.</param>
/// <param name="IsLost">The process that had taken a sample died with it: what is here was taken of what was left, or nothing is.</param>
/// <param name="Quoting">Other records that say something of it too, seen while the sample was taken; and whether each stands in the open.</param>
public sealed record ContentSample(IReadOnlyList<Passage> Passages, int WithoutPassage, bool IsLost, IReadOnlyDictionary<Guid, bool> Quoting)
{
    public static ContentSample Lost { get; } = new([], 0, true, new Dictionary<Guid, bool>());
}

/// <summary>What a look found.</summary>
public sealed record Looked(IReadOnlyList<Leftover> Left, IReadOnlyList<PlaceLooked> Places, IReadOnlyList<FoundCopy> Copies);

/// <summary>
/// Looks again after a run: every place of the registry by reference for every item, and every place by content for a sample. It reads the raw tables, the object store and the files,
/// never what the destroying code returned, and only after every projection has passed the run's last event.
/// </summary>
public sealed class DisposalVerification(Databases databases, Installation installation, IObjectStore store, SealedLog log, IEnumerable<Projection> projections)
{
    public const int SampleSize = 20;

    private const int PageSize = 2000;

    /// <summary>After a place: the rows of it that stand behind a wall. That there are any is not told to everybody.</summary>
    public const string Behind = " (sekretess)";

    private const int MostStrays = 1000;

    private const long LargestStray = 64 * 1024 * 1024;

    private static readonly string ByReference = string.Join("\nunion all\n", ContentPlaces.Tables.Where(t => t.Left is not null).Select(t => $"select '{t.Table}', ({t.Left})"));

    private const string Unmarked = """
        select count(*) from (
          select record_id from archive.disposal_items where run_id = $1 and state = 'destroyed'
          except select stream_id from archive.destruction_marks where run_id = $1 and class in ('content', 'request')
        ) i
        """;

    private readonly ConcurrentDictionary<Guid, ContentSample> samples = new();

    public IReadOnlyList<string> Projections => [.. projections.Select(p => p.Checkpoint)];

    /// <summary>Whether every projection has passed the event, those that are being built anew included.</summary>
    public async Task<bool> ProjectionsHavePassed(long sequence, TimeSpan atMost, CancellationToken ct)
    {
        var names = projections.Select(p => p.Checkpoint).ToArray();
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            await using (var query = databases.Writer.CreateCommand("""
                select count(*) from archive.mt_event_progression where name = any ($1) and last_seq_id >= $2
                  and not exists (select from archive.mt_event_progression n where n.name like 'archive:%:next:v%' and n.last_seq_id < $2)
                """))
            {
                query.Parameters.Add(new() { Value = names });
                query.Parameters.Add(new() { Value = sequence });
                if ((long)(await query.ExecuteScalarAsync(ct))! == names.Length) return true;
            }

            if (waited >= atMost) return false;
            await Task.Delay(Pause, ct);
        }
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The sample of the run, taken before its first batch and kept until it is completed; of what is left when a process died with the one it had.</summary>
    public async Task<ContentSample> Sample(Guid run, IReadOnlyList<string> classes, CancellationToken ct)
    {
        if (samples.TryGetValue(run, out var taken)) return taken;
        var (some, begun) = await Some(run, ct);
        taken = some.Count == 0 ? ContentSample.Lost : await Take(some, classes, begun, ct);
        return samples.GetOrAdd(run, taken);
    }

    /// <summary>The run is completed: its passages are let go of.</summary>
    public void Forget(Guid run) => samples.TryRemove(run, out _);

    /// <summary>Up to twenty of what is to be destroyed, spread over the list; and whether something of it is destroyed already.</summary>
    private async Task<(List<Guid> Some, bool Begun)> Some(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            with waiting as (
              select record_id, row_number() over (order by place) - 1 as n, count(*) over () as of from archive.disposal_items where run_id = $1 and state = 'pending'
            )
            select record_id, exists (select from archive.disposal_items where run_id = $1 and state = 'destroyed')
            from waiting where n % greatest(1, of / $2) = 0 order by n limit $2
            """);
        query.Parameters.Add(new() { Value = run });
        query.Parameters.Add(new() { Value = (long)SampleSize });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var (some, begun) = (new List<Guid>(), false);
        while (await rows.ReadAsync(ct))
        {
            some.Add(rows.GetGuid(0));
            begun = rows.GetBoolean(1);
        }

        return (some, begun);
    }

    private async Task<ContentSample> Take(IReadOnlyList<Guid> some, IReadOnlyList<string> classes, bool begun, CancellationToken ct)
    {
        var candidates = new List<Passage>();
        foreach (var (record, history) in await log.Store.ReadStreams(some, ct: ct))
        {
            var parts = (await log.Open([.. history], ct)).Values.Where(o => o.Parts is not null).SelectMany(o => o.Parts!.All.Select(part =>
                (IsKept: o.Key!.Class is not KeyClass.Request && !classes.Contains(o.Key.Class.Stored()), Name: part.Key, Text: System.Text.Encoding.UTF8.GetString(part.Value)))).ToList();
            var kept = parts.Where(p => p.IsKept).Select(p => p.Text).ToList();
            candidates.AddRange(parts.Where(p => !p.IsKept && Rank(p.Name) is not null).OrderBy(p => Rank(p.Name)).SelectMany(p => Passages.Of(p.Text))
                .Where(passage => !kept.Exists(text => text.Contains(passage, StringComparison.Ordinal))).Distinct(StringComparer.Ordinal).Take(12).Select(passage => new Passage(record, passage)));
        }

        var shared = await SharedBy(candidates, ct);
        var own = candidates.Where((_, n) => shared[n].Count == 0).DistinctBy(c => c.Record).ToList();
        var quoting = shared.SelectMany(s => s).GroupBy(s => s.Key).ToDictionary(s => s.Key, s => s.First().Value);
        return new(own, some.Count - own.Count, begun, quoting);
    }

    /// <summary>What is looked for first: what was said, what officials wrote about it, what it was called. Null: too short, or no words.</summary>
    private static int? Rank(string part) => part switch
    {
        Parts.Text => 0,
        Parts.Motivation or Parts.Subject or "message" or "reason" => 1,
        Parts.Permalink => 3,
        _ when part.EndsWith("/fileName", StringComparison.Ordinal) || part.EndsWith("/altText", StringComparison.Ordinal) => 2,
        _ => null,
    };

    /// <summary>For each candidate, the other records that say it too.</summary>
    private async Task<List<Dictionary<Guid, bool>>> SharedBy(IReadOnlyList<Passage> candidates, CancellationToken ct)
    {
        var shared = candidates.Select(_ => new Dictionary<Guid, bool>()).ToList();
        if (candidates.Count == 0) return shared;
        await using var query = databases.Writer.CreateCommand("""
            select c.n, o.record_id, o.open
            from unnest($1, $2) with ordinality c(record_id, passage, n)
            cross join lateral (select plainto_tsquery('pg_catalog.swedish', views.words(c.passage)) as asked) q
            cross join lateral (
              select v.record_id, v.wall = 'open' as open from views.all_records v
              where v.record_id <> c.record_id and v.search @@ q.asked and strpos(v.text, c.passage) > 0 limit 100) o
            """);
        query.CommandTimeout = 0;
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Record).ToArray() });
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Text).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) shared[(int)rows.GetInt64(0) - 1][rows.GetGuid(1)] = rows.GetBoolean(2);
        return shared;
    }

    /// <summary>What is left of the run's records and where copies of them stand; nothing left is what a completed run needs.</summary>
    public async Task<Looked> Look(Guid run, ContentSample sample, CancellationToken ct)
    {
        var left = new SortedDictionary<string, long>(StringComparer.Ordinal);
        void Leave(string what, long count)
        {
            if (count > 0) left[what] = left.GetValueOrDefault(what) + count;
        }

        await using (var query = databases.Writer.CreateCommand(Unmarked))
        {
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            Leave("items-without-mark", (long)(await query.ExecuteScalarAsync(ct))!);
        }

        // By reference.
        var asked = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var gone = new HashSet<Guid>();
        Guid? after = null;
        while (await Marks(run, after, ct) is { Count: > 0 } page)
        {
            await ByReferences(page, asked, Leave, ct);
            gone.UnionWith(page.Select(m => m.Stream));
            after = page[^1].Key;
        }

        var (objects, objectsLeft) = await ObjectsOf(run, ct);
        asked["object-store"] = objects;
        Leave("object-store", objectsLeft);
        Leave("database: large objects", await Count("select count(*) from pg_largeobject_metadata", ct));

        // By content. Only of what was destroyed: what was skipped keeps its words.
        var read = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var copies = new Dictionary<(string Kind, string Place), long>();
        foreach (var quoting in sample.Quoting.Where(q => !gone.Contains(q.Key)).GroupBy(q => q.Value))
            copies[("record", quoting.Key ? "views.all_records" : $"views.all_records{Behind}")] = quoting.Count();
        var passages = sample.Passages.Where(p => gone.Contains(p.Record)).ToList();
        if (passages.Count > 0)
        {
            var needles = new Needles([.. passages.Select(p => p.Text)]);
            await InTables(needles, gone, read, copies, Leave, ct);
            await InIndexes(passages, Leave, ct);
            await InObjects(needles, read, Leave, ct);
            await InFiles(needles, read, Leave, ct);
        }

        var lawful = copies.Select(c => new FoundCopy(c.Key.Kind, c.Key.Place, c.Value, null, null)).Concat(await CopiesOf(run, ct)).OrderBy(c => c.Kind, StringComparer.Ordinal).ThenBy(c => c.Place, StringComparer.Ordinal).ToList();
        return new(
            [.. left.Select(l => new Leftover(l.Key, l.Value))],
            [.. asked.Keys.Union(read.Keys).Order(StringComparer.Ordinal).Select(place => new PlaceLooked(place, asked.GetValueOrDefault(place), read.GetValueOrDefault(place)))],
            await WithRules(run, lawful, ct));
    }

    private async Task<List<(Guid Key, Guid Stream, string Class)>> Marks(Guid run, Guid? after, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select key_id, stream_id, class from archive.destruction_marks where run_id = $1 and ($2::uuid is null or key_id > $2) order by key_id limit $3");
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        query.Parameters.Add(new NpgsqlParameter { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        query.Parameters.Add(new NpgsqlParameter { Value = PageSize });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var page = new List<(Guid, Guid, string)>(PageSize);
        while (await rows.ReadAsync(ct)) page.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
        return page;
    }

    private async Task ByReferences(List<(Guid Key, Guid Stream, string Class)> marks, SortedDictionary<string, long> asked, Action<string, long> leave, CancellationToken ct)
    {
        Guid[] Streams(string keyClass) => [.. marks.Where(m => m.Class == keyClass).Select(m => m.Stream)];
        Guid[][] lists = [[.. marks.Select(m => m.Key)], Streams("content"), Streams("register"), Streams("account"), [.. marks.Select(m => m.Stream).Distinct()], Streams("request"), Streams("delivery")];
        await using var query = databases.Writer.CreateCommand(ByReference);
        query.CommandTimeout = 0;
        foreach (var ids in lists) query.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) leave(rows.GetString(0), rows.GetInt64(1));
        foreach (var place in ContentPlaces.Tables.Where(t => t.Left is not null)) asked[place.Table] = asked.GetValueOrDefault(place.Table) + lists[place.Asks - 1].Length;
    }

    private async Task<(long Asked, long Left)> ObjectsOf(Guid run, CancellationToken ct)
    {
        var keys = new List<string>();
        await using (var query = databases.Writer.CreateCommand("select object_key from archive.object_deletions where run_id = $1 order by object_key"))
        {
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) keys.Add(rows.GetString(0));
        }

        var left = 0L;
        foreach (var key in keys) left += await store.Remains(key, ct);
        return (keys.Count, left);
    }

    /// <summary>Every column of every table that can hold text or bytes, as bytes: as the owner, for no other login reads them all.</summary>
    private async Task InTables(
        Needles needles, HashSet<Guid> gone, SortedDictionary<string, long> read, Dictionary<(string Kind, string Place), long> copies, Action<string, long> leave, CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        foreach (var (schema, table, columns) in await Catalogue(owner, ct))
        {
            var place = ContentPlaces.Of(schema, table);
            var named = $"{schema}.{table}";
            var key = place is { Key.Length: > 0 } ? Quoted(place.Key) : "null::uuid";
            try
            {
                await using var stream = await owner.BeginRawBinaryCopyAsync($"copy (select {key}, {string.Join(", ", columns.Select(Quoted))} from {Quoted(schema)}.{Quoted(table)}) to stdout (format binary)", ct);
                var rows = new CopiedRows(stream);
                await rows.Begin(ct);
                var count = 0L;
                for (; await rows.Next(ct) is { } row; count++)
                {
                    var (isCopy, isBehind, found) = (place?.Copy is not null && (row.Id is not { } of || !gone.Contains(of)), false, false);
                    for (var column = 0; column < columns.Count; column++)
                    {
                        var field = await rows.Field(ct);
                        if (columns[column] == "wall") isBehind = !field.AsSpan().SequenceEqual("open"u8);
                        if (needles.In(field).Count == 0) continue;
                        found = true;
                        if (!isCopy) leave($"{named}.{columns[column]}", 1);
                    }

                    if (!isCopy || !found) continue;
                    var copied = (place!.Copy!, isBehind ? named + Behind : named);
                    copies[copied] = copies.GetValueOrDefault(copied) + 1;
                }

                read[named] = count;
            }
            catch (PostgresException error) when (schema is "views_next" or "views_old" && error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                // The tables beside have taken the place of the others, or were dropped.
            }
        }
    }

    private static async Task<List<(string Schema, string Table, List<string> Columns)>> Catalogue(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(ContentPlaces.Catalogue, owner);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var tables = new List<(string, string, List<string>)>();
        while (await rows.ReadAsync(ct))
        {
            var (schema, table, column, type) = (rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3));

            // A search index holds single words, stemmed: it is asked by its own means.
            if (type == "tsvector") continue;
            if (tables.Count == 0 || tables[^1].Item1 != schema || tables[^1].Item2 != table) tables.Add((schema, table, []));
            tables[^1].Item3.Add(column);
        }

        return tables;
    }

    /// <summary>The words of the passages, one after the other, in the search index of a row of their own record.</summary>
    private async Task InIndexes(IReadOnlyList<Passage> passages, Action<string, long> leave, CancellationToken ct)
    {
        foreach (var place in ContentPlaces.Tables.Where(t => t.Key == "record_id" && t.Columns.Split(' ').Contains("search")))
        {
            await using var query = databases.Writer.CreateCommand($"""
                select count(*) from {place.Table} t join unnest($1, $2) s(record_id, passage) using (record_id)
                cross join lateral (select phraseto_tsquery('pg_catalog.swedish', views.words(s.passage)) as asked) q
                where numnode(q.asked) > 0 and t.search @@ q.asked
                """);
            query.CommandTimeout = 0;
            query.Parameters.Add(new() { Value = passages.Select(p => p.Record).ToArray() });
            query.Parameters.Add(new() { Value = passages.Select(p => p.Text).ToArray() });
            leave($"{place.Table}.search", (long)(await query.ExecuteScalarAsync(ct))!);
        }
    }

    /// <summary>Objects that no row names: what is named is sealed, and what was destroyed is asked for by its key.</summary>
    private async Task InObjects(Needles needles, SortedDictionary<string, long> read, Action<string, long> leave, CancellationToken ct)
    {
        var (listed, strays) = (0L, new List<StoredObject>());
        var page = new List<StoredObject>(1000);
        await foreach (var stored in store.List("", ct))
        {
            listed++;
            page.Add(stored);
            if (page.Count < 1000) continue;
            strays.AddRange(await Unnamed(page, ct));
            page.Clear();
        }

        strays.AddRange(await Unnamed(page, ct));
        foreach (var stray in strays.Where(s => s.Length <= LargestStray).Take(MostStrays))
        {
            try
            {
                await using var content = await store.Read(stray.Key, 0, null, ct);
                if (await Holds(needles, content, ct)) leave("object-store: strays", 1);
            }
            catch (ObjectMissing)
            {
                // The sweep was first.
            }
        }

        read["object-store"] = listed;
    }

    private async Task<List<StoredObject>> Unnamed(List<StoredObject> page, CancellationToken ct)
    {
        var ids = page.Select(o => Guid.TryParse(o.Key[(o.Key.LastIndexOf('/') + 1)..], out var id) ? id : Guid.Empty).ToArray();
        await using var query = databases.Writer.CreateCommand("select object_id from archive.attachments where object_id = any ($1) union all select object_id from archive.delivery_objects where object_id = any ($1)");
        query.Parameters.Add(new() { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var named = new HashSet<Guid>();
        while (await rows.ReadAsync(ct)) named.Add(rows.GetGuid(0));
        return [.. page.Where((_, n) => !named.Contains(ids[n]))];
    }

    /// <summary>The trial mode's own folder but for the database's files, which the physical step rewrites; and what the service may have left among temporary files.</summary>
    private async Task InFiles(Needles needles, SortedDictionary<string, long> read, Action<string, long> leave, CancellationToken ct)
    {
        if (installation.IsEmbedded)
        {
            var cluster = Path.GetFullPath(installation.Embedded!.Cluster);
            foreach (var file in Files(installation.DataFolder).Where(f => !f.StartsWith(cluster + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                await One("data-folder", file);
        }

        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), "archive-pdf-*"))
        {
            foreach (var file in Files(folder)) await One("temporary-files", file);
        }

        foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), "utlamnande-*")) await One("temporary-files", file);

        async Task One(string place, string path)
        {
            try
            {
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                read[place] = read.GetValueOrDefault(place) + 1;
                if (await Holds(needles, file, ct)) leave(place, 1);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It went meanwhile, or is another user's.
            }
        }
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint });

    private static async Task<bool> Holds(Needles needles, Stream content, CancellationToken ct)
    {
        var buffer = new byte[1 << 20];
        var kept = 0;
        while (await content.ReadAsync(buffer.AsMemory(kept), ct) is > 0 and var count)
        {
            var filled = kept + count;
            if (needles.In(buffer.AsSpan(0, filled)).Count > 0) return true;
            kept = Math.Min(filled, needles.Longest);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }

        return false;
    }

    /// <summary>Copies that are told of by reference: on paper, disclosed, in snapshots, taken out by somebody.</summary>
    private async Task<List<FoundCopy>> CopiesOf(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            with gone as materialized (
              select s.record_id, s.case_id, s.channel_id, s.authority_id, archive.swedish_date(s.captured_at) as since, archive.swedish_date(s.received_at) as day,
                     archive.swedish_date(coalesce(s.removed_at, s.disposed_at)) as until, s.disposed_at
              from archive.disposal_items i join archive.record_states s using (record_id) where i.run_id = $1 and i.state = 'destroyed'
            ), span as (select min(since) as since, max(archive.swedish_date(disposed_at)) as until from gone), r as (select authority_id from archive.disposal_runs where run_id = $1)
            select 'paper', 'archive.paper_copies', (select count(*) from archive.paper_copies c join gone using (record_id))
            union all select 'case-print', 'archive.case_prints', (select count(*) from archive.case_prints p where p.case_id in (select case_id from gone))
            union all select 'snapshot', 'archive.snapshots', (select count(*) from archive.snapshots p join archive.record_states s using (record_id)
              where s.disposed_at is null and exists (select from gone g where g.channel_id = p.channel_id and p.period_to >= g.day and p.period_from <= g.until))
            union all select 'disclosed', 'archive.disclosure_items', (select count(*) from archive.disclosure_items i
              where i.outcome in ('disclose', 'mask', 'reservation') and (i.target_id in (select record_id from gone) or i.target_id in (select case_id from gone)))
            union all select 'export', 'archive.search_log', (select count(*) from archive.search_log l, span, r
              where l.kind = 'export' and (l.authority_id = r.authority_id or l.authority_id is null) and archive.swedish_date(l.searched_at) between span.since and span.until)
            union all select 'inspection-pack', 'archive.inspection_packs', (select count(*) from archive.inspection_packs p, span, r
              where p.authority_id = r.authority_id and p.from_day <= span.until and p.to_day >= span.since)
            """);
        query.CommandTimeout = 0;
        query.Parameters.Add(new() { Value = run });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<FoundCopy>();
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetInt64(2) > 0) found.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt64(2), null, null));
        }

        return found;
    }

    /// <summary>Each kind with the rule in force here that decides on it.</summary>
    private async Task<List<FoundCopy>> WithRules(Guid run, List<FoundCopy> copies, CancellationToken ct)
    {
        var found = new List<FoundCopy>();
        foreach (var copy in copies)
        {
            await using var query = databases.Writer.CreateCommand("""
                select u.rule_id, u.version from archive.retention_rules u join archive.disposal_runs r on r.authority_id = u.authority_id
                where r.run_id = $1 and u.ended_at is null and $2 = any (u.record_types) order by u.adopted_at desc limit 1
                """);
            query.Parameters.Add(new() { Value = run });
            query.Parameters.Add(new() { Value = ContentPlaces.Kind(copy.Kind).RecordType ?? "" });
            await using var row = await query.ExecuteReaderAsync(ct);
            found.Add(await row.ReadAsync(ct) ? copy with { Rule = row.GetGuid(0), RuleVersion = row.GetInt32(1) } : copy);
        }

        return found;
    }

    private async Task<long> Count(string sql, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Rows of a binary COPY, read field by field: the first is the row's id.</summary>
    private sealed class CopiedRows(Stream from)
    {
        private byte[] buffer = new byte[1 << 17];
        private int at, filled;

        public readonly record struct Row(Guid? Id);

        public async ValueTask Begin(CancellationToken ct)
        {
            await Need(19, ct);
            at += 15;
            var more = Int32();
            await Need(more, ct);
            at += more;
        }

        /// <returns>Null after the last.</returns>
        public async ValueTask<Row?> Next(CancellationToken ct)
        {
            await Need(2, ct);
            var fields = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(at));
            at += 2;
            if (fields < 0) return null;
            var id = await Field(ct);
            return new(id.Count == 16 ? new Guid(id.AsSpan(), bigEndian: true) : null);
        }

        public async ValueTask<ArraySegment<byte>> Field(CancellationToken ct)
        {
            await Need(4, ct);
            var length = Int32();
            if (length <= 0) return ArraySegment<byte>.Empty;
            await Need(length, ct);
            at += length;
            return new(buffer, at - length, length);
        }

        private int Int32()
        {
            at += 4;
            return BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at - 4));
        }

        private async ValueTask Need(int count, CancellationToken ct)
        {
            if (filled - at >= count) return;
            Buffer.BlockCopy(buffer, at, buffer, 0, filled - at);
            (filled, at) = (filled - at, 0);
            if (buffer.Length < count) Array.Resize(ref buffer, count);
            while (filled < count)
            {
                var read = await from.ReadAsync(buffer.AsMemory(filled), ct);
                if (read == 0) throw new EndOfStreamException("The copy ended in the middle of a row.");
                filled += read;
            }
        }
    }
}
