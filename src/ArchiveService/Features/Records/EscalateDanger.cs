using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.OnCall;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// Writes down that somebody was told of acute danger. Waits for nothing: no registration, no assignment, no assessment, no role but that of the staff
/// who may see the record.
/// </summary>
/// <param name="To"><c>emergencyNumber</c> (112), <c>onCall</c> or <c>other</c>.</param>
/// <param name="Contact">With <c>onCall</c>: who of the list.</param>
/// <param name="Other">With <c>other</c>: who; stands sealed.</param>
/// <param name="ContactedAt">When; now, unless it is written down afterwards.</param>
public sealed record EscalateDanger(string? To, Guid? Contact, string? Other, DateTimeOffset? ContactedAt, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/escalate", async (Guid id, EscalateDanger command, IfMatch expected, Caller caller, EscalateDangerHandler handler, CancellationToken ct) =>
            (await handler.Escalate(id, command, expected, caller, ct)).Answer()).WithName("escalate-danger");
        routes.MapGet("/api/v1/records/{id:guid}/hints", async (Guid id, Caller caller, SealedLog log, AuthorityRegister authorities, StaffNames staff, CancellationToken ct) =>
        {
            if (await RecordGlance.Read(id, caller, log, ct) is not { } glance || !caller.MayAssess(glance.State.Authority))
                return (IResult)Problems.Refused(Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
            await new RecordReads(log).Note(caller, [(id, RecordStates.Stored(glance.State.Wall))], ct);
            var policy = (await authorities.Find(glance.State.Authority, ct))!.Policy;
            return TypedResults.Ok(new { items = Hints.In(glance.Text, await staff.All(ct)).Select(h => HintFacts.Told(h, policy)) });
        }).WithName("record-hints");
    }

    public static IReadOnlyDictionary<string, DangerContact> Contacts { get; } = Enum.GetValues<DangerContact>().ToDictionary(RecordStates.Stored, c => c, StringComparer.Ordinal);

    /// <summary>Pure. <paramref name="found"/>: the contact named, when it stands in the authority's list.</summary>
    public Decision Decide(Policy policy, OnCallContact? found, DateTimeOffset now)
    {
        if (To is null || !Contacts.TryGetValue(To, out var to)) return Refusal.Input("danger-contact-unknown", $"Ange vem som larmades: {string.Join(", ", Contacts.Keys)}.");
        if (to == DangerContact.OnCall && found is null) return Refusal.Input("contact-unknown", "Kontakten finns inte i myndighetens jourlista. Skriv vem det var som någon annan i stället.");
        if (to == DangerContact.Other && Other?.Trim() is not { Length: > 0 and <= 200 }) return Refusal.Input("danger-contact-missing", "Skriv vem som larmades, högst 200 tecken.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        if (ContactedAt > now.AddMinutes(5)) return Refusal.Input("contacted-in-the-future", "Larmet kan inte ha skett i framtiden.");
        var parts = new Parts()
            .With("contact", to switch { DangerContact.OnCall => found!.Said, DangerContact.Other => Other!.Trim(), _ => null })
            .With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim());
        return new Happened(new DangerEscalated(to, to == DangerContact.OnCall ? found!.Id : null, ContactedAt ?? now, policy.Version), KeyClass.Register, parts);
    }
}

public sealed class EscalateDangerHandler(Records records, AuthorityRegister authorities, OnCallList list, TimeProvider clock)
{
    public async Task<Outcome> Escalate(Guid id, EscalateDanger command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var contact = command.Contact is { } named ? (await list.Of(seen.Authority, ct)).FirstOrDefault(c => c.Id == named) : null;
        return await records.Decide(id, expected, caller, _ => command.Decide(policy, contact, clock.GetUtcNow()), ct: ct);
    }
}
