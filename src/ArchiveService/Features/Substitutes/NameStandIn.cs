using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Substitutes;

/// <summary>Somebody who is to have, or to be, a substitute.</summary>
public sealed record SubstitutionParty(bool Service, bool Closed, IReadOnlyList<Grant> Grants)
{
    public bool Has(Guid authority, params ReadOnlySpan<Role> any)
    {
        foreach (var grant in Grants)
        {
            if ((grant.Authority is null || grant.Authority == authority) && any.Contains(grant.Role)) return true;
        }

        return false;
    }
}

/// <summary>What naming a substitute goes by beside the command. A party is null when there is no such person.</summary>
/// <param name="Already">The same substitution stands already.</param>
public sealed record SubstitutionWorld(Authority Authority, SubstitutionParty? Person, SubstitutionParty? Substitute, DateOnly Today, SeparateDuties Duties, bool Already = false);

/// <summary>Names who takes over somebody's queue and approvals at an authority for a period: one's own substitute, or, by a chef or administrator there, another's.</summary>
/// <param name="Authority">Code.</param>
/// <param name="Person">Who is away; absent means whoever asks.</param>
/// <param name="From">A day of the Swedish calendar; absent means today.</param>
public sealed record NameStandIn(string? Authority, Guid? Person, Guid? Substitute, DateOnly? From, DateOnly? Until, string? Note = null)
{
    public const int MostDays = 366;

    /// <summary>Those whose work can be taken over.</summary>
    public static readonly Role[] Replaceable = [Role.Registrator, Role.Arkivarie, Role.Chef, Role.Moderator];

    /// <summary>Those who can take it over: who only examines or administers does not act for others.</summary>
    public static readonly Role[] MayReplace = [Role.Registrator, Role.Arkivarie, Role.Chef, Role.Moderator, Role.Kommunikator];

    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(SubstitutionWorld world, Caller caller)
    {
        var authority = world.Authority.Id;
        var person = Person ?? caller.PersonId;
        if (caller.IsService) return new Refusal("service-account", "Ett tjänstekonto har ingen ersättare.", StatusCodes.Status403Forbidden);
        if (person != caller.PersonId && !caller.May(authority, Role.Chef, Role.Admin)) return Refusal.NotAllowed("Du utser din egen ersättare. Någon annans utser en chef eller administratör hos myndigheten.");
        if (world.Person is not { Service: false } absent) return Refusal.Unknown("person", "Personen som ska ersättas finns inte.");
        if (absent.Closed) return new Refusal("person-closed", "Personen som ska ersättas är avslutad. Fördela om det personen har i stället.");
        if (!absent.Has(authority, Replaceable)) return new Refusal("nothing-to-replace", "Den som ersätts ska vara registrator, arkivarie, chef eller moderator hos myndigheten.");
        if (Substitute is not { } substitute) return Refusal.Input("substitute-missing", "Ange vem som är ersättare.");
        if (world.Substitute is not { } known) return Refusal.Unknown("substitute", "Ersättaren finns inte. Lägg upp personen under Användare först.");
        if (substitute == person) return Refusal.Input("substitute-self", "Ersättaren ska vara någon annan än den som ersätts.");
        if (substitute == caller.PersonId) return new Refusal("own-substitution", "Ingen gör sig själv till någon annans ersättare. Det gör den som ska ersättas, eller en annan chef eller administratör.", StatusCodes.Status403Forbidden);
        if (known.Service) return Refusal.Input("service-account", "Ett tjänstekonto kan inte vara ersättare.");
        if (known.Closed) return new Refusal("person-closed", "Ersättaren är avslutad i tjänsten.");
        if (!known.Has(authority, MayReplace)) return new Refusal("substitute-without-role", "Ersättaren ska själv arbeta hos myndigheten, som registrator, arkivarie, chef, moderator eller kommunikatör.");
        // What one person may not hold, nobody gets as a substitute either.
        if (absent.Has(authority, Role.Arkivarie) && known.Has(authority, Role.Admin) && world.Duties.Apart)
            return SeparateDuties.Conflict with { Explanation = "En administratör kan inte vara arkivariens ersättare hos samma myndighet: den som styr över behörigheter ska inte också kunna gallra. Välj någon annan." };
        if (Until is not { } until) return Refusal.Input("substitute-period", "Ange till vilken dag ersättaren gäller.");
        var from = From ?? world.Today;
        if (until < from || until < world.Today) return Refusal.Input("substitute-period", "Perioden ska sluta efter att den börjar, tidigast i dag.");
        if (from < world.Today) return Refusal.Input("substitute-period", "Perioden kan inte börja förrän i dag: det som redan är gjort är inte gjort i någon annans ställe.");
        if (until.DayNumber - from.DayNumber >= MostDays) return Refusal.Input("substitute-period", "Perioden är högst ett år. Är någon borta längre fördelas arbetet om.");
        if (Note is { Length: > 500 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 500 tecken.");
        if (world.Already) return Decision.Nothing;
        return new Happened(
            new SubstituteNamed(authority, person, substitute, from, until, world.Authority.Policy.Version), KeyClass.Office, new Parts().With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>Ends a substitution at once: by the one who is replaced, the substitute, or a chef or administrator.</summary>
public sealed record EndSubstitution(string? Reason = null)
{
    public Decision Decide(Substitution substitution, Policy policy, DateOnly today, Caller caller) =>
        !caller.IsService && (caller.PersonId == substitution.Person || caller.PersonId == substitution.Substitute || caller.May(substitution.Authority, Role.Chef, Role.Admin))
            ? substitution.EndedAt is not null || substitution.Until < today ? Decision.Nothing
                : Reason is { Length: > 500 } ? Refusal.Input("note-too-long", "Skälet får vara högst 500 tecken.")
                : new Happened(new SubstitutionEnded(substitution.Authority, policy.Version), KeyClass.Office, new Parts().With("reason", string.IsNullOrWhiteSpace(Reason) ? null : Reason.Trim()))
            : Refusal.NotAllowed("Den som ersätts, ersättaren själv, eller en chef eller administratör hos myndigheten avslutar.");
}

/// <summary>What is decided on: one substitution's own history.</summary>
public sealed record Substitution(Guid Id, Guid Authority, Guid Person, Guid Substitute, DateOnly From, DateOnly Until, DateTimeOffset? EndedAt, long Version)
{
    public const string StreamType = "substitution";

    public static Substitution? Read(Guid id, IReadOnlyList<Recorded> history) => history is [{ Event: SubstituteNamed e }, ..]
        ? new(id, e.Authority, e.Person, e.Substitute, e.From, e.Until, history.FirstOrDefault(h => h.Event is SubstitutionEnded)?.Time, history.Count)
        : null;
}

public enum SubstitutionStanding
{
    Coming,
    InForce,
    Lapsed,
    Ended,
}

public static class SubstitutionWords
{
    public static SubstitutionStanding On(DateOnly day, DateOnly from, DateOnly until, bool ended) =>
        ended ? SubstitutionStanding.Ended : until < day ? SubstitutionStanding.Lapsed : from > day ? SubstitutionStanding.Coming : SubstitutionStanding.InForce;

    public static Mark Mark(SubstitutionListed one) => one.Standing switch
    {
        SubstitutionStanding.InForce => Marks.Done("Gäller"),
        SubstitutionStanding.Coming => Marks.Waiting($"Gäller från {Swedish.Date(one.From)}"),
        SubstitutionStanding.Lapsed => new(Icon.Clock, "Har gått ut", Tone.Gone),
        _ => new(Icon.Stop, "Avslutad", Tone.Gone),
    };

    /// <summary>"i Siv Exempelssons ställe", as it is noted on what a substitute does.</summary>
    public static string InPlaceOf(string name) => $"i {name}{(name.Length > 0 && char.ToLowerInvariant(name[^1]) is 's' or 'x' or 'z' ? "" : "s")} ställe";

    public static string Did(string kind) => kind switch
    {
        "allotment-received" => "tog emot en handling",
        "allotment-declined" => "skickade tillbaka en handling",
        "case" => "handlade i ett ärende",
        "disposal-approved" => "godkände en gallring",
        _ => Delegations.DelegationKinds.InSwedish(kind),
    };

    public static string? Address(string subjectKind, Guid subject) => subjectKind switch
    {
        "record" => $"/handlingar/{subject:D}",
        "case" => $"/arenden/{subject:D}",
        "disposal_run" => $"/gallring/{subject:D}",
        _ => null,
    };
}
