using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>The clock stands still: the asker has been asked what is meant, or to pay. Nobody is asked who they are or why (TF 2:18).</summary>
/// <param name="Reason"><c>clarification</c> or <c>fee</c>.</param>
/// <param name="Since">When the asker was told; now, when nothing is said.</param>
/// <param name="Note">What the asker was asked.</param>
public sealed record PauseClock(string? Reason, string? Note, DateTimeOffset? Since = null)
{
    public static IReadOnlyList<(string Word, PauseReason Reason, string Said)> Reasons { get; } =
        [("clarification", PauseReason.Clarification, "Frågaren ska förtydliga vilka handlingar som avses"), ("fee", PauseReason.Fee, "Frågaren ska betala avgiften i förskott")];

    public Decision Decide(DisclosureState state, Policy policy, DateTimeOffset now)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.AnsweredAt is not null) return new Refusal("already-answered", "Begäran är besvarad: klockan har stannat.");
        if (state.Paused) return new Refusal("clock-paused", "Klockan står redan still.");
        var reason = Reasons.FirstOrDefault(r => r.Word == Reason);
        if (reason.Word is null) return Refusal.Input("pause-reason-unknown", $"Klockan kan stå still för: {string.Join(", ", Reasons.Select(r => r.Word))}. Semester och hög arbetsbelastning är inga skäl (JO 4209-09).");
        if (Note?.Trim() is not { Length: > 0 and <= 4000 } note) return Refusal.Input("note-missing", "Skriv vad frågaren har ombetts göra, högst 4 000 tecken.");
        // Only copies cost (TF 2:15–16), and nobody pays for what is not decided to be given out.
        if (reason.Reason == PauseReason.Fee && (state.Form == WantedForm.Read || !state.Records.Any(i => i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation)))
            return new Refusal("fee-not-due", "En avgift kan bara begäras för kopior som det är bestämt ska lämnas ut. Att läsa på stället är alltid utan avgift (TF 2 kap. 15 §).");
        var since = (Since ?? now).ToUniversalTime();
        if (since > now.AddMinutes(5) || since < state.ReceivedAt || since < state.Pauses.LastOrDefault()?.Until) return Refusal.Input("paused-at", "Tidpunkten ska vara efter att begäran kom in och efter förra gången klockan stod still, och inte i framtiden.");
        return new Happened(new DisclosureClockPaused(reason.Reason, since, policy.Version), KeyClass.Request, new Parts().With("note", note));
    }
}

/// <summary>The asker has answered or paid.</summary>
public sealed record ResumeClock(DateTimeOffset? At = null)
{
    public Decision Decide(DisclosureState state, Policy policy, DateTimeOffset now)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (!state.Paused) return new Refusal("clock-running", "Klockan går redan.");
        var at = (At ?? now).ToUniversalTime();
        return at > now.AddMinutes(5) || at < state.Pauses[^1].Since
            ? Refusal.Input("resumed-at", "Tidpunkten ska vara efter att klockan stannade, och inte i framtiden.")
            : new Happened(new DisclosureClockResumed(at, policy.Version), KeyClass.Request);
    }
}
