using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/papperskopia: notes that the record was printed, and where the copy lies (C8, H-18, R-15).</summary>
public sealed class PaperCopyPageModel(SealedLog log, PaperCopyHandler handler, AuthorityRegister authorities, RetentionRegister retention, TimeProvider clock) : RecordActPage(log)
{
    [BindProperty]
    public string? Paper { get; set; } = "age-resistant";

    [BindProperty]
    public int? Pages { get; set; }

    [BindProperty]
    public string? Printer { get; set; }

    [BindProperty]
    public string? Location { get; set; }

    [BindProperty]
    public DateOnly? ProducedOn { get; set; }

    [BindProperty]
    public bool IsArchival { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public PaperDuty? Duty { get; private set; }

    public IReadOnlyList<Choice> Papers { get; } = [.. PaperCopy.Papers.Select(p => new Choice(p.Word, p.Said))];

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Arkivarie);

    protected override async Task Prepare(CancellationToken ct)
    {
        var policy = (await authorities.Find(Glance!.State.Authority, ct))!.Policy;
        var covered = (await retention.RulesInForce([Glance.State.Authority], ct)).Any(r => r.Destroys && r.RecordTypes.Contains(Glance.State.RecordType));
        Duty = PaperDuty.Of(Glance.State, policy, kept: !covered);
        if (!HttpMethods.IsGet(Request.Method)) return;
        ProducedOn = Swedish.Day(clock.GetUtcNow());
        IsArchival = policy["preservation.archivalCopy"] is "paper" or "paper-when-made";
    }

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Produce(Id, new(Paper, Pages, Printer, Location, ProducedOn, IsArchival, Note), Expected, HttpContext.Caller(), ct), Notice.Done("Papperskopian är antecknad"),
        code => code switch
        {
            "paper-unknown" or "paper-not-lasting" => nameof(Paper),
            "pages-missing" => nameof(Pages),
            "printer-missing" => nameof(Printer),
            "location-missing" => nameof(Location),
            "produced-in-the-future" => nameof(ProducedOn),
            "note-too-long" => nameof(Note),
            _ => null,
        }, ct);
}
