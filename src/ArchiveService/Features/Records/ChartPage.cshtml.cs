using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/svarsschema: the response chart, a question a page. Nothing is written before the assessment.</summary>
public sealed class ChartPageModel(SealedLog log, AuthorityRegister authorities) : RecordActPage(log)
{
    [BindProperty(SupportsGet = true, Name = "steg")]
    public string? At { get; set; }

    private bool used;

    public ChartOutcome? Outcome => ResponseChart.Outcome(At);

    public ChartStep? Step => Outcome is null ? ResponseChart.Step(At) ?? ResponseChart.Start : null;

    public IReadOnlyList<(ChartStep Step, ChartWay Way)> Path => ResponseChart.PathTo(Outcome?.Code ?? Step!.Code);

    public string To(string code) => $"/handlingar/{Id:D}/svarsschema?steg={code}";

    protected override bool MayOpen(Caller caller, Guid authority) => used && caller.MayAssess(authority);

    protected override async Task Prepare(CancellationToken ct) => used = (await authorities.Find(Glance!.State.Authority, ct))!.Policy["triage.chart"] != "none";

    protected override Task<IActionResult> Send(CancellationToken ct) => Task.FromResult<IActionResult>(NotFound());
}
