using ArchiveService.Sealing;

namespace ArchiveService.Features.Retention;

/// <summary>The words of retention as they are stored in tables, sent over HTTP and shown.</summary>
public static class Words
{
    public static IReadOnlyDictionary<string, CountedFrom> CountedFrom { get; } = new Dictionary<string, CountedFrom>
    {
        ["captured"] = Retention.CountedFrom.Captured,
        ["received"] = Retention.CountedFrom.Received,
        ["removed"] = Retention.CountedFrom.Removed,
        ["case-closed"] = Retention.CountedFrom.CaseClosed,
        ["no-longer-current"] = Retention.CountedFrom.NoLongerCurrent,
        ["snapshot-taken"] = Retention.CountedFrom.SnapshotTaken,
        ["event-date"] = Retention.CountedFrom.EventDate,
    };

    public static IReadOnlyDictionary<string, string> CountedFromInSwedish { get; } = new Dictionary<string, string>
    {
        ["captured"] = "från det att handlingen fångades in",
        ["received"] = "från det att handlingen kom in eller upprättades",
        ["removed"] = "från det att den togs bort ur kanalen",
        ["case-closed"] = "från det att ärendet avslutades",
        ["no-longer-current"] = "från det att den inte längre var aktuell",
        ["snapshot-taken"] = "från det att en ögonblicksbild av kanalen tog med den",
        ["event-date"] = "från en dag som antecknas på handlingen eller ärendet",
    };

    public static IReadOnlyDictionary<string, RuleAction> Actions { get; } = new Dictionary<string, RuleAction>
    {
        ["destroy"] = RuleAction.Destroy,
        ["compulsory"] = RuleAction.Compulsory,
        ["preserve"] = RuleAction.Preserve,
        ["review"] = RuleAction.Review,
        ["transfer"] = RuleAction.Transfer,
    };

    public static IReadOnlyDictionary<string, string> ActionsInSwedish { get; } = new Dictionary<string, string>
    {
        ["destroy"] = "gallras",
        ["compulsory"] = "gallras enligt särskild lag",
        ["preserve"] = "bevaras",
        ["review"] = "granskas",
        ["transfer"] = "överlämnas",
    };

    public static IReadOnlyDictionary<string, DecisionKind> DecisionKinds { get; } = new Dictionary<string, DecisionKind>
    {
        ["disposal"] = DecisionKind.Disposal,
        ["law"] = DecisionKind.Law,
        ["preservation"] = DecisionKind.Preservation,
    };

    public static IReadOnlyDictionary<string, string> DecisionKindsInSwedish { get; } = new Dictionary<string, string>
    {
        ["disposal"] = "gallringsbeslut",
        ["law"] = "gallring enligt särskild lag",
        ["preservation"] = "beslut att bevara",
    };

    public static IReadOnlyDictionary<string, string> RecordTypes { get; } = new Dictionary<string, string>
    {
        ["post"] = "inlägg",
        ["comment"] = "kommentar",
        ["direct-message"] = "direktmeddelande",
        ["unknown"] = "okänd handling",
        [Records.MadeHere.Snapshot] = "ögonblicksbild",
        [Records.MadeHere.Consent] = "samtycke till bild",
        [Disclosures.DisclosureState.RecordType] = "begäran om utlämnande",
    };

    public static IReadOnlyDictionary<string, string> Classes { get; } = new Dictionary<string, string>
    {
        [KeyClass.Content.Stored()] = "innehållet",
        [KeyClass.Register.Stored()] = "registeruppgifterna (motivering, ärendemening, avsändare)",
    };

    public static IReadOnlyDictionary<string, HoldKind> HoldKinds { get; } = new Dictionary<string, HoldKind>
    {
        ["record"] = HoldKind.Record,
        ["case"] = HoldKind.Case,
        ["account"] = HoldKind.Account,
        ["search"] = HoldKind.Search,
    };

    public static IReadOnlyDictionary<string, string> HoldKindsInSwedish { get; } = new Dictionary<string, string>
    {
        ["record"] = "handling",
        ["case"] = "ärende",
        ["account"] = "konto",
    };

    /// <summary>In the channel, as a hold on a search may ask.</summary>
    public static IReadOnlyDictionary<string, string> Visibilities { get; } = new Dictionary<string, string>
    {
        ["visible"] = "synlig",
        ["hidden"] = "dold",
        ["unpublished"] = "avpublicerad",
        ["deleted"] = "borttagen",
    };

    public static IReadOnlyDictionary<string, string> Directions { get; } = new Dictionary<string, string>
    {
        ["received"] = "inkommen",
        ["drawnUp"] = "upprättad",
        ["undetermined"] = "obestämd riktning",
    };

    public static IReadOnlyDictionary<string, string> Registrations { get; } = new Dictionary<string, string>
    {
        ["captured"] = "fångad",
        ["keptOrdered"] = "hålls ordnad",
        ["exempt"] = "undantagen",
        ["routed"] = "förd till akt",
        ["registered"] = "registrerad",
    };

    public static IReadOnlyDictionary<string, string> HoldGrounds { get; } = new Dictionary<string, string>
    {
        ["open-case"] = "pågående ärende",
        ["disclosure-request"] = "begäran om utlämnande",
        ["litigation"] = "tvist eller rättsprocess",
        ["police"] = "polisutredning",
        ["supervision"] = "tillsyn",
        ["data-subject-request"] = "begäran från en registrerad",
        ["other"] = "annan grund",
    };

    public static string Stored(this CountedFrom from) => CountedFrom.First(word => word.Value == from).Key;

    public static string Stored(this RuleAction action) => Actions.First(word => word.Value == action).Key;

    public static string Stored(this DecisionKind kind) => DecisionKinds.First(word => word.Value == kind).Key;

    /// <summary>As it is stored: <c>record</c>, <c>case</c>, <c>type</c>, <c>keep</c>, <c>destroy</c>.</summary>
    public static string Stored(this PreservationKind kind) => kind.ToString().ToLowerInvariant();

    public static string Stored(this ReviewOutcome outcome) => outcome.ToString().ToLowerInvariant();

    /// <summary>"2 år från det att ärendet avslutades", "från dagen avtal upphör".</summary>
    public static string CountedInSwedish(CountedFrom from, string? dateName) =>
        from == Retention.CountedFrom.EventDate ? $"från dagen då {dateName}" : CountedFromInSwedish.Said(from.Stored());

    public static string Stored(this HoldKind kind) => HoldKinds.First(word => word.Value == kind).Key;

    public static string Said(this IReadOnlyDictionary<string, string> words, string word) => words.TryGetValue(word, out var said) ? said : word;
}
