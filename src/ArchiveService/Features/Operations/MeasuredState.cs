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
        await using var query = databases.Staff.CreateCommand("""
            select (select count(*) from work.inbox where not dead), (select count(*) from work.inbox where dead),
                   r.finished_at, r.errors, r.warnings,
                   (select count(*) from work.media_fetches where status = 'waiting'), (select count(*) from work.media_fetches where status not in ('waiting', 'fetched')),
                   (select count(*) from work.attachment_scans where result = 'infected'),
                   (select count(*) from archive.sources where alarm is not null), (select count(*) from archive.source_gaps where filled_at is null),
                   (select count(*) from work.meta_subscriptions where broken_since is not null),
                   (select coalesce(sum(refused), 0)::bigint from work.refused_spells where at > clock_timestamp() - interval '1 hour'),
                   (select count(*) from work.webhook_alarms where last_at > clock_timestamp() - interval '1 hour'),
                   (select count(*) from work.imports where state in ('waiting', 'running')),
                   (select count(*) from archive.disposal_runs where problem like 'still-there: %' and state = 'executing'),
                   (select count(*) from archive.channel_silences s join archive.channels c using (channel_id) where c.closed_at is null),
                   (select count(*) from archive.sources where alarm = 'token-dead')
            from (select) one
            left join lateral (select finished_at, errors, warnings from archive.reconciliations where finished_at is not null and problem is null order by started_at desc limit 1) r on true
            """);
        query.CommandTimeout = AtMostSeconds;
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        List<Family> found =
        [
            Family.Gauge("archive_inbox_waiting", "Deliveries waiting to be read.", Sample.Of(row.GetInt64(0))),
            Family.Gauge("archive_inbox_dead_letters", "Deliveries that somebody has to look at.", Sample.Of(row.GetInt64(1))),
            Family.Gauge("archive_media_waiting", "Attachments that are to be fetched from their platform.", Sample.Of(row.GetInt64(5))),
            Family.Gauge("archive_media_never_fetched", "Attachments that could not be fetched: gaps.", Sample.Of(row.GetInt64(6))),
            Family.Gauge("archive_attachments_infected", "Attachments that the virus scanner found something in.", Sample.Of(row.GetInt64(7))),
            Family.Gauge("archive_webhooks_refused_last_hour", "Deliveries with a wrong or missing signature in the last hour, of all nodes.", Sample.Of(row.GetInt64(11))),
            Family.Gauge("archive_webhook_alarms", "Platforms from whose senders more than ten such came within an hour.", Sample.Of(row.GetInt64(12))),
            Family.Gauge("archive_imports_waiting", "Imports asked for on the web that are not done.", Sample.Of(row.GetInt64(13))),
        ];
        found.Add(Family.Gauge("archive_source_alarms", "Sources that do not answer as they should, and that somebody has to see to.", Sample.Of(row.GetInt64(8))));
        found.Add(Family.Gauge("archive_channels_silent", "Open channels from which nothing has come for longer than they are ever quiet.", Sample.Of(row.GetInt64(15))));
        found.Add(Family.Gauge("archive_source_tokens_lost", "Sources whose access token the platform no longer takes.", Sample.Of(row.GetInt64(16))));
        found.Add(Family.Gauge("archive_source_gaps_open", "Times in which nothing was heard of a channel and that nothing has filled.", Sample.Of(row.GetInt64(9))));
        found.Add(Family.Gauge("archive_source_subscriptions_broken", "Channels of which Meta does not tell everything, as a subscription is missing.", Sample.Of(row.GetInt64(10))));
        found.Add(Family.Gauge("archive_disposal_residue_runs", "Gallring runs that cannot end because something of what they destroyed is still there.", Sample.Of(row.GetInt64(14))));
        var has = !row.IsDBNull(2);
        found.Add(Family.Gauge("archive_reconcile_last_success_timestamp_seconds", "When the last reconcile that was carried through ended.",
            has ? [Sample.Of(row.GetFieldValue<DateTimeOffset>(2).ToUnixTimeMilliseconds() / 1000d)] : []));
        found.Add(Family.Gauge("archive_reconcile_findings", "What it found.",
            has ? [Sample.Of(row.GetInt64(3), ("severity", "error")), Sample.Of(row.GetInt64(4), ("severity", "warning"))] : []));
        return found;
    }
}
