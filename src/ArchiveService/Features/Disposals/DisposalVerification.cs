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

    private const string ByReference = """
        with items as materialized (
          select i.record_id from archive.disposal_items i where i.run_id = $1 and i.state = 'destroyed'
        ), marks as materialized (
          select m.key_id, m.stream_id, m.class from archive.destruction_marks m where m.run_id = $1
        )
        select 'keys', (select count(*) from archive.record_keys k join marks m on m.key_id = k.key_id or (m.stream_id = k.stream_id and m.class = k.class))
        union all
        select 'items-without-mark', (select count(*) from items i where not exists (select from marks m where m.stream_id = i.record_id and m.class = 'content'))
        union all
        select 'ciphertexts', (select count(*) from marks m
          join archive.mt_events e on e.stream_id = m.stream_id and e.data #>> '{sealed,key}' = m.key_id::text
          join archive.sealed_content c on c.event_id = e.id)
        union all
        select 'record-rows', (select count(*) from items i join views.all_records v using (record_id)
          where not v.destroyed or coalesce(v.text, v.sender_name, v.sender_handle, v.permalink, v.file_names) is not null)
        union all
        select 'register-rows', (select count(*) from marks m join views.all_records v on v.record_id = m.stream_id where m.class = 'register' and v.subject is not null)
        union all
        select 'version-rows', (select count(*) from items i join views.all_versions v using (record_id) where not v.destroyed or v.text is not null or v.attachment_names is not null)
        union all
        select 'act-rows', (select count(*) from marks m join views.all_acts v on v.record_id = m.stream_id and v.key_class = m.class
          where coalesce(v.motivation, v.legal_reference, v.note) is not null)
        union all
        select 'diary-rows', (select count(*) from marks m join views.all_diary v on v.record_id = m.stream_id where m.class = 'register' and coalesce(v.subject, v.sender) is not null)
        union all
        select 'public-diary-rows', (select count(*) from marks m join views.diary_public v on v.record_id = m.stream_id where m.class = 'register' and coalesce(v.subject, v.sender) is not null)
        union all
        select 'account-rows', (select count(*) from marks m join views.all_accounts v on v.account_id = m.stream_id where m.class = 'account' and coalesce(v.name, v.handle) is not null)
        union all
        select 'account-name-rows', (select count(*) from marks m join views.all_account_names v on v.account_id = m.stream_id where m.class = 'account' and coalesce(v.name, v.handle) is not null)
        """;

    public IReadOnlyList<string> Projections => [.. projections.Select(p => p.Checkpoint)];

    /// <summary>Whether every projection has passed the event.</summary>
    public async Task<bool> ProjectionsHavePassed(long sequence, TimeSpan atMost, CancellationToken ct)
    {
        var names = projections.Select(p => p.Checkpoint).ToArray();
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            await using (var query = databases.Writer.CreateCommand("select count(*) from archive.mt_event_progression where name = any ($1) and last_seq_id >= $2"))
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

    /// <summary>Words of some of the records, before they go.</summary>
    public async Task<List<SampledWords>> Sample(IReadOnlyList<Guid> records, CancellationToken ct)
    {
        var some = records.Take(SampleSize).ToList();
        var sampled = new List<SampledWords>();
        foreach (var (record, history) in await log.Store.ReadStreams(some, ct))
        {
            var opened = await log.Open([.. history], ct);
            var words = opened.Values.Where(o => o.Parts is not null).SelectMany(o => o.Parts!.All)
                .Where(part => part.Key is Parts.Text or Parts.AuthorHandle or Parts.AuthorDisplayName or Parts.Permalink || part.Key.EndsWith("/fileName", StringComparison.Ordinal))
                .SelectMany(part => System.Text.Encoding.UTF8.GetString(part.Value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Where(word => word.Length >= 5).OrderByDescending(word => word.Length).Distinct(StringComparer.Ordinal).Take(5).ToList();
            if (words.Count > 0) sampled.Add(new(record, words));
        }

        return sampled;
    }

    /// <summary>What is left of the run's records; empty when nothing is.</summary>
    public async Task<List<Leftover>> Look(Guid run, IReadOnlyList<SampledWords> sample, CancellationToken ct)
    {
        var left = new List<Leftover>();
        await using (var query = databases.Writer.CreateCommand(ByReference))
        {
            query.CommandTimeout = 0;
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                if (rows.GetInt64(1) > 0) left.Add(new(rows.GetString(0), rows.GetInt64(1)));
            }
        }

        if (await ObjectsOf(run, ct) is > 0 and var objects) left.Add(new("objects", objects));
        if (await WordsOf(sample, ct) is > 0 and var words) left.Add(new("sampled-words", words));
        return left;
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
