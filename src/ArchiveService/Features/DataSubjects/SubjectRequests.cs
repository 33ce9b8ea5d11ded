using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Classification;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.DataSubjects;

/// <summary>An extract as it was made: what it says, its machine-readable copy and the digest of that.</summary>
public sealed record ProducedExtract(Extract Extract, byte[] Json, string Digest, byte[]? Pdf)
{
    /// <summary>The extract with the person's own files; whoever sends it closes it.</summary>
    public Stream? Package { get; init; }
}

/// <summary>Everything that is done with a request after it came in: loads it, lets a pure decision speak, and writes events and rows in one transaction.</summary>
public sealed class SubjectRequests(
    SealedLog log, Databases databases, AuthorityRegister authorities, Records.Records records, RecordReads reads, SubjectAccounts accounts, Extracts extracts, CaseActs cases, Cases.Registration registration,
    ClassificationPlans plans, CaseNumbers numbers, RetentionRegister retention, DelegationCheck delegations, SearchLog searches, Pdf pdf, ExtractPackages packages, TimeProvider clock)
{
    /// <summary>Who deals with a request; anybody on the staff may take one in.</summary>
    public static readonly Role[] Handlers = [Role.Registrator, Role.Arkivarie];

    /// <summary>Who may see that there is one, and how it goes.</summary>
    public static readonly Role[] Readers = [Role.Registrator, Role.Arkivarie, Role.Chef, Role.Revisor];

    public static readonly Refusal Unknown = Refusal.Unknown("data-subject-request", "Begäran finns inte, eller så får du inte se den.");

    public static readonly Refusal NoLink = Refusal.Unknown("data-subject-link", "Kontot eller ärendet är inte knutet till begäran.");

    public static readonly Refusal NoRecord = Refusal.Unknown("record", "Handlingen finns inte bland dem som är personens, eller så får du inte se den.");

    public static readonly Refusal Closed = new("request-closed", "Begäran är avslutad. Kommer den igen tas den emot som en ny.");

    private static readonly Refusal NotAllowed = Refusal.NotAllowed("Bara registrator eller arkivarie behandlar en begäran enligt dataskyddsförordningen.");

    /// <summary>Whether secrecy hinders has to be seen before an extract is whole, so it takes one who sees everything at the authority; asked whether there is anything to see or not.</summary>
    private static readonly Refusal NotCleared = Refusal.NotAllowed("Utdraget prövas och framställs av en registrator med behörighet till sekretess hos myndigheten, så att det går att säga vad som är utelämnat.");

    /// <summary>An answered request stands as it is.</summary>
    public static Refusal? Refuse(SubjectState state) =>
        state.ClosedAt is not null ? Closed
        : state.Answer is not null ? new Refusal("request-answered", "Begäran är besvarad. Kommer den igen tas den emot som en ny.")
        : null;

    /// <summary>Nothing of a person is shown or handed out before it is known who asks (art. 12.6).</summary>
    public static Refusal? RefuseUnidentified(SubjectState state) =>
        state.IsIdentified ? null : new Refusal("not-identified", "Klarlägg först vem personen är (artikel 12.6). Innan dess söks, visas och lämnas inget ut.");

    public static Refusal? Day(SubjectState state, DateOnly day, DateOnly today) =>
        day > today ? Refusal.Input("day-in-the-future", "Dagen kan inte ligga i framtiden.")
        : day < Swedish.Day(state.ReceivedAt) ? Refusal.Input("day-before-request", "Dagen kan inte vara före den dag begäran kom in.")
        : null;

    /// <summary>Sees and examines everything at the authority.</summary>
    public static bool MayProduce(Guid authority, Caller caller) => caller.May(authority, Role.Registrator) && caller.MayReadSecret(authority);

    public async Task<SubjectState?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        if (caller.IsService) return null;
        await using var query = databases.Writer.CreateCommand("select authority_id from archive.subject_requests where request_id = $1");
        query.Parameters.Add(new() { Value = id });
        return await query.ExecuteScalarAsync(ct) is Guid authority && caller.May(authority, Readers) ? SubjectState.From(await log.Store.ReadStream(id, ct: ct)) : null;
    }

    public Task<Outcome> Ask(Guid id, AskIdentity command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Today), ct);

    public async Task<Outcome> Identify(Guid id, IdentifySubject command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        var here = command.Message is { } message && await records.Find(message, caller, ct) is { } record && record.Authority == request.Authority && record.Direction != Direction.DrawnUp;
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, here, policy), ct);
    }

    /// <summary>Looks for accounts in all channels of the authority. Each search is in the searcher's log.</summary>
    public async Task<(IReadOnlyList<SubjectAccount> Found, Refusal? Refused)> Search(Guid id, string? q, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } state) return ([], Unknown);
        if (!caller.May(state.Authority, Handlers)) return ([], NotAllowed);
        if ((Refuse(state) ?? RefuseUnidentified(state)) is { } no) return ([], no);
        if (q?.Trim() is not { Length: >= 2 and <= 200 } typed) return ([], BadParameter.Of("q", "Skriv minst två och högst 200 tecken av namnet eller kontot."));
        var found = await accounts.Search(state.Authority, typed, caller, ct);
        await searches.Note(caller, SearchLog.Account, $"{state.Number}: {typed}", found.Count, ct);
        return (found, null);
    }

    public async Task<Outcome> Link(Guid id, LinkSubject command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (!caller.May(request.Authority, Handlers)) return NotAllowed;
        if ((Refuse(request) ?? RefuseUnidentified(request)) is { } no) return no;
        if (command.Account is { } account)
        {
            if (await accounts.Find(request.Authority, account, caller, ct) is not { } found) return Refusal.Unknown("account", "Kontot finns inte hos myndigheten, eller så får du inte se det.");
            if (found.Own) return new Refusal("own-account", "Det är myndighetens eget konto.");
            return await Decide(id, expected, caller, (state, policy) => command.Decide(state, SubjectLinkKind.Account, account, policy), ct, holds: true);
        }

        var authority = (await authorities.Find(request.Authority, ct))!;
        var caseId = command.Case ?? (command.DiaryNumber is { } number ? await numbers.Find(authority, number, ct) : null);
        if (caseId is null && command.DiaryNumber is null) return Refusal.Input("link-missing", "Ange ett konto (account), ett ärende (case) eller ett diarienummer (diaryNumber).");
        if (caseId is not { } one || await cases.Find(one, caller, ct) is not { } known || known.State.Authority != request.Authority) return Refusal.Unknown("case", "Ärendet finns inte hos myndigheten.");
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, SubjectLinkKind.Case, one, policy), ct, holds: true);
    }

    public Task<Outcome> Unlink(Guid id, Guid target, UnlinkSubject command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, target, policy), ct);

    public Task<Outcome> Extend(Guid id, ExtendSubjectTime command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Today), ct);

    /// <summary>Opens the case with the person as applicant, or ties the request to one that is open; both in one transaction.</summary>
    public async Task<(Outcome Outcome, Guid Case, string DiaryNumber)> Open(Guid id, OpenSubjectCase command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } state) return (Unknown, default, "");
        if (!caller.May(state.Authority, Role.Registrator)) return (Refusal.NotAllowed("Bara en registrator får öppna ett ärende."), default, "");
        if (expected.Version is { } version && version != state.Version) return (Refusal.ChangedMeanwhile(state.Version), default, "");
        if (OpenSubjectCase.Refuse(state) is { } no) return (no, default, "");
        var authority = (await authorities.Find(state.Authority, ct))!;
        if (command.Case is not null || command.DiaryNumber is not null)
        {
            var known = command.Case ?? await numbers.Find(authority, command.DiaryNumber!, ct);
            if (known is not { } one || await cases.Find(one, caller, ct) is not { } there || there.State.Authority != state.Authority) return (Refusal.Unknown("case", "Ärendet finns inte hos myndigheten."), default, "");
            if (there.NotOpen() is { } shut) return (shut, default, "");
            return (await Decide(id, expected, caller, (s, policy) => OpenSubjectCase.Decide(s, one, there.State.DiaryNumber, policy), ct), one, there.State.DiaryNumber);
        }

        var chosen = new OpenCase(authority.Code, command.Title ?? OpenSubjectCase.TitleOf(state), null, command.ClassCode, command.Series, CaseInitiative.Application);
        if (chosen.Check() is { } wrong) return (wrong, default, "");
        var classCode = CaseInput.Trimmed(command.ClassCode);
        if (classCode is not null && await plans.Refuse(authority.Id, classCode, ct) is { } unusable) return (unusable, default, "");
        var asked = await Asked(id, ct);

        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (caseId, number, opened) = await registration.OpenEmpty(transaction, authority, new(chosen.Title!, classCode, CaseInput.Trimmed(command.Series)), CaseInitiative.Application, null, ct);
        if (opened.Refused is not null) return (opened.Refused, default, "");
        var decision = OpenSubjectCase.Decide(state, caseId, number, authority.Policy);
        if (decision.Refused is { } why) return (why, default, "");
        Happened party = new(
            new CasePartyAdded(Guid.CreateVersion7(clock.GetUtcNow()), PartyRole.Applicant, state.ProtectedIdentity, null, authority.Policy.Version), KeyClass.Case,
            new Parts().With("name", asked?["name"]).With("contact", asked?["contact"]));
        var first = opened.Drafts[0];
        IReadOnlyList<Happened> caseEvents = asked?["name"] is null ? first.Events : [.. first.Events, party];
        var (events, after) = Folded(state, decision, caller);
        var done = await log.Append(
            transaction, [first with { Events = caseEvents }, new(id, SubjectState.StreamType, ExpectedVersion.Exactly(state.Version), events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")),
            [.. opened.Statements, .. SubjectRows.Of(id, state, after)], ct) as Appended.Done;
        if (done is null) return (Refusal.ChangedMeanwhile(state.Version + 1), default, "");
        await transaction.CommitAsync(ct);
        return (new Outcome.Done(done.LastSequence, done.Versions[id]), caseId, number);
    }

    public async Task<Outcome> Examine(Guid id, Guid record, ExamineSubjectRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (!MayProduce(request.Authority, caller)) return NotCleared;
        if ((Refuse(request) ?? RefuseUnidentified(request)) is { } no) return no;
        if (await records.Find(record, caller, ct) is not { } known || known.Authority != request.Authority) return NoRecord;
        var theirs = known.Account is { } account && request.Accounts.Contains(account);
        if (theirs) await reads.Note(caller, [(record, RecordStates.Stored(known.Wall))], ct, request.Number);
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, record, theirs, known.Locked, policy), ct);
    }

    /// <summary>Who else may be named in what the person wrote, for whoever examines. What stands behind a wall is noted as read.</summary>
    public async Task<(IReadOnlyList<MarkedVersion>? Marked, Refusal? Refused)> Marks(Guid id, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return (null, Unknown);
        if (!MayProduce(request.Authority, caller)) return (null, NotCleared);
        if (RefuseUnidentified(request) is { } no) return (null, no);
        var marked = await extracts.Marked(request, ct);
        await reads.Note(caller, [.. marked.Select(m => (m.Record, m.Wall)).Distinct()], ct, request.Number);
        return (marked, null);
    }

    public async Task<Outcome> ExaminePassages(Guid id, Guid record, ExaminePassages command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var (marked, refused) = await Marks(id, caller, ct);
        if (refused is not null) return refused;
        var text = marked!.FirstOrDefault(m => m.Record == record && m.Version == command.Version)?.Text;
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, record, text, policy), ct);
    }

    /// <summary>Gathers and writes down that it was done; then, never before, what was gathered is given.</summary>
    public async Task<(ProducedExtract? Produced, Outcome Outcome)> Produce(Guid id, ProduceExtract command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await Find(id, caller, ct) is not { } state) return (null, Unknown);
            if (!caller.May(state.Authority, Handlers)) return (null, NotAllowed);
            if (expected.Version is { } version && version != state.Version) return (null, Refusal.ChangedMeanwhile(state.Version));
            if (command.Refuse(state) is { } no) return (null, no);
            if (!MayProduce(state.Authority, caller)) return (null, NotCleared);
            var form = command.Wanted!.Value;
            var extract = await extracts.Of(id, state, clock.GetUtcNow(), ct);
            var json = extract.Json;
            var digest = Convert.ToHexStringLower(SHA256.HashData(json));
            byte[]? paper = null;
            if (form == ExtractForm.Pdf)
            {
                try
                {
                    paper = await pdf.Of(ExtractPaper.Of(extract).Pdf(extract.MadeAt, extract.AuthorityName), ct);
                }
                catch (PdfUnavailable unavailable)
                {
                    return (null, unavailable.Why);
                }
            }

            // Both logs of reading before what was read is given to anybody.
            await reads.Note(caller, extract.Opened, ct, state.Number);
            await searches.Note(caller, SearchLog.Person, $"registerutdrag {state.Number}", extract.Records.Count, ct);
            var policy = (await authorities.Find(state.Authority, ct))!.Policy;
            Happened made = new(
                new DataSubjectExtractProduced(form, extract.Accounts.Count, extract.Records.Count, extract.Withheld, policy.Version), KeyClass.Request, new Parts().With("digest", digest));
            if (await log.Append([new(id, SubjectState.StreamType, ExpectedVersion.Exactly(state.Version), [made])], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [], ct) is Appended.Done done)
                return (new(extract, json, digest, paper) { Package = form == ExtractForm.Package ? await packages.Write(extract, json, ct) : null }, new Outcome.Done(done.LastSequence, done.Versions[id]));
            if (expected.Version is not null || attempt == 5) return (null, Refusal.ChangedMeanwhile(state.Version + 1));
        }
    }

    public Task<Outcome> HandOut(Guid id, HandOutExtract command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Today), ct);

    public async Task<Outcome> Supplement(Guid id, Guid record, NoteSupplement command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        var known = await records.Find(record, caller, ct);
        var theirs = known?.Authority == request.Authority && known.Account is { } account && request.Accounts.Contains(account);
        return await Decide(id, expected, caller, (state, policy) => command.Decide(state, record, theirs, policy), ct);
    }

    /// <summary>Answers; a decision about the right itself is made in the case in the same transaction, and goes to the list of delegated decisions.</summary>
    public async Task<Outcome> Answer(Guid id, AnswerSubject command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } request) return Unknown;
        if (!caller.May(request.Authority, Handlers)) return NotAllowed;
        var rule = command.Rule is { } named && await retention.FindRule(named, ct) is { EndedAt: null } known && known.Authority == request.Authority;
        if (!command.InCase(request) || request.Case is not { } caseId)
            return await Decide(id, expected, caller, (state, policy) => command.Decide(state, rule, null, policy, Today), ct);

        var delegated = string.IsNullOrWhiteSpace(command.Body) ? await delegations.Under(request.Authority, DelegationKinds.DecideCase, caller, ct) : null;
        var outcome = await cases.Decide(caseId, default, caller, at =>
        {
            if (command.Decide(request, rule, null, at.Authority.Policy, Today).Refused is { } no) return no;
            var answer = command.Said!.Value;
            return new MakeDecision(
                at.Today, answer switch { SubjectAnswer.Granted => CaseOutcome.Granted, SubjectAnswer.GrantedInPart => CaseOutcome.PartlyGranted, _ => CaseOutcome.Refused }, command.Body, request.Number,
                AnswerSubject.Text(request, answer, command.Reasons!.Trim(), command.Grounds ?? []), command.Reasons, answer == SubjectAnswer.Granted ? null : SubjectWords.Appeal, null).Decide(at, delegated);
        }, ct, async (_, at, made) =>
        {
            if (await Find(id, caller, ct) is not { } now) return new([], [], Unknown);
            if (expected.Version is { } version && version != now.Version) return new([], [], Refusal.ChangedMeanwhile(now.Version));
            if (now.Version != request.Version) return new([], [], Refusal.ChangedMeanwhile(now.Version));
            var decision = command.Decide(now, rule, ((CaseDecisionMade)made.Events[0].Event).DocumentNumber, at.Authority.Policy, Today);
            if (decision.Refused is { } no) return new([], [], no);
            var (events, after) = Folded(now, decision, caller);
            var (drafts, statements) = delegated?.Noted("case", caseId, caller, at.PolicyVersion, at.Now) ?? ([], []);
            return new([new(id, SubjectState.StreamType, ExpectedVersion.Exactly(now.Version), events), .. drafts], [.. SubjectRows.Of(id, now, after), .. statements]);
        });
        return outcome is Outcome.Done done ? done with { Version = request.Version + 1 } : outcome;
    }

    public Task<Outcome> Withdraw(Guid id, WithdrawSubjectRequest command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Decide(id, expected, caller, (state, policy) => command.Decide(state, policy, Today), ct);

    public Task<Outcome> Close(Guid id, IfMatch expected, Caller caller, CancellationToken ct) => Decide(id, expected, caller, (state, policy) => CloseSubjectRequest.Decide(state, policy, Today), ct);

    /// <summary>The sealed words the request came in with; null when the key is gone.</summary>
    public async Task<Parts?> Asked(Guid id, CancellationToken ct)
    {
        var first = await log.Store.ReadStream(id, 1, upToVersion: 1, ct);
        return (await log.Open(first, ct)).GetValueOrDefault(first[0].Id)?.Parts;
    }

    private DateOnly Today => Swedish.Day(clock.GetUtcNow());

    /// <param name="holds">What is linked is held from gallring: the gate of holds is passed before the event is written, so that it is not told as held before a batch that took it.</param>
    private async Task<Outcome> Decide(Guid id, IfMatch expected, Caller caller, Func<SubjectState, Policy, Decision> decide, CancellationToken ct, bool holds = false)
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
            Draft draft = new(id, SubjectState.StreamType, ExpectedVersion.Exactly(state.Version), events);
            var keys = await log.Keys([id], ct);
            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            if (holds)
            {
                await using var gate = new NpgsqlCommand("select pg_advisory_xact_lock(archive.hold_gate($1))", connection, transaction);
                gate.Parameters.Add(new() { Value = state.Authority });
                await gate.ExecuteNonQueryAsync(ct);
            }

            if (await log.Append(transaction, [draft], keys, new(caller.PersonId.ToString("D")), [.. SubjectRows.Of(id, state, after)], ct) is Appended.Done done)
            {
                await transaction.CommitAsync(ct);
                return new Outcome.Done(done.LastSequence, done.Versions[id]);
            }

            if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(state.Version + 1);
        }
    }

    /// <summary>Ids are chosen here, so that the state after can be told before it is written.</summary>
    private (IReadOnlyList<Happened> Events, SubjectState After) Folded(SubjectState state, Decision decision, Caller caller)
    {
        var now = clock.GetUtcNow();
        IReadOnlyList<Happened> events = [.. decision.Events.Select(e => e with { EventId = Guid.CreateVersion7(now) })];
        return (events, events.Aggregate(state, (s, e) => s.After((DataSubjectRequestEvent)e.Event, e.EventId!.Value, now, caller.PersonId.ToString("D"))));
    }
}
