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
public sealed partial class DisposalVerification(Databases databases, Installation installation, IObjectStore store, SealedLog log, IEnumerable<Projection> projections)
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
            union all select 'channel-export', 'archive.mt_events', (select count(*) from archive.mt_events e
              where e.type = 'channel_exported' and exists (select from gone g where g.channel_id = (e.data->>'channel')::uuid and archive.swedish_date(e.timestamp) between g.since and archive.swedish_date(g.disposed_at)))
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
}
