using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>What can be answered in each step, and how it is said.</summary>
public static class ExaminationWords
{
    public static IReadOnlyList<(string Word, ExaminationStep Step, string Said, string Question)> Steps { get; } =
    [
        ("provision", ExaminationStep.Provision, "Bestämmelse", "Vilken sekretessbestämmelse kan gälla?"),
        ("protects", ExaminationStep.Protects, "Skyddsintresse", "Vem eller vad skyddar den?"),
        ("harm", ExaminationStep.Harm, "Skadeprövning", "Vad händer om uppgiften lämnas ut?"),
        ("waiver", ExaminationStep.Waiver, "Samtycke", "Har den som skyddas efterskänkt sekretessen (OSL 12 kap. 2 §)?"),
        ("asker", ExaminationStep.Asker, "Vem som frågar", "Bara om skadan beror på det: vem frågar, och vad ska uppgiften användas till (TF 2 kap. 18 §)?"),
    ];

    public static IReadOnlyDictionary<ExaminationStep, IReadOnlyList<(string Word, string Said)>> Findings { get; } = new Dictionary<ExaminationStep, IReadOnlyList<(string, string)>>
    {
        [ExaminationStep.Provision] = [("none", "Ingen: handlingen är offentlig"), ("possible", "En bestämmelse kan gälla")],
        [ExaminationStep.Protects] = [("individual", "En enskild"), ("public", "Ett allmänt intresse"), ("both", "Båda")],
        [ExaminationStep.Harm] = [("no-harm", "Ingen skada"), ("harm", "Skada eller men"), ("depends", "Beror på vem som frågar och varför")],
        [ExaminationStep.Waiver] = [("not-applicable", "Inte aktuellt"), ("none", "Nej"), ("given", "Ja, helt"), ("partly", "Ja, delvis")],
        [ExaminationStep.Asker] = [("not-needed", "Behövs inte"), ("considered", "Har vägts in")],
    };

    public static IReadOnlyList<(string Word, string Said)> Tests { get; } =
        [("open", "Rakt skaderekvisit: offentligt om det inte skadar"), ("secret", "Omvänt skaderekvisit: hemligt om det inte står klart att det inte skadar"), ("absolute", "Absolut sekretess: ingen skadeprövning")];

    public static IReadOnlyList<(string Word, ItemOutcome Outcome, string Said)> Outcomes { get; } =
    [
        ("disclose", ItemOutcome.Disclose, "Lämnas ut"), ("mask", ItemOutcome.Mask, "Lämnas ut maskad"),
        ("reservation", ItemOutcome.Reservation, "Lämnas ut med förbehåll"), ("refuse", ItemOutcome.Refuse, "Lämnas inte ut"),
    ];

    public static string Said(ItemOutcome outcome) => Outcomes.First(o => o.Outcome == outcome).Said;

    public static string Said(ExaminationStep step, string finding) => Findings[step].FirstOrDefault(f => f.Word == finding).Said ?? finding;
}

/// <summary>One step of the examination of one item (c 12). Each is stored; a later one of the same kind replaces it, and what was decided on it falls.</summary>
/// <param name="Step"><c>provision</c>, <c>protects</c>, <c>harm</c>, <c>waiver</c> or <c>asker</c>.</param>
/// <param name="Provision">With finding <c>possible</c>: OSL chapter and section.</param>
/// <param name="Test">With step <c>harm</c>: <c>open</c> (rakt), <c>secret</c> (omvänt) or <c>absolute</c>.</param>
public sealed record TakeStep(string? Step, string? Finding, string? Provision = null, string? Test = null, string? Note = null)
{
    /// <summary>Pure. <paramref name="marked"/>: a sekretessmarkering stands on the record; it is a warning, and binds nobody (OSL 5:5).</summary>
    public Decision Decide(DisclosureState state, Guid target, bool marked, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { Kind: not FoundKind.Case } item) return Requests.NoItem;
        if (item.Delivered) return new Refusal("item-delivered", "Handlingen är utlämnad i den här begäran. En ny begäran prövas på nytt.");
        var step = ExaminationWords.Steps.FirstOrDefault(s => s.Word == Step);
        if (step.Word is null) return Refusal.Input("step-unknown", $"Steget kan vara: {string.Join(", ", ExaminationWords.Steps.Select(s => s.Word))}.");
        var findings = ExaminationWords.Findings[step.Step];
        if (findings.All(f => f.Word != Finding)) return Refusal.Input("finding-unknown", $"Svaret kan vara: {string.Join(", ", findings.Select(f => f.Word))}.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        var note = string.IsNullOrWhiteSpace(Note) ? null : Note.Trim();
        string? provision = null, test = null;
        switch (step.Step)
        {
            case ExaminationStep.Provision when Finding == "possible":
                if (Provision?.Trim() is not { Length: > 0 and <= 200 } named) return Refusal.Input("provision-missing", "Ange bestämmelsen, till exempel OSL 26 kap. 1 § (TF 2 kap. 2 § och 20 §).");
                provision = named;
                break;
            case ExaminationStep.Provision when marked && note is null:
                // OSL 5:5: the mark is a warning; who finds that nothing applies says why.
                return Refusal.Input("note-missing", "Handlingen har en sekretessmarkering. Skriv varför ingen bestämmelse gäller nu (OSL 5 kap. 5 §).");
            case not ExaminationStep.Provision when item.Of(ExaminationStep.Provision) is not { Finding: "possible" }:
                return new Refusal("provision-first", "Ange först vilken bestämmelse som kan gälla. Gäller ingen är handlingen offentlig, och inget mer behöver prövas.");
            case ExaminationStep.Harm:
                if (ExaminationWords.Tests.All(t => t.Word != Test)) return Refusal.Input("test-unknown", $"Ange hur bestämmelsen är skriven: {string.Join(", ", ExaminationWords.Tests.Select(t => t.Word))}.");
                if (Test == "absolute" && Finding != "harm") return Refusal.Input("absolute-secrecy", "Vid absolut sekretess görs ingen skadeprövning: uppgiften är hemlig tills någon efterskänker sekretessen.");
                if (note is null) return Refusal.Input("note-missing", "Skriv hur du har bedömt skadan.");
                test = Test;
                break;
            case ExaminationStep.Asker when item.Of(ExaminationStep.Harm) is not { Finding: "depends" }:
                // TF 2:18: nobody is asked who they are or why, beyond what the test needs.
                return new Refusal("asking-not-allowed", "Det får bara vägas in när skadan beror på vem som frågar. Annars får ingen fråga det (TF 2 kap. 18 §).");
        }

        return new Happened(new DisclosureStepTaken(target, step.Step, Finding!, provision, test, policy.Version), KeyClass.Request, new Parts().With("note", note));
    }
}

/// <summary>Somebody else looks at the examination before it is decided.</summary>
public sealed record GiveOpinion(bool? Agrees, string? Note)
{
    public Decision Decide(DisclosureState state, Guid target, Guid by, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { Kind: not FoundKind.Case } item) return Requests.NoItem;
        if (item.Steps.Count == 0) return new Refusal("examination-missing", "Det finns ingen prövning att säga något om ännu.");
        if (item.Steps.Values.Any(s => s.By == by.ToString("D"))) return new Refusal("own-examination", "En andra bedömning görs av någon annan än den som har prövat.");
        if (Agrees is not { } agrees) return Refusal.Input("agrees-missing", "Säg om du gör samma bedömning.");
        return Note?.Trim() is { Length: > 0 and <= 5000 } note
            ? new Happened(new DisclosureSecondOpinionGiven(target, agrees, policy.Version), KeyClass.Request, new Parts().With("note", note))
            : Refusal.Input("note-missing", "Skriv hur du bedömer saken.");
    }
}

/// <summary>What becomes of one item in this request.</summary>
/// <param name="Outcome"><c>disclose</c>, <c>mask</c>, <c>reservation</c> or <c>refuse</c>.</param>
/// <param name="Terms">With <c>reservation</c>: what the receiver may not do (OSL 10:14).</param>
/// <param name="NothingCanBeGiven">With <c>refuse</c>: no part of it can be given out masked (TF 2:15).</param>
/// <param name="NotTheSubject">The sender has the same name as who decides, and is somebody else.</param>
public sealed record DecideItem(string? Outcome, string? Terms = null, bool NothingCanBeGiven = false, bool NotTheSubject = false)
{
    public static ItemOutcome? Read(string? word) => ExaminationWords.Outcomes.Where(o => o.Word == word).Select(o => (ItemOutcome?)o.Outcome).FirstOrDefault();

    /// <summary>Pure. <paramref name="delegated"/>: why the caller may not decide it on delegation; null when they may.</summary>
    /// <param name="own">As far as can be known, the record is about the one who decides: it was written under their name.</param>
    public Decision Decide(DisclosureState state, Guid target, Refusal? delegated, Policy policy, bool own = false)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { Kind: not FoundKind.Case } item) return Requests.NoItem;
        if (item.Delivered) return new Refusal("item-delivered", "Handlingen är utlämnad i den här begäran. En ny begäran prövas på nytt.");
        // FL 16–17 §§: who is the subject takes no part; who only shares a name says so.
        if (own && !NotTheSubject) return new Refusal("conflict-of-interest", "Handlingen är skriven under ditt namn. Är det du, är du jävig och en annan beslutar (FL 16 §). Är det någon annan med samma namn, bekräfta det.");
        if (Read(Outcome) is not { } outcome) return Refusal.Input("outcome-unknown", $"Utfallet kan vara: {string.Join(", ", ExaminationWords.Outcomes.Select(o => o.Word))}.");
        // c 12: in steps, and anew for each request: nothing is taken over from another one, nor from a mark on the record.
        if (item.Of(ExaminationStep.Provision) is not { } provision) return new Refusal("examination-missing", "Pröva handlingen först: vilken bestämmelse kan gälla?");
        if (provision.Finding == "none" && outcome != ItemOutcome.Disclose) return new Refusal("no-ground", "Ingen sekretessbestämmelse gäller, så handlingen ska lämnas ut hel (TF 2 kap. 2 §).");
        if (provision.Finding == "possible")
        {
            if (item.Of(ExaminationStep.Protects) is null || item.Of(ExaminationStep.Harm) is not { } harm || item.Of(ExaminationStep.Waiver) is not { } waiver)
                return new Refusal("examination-missing", "Alla steg ska vara gjorda: bestämmelse, skyddsintresse, skadeprövning och samtycke.");
            if (harm.Finding == "depends" && item.Of(ExaminationStep.Asker) is not { Finding: "considered" })
                return new Refusal("examination-missing", "Skadan beror på vem som frågar: väg in det först, eller pröva skadan för vem som helst.");
            if (outcome == ItemOutcome.Disclose && harm.Finding == "harm" && waiver.Finding != "given")
                return new Refusal("harm-found", "Prövningen kom fram till skada, och sekretessen är inte efterskänkt: handlingen kan inte lämnas ut hel. Maska, lämna ut med förbehåll eller avslå.");
            if (outcome != ItemOutcome.Disclose && (harm.Finding == "no-harm" || waiver.Finding == "given"))
                return new Refusal("no-ground", "Utan skada, eller när sekretessen är efterskänkt, ska handlingen lämnas ut hel (TF 2 kap. 2 §, OSL 12 kap. 2 §).");
            if (outcome == ItemOutcome.Reservation && harm.Test == "absolute") return new Refusal("absolute-secrecy", "Ett förbehåll undanröjer risk för skada (OSL 10 kap. 14 §). Vid absolut sekretess finns ingen sådan prövning.");
        }

        if (outcome == ItemOutcome.Mask && !item.IsMasked) return new Refusal("masks-missing", "Ange först vad som ska maskas.");
        if (outcome == ItemOutcome.Refuse && !NothingCanBeGiven) return Refusal.Input("rest-not-considered", "Är bara en del hemlig ska resten lämnas ut maskad (TF 2 kap. 15 §). Bekräfta att ingen del kan lämnas ut.");
        if (outcome == ItemOutcome.Reservation && Terms?.Trim() is not { Length: > 0 and <= 4000 }) return Refusal.Input("terms-missing", "Skriv vad förbehållet innebär: vad mottagaren inte får göra med uppgiften (OSL 10 kap. 14 §).");
        if (outcome is not ItemOutcome.Disclose && policy["disclosure.secondOpinion"] == "required" && item.Opinions.IsEmpty)
            return new Refusal("second-opinion-missing", "Myndigheten har bestämt att någon annan ska se på prövningen innan något hålls tillbaka.");
        if (outcome is not ItemOutcome.Disclose && delegated is not null) return delegated;
        IReadOnlyList<string> provisions = outcome == ItemOutcome.Disclose ? [] : outcome == ItemOutcome.Mask ? item.HidingProvisions : [provision.Provision!];
        return new Happened(new DisclosureItemDecided(target, outcome, provisions, policy.Version), KeyClass.Request, new Parts().With("terms", outcome == ItemOutcome.Reservation ? Terms!.Trim() : null));
    }
}
