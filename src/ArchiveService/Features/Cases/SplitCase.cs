using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Classification;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Delar ett ärende: documents go to a new case in one transaction, all or none. Their old numbers stay as överförd, and the cases refer to each other. Notes, decisions and appeals on
/// paper stay where they were made, since each is a document of that handling; the new case refers to those chosen. Parties chosen become parties of the new case as well.
/// </summary>
/// <param name="References">Document numbers of notes, decisions and appeals on paper that the new case refers to.</param>
/// <param name="Parties">Of those the case has now.</param>
public sealed record SplitCase(IReadOnlyList<int>? Documents, NewCase? NewCase, string? Reason, IReadOnlyList<int>? References = null, IReadOnlyList<Guid>? Parties = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/split", async (Guid id, SplitCase command, IfMatch expected, Caller caller, SplitCaseHandler handler, CancellationToken ct) =>
        {
            var (outcome, to, number) = await handler.Split(id, command, expected, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { caseId = to, diaryNumber = number, done.LastSequence, done.Version }) : outcome.Answer();
        })
        .WithName("split-case");

    /// <summary>Pure.</summary>
    public Refusal? Decide(CaseMoment at)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får dela ett ärende.");
        if (at.NotOpen() is { } no) return no;
        if (Documents is not { Count: > 0 and <= 200 }) return Refusal.Input("documents-missing", "Ange vilka handlingar som ska flyttas, högst 200 åt gången.");
        if (Documents.Where(d => !at.State.Records.ContainsKey(d)).ToList() is [var first, ..])
        {
            return at.State.Notes.Contains(first) || at.State.Decisions.ContainsKey(first) || at.State.Appeals.Values.Any(a => a.DocumentNumber == first)
                ? new("document-not-movable", $"Handling {first} hör till handläggningen av det här ärendet och står kvar i det. Det nya ärendet kan hänvisa till den (references).")
                : Refusal.Input("document-unknown", $"Handling {first} finns inte i ärendet, eller är redan överförd.");
        }

        if (at.State.Appeals.Values.FirstOrDefault(a => a.IsOpen && Documents.Contains(a.DocumentNumber)) is { } appeal)
            return new("document-not-movable", $"Handling {appeal.DocumentNumber} är ett öppet överklagande av ett beslut i det här ärendet och står kvar i det.");
        if (References?.Where(r => !at.State.Own.ContainsKey(r)).ToList() is [var unknown, ..]) return Refusal.Input("reference-unknown", $"Handling {unknown} är ingen anteckning, inget beslut och inget överklagande på papper i ärendet.");
        if (Parties?.Any(p => !at.State.Parties.GetValueOrDefault(p)) == true) return Refusal.Input("party-unknown", "Alla som ska följa med är inte parter i ärendet.");
        if (CaseInput.Required(Reason, 2000, "reason-missing", "Ange varför ärendet delas") is { } wrong) return wrong;
        return NewCase is null ? Refusal.Input("case-title", "Ange en ärendemening för det nya ärendet.") : NewCase.Check();
    }
}

public sealed class SplitCaseHandler(CaseActs acts, SealedLog log, Databases databases, AuthorityRegister authorities, ClassificationPlans plans, Registration registration)
{
    public async Task<(Outcome Outcome, Guid To, string DiaryNumber)> Split(Guid id, SplitCase command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is not { } at) return (CaseActs.Unknown, default, "");
        if (expected.Version is { } version && version != at.State.Version) return (Refusal.ChangedMeanwhile(at.State.Version), default, "");
        if (command.Decide(at) is { } refused) return (refused, default, "");
        if (CaseInput.Trimmed(command.NewCase!.ClassCode) is { } wanted && await plans.Refuse(at.State.Authority, wanted, ct) is { } unusable) return (unusable, default, "");

        // What may not be known of cannot be moved.
        var records = command.Documents!.Distinct().Order().Select(n => (Number: n, Record: at.State.Records[n])).ToList();
        var states = new Dictionary<Guid, RecordState>();
        var facts = new Dictionary<Guid, Registered>();
        foreach (var (number, record) in records)
        {
            var history = await log.Store.ReadStream(record, ct: ct);
            var state = RecordState.From(history);
            if (Records.Records.Invisible(state, caller)) return (Refusal.Unknown("document", $"Handling {number} finns inte, eller så får du inte se den."), default, "");
            if (state.DisposedAt is not null) return (new Refusal("record-disposed", $"Handling {number} är gallrad och står kvar."), default, "");
            states[record] = state;
            var now = (await RegistrationVersion.Of(history, log, ct))[^1];
            facts[record] = new(now.Subject ?? "–", now.SenderRecipient, now.RecordType, null);
        }

        var authority = (await authorities.Find(at.State.Authority, ct))!;
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // All that is written to, in id order and at once: taken one after the other, two that meet could each wait for the other.
        await Registration.Lock(transaction, [id, .. records.Select(r => r.Record)], ct);
        var carried = await Carried(at, command, ct);
        AppendContext by = new(caller.PersonId.ToString("D"));
        Guid to = default;
        var number1 = "";
        Appended.Done? last = null;
        foreach (var (i, (document, record)) in records.Index())
        {
            CaseChoice choice = i == 0 ? new CaseChoice.New(command.NewCase.Title!, CaseInput.Trimmed(command.NewCase.ClassCode), CaseInput.Trimmed(command.NewCase.Series)) : new CaseChoice.Existing(to);
            var state = states[record];
            var beside = await registration.Prepare(
                transaction, record, state, authority, choice, facts[record], ct, new(authority.Id, id, at.State.DiaryNumber, document, command.Reason!.Trim(), authority.Policy.Version));
            if (beside.Refused is not null) return (beside.Refused, default, "");
            var registered = (RecordRegistered)beside.RecordEvents[^1].Event;
            (to, number1) = (registered.Case, registered.DiaryNumber);

            // The references stand with the first document: both cases say it of each other.
            var drafts = i > 0 ? beside.Drafts : [.. beside.Drafts.Select(d => d.StreamId == id
                ? d with { Events = [.. d.Events, RelateCases.Of(at, CaseState.None with { Id = to, DiaryNumber = number1 }, CaseLink.SplitInto, command.Reason)] }
                : d with { Events = [.. d.Events, RelateCases.Of(at, at.State, CaseLink.SplitFrom, command.Reason), .. carried] })];

            // Whoever decided on an older version of the case meets the lock that the registration took, and finds it moved on.
            if (i == 0 && drafts.Single(d => d.StreamId == id).Expected != ExpectedVersion.Exactly(at.State.Version)) return (Refusal.ChangedMeanwhile(at.State.Version + 1), default, "");
            var keys = await log.Keys([record, .. drafts.Select(d => d.StreamId)], ct);
            if (await log.Append(transaction, [new(record, "record", ExpectedVersion.Exactly(state.Version), beside.RecordEvents), .. drafts], keys, by, beside.Statements, ct) is not Appended.Done done)
                return (Refusal.ChangedMeanwhile(state.Version + 1), default, "");
            var after = beside.RecordEvents.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, done.RecordedAt));
            await RecordStates.Write(transaction, [(record, after)], ct);
            last = done;
        }

        await transaction.CommitAsync(ct);
        return (new Outcome.Done(last!.LastSequence, last.Versions[id]), to, number1);
    }

    /// <summary>References to what stays, and the parties with what is known of them. Who may not read the name of one with protected identity carries it along all the same: it stays sealed.</summary>
    private async Task<IReadOnlyList<Happened>> Carried(CaseMoment at, SplitCase command, CancellationToken ct)
    {
        var carried = new List<Happened>();
        foreach (var number in (command.References ?? []).Distinct().Order())
            carried.Add(new(new CaseDocumentReferred(at.State.Id, at.State.DiaryNumber, number, at.State.Own[number].Kind, at.PolicyVersion)));
        if (command.Parties is not { Count: > 0 } chosen) return carried;
        var added = (await log.Store.ReadStream(at.State.Id, ct: ct)).Where(e => e.Event is CasePartyAdded party && chosen.Contains(party.Party)).ToList();
        var opened = await log.Open(added, ct);
        var fresh = added.ToDictionary(e => ((CasePartyAdded)e.Event).Party, _ => Guid.CreateVersion7(at.Now));
        foreach (var e in added)
        {
            var party = (CasePartyAdded)e.Event;
            if (opened.GetValueOrDefault(e.Id)?.Parts is not { } said) continue;
            carried.Add(new(
                new CasePartyAdded(fresh[party.Party], party.Role, party.ProtectedIdentity, party.Represents is { } one && fresh.TryGetValue(one, out var here) ? here : null, at.PolicyVersion), KeyClass.Case,
                new Parts().With("name", said["name"]).With("contact", said["contact"]).With("note", said["note"])));
        }

        return carried;
    }
}
