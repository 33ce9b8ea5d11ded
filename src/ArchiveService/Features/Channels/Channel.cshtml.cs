using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Channels;

/// <summary>/kanaler/{id}: where the channel stands, what it still needs, who decides next, and what has happened.</summary>
public sealed class ChannelModel(ChannelView view, ChannelStreams channels, CloseChannelHandler close) : ChannelPage(view, channels)
{
    [BindProperty]
    public ApprovalForm Approval { get; set; } = new();

    [BindProperty]
    public PauseForm Pause { get; set; } = new();

    [BindProperty]
    public AbsenceForm Absence { get; set; } = new();

    [BindProperty]
    public ReviewForm Review { get; set; } = new();

    [BindProperty]
    public ClosingForm Closing { get; set; } = new();

    public bool MayRun => !IsClosed && May(Role.Moderator, Role.Kommunikator, Role.Chef);

    public bool MayReview => !IsClosed && May(Role.Kommunikator, Role.Chef);

    public bool MayClose => !IsClosed && May(Role.Kommunikator, Role.Admin);

    /// <summary>The functions that this reader can speak for, of those not yet heard.</summary>
    public IReadOnlyList<Choice> Functions =>
    [
        .. ChannelApprovers.Of(Authority.Policy).Where(a => !Life.IsGiven(a))
            .SelectMany(a => a.Functions.Where(f => ChannelApprovers.May(HttpContext.Caller(), Life.Authority, f, a.Manner))
                .Select(f => new Choice(f, $"{Swedish.Sentence(ChannelApprovers.FunctionInSwedish(f))}: {ChannelApprovers.MannerInSwedish(a.Manner)}"))),
    ];

    public IReadOnlyList<Choice> Hows { get; } = [new(PauseChannel.CommentsClosed, "Stängd för kommentarer"), new(PauseChannel.Hidden, "Dold för läsning")];

    public IReadOnlyList<Choice> Measures => [.. ReportAbsence.Measures.Select(m => new Choice(m.Key, Swedish.Sentence(m.Value), m.Key == ReportAbsence.Advice(Life, Authority.Policy) ? $"Policyns råd ({Requirement("channel.onAbsence")})." : null))];

    public StateStrip Strip => new(
    [
        new("Läge", ChannelWords.Of(Channel.State, Channel.Paused)),
        new("Godkännanden", null, $"{Channel.Approvals.Count(a => a.GivenIn is not null)} av {Channel.Approvals.Count}"),
        new("Innan den är aktiv", Channel.Complete ? Marks.Done("Allt finns") : Marks.Attention($"{Channel.Demands.Count(d => d.Blocks)} saknas")),
        new("Utvärderas", Channel.ReviewOverdue ? Marks.Attention("Försenad") : null, Channel.ReviewDue is null ? "Ingen dag satt" : null, Channel.ReviewDue is { } due ? $"senast {Swedish.Date(due)}" : null),
    ], "Kanalens tillstånd");

    public FactList Facts => new(
    [
        new("Myndighet", Channel.Authority, Href: $"/myndigheter/{Uri.EscapeDataString(Channel.AuthorityCode)}", Note: $"policyversion {Channel.PolicyVersion}"),
        new("Ändamål", Channel.Purpose ?? "–"), new("Målgrupp", Channel.TargetGroup ?? "–"),
        .. Channel.Url is { } url ? [new Fact("Adress", url, Href: RegisterChannel.IsAddress(url) ? url : null)] : Array.Empty<Fact>(),
        .. Channel.Administrators.Select(a => new Fact(Swedish.Sentence(NameAdministrator.Functions[a.Function]), a.Name ?? "Namnet är gallrat")),
        .. Channel.EndsOn is { } ends ? [new Fact("Slutdatum", Swedish.Date(ends), FactLook.Number)] : Array.Empty<Fact>(),
    ]);

    public Timeline History => new([.. Channel.History.Select(h => new TimelineItem(h.At, ChannelWords.Drawing(h.Event), h.Words, h.By)
    {
        Facts = h.PolicyVersion is { } version ? [$"Policyversion {version}"] : [], Reason = h.Said, IsGap = h.Event == "channel_access_lost",
    })]);

    public async Task<IActionResult> OnPostApprove(CancellationToken ct) => await After(
        await Decide(new ApproveChannel(Approval.Function, Approval.Note).Decide, ct), "Antecknat", "beslut",
        code => code switch { "approval-not-asked" => "Approval.Function", "note-too-long" => "Approval.Note", _ => null }, ct);

    public async Task<IActionResult> OnPostActivate(CancellationToken ct) => await After(await Decide(ActivateChannel.Decide, ct), "Kanalen är aktiv", "aktivera", null, ct);

    public async Task<IActionResult> OnPostPause(CancellationToken ct) => await After(
        await Decide(new PauseChannel(Pause.How, Pause.Reason, Pause.Notice).Decide, ct), "Kanalen är pausad i förteckningen", "paus",
        code => code switch { "pause-how" => "Pause.How", "reason-missing" => "Pause.Reason", "notice-too-long" => "Pause.Notice", _ => null }, ct);

    public async Task<IActionResult> OnPostResume(CancellationToken ct) => await After(await Decide(new ResumeChannel().Decide, ct), "Kanalen är öppen igen i förteckningen", "paus", null, ct);

    public async Task<IActionResult> OnPostAbsence(CancellationToken ct) => await After(
        await Decide(new ReportAbsence(Absence.Since, Absence.Until, Absence.Reason, Absence.Measure).Decide, ct), "Frånvaron är antecknad", "paus",
        code => code switch { "absence-days" => "Absence.Since", "reason-missing" => "Absence.Reason", "absence-measure" or "substitute-missing" => "Absence.Measure", _ => null }, ct);

    public async Task<IActionResult> OnPostReview(CancellationToken ct) => await After(
        await Decide(new ReviewChannel(Review.Evaluation, Review.NextBy).Decide, ct), "Utvärderingen är sparad", "utvardering",
        code => code switch { "evaluation-missing" => "Review.Evaluation", "evaluation-day" => "Review.NextBy", _ => null }, ct);

    public async Task<IActionResult> OnPostClose(CancellationToken ct) => await After(
        await close.Close(Id, new(Closing.Reason), HttpContext.Caller(), ct), "Kanalen är avslutad", "handelser", code => code == "reason-missing" ? "Closing.Reason" : null, ct);
}

public sealed class ApprovalForm
{
    public string? Function { get; set; }

    public string? Note { get; set; }
}

public sealed class PauseForm
{
    public string? How { get; set; }

    public string? Reason { get; set; }

    public string? Notice { get; set; }
}

public sealed class AbsenceForm
{
    public DateOnly? Since { get; set; }

    public DateOnly? Until { get; set; }

    public string? Reason { get; set; }

    public string? Measure { get; set; }
}

public sealed class ReviewForm
{
    public string? Evaluation { get; set; }

    public DateOnly? NextBy { get; set; }
}

public sealed class ClosingForm
{
    public string? Reason { get; set; }
}
