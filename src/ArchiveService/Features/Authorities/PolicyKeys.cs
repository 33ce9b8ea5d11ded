using System.Collections.Frozen;
using System.Globalization;
using ArchiveService.Http;

namespace ArchiveService.Features.Authorities;

/// <summary>A key of the policy: what it is about, and which values it allows.</summary>
/// <param name="Words">The values with their Swedish words; null means text or a number checked by its own rule.</param>
/// <param name="Open">Other values than those with words are allowed too.</param>
/// <param name="ForPeople">Why no code goes by it: those who work read it.</param>
public sealed record PolicyKey(string Key, string Group, string Title, IReadOnlyDictionary<string, string>? Words = null, bool Open = false, string? ForPeople = null);

/// <summary>What may be chosen.</summary>
public static class PolicyKeys
{
    public const string ReadingPrefix = "reading.";

    private const string GroundPrefix = "ground.";

    private const int LongestText = 500;

    private static readonly Dictionary<string, string> Thresholds = new(StringComparer.Ordinal)
    {
        ["any"] = "all",
        ["gross"] = "bara grov",
        ["unlawful"] = "bara olaglig",
        ["soft"] = "motverkas inom rimliga gränser",
        ["human-choice"] = "avgörs från fall till fall",
        ["none"] = "ingen grund",
    };

    public static FrozenDictionary<string, string> Grounds { get; } = new Dictionary<string, string>
    {
        ["DEFAMATION"] = "förtal",
        ["PERSONAL_ATTACK"] = "personangrepp",
        ["INSULT"] = "förolämpning",
        ["HATE_SPEECH"] = "hets mot folkgrupp",
        ["HARASSMENT"] = "trakasserier, sexistiskt, rasistiskt eller homofobt",
        ["VIOLENCE"] = "våldsskildring",
        ["PORNOGRAPHY"] = "pornografi",
        ["CHILD_ABUSE_MATERIAL"] = "barnpornografibrott",
        ["INCITEMENT"] = "uppmaning till brott, uppvigling",
        ["COPYRIGHT"] = "upphovsrättsintrång",
        ["SECRECY"] = "sekretessbelagd uppgift",
        ["PROFANITY"] = "svordomar eller obscena ord",
        ["COMMERCIAL"] = "kommersiellt budskap, reklam",
        ["SPAM"] = "skräppost",
        ["PERSONAL_DATA_VIOLATION"] = "kränkande eller olaglig behandling av personuppgifter",
        ["INDIVIDUAL_CASE_HANDLING"] = "ärendehandläggning mot enskild",
        ["SLANDER_MISLEADING"] = "grovt vilseledande smutskastning",
        ["UNLAWFUL_THREAT"] = "olaga hot",
        ["INTEGRITY_INTRUSION"] = "olaga integritetsintrång",
        ["OTHER_UNLAWFUL"] = "annat som strider mot lag",
    }.ToFrozenDictionary();

    /// <summary>Every key but the readings, which belong to one guideline each; in the order they are shown.</summary>
    public static IReadOnlyList<PolicyKey> All { get; } =
    [
        new("registration.default", "Registrering", "Vanliga kommentarer", Words(
            ("not-unless-case", "registreras inte, utom i ett ärende"), ("register", "registreras"), ("register-or-keep-ordered", "registreras eller hålls ordnade"), ("keep-ordered", "hålls ordnade"))),
        new("ringa.keepOrdered", "Registrering", "Det ringa hålls också ordnat", Words(("true", "ja"), ("false", "nej"))),
        new("dm.directionNote", "Registrering", "Om direktmeddelanden", ForPeople: "Riktningen räknas alltid ut ur avsändaren (TF 2 kap. 9–10 §§). Värdet är riktlinjens ord, för den som läser."),
        new("removal.register", "Nedtagning", "Det som tas ned registreras", Words(
            ("always", "alltid"), ("when-preserved", "när det ska bevaras"), ("secrecy", "när det kan omfattas av sekretess"), ("none", "riktlinjen säger inget; sekretess ändå"))),
        new("removal.collectiveCase", "Nedtagning", "Samlingsärende för det nedtagna", Words(("ongoing", "ett pågående"), ("per-year", "ett per år"), ("none", "inget"))),
        new("removal.deleteRequires", "Nedtagning", "Att radera kräver", Words(("decision", "gallringsbeslut"), ("decision-and-registration", "gallringsbeslut och registrering"))),
        new("removal.paperCopy", "Nedtagning", "Papperskopia av det nedtagna", Words(("true", "ja"), ("false", "nej"), ("when-preserved", "när det ska bevaras"), ("secrecy", "när det kan omfattas av sekretess")),
            ForPeople: "Handlingen skrivs ut från sin sida; att det har gjorts antecknar den som gör det."),
        .. Grounds.OrderBy(g => g.Value, StringComparer.Create(CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))
            .Select(g => new PolicyKey($"{GroundPrefix}{g.Key}", "Grunder för nedtagning", $"{g.Value[..1].ToUpperInvariant()}{g.Value[1..]}", Thresholds)),
        new("sla.reply", "Svar och uppsikt", "Svarstid", Words(
            ("promptly", "skyndsamt"), ("as-soon-as-possible", "så snart som möjligt"), ("all", "alla meddelanden besvaras"), ("plan", "enligt aktivitetsplanen"), ("PT24H-weekdays", "inom 24 timmar på vardagar")),
            Open: true, ForPeople: "Ingen klocka mäter svarstiden ännu; den som modererar läser den."),
        new("sla.moderate", "Svar och uppsikt", "Uppsikt över kanalen", Words(
            ("daily", "varje dag, även helger"), ("continuous", "löpande"), ("plan", "enligt aktivitetsplanen"), ("all-read", "alla inlägg läses"), ("supervised", "under uppsikt")),
            Open: true, ForPeople: "Ingen klocka mäter uppsikten ännu; den som modererar läser den."),
        new("triage.chart", "Bedömning", "Svarsschemat", Words(("offered", "erbjuds vid bedömningen"), ("on-request", "finns för den som vill"), ("none", "används inte"))),
        new("personalData.mode", "Bedömning", "Personuppgifter i kanalen", Words(
            ("no-breach", "inga i strid med dataskyddsförordningen"), ("no-violating", "inga kränkande"), ("channel-content-none", "inga i kanalens eget innehåll"), ("not-regulated", "riktlinjen säger inget; lagen gäller"))),
        new("politics.mode", "Bedömning", "Politik i kanalen", Words(
            ("refer", "partipolitisk debatt hänvisas till andra forum"), ("care", "hanteras varsamt"), ("counteract-propaganda", "propaganda motverkas inom rimliga gränser"), ("none", "riktlinjen säger inget"))),
        new("diary.template", "Diariet", "Diarienumrets form"),
        new("diary.defaultClass", "Diariet", "Klass när ingen anges"),
        new("diary.mode", "Diariet", "Var diariet förs", Words(("own", "här"), ("external", "i ett annat system"), ("both", "här och i ett annat system"))),
        new("disposal.decidingBody", "Gallring", "Beslutar om gallring"),
        new("disposal.coolingOffDays", "Gallring", "Betänketid före gallring"),
        new("disposal.finalDays", "Gallring", "Tills säkerhetskopiorna är borta"),
        new("raw.retentionDays", "Gallring", "Rådata sparas", ForPeople: "Det plattformen skickade gallras tillsammans med handlingarna som kom med det. En egen frist verkställs inte ännu."),
    ];

    private static readonly FrozenDictionary<string, PolicyKey> ByKey = All.ToFrozenDictionary(k => k.Key);

    public static PolicyKey? Find(string key) => ByKey.GetValueOrDefault(key);

    public static string Title(string key, Preset? preset = null) => ByKey.GetValueOrDefault(key)?.Title ?? preset?.Contradiction(key)?.Question ?? key;

    /// <summary>The value as people say it.</summary>
    public static string Word(string key, string value) =>
        value.Length == 0 ? "inget"
        : ByKey.GetValueOrDefault(key)?.Words?.GetValueOrDefault(value) is { } word ? word
        : IsDays(key) ? value == "1" ? "1 dag" : $"{value} dagar"
        : value;

    public static Refusal? Check(string key, string value)
    {
        if (LegalFloor.Find(key) is { } point) return value == "true" ? null : LegalFloor.Refuse(point);
        if (Find(key) is not { } known)
        {
            return key.StartsWith(GroundPrefix, StringComparison.Ordinal)
                ? Refusal.Input("policy-key-unknown", $"Grunden {key} finns inte. Möjliga: {string.Join(", ", Grounds.Keys.Order(StringComparer.Ordinal))}.")
                : Refusal.Input("policy-key-unknown", $"Policynyckeln {key} finns inte. Möjliga: {string.Join(", ", All.Select(k => k.Key).Where(k => !k.StartsWith(GroundPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))}.");
        }

        if (known is { Words: { } words, Open: false } && !words.ContainsKey(value)) return Refusal.Input("policy-value-unknown", $"{key} kan inte vara {value}. Möjliga: {string.Join(", ", words.Keys)}.");
        if (value.Length > LongestText) return Refusal.Input("policy-value-unknown", $"{key} får vara högst {LongestText} tecken.");
        if (IsDays(key) && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days > 36_500))
            return Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal dagar, 0–36500.");
        return key == "diary.template" ? Cases.DiaryNumber.CheckTemplate(value) : null;
    }

    public static bool IsDays(string key) => key.EndsWith("Days", StringComparison.Ordinal);

    private static Dictionary<string, string> Words(params IEnumerable<(string Value, string Word)> words) => words.ToDictionary(w => w.Value, w => w.Word, StringComparer.Ordinal);
}
