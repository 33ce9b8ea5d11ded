using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Persons;

/// <summary>What is decided on: one person's, or service account's, own history.</summary>
public sealed record Person(Guid Id)
{
    public const string StreamType = "person";

    public bool Known { get; init; }

    public bool Service { get; init; }

    public bool Closed { get; init; }

    public bool Clearance { get; init; }

    /// <summary>Clearances at single authorities.</summary>
    public ImmutableHashSet<ClearedAt> ClearedIn { get; init; } = [];

    public bool HasAccount { get; init; }

    public ImmutableHashSet<Grant> Grants { get; init; } = [];

    /// <summary>Those of them that the identity provider gave, and takes back; the others are an administrator's.</summary>
    public ImmutableHashSet<Grant> FromProvider { get; init; } = [];

    public ImmutableHashSet<Guid> Tokens { get; init; } = [];

    public Person After(object happened) => happened switch
    {
        PersonRegistered e => this with { Known = true, Service = e.Service },
        RoleGranted e => this with
        {
            Grants = Grants.Add(new(e.Role, e.Authority)),
            FromProvider = e.GrantedBy == IdentityProvider.Caller.PersonId ? FromProvider.Add(new(e.Role, e.Authority)) : FromProvider,
        },
        RoleRevoked e => this with { Grants = Grants.Remove(new(e.Role, e.Authority)), FromProvider = FromProvider.Remove(new(e.Role, e.Authority)) },
        ClearanceGranted => this with { Clearance = true },
        ClearanceRevoked => this with { Clearance = false },
        ClearanceGrantedAt e => this with { ClearedIn = ClearedIn.Add(new(e.Role, e.Authority)) },
        ClearanceRevokedAt e => this with { ClearedIn = ClearedIn.Remove(new(e.Role, e.Authority)) },
        LocalAccountOpened => this with { HasAccount = true },
        PersonClosed => this with { Closed = true },
        PersonReopened => this with { Closed = false },
        TokenIssued e => this with { Tokens = Tokens.Add(e.Token) },
        TokenRevoked e => this with { Tokens = Tokens.Remove(e.Token) },
        _ => this,
    };

    /// <summary>An administrator of everything may administer everybody; one of an authority only those who have no say elsewhere.</summary>
    public bool MayBeAdministeredBy(Caller by) =>
        by.May(Guid.Empty, Role.Admin)
        || (by.MayAnywhere(Role.Admin) && !Clearance && ClearedIn.All(cleared => by.May(cleared.Authority, Role.Admin)) && Grants.All(grant => grant.Authority is { } authority && by.May(authority, Role.Admin)));
}

/// <summary>The same name is the same person: how names are compared, and kept without being told.</summary>
public static class PersonName
{
    public const string Part = "name";
    public const string UsernamePart = "username";

    public static string? Clean(string? name)
    {
        var words = (name ?? "").Normalize(NormalizationForm.FormC).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var clean = string.Join(' ', words);
        return clean.Length is 0 or > 200 || clean.Any(letter => CharUnicodeInfo.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate)
            ? null
            : clean;
    }

    public static byte[] Key(IKeyProvider keys, string cleanName) =>
        HMACSHA256.HashData(keys.IdentitySecret, new ByteForm().Text("person-name").Text(cleanName.ToLowerInvariant()).Written);

    /// <summary>3–64 letters, digits, dots, hyphens and underscores, in lower case; null when it is something else.</summary>
    public static string? FoldUsername(string? username)
    {
        var folded = (username ?? "").Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();
        return folded.Length is >= 3 and <= 64 && folded.All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' or '@') ? folded : null;
    }

    public static Refusal NotAName { get; } = Refusal.Input("name-unusable", "Ange personens namn med högst 200 tecken.");

    public static Refusal NotAUsername { get; } = Refusal.Input(
        "username-unusable", "Användarnamnet ska ha 3–64 tecken: bokstäver, siffror, punkt, bindestreck, understreck eller snabel-a.");
}
