using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Sources;

/// <summary>The clients that the sources fetch with.</summary>
public sealed class SourceClients(SourcesOptions options) : IDisposable
{
    public const long MaxAnswer = 16 * 1024 * 1024;

    public HttpClient Polls { get; } = GuardedHttp.Client(new(TimeSpan.FromSeconds(30), MaxAnswer, AllowPrivate: options.AllowPrivate));

    public HttpClient Streams { get; } = GuardedHttp.Client(new(null, null, AllowPrivate: options.AllowPrivate));

    public void Dispose()
    {
        Polls.Dispose();
        Streams.Dispose();
    }
}

/// <summary>What comes of a source's failures and successes: alarms and their end, told once each.</summary>
public sealed class SourceAlarms(SealedLog log, KeyedIds ids)
{
    public async Task Failed(Channel channel, string problem, int failures, CancellationToken ct) =>
        await Tell(channel, state => SourceDecisions.Alarm(channel, state, problem, failures) is { } alarm
            ? (alarm, new("update archive.sources set alarm = $2, alarm_at = clock_timestamp(), stopped = $3 where channel_id = $1")
            {
                Parameters = { new() { Value = channel.Id }, new() { Value = alarm.Problem }, new() { Value = alarm.Stopped } },
            })
            : null, ct);

    public async Task Answered(Channel channel, CancellationToken ct) =>
        await Tell(channel, state => SourceDecisions.Recovery(channel, state) is { } recovered
            ? (recovered, new("update archive.sources set alarm = null, alarm_at = null, stopped = false where channel_id = $1") { Parameters = { new() { Value = channel.Id } } })
            : null, ct);

    private async Task Tell(Channel channel, Func<SourceState, (SourceEvent Event, NpgsqlBatchCommand Beside)?> decide, CancellationToken ct)
    {
        var stream = ids.Source(channel.Id);
        while (true)
        {
            var state = SourceState.From(await log.Store.ReadStream(stream, ct: ct));
            if (!state.Exists || decide(state) is not { } told) return;
            if (await log.Append([new(stream, "source", ExpectedVersion.Exactly(state.Version), [new(told.Event)])], log.NewKeySet(), new(Access.Caller.System.PersonId.ToString("D")), [told.Beside], ct) is Appended.Done) return;
        }
    }
}

/// <summary>
/// Asks the sources that are due, one at a time and each by one node: the row stays locked (skip locked) while its source is asked. Every page is sealed as a delivery, and the
/// mark moved after it, before the next page is asked for: what a crash breaks off goes on there, and a page stored twice is the same delivery.
/// </summary>
public sealed partial class SourceWorker(
    Databases databases, ChannelRegister channels, SourceRegister register, SourceSecrets secrets, SourceAlarms alarms, SourceClients clients, IEnumerable<IPoller> pollers, IEnumerable<IDeliveryReader> readers,
    Deliveries.Deliveries deliveries, InboxBell inbox, SourceBell bell, AppendGate gate, TimeProvider clock, ILogger<SourceWorker> logger) : BackgroundService
{
    /// <summary>A longer poll gives way to other sources, and goes on after them: its row is locked meanwhile.</summary>
    private const int MostPages = 200;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    /// <summary>One that is slow does not hold all the others up.</summary>
    private const int AtOnce = 2;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Serve(stoppingToken)));

    private async Task Serve(CancellationToken stoppingToken)
    {
        var began = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Of this schema a backup has only the shape: what was brought back is asked anew.
                if (!began) await Do("insert into work.source_runs (channel_id) select channel_id from archive.sources on conflict do nothing", stoppingToken);
                began = true;
                while (!gate.IsClosed && await WorkOne(stoppingToken))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await bell.Wait(TimeSpan.FromSeconds(5), stoppingToken);
        }
    }

    /// <summary>Asks the source that has been due the longest; false when there is none.</summary>
    public async Task<bool> WorkOne(CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        Guid id;
        int failures, interval;
        await using (var next = new NpgsqlCommand("""
            set local idle_in_transaction_session_timeout = '10min';
            select r.channel_id, r.failures, s.interval_minutes from work.source_runs r join archive.sources s using (channel_id) join archive.channels c using (channel_id)
            where s.enabled and not s.stopped and c.closed_at is null and r.due_at <= clock_timestamp()
            order by r.due_at limit 1 for update of r skip locked
            """, connection, transaction))
        await using (var row = await next.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return false;
            (id, failures, interval) = (row.GetGuid(0), row.GetInt32(1), row.GetInt32(2));
        }

        var channel = (await channels.Find(id, ct))!;
        var (poll, startedAt) = await Begin(id, ct);
        var (problem, notBefore, more) = await Poll(channel, poll, ct);
        failures = problem is null ? 0 : problem == "throttled" ? Math.Max(failures, 1) : failures + 1;
        var due = more ? clock.GetUtcNow() : SourceDecisions.Next(clock.GetUtcNow(), interval, failures, notBefore);
        await using (var settle = new NpgsqlCommand("""
            update work.source_runs set due_at = $2, failures = $3, last_ok_at = case when $4::text is null then clock_timestamp() else last_ok_at end, problem = $4, problem_at = case when $4::text is null then null else clock_timestamp() end
            where channel_id = $1
            """, connection, transaction))
        {
            foreach (var value in (object[])[id, due.ToUniversalTime(), failures]) settle.Parameters.Add(new() { Value = value });
            settle.Parameters.Add(new() { Value = (object?)problem ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            await settle.ExecuteNonQueryAsync(ct);
        }

        if (problem is not null) await alarms.Failed(channel, problem, failures, ct);
        else if (!more) await Filled(channel, startedAt, ct);
        await Do("update work.source_polls set ended_at = clock_timestamp(), outcome = $2 where poll_id = $1", ct, poll, problem ?? (more ? "more" : "ok"));
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task<(Guid Poll, DateTimeOffset StartedAt)> Begin(Guid channel, CancellationToken ct)
    {
        // Nobody else asks while this node holds the row: what has not ended was broken off.
        await Do("update work.source_polls set ended_at = clock_timestamp(), outcome = 'broken-off' where channel_id = $1 and ended_at is null", ct, channel);
        var poll = Guid.CreateVersion7(clock.GetUtcNow());
        await using var insert = databases.Writer.CreateCommand("insert into work.source_polls (poll_id, channel_id) values ($1, $2) returning started_at");
        insert.Parameters.Add(new() { Value = poll });
        insert.Parameters.Add(new() { Value = channel });
        await using var row = await insert.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (poll, row.GetFieldValue<DateTimeOffset>(0));
    }

    private async Task<(string? Problem, DateTimeOffset? NotBefore, bool More)> Poll(Channel channel, Guid poll, CancellationToken ct)
    {
        try
        {
            if (pollers.FirstOrDefault(p => p.Platforms.Contains(channel.Platform)) is not { } poller) return ("not-supported", null, false);
            var (address, account) = await register.Place(channel.Id, ct);
            if (!Uri.TryCreate(address, UriKind.Absolute, out var where) || account is null) return ("not-found", null, false);
            var order = new PollOrder(channel, where, account, await secrets.Read(channel.Id, SourceSecrets.Token, ct), await secrets.Read(channel.Id, SourceSecrets.Mark, ct), clock.GetUtcNow(), clients.Polls);
            var pages = 0;
            var began = clock.GetTimestamp();
            await foreach (var page in poller.Poll(order, ct))
            {
                await Keep(channel, poll, page, ct);
                if (++pages >= MostPages || clock.GetElapsedTime(began) > Longest) return (null, null, true);
            }

            return (null, null, false);
        }
        catch (PollProblem told)
        {
            return (told.Code, told.NotBefore, false);
        }
        catch (Exception error) when (Fault(error, ct) is { } code)
        {
            LogFault(logger, channel.Id, code, error.GetType().Name);
            return (code, null, false);
        }
    }

    /// <summary>What a fault of the network means; null for what is none.</summary>
    internal static string? Fault(Exception error, CancellationToken ct) => error switch
    {
        HttpRefused { Code: "too-long" } => "unreadable",
        HttpRefused or { InnerException: HttpRefused } => "address-refused",
        HttpRequestException or IOException or TimeoutException => "unreachable",
        OperationCanceledException when !ct.IsCancellationRequested => "unreachable",
        OperationCanceledException => null,
        PostgresException or NpgsqlException or Attachments.ObjectStoreUnavailable or ArchiveIsReadOnly => null,
        _ => "fault",
    };

    private async Task Keep(Channel channel, Guid poll, PolledPage page, CancellationToken ct)
    {
        var context = new DeliveryContext(page.Form, page.Request, page.Headers);
        var (_, isNew) = await deliveries.Receive(channel.Platform, "poll", channel.Id, "none", page.Body, context, ct);
        if (page.Mark is { } mark) await secrets.Write(channel.Id, SourceSecrets.Mark, mark, ct);
        var items = readers.FirstOrDefault(r => r.Platform == channel.Platform && r.Form == page.Form)?.Read(page.Body, context, clock.GetUtcNow()).Count(read => read is ReadAct.Accepted) ?? 0;
        await Do("update work.source_polls set pages = pages + 1, items = items + $2 where poll_id = $1", ct, poll, items);
        if (isNew) inbox.Ring();
    }

    /// <summary>A whole poll that began after a gap had ended has asked for what happened in it.</summary>
    private async Task Filled(Channel channel, DateTimeOffset startedAt, CancellationToken ct)
    {
        await alarms.Answered(channel, ct);
        await Do("update archive.source_gaps set filled_at = clock_timestamp() where channel_id = $1 and filled_at is null and to_at <= $2", ct, channel.Id, startedAt.ToUniversalTime());
    }

    private async Task Do(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1371, LogLevel.Warning, "The sources could not be asked: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1372, LogLevel.Warning, "The source of channel {Channel} could not be asked: {Code} ({Fault}).")]
    private static partial void LogFault(ILogger logger, Guid channel, string code, string fault);
}
