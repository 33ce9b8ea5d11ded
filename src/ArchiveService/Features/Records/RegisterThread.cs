using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <param name="Why">Why it is kept apart: a code; null when it is part of the document.</param>
public sealed record ThreadPart(Guid Id, RecordState State, string? Text, string? Why);

/// <summary>What came of it: the entry, the record that carries it, and how many records share its number.</summary>
public sealed record ThreadDocument(RecordRegistered Registered, Guid Lead, int Records, IReadOnlyList<ThreadPart> Exceptions, IReadOnlyList<SubjectWarning> Warnings, Outcome.Done Done);

/// <summary>
/// Registers a whole thread as one document (amendments c 15): one number, carried by the first record of it that came in; the others share it and keep
/// their senders, who are found by them (docs/adr/0015). What is secret, unassessed, registered already or taken down is kept apart.
/// </summary>
/// <param name="Except">Records that whoever registers takes out.</param>
public sealed record RegisterThread(
    bool Preview, IReadOnlyList<Guid>? Except, Guid? CaseId, NewCase? NewCase, ExternalNumber? External, string? Subject, string? PublicSubject = null, string? RecordType = null, bool AcceptWarnings = false)
{
    /// <summary>The entry stands on the thread's first record: there it is put right and released.</summary>
    public static Refusal CarriedByLead { get; } = new("carried-by-thread", "Handlingen är registrerad som en del av en tråd. Anteckningen i diariet står på trådens första handling: gör det där.");

    public static Refusal StaysTogether { get; } = new("carried-by-thread", "Tråden är registrerad som en handling och kan inte flyttas i delar. Rätta anteckningen på trådens första handling, eller registrera kommande inlägg i det andra ärendet.");

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/register-thread", async (Guid id, RegisterThread command, IfMatch expected, Caller caller, ThreadRegistrations handler, CancellationToken ct) =>
        {
            if (command.Preview)
            {
                var (plan, no) = await handler.Plan(id, command, caller, ct);
                return no is not null ? Problems.Refused(no) : (IResult)TypedResults.Ok(new
                {
                    total = plan!.Count,
                    register = plan.Count(p => p.Why is null),
                    senders = Senders(plan),
                    exceptions = Told(plan),
                });
            }

            var (document, refused) = await handler.Register(id, command, expected, caller, ct);
            return refused is not null ? Problems.Refused(refused) : TypedResults.Ok(new
            {
                document!.Registered.DiaryNumber,
                caseId = document.Registered.Case,
                document.Registered.DocumentNumber,
                lead = document.Lead,
                records = document.Records,
                exceptions = Told(document.Exceptions),
                warnings = SubjectCheck.Told(document.Warnings),
                document.Done.LastSequence,
                document.Done.Version,
            });
        })
        .WithName("register-thread");

    private static IEnumerable<object> Told(IEnumerable<ThreadPart> plan) => plan.Where(p => p.Why is not null).Select(p => new { record = p.Id, why = p.Why });

    /// <summary>How many wrote in it, as far as accounts are known.</summary>
    public static int Senders(IEnumerable<ThreadPart> plan) => plan.Where(p => p.Why is null).Select(p => p.State.Account ?? p.Id).Distinct().Count();

    /// <summary>Pure: what the registration itself asks for is as of any record.</summary>
    public RegisterRecord AsOne(string? sender = null) => new(CaseId, NewCase, External, Subject, sender, RecordType, PublicSubject, AcceptWarnings);

    /// <summary>Pure: why a record is kept apart; null when it is part of the document.</summary>
    public string? WhyApart(Guid id, RecordState state, Guid authority) =>
        Except?.Contains(id) == true ? "taken-out"
        : !state.Exists || state.DisposedAt is not null ? "disposed"
        : state.Authority != authority ? "other-authority"
        : state.Wall != Wall.Open || state.Locked || state.RecordType == "direct-message" ? "behind-wall"
        : state.Registration == Registration.Registered ? "already-registered"
        : state.Registration == Registration.Routed ? "routed"

        // H-25: what is removed is registered with its own motivation.
        : state.Visibility != Visibility.Visible ? "removed"
        : !state.ContentCaptured ? "content-missing"
        : null;

    /// <summary>The third fact of OSL 5:2: one who wrote alone is named, many are counted.</summary>
    public static string? SenderOf(IReadOnlyList<ThreadPart> parts, string? only) => Senders(parts) is > 1 and var many ? $"{Swedish.Number(many)} avsändare i en tråd" : only;
}

public sealed class ThreadRegistrations(
    Records records, ThreadAssessments threads, RecordBatches batches, SealedLog log, AuthorityRegister authorities, Classification.ClassificationPlans plans, Cases.Registration registration, SubjectChecks checks,
    Databases databases)
{
    /// <summary>All of it is one transaction: the number and everything that shares it, or nothing.</summary>
    public const int Most = 10_000;

    private const int MostAttempts = 5;

    public async Task<(IReadOnlyList<ThreadPart>? Plan, Refusal? Refused)> Plan(Guid id, RegisterThread command, Caller caller, CancellationToken ct)
    {
        var (seen, refused) = await Allowed(id, caller, ct);
        if (refused is not null) return (null, refused);
        var plan = new List<ThreadPart>();
        foreach (var some in (await threads.Thread(id, caller, ct)).Chunk(500))
        {
            var read = (await batches.Read(some, ct)).ToDictionary(r => r.Id);
            foreach (var record in some.Where(read.ContainsKey).Select(one => read[one]))
            {
                if (!Records.Invisible(record.State, caller)) plan.Add(new(record.Id, record.State, record.Text, command.WhyApart(record.Id, record.State, seen!.Authority)));
            }
        }

        return (plan, null);
    }

    /// <param name="ask">Warnings are a question, whatever the policy says: a page has somebody to ask.</param>
    public async Task<(ThreadDocument? Document, Refusal? Refused)> Register(Guid id, RegisterThread command, IfMatch expected, Caller caller, CancellationToken ct, bool ask = false)
    {
        var (seen, refused) = await Allowed(id, caller, ct);
        if (refused is not null) return (null, refused);
        if (expected.Version is { } version && version != seen!.Version) return (null, Refusal.ChangedMeanwhile(seen.Version));
        if (command.AsOne().Decide(RecordState.None) is { } wrong) return (null, wrong);
        var authority = (await authorities.Find(seen!.Authority, ct))!;
        if (command.NewCase?.ClassCode?.Trim() is { Length: > 0 } wanted && await plans.Refuse(authority.Id, wanted, ct) is { } unusable) return (null, unusable);
        var warnings = await checks.In(id, caller, [(SubjectCheck.InSubject, command.Subject), (SubjectCheck.InPublicSubject, command.PublicSubject), (SubjectCheck.InTitle, command.NewCase?.Title)], ct);
        if (SubjectCheck.Refuse(warnings, command.AcceptWarnings, authority.Policy) is { } no) return (null, no);
        if (ask && warnings.Count > 0 && !command.AcceptWarnings) return (null, SubjectCheck.Asked(warnings));

        var ids = await threads.Thread(id, caller, ct);
        if (ids.Count > Most) return (null, new("thread-too-large", $"Tråden har fler än {Swedish.Number(Most)} handlingar. Undanta en del, eller registrera den i omgångar."));
        for (var attempt = 1; ; attempt++)
        {
            var (document, why, again) = await Try(id, ids, command, authority, warnings, caller, ct);
            if (!again) return (document, why);
            if (attempt == MostAttempts) return (null, Refusal.ChangedMeanwhile(seen.Version + 1));
            await Task.Delay(Random.Shared.Next(5, 40 * attempt), ct);
        }
    }

    private async Task<(ThreadDocument? Document, Refusal? Refused, bool Again)> Try(
        Guid id, IReadOnlyList<Guid> ids, RegisterThread command, Authority authority, IReadOnlyList<SubjectWarning> warnings, Caller caller, CancellationToken ct)
    {
        var plan = new List<ThreadPart>();
        foreach (var some in ids.Chunk(500))
        {
            var streams = await log.Store.ReadStreams(some, ct: ct);
            foreach (var one in some.Where(streams.ContainsKey))
            {
                var state = RecordState.From(streams[one]);
                if (!Records.Invisible(state, caller)) plan.Add(new(one, state, null, command.WhyApart(one, state, authority.Id)));
            }
        }

        List<ThreadPart> parts = [.. plan.Where(p => p.Why is null)];
        if (parts.Count == 0) return (null, new("nothing-to-register", "Ingen handling i tråden kan registreras tillsammans med de andra. Undantagen registreras var för sig."), false);
        var (lead, members) = (parts[0], parts[1..]);
        var facts = new Registered(
            command.Subject!.Trim(), RegisterThread.SenderOf(parts, await RecordGlance.Sender(lead.Id, lead.State, caller, log, ct)), command.RecordType, null,
            RegisterRecordHandler.Public(command.PublicSubject, command.Subject));

        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var beside = await registration.Prepare(transaction, lead.Id, lead.State, authority, command.AsOne().Choice(), facts, ct);
        if (beside.Refused is not null) return (null, beside.Refused, false);
        var registered = beside.RecordEvents.Select(e => e.Event).OfType<RecordRegistered>().Single();
        List<Happened> leads = [.. beside.RecordEvents];
        if (members.Count > 0) leads.Add(new(new ThreadRegistered(authority.Id, members.Count, authority.Policy.Version)));
        var joined = new RecordJoinedRegistration(authority.Id, registered.Case, registered.DiaryNumber, registered.DocumentNumber, lead.Id, registered.RegisteredAt, authority.Policy.Version);
        List<(ThreadPart Part, IReadOnlyList<Happened> Events)> decided = [(lead, leads), .. members.Select(m => (m, (IReadOnlyList<Happened>)[new Happened(joined)]))];
        List<Draft> drafts = [.. decided.Select(d => new Draft(d.Part.Id, "record", ExpectedVersion.Exactly(d.Part.State.Version), d.Events)), .. beside.Drafts];
        List<NpgsqlBatchCommand> statements = [.. beside.Statements, Members(members, lead.Id, authority.Id, registered)];
        try
        {
            var keys = await log.Keys([lead.Id, .. beside.Drafts.Select(d => d.StreamId)], ct);
            if (await log.Append(transaction, drafts, keys, new(caller.PersonId.ToString("D")), statements, ct) is not Appended.Done done)
            {
                await transaction.RollbackAsync(ct);
                return (null, null, true);
            }

            foreach (var some in decided.Chunk(1000))
            {
                await RecordStates.Write(transaction, [.. some.Select(d => (d.Part.Id, d.Events.Aggregate(d.Part.State, (s, e) => s.After((RecordEvent)e.Event, done.RecordedAt))))], ct);
            }

            await transaction.CommitAsync(ct);
            return (new(registered, lead.Id, parts.Count, [.. plan.Where(p => p.Why is not null)], warnings, new(done.LastSequence, done.Versions[lead.Id])), null, false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DeadlockDetected || Cases.Registration.OpenedMeanwhile(error))
        {
            return (null, null, true);
        }
    }

    private static NpgsqlBatchCommand Members(IReadOnlyList<ThreadPart> members, Guid lead, Guid authority, RecordRegistered registered) => new("""
        insert into archive.thread_registrations (record_id, lead_id, authority_id, case_id, document_number) select m, $2, $3, $4, $5 from unnest($1) m
        """)
    {
        Parameters =
        {
            new() { Value = members.Select(m => m.Id).ToArray() }, new() { Value = lead }, new() { Value = authority }, new() { Value = registered.Case }, new() { Value = registered.DocumentNumber },
        },
    };

    private async Task<(RecordState? Seen, Refusal? Refused)> Allowed(Guid id, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return (null, Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
        return caller.May(seen.Authority, Role.Registrator) ? (seen, null) : (null, Refusal.NotAllowed("Bara en registrator får registrera i diariet."));
    }
}
