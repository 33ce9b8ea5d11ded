using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/undanta: of obviously minor significance, neither registered nor kept in order (OSL 5:1, T-16).</summary>
public sealed class ExemptPageModel(SealedLog log, RecordAssessments handler, AuthorityRegister authorities, RetentionRegister retention) : RecordActPage(log)
{
    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public Guid? DisposalDecision { get; set; }

    public Preconditions Standing { get; private set; } = new([]);

    public IReadOnlyList<Choice> Decisions { get; private set; } = [];

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task Prepare(CancellationToken ct)
    {
        var state = Glance!.State;
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        Standing = new([.. KeepOrderedPageModel.WithoutRegistration(state), policy["ringa.keepOrdered"] == "true"
            ? new Precondition(PageParts.Standing.Blocks, "Riktlinjen håller också det ringa ordnat (V-10)", "Välj Håll ordnad i stället")
            : new Precondition(PageParts.Standing.Met, "Riktlinjen undantar det som är av ringa betydelse", $"Policyversion {policy.Version}")]);
        Decisions = await DecisionChoices(retention, state, ct);
    }

    /// <summary>The gallringsbeslut in force today that cover the record's type; the first choice is none.</summary>
    public static Task<IReadOnlyList<Choice>> DecisionChoices(RetentionRegister retention, RecordState state, CancellationToken ct) => DecisionChoices(retention, state.Authority, state.RecordType, ct);

    /// <param name="recordType">Null for all types.</param>
    public static async Task<IReadOnlyList<Choice>> DecisionChoices(RetentionRegister retention, Guid authority, string? recordType, CancellationToken ct)
    {
        var today = await retention.Today(ct);
        return
        [
            new("", "Inget"),
            .. (await retention.DecisionsOf([authority], ct)).Where(d => d.IsInForce(today) && (recordType is null || d.RecordTypes.Contains(recordType, StringComparer.Ordinal)))
                .Select(d => new Choice(d.Id.ToString("D"), $"{d.Reference}, {d.DecidingBody}, {d.Frist.InSwedish()}")),
        ];
    }

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Decide(Id, Expected, HttpContext.Caller(), new ExemptRecord(Reason, DisposalDecision).Decide, ct),
        Notice.Done("Handlingen är undantagen", "Den registreras inte. Den gallras först när ett gallringsbeslut med frist säger det."),
        code => code == "reason-missing" ? nameof(Reason) : null, ct);
}
