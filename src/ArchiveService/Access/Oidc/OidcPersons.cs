using System.Security.Cryptography;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Access.Oidc;

/// <summary>
/// Who an identity is here. It is issuer and subject that tell, never a name or an address, which people share and change; the first log-in makes the person. At each log-in the
/// roles that the provider gave are made those that its claims say, by events; what an administrator gave is left alone.
/// </summary>
public sealed class OidcPersons(OidcOptions options, PersonRegister register, RoleWords words, SeparateDuties duties, IKeyProvider keys, Databases databases, TimeProvider clock)
{
    /// <summary>For look-ups: tells neither issuer nor subject.</summary>
    public byte[] Key(string issuer, string subject) => Digest("person-identity", issuer, subject);

    public byte[] SessionKey(string issuer, string session) => Digest("provider-session", issuer, session);

    public async Task<(Guid? Person, Refusal? Refused)> LogIn(OidcIdentity who, CancellationToken ct)
    {
        if (PersonName.Clean(who.Name) is not { } name) return (null, OidcRefusals.NoName);
        var claimed = await Claimed(who.Roles, ct);
        var key = Key(who.Issuer, who.Subject);
        if (await register.FindIdentity(key, ct) is not { } person)
        {
            var first = ProviderRoles.Of(new Person(Guid.Empty), claimed, duties);
            if (first.Refused is { } no) return (null, no);
            // Whoever has no role here leaves no trace here.
            if (first.Events.Count == 0) return (null, OidcRefusals.NoRole);
            person = await register.RegisterIdentity(who.Issuer, who.Subject, key, name, PersonName.Clean(who.Username), first.Events, ct);
        }

        ProviderRoles? told = null;
        var outcome = await register.Decide(person, known => known.Closed ? OidcRefusals.Closed : new Decision((told = ProviderRoles.Of(known, claimed, duties)).Events), IdentityProvider.Caller, ct);
        if (outcome is Outcome.Refused { Why: var why }) return (null, why);
        if (told!.Refused is { } refused) return (null, refused);
        if (!told.HasRole) return (null, OidcRefusals.NoRole);
        await register.Rename(person, name, ct);
        await Noted(key, ct);
        return (person, null);
    }

    /// <summary>What the values of the role claim give: by the mapping when there is one, else <c>role</c> for all or <c>CODE:role</c>. What is not understood gives nothing.</summary>
    private async Task<IReadOnlyList<Grant>> Claimed(IReadOnlyList<string> values, CancellationToken ct)
    {
        var claimed = new HashSet<Grant>();
        foreach (var (role, code) in ProviderRoles.Read(values, options.Mapped))
        {
            if (code is null) claimed.Add(new(role, null));
            else if (await words.Authority(code, ct) is { } authority) claimed.Add(new(role, authority));
        }

        return [.. claimed];
    }

    private async Task Noted(byte[] key, CancellationToken ct)
    {
        await using var update = databases.Writer.CreateCommand("update archive.person_identities set last_login = $2 where identity_key = $1");
        update.Parameters.Add(new() { Value = key });
        update.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await update.ExecuteNonQueryAsync(ct);
    }

    private byte[] Digest(string what, string issuer, string value) =>
        HMACSHA256.HashData(keys.IdentitySecret, new ByteForm().Text(what).Text(issuer.TrimEnd('/')).Text(value).Written);
}
