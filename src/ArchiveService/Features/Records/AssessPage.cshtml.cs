using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/bedom: lifts a record from unassessed, or puts it back there.</summary>
public sealed class AssessPageModel(SealedLog log, RecordAssessments handler) : RecordActPage(log)
{
    public static IReadOnlyList<Choice> Answers { get; } =
    [
        new("no", "Nej, inget tyder på det", "Handlingen syns för alla som arbetar för myndigheten."),
        new("yes", "Ja, det kan de", "Bara den som bedömer ser den. Registrera den och sekretessmarkera den."),
    ];

    /// <summary>yes or no; nobody answers it by leaving it alone.</summary>
    [BindProperty]
    public string? Secrecy { get; set; }

    [BindProperty]
    public bool Minor { get; set; }

    [BindProperty]
    public bool IsQuestion { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (Secrecy is not ("yes" or "no")) return await Ask(nameof(Secrecy), "Svara om uppgifterna kan omfattas av sekretess.", ct);

        var command = new AssessRecord(Minor, Secrecy == "yes", IsQuestion, string.IsNullOrWhiteSpace(Note) ? null : Note.Trim());
        var outcome = await handler.Decide(Id, Expected, HttpContext.Caller(), command.Decide, ct);
        return await After(
            outcome, Secrecy == "yes" ? Notice.Done("Bedömd: kan omfattas av sekretess", "Den syns bara för den som bedömer tills den är sekretessmarkerad eller bedömd på nytt.") : Notice.Done("Handlingen är bedömd"),
            code => code switch { "note-too-long" => nameof(Note), "minor-and-secret" => nameof(Minor), _ => null }, ct);
    }
}
