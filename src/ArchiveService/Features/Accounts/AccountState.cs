using System.Collections.Immutable;
using System.Diagnostics;

namespace ArchiveService.Features.Accounts;

/// <summary>What the capture asks about an account: which names are known, and whether it is destroyed.</summary>
public sealed record AccountState(long Version, ImmutableHashSet<string> Profiles, bool Disposed)
{
    public static AccountState None { get; } = new(0, [], false);

    public AccountState After(AccountEvent happened) => happened switch
    {
        AccountSeen seen => this with { Version = Version + 1, Profiles = Profiles.Add(seen.Profile) },
        AccountDisposed => this with { Version = Version + 1, Disposed = true },
        _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(AccountState)}."),
    };
}
