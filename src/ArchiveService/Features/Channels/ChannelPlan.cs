using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

/// <summary>Writes the channel's plan: T-21's activity plan, and what other guidelines want planned (R-02, R-03, R-17, H-04, T-06). A plan rewritten has to be signed anew.</summary>
public sealed record WriteChannelPlan(
    string? Unit = null, string? TargetGroup = null, string? Goals = null, string? Contact = null, string? Watch = null, int? HoursPerWeek = null,
    string? Scope = null, DateOnly? EndsOn = null, string? ArchivingPlan = null, string? SensitiveData = null, DateOnly? EvaluateBy = null, string? Url = null)
{
    private const int Longest = 4000;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/channels/{id:guid}/plan", async (Guid id, WriteChannelPlan command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("write-channel-plan");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (world.MustPrepare(life) is { } no) return no;
        if (Texts.FirstOrDefault(t => t.Value is { Length: > Longest }) is { Key: { } tooLong }) return Refusal.Input("plan-input", $"Ett fält i planen är för långt ({tooLong}): högst {Longest} tecken.");
        if (HoursPerWeek is < 0 or > 168) return Refusal.Input("plan-input", "Arbetstiden är 0–168 timmar i veckan.");
        if (!string.IsNullOrWhiteSpace(Url) && !RegisterChannel.IsAddress(Url)) return Refusal.Input("plan-input", "Adressen ska börja med https:// eller http://.");
        if (EndsOn is { } ends && ends < world.Today) return Refusal.Input("plan-day-past", "Slutdatumet har redan varit.");
        if (EvaluateBy is { } evaluate && evaluate < world.Today) return Refusal.Input("plan-day-past", "Dagen för utvärdering har redan varit.");

        var parts = new Parts();
        foreach (var (name, text) in Texts) parts.With(name, text?.Trim() is { Length: > 0 } said ? said : null);
        string[] fields = [.. parts.All.Select(p => p.Key), .. HoursPerWeek is null ? Array.Empty<string>() : ["hoursPerWeek"]];
        if (fields.Length == 0 && EndsOn is null && EvaluateBy is null) return Refusal.Input("plan-input", "Planen är tom. Fyll i minst ett fält.");
        return new Happened(new ChannelPlanWritten((life.Plan?.Number ?? 0) + 1, fields, EvaluateBy, EndsOn, HoursPerWeek, world.Policy.Version), KeyClass.Channel, parts);
    }

    private IEnumerable<KeyValuePair<string, string?>> Texts =>
    [
        new("unit", Unit), new("url", Url), new("targetGroup", TargetGroup), new("goals", Goals), new("contact", Contact), new("watch", Watch),
        new("scope", Scope), new("archivingPlan", ArchivingPlan), new("sensitiveData", SensitiveData),
    ];
}

/// <summary>Signs the plan as it stands: as one of its administrators, or as the manager who approves the activity (T-21).</summary>
/// <param name="As">administrator or manager.</param>
public sealed record SignChannelPlan(string? As)
{
    public const string AsAdministrator = "administrator";
    public const string AsManager = "manager";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/plan/signatures", async (Guid id, SignChannelPlan command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("sign-channel-plan");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (As is not (AsAdministrator or AsManager)) return Refusal.Input("signature-input", "Skriv under som administrator eller manager.");
        var me = world.Caller.PersonId;
        if (As == AsManager && !world.Caller.May(life.Authority, Role.Chef)) return Refusal.NotAllowed("Bara en chef godkänner aktiviteten (T-21).");
        if (As == AsAdministrator && !life.PersonsAs(NameAdministrator.Administrator).Contains(me)) return Refusal.NotAllowed("Bara den som är namngiven som administratör skriver under uppdraget (T-21).");
        if (life.Open is { } closed) return closed;
        if (life.Plan is not { } plan) return new Refusal("plan-missing", "Det finns ingen plan att skriva under.");
        return life.HasSigned(me, As) ? Decision.Nothing : new Happened(new ChannelPlanSigned(plan.Number, As, world.Policy.Version));
    }
}
