using System.Net;
using System.Security.Cryptography;
using System.Threading.RateLimiting;

namespace ArchiveService.Features.Public;

/// <summary>
/// How often a request may be sent from the page without login: generous, for it is a right, and only so that nobody fills the list with a program.
/// Where from is counted under a key that lives as long as the program, in memory, for ten minutes: no address is kept.
/// </summary>
public sealed class PublicRequestLimit : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly PartitionedRateLimiter<string> each;
    private readonly FixedWindowRateLimiter all;

    public PublicRequestLimit(int fromOnePlace = 30, int altogether = 300)
    {
        each = PartitionedRateLimiter.Create<string, string>(place => RateLimitPartition.GetFixedWindowLimiter(place, _ => new() { PermitLimit = fromOnePlace, Window = Window, QueueLimit = 0 }));
        all = new(new() { PermitLimit = altogether, Window = Window, QueueLimit = 0 });
    }

    /// <summary>Whether one more may be sent; it is counted.</summary>
    public bool Allows(IPAddress? from)
    {
        var place = Convert.ToHexString(HMACSHA256.HashData(key, from?.GetAddressBytes() ?? []));
        using var one = each.AttemptAcquire(place);
        if (!one.IsAcquired) return false;
        using var any = all.AttemptAcquire();
        return any.IsAcquired;
    }

    public void Dispose()
    {
        each.Dispose();
        all.Dispose();
    }
}
