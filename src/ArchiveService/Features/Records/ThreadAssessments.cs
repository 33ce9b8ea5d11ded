using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>How far the assessment of a thread has come.</summary>
public sealed record ThreadAssessmentRun(
    Guid Id, Guid Authority, Guid Record, Guid StartedBy, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, int Total, int Assessed, int Unchanged, int Waiting, IReadOnlyList<(Guid Record, string Why)> Exceptions);

/// <summary>
/// Assesses whole threads: the list is frozen when it starts, and gone through in batches of one transaction each, with the mark of each batch in the same
/// transaction. Stopped in the middle it goes on with what waits; gone through twice it adds nothing.
/// </summary>
public sealed class ThreadAssessments(
    SealedLog log, RecordViews views, Records records, RecordBatches batches, AuthorityRegister authorities, StaffNames staff, Databases databases, TimeProvider clock)
{
    public const int MostOfThread = 20_000;

    private const int BatchSize = 200;

    /// <summary>What it would do, record by record, the oldest first.</summary>
    public async Task<(IReadOnlyList<ThreadMember>? Plan, Refusal? Refused)> Plan(Guid id, AssessThread command, Caller caller, CancellationToken ct)
    {
        var (_, policy, refused) = await Allowed(id, command, caller, ct);
        if (refused is not null) return (null, refused);
        var employees = await staff.All(ct);
        var plan = new List<ThreadMember>();
        foreach (var some in (await Thread(id, caller, ct)).Chunk(500))
        {
            foreach (var record in await batches.Read(some, ct))
            {
                if (!Records.Invisible(record.State, caller)) plan.Add(command.Decide(record, policy!, null, employees).Item);
            }
        }

        return (plan, null);
    }

    /// <returns>Null when there is nothing to do.</returns>
    public async Task<(ThreadAssessmentRun? Run, Refusal? Refused)> Start(Guid id, AssessThread command, Caller caller, CancellationToken ct)
    {
        var (authority, policy, refused) = await Allowed(id, command, caller, ct);
        if (refused is not null) return (null, refused);
        var (plan, no) = await Plan(id, command, caller, ct);
        if (no is not null) return (null, no);
        var waiting = plan!.Where(i => i.Fate == ThreadFate.Assess).ToList();
        if (waiting.Count == 0) return (null, null);

        var run = Guid.CreateVersion7(clock.GetUtcNow());
        var each = command.Each().Decide(RecordState.None, policy!, run).Events.Select(e => e.Event).OfType<AssessmentDetailed>().Single();
        var started = new Happened(
            new ThreadAssessmentStarted(authority, id, waiting.Count, each.Significance, command.IsQuestion, each.CaseRelation, each.Case, command.Then is { } then ? AssessThread.Thens[then] : null, policy!.Version),
            KeyClass.Office, new Parts().With(Parts.Motivation, command.Motivation!.Trim()));
        var excepted = plan!.Where(i => i.Fate == ThreadFate.Excepted).ToList();
        NpgsqlBatchCommand[] beside =
        [
            new("insert into archive.thread_assessments (assessment_id, authority_id, record_id, started_by, started_at) select $1, $2, $3, $4, s.created from archive.mt_streams s where s.id = $1")
            {
                Parameters = { new() { Value = run }, new() { Value = authority }, new() { Value = id }, new() { Value = caller.PersonId } },
            },
            new("""
                insert into archive.thread_assessment_items (assessment_id, record_id, outcome, reason)
                select $1, i.id, case when i.reason = '' then 'waiting' else 'excepted' end, nullif(i.reason, '') from unnest($2, $3) i(id, reason)
                """)
            {
                Parameters =
                {
                    new() { Value = run }, new() { Value = waiting.Concat(excepted).Select(i => i.Record.Id).ToArray() },
                    new() { Value = waiting.Select(_ => "").Concat(excepted.Select(i => i.Why!)).ToArray() },
                },
            },
        ];
        if (await log.Append([new(run, "thread_assessment", ExpectedVersion.NewStream, [started])], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is not Appended.Done) return (null, Refusal.ChangedMeanwhile(0));
        return (await Find(run, ct), null);
    }

    /// <summary>Goes through the next of what waits.</summary>
    /// <returns>False when nothing waits any more.</returns>
    public async Task<bool> Step(Guid run, CancellationToken ct)
    {
        if (await Find(run, ct) is not { FinishedAt: null } now) return false;
        var policy = (await authorities.Find(now.Authority, ct))!.Policy;
        var next = await Waiting(run, ct);
        if (next.Count == 0)
        {
            await Finish(now, policy.Version, ct);
            return false;
        }

        var employees = await staff.All(ct);
        var command = await Said(run, ct);
        await batches.Each(next, now.StartedBy, record => command.Decide(record, policy, run, employees).Events, decided =>
        {
            var fates = decided.Select(d => (d.Record.Id, command.Decide(d.Record, policy, run, employees).Item)).ToList();
            return new("""
                update archive.thread_assessment_items i set outcome = d.outcome, reason = nullif(d.reason, '')
                from unnest($2, $3, $4) d(id, outcome, reason) where i.assessment_id = $1 and i.record_id = d.id and i.outcome = 'waiting'
                """)
            {
                Parameters =
                {
                    new() { Value = run }, new() { Value = fates.Select(f => f.Id).ToArray() },
                    new() { Value = fates.Select(f => f.Item.Fate switch { ThreadFate.Assess => "assessed", ThreadFate.Unchanged => "unchanged", _ => "excepted" }).ToArray() },
                    new() { Value = fates.Select(f => f.Item.Why ?? "").ToArray() },
                },
            };
        }, ct);
        return true;
    }

    public async Task<List<Guid>> Unfinished(CancellationToken ct) => await Ids("select assessment_id from archive.thread_assessments where finished_at is null order by started_at", ct);

    /// <summary>The latest run that a record's page shows; null when there is none.</summary>
    public async Task<ThreadAssessmentRun?> Find(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select t.authority_id, t.record_id, t.started_by, t.started_at, t.finished_at, count(i.record_id)::int, (count(*) filter (where i.outcome = 'assessed'))::int,
                   (count(*) filter (where i.outcome = 'unchanged'))::int, (count(*) filter (where i.outcome = 'waiting'))::int,
                   array_agg(i.record_id order by i.record_id) filter (where i.outcome = 'excepted'), array_agg(i.reason order by i.record_id) filter (where i.outcome = 'excepted')
            from archive.thread_assessments t left join archive.thread_assessment_items i using (assessment_id) where t.assessment_id = $1 group by t.assessment_id
            """);
        query.Parameters.Add(new() { Value = run });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        var exceptions = row.IsDBNull(9) ? [] : row.GetFieldValue<Guid[]>(9).Zip(row.GetFieldValue<string[]>(10)).Select(e => (e.First, e.Second)).ToList();
        return new(
            run, row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset?>(4), row.GetInt32(5), row.GetInt32(6), row.GetInt32(7), row.GetInt32(8), exceptions);
    }

    /// <summary>What was said when it started, from the log: it is the same after a crash, in whatever process.</summary>
    private async Task<AssessThread> Said(Guid run, CancellationToken ct)
    {
        var started = (await log.Store.ReadStream(run, ct: ct))[0];
        var e = (ThreadAssessmentStarted)started.Event;
        var motivation = (await log.Open([started], ct)).GetValueOrDefault(started.Id)?.Parts?[Parts.Motivation];
        return new(
            false, null, AssessmentWords.Significances.Single(s => s.Value.Significance == e.Significance).Key, e.IsQuestion,
            AssessmentWords.CaseRelations.FirstOrDefault(r => r.Value.Relation == e.CaseRelation).Key, e.Case, e.Then is { } then ? AssessThread.Thens.Single(t => t.Value == then).Key : null, motivation);
    }

    private async Task Finish(ThreadAssessmentRun run, int policyVersion, CancellationToken ct)
    {
        var finished = new Happened(new ThreadAssessmentFinished(run.Authority, run.Assessed, run.Unchanged, run.Exceptions.Count, policyVersion));
        NpgsqlBatchCommand beside = new("update archive.thread_assessments t set finished_at = s.timestamp from archive.mt_streams s where s.id = t.assessment_id and t.assessment_id = $1 and t.finished_at is null")
        {
            Parameters = { new() { Value = run.Id } },
        };
        await log.Append([new(run.Id, "thread_assessment", ExpectedVersion.Exactly(1), [finished])], log.NewKeySet(), new(run.StartedBy.ToString("D")), [beside], ct);
    }

    private async Task<(Guid Authority, Policy? Policy, Refusal? Refused)> Allowed(Guid id, AssessThread command, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return (default, null, Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
        if (!caller.MayAssess(seen.Authority)) return (default, null, Refusal.NotAllowed("Bara moderator eller registrator får göra detta."));
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        if (command.Refuse(policy) is { } why) return (default, null, why);
        if (command.Case is { } @case)
        {
            await using var query = databases.Writer.CreateCommand("select exists (select from archive.cases where case_id = $1 and authority_id = $2)");
            query.Parameters.Add(new() { Value = @case });
            query.Parameters.Add(new() { Value = seen.Authority });
            if (!(bool)(await query.ExecuteScalarAsync(ct))!) return (default, null, Refusal.Input("case-unknown", "Ärendet finns inte hos myndigheten."));
        }

        return (seen.Authority, policy, null);
    }

    /// <summary>What has come in of the thread, as far as the caller may know of it; the authority's own posts are not assessed.</summary>
    internal async Task<List<Guid>> Thread(Guid id, Caller caller, CancellationToken ct)
    {
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { Row: { } of }) return [id];
        var sql = new SqlText();
        var root = sql.Value(of.RootId ?? of.ParentId ?? of.RecordId);
        var related = $"(r.record_id = {root} or r.root_id = {root} or r.parent_id = {root} or r.record_id = {sql.Value(id)} or r.parent_id = {sql.Value(id)}";
        if (of.ConversationId is { } conversation) related += $" or r.conversation_id = {sql.Value(conversation)}";
        sql.Add($"select r.record_id from {sight.Records} r where {related}) and r.channel_id = {sql.Value(of.ChannelId)} and r.direction = 'received' and not r.destroyed and {sight.Allows(sql, "r")}")
            .Add($"order by r.occurred_at, r.record_id limit {sql.Value(MostOfThread)}");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    private async Task<List<Guid>> Waiting(Guid run, CancellationToken ct) =>
        await Ids("select record_id from archive.thread_assessment_items where assessment_id = $1 and outcome = 'waiting' order by record_id limit $2", ct, run, BatchSize);

    private async Task<List<Guid>> Ids(string sql, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }
}

/// <summary>Carries assessments of threads through beside the web application, and takes up what a stop left.</summary>
public sealed partial class ThreadAssessmentWorker(ThreadAssessments runs, ILogger<ThreadAssessmentWorker> logger, TimeProvider clock) : BackgroundService
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim bell = new(0);

    /// <summary>Something has been started.</summary>
    public void Ring() => bell.Release();

    public async Task<ThreadAssessmentRun?> WaitFor(Guid run, TimeSpan atMost, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            var now = await runs.Find(run, ct);
            if (now is not { FinishedAt: null } || clock.GetElapsedTime(since) > atMost) return now;
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var run in await runs.Unfinished(stoppingToken))
                {
                    while (await runs.Step(run, stoppingToken))
                    {
                    }
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Type and SQLSTATE only: an error's text may quote what it refused.
                LogFailed(logger, error is PostgresException refused ? refused.SqlState : error.GetType().Name);
            }

            await bell.WaitAsync(Rest, stoppingToken);
        }
    }

    [LoggerMessage(1601, LogLevel.Error, "The assessment of a thread stopped and will be tried again: {Error}")]
    private static partial void LogFailed(ILogger logger, string error);
}
