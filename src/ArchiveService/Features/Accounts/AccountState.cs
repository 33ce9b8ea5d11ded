using System.Collections.Immutable;
using System.Diagnostics;

namespace ArchiveService.Features.Accounts;

/// <summary>What the capture asks about an account: which names are known, and whether it is destroyed.</summary>
public sealed record AccountState(long Version, ImmutableHashSet<string> Profiles, bool Disposed)
{
    public Guid Authority { get; init; }

    public Guid Channel { get; init; }

    public string Platform { get; init; } = "";

    /// <summary>The channel's own account.</summary>
    public bool Own { get; init; }

    /// <summary>The block in force.</summary>
    public Blocking.SenderBlocked? Block { get; init; }

    /// <summary>The flag of protected identity, while it stands.</summary>
    public Secrecy.IdentityProtected? Protection { get; init; }

    public static AccountState None { get; } = new(0, [], false);

    public AccountState After(AccountEvent happened) => happened switch
    {
        AccountSeen seen => this with { Version = Version + 1, Profiles = Profiles.Add(seen.Profile), Authority = seen.Authority, Channel = seen.Channel, Platform = seen.Platform, Own = seen.Own },
        Blocking.SenderBlocked blocked => this with { Version = Version + 1, Block = blocked },
        Blocking.SenderUnblocked => this with { Version = Version + 1, Block = null },
        Secrecy.IdentityProtected e => this with { Version = Version + 1, Protection = e },
        Secrecy.IdentityProtectionReviewed e => this with { Version = Version + 1, Protection = Protection is null ? null : Protection with { Until = e.Until, ReviewOn = e.ReviewOn } },
        Secrecy.IdentityProtectionLifted => this with { Version = Version + 1, Protection = null },
        Secrecy.ProtectedIdentityMentioned => this with { Version = Version + 1 },
        AccountDisposed => this with { Version = Version + 1, Disposed = true },
        _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(AccountState)}."),
    };
}
