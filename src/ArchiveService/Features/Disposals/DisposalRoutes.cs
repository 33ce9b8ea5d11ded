using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

/// <summary>What is shown of a gallring run, and the commands that move it.</summary>
public static class DisposalRoutes
{
    private static readonly TimeSpan WaitForRun = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddDisposals(this IServiceCollection services)
    {
        services.AddSingleton<RetentionRegister>().AddSingleton<RecordRetention>().AddSingleton<RecordDecisionHandler>().AddSingleton<AdoptRuleHandler>().AddSingleton<HoldHandler>().AddSingleton<Worklist>();
        services.AddRetentionPlan();
        services.AddSingleton<HoldList>().AddSingleton<WhoActed>().AddSingleton<RetentionDryRun>();
        services.AddSingleton<DisposalRuns>().AddSingleton<DisposalPresentation>().AddSingleton<ProposeDisposalHandler>().AddSingleton<RunCommands>().AddSingleton<Certificates>();
        services.AddSingleton(s => ErasureLedger.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<Installation>(), s.GetRequiredService<IKeyProvider>()));
        services.AddSingleton<LedgerKeeping>().AddSingleton<ObjectDeletions>().AddSingleton<DisposalVerification>().AddSingleton<ProtocolRegistration>().AddSingleton<SignProtocolHandler>().AddSingleton<ProtocolPaperHandler>().AddSingleton<DisposalExecutor>().AddSingleton<Scrub>();
        services.AddSingleton<DisposalWorker>().AddHostedService(s => s.GetRequiredService<DisposalWorker>());
        return services;
    }

    public static void MapDisposals(this IEndpointRouteBuilder routes)
    {
        RecordDecision.Map(routes);
        AdoptRule.Map(routes);
        Worklist.Map(routes);
        routes.MapRetentionPlan();
        PlaceHold.Map(routes);
        LiftHold.Map(routes);
        HoldList.Map(routes);
        ReviewItem.Map(routes);
        AskDryRun.Map(routes);
        ProposeDisposal.Map(routes);
        SignProtocol.Map(routes);
        ScanProtocol.Map(routes);

        routes.MapGet("/api/v1/disposals/{id:guid}", async (Guid id, Caller caller, DisposalRuns runs, DisposalPresentation show, CancellationToken ct) =>
            await Visible(id, caller, runs, ct) is { } run ? TypedResults.Ok(await show.Of(run, null, ct)) : (IResult)Unknown()).WithName("show-disposal");

        routes.MapPost("/api/v1/disposals/{id:guid}/approve", async (Guid id, Caller caller, RunCommands commands, DisposalPresentation show, CancellationToken ct) =>
            await Answer(await commands.Approve(id, caller, ct), show, ct)).WithName("approve-disposal");

        routes.MapPost("/api/v1/disposals/{id:guid}/cancel", async (Guid id, Caller caller, RunCommands commands, DisposalPresentation show, CancellationToken ct) =>
            await Answer(await commands.Cancel(id, caller, ct), show, ct)).WithName("cancel-disposal");

        routes.MapPost("/api/v1/disposals/{id:guid}/execute", async (Guid id, Caller caller, RunCommands commands, DisposalWorker worker, DisposalPresentation show, CancellationToken ct) =>
        {
            var (run, last, refused) = await commands.Start(id, caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            worker.Ring(id);
            var now = await worker.WaitFor(id, WaitForRun, ct) ?? run!;
            var shown = await show.Of(now, last, ct);
            return now.State is RunState.Completed ? TypedResults.Ok(shown) : (IResult)TypedResults.Accepted($"/api/v1/disposals/{id}", shown);
        }).WithName("execute-disposal");

        foreach (var form in (string[])["certificate", "certificate.json"])
        {
            routes.MapGet($"/api/v1/disposals/{{id:guid}}/{form}", async (Guid id, Caller caller, DisposalRuns runs, Certificates certificates, CancellationToken ct) =>
                await Visible(id, caller, runs, ct) is not { } run ? Unknown()
                : await certificates.Of(run, caller.MayReadSecret(run.Authority), ct) is { } certificate ? TypedResults.Ok(certificate)
                : (IResult)Problems.Refused(new("not-executed", "Gallringen är inte slutförd än, så det finns inget gallringsbevis."))).WithName(form == "certificate" ? "disposal-certificate" : "disposal-certificate-json");
        }

        routes.MapGet("/api/v1/disposals/{id:guid}/certificate.pdf", async (Guid id, Caller caller, DisposalRuns runs, Certificates certificates, Pdf pdf, CancellationToken ct) =>
            await Visible(id, caller, runs, ct) is not { } run ? Unknown()
            : await certificates.OnPaper(run, caller.MayReadSecret(run.Authority), ct) is { } paper ? await pdf.Answer(paper, $"gallringsprotokoll-{Swedish.Date(paper.Created)}.pdf", ct)
            : (IResult)Problems.Refused(new("not-executed", "Gallringen är inte slutförd än, så det finns inget gallringsbevis."))).WithName("disposal-certificate-pdf");
    }

    /// <summary>Those who see the worklist see the runs.</summary>
    public static async Task<DisposalRun?> Visible(Guid id, Caller caller, DisposalRuns runs, CancellationToken ct) =>
        await runs.Find(id, ct) is { } run && !caller.IsService && caller.May(run.Authority, Worklist.Readers) ? run : null;

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Unknown() => Problems.Refused(Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));

    private static async Task<IResult> Answer((DisposalRun? Run, long LastSequence, Refusal? Refused) outcome, DisposalPresentation show, CancellationToken ct) =>
        outcome.Refused is { } why ? Problems.Refused(why) : TypedResults.Ok(await show.Of(outcome.Run!, outcome.LastSequence, ct));
}
