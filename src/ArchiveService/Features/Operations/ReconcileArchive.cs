using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Operations;

/// <summary>
/// Counts the log against the diary, the record view and itself. It counts where the verification compares row by row: cheap enough for every night.
/// </summary>
/// <remarks>
/// Everything is read in one snapshot. A projection's rows and its position are written in one transaction, and nothing at or below a position is still
/// to come, so in any snapshot the two agree however much is appended meanwhile. The lock on the views is taken before the snapshot, so that a rebuild
/// cannot put other tables in their place between the two, and is given back as soon as they are counted.
/// </remarks>
public sealed class ReconcileArchive(Databases databases, IEnumerable<Projection> projections)
{
    /// <summary>Held while one runs, by one node.</summary>
    public const long LockKey = 7316402;

    private const int MostNamed = 20;

    private const string CountViews = """
        select (select count(*) from views.all_records), (select count(*) from views.all_versions), (select count(*) from views.all_acts), (select coalesce(sum(seq), 0)::text from views.all_acts),
               (select count(*) from views.all_diary), (select count(*) from views.diary_public), (select count(*) from views.all_cases),
               (select count(*) from views.all_case_documents)
        """;

    private const string CountLog = """
        select count(*), coalesce(max(e.seq_id), 0),
               count(*) filter (where e.version = 1 and s.type = 'record'),
               count(*) filter (where e.type = 'record_registered'),
               count(*) filter (where e.type = 'case_opened'),
               count(*) filter (where seen and e.version = 1 and s.type = 'record'),
               count(*) filter (where seen and (e.type = 'item_edited' or (e.type = 'item_captured' and (e.data->>'contentCaptured')::boolean))),
               count(*) filter (where seen and s.type = 'record' and e.type not in ('reaction_counted', 'record_protected', 'record_protection_lifted')),
               coalesce(sum(e.seq_id) filter (where seen and s.type = 'record' and e.type not in ('reaction_counted', 'record_protected', 'record_protection_lifted')), 0)::text,
               count(*) filter (where seen and e.type = 'record_registered'),
               count(*) filter (where seen and e.type = 'case_opened'),
               count(*) filter (where seen and (e.type in ('case_note_written', 'case_decision_made', 'case_protocol_registered') or (e.type = 'case_appeal_received' and e.data->>'record' is null))),
               (select count(*) from archive.case_documents d where d.entered and exists (
                 select from archive.mt_events x where x.stream_id = d.case_id and x.seq_id <= $1 and x.type in ('case_note_written', 'case_decision_made', 'case_appeal_received', 'case_protocol_registered')
                   and x.data->>'documentNumber' = d.document_number::text))
        from archive.mt_events e left join archive.mt_streams s on s.id = e.stream_id cross join lateral (select e.seq_id <= $1 as seen) at
        """;

    private readonly Projection projection = projections.Single(p => p.Name == RecordViewProjection.ProjectionName);

    /// <returns>Null when another node is at it.</returns>
    public async Task<Reconciled?> Run(CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        if (!await Ask<bool>(connection, $"select pg_try_advisory_lock({LockKey})", ct)) return null;
        try
        {
            await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
            var reconciled = await In(snapshot, ct);
            await snapshot.CommitAsync(ct);
            return reconciled;
        }
        finally
        {
            // A pooled session would keep the lock until somebody used it again.
            if (connection.FullState == System.Data.ConnectionState.Open) await Ask<bool>(connection, $"select pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    private async Task<Reconciled> In(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var findings = new List<Finding>();
        await LockViews(snapshot, ct);
        var views = await Row(snapshot, CountViews, ct);
        var position = await Ask<long?>(snapshot.Connection!, $"select (select last_seq_id from archive.mt_event_progression where name = '{projection.Checkpoint}')", ct);
        var acts = await Ask<uint>(snapshot.Connection!, "select 'views.all_acts'::regclass::oid", ct);
        await snapshot.RollbackAsync("views", ct);

        var log = await Row(snapshot, CountLog, ct, position ?? 0);
        var states = await Row(snapshot, "select (select count(*) from archive.record_states), (select count(*) from archive.diary_entries), (select count(*) from archive.cases)", ct);
        findings.AddRange(Differences([
            new("archive.record_states", "inline-records-differ", Number(states, 0), Number(log, 2)),
            new("archive.diary_entries", "diary-differs", Number(states, 1), Number(log, 3)),
            new("archive.cases", "cases-differ", Number(states, 2), Number(log, 4)),
        ]));
        if (position is { } seen)
        {
            findings.AddRange(Differences([
                new("views.all_records", "view-differs", Number(views, 0), Number(log, 5), seen),
                new("views.all_versions", "view-differs", Number(views, 1), Number(log, 6), seen),
                new("views.all_acts", "view-differs", Number(views, 2), Number(log, 7), seen),
                new("views.all_diary", "view-differs", Number(views, 4), Number(log, 9), seen),
                new("views.diary_public", "view-differs", Number(views, 5), Number(log, 9) + Number(log, 12), seen),
                new("views.all_cases", "view-differs", Number(views, 6), Number(log, 10), seen),
                new("views.all_case_documents", "view-differs", Number(views, 7), Number(log, 11), seen),
            ]));
            if (!views[3].Equals(log[8])) findings.AddRange(await Unseen(snapshot, acts, seen, ct));
        }

        await Standing(snapshot, position, Number(log, 1), findings, ct);
        await Streams(snapshot, findings, ct);
        await Sequence(snapshot, Number(log, 1), findings, ct);
        await Ranges(snapshot, position, findings, ct);
        return new(position ?? 0, new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["events"] = Number(log, 0),
            ["records"] = Number(views, 0),
            ["versions"] = Number(views, 1),
            ["acts"] = Number(views, 2),
            ["diary entries"] = Number(views, 4),
            ["ranges"] = await Ask<long>(snapshot.Connection!, "select count(*) from archive.log_ranges", ct),
        }, [.. findings.OrderByDescending(f => f.Severity).ThenBy(f => f.Sequence)]);
    }

    /// <summary>A table, how many rows it has, and how many the log says it should have.</summary>
    /// <param name="Table">Which.</param>
    /// <param name="Code">Of the finding.</param>
    /// <param name="Found">Rows in it.</param>
    /// <param name="ByLog">Rows that the log asks for.</param>
    /// <param name="UpTo">The event up to which the log was counted; null when the rows are written with the events.</param>
    public sealed record Counted(string Table, string Code, long Found, long ByLog, long? UpTo = null);

    public static IEnumerable<Finding> Differences(IEnumerable<Counted> counted) => counted.Where(c => c.Found != c.ByLog).Select(c => new Finding(
        Severity.Error, c.Code, $"{c.Table} has {c.Found} rows, the log says {c.ByLog}{(c.UpTo is { } upTo ? $" up to event {upTo}" : "")}."));

    private static async Task LockViews(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await snapshot.SaveAsync("views", ct);
        await Do(snapshot, "lock table views.all_records, views.all_versions, views.all_acts, views.all_diary, views.diary_public, views.all_cases, views.all_case_documents in access share mode", ct);
    }

    /// <summary>Names events behind the projection's position that its view does not show.</summary>
    private static async Task<List<Finding>> Unseen(NpgsqlTransaction snapshot, uint acts, long position, CancellationToken ct)
    {
        var findings = new List<Finding>();
        await LockViews(snapshot, ct);

        // Other tables by now: the ones that were counted are gone.
        if (await Ask<uint>(snapshot.Connection!, "select 'views.all_acts'::regclass::oid", ct) == acts)
        {
            await Each(snapshot, $"""
                select e.seq_id from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
                where s.type = 'record' and e.type not in ('reaction_counted', 'record_protected', 'record_protection_lifted') and e.seq_id <= {position}
                  and not exists (select from views.all_acts a where a.record_id = e.stream_id and a.event_id = e.id)
                order by e.seq_id limit {MostNamed}
                """, row => findings.Add(new(
                    Severity.Error, "event-unseen", $"Event {row.GetInt64(0)} lies behind the projection's position, and the view has never seen it.", Sequence: row.GetInt64(0))), ct);
        }

        await snapshot.RollbackAsync("views", ct);
        return findings;
    }

    private async Task Standing(NpgsqlTransaction snapshot, long? position, long head, List<Finding> findings, CancellationToken ct)
    {
        await Each(snapshot, $"select seq_id, error from archive.projection_stops where name = '{projection.Checkpoint}'", row => findings.Add(new(
            Severity.Error, "projection-stopped", $"{projection.Checkpoint} stands at event {row.GetInt64(0)}: {row.GetString(1)}.", Sequence: row.GetInt64(0))), ct);
        await Each(snapshot, $"""
            select from (select timestamp from archive.mt_events where seq_id > {position ?? 0} order by seq_id limit 1) next
            where {(position is null ? "true" : "timestamp < clock_timestamp() - interval '10 minutes'")}
            """, _ => findings.Add(new(
                Severity.Warning, "projection-behind", $"{projection.Checkpoint} stands at {position ?? 0}, the log at {head}: the views are counted as far as they have come.")), ct);
    }

    private static Task Streams(NpgsqlTransaction snapshot, List<Finding> findings, CancellationToken ct) => Each(snapshot, $"""
        select s.id, coalesce(s.version, 0), coalesce(e.events, 0), coalesce(e.last, 0)
        from archive.mt_streams s left join (select stream_id, count(*) as events, max(version) as last from archive.mt_events group by stream_id) e on e.stream_id = s.id
        where s.version is distinct from coalesce(e.events, 0) or s.version is distinct from coalesce(e.last, 0)
        order by s.id limit {MostNamed}
        """, row => findings.Add(new(
            Severity.Error, "stream-with-holes", $"Stream {row.GetGuid(0)} says version {row.GetInt64(1)} and has {row.GetInt64(2)} events, the last {row.GetInt64(3)}.", row.GetGuid(0))), ct);

    /// <summary>A sequence that stands behind would hand out numbers that are taken, or numbers the readers have passed.</summary>
    private static Task Sequence(NpgsqlTransaction snapshot, long head, List<Finding> findings, CancellationToken ct) => Each(snapshot, $"""
        select q.last, greatest({head}, p.seq_id)
        from (select coalesce(pg_sequence_last_value('archive.mt_events_sequence'), 0) as last) q, archive.log_passed p where q.last < greatest({head}, p.seq_id)
        """, row => findings.Add(new(Severity.Error, "sequence-behind", $"The sequence stands at {row.GetInt64(0)}, the log or its readers at {row.GetInt64(1)}.")), ct);

    private static async Task Ranges(NpgsqlTransaction snapshot, long? position, List<Finding> findings, CancellationToken ct)
    {
        await Each(snapshot, LogRanges.Differing, row =>
        {
            var (code, what) = LogRanges.Said(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
            findings.Add(new(Severity.Error, code, what, Sequence: row.GetInt64(0)));
        }, ct);
        if (position is { } passed) await LogRanges.Extend(snapshot, passed, ct);
    }

    private static long Number(object[] row, int column) => Convert.ToInt64(row[column], CultureInfo.InvariantCulture);

    private static async Task<object[]> Row(NpgsqlTransaction snapshot, string sql, CancellationToken ct, params object[] values)
    {
        await using var query = new NpgsqlCommand(sql, snapshot.Connection, snapshot) { CommandTimeout = 0 };
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var all = new object[row.FieldCount];
        row.GetValues(all);
        return all;
    }

    private static async Task Each(NpgsqlTransaction snapshot, string sql, Action<NpgsqlDataReader> found, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, snapshot.Connection, snapshot) { CommandTimeout = 0 };
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found(rows);
    }

    private static async Task Do(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, snapshot.Connection, snapshot) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<T?> Ask<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, connection);
        return await query.ExecuteScalarAsync(ct) is T value ? value : default;
    }
}
