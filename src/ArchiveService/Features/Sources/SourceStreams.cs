using System.Collections.Concurrent;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Sources;

/// <summary>Listens to what a platform tells as it happens.</summary>
public interface IStreamer
{
    IReadOnlyList<string> Platforms { get; }

    /// <summary>Every event that concerns the channel; null is a sign of life, the first of them as soon as the stream is open. Ends when the stream does.</summary>
    /// <exception cref="PollProblem">The platform would not let it listen.</exception>
    IAsyncEnumerable<PolledPage?> Listen(PollOrder order, CancellationToken ct);
}

/// <summary>
/// Keeps the streams open, each on one node by a lease. Nothing is told again after a break: the time without a stream is noted as a gap, and a poll from the mark asks for what
/// happened in it.
/// </summary>
public sealed partial class SourceStreams(
    Databases databases, ChannelRegister channels, SourceRegister register, SourceSecrets secrets, SourceAlarms alarms, SourceClients clients, IEnumerable<IStreamer> streamers,
    Deliveries.Deliveries deliveries, InboxBell inbox, SourceBell bell, AppendGate gate, TimeProvider clock, ILogger<SourceStreams> logger) : BackgroundService
{
    private const int LeaseSeconds = 60;

    private readonly Guid node = Guid.CreateVersion7(clock.GetUtcNow());
    private readonly ConcurrentDictionary<Guid, Task> listening = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var channel in await Free(stoppingToken))
                {
                    if (!listening.ContainsKey(channel)) listening[channel] = Task.Run(() => Serve(channel, stoppingToken), CancellationToken.None);
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await Task.Delay(TimeSpan.FromSeconds(5), stoppingToken);
        }
    }

    private async Task Serve(Guid channel, CancellationToken ct)
    {
        try
        {
            for (var breaks = 0; !ct.IsCancellationRequested; breaks++)
            {
                var began = clock.GetTimestamp();
                if (!await ListenOnce(channel, ct)) return;
                if (clock.GetElapsedTime(began) > TimeSpan.FromMinutes(2)) breaks = 0;
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, breaks))), ct);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogTrouble(logger, error.GetType().Name);
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            await Leave(channel);
            listening.TryRemove(channel, out _);
        }
    }

    /// <summary>Listens until the stream breaks; false when the source is not to be listened to (any more), or somebody else does.</summary>
    public async Task<bool> ListenOnce(Guid id, CancellationToken ct)
    {
        if (gate.IsClosed || !await Lease(id, ct) || await channels.Find(id, ct) is not { ClosedAt: null } channel || streamers.FirstOrDefault(s => s.Platforms.Contains(channel.Platform)) is not { } streamer) return false;
        var (address, account) = await register.Place(id, ct);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var where) || account is null) return false;
        await GapUntilNow(id, "not-running", ct);
        var order = new PollOrder(channel, where, account, await secrets.Read(id, SourceSecrets.Token, ct), await secrets.Read(id, SourceSecrets.Mark, ct), clock.GetUtcNow(), clients.Streams);
        var isOpen = false;
        var renewed = clock.GetTimestamp();
        try
        {
            await foreach (var told in streamer.Listen(order, ct))
            {
                if (!isOpen)
                {
                    // What happened before the stream was open is asked for, whether there is a gap or it is the first time.
                    isOpen = true;
                    await Do("update archive.source_gaps set to_at = clock_timestamp() where channel_id = $1 and to_at is null", ct, id);
                    await Heard(id, ct);
                    await register.Due(id, ct);
                    bell.Ring();
                }

                if (told is not null)
                {
                    await deliveries.Receive(channel.Platform, "stream", id, "none", told.Body, new(told.Form, told.Request, told.Headers), ct);
                    inbox.Ring();
                    await Heard(id, ct);
                }

                if (clock.GetElapsedTime(renewed) > TimeSpan.FromSeconds(10))
                {
                    renewed = clock.GetTimestamp();
                    if (!await Lease(id, ct)) return false;
                    await Heard(id, ct);
                }
            }
        }
        catch (PollProblem told)
        {
            await alarms.Failed(channel, told.Code, 0, ct);
            LogBroken(logger, id, told.Code);
            if (told.Code == "token-dead") return false;
        }
        catch (Exception error) when (SourceWorker.Fault(error, ct) is { } code)
        {
            LogBroken(logger, id, code);
        }
        finally
        {
            // Also when the service stops: from now on nothing is heard.
            if (isOpen) await GapUntilNow(id, ct.IsCancellationRequested ? "not-running" : "stream-broken", CancellationToken.None);
        }

        return true;
    }

    private async Task<List<Guid>> Free(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select s.channel_id from archive.sources s join work.source_runs r using (channel_id) join archive.channels c using (channel_id)
            where s.means = 'stream' and s.enabled and not s.stopped and c.closed_at is null and (r.stream_until is null or r.stream_until < clock_timestamp() or r.stream_node = $1)
            """);
        query.Parameters.Add(new() { Value = node });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await row.ReadAsync(ct)) found.Add(row.GetGuid(0));
        return found;
    }

    /// <summary>Takes or keeps the right to listen; false when the source is not to be listened to, or somebody else has it.</summary>
    private async Task<bool> Lease(Guid channel, CancellationToken ct) => await Do($"""
        update work.source_runs r set stream_node = $2, stream_until = clock_timestamp() + interval '{LeaseSeconds} seconds' from archive.sources s
        where r.channel_id = $1 and s.channel_id = r.channel_id and s.means = 'stream' and s.enabled and not s.stopped
          and (r.stream_until is null or r.stream_until < clock_timestamp() or r.stream_node = $2)
        """, ct, channel, node) > 0;

    private async Task Leave(Guid channel)
    {
        try
        {
            await Do("update work.source_runs set stream_node = null, stream_until = null where channel_id = $1 and stream_node = $2", CancellationToken.None, channel, node);
        }
        catch (NpgsqlException)
        {
            // The lease ends by itself.
        }
    }

    private async Task Heard(Guid channel, CancellationToken ct) => await Do("update work.source_runs set stream_heard_at = clock_timestamp() where channel_id = $1", ct, channel);

    /// <summary>Since the stream was last heard nothing was: a gap that is open until it is heard again. One that stands open goes on.</summary>
    private async Task GapUntilNow(Guid channel, string reason, CancellationToken ct) => await Do("""
        insert into archive.source_gaps (gap_id, channel_id, from_at, reason)
        select $2, channel_id, stream_heard_at, $3 from work.source_runs r
        where channel_id = $1 and stream_heard_at is not null and not exists (select from archive.source_gaps g where g.channel_id = r.channel_id and g.to_at is null)
        """, ct, channel, Guid.CreateVersion7(clock.GetUtcNow()), reason);

    private async Task<int> Do(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1373, LogLevel.Warning, "The streams could not be kept: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1374, LogLevel.Information, "The stream of channel {Channel} broke: {Code}.")]
    private static partial void LogBroken(ILogger logger, Guid channel, string code);
}
