namespace ArchiveService.EventStore;

/// <summary>Wakes one waiter. A pulse nobody waits for is kept for the next wait.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => Volatile.Read(ref next).TrySetResult();

    /// <summary>Waits for a pulse or until the time is up. What happened before a pulse is visible to whoever looks after the wait.</summary>
    public async Task Wait(TimeSpan atMost, CancellationToken ct)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(Volatile.Read(ref next).Task, Task.Delay(atMost, timer.Token));
        await timer.CancelAsync();
        ct.ThrowIfCancellationRequested();
        if (next.Task.IsCompleted) Volatile.Write(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>A pause that ends without an exception when cancelled.</summary>
    public static async Task Quietly(TimeSpan pause, CancellationToken ct)
    {
        try
        {
            await Task.Delay(pause, ct);
        }
        catch (OperationCanceledException)
        {
            // The caller looks at the token.
        }
    }
}
