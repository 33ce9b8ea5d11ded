using System.Threading.RateLimiting;

namespace ArchiveService.Features.Deliveries;

/// <summary>
/// How often a delivery may be refused before it is no longer kept, and how many are read at once. Only refused ones are counted: a delivery with the right
/// signature is never turned away for what somebody else has sent from the same network, and the few seconds' wait when many come at once end with
/// an answer that makes every platform send again.
/// </summary>
public sealed class WebhookLimit : IDisposable
{
    public const int RefusedPerMinute = 60;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> refused;
    private readonly ConcurrencyLimiter reading;

    public WebhookLimit(int refusedPerMinute = RefusedPerMinute, int atOnce = 32, int waiting = 256)
    {
        refused = PartitionedRateLimiter.Create<string, string>(source => RateLimitPartition.GetFixedWindowLimiter(source, _ => new() { PermitLimit = refusedPerMinute, Window = Window, QueueLimit = 0 }));
        reading = new(new() { PermitLimit = atOnce, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>A place to read a body in memory; not acquired: too many are being read.</summary>
    public ValueTask<RateLimitLease> Read(CancellationToken ct) => reading.AcquireAsync(1, ct);

    /// <summary>Counts a refused delivery; false when the source has had too many in a minute.</summary>
    public bool MayRefuse(string source)
    {
        using var lease = refused.AttemptAcquire(source);
        return lease.IsAcquired;
    }

    public void Dispose()
    {
        refused.Dispose();
        reading.Dispose();
    }
}
