using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/besked: the sender has been told.</summary>
public sealed class NotifyPageModel(SealedLog log, RecordMeasures handler, AuthorityRegister authorities, TimeProvider clock) : RecordActPage(log)
{
    [BindProperty]
    public string? Text { get; set; }

    [BindProperty]
    public string? Means { get; set; }

    [BindProperty]
    public DateOnly? Day { get; set; }

    /// <summary>What the guideline says of it.</summary>
    public string Rule { get; private set; } = "";

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator, Role.Registrator, Role.Chef);

    protected override async Task Prepare(CancellationToken ct)
    {
        var value = (await authorities.Find(Glance!.State.Authority, ct))!.Policy.Of("removal.notice");
        Rule = value.Value == "none" ? "Riktlinjen säger inget om besked. Det är god sed att lämna ett." : $"Besked {PolicyKeys.Word(value.Key, value.Value)} ({value.Requirement}).";
    }

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Notify(Id, new(Text, SwedishDay.Noon(Day, clock), Means), Expected, HttpContext.Caller(), ct),
        Notice.Done("Beskedet är antecknat"),
        code => code switch { "text-missing" => nameof(Text), "means-too-long" => nameof(Means), "sent-in-the-future" => nameof(Day), _ => null }, ct);
}
