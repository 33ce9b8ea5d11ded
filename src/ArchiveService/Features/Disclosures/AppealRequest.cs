using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>An appeal against the authority's decision came in (OSL 6:7). Whether it is in time is counted; one that is late is dismissed by the authority (FL 45 §).</summary>
public sealed record AppealRequest(DateOnly? ReceivedOn)
{
    public Decision Decide(DisclosureState state, Policy policy, DateOnly today)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Decision is null) return new Refusal("no-decision", "Det finns inget beslut att överklaga. Bara myndighetens skriftliga beslut går att överklaga (OSL 6 kap. 3 och 7 §§).");
        if (state.AppealedOn is not null) return new Refusal("already-appealed", "Beslutet är redan överklagat.");
        return ReceivedOn is { } day && day <= today
            ? new Happened(new DisclosureAppealed(day, state.AppealBy is not { } last || day <= last, policy.Version), KeyClass.Request)
            : Refusal.Input("received-on", "Ange dagen då överklagandet kom in; den kan inte ligga i framtiden.");
    }
}

/// <summary>The court, or the authority that dismissed it, has said the last.</summary>
/// <param name="Outcome"><c>dismissed</c>, <c>upheld</c> or <c>changed</c>.</param>
public sealed record SettleAppeal(string? Outcome, DateOnly? SettledOn, string? Note)
{
    public static IReadOnlyList<(string Word, AppealOutcome Outcome, string Said)> Outcomes { get; } =
        [("dismissed", AppealOutcome.Dismissed, "Avvisat"), ("upheld", AppealOutcome.Upheld, "Beslutet står fast"), ("changed", AppealOutcome.Changed, "Ändrat eller återförvisat: handlingarna prövas på nytt")];

    public Decision Decide(DisclosureState state, Policy policy, DateOnly today)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.AppealedOn is not { } appealed) return new Refusal("not-appealed", "Det finns inget överklagande som väntar.");
        var outcome = Outcomes.FirstOrDefault(o => o.Word == Outcome);
        if (outcome.Word is null) return Refusal.Input("appeal-outcome-unknown", $"Utgången kan vara: {string.Join(", ", Outcomes.Select(o => o.Word))}.");
        if (SettledOn is not { } day || day < appealed || day > today) return Refusal.Input("settled-on", "Ange dagen för avgörandet: efter överklagandet, och inte i framtiden.");
        return Note?.Trim() is { Length: > 0 and <= 4000 } note
            ? new Happened(new DisclosureAppealSettled(outcome.Outcome, day, policy.Version), KeyClass.Request, new Parts().With("note", note))
            : Refusal.Input("note-missing", "Skriv vad som avgjordes och av vem, till exempel domstolens målnummer.");
    }
}

/// <summary>Puts the request in the diary. What is simple need not be registered if it is kept in order; what is refused becomes a case (OSL 5:1).</summary>
/// <param name="NewCase">Opens a case for it; without a title it gets a neutral one.</param>
public sealed record RegisterRequest(Guid? Case, string? DiaryNumber = null, Records.NewCase? NewCase = null)
{
    /// <summary>Pure. Nothing of what was asked for: that may itself be secret.</summary>
    public static string TitleOf(DisclosureState state) => $"Begäran om allmän handling ({state.Reference})";

    /// <summary>Pure. Why the request cannot be registered, whatever the case.</summary>
    public static Refusal? Refuse(DisclosureState state) =>
        Requests.Refuse(state) ?? (state.Case is not null ? new Refusal("already-registered", "Begäran är redan registrerad i ett ärende.") : null);

    public const string Always = "all", Written = "written", Refused = "refused";

    /// <summary>Pure. <paramref name="found"/>: the case, when the authority has it.</summary>
    public static Decision Decide(DisclosureState state, Guid? found, Policy policy)
    {
        if (Refuse(state) is { } no) return no;
        return found is { } one ? new Happened(new DisclosureRegistered(one, policy.Version), KeyClass.Request) : Refusal.Unknown("case", "Ärendet finns inte hos myndigheten.");
    }

    /// <summary>Whether the policy wants it in the diary before it is closed, and it is not there.</summary>
    public static bool Missing(DisclosureState state, Policy policy) => state.Case is null && policy["disclosure.register"] switch
    {
        Always => true,
        Written => state.Channel is not (RequestChannel.Phone or RequestChannel.Visit),
        _ => state.Decision is not null,
    };

    public static readonly Refusal NotRegistered = new("not-registered", "Begäran ska registreras innan den avslutas (OSL 5 kap. 1 § och myndighetens policy). Ange ärendet den hör till, eller öppna ett nytt.");
}
