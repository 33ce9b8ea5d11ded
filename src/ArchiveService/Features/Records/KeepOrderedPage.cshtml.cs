using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/hall-ordnad: kept in order instead of registered (OSL 5:1).</summary>
public sealed class KeepOrderedPageModel(SealedLog log, RecordAssessments handler, AuthorityRegister authorities) : RecordActPage(log)
{
    public Preconditions Standing { get; private set; } = new([]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task Prepare(CancellationToken ct)
    {
        var policy = (await authorities.Find(Glance!.State.Authority, ct))!.Policy;
        Standing = new([.. WithoutRegistration(Glance.State), policy.RegistrationDefault == "register"
            ? new Precondition(PageParts.Standing.Blocks, "Riktlinjen låter inte handlingar hållas ordnade (R-14)", "Registrera den i stället")
            : new Precondition(PageParts.Standing.Met, "Riktlinjen låter den hållas ordnad", $"Policyversion {policy.Version}")]);
    }

    /// <summary>What has to hold before anything is left without a diary number (I8, OSL 5:1, N-08).</summary>
    public static IEnumerable<Precondition> WithoutRegistration(RecordState state) =>
    [
        state.Registration is Registration.Registered or Registration.Routed
            ? new(PageParts.Standing.Blocks, "Redan registrerad eller överlämnad", "Det går inte att ta tillbaka (I8)")
            : new(PageParts.Standing.Met, "Inte registrerad"),
        state.Wall switch
        {
            Wall.Open => new(PageParts.Standing.Met, "Inget tyder på sekretess"),
            Wall.Unassessed => new(PageParts.Standing.Blocks, "Inte bedömd", "Bedöm handlingen först"),
            _ => new(PageParts.Standing.Blocks, "Sekretessmarkerad", "Det som kan omfattas av sekretess ska registreras (OSL 5 kap. 1 §, N-08)"),
        },
    ];

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Decide(Id, Expected, HttpContext.Caller(), new KeepOrdered().Decide, ct),
        Notice.Done("Handlingen hålls ordnad", "Den är allmän handling och går att hitta och begära ut, utan diarienummer."), _ => null, ct);
}
