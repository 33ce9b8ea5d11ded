using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;

namespace ArchiveService.Features.Disclosures;

public static class DisclosureRoutes
{
    public static IServiceCollection AddDisclosures(this IServiceCollection services) => services
        .AddSingleton<ReceiveRequestHandler>().AddSingleton<DisclosureStatuses>().AddSingleton<RequestItems>().AddSingleton<Requests>().AddSingleton<OriginalDocuments>().AddSingleton<DisclosurePackages>()
        .AddSingleton<Coverage>().AddSingleton<CaseDocuments>().AddSingleton<FileCopies>().AddSingleton<CopyPaper>().AddSingleton<DisclosureRegister>().AddSingleton<DisclosureItems>().AddSingleton<DisclosureDocuments>().AddSingleton<DisclosurePrints>();

    public static void MapDisclosures(this IEndpointRouteBuilder routes)
    {
        DisclosureStatuses.Map(routes);
        DisclosurePrints.Map(routes);
        routes.MapPost("/api/v1/disclosures", async (ReceiveRequest command, Caller caller, ReceiveRequestHandler handler, DisclosureRegister register, CancellationToken ct) =>
        {
            var (id, reference, outcome) = await handler.Receive(command, caller, ct);
            return outcome is Outcome.Done done
                ? TypedResults.Created($"/api/v1/disclosures/{id}", new { id, reference, lastSequence = done.LastSequence, version = done.Version, warnings = await register.Warnings(command.Authority!, ct) })
                : outcome.Answer();
        }).WithName("receive-disclosure-request");
        routes.MapGet("/api/v1/disclosures", async (Caller caller, DisclosureRegister register, TimeProvider clock, CancellationToken ct, bool open = false) =>
            TypedResults.Ok(new { items = (await register.Of(caller, open, ct)).Select(r => Row(r, clock.GetUtcNow())), warnings = await register.Warnings(caller, ct) })).WithName("disclosures");
        routes.MapGet("/api/v1/disclosures/times", async (string authority, DateOnly from, DateOnly to, Caller caller, AuthorityRegister authorities, DisclosureRegister register, CancellationToken ct) =>
            await authorities.Find(authority, ct) is { } known && caller.IsStaffOf(known.Id)
                ? (IResult)TypedResults.Ok(new
                {
                    items = (await register.Times(known.Id, from, to, ct)).Select(t => new
                    {
                        t.Request,
                        t.Reference,
                        t.ReceivedAt,
                        t.AnsweredAt,
                        t.Answer,
                        hours = t.Took is { } took ? (int?)Math.Ceiling(took.TotalHours) : null,
                        officeHours = Math.Round(t.Pace.Worked.TotalHours, 1),
                        t.Pace.Due,
                        t.Pace.Standing,
                    }),
                })
                : Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {authority}."))).WithName("disclosure-times");
        routes.MapGet("/api/v1/disclosures/{id:guid}", One).WithName("disclosure");
        routes.MapGet("/api/v1/disclosures/{id:guid}/coverage", async (Guid id, DateOnly from, DateOnly to, Guid? channel, Caller caller, Requests requests, Coverage coverage, CancellationToken ct) =>
            await requests.Find(id, caller, ct) is not { } state ? Problems.Refused(Requests.Unknown)
            : from > to ? Problems.Refused(Refusal.Input("period-missing", "Ange en period."))
            : (IResult)TypedResults.Ok(Told(await coverage.Of(state.Authority, from, to, channel, caller, ct)))).WithName("disclosure-coverage");
        routes.MapGet("/api/v1/disclosures/{id:guid}/package", Package).WithName("disclosure-package");
        routes.MapGet("/utlamnanden/{id:guid}/paket", Package).WithName("disclosure-package-page");

        Command<FindItems>(routes, "items", "find-disclosure-items", (r, id, c, e, who, ct) => r.Add(id, c, e, who, ct));
        OnItem<DropItem>(routes, "drop", "drop-disclosure-item", (r, id, item, c, e, who, ct) => r.Drop(id, item, c, e, who, ct));
        OnItem<TakeStep>(routes, "steps", "take-disclosure-step", (r, id, item, c, e, who, ct) => r.Examine(id, item, c, e, who, ct));
        OnItem<GiveOpinion>(routes, "second-opinion", "give-second-opinion", (r, id, item, c, e, who, ct) => r.Second(id, item, c, e, who, ct));
        OnItem<SetMasks>(routes, "masks", "set-disclosure-masks", (r, id, item, c, e, who, ct) => r.Mask(id, item, c, e, who, ct));
        FileCopyRoutes.Map(routes);
        OnItem<DecideItem>(routes, "decide", "decide-disclosure-item", (r, id, item, c, e, who, ct) => r.DecideItem(id, item, c, e, who, ct));
        Command<DeliverItems>(routes, "deliver", "deliver-disclosure", (r, id, c, e, who, ct) => r.Deliver(id, c, e, who, ct));
        Command<DeclineItems>(routes, "decline", "decline-disclosure", (r, id, c, e, who, ct) => r.Decline(id, c, e, who, ct));
        Command<DemandDecision>(routes, "demand-decision", "demand-disclosure-decision", (r, id, c, e, who, ct) => r.Demand(id, c, e, who, ct));
        Command<RefuseItems>(routes, "refuse", "refuse-disclosure", (r, id, c, e, who, ct) => r.Refuse(id, c, e, who, ct));
        Command<ServeDecision>(routes, "served", "serve-disclosure-decision", (r, id, c, e, who, ct) => r.Serve(id, c, e, who, ct));
        Command<WithdrawRequest>(routes, "withdraw", "withdraw-disclosure", (r, id, c, e, who, ct) => r.Withdraw(id, c, e, who, ct));
        Command<AnswerNothingFound>(routes, "nothing-found", "answer-nothing-found", async (r, id, c, e, who, ct) => (await r.NothingFound(id, c, e, who, ct)).Outcome);
        routes.MapPost("/api/v1/disclosures/{id:guid}/close", async (Guid id, IfMatch expected, Caller caller, Requests requests, CancellationToken ct) =>
            (await requests.Close(id, expected, caller, ct)).Answer()).WithName("close-disclosure");
        Command<PauseClock>(routes, "pause", "pause-disclosure-clock", (r, id, c, e, who, ct) => r.Pause(id, c, e, who, ct));
        Command<ResumeClock>(routes, "resume", "resume-disclosure-clock", (r, id, c, e, who, ct) => r.Resume(id, c, e, who, ct));
        Command<AppealRequest>(routes, "appeal", "appeal-disclosure", (r, id, c, e, who, ct) => r.Appeal(id, c, e, who, ct));
        Command<SettleAppeal>(routes, "appeal/settle", "settle-disclosure-appeal", (r, id, c, e, who, ct) => r.Settle(id, c, e, who, ct));
        Command<RegisterRequest>(routes, "register", "register-disclosure", (r, id, c, e, who, ct) => r.Register(id, c, e, who, ct));
    }

    private static void Command<T>(IEndpointRouteBuilder routes, string path, string name, Func<Requests, Guid, T, IfMatch, Caller, CancellationToken, Task<Outcome>> run) => routes
        .MapPost($"/api/v1/disclosures/{{id:guid}}/{path}", async (Guid id, T command, IfMatch expected, Caller caller, Requests requests, CancellationToken ct) =>
            (await run(requests, id, command, expected, caller, ct)).Answer()).WithName(name);

    private static void OnItem<T>(IEndpointRouteBuilder routes, string path, string name, Func<Requests, Guid, Guid, T, IfMatch, Caller, CancellationToken, Task<Outcome>> run) => routes
        .MapPost($"/api/v1/disclosures/{{id:guid}}/items/{{item:guid}}/{path}", async (Guid id, Guid item, T command, IfMatch expected, Caller caller, Requests requests, CancellationToken ct) =>
            (await run(requests, id, item, command, expected, caller, ct)).Answer()).WithName(name);

    private static object Row(RequestRow r, DateTimeOffset now) => new
    {
        r.Id,
        authority = r.AuthorityCode,
        r.Reference,
        r.Channel,
        r.Form,
        r.ReceivedAt,
        r.Due,
        overdue = r.Overdue(now),
        pace = Told(r.Pace),
        r.AnsweredAt,
        r.Answer,
        r.ClosedAt,
    };

    private static object Told(Pace pace) => new
    {
        pace.Standing,
        said = pace.InSwedish,
        pace.Due,
        pace.SameDayBy,
        workedHours = Math.Round(pace.Worked.TotalHours, 1),
        hoursLeft = Math.Round(pace.Left.TotalHours, 1),
        pace.Reasons,
    };

    private static object Told(CoverageAnswer c) => new { c.From, c.To, c.Channel, c.Whole, c.Kept, c.Destroyed, c.Gaps, said = c.InSwedish };

    private static async Task<IResult> One(Guid id, HttpContext http, Caller caller, Requests requests, RequestItems found, DisclosureRegister register, TimeProvider clock, CancellationToken ct)
    {
        if (await requests.Find(id, caller, ct) is not { } state || await register.Find(id, caller, ct) is not { } row) return Problems.Refused(Requests.Unknown);
        var (history, words) = await register.Told(id, ct);
        var asked = words.GetValueOrDefault(history[0].Id)?.Parts;
        var items = new List<object>();
        foreach (var item in state.Items)
        {
            // What the caller may not know of is no item for them.
            if (!await found.MaySee(item, caller, ct)) continue;
            items.Add(new
            {
                item.Target,
                item.Kind,
                item.Outcome,
                item.Provisions,
                item.Masks,
                copies = item.Copies.Select(c => new { attachment = c.Key, c.Value.MediaType, c.Value.Bytes, c.Value.Provision }),
                @case = item.Case,
                item.Delivered,
                item.Declined,
                item.Refused,
                steps = item.Steps.OrderBy(s => s.Key).Select(s => new { step = s.Key, s.Value.Finding, s.Value.Provision, s.Value.Test, note = words.GetValueOrDefault(s.Value.EventId)?.Parts?["note"], s.Value.At }),
                secondOpinions = item.Opinions.Select(o => new { o.Agrees, note = words.GetValueOrDefault(o.EventId)?.Parts?["note"], o.At }),
            });
        }

        return TypedResults.Ok(new
        {
            id,
            state.Version,
            authority = row.AuthorityCode,
            state.Reference,
            state.Channel,
            state.Form,
            request = asked?["request"],
            deliveryAddress = asked?["deliveryAddress"],
            state.ReceivedAt,
            row.Due,
            overdue = row.Overdue(clock.GetUtcNow()),
            pace = Told(row.Pace),
            pauses = state.Pauses,
            state.Answer,
            state.AnsweredAt,
            state.DecisionDemandedAt,
            state.AppealBy,
            state.AppealedOn,
            @case = state.Case,
            state.ClosedAt,
            state.DisposedAt,
            items,
            answerText = history.Where(h => h.Event is DisclosureNothingFound).Select(h => words.GetValueOrDefault(h.Id)?.Parts?["answer"]).FirstOrDefault(),
            deciders = await register.Deciders(state.Authority, ct),
            warnings = await register.Warnings(row.AuthorityCode, ct),
        });
    }

    private static async Task<IResult> Package(Guid id, HttpResponse response, Caller caller, Requests requests, DisclosurePackages packages, CancellationToken ct)
    {
        if (await requests.Find(id, caller, ct) is not { } state) return Problems.Refused(Requests.Unknown);
        if (!caller.May(state.Authority, Requests.Handlers)) return Problems.Refused(Refusal.NotAllowed("Bara registrator, arkivarie eller chef lämnar ut handlingar."));
        var chosen = state.Records.Where(i => i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation).ToList();
        if (chosen.Count == 0) return Problems.Refused(new("nothing-to-deliver", "Det finns inget att lämna ut: pröva handlingarna först."));
        if (Requests.Refuse(state) is { } closed) return Problems.Refused(closed);
        var (given, refused) = await packages.Gather(id, state, chosen, caller, ct);
        if (refused is not null) return Problems.Refused(refused);
        response.Headers.CacheControl = "private, no-store";
        return TypedResults.Stream(await packages.Write(given!, ct), "application/zip", $"utlamnande-{state.Reference}.zip");
    }
}
