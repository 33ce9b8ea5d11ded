using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

public abstract record ThreadAssessmentEvent : SealableEvent;

/// <summary>
/// Somebody assessed a whole thread at once (drev): what was said of each, and how many it was about. The motivation stands sealed; each record tells its
/// own assessment, which names this one.
/// </summary>
[EventName("thread_assessment_started")]
public sealed record ThreadAssessmentStarted(
    Guid Authority, Guid Record, int Items, Significance Significance, bool IsQuestion, CaseRelation CaseRelation, Guid? Case, Registration? Then, int PolicyVersion) : ThreadAssessmentEvent;

/// <summary>Every record of it has been gone through.</summary>
[EventName("thread_assessment_finished")]
public sealed record ThreadAssessmentFinished(Guid Authority, int Assessed, int Unchanged, int Excepted, int PolicyVersion) : ThreadAssessmentEvent;

/// <summary>What becomes of one record of the thread.</summary>
public enum ThreadFate
{
    Assess,

    /// <summary>Already stands as it would.</summary>
    Unchanged,

    /// <summary>Kept apart: behind a wall, with a hint, or taken out by whoever assesses.</summary>
    Excepted,
}

/// <param name="Why">Of an exception: a code.</param>
public sealed record ThreadMember(BatchRecord Record, ThreadFate Fate, string? Why, IReadOnlyList<HintKind> Hints);

/// <summary>
/// Assesses every comment of a thread alike, the exceptions apart (amendments c 15): what is behind a wall or has a hint is never part of it. A bulk
/// assessment says nothing of secrecy, registers nothing and takes nothing down.
/// </summary>
/// <param name="Then"><c>keepOrdered</c> or <c>exempt</c>: what each is decided to after its assessment.</param>
public sealed record AssessThread(
    bool Preview, IReadOnlyList<Guid>? Except, string? Significance, bool IsQuestion, string? CaseRelation, Guid? Case, string? Then, string? Motivation, bool Minor = false)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/thread/assess", async (Guid id, AssessThread command, Caller caller, ThreadAssessments handler, ThreadAssessmentWorker worker, CancellationToken ct) =>
        {
            if (command.Preview)
            {
                var (plan, no) = await handler.Plan(id, command, caller, ct);
                return no is not null ? Problems.Refused(no) : (IResult)TypedResults.Ok(Told(plan!));
            }

            var (run, refused) = await handler.Start(id, command, caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            if (run is null) return TypedResults.Ok(new { id = (Guid?)null, total = 0, finished = true });
            worker.Ring();
            var now = await worker.WaitFor(run.Id, ThreadAssessmentWorker.Patience, ct) ?? run;
            return now.FinishedAt is null ? TypedResults.Accepted($"/api/v1/thread-assessments/{now.Id}", Told(now)) : TypedResults.Ok(Told(now));
        }).WithName("assess-thread");
        routes.MapGet("/api/v1/thread-assessments/{id:guid}", async (Guid id, Caller caller, ThreadAssessments handler, CancellationToken ct) =>
            await handler.Find(id, ct) is { } run && caller.MayAssess(run.Authority)
                ? TypedResults.Ok(Told(run))
                : (IResult)Problems.Refused(Refusal.Unknown("thread-assessment", "Den bedömningen av en tråd finns inte, eller så får du inte se den."))).WithName("thread-assessment");
    }

    private static object Told(IReadOnlyList<ThreadMember> plan) => new
    {
        total = plan.Count,
        assess = plan.Count(i => i.Fate == ThreadFate.Assess),
        unchanged = plan.Count(i => i.Fate == ThreadFate.Unchanged),
        exceptions = plan.Where(i => i.Fate == ThreadFate.Excepted).Select(i => new { record = i.Record.Id, why = i.Why, hints = i.Hints.Distinct().Select(RecordStates.Stored) }),
    };

    private static object Told(ThreadAssessmentRun run) => new
    {
        run.Id,
        run.Record,
        run.Total,
        run.Assessed,
        run.Unchanged,
        waiting = run.Waiting,
        finished = run.FinishedAt is not null,
        run.StartedAt,
        run.FinishedAt,
        exceptions = run.Exceptions.Select(e => new { record = e.Record, why = e.Why }),
    };

    public static IReadOnlyDictionary<string, Registration> Thens { get; } = new Dictionary<string, Registration>(StringComparer.Ordinal) { ["keepOrdered"] = Registration.KeptOrdered, ["exempt"] = Registration.Exempt };

    /// <summary>The assessment each record gets.</summary>
    public AssessRecord Each(bool withNote = true) => new(Minor, false, IsQuestion, withNote ? Motivation?.Trim() : null, Significance ?? (Minor ? "minor" : null), CaseRelation, Case);

    /// <summary>Pure: why it cannot be done to any.</summary>
    public Refusal? Refuse(Policy policy)
    {
        if (!Preview && string.IsNullOrWhiteSpace(Motivation)) return Refusal.Input("motivation-missing", "Motivera bedömningen: en motivering gäller hela tråden.");
        if (Motivation is { Length: > 5000 }) return Refusal.Input("motivation-too-long", "Motiveringen får vara högst 5000 tecken.");
        if (Then is not null && !Thens.ContainsKey(Then)) return Refusal.Input("then-unknown", $"Efter bedömningen kan handlingarna: {string.Join(", ", Thens.Keys)}.");
        if (Each().Decide(RecordState.None, policy).Refused is { } why) return why;
        if (Then == "exempt" && !(Minor || Significance == "minor")) return Refusal.Input("exempt-not-minor", "Bara det som bedöms vara av uppenbart ringa betydelse kan undantas (OSL 5 kap. 1 §, T-16).");
        return Then is null ? null : DefaultStates.DefaultRule.Unlawful(Thens[Then], policy);
    }

    /// <summary>Pure: what becomes of one, and the events of it.</summary>
    public (ThreadMember Item, IReadOnlyList<Happened> Events) Decide(BatchRecord record, Policy policy, Guid? run, IReadOnlyCollection<string> employees)
    {
        var state = record.State;
        var hints = Hints.In(record.Text, employees).Select(h => h.Kind).ToList();
        (ThreadMember, IReadOnlyList<Happened>) Is(ThreadFate fate, string? why = null, IReadOnlyList<Happened>? events = null) => (new(record, fate, why, hints), events ?? []);

        if (Except?.Contains(record.Id) == true) return Is(ThreadFate.Excepted, "taken-out");
        if (!state.Exists || state.DisposedAt is not null) return Is(ThreadFate.Excepted, "disposed");
        if (state.Wall != Wall.Open || state.RecordType == "direct-message") return Is(ThreadFate.Excepted, "behind-wall");
        if (hints.Count > 0) return Is(ThreadFate.Excepted, "hint");
        if (!state.ContentCaptured) return Is(ThreadFate.Excepted, "content-missing");
        var reached = Then is null || state.Registration is Registration.Registered or Registration.Routed || (state.Registration == Thens[Then] && state.SettledByRule is null);
        if (Each().IsSaidOf(state) && reached) return Is(ThreadFate.Unchanged);

        var events = new List<Happened>();
        if (!Each().IsSaidOf(state)) events.AddRange(Each().Decide(state, policy, run).Events);
        if (reached) return Is(ThreadFate.Assess, null, events);
        var assessed = events.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        var then = Thens[Then!] == Registration.KeptOrdered ? new KeepOrdered().Decide(assessed, policy) : new ExemptRecord(Reason, null).Decide(assessed, policy);
        return then.Refused is { } no ? Is(ThreadFate.Excepted, no.Code) : Is(ThreadFate.Assess, null, [.. events, .. then.Events]);
    }

    private string? Reason => Motivation is null ? "—" : Motivation.Length <= 2000 ? Motivation : Motivation[..2000];
}
