using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disclosures;

/// <summary>Everything that is done with a request after it came in: loads it, lets a pure decision speak, and writes events and rows in one transaction.</summary>
public sealed class Requests(
    SealedLog log, Databases databases, AuthorityRegister authorities, RecordReads reads, OriginalDocuments documents, RequestItems items, DelegationCheck delegations, DisclosurePackages packages,
    Coverage coverage, Cases.Registration registration, Classification.ClassificationPlans plans, FileCopies copies, TimeProvider clock)
{
    /// <summary>Who may handle a request; anybody on the staff may take one in and see how it goes.</summary>
    public static readonly Role[] Handlers = [Role.Registrator, Role.Arkivarie, Role.Chef];

    public static readonly Refusal Unknown = Refusal.Unknown("disclosure", "Begäran finns inte, eller så får du inte se den.");

    public static readonly Refusal NoItem = Refusal.Unknown("disclosure-item", "Handlingen hör inte till begäran.");

    private static readonly Refusal NotAllowed = Refusal.NotAllowed("Bara registrator, arkivarie eller chef behandlar en begäran om utlämnande.");

    /// <summary>A closed request stands as it is.</summary>
    public static Refusal? Refuse(DisclosureState state) =>
        state.DisposedAt is not null ? new Refusal("disclosure-disposed", "Begäran är gallrad. Inget mer kan göras med den.")
        : state.ClosedAt is null ? null : new Refusal("disclosure-closed", "Begäran är avslutad. Kommer den igen tas den emot som en ny och prövas på nytt.");

    public async Task<DisclosureState?> Find(Guid id, Caller caller, CancellationToken ct) =>
        await Row(id, ct) is { } authority && caller.IsStaffOf(authority) ? DisclosureState.From(await log.Store.ReadStream(id, ct: ct)) : null;

    private async Task<Guid?> Row(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select authority_id from archive.disclosure_requests where request_id = $1");
        query.Parameters.Add(new() { Value = id });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    public async Task<Outcome> Add(Guid id, FindItems command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        var (found, refused) = await items.Gather(request, command, caller, ct);
        if (refused is not null) return refused;
        try
        {
            return await Decide(id, expected, caller, (state, policy) => FindItems.Decide(state, found, policy), ct: ct);
        }
        catch (PostgresException gone) when (gone.SqlState == "AS030")
        {
            return new Refusal("record-disposed", "Handlingen gallrades medan du la till den. Svara att den inte finns, och under vilket beslut den gallrades.");
        }
    }

    public async Task<Outcome> Register(Guid id, RegisterRequest command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (command.NewCase is { } fresh) return await Open(id, request, fresh, expected, caller, ct);
        var found = command.DiaryNumber is { } number ? await items.CaseOf(request.Authority, number, ct) : command.Case;
        if (found is { } one)
        {
            await using var query = databases.Writer.CreateCommand("select true from archive.cases where case_id = $1 and authority_id = $2");
            query.Parameters.Add(new() { Value = one });
            query.Parameters.Add(new() { Value = request.Authority });
            if (await query.ExecuteScalarAsync(ct) is null) found = null;
        }

        return await Decide(id, expected, caller, (state, policy) => RegisterRequest.Decide(state, found, policy), ct: ct);
    }

    /// <summary>Opens a case for the request and registers it there, both in one transaction: no number is used for a request that was not registered.</summary>
    private async Task<Outcome> Open(Guid id, DisclosureState request, NewCase fresh, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (!caller.May(request.Authority, Role.Registrator)) return Refusal.NotAllowed("Bara en registrator får öppna ett ärende.");
        var named = fresh with { Title = string.IsNullOrWhiteSpace(fresh.Title) ? RegisterRequest.TitleOf(request) : fresh.Title, ClassCode = Cases.CaseInput.Trimmed(fresh.ClassCode), Series = Cases.CaseInput.Trimmed(fresh.Series) };
        if (named.Check() is { } wrong) return wrong;
        if (named.ClassCode is { } classCode && await plans.Refuse(request.Authority, classCode, ct) is { } unusable) return unusable;
        for (var attempt = 1; ; attempt++)
        {
            if (await Find(id, caller, ct) is not { } state) return Unknown;
            if (expected.Version is { } version && version != state.Version) return Refusal.ChangedMeanwhile(state.Version);
            var authority = (await authorities.Find(state.Authority, ct))!;
            if (RegisterRequest.Refuse(state) is { } no) return no;
            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var (caseId, _, opened) = await registration.OpenEmpty(transaction, authority, new(named.Title!, named.ClassCode, named.Series), Cases.CaseInitiative.Application, null, ct);
            if (opened.Refused is { } shut) return shut;
            var decision = RegisterRequest.Decide(state, caseId, authority.Policy);
            if (decision.Refused is { } why) return why;
            var (events, after) = Folded(state, decision, caller);
            Draft draft = new(id, DisclosureState.StreamType, ExpectedVersion.Exactly(state.Version), events);
            if (await log.Append(transaction, [draft, .. opened.Drafts], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [.. opened.Statements, .. RequestRows.Of(id, state, after)], ct) is Appended.Done done)
            {
                await transaction.CommitAsync(ct);
                return new Outcome.Done(done.LastSequence, done.Versions[id]);
            }

            await transaction.RollbackAsync(ct);
            if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(state.Version + 1);
        }
    }

    /// <summary>A copy that was masked by hand stands in for a file. It is sealed and durable before it is told of, and taken back when that is not done.</summary>
    public async Task<Outcome> Replace(Guid id, Guid item, Guid attachment, ReplaceFile command, string fileName, Stream bytes, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (!caller.May(request.Authority, Handlers)) return NotAllowed;
        if (request.Find(item) is null || await Seen(item, caller, ct) is null) return NoItem;
        if (await documents.Open(item, ct) is not { } document) return RestrictContent.Unavailable;
        if (command.Check(request, item, attachment, document) is { } wrong) return wrong;
        if ((await log.Keys([id], ct)).Find(id, KeyClass.Request) is not { } key) return new Refusal("disclosure-disposed", "Begäran är gallrad. Inget mer kan göras med den.");
        var kept = await copies.Keep(id, key, bytes, ct);
        try
        {
            var outcome = await Decide(id, expected, caller, (state, policy) => command.Decide(state, item, attachment, document, kept, fileName, policy), ct: ct);
            if (outcome is Outcome.Refused) await copies.TakeBack(kept);
            return outcome;
        }
        catch
        {
            await copies.TakeBackUnlessRecorded(kept);
            throw;
        }
    }

    public async Task<Outcome> WithdrawCopy(Guid id, Guid item, Guid attachment, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (request.Find(item) is null || await Seen(item, caller, ct) is null) return NoItem;
        return await Decide(id, expected, caller, (state, policy) => ReplaceFile.Withdraw(state, item, attachment, policy), ct: ct);
    }

    public Task<Outcome> Pause(Guid id, PauseClock command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, clock.GetUtcNow()), ct: ct);

    public Task<Outcome> Resume(Guid id, ResumeClock command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, clock.GetUtcNow()), ct: ct);

    public Task<Outcome> Appeal(Guid id, AppealRequest command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Swedish.Day(clock.GetUtcNow())), ct: ct);

    public Task<Outcome> Settle(Guid id, SettleAppeal command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Swedish.Day(clock.GetUtcNow())), ct: ct);

    public Task<Outcome> Drop(Guid id, Guid item, DropItem command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, item, policy), ct: ct);

    public async Task<Outcome> Examine(Guid id, Guid item, TakeStep command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Seen(item, caller, ct) is not { } record ? NoItem : await Decide(id, expected, caller, (state, policy) => command.Decide(state, item, record.IsMarkedSecret, policy), ct: ct);

    public async Task<Outcome> Second(Guid id, Guid item, GiveOpinion command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Seen(item, caller, ct) is null ? NoItem : await Decide(id, expected, caller, (state, policy) => command.Decide(state, item, caller.PersonId, policy), ct: ct);

    public async Task<Outcome> Mask(Guid id, Guid item, SetMasks command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (request.Find(item) is null || await Seen(item, caller, ct) is null) return NoItem;
        if (await documents.Open(item, ct) is not { } document) return RestrictContent.Unavailable;
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, item, document, policy), ct: ct);
    }

    public async Task<Outcome> DecideItem(Guid id, Guid item, DecideItem command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (await Seen(item, caller, ct) is null) return NoItem;
        // FL 16 § 1: nobody decides about what they wrote themselves.
        var own = await documents.Open(item, ct) is { } document && document.IsFrom(caller.Name);
        // c 10: to mask, and to give out with förbehåll, are decided on delegation. The official's no is not yet the authority's decision.
        var outcome = Disclosures.DecideItem.Read(command.Outcome);
        var delegated = outcome is ItemOutcome.Mask or ItemOutcome.Reservation
            ? await delegations.Under(request.Authority, outcome == ItemOutcome.Mask ? DelegationKinds.Mask : DelegationKinds.RefuseDisclosure, caller, ct) : null;
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, item, delegated?.Refused, policy, own), delegated, ct);
    }

    public async Task<Outcome> Deliver(Guid id, DeliverItems command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (!caller.May(request.Authority, Handlers)) return NotAllowed;
        var chosen = command.Chosen(request);
        var (given, refused) = await packages.Gather(id, request, chosen, caller, ct);
        if (refused is not null) return refused;
        string? digest = null;
        if (given!.Documents.Count > 0 && command.Form != "read") digest = await packages.Digest(given, ct);
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, chosen, given.TellsOfAPerson, digest, policy, clock.GetUtcNow()), ct: ct);
    }

    public async Task<(CoverageAnswer? Found, Outcome Outcome)> NothingFound(Guid id, AnswerNothingFound command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return (null, Unknown);
        if (!caller.May(request.Authority, Handlers)) return (null, NotAllowed);
        if (command.Check(Swedish.Day(clock.GetUtcNow())) is { } wrong) return (null, wrong);
        var known = await coverage.Of(request.Authority, command.From!.Value, command.To!.Value, command.Channel, caller, ct);
        return (known, await Decide(id, expected, caller, (state, policy) => command.Decide(state, known, policy), ct: ct));
    }

    public Task<Outcome> Decline(Guid id, DeclineItems command, IfMatch expected, Caller caller, CancellationToken ct) => Decide(id, expected, caller, command.Decide, ct: ct);

    public Task<Outcome> Demand(Guid id, DemandDecision command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, clock.GetUtcNow()), ct: ct);

    public async Task<Outcome> Refuse(Guid id, RefuseItems command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        var delegated = await delegations.Under(request.Authority, DelegationKinds.RefuseDisclosure, caller, ct);
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, delegated, policy), delegated, ct);
    }

    public Task<Outcome> Serve(Guid id, ServeDecision command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Swedish.Day(clock.GetUtcNow())), ct: ct);

    public Task<Outcome> Withdraw(Guid id, WithdrawRequest command, IfMatch expected, Caller caller, CancellationToken ct) => Decide(id, expected, caller, command.Decide, ct: ct);

    public Task<Outcome> Close(Guid id, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => CloseRequest.Decide(state, policy, Swedish.Day(clock.GetUtcNow())), ct: ct);

    /// <summary>What the caller may not know of is no item for them; what stands behind a wall is noted as read.</summary>
    private async Task<RecordState?> Seen(Guid record, Caller caller, CancellationToken ct)
    {
        if (await documents.Find(record, caller, ct) is not { } state) return null;
        await reads.Note(caller, [(record, RecordStates.Stored(state.Wall))], ct);
        return state;
    }

    private async Task<Outcome> Decide(Guid id, IfMatch expected, Caller caller, Func<DisclosureState, Policy, Decision> decide, Delegated? delegated = null, CancellationToken ct = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await Find(id, caller, ct) is not { } state) return Unknown;
            if (!caller.May(state.Authority, Handlers)) return NotAllowed;
            if (expected.Version is { } version && version != state.Version) return Refusal.ChangedMeanwhile(state.Version);
            var policy = (await authorities.Find(state.Authority, ct))!.Policy;
            var decision = decide(state, policy);
            if (decision.Refused is { } why) return why;
            if (decision.Events.Count == 0) return new Outcome.Done(0, state.Version);

            var (events, after) = Folded(state, decision, caller);
            IReadOnlyList<Draft> drafts = [new(id, DisclosureState.StreamType, ExpectedVersion.Exactly(state.Version), events)];
            List<NpgsqlBatchCommand> beside = [.. RequestRows.Of(id, state, after)];
            if (delegated?.Noted(DisclosureState.StreamType, id, caller, policy.Version, clock.GetUtcNow()) is { } noted)
            {
                drafts = [.. drafts, .. noted.Drafts];
                beside.AddRange(noted.Statements);
            }

            if (await log.Append(drafts, await log.Keys([id], ct), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done) return new Outcome.Done(done.LastSequence, done.Versions[id]);
            if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(state.Version + 1);
        }
    }

    /// <summary>Ids are chosen here, so that the state after can be told before it is written.</summary>
    private (IReadOnlyList<Happened> Events, DisclosureState After) Folded(DisclosureState state, Decision decision, Caller caller)
    {
        var now = clock.GetUtcNow();
        IReadOnlyList<Happened> events = [.. decision.Events.Select(e => e.EventId is null ? e with { EventId = Guid.CreateVersion7(now) } : e)];
        return (events, events.Aggregate(state, (s, e) => s.After((DisclosureRequestEvent)e.Event, e.EventId!.Value, now, caller.PersonId.ToString("D"))));
    }
}
