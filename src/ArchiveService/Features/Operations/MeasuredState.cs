using ArchiveService.EventStore;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Operations;

/// <summary>Figures that stand in the database and are the same whichever node is asked.</summary>
public sealed class MeasuredState(ProjectionStandings standings, Databases databases)
{
    private const int AtMostSeconds = 5;

    private static readonly (ProjectionState State, string Word)[] States =
    [
        (ProjectionState.Idle, "idle"), (ProjectionState.StandingBy, "standing_by"), (ProjectionState.Leading, "leading"), (ProjectionState.Retrying, "retrying"), (ProjectionState.Stopped, "stopped"),
    ];

    /// <summary>What is counted in one statement, whoever asks.</summary>
    private static readonly (string Name, string Help, string Sql)[] Counts =
    [
        ("archive_inbox_waiting", "Deliveries waiting to be read.", "select count(*) from work.inbox where not dead"),
        ("archive_inbox_dead_letters", "Deliveries that somebody has to look at.", "select count(*) from work.inbox where dead"),
        ("archive_media_waiting", "Attachments that are to be fetched from their platform.", "select count(*) from work.media_fetches where status = 'waiting'"),
        ("archive_media_never_fetched", "Attachments that could not be fetched: gaps.", "select count(*) from work.media_fetches where status not in ('waiting', 'fetched')"),
        ("archive_attachments_infected", "Attachments that the virus scanner found something in.", "select count(*) from work.attachment_scans where result = 'infected'"),
        ("archive_webhooks_refused_last_hour", "Deliveries with a wrong or missing signature in the last hour, of all nodes.",
            "select coalesce(sum(refused), 0)::bigint from work.refused_spells where at > clock_timestamp() - interval '1 hour'"),
        ("archive_webhook_alarms", "Platforms from whose senders more than ten such came within an hour.", "select count(*) from work.webhook_alarms where last_at > clock_timestamp() - interval '1 hour'"),
        ("archive_imports_waiting", "Imports asked for on the web that are not done.", "select count(*) from work.imports where state in ('waiting', 'running')"),
        ("archive_source_alarms", "Sources that do not answer as they should, and that somebody has to see to.", "select count(*) from archive.sources where alarm is not null"),
        ("archive_source_tokens_lost", "Sources whose access token the platform no longer takes.", "select count(*) from archive.sources where alarm = 'token-dead'"),
        ("archive_source_gaps_open", "Times in which nothing was heard of a channel and that nothing has filled.", "select count(*) from archive.source_gaps where filled_at is null"),
        ("archive_source_subscriptions_broken", "Channels of which Meta does not tell everything, as a subscription is missing.", "select count(*) from work.meta_subscriptions where broken_since is not null"),
        ("archive_channels_silent", "Open channels from which nothing has come for longer than they are ever quiet.",
            "select count(*) from archive.channel_silences s join archive.channels c using (channel_id) where c.closed_at is null"),
        ("archive_disposal_residue_runs", "Gallring runs that cannot end because something of what they destroyed is still there.",
            "select count(*) from archive.disposal_runs where problem like 'still-there: %' and state = 'executing'"),
    ];

    /// <summary>Without a database there is one figure left, which says so.</summary>
    public async Task<IReadOnlyList<Family>> Read(CancellationToken ct)
    {
        try
        {
            return [Up(1), .. Projections(await standings.All(ct)), .. await Tables(ct)];
        }
        catch (NpgsqlException)
        {
            return [Up(0)];
        }
    }

    private static Family Up(int value) => Family.Gauge("archive_database_up", "1 when the database answers.", Sample.Of(value));

    private static IEnumerable<Family> Projections(IReadOnlyList<ProjectionStanding> all)
    {
        Family Each(string name, string help, Func<ProjectionStanding, double> figure) => Family.Gauge(name, help, [.. all.Select(p => Sample.Of(figure(p), ("projection", p.Name)))]);

        yield return Family.Gauge("archive_log_head", "Number of the last event in the log.", [.. all.Take(1).Select(p => Sample.Of(p.Head))]);
        yield return Each("archive_projection_position", "Everything up to this event is in the views.", p => p.Position);
        yield return Each("archive_projection_lag_events", "Numbers between the position and the head.", p => p.LagEvents);
        yield return Each("archive_projection_lag_seconds", "Age of the oldest event that is not in the views.", p => p.LagSeconds);
        yield return Each("archive_projection_waits_for_writer", "1 when this node runs it and waits for a transaction that may still write the next number.", p => p.WaitsForWriter ? 1 : 0);
        yield return Family.Gauge("archive_projection_state", "1 for the state the projection is in, seen from this node.",
            [.. all.SelectMany(p => States.Select(s => Sample.Of(p.State == s.State ? 1 : 0, ("projection", p.Name), ("state", s.Word))))]);
    }

    private async Task<IEnumerable<Family>> Tables(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select r.finished_at, r.errors, r.warnings, {string.Join(", ", Counts.Select(c => $"({c.Sql}) as {c.Name}"))}
            from (select) one
            left join lateral (select finished_at, errors, warnings from archive.reconciliations where finished_at is not null and problem is null order by started_at desc limit 1) r on true
            """);
        query.CommandTimeout = AtMostSeconds;
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var has = !await row.IsDBNullAsync(row.GetOrdinal("finished_at"), ct);
        return
        [
            .. Counts.Select(c => Family.Gauge(c.Name, c.Help, Sample.Of(row.GetInt64(row.GetOrdinal(c.Name))))),
            Family.Gauge("archive_reconcile_last_success_timestamp_seconds", "When the last reconcile that was carried through ended.",
                has ? [Sample.Of(row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("finished_at")).ToUnixTimeMilliseconds() / 1000d)] : []),
            Family.Gauge("archive_reconcile_findings", "What it found.",
                has ? [Sample.Of(row.GetInt64(row.GetOrdinal("errors")), ("severity", "error")), Sample.Of(row.GetInt64(row.GetOrdinal("warnings")), ("severity", "warning"))] : []),
        ];
    }
}
