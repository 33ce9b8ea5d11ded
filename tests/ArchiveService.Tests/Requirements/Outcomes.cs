using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Blocking;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Consents;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;
using ArchiveService.Tests.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Requirements;

/// <summary>The commands' own decisions, said in the words of the table. Each command is called in one place.</summary>
internal static class Outcomes
{
    public static Func<Policy, string> KeptOrdered(bool assessed) => policy =>
        new KeepOrdered().Decide(A_captured_comment(wall: assessed ? Wall.Open : Wall.Unassessed), policy).Refused is { } refused ? Refused(refused.Code) : "kept ordered";

    public static Func<Policy, string> Exempted(bool assessed) => policy =>
        new ExemptRecord("Bara en tumme upp.", null).Decide(A_captured_comment(wall: assessed ? Wall.Open : Wall.Unassessed), policy).Refused is { } refused ? Refused(refused.Code) : "exempted";

    public static Func<Policy, string> TakenDown(TakeDownAct act, string ground, bool minor = false) => policy =>
    {
        var (state, command) = (minor ? A_captured_comment().With(Minor) : A_captured_comment(), Asked(ground));
        return Said(command, state, act, policy, inForce: true) is var said && said.StartsWith("refused", StringComparison.Ordinal) ? said
            : !command.MustBeRegistered(state, act, policy) ? $"{said}, not registered"
            : policy.CollectiveCase == "none" ? $"{said}, registered in a case of its own" : $"{said}, registered in the ongoing case";
    };

    public static Func<Policy, string> WithoutDecision(TakeDownAct act) => policy => Said(Asked("HATE_SPEECH"), A_captured_comment().With(Minor), act, policy, inForce: false);

    public static Func<Policy, string> NeverCaptured(bool emergency) => policy =>
    {
        var state = A_captured_comment(content: false, sender: false);
        var decision = (Asked("HATE_SPEECH") with { Emergency = emergency }).Decide(state, TakeDownAct.Unpublish, policy, decisionInForce: false);
        return decision.Refused is { } refused ? Refused(refused.Code) : state.With((RecordEvent)decision.Events[0].Event).EmergencyUnconfirmed ? "unpublished, waits for confirmation" : "unpublished";
    };

    /// <summary>May it be the ground of a removal, and from which degree on?</summary>
    public static Func<Policy, string> Ground(string ground) => policy =>
    {
        if (Asked(ground).Decide(A_captured_comment(), TakeDownAct.Unpublish, policy, decisionInForce: false).Refused is { } refused) return Refused(refused.Code);
        return policy.Grounds.Single(g => g.Ground == ground).Threshold switch
        {
            "any" => "yes",
            "gross" => "yes, only gross",
            "unlawful" => "yes, only unlawful",
            "soft" => "yes, within reason",
            "human-choice" => "yes, a choice in each case",
            var other => other,
        };
    };

    public static Func<Policy, string> Reading(string key) => policy => Preset.All[policy.PresetName].Contradiction(key) is { } contradiction
        ? $"{policy[key]}, not {string.Join(" or ", contradiction.Readings.Select(r => r.Value).Where(v => v != policy[key]))}"
        : "says one thing";

    /// <summary>The ground as it is when the authority decides for the other reading.</summary>
    public static Func<Policy, string> OtherReading(string key, string ground) => policy =>
    {
        var other = Preset.All[policy.PresetName].Contradiction(key)?.Readings.Single(r => r.Value != policy[key]);
        var history = new PolicyHistory([new(policy, null, new(2026, 1, 1), Noon, null, null, null)], Noon);
        return Ground(ground)(other is null
            ? policy
            : new(2, policy.PresetName, new PutAuthority(null, null, null, new Dictionary<string, string> { [key] = other.Value }, "KS § 9", null).Decide("KS", "Kommunstyrelsen", history).Versions[0].Values));
    };

    public static Func<Policy, string> DirectMessage(bool own) => policy =>
    {
        var act = new CapturedAct
        {
            Act = ActKind.Message,
            NativeId = "1",
            Kind = ItemKind.Dm,
            Audience = Audience.Direct,
            Author = new("77", "Nils Låtsasson", null, false, null),
            Text = "När öppnar ni?",
            OccurredAt = Noon,
            Raw = Encoding.UTF8.GetBytes("{}"),
        };
        var context = new ActContext(Given.Authority, "facebook", Given.Channel, 1, Given.Channel, own, null, null, null, null, policy.Version, [], new(Given.Channel, KeyClass.Content, Given.Channel, new byte[32]), Noon);
        var captured = (ItemCaptured)CaptureDecision.Decide(RecordState.None, act, context)[0].Event;
        return $"{(captured.Direction == Direction.Received ? "inkommen" : "upprättad")}, {(captured.Wall == Wall.Unassessed ? "waits for an assessment" : "open")}";
    };

    public static Func<Policy, string> DecisionBy(string body, string? frist = "P2Y", IReadOnlyList<string>? types = null) => policy =>
        new RecordDecision("KS", "KS § 1", body, new(2026, 1, 1), null, null, types ?? ["comment"], frist, null, null)
            .Decide(new Authority(Given.Authority, "KS", "Kommunstyrelsen", policy, Given.Authority, "KS")).Refused is { } refused ? Refused(refused.Code) : "recorded";

    /// <summary>The policy's own word, where the word itself is what the row is about.</summary>
    public static Func<Policy, string> Value(string key) => policy => policy[key];

    /// <summary>By the channel's clock; the plan says so many hours, where it is the plan that says.</summary>
    public static Func<Policy, string> AnsweredBy(int hours) => policy =>
    {
        var friday = new DateTimeOffset(2026, 3, 6, 14, 0, 0, TimeSpan.Zero);
        var due = TimeZoneInfo.ConvertTime(ChannelClocks.Of(policy, new(hours, [])).Answer!.Due(friday), TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm"));
        var said = due.TimeOfDay == TimeSpan.Zero ? due.AddDays(-1).ToString("'end of' dddd d MMMM", CultureInfo.InvariantCulture) : due.ToString("dddd d MMMM 'at' HH.mm", CultureInfo.InvariantCulture);
        return policy["sla.reply"] == "plan" ? $"{said}, as the plan says" : said;
    };

    public static Func<Policy, string> WatchedOn(DateOnly day) => policy => ChannelClocks.Of(policy, WatchPlan.None).IsWatchDay(day) ? "yes" : "no";

    public static Func<Policy, string> ClosedUnanswered(bool minor) => policy =>
        new CloseUnanswered("Kräver inget svar.", minor ? Given.Channel : null).Decide(minor ? A_captured_comment().With(Minor) : A_captured_comment(), policy, decisionInForce: minor).Refused is { } refused ? Refused(refused.Code) : "closed";

    public static Func<Policy, string> Blocked(Role by) => policy =>
        BlockSender.Refuse(new(Given.Channel, "Någon", [new(by, Given.Authority)], false, false, []), Given.Authority, policy) is not null ? "refused: a manager decides"
        : new BlockSender(["HATE_SPEECH"], "Återkommande hets.", "Inget mildare räcker.", new(2026, 6, 1), null, [Given.Channel], true, null, null)
            .Decide(AccountState.None with { Authority = Given.Authority }, policy, new(2026, 3, 2), Given.Channel).Refused is { } refused ? Refused(refused.Code) : "blocked";

    public static Func<Policy, string> Consent(string age, bool written) => policy =>
        new GiveConsent("Alva", age, null, written, [Given.Channel], "Bilder från skolan", new(2026, 3, 1), null, null).Decide(policy, known: true, new(2026, 3, 1)).Refused is { } refused ? Refused(refused.Code) : "given";

    public static string Approvers(Policy policy) => string.Join(", ", ChannelApprovers.Of(policy).Select(a => $"{string.Join(" or ", a.Functions)}{(a.Decides ? "" : $" ({a.Manner})")}"));

    public static string OneAdministrator(Policy policy) =>
        ChannelDemands.Of(ChannelLife.None with { Administrators = [new(Given.Channel, NameAdministrator.Administrator)] }, policy).Single(d => d.Code == "administrators").Met ? "yes" : "no";

    /// <summary>Of a channel of which nothing is said yet.</summary>
    public static Func<Policy, string> HeldUp(string code) => policy =>
        ChannelDemands.Of(ChannelLife.None, policy).SingleOrDefault(d => d.Code == code) is not { } demand ? "no" : demand.Blocks ? "yes" : "no, but asked";

    public static Func<Policy, string> Demanded(bool texts) => policy => string.Join(", ", ChannelDemands.Of(ChannelLife.None, policy)
        .Where(d => d.Required && !d.Code.StartsWith("approval.", StringComparison.Ordinal) && texts == d.Code.StartsWith("infoText.", StringComparison.Ordinal))
        .Select(d => d.Code.Replace("infoText.", "", StringComparison.Ordinal)));

    public static string Marked(Policy policy) => string.Join(", ", Preset.All[policy.PresetName].References.Select(r => r.Kind).Distinct().Select(kind => kind switch
    {
        ReferenceKind.WrongNumber => "wrong number",
        ReferenceKind.AgainstLaw => "against law",
        ReferenceKind.NotDecidingBody => "no deciding body",
        ReferenceKind.Link => "dead link",
        _ => kind.ToString().ToLowerInvariant(),
    }));

    public static string Number(Policy policy) => DiaryNumber.Format(policy.DiaryTemplate, "KS", 15, 2026, policy.DefaultClass);

    private static TakeDown Asked(string ground) => new([ground], "Strider mot reglerna för kanalen.", null, true, false, null);

    private static string Said(TakeDown command, RecordState state, TakeDownAct act, Policy policy, bool inForce) =>
        command.Decide(state, act, policy, inForce).Refused is { } refused ? Refused(refused.Code)
        : act switch { TakeDownAct.Hide => "hidden", TakeDownAct.Unpublish => "unpublished", _ => "deleted" };

    private static string Refused(string code) => code switch
    {
        "policy-registers-all" => "refused: everything is registered",
        "policy-keeps-minor-ordered" => "refused: the minor is kept ordered too",
        "secrecy-possible" => "refused: may be secret",
        "wrong-deciding-body" => "refused: kommunstyrelsen decides",
        "decision-without-frist" => "refused: no frist",
        "decision-without-scope" => "refused: no scope",
        "ground-not-in-policy" => "no such ground",
        "disposal-decision-missing" => "refused: no gallringsbeslut in force",
        "not-assessed-minor" => "refused: not assessed as minor",
        "secret-is-never-deleted" => "refused: secret is never deleted",
        "guardian-missing" => "refused: a guardian consents",
        "written-consent-missing" => "refused: has to be written",
        "capture-missing" => "refused: not captured",
        _ => $"refused: {code}",
    };
}
