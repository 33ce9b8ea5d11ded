using System.Threading.Channels;
using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Verify;

/// <summary>Carries verifications through beside the web application, one at a time in the whole archive.</summary>
public sealed partial class VerificationWorker(Verifications runs, IServiceProvider services, ILogger<VerificationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenSignsOfLife = TimeSpan.FromSeconds(2);

    private readonly Channel<Guid> asked = Channel.CreateUnbounded<Guid>();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/verification", async (Caller caller, VerificationWorker worker, CancellationToken ct) =>
        {
            if (!Verifications.MaySee(caller)) return Problems.Refused(No);
            var run = await worker.Start(caller, ct);
            return (IResult)TypedResults.Accepted($"/api/v1/verification/{run.Id}", run);
        }).WithName("start-verification");
        routes.MapGet("/api/v1/verification", async (Caller caller, Verifications runs, CancellationToken ct) =>
            !Verifications.MaySee(caller) ? Problems.Refused(No) : await runs.Latest(ct) is { } run ? TypedResults.Ok(run) : (IResult)Problems.Refused(None)).WithName("verification");
        routes.MapGet("/api/v1/verification/{id:guid}", async (Guid id, Caller caller, Verifications runs, CancellationToken ct) =>
            !Verifications.MaySee(caller) ? Problems.Refused(No) : await runs.Find(id, ct) is { } run ? TypedResults.Ok(run) : (IResult)Problems.Refused(None)).WithName("show-verification");
    }

    private static Refusal No => Refusal.NotAllowed("Bara granskare, arkivarie eller administratör får kontrollera arkivet.");

    private static Refusal None => Refusal.Unknown("verification", "Arkivet har inte kontrollerats än, eller så finns inte den kontrollen.");

    /// <summary>Begins one, or joins the one that is running.</summary>
    public async Task<VerificationRun> Start(Caller by, CancellationToken ct)
    {
        var (run, isNew) = await runs.Begin(by, ct);
        if (isNew) asked.Writer.TryWrite(run.Id);
        return run;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var run in asked.Reader.ReadAllAsync(stoppingToken)) await Carry(run, stoppingToken);
    }

    private async Task Carry(Guid run, CancellationToken ct)
    {
        var progress = new Reached();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var living = Live(run, progress, ended.Token);
        try
        {
            await runs.Finish(run, await ActivatorUtilities.CreateInstance<VerifyArchive>(services).Run(progress, [], ct, services.GetRequiredService<Rebuild.RebuildViews>()), ct);
        }
        catch (Exception error)
        {
            // Type and SQLSTATE only: an error's text may quote what it could not read.
            var what = error is Npgsql.PostgresException refused ? refused.SqlState : error.GetType().Name;
            if (!ct.IsCancellationRequested) LogFailed(logger, what);
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try
            {
                await (ct.IsCancellationRequested ? runs.GiveUp(run, last.Token) : runs.Fail(run, what, last.Token));
            }
            catch (Exception unsaid) when (unsaid is Npgsql.NpgsqlException or OperationCanceledException or ObjectDisposedException)
            {
                // Its silence says the same in a while.
            }
        }
        finally
        {
            await ended.CancelAsync();
            await living;
        }
    }

    private async Task Live(Guid run, Reached progress, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(BetweenSignsOfLife);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                try
                {
                    await runs.Alive(run, progress.Done, progress.Of, ct);
                }
                catch (Npgsql.NpgsqlException)
                {
                    // The verification itself meets the same database, and says so.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(1501, LogLevel.Error, "A verification could not be carried through: {Problem}.")]
    private static partial void LogFailed(ILogger logger, string problem);

    private sealed class Reached : IProgress<(long Done, long Of)>
    {
        private long done;
        private long of;

        public long Done => Interlocked.Read(ref done);

        public long Of => Interlocked.Read(ref of);

        public void Report((long Done, long Of) value)
        {
            Interlocked.Exchange(ref done, value.Done);
            Interlocked.Exchange(ref of, value.Of);
        }
    }
}
