using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Channels;

/// <summary>Something a channel needs before it is active, with the requirement it comes from.</summary>
/// <param name="Code">Stable: a member of the problem <c>activation-incomplete</c>.</param>
/// <param name="Text">What is needed, in Swedish.</param>
/// <param name="Required">False: the guideline says that it ought to be there.</param>
/// <param name="Missing">What is still to be done; null when nothing is.</param>
/// <param name="Where">Where it is filled in, below the page of the channel.</param>
public sealed record ChannelDemand(string Code, string Requirement, string Text, bool Required, string? Missing, string Where)
{
    public bool Met => Missing is null;

    public bool Blocks => Required && !Met;
}

/// <summary>What a policy asks for before a channel is active (I9): a table per preset. Only BBS-lagen 3 § is common to all.</summary>
public static class ChannelDemands
{
    /// <summary>What is answered with a tick, and the question.</summary>
    public static IReadOnlyDictionary<string, string> Checks { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ownAccount"] = "Kontot är myndighetens, inte någons privata",
        ["resources"] = "Tid och resurser är avsatta",
        ["logo"] = "Logotypen är synlig och den grafiska profilen följs",
        ["equality"] = "Kontot är jämställdhetssäkrat: bilder, språk och urval är prövade",
        ["officialMailbox"] = "Kontot administreras från en e-postadress som inte är personlig",
        ["startChecklist"] = "Checklistan för startande av digital kanal är ifylld och lämnad till närmaste chef och kommunikationschefen",
        ["routines"] = "Det är bestämt vem som får uttala sig och om vad",
        ["records"] = "Rutinerna för allmänna handlingar, diarieföring och arkivering är kända, och gallringsbeslutet är aktuellt",
        ["individualMatters"] = "Den som skriver om ett enskilt ärende hänvisas till handläggaren",
    };

    /// <summary>What the law asks that every channel tells (BBS-lagen 3 §).</summary>
    public static IReadOnlyDictionary<string, string> ByLaw { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["provider"] = "Vem som står bakom kanalen och hur man når dem",
        ["visibility"] = "Hur långt inlägg blir tillgängliga för andra",
    };

    public const string Law = "BBS-lagen 3 §";

    /// <summary>The fields that the activity plan of T-21 has, with their words; medium and address stand with the channel.</summary>
    private static readonly (string Field, string InSwedish)[] ActivityPlan =
        [("unit", "förvaltning och enhet"), ("url", "webbadress"), ("targetGroup", "målgrupp"), ("watch", "hur ofta och när kanalen bevakas och uppdateras"), ("hoursPerWeek", "beräknad arbetstid i veckan")];

    public static string TextTitle(string kind) => ByLaw.TryGetValue(kind, out var law) ? law : PolicyKeys.InfoTexts[kind];

    public static bool IsTextKind(string? kind) => kind is not null && (ByLaw.ContainsKey(kind) || PolicyKeys.InfoTexts.ContainsKey(kind));

    public static IReadOnlyList<ChannelDemand> Of(ChannelLife life, Policy policy) =>
    [
        .. ChannelApprovers.Of(policy).Select(a => new ChannelDemand($"approval.{a.Code}", policy.Of("channel.approval").Requirement, Swedish.Sentence(a.InSwedish), true,
            life.IsGiven(a) ? null : a.Decides ? "Inte godkänt än." : "Inte antecknat än.", "#beslut")),
        .. ByLaw.Select(t => new ChannelDemand($"infoText.{t.Key}", Law, t.Value, true, life.Texts.ContainsKey(t.Key) ? null : "Texten är inte skriven.", $"/plan#text-{t.Key}")),
        .. Administrators(life, policy),
        .. OwnAccount(life, policy),
        .. PolicyKeys.Activation.Where(a => policy.Activation(a.Key) != "none").Select(a => new ChannelDemand(
            a.Key, policy.Of($"activation.{a.Key}").Requirement, Checks.TryGetValue(a.Key, out var asked) ? asked : a.Value, policy.Activation(a.Key) == "required", Missing(a.Key, life, policy), Where(a.Key))),
        .. PolicyKeys.InfoTexts.Where(t => policy.InfoText(t.Key) != "none").Select(t => new ChannelDemand(
            $"infoText.{t.Key}", policy.Of($"infoText.{t.Key}").Requirement, $"Text: {t.Value}", policy.InfoText(t.Key) == "required", life.Texts.ContainsKey(t.Key) ? null : "Texten är inte skriven.", $"/plan#text-{t.Key}")),
    ];

    /// <summary>The checks that matter under the policy, and those already answered.</summary>
    public static IEnumerable<string> ChecksOf(ChannelLife life, Policy policy) => Checks.Keys.Where(item =>
        life.Checks.ContainsKey(item) || (item == "ownAccount" ? policy["accounts.private"] != "silent" : policy.Activation(item) != "none"));

    private static IEnumerable<ChannelDemand> Administrators(ChannelLife life, Policy policy)
    {
        var (least, named) = (policy.MinAdministrators, life.PersonsAs(NameAdministrator.Administrator).Count());
        if (least == 0) yield break;
        yield return new("administrators", policy.Of("channel.minAdministrators").Requirement, $"Minst {Swedish.InWords(least)} administratör{(least == 1 ? "" : "er")}", true,
            named >= least ? null : $"{Swedish.Sentence(Swedish.InWords(named))} namngiven{(named == 1 ? "" : "a")}.", "/plan#personer");
    }

    /// <summary>C14: H-14, T-11, R-17; where the guideline only advises against it, it is asked but does not hold anything up (V-13).</summary>
    private static IEnumerable<ChannelDemand> OwnAccount(ChannelLife life, Policy policy)
    {
        if (policy["accounts.private"] == "silent") yield break;
        yield return new("ownAccount", policy.Of("accounts.private").Requirement, Checks["ownAccount"], policy["accounts.private"] == "forbidden", Unanswered("ownAccount", life), "/plan#checklista");
    }

    private static string? Missing(string code, ChannelLife life, Policy policy) => code switch
    {
        "purpose" => Has(life, "purpose") ? null : "Ändamålet är inte angett.",
        "goals" => Fields(life, ("goals", "mål"), ("targetGroup", "målgrupp")),
        "responsible" => life.PersonsAs(NameAdministrator.Responsible).Any() ? null : "Ingen ansvarig är namngiven.",
        "substitute" => life.PersonsAs(NameAdministrator.Substitute).Any() ? null : "Ingen ersättare är namngiven.",
        // T-21: also who runs it daily.
        "plan" => life.Plan is null ? "Aktivitetsplanen är inte skriven."
            : Fields(life, ActivityPlan) ?? (life.PersonsAs(NameAdministrator.DailyOperator).Any() ? null : "Ingen är namngiven för den dagliga driften."),
        "signatures" => Unsigned(life, policy),
        "scope" => Fields(life, ("scope", "avgränsning")),
        "endDate" => life.Plan?.EndsOn is null ? "Slutdatumet är inte angett." : null,
        "archivingPlan" => Fields(life, ("archivingPlan", "plan för arkivering")),
        "sensitiveData" => Fields(life, ("sensitiveData", "rutin för känsliga uppgifter")),
        "watch" => Fields(life, ("watch", "hur ofta och när kanalen bevakas")),
        "evaluation" => life.EvaluateBy is null ? "Dagen för utvärdering är inte angiven." : null,
        "terms" => life.TermsReviewedOn is null ? "Användarvillkoren är inte genomgångna." : null,
        "custody" => life.CustodyStated ? null : "Det står inte vem som har inloggningsuppgifterna.",
        _ => Unanswered(code, life),
    };

    private static string Where(string code) => code switch
    {
        "responsible" or "substitute" => "/plan#personer",
        "signatures" => "/plan#underskrifter",
        "terms" => "/plan#villkor",
        "custody" => "/plan#inloggning",
        _ => Checks.ContainsKey(code) ? "/plan#checklista" : "/plan#plan",
    };

    /// <summary>Each administrator takes the assignment and the manager approves the activity, on the plan as it stands (T-21).</summary>
    private static string? Unsigned(ChannelLife life, Policy policy)
    {
        if (life.Plan is null) return "Det finns ingen plan att skriva under.";
        var administrators = life.PersonsAs(NameAdministrator.Administrator).ToList();
        var left = administrators.Count(person => !life.HasSigned(person, SignChannelPlan.AsAdministrator));
        return administrators.Count < Math.Max(1, policy.MinAdministrators) ? "Administratörerna är inte namngivna."
            : left > 0 ? $"{Swedish.Sentence(Swedish.InWords(left))} administratör{(left == 1 ? "" : "er")} har inte skrivit under."
            : life.IsSignedByManager ? null
            : "Chefen har inte skrivit under.";
    }

    private static string? Unanswered(string item, ChannelLife life) => !life.Checks.TryGetValue(item, out var done) ? "Inte besvarat." : done ? null : "Besvarat med nej.";

    private static bool Has(ChannelLife life, string field) => life.Told.Contains(field) || life.Plan?.Fields.Contains(field) == true;

    private static string? Fields(ChannelLife life, params (string Field, string InSwedish)[] fields) =>
        fields.Where(f => !Has(life, f.Field)).Select(f => f.InSwedish).ToList() is { Count: > 0 } missing ? $"Saknas i planen: {string.Join(", ", missing)}." : null;
}
