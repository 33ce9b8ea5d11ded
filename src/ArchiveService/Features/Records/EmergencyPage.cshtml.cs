using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/nodatgard: an emergency act is examined afterwards, and upheld or not.</summary>
public sealed class EmergencyPageModel(SealedLog log, RecordAssessments handler, RecordViews views) : RecordActPage(log)
{
    public static IReadOnlyList<Choice> Answers { get; } =
    [
        new("yes", "Ja, den var riktig", "Innehållet förblir nedtaget."),
        new("no", "Nej, den ska upphävas", "Därefter återställer du innehållet i kanalen."),
    ];

    [BindProperty]
    public string? Upheld { get; set; }

    [BindProperty]
    public string? Motivation { get; set; }

    /// <summary>The act to examine, with its grounds and its motivation.</summary>
    public Timeline Act { get; private set; } = new([]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task Prepare(CancellationToken ct)
    {
        var sight = views.Sight(HttpContext.Caller());
        if ((await RecordViews.Acts(sight, Id, ct)).LastOrDefault(a => a.Emergency == true) is not { } act) return;
        var names = await RecordViews.Names(sight, act.ActorId is { } actor ? [actor] : [], ct);
        Act = new([RecordViewWords.Act(act, names)]) { Slim = true };
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (Upheld is not ("yes" or "no")) return await Ask(nameof(Upheld), "Svara om nödåtgärden var riktig.", ct);

        var upheld = Upheld == "yes";
        return await After(
            await handler.Decide(Id, Expected, HttpContext.Caller(), (state, policy) => new ConfirmEmergency(upheld, Motivation).Decide(state, policy, HttpContext.Caller().PersonId), ct),
            upheld ? Notice.Done("Nödåtgärden är bekräftad") : Notice.Attention("Nödåtgärden är upphävd", "Återställ innehållet i kanalen, eller ta ned det på nytt med ordinarie grunder."),
            code => code == "motivation-missing" ? nameof(Motivation) : null, ct, upheld ? null : $"/handlingar/{Id:D}/aterstall");
    }
}
