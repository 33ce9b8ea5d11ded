using System.Buffers.Binary;
using ArchiveService.Attachments;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

// A passage of each of a sample is looked for as bytes, in everything.
public sealed partial class DisposalVerification
{
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
