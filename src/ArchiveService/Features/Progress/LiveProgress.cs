using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Bulk;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Import;
using ArchiveService.Features.Media;
using ArchiveService.Features.Operations;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ArchiveService.Features.Progress;

/// <summary>How far a long work has come.</summary>
/// <param name="Over">The page is read again, and shows how it went.</param>
public sealed record LiveState(long Done, long Of, bool Over, string Text);

/// <summary>How far one kind of work has come, as far as this reader may know; null for what there is none of.</summary>
public delegate Task<LiveState?> LiveWork(Guid id, Caller caller, CancellationToken ct);

/// <summary>
/// <c>/framsteg/{kind}/{id}</c>: server-sent events for a page that shows long work; without JavaScript the page is read again. Who asks is asked for again before
/// every word: a role taken away, a log-out or an ended session ends the stream. None lasts longer than five minutes, the browser asks again by itself; and nobody holds more than six.
/// </summary>
public sealed class LiveProgress(IReadOnlyDictionary<string, LiveWork> works, TimeProvider clock)
{
    public const int MostOfOne = 6;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    /// <summary>So that nothing between takes a silent stream for a dead one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<Guid, int> open = new();

    /// <summary>How many streams somebody has open here.</summary>
    public int OpenOf(Guid person) => open.GetValueOrDefault(person);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/framsteg/{kind}/{id:guid}", (string kind, Guid id, HttpContext http, LiveProgress live) => live.Tell(kind, id, http))
        .WithName("live-progress").ExcludeFromDescription();

    public async Task Tell(string kind, Guid id, HttpContext http)
    {
        var ct = http.RequestAborted;
        var caller = http.Caller();
        if (!works.TryGetValue(kind, out var work) || await work(id, caller, ct) is not { } now)
        {
            await Problems.Refused(Refusal.Unknown("work", "Arbetet finns inte, eller så får du inte se det.")).ExecuteAsync(http);
            return;
        }

        if (open.AddOrUpdate(caller.PersonId, 1, (_, n) => n + 1) > MostOfOne)
        {
            Close(caller.PersonId);
            http.Response.Headers.RetryAfter = "30";
            await Problems.Refused(new("too-many-streams", "Du har redan flera sidor öppna som visar pågående arbete. Stäng någon, eller ladda om sidan.", StatusCodes.Status429TooManyRequests)).ExecuteAsync(http);
            return;
        }

        try
        {
            await Stream(http, work, id, caller, now, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The reader went on to another page.
        }
        finally
        {
            Close(caller.PersonId);
        }
    }

    private async Task Stream(HttpContext http, LiveWork work, Guid id, Caller caller, LiveState now, CancellationToken ct)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var since = clock.GetTimestamp();
        var said = since;
        LiveState? told = null;
        while (true)
        {
            if (now != told)
            {
                await Write(http, $"data: {JsonSerializer.Serialize(now, JsonSerializerOptions.Web)}\n\n", ct);
                (told, said) = (now, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(said) >= Silence)
            {
                await Write(http, ": \n\n", ct);
                said = clock.GetTimestamp();
            }

            if (now.Over || clock.GetElapsedTime(since) >= Longest) return;
            await Task.Delay(Between, ct);
            if (await http.CallerNow(ct) is not { } still || still.PersonId != caller.PersonId || await work(id, still, ct) is not { } next) return;
            now = next;
        }
    }

    private static async Task Write(HttpContext http, string text, CancellationToken ct)
    {
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await http.Response.Body.FlushAsync(ct);
    }

    private void Close(Guid person)
    {
        if (open.AddOrUpdate(person, 0, (_, n) => n - 1) <= 0) open.TryRemove(KeyValuePair.Create(person, 0));
    }
}

public static class LiveWorks
{
    public static IServiceCollection AddProgress(this IServiceCollection services) => services.AddSingleton(s => new LiveProgress(All(s), s.GetRequiredService<TimeProvider>()));

    /// <summary>By the last word but one of the address.</summary>
    private static Dictionary<string, LiveWork> All(IServiceProvider services) => new(StringComparer.Ordinal)
    {
        ["flera"] = async (id, caller, ct) => await services.GetRequiredService<BulkRuns>().Find(id, caller, ct) is { StartedAt: not null } run
            ? new(run.Items.Count - run.Waiting, run.Items.Count, run.Over, $"{Swedish.Number(run.Items.Count - run.Waiting)} av {Swedish.Number(run.Items.Count)}")
            : null,
        ["import"] = async (id, caller, ct) => await services.GetRequiredService<Imports>().Find(id, caller, ct) is { } row
            ? new(Math.Min(row.BytesRead, row.Bytes), row.Bytes, row.IsOver, $"{Swedish.Percent(Math.Min(row.BytesRead, row.Bytes), row.Bytes)}, {Swedish.Count(row.Accepted, "ny händelse", "nya händelser")}, {Swedish.Count(row.Rejected, "avvisad", "avvisade")}")
            : null,
        ["kontroll"] = async (id, caller, ct) => Verifications.MaySee(caller) && await services.GetRequiredService<Verifications>().Find(id, ct) is { } run
            ? new(run.Done, Math.Max(1, run.Of), run.State is not VerificationState.Running, $"{Swedish.Number(run.Done)} av {Swedish.Number(run.Of)} händelser lästa")
            : null,
        ["gallring"] = async (id, caller, ct) =>
        {
            var runs = services.GetRequiredService<DisposalRuns>();
            if (await DisposalRoutes.Visible(id, caller, runs, ct) is not { } run) return null;
            var progress = await runs.Progress(id, ct);
            return new(run.Items - progress.Pending, run.Items, run.State is not RunState.Executing, $"{Swedish.Number(progress.Destroyed)} av {Swedish.Number(run.Items)} handlingar gallrade");
        },
        ["trad"] = async (id, caller, ct) => await services.GetRequiredService<ThreadAssessments>().Find(id, ct) is { } run && caller.MayAssess(run.Authority)
            ? new(run.Total - run.Waiting, run.Total, run.FinishedAt is not null, $"{Swedish.Number(run.Total - run.Waiting)} av {Swedish.Number(run.Total)} handlingar")
            : null,
        // Of the whole installation: the id tells nothing.
        ["bilagor"] = async (_, caller, ct) =>
        {
            if (!Operations.Operations.MaySee(caller)) return null;
            var counts = await MediaQueue.Counts(services.GetRequiredService<Hosting.Databases>().Staff, ct);
            var (waiting, all) = (counts.Of("waiting"), counts.ByStatus.Sum(s => s.Value));
            return new(all - waiting, Math.Max(1, all), waiting == 0, $"{Swedish.Number(waiting)} väntar");
        },
        ["vyer"] = async (_, caller, ct) =>
        {
            if (!Operations.Operations.MaySee(caller)) return null;
            var all = await services.GetRequiredService<ProjectionStandings>().All(ct);
            var (read, head) = (all.Count == 0 ? 0 : all.Min(p => p.Position), all.Count == 0 ? 0 : all.Max(p => p.Head));
            return new(Math.Min(read, head), Math.Max(1, head), read >= head, $"Läst till händelse {Swedish.Number(read)} av {Swedish.Number(head)}");
        },
    };
}
