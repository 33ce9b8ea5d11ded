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
