using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Answering;

/// <summary>A person says that the sender was answered: by an own post that is captured, or in words and where. Also of what is taken down (N-12).</summary>
public sealed record AnswerRecord(Guid? Reply, string? Text, string? Where)
{
    /// <param name="state">What was answered.</param>
    /// <param name="reply">The post named as the answer; null when none was, or when the caller may not know of it.</param>
    /// <param name="policy">In force.</param>
    public Decision Decide(RecordState state, RecordState? reply, Policy policy)
    {
        if (OnlyWhatCameIn(state) is { } why) return why;
        if (Reply is null && string.IsNullOrWhiteSpace(Text) && string.IsNullOrWhiteSpace(Where))
            return Refusal.Input("answer-missing", "Ange vilket inlägg som är svaret, eller vad som svarades och var.");
        if (Text is { Length: > 5000 }) return Refusal.Input("answer-too-long", "Svaret får vara högst 5000 tecken.");
        if (Where is { Length: > 500 }) return Refusal.Input("answer-where-too-long", "Var svaret gavs får vara högst 500 tecken.");
        if (Reply is { } id)
        {
            if (reply is null) return Refusal.Unknown("reply", "Inlägget som skulle vara svaret finns inte, eller så får du inte se det.");
            if (reply.Direction != Direction.DrawnUp || reply.Channel != state.Channel)
                return new Refusal("reply-not-ours", "Svaret ska vara skrivet av kanalens eget konto i samma kanal. Svarade ni någon annanstans: skriv vad och var.");
            if (state.Replies.Contains(id)) return Decision.Nothing;
        }

        return new Happened(new RecordAnswered(Reply, policy.Version), KeyClass.Register, new Parts().With(Parts.Text, Clean(Text)).With("where", Clean(Where)));
    }

    internal static Refusal? OnlyWhatCameIn(RecordState state) =>
        state.Direction == Direction.Received ? null : new Refusal("not-received", "Bara det som kommit in till myndigheten kan besvaras.");

    internal static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>Passes a question on. The administrator stays responsible: it stays open until it is answered (H-10, N-12; T-04 "vem äger frågan").</summary>
public sealed record ForwardRecord(string? Owner, string? Notice)
{
    public Decision Decide(RecordState state, Policy policy)
    {
        if (AnswerRecord.OnlyWhatCameIn(state) is { } why) return why;
        if (state.AnswerGiven) return new Refusal("already-answered", "Handlingen är redan besvarad eller avslutad utan svar.");
        if (AnswerRecord.Clean(Owner) is not { Length: <= 300 } owner) return Refusal.Input("owner-missing", "Ange vem som äger frågan nu, en person eller en enhet, högst 300 tecken (H-10).");
        var notice = AnswerRecord.Clean(Notice);
        // H-10: that it was passed on "ska meddelas i kanalen".
        if (notice is null && policy["answer.forwardNotice"] == "required")
            return Refusal.Input("notice-missing", "Skriv vad som sades i kanalen om att frågan skickats vidare. Riktlinjen kräver att det sägs där (H-10).");
        if (notice is { Length: > 2000 }) return Refusal.Input("notice-too-long", "Meddelandet får vara högst 2000 tecken.");
        return new Happened(new RecordForwarded(notice is not null, policy.Version), KeyClass.Register, new Parts().With("owner", owner).With("notice", notice));
    }
}

/// <summary>Says that no answer is given. Where everybody must be answered only what is disposable may go without one (N-12, N-16).</summary>
public sealed record CloseUnanswered(string? Reason, Guid? DisposalDecision)
{
    /// <summary>Pure. <paramref name="decisionInForce"/>: the gallringsbeslut named is in force and covers the record's type.</summary>
    public Decision Decide(RecordState state, Policy policy, bool decisionInForce)
    {
        if (AnswerRecord.OnlyWhatCameIn(state) is { } why) return why;
        if (state.AnswerGiven) return new Refusal("already-answered", "Handlingen är redan besvarad eller avslutad utan svar.");
        if (AnswerRecord.Clean(Reason) is not { Length: <= 2000 } reason) return Refusal.Input("reason-missing", "Ange varför inget svar ges, högst 2000 tecken.");
        if (DisposalDecision is not null && !decisionInForce) return new Refusal("disposal-decision-missing", "Gallringsbeslutet är inte i kraft, eller omfattar inte handlingstypen.");
        if (policy["answer.duty"] == "all")
        {
            if (!state.AssessedMinor) return new Refusal("not-assessed-minor", "Inget meddelande får lämnas obesvarat utom det som får gallras (N-12). Bedöm först att handlingen är av ringa betydelse.");
            if (DisposalDecision is null) return new Refusal("disposal-decision-missing", "Inget meddelande får lämnas obesvarat utom det som får gallras (N-12). Ange gallringsbeslutet som omfattar handlingstypen.");
        }

        return new Happened(new RecordClosedUnanswered(DisposalDecision, policy.Version), KeyClass.Register, new Parts().With("note", reason));
    }
}

/// <summary>The three ways out of the list of what waits for an answer.</summary>
public sealed class AnswerHandler(Features.Records.Records records, AuthorityRegister authorities, DisposalDecisions decisions)
{
    private static readonly Refusal Unseen = Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/answer", async (Guid id, AnswerRecord command, IfMatch expected, Caller caller, AnswerHandler handler, CancellationToken ct) =>
            (await handler.Answer(id, command, expected, caller, ct)).Answer()).WithName("answer-record");
        routes.MapPost("/api/v1/records/{id:guid}/forward", async (Guid id, ForwardRecord command, IfMatch expected, Caller caller, AnswerHandler handler, CancellationToken ct) =>
            (await handler.Forward(id, command, expected, caller, ct)).Answer()).WithName("forward-record");
        routes.MapPost("/api/v1/records/{id:guid}/close-unanswered", async (Guid id, CloseUnanswered command, IfMatch expected, Caller caller, AnswerHandler handler, CancellationToken ct) =>
            (await handler.Close(id, command, expected, caller, ct)).Answer()).WithName("close-unanswered");
    }

    public static bool May(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator, Role.Registrator);

    /// <summary>That nobody needs an answer is a judgement of the record, like the assessment.</summary>
    public static bool MayClose(Caller caller, Guid authority) => caller.MayAssess(authority);

    public async Task<Outcome> Answer(Guid id, AnswerRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Unseen;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var reply = command.Reply is { } named ? await records.Find(named, caller, ct) : null;
        return await records.Decide(id, expected, caller, new AssignmentDemand(policy, AssignmentUse.Answer, ManagerToo: true), state => May(caller, state.Authority) ? command.Decide(state, reply, policy) : NotAllowed, ct: ct);
    }

    public async Task<Outcome> Forward(Guid id, ForwardRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Unseen;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, new AssignmentDemand(policy, AssignmentUse.Answer, ManagerToo: true), state => May(caller, state.Authority) ? command.Decide(state, policy) : NotAllowed, ct: ct);
    }

    public async Task<Outcome> Close(Guid id, CloseUnanswered command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Unseen;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var inForce = command.DisposalDecision is { } decision && await decisions.IsInForce(decision, seen.Authority, seen.RecordType, ct);
        return await records.Decide(id, expected, caller,
            state => MayClose(caller, state.Authority) ? command.Decide(state, policy, inForce) : Refusal.NotAllowed("Bara moderator eller registrator får avsluta något utan svar."), ct: ct);
    }

    private static Refusal NotAllowed => Refusal.NotAllowed("Bara moderator, kommunikatör eller registrator får svara eller vidarebefordra.");
}
