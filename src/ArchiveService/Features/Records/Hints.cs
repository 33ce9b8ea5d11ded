using System.Buffers;
using System.Text.RegularExpressions;
using ArchiveService.Features.Authorities;

namespace ArchiveService.Features.Records;

/// <summary>What a text may hold that a person should look at.</summary>
public enum HintKind
{
    /// <summary>Acute danger: first of all, and never waits for anything else.</summary>
    Danger,
    ProtectedIdentity,
    Personnummer,
    Samordningsnummer,
    Health,
    Employee,

    /// <summary>Names a diary number or a case.</summary>
    Case,
}

/// <summary>A place in a text. A hint and nothing more: no act follows by itself.</summary>
public sealed record Hint(HintKind Kind, int At, int Length, bool AtLeastHundred = false);

/// <summary>What the law says of a kind of hint, and what to do.</summary>
public sealed record HintAdvice(string Title, string Law, string Do);

/// <summary>Looks for what a person should look at. Pure: words and check digits, no memory and no judgement.</summary>
public static partial class Hints
{
    /// <summary>Flags of a captured act, so that a list can show them without opening the text.</summary>
    public const string DangerFlag = "danger-hint";

    public const string ProtectedIdentityFlag = "protected-identity-hint";

    // Every act captured is looked through for these two: a text without any of an expression's stems is let past at a tenth of the cost. A test holds them together.
    private static readonly SearchValues<string> DangerStems = SearchValues.Create(
        [
            "livet av", "inte leva", " dö", "självmord", "suicid", "avsluta", "hoppa", "brinner", "eldsvåda", "eld på", "tutta", "döda", "mörda", "skjut", "knivh", "slå", "spränga", "bränna",
            "misshandla", "skada", "bombhot", "skottlossning", "vet var", "andas inte", "medvetslös", "blöder", "blåmärken", "hjälp", "slagen",
        ], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> ProtectedIdentityStems = SearchValues.Create(
        ["skydda", "sekretessmarkerad", "kvarskriv", "hemlig adress", "fingerad", "gömd"], StringComparison.OrdinalIgnoreCase);

    public static IReadOnlyList<Hint> In(string? text, IReadOnlyCollection<string>? employees = null)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var found = new List<Hint>();
        found.AddRange(SecrecyHints.Numbers(text).Select(n => new Hint(n.Coordination ? HintKind.Samordningsnummer : HintKind.Personnummer, n.At, n.Length, n.AtLeastHundred)));
        Add(found, HintKind.Danger, Danger, text);
        Add(found, HintKind.ProtectedIdentity, ProtectedIdentity, text);
        Add(found, HintKind.Health, Health, text);
        Add(found, HintKind.Employee, Employee, text);
        Add(found, HintKind.Case, CaseNumber, text);
        foreach (var name in employees ?? [])
        {
            if (Named(text, name) is >= 0 and var at && !found.Any(h => h.Kind == HintKind.Employee && h.At <= at && at < h.At + h.Length)) found.Add(new(HintKind.Employee, at, name.Length));
        }

        return [.. found.OrderBy(h => h.Kind).ThenBy(h => h.At)];
    }

    public static bool TellsOfProtectedIdentity(string? text) => text.AsSpan().ContainsAny(ProtectedIdentityStems) && ProtectedIdentity.IsMatch(text!);

    public static bool TellsOfDanger(string? text) => text.AsSpan().ContainsAny(DangerStems) && Danger.IsMatch(text!);

    public static HintAdvice Advice(HintKind kind, Policy policy) => kind switch
    {
        HintKind.Danger => new("Kan handla om akut fara", "Fara för liv, hälsa eller egendom går före allt annat", "Larma 112 eller jouren genast. Registreringen får vänta."),
        HintKind.ProtectedIdentity => new("Kan handla om någon med skyddade personuppgifter", "OSL 21 kap. 3 § och 22 kap. 1 §", "Avpublicera genast, sekretessmarkera och registrera. Röj aldrig adress, skola eller arbetsplats i ett svar."),
        HintKind.Personnummer => new("Ett personnummer", "Dataskyddslagen 3 kap. 10 §; kan omfattas av OSL 21 och 22 kap.", PersonalData(policy).Do),
        HintKind.Samordningsnummer => new("Ett samordningsnummer", "Dataskyddslagen 3 kap. 10 §; kan omfattas av OSL 21 och 22 kap.", PersonalData(policy).Do),
        HintKind.Health => new("Ord om hälsa", "OSL 21 kap. 1 § och 25 kap. 1 §, dataskyddsförordningen artikel 9", "Bedöm om uppgiften gäller en bestämd person. Det räcker att en bestämmelse kan bli tillämplig för att handlingen ska registreras (N-08, T-14)."),
        HintKind.Employee => new("Nämner någon som arbetar här", "OSL 39 kap.; arbetsmiljölagen", "Kritik mot hur en tjänst sköts ska tålas (RF 2 kap. 1 §). Hot och personangrepp: ta det med närmaste chef."),
        HintKind.Case => new("Nämner ett diarienummer", "OSL 5 kap. 1 §, H-24", "Finns ärendet hos er hör handlingen till det och ska registreras där. Gäller det en annan myndighet: hänvisa (förvaltningslagen 6 och 8 §§)."),
        _ => throw new System.Diagnostics.UnreachableException($"{kind}"),
    };

    /// <summary>What the guideline says of personal data (C12). No value of it removes anything: that is a person's act, on a ground of the policy.</summary>
    public static HintAdvice PersonalData(Policy policy) => policy["personalData.mode"] switch
    {
        "no-breach" => new("Personuppgifter i kanalen", "H-15, H-19, dataskyddsförordningen", "Personuppgifter som behandlas i strid med dataskyddsförordningen ska tas bort. Pröva det enskilda fallet."),
        "no-violating" => new("Personuppgifter i kanalen", "V-02, V-05, V-09", "Kränkande personuppgifter ska tas bort. Andra får stå kvar."),
        "channel-content-none" => new("Personuppgifter i kanalen", "R-07", "Kanalens eget innehåll får inte ha personuppgifter. Regeln gäller inte besökarnas kommentarer: kontakta avsändaren; att ta ned är tillåtet men inget måste."),
        _ => new("Personuppgifter i kanalen", "Riktlinjen säger inget; dataskyddsförordningen gäller", "Pröva om uppgifterna behandlas i strid med lag. Inget tas bort av sig självt."),
    };

    // A whole name as it stands in the staff register, not a part of another word.
    private static int Named(string text, string name)
    {
        if (!name.Contains(' ', StringComparison.Ordinal)) return -1;
        var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && (at == 0 || !char.IsLetter(text[at - 1])) && (at + name.Length == text.Length || !char.IsLetter(text[at + name.Length])) ? at : -1;
    }

    private static void Add(List<Hint> found, HintKind kind, Regex words, string text)
    {
        foreach (var match in words.EnumerateMatches(text)) found.Add(new(kind, match.Index, match.Length));
    }

    [GeneratedRegex("""
        \b(
          ta(r)?\ livet\ av\ (mig|sig|dig|oss|henne|honom) | (vill|orkar)\ inte\ leva | vill\ (bara\ )?dö\b | självmord\w* | suicid\w* | avsluta\ (mitt|sitt)\ liv | hoppa(r)?\ (framför|från)\ (ett\ |en\ )?(tåg|bro)\w*
          | det\ brinner | brinner\ (i|på|hos|nu|hemma) | eldsvåda | (sätt(a|er)|tänd(a|er))\ eld\ på | tutta(r)?\ (eld\ )?på
          | (ska|skall|kommer\ att|tänker)\ (jag\ |vi\ )?(döda|mörda|skjuta|knivhugga|slå\ ihjäl|spränga|bränna|misshandla|skada)\w* | slå(r)?\ (ihjäl|sönder) | slår\ (mig|henne|honom|barnen)\b
          | knivhot\w* | bombhot\w* | skottlossning\w* | skjuter\ (på|mot) | (jag\ |vi\ )?vet\ var\ (du|ni|han|hon)\ bor
          | andas\ inte | medvetslös\w* | blöder\ (ymnigt|kraftigt|mycket) | blåmärken | hjälp\b[^.]{0,80}\bligger\b | blir\ (slagen|misshandlad)\w*
        )
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Danger { get; }

    [GeneratedRegex("""
        \b(skyddad(e)?\ (personuppgifter|identitet|id\b|adress|folkbokföring) | sekretessmarkerad\ (adress|folkbokföring) | kvarskriv\w* | skyddat\ boende | hemlig\ adress | fingerad(e)?\ personuppgifter | lever\ (under\ )?gömd)
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ProtectedIdentity { get; }

    [GeneratedRegex("""
        \b(diabetes|cancer\w*|tumör\w*|depressi\w*|deprimerad|ångest\w*|autis\w*|adhd|demen[st]\w*|alzheimer\w*|epilep\w*|hiv\b|gravid\w*|abort\w*|missfall\w*|diagnos\w*|sjukskriv\w*|missbruk\w*|bipolär\w*|schizofren\w*|ätstörning\w*|psykos\w*|psykiatri\w*|psykvård\w*|insulin\w*|medicin(en|er|erna)?\b|sjukhem\w*|patientjournal\w*|funktionsnedsättning\w*|handikappad\w*)
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Health { get; }

    // Case counts: a role and then a name, or a name and then an office.
    [GeneratedRegex("""
        \b[Hh]andläggare(n)?\ (\p{Lu}[\p{L}-]+) | \b([Rr]ektor(n)?|[Ss]ocialsekreterare(n)?|[Ll]ärare(n)?|[Kk]urator(n)?|[Bb]iståndshandläggare(n)?|[Ee]nhetschef(en)?|[Kk]ommunalråd(et)?)\ \p{Lu}[\p{L}-]+
        | \brektorns\ hus | \b\p{Lu}[\p{L}-]+\ på\ (soc|socialen|bygglov\w*|miljökontoret|kommunen)\b | \bjobbar\ på\ (soc|socialen|bygglov\w*|miljökontoret|kommunen)\b
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Employee { get; }

    [GeneratedRegex("""
        (?<![\w/])(\p{Lu}{2,5}[\ -]?[0-9]{1,6}/[0-9]{4}(\ [0-9]{3})? | \p{Lu}{2,5}[\ -][0-9]{4}[-–−/:][0-9]{1,6} | [Dd](nr|iarienummer)\ ?:?\ ?[\p{Lu}0-9][\p{L}0-9\ /–-]{3,20})
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex CaseNumber { get; }
}
