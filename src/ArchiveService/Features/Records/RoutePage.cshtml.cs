using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/for-till-akt: to a personakt or patientjournal that the authority itself keeps (OSF 2 §).</summary>
public sealed class RoutePageModel(SealedLog log, RouteRecordHandler handler, AuthorityRegister authorities, TimeProvider clock) : RecordActPage(log)
{
    [BindProperty]
    public string? Target { get; set; }

    [BindProperty]
    public string? ReceivingUnit { get; set; }

    [BindProperty]
    public string? Receipt { get; set; }

    [BindProperty]
    public DateOnly? ReceivedOn { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    public IReadOnlyList<Choice> Targets { get; private set; } = [];

    public Preconditions Standing { get; private set; } = new([]);

    public bool IsRegistered => Glance!.State.Registration == Registration.Registered;

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var authority = (await authorities.Find(Glance!.State.Authority, ct))!;
        var (policy, state) = (authority.Policy, Glance.State);
        Targets = [.. RouteRecord.Targets.Where(t => RouteRecord.Holds(policy, t.Target)).Select(t => new Choice(t.Target, Swedish.Sentence(t.Word)))];
        Target ??= Targets.Count == 1 ? Targets[0].Value : null;
        ReceivedOn ??= Swedish.Day(clock.GetUtcNow());
        var first = policy["routing.registration"] is "always-too" || (policy["routing.registration"] == "removed-too" && state.TakenDownByAuthority);
        Standing = new(
        [
            Targets.Count > 0
                ? new(PageParts.Standing.Met, $"{authority.Name} håller själv akten", PolicyKeys.Word("routing.holds", policy["routing.holds"]))
                : new(PageParts.Standing.Blocks, $"{authority.Name} håller inga akter", "Sekretessmarkera, registrera och lämna över till den nämnd som håller akten (OSL 5 kap. 1 §, 8 kap. 1 §)"),
            state.RoutedTo is { } to
                ? new(PageParts.Standing.Blocks, $"Redan förd till {RouteRecord.TargetWord(to)}")
                : new(PageParts.Standing.Met, "Inte förd till någon akt"),
            .. first
                ? [IsRegistered ? new Precondition(PageParts.Standing.Met, $"Registrerad som {state.DiaryNumber}") : new(PageParts.Standing.Blocks, "Inte registrerad", state.TakenDownByAuthority ? "Det som har tagits ned registreras också (H-25)" : "Riktlinjen för det till diariet (T-14)")]
                : Array.Empty<Precondition>(),
            .. state is { Wall: Wall.Open, Assessment.SecrecySuspected: false }
                ? [new Precondition(PageParts.Standing.Blocks, "Bedömd: inget tyder på sekretess", "Då hör den inte till en akt")]
                : Array.Empty<Precondition>(),
        ]);
    }

    // The one who hands it over may not be cleared to read it any longer.
    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Route(Id, new(Target, ReceivingUnit, Receipt, ReceivedOn, Provision), Expected, HttpContext.Caller(), ct),
        Notice.Done("Handlingen är förd till akten", "Den är sekretessmarkerad och syns bara för den som har behörighet."),
        code => code switch
        {
            "route-target" => nameof(Target),
            "receiving-unit-missing" => nameof(ReceivingUnit),
            "receipt-missing" => nameof(Receipt),
            "received-on" => nameof(ReceivedOn),
            "provision-missing" => nameof(Provision),
            _ => null,
        }, ct, HttpContext.Caller().ReadsSecretsOf is { Count: 0 } ? "/sok" : $"/handlingar/{Id:D}");
}
