using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.OnCall;

/// <summary>Enters somebody in the on-call list, or changes the entry. An emergency is no time to look for a number.</summary>
public sealed record ListContact(string? Name, string? Function, string? Phone, string? Hours)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/authorities/{code}/on-call", async (string code, Caller caller, AuthorityRegister authorities, OnCallList list, CancellationToken ct) =>
            await authorities.Find(code, ct) is { } authority && caller.IsStaffOf(authority.Id)
                ? TypedResults.Ok(new { emergencyNumber = "112", items = (await list.Of(authority.Id, ct)).Select(c => new { c.Id, c.Version, c.Name, c.Function, c.Phone, c.Hours }) })
                : (IResult)Problems.Refused(OnCallHandler.NoAuthority(code))).WithName("on-call-list");
        routes.MapPost("/api/v1/authorities/{code}/on-call", async (string code, ListContact command, Caller caller, OnCallHandler handler, CancellationToken ct) =>
        {
            var (id, outcome) = await handler.List(code, null, command, default, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Created($"/api/v1/authorities/{code}/on-call/{id}", new { id, lastSequence = done.LastSequence }) : outcome.Answer();
        }).WithName("list-on-call-contact");
        routes.MapPut("/api/v1/authorities/{code}/on-call/{id:guid}", async (string code, Guid id, ListContact command, IfMatch expected, Caller caller, OnCallHandler handler, CancellationToken ct) =>
            (await handler.List(code, id, command, expected, caller, ct)).Outcome.Answer()).WithName("change-on-call-contact");
        routes.MapDelete("/api/v1/authorities/{code}/on-call/{id:guid}", async (string code, Guid id, IfMatch expected, Caller caller, OnCallHandler handler, CancellationToken ct) =>
            (await handler.Remove(code, id, expected, caller, ct)).Answer()).WithName("remove-on-call-contact");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(Guid authority, int policyVersion)
    {
        if (Name?.Trim() is not { Length: > 0 and <= 200 } name) return Refusal.Input("contact-name-missing", "Ange ett namn, högst 200 tecken.");
        if (Function?.Trim() is not { Length: > 0 and <= 200 } function) return Refusal.Input("contact-function-missing", "Ange vilken funktion personen har, högst 200 tecken.");
        if (Phone?.Trim() is not { Length: >= 3 and <= 40 } phone || !phone.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or ' ' or '(' or ')'))
            return Refusal.Input("contact-phone", "Ange ett telefonnummer med siffror, högst 40 tecken.");
        if (Hours is { Length: > 200 }) return Refusal.Input("contact-hours-too-long", "Tiderna får vara högst 200 tecken.");
        return new Happened(new OnCallContactListed(authority, policyVersion), KeyClass.Office,
            new Parts().With("name", name).With("function", function).With("phone", phone).With("hours", string.IsNullOrWhiteSpace(Hours) ? null : Hours.Trim()));
    }
}

public sealed class OnCallHandler(SealedLog log, AuthorityRegister authorities, TimeProvider clock)
{
    public static Refusal NoAuthority(string code) => Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}, eller så får du inte se den.");

    private static readonly Refusal NoContact = Refusal.Unknown("contact", "Kontakten finns inte i jourlistan.");

    public static bool MayChange(Caller caller, Guid authority) => caller is { IsService: false } && caller.May(authority, Role.Chef, Role.Kommunikator, Role.Admin);

    public async Task<(Guid Id, Outcome Outcome)> List(string code, Guid? id, ListContact command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var (authority, version, refused) = await Find(code, id, expected, caller, ct);
        if (refused is not null) return (default, refused);
        var decision = command.Decide(authority!.Id, authority.Policy.Version);
        if (decision.Refused is { } why) return (default, why);

        var contact = id ?? Guid.CreateVersion7(clock.GetUtcNow());
        NpgsqlBatchCommand beside = new("""
            insert into archive.on_call_contacts (contact_id, authority_id, listed_at)
            select $1, $2, s.created from archive.mt_streams s where s.id = $1
            on conflict (contact_id) do nothing
            """)
        {
            Parameters = { new() { Value = contact }, new() { Value = authority.Id } },
        };
        return (contact, await Write(contact, version, decision, beside, caller, ct));
    }

    public async Task<Outcome> Remove(string code, Guid id, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var (authority, version, refused) = await Find(code, id, expected, caller, ct);
        if (refused is not null) return refused;
        NpgsqlBatchCommand beside = new("update archive.on_call_contacts c set removed_at = s.timestamp from archive.mt_streams s where s.id = c.contact_id and c.contact_id = $1")
        {
            Parameters = { new() { Value = id } },
        };
        return await Write(id, version, new Happened(new OnCallContactRemoved(authority!.Id, authority.Policy.Version)), beside, caller, ct);
    }

    private async Task<(Authority? Authority, long Version, Refusal? Refused)> Find(string code, Guid? id, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (null, 0, NoAuthority(code));
        if (!MayChange(caller, authority.Id)) return (null, 0, Refusal.NotAllowed("Bara chef, kommunikatör eller administratör kan ändra jourlistan."));
        if (id is not { } known) return (authority, 0, null);
        var history = await log.Store.ReadStream(known, ct: ct);
        if (history is not [.., { Event: OnCallContactListed last }] || last.Authority != authority.Id) return (null, 0, NoContact);
        var version = history[^1].Version;
        return expected.Version is { } read && read != version ? (null, 0, Refusal.ChangedMeanwhile(version)) : (authority, version, null);
    }

    private async Task<Outcome> Write(Guid id, long version, Decision decision, NpgsqlBatchCommand beside, Caller caller, CancellationToken ct) =>
        await log.Append([new(id, "on_call", version == 0 ? ExpectedVersion.NewStream : ExpectedVersion.Exactly(version), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(version + 1);
}
