using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.DataSubjects;

public static class SubjectRoutes
{
    private const string Root = "/api/v1/data-subject-requests";

    public static IServiceCollection AddDataSubjects(this IServiceCollection services) => services
        .AddSingleton<ReceiveSubjectRequestHandler>().AddSingleton<SubjectRegister>().AddSingleton<SubjectAccounts>().AddSingleton<Extracts>().AddSingleton<ExtractPackages>().AddSingleton<SubjectRequests>();

    public static void MapDataSubjects(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Root, async (ReceiveSubjectRequest command, Caller caller, ReceiveSubjectRequestHandler handler, CancellationToken ct) =>
        {
            var (id, number, outcome) = await handler.Receive(command, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Created($"{Root}/{id}", new { id, number, lastSequence = done.LastSequence, version = done.Version }) : outcome.Answer();
        }).WithName("receive-data-subject-request");
        routes.MapGet(Root, async (Caller caller, SubjectRegister register, TimeProvider clock, CancellationToken ct, bool open = false) =>
            TypedResults.Ok(new { items = (await register.Of(caller, open, ct)).Select(r => Row(r, PageParts.Swedish.Day(clock.GetUtcNow()))) })).WithName("data-subject-requests");
        routes.MapGet($"{Root}/{{id:guid}}", One).WithName("data-subject-request");
        routes.MapGet($"{Root}/{{id:guid}}/accounts", async (Guid id, string? q, HttpRequest request, Caller caller, SubjectRequests requests, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (found, refused) = await requests.Search(id, q, caller, ct);
            return refused is null ? TypedResults.Ok(new { items = found }) : (IResult)Problems.Refused(refused);
        }).WithName("search-data-subject-accounts");

        Command<AskIdentity>(routes, "ask-identity", "ask-data-subject-identity", (r, id, c, e, who, ct) => r.Ask(id, c, e, who, ct));
        Command<IdentifySubject>(routes, "identify", "identify-data-subject", (r, id, c, e, who, ct) => r.Identify(id, c, e, who, ct));
        Command<LinkSubject>(routes, "links", "link-data-subject", (r, id, c, e, who, ct) => r.Link(id, c, e, who, ct));
        Command<ExtendSubjectTime>(routes, "extend", "extend-data-subject-time", (r, id, c, e, who, ct) => r.Extend(id, c, e, who, ct));
        Command<HandOutExtract>(routes, "hand-out", "hand-out-extract", (r, id, c, e, who, ct) => r.HandOut(id, c, e, who, ct));
        Command<AnswerSubject>(routes, "answer", "answer-data-subject", (r, id, c, e, who, ct) => r.Answer(id, c, e, who, ct));
        Command<WithdrawSubjectRequest>(routes, "withdraw", "withdraw-data-subject-request", (r, id, c, e, who, ct) => r.Withdraw(id, c, e, who, ct));
        OnTarget<UnlinkSubject>(routes, "links/{target:guid}/unlink", "unlink-data-subject", (r, id, target, c, e, who, ct) => r.Unlink(id, target, c, e, who, ct));
        OnTarget<ExamineSubjectRecord>(routes, "records/{target:guid}/examine", "examine-data-subject-record", (r, id, target, c, e, who, ct) => r.Examine(id, target, c, e, who, ct));
        OnTarget<ExaminePassages>(routes, "records/{target:guid}/passages", "examine-data-subject-passages", (r, id, target, c, e, who, ct) => r.ExaminePassages(id, target, c, e, who, ct));
        routes.MapGet($"{Root}/{{id:guid}}/marks", async (Guid id, HttpRequest request, HttpResponse response, Caller caller, SubjectRequests requests, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            response.Headers.CacheControl = "private, no-store";
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (marked, refused) = await requests.Marks(id, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new
            {
                undecided = marked!.Sum(m => m.Undecided),
                items = marked!.Where(m => m.Marks.Count + m.Also.Count > 0).Select(m => new
                {
                    m.Record,
                    m.Version,
                    m.At,
                    m.Text,
                    marks = m.Marks.Select(d => new { d.Mark.Start, d.Mark.Length, d.Mark.Kind, d.Text, d.Masked }),
                    also = m.Also.Select(p => new { p.Start, p.Length }),
                }),
            });
        }).WithName("data-subject-marks");
        OnTarget<NoteSupplement>(routes, "records/{target:guid}/supplement", "note-data-subject-supplement", (r, id, target, c, e, who, ct) => r.Supplement(id, target, c, e, who, ct));
        routes.MapPost($"{Root}/{{id:guid}}/case", async (Guid id, OpenSubjectCase command, IfMatch expected, Caller caller, SubjectRequests requests, CancellationToken ct) =>
        {
            var (outcome, caseId, number) = await requests.Open(id, command, expected, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { caseId, diaryNumber = number, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("open-data-subject-case");
        routes.MapPost($"{Root}/{{id:guid}}/extract", async (Guid id, ProduceExtract command, IfMatch expected, HttpResponse response, Caller caller, SubjectRequests requests, CancellationToken ct) =>
        {
            response.Headers.CacheControl = "private, no-store";
            var (produced, outcome) = await requests.Produce(id, command, expected, caller, ct);
            if (produced is null || outcome is not Outcome.Done done) return outcome.Answer();
            response.Headers["Extract-Digest"] = produced.Digest;
            if (produced.Package is { } package) return TypedResults.Stream(package, "application/zip", FileName(produced, "zip"));
            return produced.Pdf is { } paper
                ? TypedResults.File(paper, "application/pdf", FileName(produced, "pdf"))
                : (IResult)TypedResults.Ok(new { digest = produced.Digest, undecidedMarks = produced.Extract.Undecided, done.LastSequence, done.Version, extract = System.Text.Json.JsonDocument.Parse(produced.Json).RootElement });
        }).WithName("produce-extract");
        routes.MapPost($"{Root}/{{id:guid}}/close", async (Guid id, IfMatch expected, Caller caller, SubjectRequests requests, CancellationToken ct) =>
            (await requests.Close(id, expected, caller, ct)).Answer()).WithName("close-data-subject-request");
    }

    public static string FileName(ProducedExtract produced, string ending) => $"registerutdrag-{produced.Extract.Number.Replace(' ', '-').Replace(':', '-')}.{ending}";

    private static void Command<T>(IEndpointRouteBuilder routes, string path, string name, Func<SubjectRequests, Guid, T, IfMatch, Caller, CancellationToken, Task<Outcome>> run) => routes
        .MapPost($"{Root}/{{id:guid}}/{path}", async (Guid id, T command, IfMatch expected, Caller caller, SubjectRequests requests, CancellationToken ct) =>
            (await run(requests, id, command, expected, caller, ct)).Answer()).WithName(name);

    private static void OnTarget<T>(IEndpointRouteBuilder routes, string path, string name, Func<SubjectRequests, Guid, Guid, T, IfMatch, Caller, CancellationToken, Task<Outcome>> run) => routes
        .MapPost($"{Root}/{{id:guid}}/{path}", async (Guid id, Guid target, T command, IfMatch expected, Caller caller, SubjectRequests requests, CancellationToken ct) =>
            (await run(requests, id, target, command, expected, caller, ct)).Answer()).WithName(name);

    private static object Row(SubjectRow r, DateOnly today) => new
    {
        r.Id,
        authority = r.AuthorityCode,
        r.Number,
        r.Right,
        r.Channel,
        r.ReceivedAt,
        r.DueOn,
        r.Extended,
        overdue = r.Overdue(today),
        r.Identified,
        r.Answer,
        r.AnsweredOn,
        r.ClosedAt,
    };

    private static async Task<IResult> One(Guid id, HttpResponse response, Caller caller, SubjectRequests requests, SubjectRegister register, SubjectAccounts accounts, TimeProvider clock, CancellationToken ct)
    {
        if (await requests.Find(id, caller, ct) is not { } state || await register.Find(id, caller, ct) is not { } row) return Problems.Refused(SubjectRequests.Unknown);
        var (history, words) = await register.Told(id, ct);
        var asked = !state.ProtectedIdentity || caller.MayReadSecret(state.Authority) ? words.GetValueOrDefault(history[0].Id)?.Parts : null;
        // What the caller may not know of is no account for them.
        var seen = await accounts.Of(state.Authority, state.Accounts, caller, ct);
        response.Headers.ETag = $"\"{state.Version}\"";
        return TypedResults.Ok(new
        {
            id,
            state.Version,
            authority = row.AuthorityCode,
            state.Number,
            state.Right,
            state.Channel,
            state.ProtectedIdentity,
            name = asked?["name"],
            contact = asked?["contact"],
            wish = asked?["wish"],
            state.ReceivedAt,
            state.DueOn,
            state.Extended,
            overdue = row.Overdue(PageParts.Swedish.Day(clock.GetUtcNow())),
            state.IdentityAskedOn,
            identity = state.Identity is { } means ? new { means, at = state.IdentifiedAt, by = state.IdentifiedBy } : null,
            accounts = seen.Select(a => new { a.Id, a.Name, a.Handle, a.Platform, reason = words.GetValueOrDefault(state.Find(a.Id)!.EventId)?.Parts?["reason"] }),
            cases = state.Cases,
            caseId = state.Case,
            state.DiaryNumber,
            produced = history.Where(h => h.Event is DataSubjectExtractProduced).Select(h => new { ((DataSubjectExtractProduced)h.Event).Form, at = h.Time, by = h.Actor, digest = words.GetValueOrDefault(h.Id)?.Parts?["digest"] }),
            state.Answer,
            state.AnsweredOn,
            state.AppealBy,
            answerText = history.Where(h => h.Event is DataSubjectAnswered).Select(h => words.GetValueOrDefault(h.Id)?.Parts?["answer"]).FirstOrDefault(),
            state.ClosedAt,
        });
    }
}
