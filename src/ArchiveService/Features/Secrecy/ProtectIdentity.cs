using ArchiveService.Access;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Secrecy;

/// <summary>
/// Flags a person as having a protected identity (OSL 21:3, 21:3a, 22:1): the account, and further accounts of the same person in whatever channel of the
/// authority. From the commit on everything they wrote stands behind the wall.
/// </summary>
public sealed record ProtectIdentity(string? Basis, string? Provision, DateOnly? DecidedOn, DateOnly? Until, DateOnly? ReviewOn, string? Reason, IReadOnlyList<Guid>? Accounts)
{
    public const int MostAccounts = 50;

    /// <summary>Codes of the command and the provision that follows from each where none is named.</summary>
    public static IReadOnlyList<(string Code, ProtectionBasis Basis, string Provision, string Said)> Bases { get; } =
    [
        ("secrecyMark", ProtectionBasis.SecrecyMark, "OSL 22 kap. 1 §", "Sekretessmarkering hos Skatteverket"),
        ("protectedRegistration", ProtectionBasis.ProtectedRegistration, "OSL 21 kap. 3 a §", "Skyddad folkbokföring"),
        ("assumedIdentity", ProtectionBasis.AssumedIdentity, "OSL 22 kap. 1 §", "Fingerade personuppgifter"),
        ("court", ProtectionBasis.Court, "OSL 21 kap. 3 §", "Domstol eller annan myndighet"),
        ("ownAssessment", ProtectionBasis.OwnAssessment, "OSL 21 kap. 3 §", "Myndighetens egen bedömning"),
    ];

    public static IReadOnlyList<string> Provisions { get; } = ["OSL 21 kap. 1 §", "OSL 21 kap. 3 §", "OSL 21 kap. 3 a §", "OSL 22 kap. 1 §", "OSL 22 kap. 2 §"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/accounts/{id:guid}/protected-identity", async (Guid id, ProtectIdentity command, IfMatch expected, Caller caller, Protections protections, CancellationToken ct) =>
            Answer(await protections.Protect(id, command, expected, caller, ct))).WithName("protect-identity");
        routes.MapPost("/api/v1/accounts/{id:guid}/protected-identity/review", async (Guid id, ReviewProtection command, IfMatch expected, Caller caller, Protections protections, CancellationToken ct) =>
            Answer(await protections.Review(id, command, expected, caller, ct))).WithName("review-protected-identity");
        routes.MapPost("/api/v1/accounts/{id:guid}/protected-identity/lift", async (Guid id, LiftProtection command, IfMatch expected, Caller caller, Protections protections, CancellationToken ct) =>
            Answer(await protections.Lift(id, command, expected, caller, ct))).WithName("lift-protected-identity");
    }

    private static IResult Answer(Flagged flagged) => flagged.Outcome is Outcome.Done done
        ? TypedResults.Ok(new { protection = flagged.Protection, flagged.Accounts, flagged.Records, done.LastSequence, done.Version })
        : flagged.Outcome.Answer();

    /// <summary>Pure. What is said, before any account is looked at.</summary>
    public Refusal? Refuse(DateOnly today)
    {
        if (Bases.All(b => b.Code != Basis)) return Refusal.Input("basis-unknown", $"Ange vad skyddet vilar på: {string.Join(", ", Bases.Select(b => b.Code))}.");
        if (!string.IsNullOrWhiteSpace(Provision) && !Provisions.Contains(Provision.Trim())) return Refusal.Input("provision-unknown", $"Bestämmelsen ska vara någon av {string.Join(", ", Provisions)}.");
        if (DecidedOn > today) return Refusal.Input("decided-in-the-future", "Dagen då skyddet beslutades kan inte ligga i framtiden.");
        if (ProtectionDays.Refuse(Until, ReviewOn, today) is { } no) return no;
        if (Reason?.Trim() is not { Length: > 0 and <= 5000 }) return Refusal.Input("reason-missing", "Ange skälen, högst 5000 tecken. De förseglas.");
        return Accounts is { Count: >= MostAccounts } ? Refusal.Input("accounts-too-many", $"Högst {MostAccounts} konton åt gången.") : null;
    }

    /// <summary>Pure. The protection has been given its id beforehand.</summary>
    public Decision Decide(AccountState state, Policy policy, DateOnly today, Guid protection)
    {
        if (Refuse(today) is { } no) return no;
        if (state.Disposed) return new Refusal("account-disposed", "Kontots uppgifter är gallrade.");
        if (state.Own) return new Refusal("own-account", "Det är kanalens eget konto.");
        if (state.Protection is not null) return new Refusal("already-protected", "Kontot är redan flaggat för skyddad identitet.");
        var basis = Bases.Single(b => b.Code == Basis);
        return new Happened(
            new IdentityProtected(protection, state.Authority, basis.Basis, string.IsNullOrWhiteSpace(Provision) ? basis.Provision : Provision.Trim(), DecidedOn ?? today, Until, ReviewOn, Inherited: false, policy.Version),
            KeyClass.Account, new Parts().With("reason", Reason!.Trim()));
    }
}

/// <summary>Days that a flag is looked at anew: it is never lifted by itself.</summary>
internal static class ProtectionDays
{
    public static Refusal? Refuse(DateOnly? until, DateOnly? reviewOn, DateOnly today)
    {
        if (until <= today) return Refusal.Input("until-out-of-range", "Dagen då skyddet upphör ska ligga i framtiden.");
        return reviewOn <= today || reviewOn > today.AddYears(10) ? Refusal.Input("review-out-of-range", "Dagen för omprövning ska ligga i framtiden, högst tio år bort.") : null;
    }
}

/// <summary>The flag was examined and stands (OSL 5:5: no longer than there is ground for it).</summary>
public sealed record ReviewProtection(DateOnly? Until, DateOnly? ReviewOn, string? Reason)
{
    public Decision Decide(AccountState state, Policy policy, DateOnly today)
    {
        if (state.Protection is not { } flag) return ProtectionRefusals.NotProtected;
        if (ProtectionDays.Refuse(Until, ReviewOn, today) is { } no) return no;
        return Reason?.Trim() is not { Length: > 0 and <= 5000 } reason
            ? Refusal.Input("reason-missing", "Ange skälen för bedömningen, högst 5000 tecken.")
            : new Happened(new IdentityProtectionReviewed(flag.Protection, state.Authority, Until, ReviewOn, policy.Version), KeyClass.Account, state.Disposed ? null : new Parts().With("reason", reason));
    }
}

/// <summary>The flag goes, on all accounts that were named together. Marks set by hand stay.</summary>
public sealed record LiftProtection(string? Reason)
{
    public Decision Decide(AccountState state, Policy policy) =>
        state.Protection is not { } flag ? ProtectionRefusals.NotProtected
        : Reason?.Trim() is not { Length: > 0 and <= 5000 } reason ? Refusal.Input("reason-missing", "Ange varför skyddet hävs, högst 5000 tecken.")
        // An account that is disposed of has no key any more: the fact is kept, the reason is not.
        : new Happened(new IdentityProtectionLifted(flag.Protection, state.Authority, policy.Version), KeyClass.Account, state.Disposed ? null : new Parts().With("reason", reason));
}

internal static class ProtectionRefusals
{
    public static Refusal NotProtected { get; } = new("not-protected", "Kontot är inte flaggat för skyddad identitet.");
}

/// <param name="Records">How many records went behind the wall, or were let go.</param>
public sealed record Flagged(Outcome Outcome, Guid Protection = default, int Accounts = 0, int Records = 0)
{
    public static implicit operator Flagged(Refusal why) => new((Outcome)why);
}
