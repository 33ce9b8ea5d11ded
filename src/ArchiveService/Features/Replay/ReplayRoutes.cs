using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Http;
using ArchiveService.Printing;

namespace ArchiveService.Features.Replay;

/// <summary>Everything a replay is asked through: finds the subject, settles what was known, and notes that somebody looked.</summary>
public sealed class Replays(ReplaySubjects subjects, ReplayKnown known, ReplayStates states, ReplayTimeline timeline, ReplayExports exports, RecordViewFreshness freshness, SearchLog searches, TimeProvider clock)
{
    public DateTimeOffset Now => clock.GetUtcNow();

    public async Task<(ReplaySubject? Subject, ReplayTimelinePage? Page, Refusal? Refused)> Timeline(ReplayOf of, Guid id, HttpRequest request, Caller caller, CancellationToken ct)
    {
        var (asked, wrong) = TimelineQuestion.Parse(request.Query, Now);
        var (subject, at, refused) = await Begin(of, id, request, caller, wrong, asked?.KnownAt, ct);
        if (refused is not null) return (null, null, refused);
        await Note(subject!, caller, asked!.After is null, SearchLog.Account, ct);
        return (subject, await timeline.Read(subject!, asked, at!, caller, ReadReasons.Said(request), ct), null);
    }

    public async Task<(ReplaySubject? Subject, ReplayState? State, Refusal? Refused)> State(ReplayOf of, Guid id, HttpRequest request, Caller caller, CancellationToken ct)
    {
        var (asked, wrong) = StateQuestion.Parse(request.Query, Now);
        var (subject, at, refused) = await Begin(of, id, request, caller, wrong, asked?.KnownAt, ct);
        if (refused is not null) return (null, null, refused);
        await Note(subject!, caller, asked!.After is null, SearchLog.Account, ct);
        return (subject, await states.At(subject!, asked, at!, caller, ReadReasons.Said(request), ct), null);
    }

    public async Task<(ReplaySubject? Subject, ReplayComparison? Compared, Refusal? Refused)> Compare(ReplayOf of, Guid id, HttpRequest request, Caller caller, CancellationToken ct)
    {
        var (asked, wrong) = CompareQuestion.Parse(request.Query, Now);
        var (subject, at, refused) = await Begin(of, id, request, caller, wrong, asked?.KnownAt, ct);
        if (refused is not null) return (null, null, refused);
        var (before, behind) = asked!.KnownFrom is { } earlier ? await known.At(earlier, ct) : (null, null);
        if (behind is not null) return (null, null, behind);
        await Note(subject!, caller, asked.After is null, SearchLog.Account, ct);
        return (subject, await states.Between(subject!, asked, at!, caller, ReadReasons.Said(request), ct, before), null);
    }

    public async Task<(ReplayExport? Export, Refusal? Refused)> Export(ReplayOf of, Guid id, HttpRequest request, Caller caller, CancellationToken ct)
    {
        var (asked, wrong) = StateQuestion.Parse(request.Query, Now);
        var (subject, at, refused) = await Begin(of, id, request, caller, wrong, asked?.KnownAt, ct);
        if (refused is not null) return (null, refused);
        await Note(subject!, caller, true, SearchLog.Export, ct);
        return (await exports.Of(subject!, asked!, at!, caller, ReadReasons.Said(request), ct), null);
    }

    private async Task<(ReplaySubject? Subject, Vouched? Known, Refusal? Refused)> Begin(
        ReplayOf of, Guid id, HttpRequest request, Caller caller, Refusal? wrong, DateTimeOffset? knownAt, CancellationToken ct)
    {
        if (await freshness.Reach(request, ct) is { } early) return (null, null, early);
        var (subject, refused) = await subjects.Find(of, id, caller, ct);
        if ((refused ?? wrong) is { } why) return (null, null, why);
        var (at, behind) = await known.At(knownAt!.Value, ct);
        return (subject, at, behind);
    }

    /// <summary>Whose history was looked at is noted like a search for them; one's own doings are not.</summary>
    private async Task Note(ReplaySubject subject, Caller caller, bool first, string kind, CancellationToken ct)
    {
        if (!first || (subject.Of == ReplayOf.Person && subject.Id == caller.PersonId)) return;
        var said = subject.Of == ReplayOf.Account ? "kontohistorik: " : $"återspelning, {ReplayWords.Kind(subject.Of).ToLowerInvariant()}: ";
        await searches.Note(caller, subject.Of is ReplayOf.Account or ReplayOf.Person || kind == SearchLog.Export ? kind : SearchLog.Text, said + subject.Id.ToString("D"), null, ct);
    }
}

/// <summary><c>/api/v1/replay/{accounts|channels|records|persons}/{id}/{timeline|state|changes|export|export.pdf}</c>, the read log and the unusual reads.</summary>
public static class ReplayRoutes
{
    public static IServiceCollection AddReplay(this IServiceCollection services) => services
        .AddSingleton<ReplayKnown>().AddSingleton<ReplaySubjects>().AddSingleton<ReplayStates>().AddSingleton<ReplayTimeline>().AddSingleton<ReplayExports>().AddSingleton<Replays>()
        .AddSingleton<ReadLog>().AddSingleton<UnusualReads>();

    public static void MapReplay(this IEndpointRouteBuilder routes)
    {
        foreach (var of in Enum.GetValues<ReplayOf>())
        {
            var (at, noun) = ($"/api/v1/replay/{ReplayWords.Noun(of)}/{{id:guid}}", of.ToString().ToLowerInvariant());
            routes.MapGet($"{at}/timeline", async (Guid id, HttpRequest request, Caller caller, Replays replays, CancellationToken ct) =>
            {
                var (_, page, refused) = await replays.Timeline(of, id, request, caller, ct);
                return refused is null ? TypedResults.Ok(page) : (IResult)Problems.Refused(refused);
            }).WithName($"replay-{noun}-timeline").WithTags("Replay");
            routes.MapGet($"{at}/state", async (Guid id, HttpRequest request, Caller caller, Replays replays, CancellationToken ct) =>
            {
                var (_, state, refused) = await replays.State(of, id, request, caller, ct);
                return refused is null ? TypedResults.Ok(state) : (IResult)Problems.Refused(refused);
            }).WithName($"replay-{noun}-state").WithTags("Replay");
            routes.MapGet($"{at}/changes", async (Guid id, HttpRequest request, Caller caller, Replays replays, CancellationToken ct) =>
            {
                var (_, compared, refused) = await replays.Compare(of, id, request, caller, ct);
                return refused is null ? TypedResults.Ok(compared) : (IResult)Problems.Refused(refused);
            }).WithName($"replay-{noun}-changes").WithTags("Replay");
            routes.MapGet($"{at}/export", async (Guid id, HttpRequest request, Caller caller, Replays replays, CancellationToken ct) =>
            {
                var (export, refused) = await replays.Export(of, id, request, caller, ct);
                return refused is null ? TypedResults.Ok(export) : (IResult)Problems.Refused(refused);
            }).WithName($"replay-{noun}-export").WithTags("Replay");
            routes.MapGet($"{at}/export.pdf", async (Guid id, HttpRequest request, Caller caller, Replays replays, Pdf pdf, CancellationToken ct) =>
            {
                var (export, refused) = await replays.Export(of, id, request, caller, ct);
                return refused is null ? await pdf.Answer(ReplayExports.Paper(export!, replays.Now), $"aterspelning-{noun}-{id:D}.pdf", ct) : Problems.Refused(refused);
            }).WithName($"replay-{noun}-export-pdf").WithTags("Replay");
        }

        routes.MapGet("/api/v1/read-log", async (HttpRequest request, Caller caller, ReadLog log, TimeProvider clock, CancellationToken ct) =>
        {
            var (asked, wrong) = ReadLogQuestion.Parse(request.Query, clock.GetUtcNow());
            if (wrong is not null) return Problems.Refused(wrong);
            var (page, refused) = await log.Find(asked!, caller, ct);
            return refused is null ? TypedResults.Ok(page) : (IResult)Problems.Refused(refused);
        }).WithName("get-read-log").WithTags("Replay");
        routes.MapGet("/api/v1/unusual-reads", async (HttpRequest request, Caller caller, UnusualReads reads, CancellationToken ct) =>
        {
            var state = request.Query["state"].ToString();
            if (state is not ("" or "open" or "examined" or "all")) return Problems.Refused(BadParameter.Of("state", "state ska vara open, examined eller all."));
            var (after, wrong) = ReplayCursor.Parse(request.Query["cursor"]);
            if (wrong is not null) return Problems.Refused(wrong);
            var (page, refused) = await reads.Find(state, after, caller, ct);
            return refused is null ? TypedResults.Ok(page) : (IResult)Problems.Refused(refused);
        }).WithName("list-unusual-reads").WithTags("Replay");
        routes.MapPost("/api/v1/unusual-reads/look", async (Caller caller, UnusualReads reads, CancellationToken ct) =>
            UnusualReads.MaySee(caller) ? TypedResults.Ok(new { found = await reads.Look(alsoToday: true, ct) }) : (IResult)Problems.Refused(Refusal.NotAllowed("Bara en granskare söker efter ovanliga läsningar."))).WithName("look-for-unusual-reads").WithTags("Replay");
        routes.MapPost("/api/v1/unusual-reads/{id:guid}/examine", async (Guid id, ExamineUnusualReads command, Caller caller, UnusualReads reads, CancellationToken ct) =>
            (await reads.Examine(id, command, caller, ct)).Answer()).WithName("examine-unusual-reads").WithTags("Replay");
    }
}
