using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Style;

/// <summary>Every part on one page, with invented content. <c>?fel=1</c> shows a refused form.</summary>
[AllowAnonymous]
public sealed class IndexModel : PageModel
{
    [BindProperty]
    public string[] Grounds { get; set; } = ["personal-attack", "personal-data"];

    [BindProperty]
    public string? LegalReference { get; set; }

    [BindProperty]
    public string? Motivation { get; set; } = "Bryter mot reglerna.";

    [BindProperty]
    public string? Notified { get; set; } = "yes";

    [BindProperty]
    public string? RecordType { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; } = new DateOnly(2026, 11, 1);

    [BindProperty]
    public bool Emergency { get; set; }

    public string? Q { get; set; } = "halka skolvägen";

    [BindProperty]
    public int? Pages { get; set; } = 12;

    [BindProperty]
    public string? Password { get; set; }

    [BindProperty]
    public string? Attached { get; set; }

    /// <summary>The tokens of ui.css and what each is for; a test compares them.</summary>
    public static IReadOnlyList<(string Token, string For)> Colours { get; } =
    [
        ("--bg", "Sidans botten"), ("--surface", "Kort, tabeller, fält"), ("--sunken", "Nedsänkt: spår, inaktivt"), ("--paper", "Handlingens papper"), ("--line", "Tunna linjer, bara till prydnad"), ("--line-firm", "Kanter som betyder något: fält, knappar"),
        ("--ink", "Text"), ("--ink-2", "Text i andra hand"), ("--ink-3", "Uppgifter vid sidan av"),
        ("--accent", "Länkar, huvudknapp, det valda"), ("--accent-strong", "Den under pekaren"), ("--accent-soft", "Det valdas botten"), ("--accent-line", "Det valdas kant"), ("--on-accent", "Text på huvudknappen"),
        ("--top-bg", "Sidhuvud"), ("--top-line", "Sidhuvudets kant"), ("--top-ink", "Text i sidhuvudet"), ("--top-ink-2", "Text i andra hand där"), ("--top-field", "Sökfältet där"), ("--top-field-ink", "Text i det"),
        ("--bad", "Fel, sent"), ("--bad-soft", "Felets botten"), ("--bad-line", "Felets kant"), ("--warn", "Se upp"), ("--warn-soft", "Dess botten"), ("--warn-line", "Dess kant"), ("--good", "Klart"), ("--good-soft", "Dess botten"), ("--good-line", "Dess kant"),
        ("--secret", "Sekretess, aldrig något annat"), ("--on-secret", "Text på den"), ("--hit", "Träff i en sökning"), ("--hit-ink", "Text på den"), ("--redact", "Maskat"), ("--focus", "Fokus, aldrig något annat"),
    ];

    public static IReadOnlyList<(string Tokens, string For)> Measures { get; } =
    [
        ("--font-ui, --font-record, --font-mono", "Systemets röst, handlingens röst, koder. Inga typsnitt laddas."),
        ("--t-xs, --t-s, --t-m, --t-l, --t-xl, --t-2xl, --t-3xl", "13, 14, 15, 17, 20, 28 och 34 bildpunkter, i rem: texten växer med läsarens inställning"),
        ("--lh, --lh-tight, --measure", "Radhöjd i löptext och rubriker, längsta rad"),
        ("--s1, --s2, --s3, --s4, --s5, --s6, --s7, --s8", "4, 8, 12, 16, 24, 32, 48 och 64 bildpunkter luft"),
        ("--r1, --r2", "Hörn på fält och på ytor"),
        ("--top-h, --side-w, --shadow", "Sidhuvudets höjd, menyns bredd, dialogens skugga"),
    ];

    public static IReadOnlyList<Choice> AllGrounds { get; } =
    [
        new("personal-attack", "Förtal eller personangrepp", "grova förolämpningar räknas hit"),
        new("personal-data", "Kränkande personuppgifter", "uppgifter om någon annans privatliv"),
        new("agitation", "Hets mot folkgrupp", "anmäls alltid till polisen"),
        new("incitement", "Uppmaning till brott"),
        new("violence", "Våld eller pornografi", "grova skildringar"),
        new("secrecy", "Sekretess", "registreras alltid, dagen den upptäcks"),
        new("copyright", "Upphovsrätt"),
        new("spam", "Reklam", "stängd: riktlinjen tar inte upp reklam", Closed: true),
    ];

    public static IReadOnlyList<Choice> NotifiedChoices { get; } =
    [
        new("yes", "Ja, jag svarar i tråden", "Svarstexten fångas som upprättad handling"),
        new("no", "Nej, det är inte lämpligt", "Skriv varför i motiveringen"),
    ];

    public static IReadOnlyList<Choice> RecordTypes { get; } = [new("", "Välj"), new("view", "Synpunkt"), new("question", "Fråga"), new("removed", "Borttaget inlägg")];

    public static IReadOnlyList<(string Family, string Note, Mark[] Marks)> Families { get; } =
    [
        ("I kanalen: rund", "Vad besökaren ser", [Marks.Visible, Marks.EditedVisible, Marks.Hidden, Marks.Unpublished, Marks.DeletedInChannel, Marks.DeletedBySender, Marks.DeletedByPlatform, Marks.NotSeen]),
        ("Registrering: fyrkant", "Vad diariet vet", [Marks.NotAssessed, Marks.Registered, Marks.KeptOrdered, Marks.Minor, Marks.Routed, Marks.NumberStruck]),
        ("Bevarande: romb", "Vad som händer sedan", [Marks.Kept, Marks.TimeRuns, Marks.TimePassed, Marks.Held, Marks.DisposalApproved, Marks.Transferred, Marks.Destroyed]),
        ("Riktning: bricka med pil", "Ur myndighetens synvinkel", [Marks.Incoming, Marks.Drafted, Marks.DirectionUnknown, Marks.Done("Klart"), Marks.Waiting("Väntar"), Marks.Attention("Se upp"), Marks.Failed("Misslyckades")]),
    ];

    public void OnGet(int fel)
    {
        if (fel == 0)
        {
            return;
        }

        ModelState.AddModelError(nameof(Motivation), "Motiveringen behöver säga vad som är fel, med egna ord");
        ModelState.AddModelError(nameof(LegalReference), "Ange lagrum för grunden kränkande personuppgifter");
    }

    public void OnPost()
    {
        if (string.IsNullOrWhiteSpace(LegalReference))
        {
            ModelState.AddModelError(nameof(LegalReference), "Ange lagrum för grunden kränkande personuppgifter");
        }

        if (Motivation is not { Length: >= 40 })
        {
            ModelState.AddModelError(nameof(Motivation), "Motiveringen behöver säga vad som är fel, med egna ord");
        }
    }
}
