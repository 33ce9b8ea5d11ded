using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Answering;

/// <summary>An own post that may be the answer.</summary>
public sealed record ProposedReply(Guid Id, string? Text, DateTimeOffset At);

/// <summary>/handlingar/{id}/besvara: a captured reply is confirmed in one click, or the answer is told.</summary>
public sealed class AnswerPageModel(SealedLog log, Databases databases, AnswerHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public Guid? Reply { get; set; }

    [BindProperty]
    public string? Text { get; set; }

    [BindProperty]
    public string? Where { get; set; }

    public IReadOnlyList<ProposedReply> Replies { get; private set; } = [];

    protected override bool MayOpen(Caller caller, Guid authority) => AnswerHandler.May(caller, authority);

    protected override async Task Prepare(CancellationToken ct) => Replies = await ProposedReplies.Of(databases, HttpContext.Caller(), Id, Glance!.State, ct);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Answer(Id, new(Reply, Reply is null ? Text : null, Reply is null ? Where : null), Expected, HttpContext.Caller(), ct),
        Notice.Done("Handlingen är besvarad"),
        code => code switch { "answer-missing" or "answer-too-long" => nameof(Text), "answer-where-too-long" => nameof(Where), _ => null }, ct);
}

public static class ProposedReplies
{
    /// <summary>What the channel's own account wrote under the record, and nobody has confirmed yet. A person decides whether it answers.</summary>
    public static async Task<IReadOnlyList<ProposedReply>> Of(Databases databases, Caller caller, Guid record, RecordState state, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var id = sql.Value(record);
        sql.Add($"""
            select r.record_id, case when r.wall = 'open' then left(r.text, 1000) end, r.occurred_at
            from {sight.Records} q join {sight.Records} r on r.parent_id = q.record_id or r.conversation_id = q.conversation_id
            where q.record_id = {id} and r.direction = 'drawnUp' and not r.destroyed and r.occurred_at >= q.occurred_at and {sight.Allows(sql, "r")}
            order by r.occurred_at, r.record_id limit 10
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<ProposedReply>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0), row.Text(1), row.GetFieldValue<DateTimeOffset>(2)));
        return [.. found.Where(r => !state.Replies.Contains(r.Id))];
    }
}

/// <summary>/handlingar/{id}/vidarebefordra: passed on, with an owner and what was told in the channel (H-10).</summary>
public sealed class ForwardPageModel(SealedLog log, AuthorityRegister authorities, AnswerHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Owner { get; set; }

    [BindProperty]
    public string? Notice { get; set; }

    public bool NoticeRequired { get; private set; }

    protected override bool MayOpen(Caller caller, Guid authority) => AnswerHandler.May(caller, authority);

    protected override async Task Prepare(CancellationToken ct) => NoticeRequired = (await authorities.Find(Glance!.State.Authority, ct))!.Policy["answer.forwardNotice"] == "required";

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Forward(Id, new(Owner, Notice), Expected, HttpContext.Caller(), ct),
        PageParts.Notice.Done("Handlingen är vidarebefordrad", "Den står kvar i arbetslistan tills den är besvarad."),
        code => code switch { "owner-missing" => nameof(Owner), "notice-missing" or "notice-too-long" => nameof(Notice), _ => null }, ct);
}

/// <summary>/handlingar/{id}/avsluta-utan-svar: no answer is given, with the ground for it (N-12).</summary>
public sealed class CloseUnansweredPageModel(SealedLog log, AuthorityRegister authorities, RetentionRegister retention, AnswerHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public Guid? DisposalDecision { get; set; }

    public IReadOnlyList<Choice> Decisions { get; private set; } = [];

    public Preconditions Standing { get; private set; } = new([]);

    protected override bool MayOpen(Caller caller, Guid authority) => AnswerHandler.MayClose(caller, authority);

    protected override async Task Prepare(CancellationToken ct)
    {
        var state = Glance!.State;
        Decisions = await ExemptPageModel.DecisionChoices(retention, state, ct);
        if ((await authorities.Find(state.Authority, ct))!.Policy["answer.duty"] != "all") return;
        Standing = new(
        [
            state.AssessedMinor ? new(PageParts.Standing.Met, "Bedömd vara av ringa betydelse") : new Precondition(PageParts.Standing.Blocks, "Inte bedömd vara av ringa betydelse", "Inget meddelande får lämnas obesvarat utom det som får gallras (N-12)"),
            Decisions.Count > 1 ? new(PageParts.Standing.Met, "Ett gallringsbeslut i kraft omfattar handlingstypen") : new Precondition(PageParts.Standing.Blocks, "Inget gallringsbeslut i kraft omfattar handlingstypen", "Utan beslut får inget gallras (N-16)"),
        ]);
    }

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Close(Id, new(Reason, DisposalDecision), Expected, HttpContext.Caller(), ct),
        Notice.Done("Avslutad utan svar"),
        code => code switch { "reason-missing" => nameof(Reason), "disposal-decision-missing" => nameof(DisposalDecision), _ => null }, ct);
}
