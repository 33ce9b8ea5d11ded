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

    private const string ActivationPrefix = "activation.";

    private const string InfoTextPrefix = "infoText.";
    private const string DutyPrefix = "duty.";

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

    private static readonly Dictionary<string, string> Duties = new(StringComparer.Ordinal)
    {
        ["must"] = "ska tas ned",
        ["law"] = "ska tas ned enligt lag",
        ["may"] = "får tas ned",
        ["human-choice"] = "en människa väljer",
        ["contact-sender"] = "kontakta avsändaren först",
        ["inferred"] = "får tas ned, vår tolkning",
        ["none"] = "ingen grund",
    };

    private static readonly Dictionary<string, string> Kept = new(StringComparer.Ordinal)
    {
        ["keep"] = "bevaras tills ett gallringsbeslut gäller",
        ["P30D"] = "30 dagar",
        ["P90D"] = "90 dagar",
        ["P2Y"] = "två år",
        ["P5Y"] = "fem år",
    };

    private static readonly Dictionary<string, string> Spans = new(StringComparer.Ordinal)
    {
        ["PT24H"] = "inom 24 timmar",
        ["PT24H-weekdays"] = "inom 24 timmar på vardagar",
        ["P1D"] = "senast dagen efter",
        ["P1D-weekdays"] = "senast nästa vardag",
        ["P2D-weekdays"] = "inom två vardagar",
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

    /// <summary>What a guideline may ask of a channel before it is active (I9); each guideline asks for its own.</summary>
    public static IReadOnlyDictionary<string, string> Activation { get; } = Words(
        ("purpose", "Ändamål"), ("goals", "Mål och målgrupp"), ("responsible", "Namngiven ansvarig"), ("substitute", "Namngiven ersättare"),
        ("plan", "Aktivitetsplan"), ("signatures", "Underskrifter på aktivitetsplanen"), ("scope", "Avgränsning till uppdraget"), ("endDate", "Slutdatum"),
        ("archivingPlan", "Plan för arkivering"), ("sensitiveData", "Rutin för känsliga uppgifter"), ("watch", "Plan för uppsikten"), ("evaluation", "Dag för utvärdering"),
        ("terms", "Genomgångna användarvillkor"), ("custody", "Inloggningsuppgifternas förvaring"), ("resources", "Avsatt tid och resurser"), ("logo", "Logotyp och grafisk profil"),
        ("equality", "Jämställdhetssäkring"), ("officialMailbox", "Adress för administration som inte är personlig"), ("startChecklist", "Checklistan för digital kanal"),
        ("routines", "Interna rutiner"), ("records", "Rutiner för allmänna handlingar"), ("individualMatters", "Rutin för enskilda ärenden"));

    /// <summary>What a channel may tell its visitors, besides who is behind it and how far posts reach, which the law asks of every channel (BBS-lagen 3 §).</summary>
    public static IReadOnlyDictionary<string, string> InfoTexts { get; } = Words(
        ("purpose", "Syftet med kanalen"), ("publicRecords", "Inlägg blir allmänna handlingar"), ("prohibited", "Vad som inte är tillåtet"), ("measures", "Vad som händer den som bryter mot reglerna"),
        ("whereToTurn", "Vart man vänder sig"), ("noSensitive", "Vilka uppgifter som inte ska skickas"), ("notOurs", "Vad myndigheten inte ansvarar för"),
        ("personalData", "Om personuppgifter"), ("copyright", "Upphovsrätt"), ("staffing", "Bemanning och frånvaro"));

    private static readonly Dictionary<string, string> Demanded = Words(("required", "krävs"), ("advised", "bör finnas"), ("none", "krävs inte"));

    /// <summary>Every key but the readings, which belong to one guideline each; in the order they are shown.</summary>
    public static IReadOnlyList<PolicyKey> All { get; } =
    [
        new("registration.default", "Registrering", "Vanliga kommentarer", Words(
            ("not-unless-case", "registreras inte, utom i ett ärende"), ("register", "registreras"), ("register-or-keep-ordered", "registreras eller hålls ordnade"), ("keep-ordered", "hålls ordnade"))),
        new("ringa.keepOrdered", "Registrering", "Det ringa hålls också ordnat", Words(("true", "ja"), ("false", "nej"))),
        new("registration.due", "Registrering", "Det som kommit in har ett utfall", Spans, Open: true),
        new("inbox.left", "Registrering", "Postöppningen signeras med något kvar", Words(("none", "nej, allt ska ha ett utfall"), ("stated", "ja, med det som är kvar angivet"))),
        new("allotment.due", "Registrering", "Det registrerade är fördelat", Spans, Open: true),
        new("dm.directionNote", "Registrering", "Om direktmeddelanden", ForPeople: "Riktningen räknas alltid ut ur avsändaren (TF 2 kap. 9–10 §§). Värdet är riktlinjens ord, för den som läser."),
        new("registration.subjectCheck", "Registrering", "Namn, personnummer och hälsoord i saken", Words(
            ("warn", "ger en varning"), ("demand", "ska bekräftas innan något registreras"))),
        new("routing.holds", "Registrering", "Akter som myndigheten själv håller", Words(
            ("none", "inga"), ("personakt", "personakter"), ("patientjournal", "patientjournaler"), ("both", "personakter och patientjournaler"))),
        new("routing.registration", "Registrering", "Det som förs till en akt", Words(
            ("instead", "registreras inte också"), ("removed-too", "registreras också när det har tagits ned"), ("always-too", "registreras alltid också"))),
        new("removal.register", "Nedtagning", "Det som tas ned registreras", Words(
            ("always", "alltid"), ("when-preserved", "när det ska bevaras"), ("secrecy", "när det kan omfattas av sekretess"), ("none", "riktlinjen säger inget; sekretess ändå"))),
        new("removal.collectiveCase", "Nedtagning", "Samlingsärende för det nedtagna", Words(("ongoing", "ett pågående"), ("per-year", "ett per år"), ("none", "inget"))),
        new("removal.deleteRequires", "Nedtagning", "Att radera kräver", Words(("decision", "gallringsbeslut"), ("decision-and-registration", "gallringsbeslut och registrering"))),
        new("removal.paperCopy", "Nedtagning", "Papperskopia av det nedtagna", Words(("true", "ja"), ("false", "nej"), ("when-preserved", "när det ska bevaras"), ("secrecy", "när det kan omfattas av sekretess"))),
        .. Grounds.OrderBy(g => g.Value, StringComparer.Create(CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))
            .Select(g => new PolicyKey($"{GroundPrefix}{g.Key}", "Grunder för nedtagning", $"{g.Value[..1].ToUpperInvariant()}{g.Value[1..]}", Thresholds)),
        new("assignment.required", "Uppdrag", "Uppdrag krävs för att agera i en kanal", Words(("in-use", "när kanalen är tagen i bruk"), ("always", "från första åtgärden"))),
        new("assignment.decisions", "Uppdrag", "Beslut bakom ett uppdrag", Words(("two", "två: vem som får administrera, och uppdraget"), ("one", "ett: uppdraget"))),
        new("assignment.policyInformation", "Uppdrag", "Information om policyn antecknas på uppdraget", Words(("true", "ja"), ("false", "nej, frivilligt"))),
        .. Grounds.OrderBy(g => g.Value, StringComparer.Create(CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))
            .Select(g => new PolicyKey($"{DutyPrefix}{g.Key}", "Ska eller får tas ned", $"{g.Value[..1].ToUpperInvariant()}{g.Value[1..]}", Duties)),
        new("removal.notice", "Nedtagning", "Besked till den som skrev", Words(("required", "ska lämnas"), ("recommended", "bör lämnas"), ("none", "riktlinjen säger inget"))),
        new("removal.secondPerson", "Nedtagning", "En andra person bekräftar", Words(("none", "nej"), ("delete", "när något raderas"), ("all", "alltid, utom nödåtgärd"))),
        new("blocking.allowed", "Blockering", "Att blockera avsändare", Words(("yes", "tillåtet"), ("not-regulated-manager-decides", "inte reglerat, chefen beslutar"), ("no", "inte tillåtet"))),
        new("sla.reply", "Svar och uppsikt", "Svarstid", Words(
            ("promptly", "skyndsamt"), ("as-soon-as-possible", "så snart som möjligt"), ("all", "alla meddelanden besvaras"), ("plan", "enligt aktivitetsplanen"), ("PT24H-weekdays", "inom 24 timmar på vardagar")),
            Open: true),
        new("sla.moderate", "Svar och uppsikt", "Uppsikt över kanalen", Words(
            ("daily", "varje dag, även helger"), ("continuous", "löpande"), ("plan", "enligt aktivitetsplanen"), ("all-read", "alla inlägg läses"), ("supervised", "under uppsikt")),
            Open: true),
        new("channel.approval", "Kanaler", "Beslutar om en ny kanal"),
        new("channel.ownApproval", "Kanaler", "Den som föreslagit kanalen", Words(("not-proposer", "får inte själv godkänna den"), ("allowed", "får själv godkänna den"))),
        new("channel.minAdministrators", "Kanaler", "Minsta antal administratörer"),
        new("channel.onAbsence", "Kanaler", "Vid frånvaro", Words(
            ("substitute", "ersättaren tar över"), ("resources", "resurser avsätts"), ("readiness", "beredskap finns"), ("close", "kanalen stängs för inlägg eller läsning"))),
        new("channel.reviewDays", "Kanaler", "Utvärdering av kanalen, räknat från den förra"),
        new("accounts.private", "Kanaler", "Privata konton i tjänsten", Words(("forbidden", "får inte användas"), ("discouraged", "bör inte användas"), ("silent", "riktlinjen säger inget"))),
        .. Activation.Select(a => new PolicyKey($"{ActivationPrefix}{a.Key}", "Innan en kanal är aktiv", a.Value, Demanded)),
        .. InfoTexts.Select(t => new PolicyKey($"{InfoTextPrefix}{t.Key}", "Informationstexter i kanalen", t.Value, Demanded)),
        new("answer.duty", "Svar och uppsikt", "Vad som ska besvaras", Words(("all", "allt som kommer in"), ("questions", "det som bedömts vara en fråga"), ("none", "inget enligt regel"))),
        new("answer.forwardNotice", "Svar och uppsikt", "Att en fråga skickats vidare sägs i kanalen", Words(("required", "ja, alltid"), ("optional", "får sägas"))),
        new("clock.promptly", "Svar och uppsikt", "”Skyndsamt” räknas som", Spans, Open: true),
        new("clock.asSoonAsPossible", "Svar och uppsikt", "”Så snart som möjligt” räknas som", Spans, Open: true),
        new("triage.chart", "Bedömning", "Svarsschemat", Words(("offered", "erbjuds vid bedömningen"), ("on-request", "finns för den som vill"), ("none", "används inte"))),
        new("personalData.mode", "Bedömning", "Personuppgifter i kanalen", Words(
            ("no-breach", "inga i strid med dataskyddsförordningen"), ("no-violating", "inga kränkande"), ("channel-content-none", "inga i kanalens eget innehåll"), ("not-regulated", "riktlinjen säger inget; lagen gäller"))),
        new("politics.mode", "Bedömning", "Politik i kanalen", Words(
            ("refer", "partipolitisk debatt hänvisas till andra forum"), ("care", "hanteras varsamt"), ("counteract-propaganda", "propaganda motverkas inom rimliga gränser"), ("none", "riktlinjen säger inget"))),
        new("diary.template", "Diariet", "Diarienumrets form"),
        new("diary.defaultClass", "Diariet", "Klass när ingen anges"),
        new("diary.mode", "Diariet", "Var diariet förs", Words(("own", "här"), ("external", "i ett annat system"), ("both", "här och i ett annat system"))),
        new("publicDiary.names", "Diariet", "Namn i det publika diariet", Words(("released", "visas när en registrator har prövat raden"), ("never", "visas aldrig; saken visas när raden är prövad"))),
        new("case.closing", "Diariet", "Checklistan när ett ärende avslutas", Words(("checklist", "ska vara klar, eller ha ett skäl för varje punkt"), ("noted", "det som saknas antecknas"))),
        new("disposal.decidingBody", "Gallring", "Beslutar om gallring"),
        new("disposal.coolingOffDays", "Gallring", "Betänketid före gallring"),
        new("disposal.appraisal.required", "Gallring", "Gallringsutredning före gallringsbeslutet", Words(("required", "krävs"), ("noted", "antecknas när den saknas"))),
        new("disposal.finalDays", "Gallring", "Tills säkerhetskopiorna är borta"),
        new("disposal.physicalBackups", "Gallring", "Fysiska säkerhetskopior av databasen sparas", Words(("unknown", "inte känt"), ("none", "inga tas"), ("P30D", "30 dagar")), Open: true),
        new("disposal.walArchive", "Gallring", "Arkiverad transaktionslogg sparas", Words(("unknown", "inte känt"), ("none", "ingen arkiveras"), ("P14D", "14 dagar")), Open: true),
        new("snapshot.interval", "Bevarande", "Ögonblicksbild av kanalen", Words(("P3M", "varje kvartal"), ("P6M", "varje halvår"), ("P1Y", "varje år"), ("none", "riktlinjen säger inget"))),
        new("snapshot.triggers", "Bevarande", "Ögonblicksbild dessutom", Words(
            ("debate", "när en fråga debatteras"), ("major-change", "vid större förändring"), ("debate-or-change", "vid debatt och större förändring"), ("none", "riktlinjen säger inget"))),
        new("snapshot.kind", "Bevarande", "Ögonblicksbildens slag", Words(("screen-recording", "skärminspelning"), ("screenshot", "skärmbild"), ("any", "valfritt"))),
        new("snapshot.formats", "Bevarande", "Filformat för ögonblicksbilder", Open: true),
        new("closing.snapshot", "Bevarande", "Innehåll och layout sparas innan kanalen avslutas", Words(("required", "krävs"), ("advised", "bör"))),
        new("preservation.medium", "Bevarande", "Bevaras på", Words(
            ("paper-ageresistant", "åldringsbeständigt papper"), ("paper-removed", "papper för det nedtagna, annars elektroniskt"), ("paper-preserved", "papper för det avpublicerade som ska bevaras, annars elektroniskt"), ("electronic", "elektroniskt"))),
        new("preservation.archivalCopy", "Bevarande", "Arkivexemplar", Words(("paper", "papperskopian"), ("paper-when-made", "papperskopian där en finns, annars det elektroniska"), ("electronic", "det elektroniska"))),
        new("consent.mode", "Bilder och rättigheter", "Samtycke till bild", Words(
            ("gdpr", "samtycke enligt dataskyddsförordningen"), ("written", "skriftligt godkännande"), ("copyright-only", "riktlinjen talar bara om upphovsrätt"), ("none", "riktlinjen säger inget"))),
        new("consent.guardianBelow", "Bilder och rättigheter", "Vårdnadshavare samtycker", Words(("13", "för den som är under 13 år"), ("18", "för den som är under 18 år"))),
        new("publishing.suitability", "Bilder och rättigheter", "Lämplighetsbedömning före publicering", Words(("required", "krävs"), ("advised", "bör"), ("none", "riktlinjen säger inget"))),
        new("clock.disclosure", "Utlämnande", "Svar på en begäran om handlingar", Spans, Open: true),
        new("disclosure.emailFee", "Utlämnande", "Avgift för utlämnande med e-post", Words(("free", "utan avgift"), ("as-copy", "som för kopior"))),
        new("disclosure.electronicPersonalData", "Utlämnande", "Elektroniskt utlämnande av personuppgifter", Words(("warn", "bör inte ske, kräver motivering"), ("allowed", "avgörs av lagen"))),
        new("disclosure.secondOpinion", "Utlämnande", "En andra bedömning innan något hålls tillbaka", Words(("required", "krävs"), ("optional", "frivillig"))),
        new("disclosure.freePages", "Utlämnande", "Sidor utan avgift"),
        new("disclosure.firstFee", "Utlämnande", "Avgift för den första sidan därefter, i kronor"),
        new("disclosure.pageFee", "Utlämnande", "Avgift för varje sida till, i kronor"),
        new("clock.disclosureSecrecy", "Utlämnande", "Svar när sekretess måste prövas", Spans, Open: true),
        new("disclosure.officeHours", "Utlämnande", "Kontorets öppettider på vardagar"),
        new("disclosure.halfDayCloses", "Utlämnande", "Kontoret stänger på halvdagar", Words(("whole", "som vanligt"), ("12:00", "kl. 12")), Open: true),
        new("disclosure.sameDayHours", "Utlämnande", "Öppna timmar som ska vara kvar för svar samma dag"),
        new("disclosure.minDeciders", "Utlämnande", "Minsta antal som kan besluta"),
        new("disclosure.declinedDays", "Utlämnande", "Det nekade hålls kvar för den som vill ha ett beslut"),
        new("disclosure.register", "Utlämnande", "En begäran registreras", Words(
            ("refused", "när något vägras genom beslut"), ("written", "när den kom in skriftligt, eller vägras"), ("all", "alltid"))),
        new("disclosure.retention", "Utlämnande", "Begäran bevaras eller gallras", Words(
            ("keep", "bevaras tills ett gallringsbeslut gäller"), ("P2Y", "två år efter att den avslutats, när ett beslut omfattar den")), Open: true),
        new("reads.perHour", "Läsningar", "Ovanligt många läsningar bakom sekretess på en timme, 0 är ingen gräns"),
        new("reads.hours", "Läsningar", "Vanlig lästid på vardagar"),
        new("reads.offHours", "Läsningar", "Ovanligt många läsningar utanför lästiden på en dag, 0 är ingen gräns"),
        new("reads.colleague", "Läsningar", "Ovanligt många läsningar av en kollegas handling på en dag, 0 är ingen gräns"),
        new("reads.unreasoned", "Läsningar", "Ovanligt många läsningar utan angivet skäl på en dag, 0 är ingen gräns"),
        new("reads.samePerson", "Läsningar", "Ovanligt många sökningar på samma person på en dag, 0 är ingen gräns"),
        new("own.searchLog", "Systemets egna handlingar", "Sökloggen", Kept, Open: true),
        new("own.savedSearches", "Systemets egna handlingar", "Sparade sökningar", Kept, Open: true),
        new("own.checks", "Systemets egna handlingar", "Kontroller och avstämningar", Kept, Open: true),
        new("own.quarantine", "Systemets egna handlingar", "Karantänen", Kept, Open: true),
        new("own.readLog", "Systemets egna handlingar", "Läsloggen", Kept, Open: true, ForPeople: "Läsloggen står i händelseloggen och kan inte gallras för sig. En frist verkställs inte ännu."),
        new("own.deadLetters", "Systemets egna handlingar", "Leveranser som inte gick att läsa", Words(("until-handled", "tills en människa har läst in dem igen eller avfärdat dem")), ForPeople: "En människa avgör: leveransen kan bära handlingar."),
        new("own.subjectRequests", "Systemets egna handlingar", "Begäranden enligt dataskyddsförordningen", Kept, Open: true, ForPeople: "En frist verkställs inte ännu: begärandena bevaras."),
        new("own.programLog", "Systemets egna handlingar", "Programloggar", Kept, Open: true, ForPeople: "Den som driver maskinen roterar dem."),
        new("own.exports", "Systemets egna handlingar", "Sparade exporter", Words(("none", "sparas inte här")), ForPeople: "Tjänsten sparar inga exporter: den som laddade ned filen svarar för den."),
        new("raw.retentionDays", "Gallring", "Rådata sparas"),
    ];

    private static readonly FrozenDictionary<string, PolicyKey> ByKey = All.ToFrozenDictionary(k => k.Key);

    public static PolicyKey? Find(string key) => ByKey.GetValueOrDefault(key);

    public static string Title(string key, Preset? preset = null) => ByKey.GetValueOrDefault(key)?.Title ?? preset?.Contradiction(key)?.Question ?? key;

    /// <summary>The value as people say it.</summary>
    public static string Word(string key, string value) =>
        value.Length == 0 ? "inget"
        : ByKey.GetValueOrDefault(key)?.Words?.GetValueOrDefault(value) is { } word ? word
        : key == "channel.approval" ? Channels.ChannelApprovers.InSwedish(value)
        : IsDays(key) ? value == "1" ? "1 dag" : $"{value} dagar"
        : value;

    public static Refusal? Check(string key, string value)
    {
        if (LegalFloor.Find(key) is { } point) return value == "true" ? null : LegalFloor.Refuse(point);
        if (Find(key) is not { } known)
        {
            return key.StartsWith(GroundPrefix, StringComparison.Ordinal)
                ? Refusal.Input("policy-key-unknown", $"Grunden {key} finns inte. Möjliga: {string.Join(", ", Grounds.Keys.Order(StringComparer.Ordinal))}.")
                : Refusal.Input("policy-key-unknown", $"Policynyckeln {key} finns inte. Möjliga: {string.Join(", ", All.Select(k => k.Key).Where(k => !k.StartsWith(GroundPrefix, StringComparison.Ordinal) && !k.StartsWith(DutyPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))}.");
        }

        if (known is { Words: { } words, Open: false } && !words.ContainsKey(value)) return Refusal.Input("policy-value-unknown", $"{key} kan inte vara {value}. Möjliga: {string.Join(", ", words.Keys)}.");
        if (value.Length > LongestText) return Refusal.Input("policy-value-unknown", $"{key} får vara högst {LongestText} tecken.");
        if (IsDays(key) && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days > 36_500))
            return Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal dagar, 0–36500.");
        if ((key.StartsWith("clock.", StringComparison.Ordinal) || key.EndsWith(".due", StringComparison.Ordinal)) && Clocks.Clock.Parse(value) is null)
            return Refusal.Input("policy-value-unknown", $"{key} ska vara en tid: PT24H (timmar), P1D (dagar), eller samma med -weekdays efter för bara vardagar.");
        return key switch
        {
            "diary.template" => Cases.DiaryNumber.CheckTemplate(value),
            "snapshot.formats" => Snapshots.ArtefactFormats.CheckList(value),
            "channel.approval" => Channels.ChannelApprovers.Check(value),
            "disclosure.freePages" or "disclosure.firstFee" or "disclosure.pageFee" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var amount) && amount <= 10_000
                ? null : Refusal.Input("policy-value-unknown", $"{key} ska vara ett heltal, 0–10000."),
            "reads.perHour" or "reads.offHours" or "reads.colleague" or "reads.unreasoned" or "reads.samePerson" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var often) && often <= 10_000
                ? null : Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal, 0–10000."),
            "reads.hours" => Clocks.WorkingHours.Parse(value, "whole") is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara två klockslag: 06:00-19:00.") : null,
            "disclosure.officeHours" => Clocks.WorkingHours.Parse(value, "whole") is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara två klockslag: 08:00-16:30.") : null,
            "disclosure.halfDayCloses" => value != "whole" && Clocks.WorkingHours.Parse("00:00-23:59", value) is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara ett klockslag, 12:00, eller whole.") : null,
            "disclosure.sameDayHours" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var open) && open <= 24
                ? null : Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal timmar, 0–24."),
            "disclosure.minDeciders" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var deciders) && deciders is >= 1 and <= 20
                ? null : Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal personer, 1–20."),
            "disposal.physicalBackups" or "disposal.walArchive" => value is not ("unknown" or "none") && Retention.Period.Parse(value) is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara unknown, none eller en tid som P30D.") : null,
            _ when known.Words == Kept => value != "keep" && Retention.Period.Parse(value) is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara keep eller en frist som P2Y.") : null,
            "disclosure.retention" => value != "keep" && Retention.Period.Parse(value) is null ? Refusal.Input("policy-value-unknown", $"{key} ska vara keep eller en frist som P2Y.") : null,
            "channel.minAdministrators" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var least) && least <= 20
                ? null : Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal personer, 0–20."),
            _ => null,
        };
    }

    public static bool IsDays(string key) => key.EndsWith("Days", StringComparison.Ordinal);

    private static Dictionary<string, string> Words(params IEnumerable<(string Value, string Word)> words) => words.ToDictionary(w => w.Value, w => w.Word, StringComparer.Ordinal);
}
