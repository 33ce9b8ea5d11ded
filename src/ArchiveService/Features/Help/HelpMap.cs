namespace ArchiveService.Features.Help;

/// <summary>Which chapter of the handbook tells of which page. Decided here for all of them; <c>*</c> is one part of an address, and what stands first counts.</summary>
public static class HelpMap
{
    private const string Mail = "posten-och-diariet";
    private const string Moderation = "moderering";
    private const string Diary = "diariet";
    private const string Secrecy = "sekretess";
    private const string Cases = "arenden";
    private const string Disclosure = "utlamnande";
    private const string Subjects = "registerutdrag";
    private const string Disposal = "gallring";
    private const string Channels = "kanaler";
    private const string Consents = "samtycken-och-ogonblicksbilder";
    private const string Proof = "bevis-och-granskning";
    private const string Quick = "snabbt";
    private const string Users = "anvandare";
    private const string Public = "allmanhetens-diarium";

    public static IReadOnlyList<(string Page, string Chapter, string? Anchor)> All { get; } =
    [
        ("/kom-igang", "kom-igang", null),
        ("/att-gora", "startsidan", "listorna"),
        ("/kortkommandon", Quick, "kortkommandon"),
        ("/flera", Quick, "många-handlingar-på-en-gång"),
        ("/sok/sparade", Quick, "sparade-sökningar"),
        ("/ersattare", Users, "ersättare"),
        ("/arbetslista", Moderation, "arbetslistan"),
        ("/postoppning", Mail, "postöppning"),
        ("/fordelning", Mail, "fördelning"),
        ("/handlingar/*/fordela", Mail, "fördelning"),
        ("/handlingar/*/fel-adressat", Mail, "postöppning"),
        ("/handlingar/*/besvara", Moderation, "svara"),
        ("/handlingar/*/avsluta-utan-svar", Moderation, "svara"),
        ("/handlingar/*/vidarebefordra", Moderation, "svara"),
        ("/handlingar/*/bedom", Moderation, "bedöma"),
        ("/handlingar/*/svarsschema", Moderation, "bedöma"),
        ("/handlingar/*/trad/bedom", Moderation, "ett-drev"),
        ("/handlingar/*/trad/registrera", Diary, "registrera-en-hel-tråd"),
        ("/handlingar/*/akut", Moderation, "akut-fara"),
        ("/handlingar/*/ta-ned", Moderation, "ta-ned"),
        ("/handlingar/*/aterstall", Moderation, "ta-ned"),
        ("/handlingar/*/bekrafta", Moderation, "ta-ned"),
        ("/handlingar/*/nodatgard", Moderation, "ta-ned"),
        ("/handlingar/*/besked", Moderation, "ta-ned"),
        ("/handlingar/*/polisanmalan", Moderation, "polisanmälan"),
        ("/handlingar/*/las", Moderation, "låst-material"),
        ("/handlingar/*/registrera", Diary, "numret"),
        ("/handlingar/*/ratta", Diary, "rätta-en-registrering"),
        ("/handlingar/*/omregistrera", Diary, "omregistrera"),
        ("/handlingar/*/for-till-akt", Diary, "för-till-akt"),
        ("/handlingar/*/publicering", Public, null),
        ("/handlingar/*/hall-ordnad", Handbook.Roles, "registrator"),
        ("/handlingar/*/undanta", Handbook.Roles, "registrator"),
        ("/handlingar/*/lasningar", Secrecy, "varje-läsning-antecknas"),
        ("/handlingar/*/prova-bilden", Secrecy, "skyddad-identitet"),
        ("/handlingar/*/sekretess", Secrecy, null),
        ("/handlingar/*/prova-sekretess", Secrecy, null),
        ("/handlingar/*/hav-sekretess", Secrecy, null),
        ("/handlingar/*/oppna", Secrecy, "vem-som-får-läsa"),
        ("/handlingar/*/rattigheter", Consents, "rättigheter"),
        ("/handlingar/*/papperskopia", Consents, "papperskopior"),
        ("/handlingar/*/bevis", Proof, "bevispaket"),
        ("/handlingar/*/samma", "tackning", "samma-inlägg-två-gånger"),
        ("/handlingar", Handbook.Roles, "registrator"),
        ("/borttaget", Moderation, "ta-ned"),
        ("/blockerade", Moderation, "blockera"),
        ("/konton/*/blockera", Moderation, "blockera"),
        ("/konton/*/skyddad-identitet", Secrecy, "skyddad-identitet"),
        ("/konton", Handbook.Roles, "granskare"),
        ("/jour", Moderation, "akut-fara"),
        ("/standardlagen", Moderation, "standardlägen"),
        ("/sekretess", Secrecy, null),
        ("/skyddade-identiteter", Secrecy, "skyddad-identitet"),
        ("/andamal", Secrecy, "vem-som-får-läsa"),
        ("/diarium/postlista", Public, "postlistan"),
        ("/diarium/utgaende", Diary, "andra-diarier"),
        ("/diarium", Diary, null),
        ("/arenden/nytt", Cases, "öppna-ett-ärende"),
        ("/arenden/balans", Cases, "balanslistan"),
        ("/arenden/*/handlagg", Cases, "handlägga"),
        ("/arenden/*/avsluta", Cases, "avsluta-och-arkivlägga"),
        ("/arenden/*/handling", Cases, "anteckningar-och-beslut-i-diariet"),
        ("/arenden/*/sekretess", Secrecy, "ett-ärende"),
        ("/arenden/*/utskrift", "utskrifter", null),
        ("/arenden/*/arbetsmaterial", Disposal, "rensning"),
        ("/arenden", Cases, null),
        ("/utlamnanden/tider", Disclosure, "hur-lång-tid-det-tog"),
        ("/utlamnanden/ny", Disclosure, "ta-emot"),
        ("/utlamnanden/*/hitta", Disclosure, "hitta"),
        ("/utlamnanden/*/handlingar/*/maska", Disclosure, "maska"),
        ("/utlamnanden/*/handlingar/*/kopior", Disclosure, "filer-i-en-maskad-kopia"),
        ("/utlamnanden/*/handlingar", Disclosure, "pröva"),
        ("/utlamnanden/*/lamna-ut", Disclosure, "lämna-ut"),
        ("/utlamnanden/*/kvitto", Disclosure, "bevis"),
        ("/utlamnanden/*/neka", Disclosure, "säga-nej"),
        ("/utlamnanden/*/beslut", Disclosure, "säga-nej"),
        ("/utlamnanden", Disclosure, null),
        ("/registerutdrag/ny", Subjects, "ta-emot"),
        ("/registerutdrag/*/utdrag", Subjects, "framställ-och-lämna"),
        ("/registerutdrag", Subjects, null),
        ("/gallring/plan", Disposal, "planen"),
        ("/gallring/prova", Disposal, "prova-en-regel"),
        ("/gallring/stopp", Disposal, "gallringsstopp"),
        ("/gallring/granskning", Disposal, "granskning-överlämnande-och-bevarandebeslut"),
        ("/gallring/regler", Disposal, "regler"),
        ("/gallring/*", Disposal, "gallringskörning"),
        ("/gallring", Disposal, null),
        ("/delegation", "uppdrag", "delegation"),
        ("/behoriga", "uppdrag", "behöriga-användare"),
        ("/kanaler/*/uppdrag", "uppdrag", null),
        ("/kanaler/*/bemanning", Moderation, "uppsikt"),
        ("/kanaler/*/plan", Channels, "det-som-krävs-innan-kanalen-är-aktiv"),
        ("/kanaler/*/tackning", "tackning", null),
        ("/kanaler/*/prenumerationer", Channels, "prenumerationer-hos-meta"),
        ("/kanaler/*/registrera-inlagg", "importera", "för-in-ett-inlägg-för-hand"),
        ("/kanaler/*/ogonblicksbilder", Consents, "ögonblicksbilder"),
        ("/kanaler/*/webbarkiv", Consents, "kanalen-som-webbarkiv"),
        ("/kanaler/*/avsluta", Consents, "avsluta-en-kanal"),
        ("/kanaler/*/publicering", Consents, "innan-något-publiceras"),
        ("/kanaler", Channels, null),
        ("/ogonblicksbilder", Consents, "ögonblicksbilder"),
        ("/samtycken", Consents, "samtycken"),
        ("/kallor", "insamling", "källor"),
        ("/insamling", "importera", "inkorgen"),
        ("/import", "importera", null),
        ("/granskning/logg", "revision", null),
        ("/granskning/ovanliga-lasningar", Proof, "ovanliga-läsningar"),
        ("/granskning", Proof, "återspelning"),
        ("/bevis", Proof, "bevisloggen"),
        ("/kontroll", Proof, null),
        ("/myndigheter/jamfor", "policy", "jämföra-riktlinjerna"),
        ("/myndigheter/*/arkivbeskrivning", Public, "arkivbeskrivning"),
        ("/myndigheter/*/tillsyn", Public, "underlag-för-tillsyn"),
        ("/myndigheter", "policy", null),
        ("/sok", "soka", null),
        ("/min-logg", "soka", "loggen"),
        ("/drift", Handbook.Roles, "administratör"),
        ("/anvandare", Users, null),
        ("/mitt-losenord", Users, "logga-in"),
    ];

    private static readonly (string[] Parts, string Href)[] Patterns = [.. All.Select(m => (m.Page.Split('/', StringSplitOptions.RemoveEmptyEntries), $"/hjalp/{m.Chapter}{(m.Anchor is { } anchor ? "#" + anchor : "")}"))];

    /// <summary>Where the help of a page is. A page below one that is named has its help; what nobody has named leads to what each role does where.</summary>
    public static string Href(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return "/hjalp/startsidan";
        return Patterns.FirstOrDefault(p => Covers(p.Parts, parts)).Href ?? $"/hjalp/{Handbook.Roles}";
    }

    private static bool Covers(string[] pattern, string[] parts)
    {
        if (parts.Length < pattern.Length) return false;
        for (var nth = 0; nth < pattern.Length; nth++)
        {
            if (pattern[nth] != "*" && !string.Equals(pattern[nth], parts[nth], StringComparison.OrdinalIgnoreCase)) return false;
        }

        return true;
    }
}
