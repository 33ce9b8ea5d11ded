using System.Threading.Channels;
using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>
/// Wakes the projections of every node after a commit. NOTIFY goes out on a connection of its own, many appends in one, because inside an
/// append transaction it would serialise commits across the whole server. A signal that is lost costs a poll interval, nothing else.
/// </summary>
public sealed class EventSignal : IAsyncDisposable
{
    /// <summary>The channel that is notified.</summary>
    public const string Channel = "archive_events";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> pending = System.Threading.Channels.Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly CancellationTokenSource stop = new();
    private readonly Task sending;

    /// <summary>Starts the sender; it opens no connection before the first signal.</summary>
    public EventSignal(NpgsqlDataSource db) => sending = Task.Run(() => Send(db));

    /// <summary>Says that something was committed. Returns at once; call it after the commit, never before.</summary>
    public void Appended() => pending.Writer.TryWrite(true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        pending.Writer.TryComplete();
        await stop.CancelAsync();
        await sending;
        stop.Dispose();
    }

    private async Task Send(NpgsqlDataSource db)
    {
        try
        {
            while (await pending.Reader.WaitToReadAsync(stop.Token))
            {
                // Taken before the NOTIFY, so that a commit during it asks for another one.
                pending.Reader.TryRead(out _);
                try
                {
                    await using var notify = db.CreateCommand($"notify {Channel}");
                    await notify.ExecuteNonQueryAsync(stop.Token);
                    await Task.Delay(Pause, stop.Token);
                }
                catch (NpgsqlException)
                {
                    await Task.Delay(AfterFailure, stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed; those who still wait find the events by polling.
        }
    }
}
