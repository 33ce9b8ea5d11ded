using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>Notes who is a party to the case, or represents one. With protected identity the name is for the cleared only (OSL 21 kap. 3 §, 22 kap. 1 §).</summary>
public sealed record AddParty(PartyRole? Role, string? Name, string? Contact, string? Note, bool ProtectedIdentity, Guid? Represents)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/parties", async (Guid id, AddParty command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
        {
            var party = Guid.Empty;
            var outcome = await acts.Decide(id, expected, caller, at =>
            {
                var decision = command.Decide(at);
                party = decision.Events is [{ Event: CasePartyAdded added }] ? added.Party : party;
                return decision;
            }, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { party, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("add-case-party");
        routes.MapPost("/api/v1/cases/{id:guid}/parties/{party:guid}/end", async (Guid id, Guid party, EndParty command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, party), ct)).Answer()).WithName("end-case-party");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if ((at.NotHandled("anteckna parter") ?? at.NotOpen()) is { } no) return no;
        if (Role is not { } role || !Enum.IsDefined(role)) return Refusal.Input("party-role", "Ange om personen är sökande, part, motpart, ombud eller annan.");
        if ((CaseInput.Required(Name, 300, "party-name", "Ange partens namn") ?? CaseInput.AtMost(Contact, 1000, "party-contact", "Kontaktuppgiften") ?? CaseInput.AtMost(Note, 2000, "note-too-long", "Anteckningen")) is { } wrong) return wrong;
        if (Represents is { } one && !at.State.Parties.GetValueOrDefault(one)) return Refusal.Input("party-unknown", "Den som ombudet företräder finns inte bland ärendets parter.");
        return new Happened(
            new CasePartyAdded(Guid.CreateVersion7(at.Now), role, ProtectedIdentity, Represents, at.PolicyVersion), KeyClass.Case,
            new Parts().With("name", Name!.Trim()).With("contact", CaseInput.Trimmed(Contact)).With("note", CaseInput.Trimmed(Note)));
    }
}

/// <summary>Somebody is no longer a party. It stays in the case that they were.</summary>
public sealed record EndParty(string? Reason)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, Guid party)
    {
        if ((at.NotHandled("ändra bland parterna") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Parties.TryGetValue(party, out var stands)) return Refusal.Unknown("party", "Parten finns inte i ärendet.");
        if (CaseInput.Required(Reason, 2000, "reason-missing", "Ange varför parten inte längre är part") is { } wrong) return wrong;
        return stands ? new Happened(new CasePartyEnded(party, at.Today, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", Reason!.Trim())) : Decision.Nothing;
    }
}
