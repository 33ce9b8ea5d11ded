using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Assignments;

/// <summary>What giving an assignment goes by beside the command.</summary>
/// <param name="Person">Null when there is no such person.</param>
/// <param name="GiverIsChef">Whether the person named as the one who gave it has the role chef there.</param>
public sealed record GivingWorld(Authority Authority, PersonAsked? Person, bool ChannelClosed, bool GiverIsChef, DateOnly Today);

public sealed record PersonAsked(bool Service, bool Closed);

/// <summary>
/// Gives a person the uppdrag to act in a channel (H-08, V-12), or in every channel of the authority. It is documented: who gave it, in which
/// decision, from when to when, that the person has been informed of the policy (R-04) and introduced (H-04), and acts as an employee (V-13).
/// </summary>
/// <param name="From">A day of the Swedish calendar; absent means today.</param>
/// <param name="Until">The last day; absent means until further notice.</param>
/// <param name="GivenBy">The chef who gave it, when somebody else writes it down; absent means whoever asks.</param>
public sealed record GiveAssignment(
    string? Authority, Guid? Channel, Guid? Person, AssignmentFunction? Function, DateOnly? From, DateOnly? Until, string? Decision,
    Guid? GivenBy = null, DateOnly? PolicyInformedOn = null, DateOnly? IntroducedOn = null, bool? AsEmployee = null, string? Note = null)
{
    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(GivingWorld world, Caller caller)
    {
        var policy = world.Authority.Policy;
        if (Person is not { } person) return Refusal.Input("person-missing", "Ange vem som får uppdraget.");
        if (world.Person is not { } known) return Refusal.Unknown("person", "Personen finns inte. Lägg upp personen under Användare först.");
        if (known.Service) return Refusal.Input("service-account", "Ett tjänstekonto kan inte ha ett uppdrag. Det har en anställd.");
        if (known.Closed) return new Refusal("person-closed", "Personen är avslutad och kan inte få ett uppdrag.");
        if (AssignmentRules.Own(person, caller) is { } own) return own;
        if (Function is not { } function) return Refusal.Input("function-missing", "Ange vad uppdraget gäller: administrator, moderator eller answers.");
        if (!AssignmentRules.IsReference(Decision)) return AssignmentRules.ReferenceMissing;
        if (Note?.Length > 2000) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (AsEmployee is false) return Refusal.Input("as-employee", "Uppdraget gäller bara den som använder kanalen som anställd (H-08, V-13). Utan det finns inget uppdrag.");
        if (world.ChannelClosed) return new Refusal("channel-closed", "Kanalen är avslutad. Där behövs inget uppdrag.");
        var from = From ?? world.Today;
        if (Until < from) return Refusal.Input("assignment-period", "Uppdraget kan inte sluta innan det börjar.");
        if (Until < world.Today) return Refusal.Input("assignment-period", "Den sista dagen har redan varit.");
        if (PolicyInformedOn > world.Today || IntroducedOn > world.Today) return Refusal.Input("assignment-date", "Information och introduktion antecknas när de har getts: dagen kan inte vara en kommande dag.");
        if (PolicyInformedOn is null && policy["assignment.policyInformation"] == "true")
            return Refusal.Input("policy-information-missing", $"Ange vilken dag personen fick information om policyn. Chefen ska ge den ({policy.Of("assignment.policyInformation").Requirement}).");
        if (GivenBy is { } giver && giver != caller.PersonId && !world.GiverIsChef) return Refusal.Input("giver-not-chef", "Den som anges som uppdragsgivare ska vara chef hos myndigheten.");
        if (GivenBy == person) return AssignmentRules.OwnAssignment;

        var given = new AssignmentGiven(
            world.Authority.Id, Channel, person, function, from, Until, GivenBy ?? caller.PersonId, AsEmployee: true, PolicyInformedOn, IntroducedOn,
            policy["assignment.decisions"] == "two", policy.Version);
        return new Happened(given, KeyClass.Office, new Parts().With(AssignmentRules.DecisionPart, Decision!.Trim()).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>The förvaltningschef's decision that the person may administer, where the guideline has it as a decision of its own (H-06).</summary>
public sealed record AuthoriseAssignment(string? Decision)
{
    public Decision Decide(Assignment assignment, Policy policy, Caller caller) =>
        assignment.EndedAt is not null ? AssignmentRules.Ended
        : !assignment.NeedsAuthorisation ? new Refusal("authorisation-not-needed", "Uppdraget gäller utan ett andra beslut: så är det enligt den policy det gavs under.")
        : AssignmentRules.Own(assignment.Person, caller) is { } own ? own
        : assignment.AuthorisedAt is not null ? Http.Decision.Nothing
        : !AssignmentRules.IsReference(Decision) ? AssignmentRules.ReferenceMissing
        : new Happened(new AssignmentAuthorised(assignment.Authority, policy.Version), KeyClass.Office, new Parts().With(AssignmentRules.DecisionPart, Decision!.Trim()));
}

/// <summary>Names who acts in the holder's place for a period (H-07).</summary>
public sealed record NameSubstitute(Guid? Person, DateOnly? From, DateOnly? Until)
{
    /// <param name="known">Null when there is no such person.</param>
    public Decision Decide(Assignment assignment, PersonAsked? known, DateOnly today, Policy policy, Caller caller)
    {
        if (assignment.On(today) is AssignmentStanding.Ended) return AssignmentRules.Ended;
        if (assignment.On(today) is AssignmentStanding.Lapsed) return new Refusal("assignment-lapsed", "Uppdraget har gått ut. Ge ett nytt uppdrag.");
        if (Person is not { } person) return Refusal.Input("person-missing", "Ange vem som är ersättare.");
        if (known is null) return Refusal.Unknown("person", "Personen finns inte. Lägg upp personen under Användare först.");
        if (known.Service) return Refusal.Input("service-account", "Ett tjänstekonto kan inte vara ersättare.");
        if (known.Closed) return new Refusal("person-closed", "Personen är avslutad och kan inte vara ersättare.");
        if (person == assignment.Person) return Refusal.Input("substitute-self", "Ersättaren ska vara någon annan än den som har uppdraget.");
        if (AssignmentRules.Own(person, caller) is { } own) return own;
        if (Until is not { } until) return Refusal.Input("substitute-period", "Ange till vilken dag ersättaren gäller (H-07: vid frånvaro).");
        var from = From ?? today;
        if (until < from || until < today) return Refusal.Input("substitute-period", "Perioden ska sluta efter att den börjar, tidigast i dag.");
        if (from < assignment.From || until > assignment.Until)
            return Refusal.Input("substitute-period", $"Ersättaren kan bara gälla medan uppdraget gäller, {PageParts.Swedish.Date(assignment.From)} till {(assignment.Until is { } last ? PageParts.Swedish.Date(last) : "tills vidare")}.");
        return assignment.Substitutes.Contains(new(person, from, until)) ? Decision.Nothing : new Happened(new AssignmentSubstituteNamed(assignment.Authority, person, from, until, policy.Version));
    }
}

/// <summary>Ends or withdraws an assignment, at once. Whoever held it, and the substitutes, may do nothing more under it.</summary>
public sealed record EndAssignment(string? Reason)
{
    public Decision Decide(Assignment assignment, Policy policy) =>
        assignment.EndedAt is not null ? AssignmentRules.Ended
        : string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000 ? Refusal.Input("reason-missing", "Ange varför uppdraget upphör, högst 2000 tecken.")
        : new Happened(new AssignmentEnded(assignment.Authority, policy.Version), KeyClass.Office, new Parts().With("reason", Reason.Trim()));
}

internal static class AssignmentRules
{
    public const string DecisionPart = "decision";

    public static Refusal OwnAssignment { get; } = new("own-assignment", "Ingen ger sig själv ett uppdrag. Det gör en annan chef eller administratör.", StatusCodes.Status403Forbidden);

    public static Refusal Ended { get; } = new("assignment-ended", "Uppdraget har upphört. Ge ett nytt.");

    public static Refusal ReferenceMissing { get; } =
        Refusal.Input("decision-reference-missing", "Ange beslutet, med datum eller diarienummer, högst 200 tecken. Ett uppdrag ska vara dokumenterat (H-08, V-12).");

    public static Refusal? Own(Guid person, Caller caller) => person == caller.PersonId ? OwnAssignment : null;

    public static bool IsReference(string? decision) => decision?.Trim() is { Length: > 0 and <= 200 };
}
