using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

/// <summary>Takes the channel into use. Refused until everything that the policy asks for is there; the answer says what is missing and why it is asked (I9).</summary>
public sealed record ActivateChannel
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/activate", async (Guid id, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, Decide, ct: ct)).Answer())
        .WithName("activate-channel");

    public static Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (world.MustPrepare(life) is { } no) return no;
        if (life.ActivatedAt is not null) return Decision.Nothing;
        var demands = ChannelDemands.Of(life, world.Policy);
        var missing = demands.Where(d => d.Blocks).ToList();
        if (missing.Count > 0)
        {
            return new Refusal(
                "activation-incomplete", $"{Swedish.Sentence(Swedish.InWords(missing.Count))} sak{(missing.Count == 1 ? "" : "er")} saknas innan kanalen kan bli aktiv: {string.Join("; ", missing.Select(d => $"{d.Text} ({d.Requirement})"))}.",
                More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["missing"] = missing.Select(d => new { d.Code, d.Requirement, d.Text, what = d.Missing }).ToList() });
        }

        return new Happened(new ChannelActivated([.. demands.Where(d => d.Required).Select(d => d.Code)], world.Policy.Version));
    }
}

/// <summary>Closes the channel for comments, or hides it from reading, for a time (R-08). Capturing goes on.</summary>
/// <param name="How">comments-closed or hidden.</param>
/// <param name="Reason">For the file.</param>
/// <param name="Notice">What the public register says of it.</param>
public sealed record PauseChannel(string? How, string? Reason, string? Notice = null)
{
    public const string CommentsClosed = "comments-closed";
    public const string Hidden = "hidden";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/pause", async (Guid id, PauseChannel command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("pause-channel");

    public static string InSwedish(string how) => how == Hidden ? "dold för läsning" : "stängd för kommentarer";

    public static Refusal? MayRun(ChannelLife life, ChannelWorld world) =>
        !world.Caller.May(life.Authority, Role.Moderator, Role.Kommunikator, Role.Chef) ? Refusal.NotAllowed("Bara moderator, kommunikatör eller chef pausar och öppnar en kanal (R-08).") : life.Open;

    /// <summary>A channel that was never activated may be paused too: it can be in use since before, and to close it is the careful act.</summary>
    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (MayRun(life, world) is { } no) return no;
        if (How is not (CommentsClosed or Hidden)) return Refusal.Input("pause-how", "Ange om kanalen är stängd för kommentarer (comments-closed) eller dold för läsning (hidden) (R-08).");
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför kanalen pausas, högst 2000 tecken (R-08).");
        if (Notice is { Length: > 500 }) return Refusal.Input("notice-too-long", "Beskedet till allmänheten får vara högst 500 tecken.");
        return life.Paused == How ? Decision.Nothing : Paused(How, Reason, Notice, world);
    }

    public static Happened Paused(string how, string reason, string? notice, ChannelWorld world) =>
        new(new ChannelPaused(how, world.Policy.Version), KeyClass.Channel, new Parts().With("reason", reason.Trim()).With("notice", notice?.Trim() is { Length: > 0 } said ? said : null));
}

/// <summary>Opens a paused channel again.</summary>
public sealed record ResumeChannel(string? Reason = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/resume", async (Guid id, ResumeChannel command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("resume-channel");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (PauseChannel.MayRun(life, world) is { } no) return no;
        if (Reason is { Length: > 2000 }) return Refusal.Input("reason-missing", "Skälet får vara högst 2000 tecken.");
        return life.Paused is null ? Decision.Nothing
            : new Happened(new ChannelResumed(world.Policy.Version), KeyClass.Channel, new Parts().With("reason", Reason?.Trim() is { Length: > 0 } reason ? reason : null));
    }
}

/// <summary>Evaluates the channel: is it used, does it serve its purpose, is it watched (T-06: measure and evaluate).</summary>
public sealed record ReviewChannel(string? Evaluation, DateOnly? NextBy = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/reviews", async (Guid id, ReviewChannel command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("review-channel");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (!world.Caller.May(life.Authority, Role.Kommunikator, Role.Chef)) return Refusal.NotAllowed("Bara kommunikatör eller chef utvärderar en kanal (T-06).");
        if (life.Open is { } closed) return closed;
        if (string.IsNullOrWhiteSpace(Evaluation) || Evaluation.Length > 8000) return Refusal.Input("evaluation-missing", "Skriv vad utvärderingen kom fram till, högst 8000 tecken (T-06).");
        if (NextBy is { } next && next <= world.Today) return Refusal.Input("evaluation-day", "Nästa utvärdering ska vara efter i dag.");
        var by = NextBy ?? world.Today.AddDays(world.Policy.ReviewDays is > 0 and var days ? days : 365);
        return new Happened(new ChannelReviewed(by, world.Policy.Version), KeyClass.Channel, new Parts().With("evaluation", Evaluation.Trim()));
    }
}

/// <summary>Tells that nobody can watch the channel for a time. What is done about it is the policy's to advise and a person's to choose (C18, R-08).</summary>
/// <param name="Measure">covered, comments-closed, hidden or kept-open; absent means what the policy advises.</param>
public sealed record ReportAbsence(DateOnly? Since, DateOnly? Until, string? Reason, string? Measure = null)
{
    public const string Covered = "covered";
    public const string KeptOpen = "kept-open";

    public static IReadOnlyDictionary<string, string> Measures { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Covered] = "ersättaren tar över",
        [PauseChannel.CommentsClosed] = "kanalen stängs för kommentarer",
        [PauseChannel.Hidden] = "kanalen döljs för läsning",
        [KeptOpen] = "kanalen står öppen ändå",
    };

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/absences", async (Guid id, ReportAbsence command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("report-channel-absence");

    /// <summary>A substitute covers where there is one and the policy does not say close; else the channel is to be closed for comments (R-08).</summary>
    public static string Advice(ChannelLife life, Authorities.Policy policy) =>
        policy["channel.onAbsence"] == "close" || !life.PersonsAs(NameAdministrator.Substitute).Any() ? PauseChannel.CommentsClosed : Covered;

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (PauseChannel.MayRun(life, world) is { } no) return no;
        if (Since is not { } since || Until is not { } until || until < since || until < world.Today) return Refusal.Input("absence-days", "Ange första och sista dagen utan bevakning. Den sista kan inte ha varit.");
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför kanalen inte bevakas, högst 2000 tecken.");
        var measure = Measure is { Length: > 0 } ? Measure : Advice(life, world.Policy);
        if (!Measures.ContainsKey(measure)) return Refusal.Input("absence-measure", $"Åtgärden ska vara en av {string.Join(", ", Measures.Keys)}.");
        if (measure == Covered && !life.PersonsAs(NameAdministrator.Substitute).Any()) return new Refusal("substitute-missing", "Ingen ersättare är namngiven. Namnge en, eller stäng kanalen för kommentarer (R-08).");

        var reported = new Happened(new ChannelAbsenceReported(since, until, measure, world.Policy.Version), KeyClass.Channel, new Parts().With("reason", Reason.Trim()));
        // What is still to come is not closed today; the page says when it is to be.
        return measure is PauseChannel.CommentsClosed or PauseChannel.Hidden && since <= world.Today && life.Paused != measure
            ? new Decision([reported, PauseChannel.Paused(measure, Reason, $"Kanalen bevakas inte till och med {Swedish.LongDate(until)}.", world)])
            : reported;
    }
}
