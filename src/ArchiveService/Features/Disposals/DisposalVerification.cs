using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Something of a destroyed record that is still there.</summary>
public sealed record Leftover(string What, long Count);

/// <summary>A record's words before it is destroyed, kept in memory only, to be looked for afterwards.</summary>
public sealed record SampledWords(Guid Record, IReadOnlyList<string> Words);

/// <summary>
/// Looks again after a run: every item by reference, a sample by content. It reads the raw tables and the object store, never what
/// the destroying code returned, and only after every projection has passed the run's last event.
/// </summary>
public sealed class DisposalVerification(Databases databases, IObjectStore store, SealedLog log, IEnumerable<Projection> projections)
{
    private const int SampleSize = 25;

    private const int PageSize = 2000;

    // $1 key ids, $2 streams of content keys, $3 of register keys, $4 of account keys, $5 of any, $6 of keys of requests: lists, so that every table is asked by its index.
    private const string ByReference = """
        select 'keys', count(*) from archive.record_keys where key_id = any ($1)
        union all
        select 'keys', count(*) from archive.record_keys
        where (stream_id = any ($2) and class = 'content') or (stream_id = any ($3) and class = 'register') or (stream_id = any ($4) and class = 'account')
           or (stream_id = any ($6) and class = 'request')
        union all
        select 'ciphertexts', count(*) from archive.mt_events e join archive.sealed_content c on c.event_id = e.id
        where e.stream_id = any ($5) and (e.data #>> '{sealed,key}')::uuid = any ($1)
        union all
        select 'record-rows', count(*) from views.all_records
        where record_id = any ($2) and (not destroyed or coalesce(text, sender_name, sender_handle, permalink, file_names) is not null)
        union all
        select 'register-rows', count(*) from views.all_records where record_id = any ($3) and subject is not null
        union all
        select 'version-rows', count(*) from views.all_versions where record_id = any ($2) and (not destroyed or text is not null or attachment_names is not null)
        union all
        select 'act-rows', count(*) from views.all_acts
        where ((record_id = any ($2) and key_class = 'content') or (record_id = any ($3) and key_class = 'register')) and coalesce(motivation, legal_reference, note) is not null
        union all
        select 'diary-rows', count(*) from views.all_diary where record_id = any ($3) and coalesce(subject, public_subject, sender) is not null
        union all
        select 'public-diary-rows', count(*) from views.diary_public where record_id = any ($3) and coalesce(subject, sender) is not null
        union all
        select 'account-rows', count(*) from views.all_accounts where account_id = any ($4) and coalesce(name, handle) is not null
        union all
        select 'account-name-rows', count(*) from views.all_account_names where account_id = any ($4) and coalesce(name, handle) is not null
        """;

    private const string Unmarked = """
        select count(*) from (
          select record_id from archive.disposal_items where run_id = $1 and state = 'destroyed'
          except select stream_id from archive.destruction_marks where run_id = $1 and class in ('content', 'request')
        ) i
        """;

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

    /// <summary>Words of some of the records, before they go; not those that also stand in what the rule keeps.</summary>
    public async Task<List<SampledWords>> Sample(IReadOnlyList<Guid> records, IReadOnlyList<string> classes, CancellationToken ct)
    {
        var some = records.Take(SampleSize).ToList();
        var sampled = new List<SampledWords>();
        foreach (var (record, history) in await log.Store.ReadStreams(some, ct: ct))
        {
            var parts = (await log.Open([.. history], ct)).Values.Where(o => o.Parts is not null)
                .SelectMany(o => o.Parts!.All.Select(part => (IsKept: !classes.Contains(o.Key!.Class.Stored()), Name: part.Key, Text: System.Text.Encoding.UTF8.GetString(part.Value)))).ToList();
            var kept = parts.Where(p => p.IsKept).Select(p => p.Text).ToList();
            var words = parts
                .Where(p => !p.IsKept && (p.Name is Parts.Text or Parts.AuthorHandle or Parts.AuthorDisplayName or Parts.Permalink or Parts.Subject or Parts.Motivation || p.Name.EndsWith("/fileName", StringComparison.Ordinal)))
                .SelectMany(p => p.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                // A day stands in the clear beside them too: when it was taken down, what it covers.
                .Where(word => word.Length >= 5 && !DateOnly.TryParseExact(word.Trim(',', '.', ';', ':', '(', ')'), "yyyy-MM-dd", out _) && !kept.Exists(text => text.Contains(word, StringComparison.Ordinal)))
                .OrderByDescending(word => word.Length).Distinct(StringComparer.Ordinal).Take(5).ToList();
            if (words.Count > 0) sampled.Add(new(record, words));
        }

        return sampled;
    }

    /// <summary>Those of the sample that were destroyed: what was skipped keeps its words.</summary>
    public async Task<List<SampledWords>> Destroyed(Guid run, IReadOnlyList<SampledWords> sample, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select record_id from archive.disposal_items where run_id = $1 and state = 'destroyed' and record_id = any ($2)");
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        query.Parameters.Add(new NpgsqlParameter { Value = sample.Select(s => s.Record).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var destroyed = new HashSet<Guid>();
        while (await rows.ReadAsync(ct)) destroyed.Add(rows.GetGuid(0));
        return [.. sample.Where(s => destroyed.Contains(s.Record))];
    }

    /// <summary>What is left of the run's records; empty when nothing is.</summary>
    public async Task<List<Leftover>> Look(Guid run, IReadOnlyList<SampledWords> sample, CancellationToken ct)
    {
        var left = new List<Leftover>();
        await using (var query = databases.Writer.CreateCommand(Unmarked))
        {
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            if ((long)(await query.ExecuteScalarAsync(ct))! is > 0 and var unmarked) left.Add(new("items-without-mark", unmarked));
        }

        Guid? after = null;
        while (await Marks(run, after, ct) is { Count: > 0 } page)
        {
            await Look(page, left, ct);
            after = page[^1].Key;
        }

        if (await ObjectsOf(run, ct) is > 0 and var objects) left.Add(new("objects", objects));
        if (await WordsOf(sample, ct) is > 0 and var words) left.Add(new("sampled-words", words));
        return left;
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

    private async Task Look(List<(Guid Key, Guid Stream, string Class)> marks, List<Leftover> left, CancellationToken ct)
    {
        Guid[] Streams(string keyClass) => [.. marks.Where(m => m.Class == keyClass).Select(m => m.Stream)];
        await using var query = databases.Writer.CreateCommand(ByReference);
        foreach (var ids in (Guid[][])[[.. marks.Select(m => m.Key)], Streams("content"), Streams("register"), Streams("account"), [.. marks.Select(m => m.Stream).Distinct()], Streams("request")])
            query.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetInt64(1) > 0) left.Add(new(rows.GetString(0), rows.GetInt64(1)));
        }
    }

    private async Task<long> ObjectsOf(Guid run, CancellationToken ct)
    {
        var keys = new List<string>();
        await using (var query = databases.Writer.CreateCommand("select object_key from archive.object_deletions where run_id = $1 order by object_key"))
        {
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) keys.Add(rows.GetString(0));
        }

        var left = 0L;
        foreach (var key in keys)
        {
            if (await store.Length(key, ct) is not null) left++;
        }

        return left;
    }

    /// <summary>In every column of every row that any view keeps for the record.</summary>
    private async Task<long> WordsOf(IReadOnlyList<SampledWords> sample, CancellationToken ct)
    {
        if (sample.Count == 0) return 0;
        var tables = new List<string>();
        await using (var query = databases.Writer.CreateCommand("""
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'record_id' and not a.attisdropped
            where n.nspname in ('views', 'work') and c.relkind in ('r', 'p') and not c.relispartition order by 1
            """))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) tables.Add(rows.GetString(0));
        }

        var found = 0L;
        foreach (var table in tables)
        {
            await using var query = databases.Writer.CreateCommand($"""
                select count(*) from {table} t join unnest($1, $2) w(record_id, word) on w.record_id = t.record_id where strpos(t::text, w.word) > 0
                """);
            query.Parameters.Add(new NpgsqlParameter { Value = sample.SelectMany(s => s.Words.Select(_ => s.Record)).ToArray() });
            query.Parameters.Add(new NpgsqlParameter { Value = sample.SelectMany(s => s.Words).ToArray() });
            found += (long)(await query.ExecuteScalarAsync(ct))!;
        }

        return found;
    }
}
