using ArchiveService.Features.Completeness;
using ArchiveService.Hosting;
using Npgsql;
using Quartz;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>How the subscriptions of one channel stood when they were last asked for.</summary>
/// <param name="BrokenSince">Since when something is missing.</param>
public sealed record SubscriptionStanding(DateTimeOffset CheckedAt, SubscriptionSide App, SubscriptionSide Page, DateTimeOffset? BrokenSince)
{
    public bool IsBroken => App.IsBroken || Page.IsBroken;
}

/// <summary>
/// The rows of work.meta_subscriptions: codes and Meta's field names only. That something is missing, and that it is there again, are told in the ledger of the channel's
/// completeness: the time between is a gap.
/// </summary>
public sealed class SubscriptionRows(Databases databases, SubscriptionGaps gaps)
{
    public async Task<SubscriptionStanding?> Find(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select checked_at, app_problem, app_missing, page_problem, page_missing, broken_since from work.meta_subscriptions where channel_id = $1");
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(
                row.GetFieldValue<DateTimeOffset>(0), new(row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<string[]>(2)),
                new(row.IsDBNull(3) ? null : row.GetString(3), row.GetFieldValue<string[]>(4)), row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5))
            : null;
    }

    /// <summary>What was broken and could not be asked for now is still taken for broken, since the same time.</summary>
    public async Task Keep(Guid channel, SubscriptionSide app, SubscriptionSide page, CancellationToken ct)
    {
        var (isBroken, isWhole) = (app.IsBroken || page.IsBroken, app.IsWhole && page.IsWhole);
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        DateTimeOffset since;
        await using (var command = new NpgsqlCommand("""
            insert into work.meta_subscriptions as s (channel_id, checked_at, app_problem, app_missing, page_problem, page_missing, broken_since, whole_at)
            values ($1, clock_timestamp(), $2, $3, $4, $5, case when $6 then clock_timestamp() end, case when $7 then clock_timestamp() end)
            on conflict (channel_id) do update set checked_at = excluded.checked_at, app_problem = excluded.app_problem, app_missing = excluded.app_missing,
              page_problem = excluded.page_problem, page_missing = excluded.page_missing,
              broken_since = case when $6 or not $7 then coalesce(s.broken_since, excluded.broken_since) end,
              whole_at = coalesce(excluded.whole_at, s.whole_at)
            returning coalesce(whole_at, checked_at)
            """, connection, transaction))
        {
            command.Parameters.Add(new() { Value = channel });
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = app.Problem });
            command.Parameters.Add(new() { Value = app.Missing.ToArray() });
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = page.Problem });
            command.Parameters.Add(new() { Value = page.Missing.ToArray() });
            command.Parameters.Add(new() { Value = isBroken });
            command.Parameters.Add(new() { Value = isWhole });
            await using var row = await command.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            since = row.GetFieldValue<DateTimeOffset>(0);
        }

        // The row's lock is held: one check of a channel at a time tells what has changed.
        if (isBroken) await gaps.Begin(transaction, channel, since, Lacks(app), Lacks(page), ct);
        else if (isWhole) await gaps.End(transaction, channel, ct);
        await transaction.CommitAsync(ct);
    }

    private static string[] Lacks(SubscriptionSide side) => side.Problem is { } problem && side.IsBroken ? [problem] : [.. side.Missing];
}

/// <summary>Asks Meta whether the webhooks' two subscriptions stand.</summary>
public sealed partial class SubscriptionChecks(IMetaSources sources, SubscriptionRows rows, MetaGraphOptions options, TimeProvider clock, ILogger<SubscriptionChecks> logger)
{
    /// <summary>Null where the channel has no source.</summary>
    public async Task<SubscriptionStanding?> Check(Guid channel, CancellationToken ct)
    {
        if (await sources.Of(channel, ct) is not { } source) return null;
        var app = await App(source, ct);
        var page = await Page(source, ct);
        await rows.Keep(channel, app, page, ct);
        if (app.IsBroken || page.IsBroken) LogBroken(logger, channel, Said(app), Said(page));
        return await rows.Find(channel, ct);
    }

    public async Task CheckAll(CancellationToken ct)
    {
        foreach (var channel in await sources.All(ct))
        {
            try
            {
                await Check(channel, ct);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One channel's trouble is not the next one's.
                LogTrouble(logger, channel, error.GetType().Name);
            }
        }
    }

    private async Task<SubscriptionSide> App(MetaSource source, CancellationToken ct) =>
        options is not { AppId: { Length: > 0 } app, AppSecret: { Length: > 0 } secret } ? new(SubscriptionSide.NotConfigured, [])
        : await Ask(source, $"{app}|{secret}", $"{Uri.EscapeDataString(app)}/subscriptions", "fields=object,active,fields&limit=100", body => Subscriptions.OfApp(body, source.Channel.Platform), ct);

    private async Task<SubscriptionSide> Page(MetaSource source, CancellationToken ct) =>
        options is not { AppId: { Length: > 0 } app } ? new(SubscriptionSide.NotConfigured, [])
        : await Ask(source, source.Token, $"{(source.Channel.Platform == "instagram" ? "me" : Uri.EscapeDataString(source.Account))}/subscribed_apps", "fields=id,subscribed_fields&limit=100", body => Subscriptions.OfPage(body, app, source.Channel.Platform), ct);

    private async Task<SubscriptionSide> Ask(MetaSource source, string? token, string path, string query, Func<byte[], SubscriptionSide> read, CancellationToken ct)
    {
        try
        {
            return read((await new GraphClient(source.Http, source.Address, token, options, clock.GetUtcNow()).MustAnswer(path, query, ct)).Body);
        }
        catch (PollProblem problem)
        {
            return new(problem.Code, []);
        }
    }

    private static string Said(SubscriptionSide side) => side.Problem ?? (side.Missing.Count == 0 ? "whole" : string.Join(' ', side.Missing));

    [LoggerMessage(1391, LogLevel.Warning, "A subscription of channel {Channel} at Meta is missing. App: {App}. Page: {Page}. What happens in the channel is not told until it stands again.")]
    private static partial void LogBroken(ILogger logger, Guid channel, string app, string page);

    [LoggerMessage(1392, LogLevel.Warning, "The subscriptions of channel {Channel} could not be asked for: {Problem}.")]
    private static partial void LogTrouble(ILogger logger, Guid channel, string problem);
}

/// <summary>Every day, on one node.</summary>
[DisallowConcurrentExecution]
public sealed class DailySubscriptionCheck(SubscriptionChecks checks) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await checks.CheckAll(cancellationToken);
}
