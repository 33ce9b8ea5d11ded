using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>The first step of a no (OSL 6:3): the official says it, and tells that the authority can be asked to decide.</summary>
public sealed record DeclineItems(string? Reason, bool ToldOfDecision)
{
    public Decision Decide(DisclosureState state, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        var items = Withheld(state).Where(i => !i.Declined).ToList();
        if (items.Count == 0) return new Refusal("nothing-withheld", "Det finns ingen prövad handling som inte ska lämnas ut, eller som lämnas ut maskad eller med förbehåll.");
        if (Reason?.Trim() is not { Length: > 0 and <= 10_000 } reason) return Refusal.Input("reason-missing", "Skriv vad frågaren har fått veta: vilken bestämmelse som hindrar, och varför (TF 2 kap. 20 §).");
        return ToldOfDecision
            ? new Happened(new DisclosureDeclined([.. items.Select(i => i.Target)], Provisions(items), policy.Version), KeyClass.Request, new Parts().With("reason", reason))
            : new Refusal("right-not-told", "Frågaren ska få veta att det går att begära myndighetens eget beslut, och att bara ett sådant kan överklagas (OSL 6 kap. 3 §).");
    }

    /// <summary>What the asker does not get as it is.</summary>
    public static IEnumerable<FoundItem> Withheld(DisclosureState state) => state.Records.Where(i => i.Outcome is ItemOutcome.Refuse or ItemOutcome.Mask or ItemOutcome.Reservation);

    internal static IReadOnlyList<string> Provisions(IEnumerable<FoundItem> items) => [.. items.SelectMany(i => i.Provisions).Distinct().Order(StringComparer.Ordinal)];
}

/// <summary>The asker wants the authority's own decision, at once or after the official's no.</summary>
public sealed record DemandDecision(DateTimeOffset? DemandedAt = null)
{
    public Decision Decide(DisclosureState state, Policy policy, DateTimeOffset now)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.DecisionDemandedAt is not null) return new Refusal("decision-demanded", "Ett beslut är redan begärt.");
        if (DemandedAt > now.AddMinutes(5) || DemandedAt < state.ReceivedAt) return Refusal.Input("demanded-at", "Tidpunkten ska vara efter att begäran kom in, och inte i framtiden.");
        return new Happened(new DisclosureDecisionDemanded((DemandedAt ?? now).ToUniversalTime(), policy.Version), KeyClass.Request);
    }
}

/// <summary>The second step: the authority's written decision, with reasons and how to appeal (OSL 6:7, FL 32–33 §§).</summary>
/// <param name="Title">The title of who decides, as it is to stand in the decision.</param>
public sealed record RefuseItems(string? Motivation, string? Title = null)
{
    public const string TitlePart = "title";

    public Decision Decide(DisclosureState state, Delegated delegated, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        var items = DeclineItems.Withheld(state).Where(i => !i.Refused).ToList();
        if (items.Count == 0) return new Refusal("nothing-withheld", "Det finns ingen prövad handling att besluta om: pröva dem i steg först.");
        if (state.DecisionDemandedAt is null) return new Refusal("decision-not-demanded", "Ett beslut fattas när frågaren begär det. Ge först besked om att det går att begära (OSL 6 kap. 3 §).");
        if (Motivation?.Trim() is not { Length: >= 40 and <= 20_000 } motivation) return Refusal.Input("motivation-missing", "Motivera beslutet med minst 40 tecken: bestämmelsen, vem den skyddar och varför det skadar (FL 32 §).");
        if (Title is { Length: > 200 }) return Refusal.Input("title-too-long", "Titeln får vara högst 200 tecken.");
        if (delegated.Refused is { } notDelegated) return notDelegated;
        return new Happened(
            new DisclosureRefused([.. items.Select(i => i.Target)], DeclineItems.Provisions(items), delegated.Number, policy.Version), KeyClass.Request, new Parts().With("motivation", motivation).With(TitlePart, string.IsNullOrWhiteSpace(Title) ? null : Title.Trim()));
    }
}

/// <summary>The day the asker had the decision: the three weeks run from there (FL 44 §).</summary>
public sealed record ServeDecision(DateOnly? ServedOn)
{
    public Decision Decide(DisclosureState state, Policy policy, DateOnly today)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Decision is null) return new Refusal("no-decision", "Det finns inget beslut att delge.");
        if (state.AppealBy is not null) return new Refusal("decision-served", "Delgivningen är redan antecknad.");
        return ServedOn is { } day && day <= today
            ? new Happened(new DisclosureDecisionServed(day, AppealBy(day), policy.Version), KeyClass.Request)
            : Refusal.Input("served-on", "Ange dagen då frågaren fick beslutet; den kan inte ligga i framtiden.");
    }

    /// <summary>Three weeks on, or the next weekday (lag 1930:173).</summary>
    public static DateOnly AppealBy(DateOnly served)
    {
        var day = served.AddDays(21);
        while (!SwedishCalendar.IsWeekday(day)) day = day.AddDays(1);
        return day;
    }
}

/// <summary>The asker takes the request back; what was found is let go.</summary>
public sealed record WithdrawRequest(string? Note)
{
    public Decision Decide(DisclosureState state, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        // What lies at a court is the court's to end.
        if (state.AppealedOn is not null) return new Refusal("appeal-waits", "Beslutet är överklagat. Anteckna först att överklagandet är avgjort eller återkallat.");
        if (Note?.Trim() is not { Length: > 0 and <= 4000 } note) return Refusal.Input("note-missing", "Skriv hur frågaren tog tillbaka begäran.");
        var withdrawn = new Happened(new DisclosureWithdrawn(policy.Version), KeyClass.Request, new Parts().With("note", note));
        return RegisterRequest.Missing(state, policy) ? withdrawn : new Decision([withdrawn, new(new DisclosureClosed(policy.Version), KeyClass.Request)]);
    }
}

public static class CloseRequest
{
    public static Decision Decide(DisclosureState state, Policy policy, DateOnly today)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Answer is null) return new Refusal("not-answered", "Begäran är inte besvarad.");
        if (state.Answer is RequestAnswer.Withdrawn or RequestAnswer.NothingFound) return RegisterRequest.Missing(state, policy) ? RegisterRequest.NotRegistered : new Happened(new DisclosureClosed(policy.Version), KeyClass.Request);
        if (state.Records.FirstOrDefault(i => !i.Delivered && !i.Declined && !i.Refused) is not null) return new Refusal("items-left", "Det finns handlingar som varken är utlämnade eller nekade.");
        // A masked copy is a no in part: the asker has a right to know that it can be decided on (OSL 6:3).
        if (DeclineItems.Withheld(state).Any(i => !i.Declined && !i.Refused)) return new Refusal("right-not-told", "Något lämnades ut maskat eller med förbehåll. Ge besked om att det går att begära ett beslut (OSL 6 kap. 3 §).");
        if (state.DecisionDemandedAt is not null && state.Decision is null) return new Refusal("decision-waits", "Frågaren har begärt ett beslut som inte är fattat.");
        if (state.Decision is not null && state.AppealBy is null) return new Refusal("decision-not-served", "Anteckna först vilken dag frågaren fick beslutet.");
        if (state.AppealedOn is not null) return new Refusal("appeal-waits", "Beslutet är överklagat. Handlingarna hålls kvar tills överklagandet är avgjort.");
        // The asker may have the authority decide after the official's no (OSL 6:3). The law sets no end to that: what was withheld is held for as long as an appeal would have.
        if (state is { DeclinedAt: { } declined, Decision: null } && Swedish.Day(declined).AddDays(policy.Days("disclosure.declinedDays")) is var until && until >= today && DeclineItems.Withheld(state).Any())
        {
            return new Refusal("demand-time-runs", $"Frågaren kan begära myndighetens beslut. Handlingarna hålls kvar till och med {Swedish.Date(until)}.", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["heldUntil"] = until });
        }

        if (state.AppealBy >= today)
        {
            return new Refusal("appeal-time-runs", $"Beslutet kan överklagas till och med {Swedish.Date(state.AppealBy.Value)}. Handlingarna hålls kvar till dess.", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["appealBy"] = state.AppealBy });
        }

        return RegisterRequest.Missing(state, policy) ? RegisterRequest.NotRegistered : new Happened(new DisclosureClosed(policy.Version), KeyClass.Request);
    }
}
