using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// The ärendeakt as data: what a page, a printed akt or a PDF of it is made from. What the reader may not know of has its number and dates only (OSL 5:2): then text, names and titles
/// are null and <see cref="CaseFileDocument.Visible"/> is false. Read by <see cref="CaseFiles"/>, which notes the reading of what stands behind a wall.
/// </summary>
/// <param name="History">Newest last.</param>
public sealed record CaseFile(
    CaseCover Cover, IReadOnlyList<CaseFileDocument> Documents, IReadOnlyList<CaseParty> Parties, IReadOnlyList<CaseAppeal> Appeals, IReadOnlyList<CaseReference> References,
    IReadOnlyList<CaseTurn> History);

/// <param name="Withheld">Something in the case is secret to this reader: titles, parties and what officials wrote are kept apart.</param>
public sealed record CaseCover(
    Guid Id, Guid AuthorityId, string AuthorityCode, string Authority, string DiaryNumber, string? Title, string? PublicTitle, bool Withheld, string ClassCode, string? ClassTitle,
    CaseInitiative? Initiative, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, DateOnly? ArchivedOn, string? Folder, string? Shelf, string? Box,
    Guid? OfficerId, string? Officer, DateOnly? OfficerSince, string? ExternalSystem, IReadOnlyList<string> AlternateIds, DateTimeOffset? VoidedAt, string? VoidedBecause, bool Destroyed, long Version)
{
    /// <summary>Of the secrecy mark of the case itself, to who may know of it.</summary>
    public string? Provision { get; init; }
}

public enum CaseDocumentKind
{
    /// <summary>A registered record.</summary>
    Record,
    Note,
    Decision,

    /// <summary>An appeal on paper; one that is a record is a <see cref="Record"/>.</summary>
    Appeal,

    /// <summary>Of a gallring.</summary>
    Protocol,
}

/// <summary>A numbered document (aktbilaga).</summary>
/// <param name="Date">When it came in, was drawn up or was decided.</param>
/// <param name="Counterpart">From whom or to whom; of a note, with whom.</param>
/// <param name="Text">What it says: of a record its text as it reads now.</param>
/// <param name="By">Who wrote the note or took the decision.</param>
/// <param name="Provision">The provision of a secrecy mark.</param>
public sealed record CaseFileDocument(
    int Number, CaseDocumentKind Kind, DateOnly Date, DateTimeOffset RegisteredAt, Direction Direction, bool Visible, Guid? Record, string? RecordType, string? Counterpart, string? Subject, string? Text,
    string? By, string? Provision, bool Destroyed, IReadOnlyList<CaseFileAttachment> Attachments)
{
    /// <summary>The facts of what became of it: transferred, corrected.</summary>
    public IReadOnlyList<string> Fate { get; init; } = [];

    public string? TransferredTo { get; init; }

    /// <summary>Nobody has assessed whether it is secret: only moderators and registrators may know of it, and the reading is noted.</summary>
    public bool Unassessed { get; init; }

    /// <summary>Of a note, a decision or an appeal on paper: the public diary shows whom and what it concerns.</summary>
    public bool Released { get; init; }

    public NoteFacts? Note { get; init; }

    public DecisionFacts? Decision { get; init; }

    /// <summary>Of a gallringsprotokoll: the run that drew it up, where it stands whole.</summary>
    public Guid? Run { get; init; }
}

public sealed record CaseFileAttachment(Guid Id, string? FileName, string? MediaType, long? Bytes);

public sealed record NoteFacts(NoteMeans Means, DateTimeOffset OccurredAt, int? Corrects, IReadOnlyList<int> CorrectedBy);

/// <param name="Body">Who decided, where it was not on delegation.</param>
public sealed record DecisionFacts(CaseOutcome Outcome, string? Body, string? DelegationPoint, int? OrderVersion, string? Reasons, string? HowToAppeal, IReadOnlyList<Dispatch> Dispatches);

public sealed record Dispatch(DateOnly On, DispatchMeans Means, string? Recipient, string? Note);

/// <param name="Name">Null when it is kept apart from this reader, as the name of somebody with protected identity is from those without clearance.</param>
public sealed record CaseParty(Guid Id, PartyRole Role, bool ProtectedIdentity, string? Name, string? Contact, string? Note, Guid? Represents, DateOnly? EndedOn, string? EndedBecause);

public sealed record CaseAppeal(
    Guid Id, int DocumentNumber, Guid? Record, int? Decision, DateOnly ReceivedOn, DateTimeOffset RegisteredAt, Timeliness? Time, DateOnly? NotifiedOn, DateOnly? LastDay, string? CheckedBy,
    string? CheckedNote, DateOnly? ForwardedOn, string? Court, IReadOnlyList<int> ForwardedDocuments, int? DismissedBy, AppealEnd? End, DateOnly? ConcludedOn, string? EndNote, bool IsOpen);

public sealed record CaseReference(Guid Other, string DiaryNumber, CaseLink Link, DateTimeOffset At, string? Reason)
{
    /// <summary>A single document of the other case that this one refers to.</summary>
    public int? DocumentNumber { get; init; }

    public CaseDocumentKind? Kind { get; init; }

    public string Said => Kind is { } kind ? CaseWords.Of(kind) : CaseWords.Of(Link);

    public string Number => DocumentNumber is { } document ? RecordViewWords.DocumentNumber(DiaryNumber, document) : DiaryNumber;

    public string Href => DocumentNumber is { } document ? $"/arenden/{Other:D}#handling-{document}" : $"/arenden/{Other:D}";
}

/// <summary>Something that happened with the case as a whole.</summary>
public sealed record CaseTurn(DateTimeOffset At, string What, string? By, string? Reason)
{
    public IReadOnlyList<string> Facts { get; init; } = [];
}

public sealed class CaseFiles(Databases databases, SealedLog log, DiaryViews diary, RecordReads reads)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/cases/{id:guid}/file", async (Guid id, Caller caller, HttpContext http, CaseFiles files, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
            if (await files.Read(id, caller, ct) is not { } file) return Problems.Refused(CaseActs.Unknown);
            http.Response.Headers.ETag = $"\"{file.Cover.Version}\"";
            return (IResult)TypedResults.Ok(file);
        })
        .WithName("case-file");

    /// <summary>Null when the case is unknown to the reader.</summary>
    public async Task<CaseFile?> Read(Guid id, Caller caller, CancellationToken ct)
    {
        if (await CaseDetails.Read(id, caller, databases, log, ct) is not { } details) return null;
        var history = await log.Store.ReadStream(id, ct: ct);
        var opened = await log.Open(history, ct);
        var people = await Names(history, ct);
        var seen = new Reading(history, opened, people, caller, Known: details.Known, Cleared: caller.MayReadSecret(details.AuthorityId));
        var state = CaseState.From(id, history);

        var lines = await diary.OfCase(id, caller, ct);
        var records = await Records([.. details.Documents.Where(d => d.Visible).Select(d => d.Record)], caller, ct);
        await reads.Note(caller, records.Values.Select(r => (r.Id, r.Wall)), ct);
        await NoteOwn(id, state, seen, caller, ct);
        var documents = details.Documents.Select(d => Document(d, lines.GetValueOrDefault(d.Number), records.GetValueOrDefault(d.Record))).Concat(seen.Own(state)).OrderBy(d => d.Number).ToList();

        var (code, classTitle) = await Authority(details.AuthorityId, details.ClassCode, ct);
        var first = (CaseOpened)history[0].Event;
        var archived = state.ArchivedOn is null ? null : seen.Last<CaseArchived>();
        CaseCover cover = new(
            id, details.AuthorityId, code, details.Authority, details.DiaryNumber, details.Title, seen.Title("publicTitle"), !seen.Known, details.ClassCode, classTitle, first.Initiative, details.OpenedAt, details.ClosedAt,
            state.ArchivedOn, seen.Part(archived, "folder"), seen.Part(archived, "shelf"), seen.Part(archived, "box"), state.Officer, state.Officer is { } officer ? seen.Person(officer) : null, state.OfficerSince,
            details.ExternalSystem, details.AlternateIds, details.VoidedAt, details.VoidedBecause, opened.GetValueOrDefault(history[0].Id) is { IsDestroyed: true }, state.Version)
        {
            Provision = seen.Known && seen.Cleared ? state.Provision : null,
        };
        return new(cover, documents, seen.Parties(), seen.Appeals(state), seen.References(), seen.Turns());
    }

    /// <summary>What the case has of its own and is marked secret is read here too, and so is the case when it is itself.</summary>
    private async Task NoteOwn(Guid id, CaseState state, Reading seen, Caller caller, CancellationToken ct)
    {
        if (!seen.Known || !seen.Cleared) return;
        var secret = RecordStates.Stored(Wall.Secret);
        var read = new List<(Guid, string)>();
        if (state.Provision is not null) read.Add((id, secret));
        if (state.Own.Values.Where(d => d.Provision is not null).Select(d => d.Number).ToArray() is { Length: > 0 } marked)
        {
            await using var query = databases.Writer.CreateCommand("select entry_id from archive.case_documents where case_id = $1 and document_number = any ($2)");
            query.Parameters.Add(new() { Value = id });
            query.Parameters.Add(new() { Value = marked });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) read.Add((rows.GetGuid(0), secret));
        }

        await reads.Note(caller, read, ct);
    }

    private static CaseFileDocument Document(CaseDocument document, DiaryLine? line, ReadRecord? record)
    {
        var told = document.Visible && line is { Withheld: false };
        return new(
            document.Number, CaseDocumentKind.Record, Swedish.Day(document.ReceivedAt), document.RegisteredAt, document.Direction, document.Visible, document.Visible ? document.Record : null,
            told ? line!.RecordType : null, told ? line!.Sender : null, told ? line!.Subject : null, record?.Text, null, record?.Provision, record?.Destroyed ?? line?.Destroyed ?? false, record?.Attachments ?? [])
        {
            Fate = [.. document.Fate.Said()],
            TransferredTo = document.Fate.TransferredTo,
            Unassessed = record?.Wall == RecordStates.Stored(Wall.Unassessed),
        };
    }

    private sealed record ReadRecord(Guid Id, string Wall, string? Text, string? Provision, bool Destroyed, IReadOnlyList<CaseFileAttachment> Attachments);

    /// <summary>What the records say now, as far as the reader may know of it; a locked one says nothing to anybody.</summary>
    private async Task<Dictionary<Guid, ReadRecord>> Records(Guid[] ids, Caller caller, CancellationToken ct)
    {
        var found = new Dictionary<Guid, ReadRecord>();
        if (ids.Length == 0) return found;
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select r.record_id, r.wall, r.text, r.secrecy_provision, r.destroyed, r.attachment_ids, v.attachment_names, v.attachment_ids")
            .Add($"from {sight.Records} r left join lateral (select attachment_ids, attachment_names from {sight.Versions} v where v.record_id = r.record_id order by v.valid_at desc, v.seq desc limit 1) v on true")
            .Add($"where r.record_id = any ({sql.Value(ids)}) and {sight.Allows(sql, "r")}");
        var names = new Dictionary<Guid, string?>();
        await using (var query = sql.Command(sight.Db))
        {
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var id = rows.GetGuid(0);
                var attachments = rows.IsDBNull(5) ? [] : rows.GetFieldValue<Guid[]>(5);
                if (!rows.IsDBNull(7))
                {
                    foreach (var (i, attachment) in rows.GetFieldValue<Guid[]>(7).Index()) names[attachment] = rows.Texts(6)?.ElementAtOrDefault(i);
                }

                found[id] = new(id, rows.GetString(1), rows.Text(2), rows.Text(3), rows.GetBoolean(4), [.. attachments.Select(a => new CaseFileAttachment(a, names.GetValueOrDefault(a), null, null))]);
            }
        }

        await using var stored = sight.Db.CreateCommand("select record_id, attachment_id, bytes, media_type from archive.attachments where record_id = any ($1) order by record_id, attachment_id");
        stored.Parameters.Add(new() { Value = found.Keys.ToArray() });
        await using var files = await stored.ExecuteReaderAsync(ct);
        while (await files.ReadAsync(ct))
        {
            var record = found[files.GetGuid(0)];
            CaseFileAttachment here = new(files.GetGuid(1), names.GetValueOrDefault(files.GetGuid(1)), files.GetString(3), files.GetInt64(2));
            var at = record.Attachments.Index().FirstOrDefault(a => a.Item.Id == here.Id, (-1, null!)).Index;
            found[record.Id] = record with { Attachments = at < 0 ? [.. record.Attachments, here] : [.. record.Attachments.Select((a, i) => i == at ? here : a)] };
        }

        return found;
    }

    private async Task<(string Code, string? ClassTitle)> Authority(Guid authority, string classCode, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select a.code, (select c.title from archive.record_classes c where c.authority_id = a.authority_id and c.code = $2 order by c.version desc limit 1)
            from archive.authorities a where a.authority_id = $1
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = classCode });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetString(0), row.Text(1));
    }

    private async Task<Dictionary<Guid, string>> Names(IReadOnlyList<Recorded> history, CancellationToken ct)
    {
        var persons = history.Select(e => Guid.TryParse(e.Actor, out var actor) ? actor : Guid.Empty)
            .Concat(history.Select(e => e.Event).OfType<CaseOfficerAssigned>().SelectMany(e => new[] { e.Officer, e.From }).OfType<Guid>()).Distinct().ToArray();
        await using var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = rows.GetString(1);
        return found;
    }

    /// <summary>The stream of the case as one reader may read it.</summary>
    private sealed record Reading(IReadOnlyList<Recorded> History, IReadOnlyDictionary<Guid, Opened> Opened, IReadOnlyDictionary<Guid, string> People, Caller Caller, bool Known, bool Cleared)
    {
        public string? Person(Guid id) => People.GetValueOrDefault(id) ?? (id == Caller.System.PersonId ? Caller.System.Name : null);

        private string? Actor(Recorded? e) => e is not null && Guid.TryParse(e.Actor, out var id) ? Person(id) : null;

        public Recorded? Last<T>() => History.LastOrDefault(e => e.Event is T);

        /// <summary>A sealed part, unless something of the case is kept apart from the reader: what officials wrote may tell of it.</summary>
        public string? Part(Recorded? e, string name) => !Known || e is null ? null : Opened.GetValueOrDefault(e.Id)?.Parts?[name];

        private bool Gone(Recorded e) => Opened.GetValueOrDefault(e.Id) is { IsDestroyed: true };

        public string? Title(string part) => History.Where(e => e.Event is CaseOpened or CaseRenamed).Select(e => Part(e, part)).LastOrDefault(t => t is not null);

        private bool Sees(string? provision) => Known && (provision is null || Cleared);

        public IEnumerable<CaseFileDocument> Own(CaseState state)
        {
            var corrected = History.Select(e => e.Event).OfType<CaseNoteWritten>().Where(n => n.Corrects is not null).ToLookup(n => n.Corrects!.Value, n => n.DocumentNumber);
            var dispatched = History.Where(e => e.Event is CaseDecisionDispatched).ToLookup(e => ((CaseDecisionDispatched)e.Event).DocumentNumber);
            foreach (var e in History)
            {
                var number = e.Event switch { CaseNoteWritten n => n.DocumentNumber, CaseDecisionMade d => d.DocumentNumber, CaseAppealReceived { Record: null } a => a.DocumentNumber, CaseProtocolRegistered p => p.DocumentNumber, _ => 0 };
                if (state.Own.GetValueOrDefault(number) is not { } stands) continue;

                // The mark that stands now, not the one it was written with.
                var mark = stands.Provision;
                string? Said(string part) => Sees(mark) ? Part(e, part) : null;
                switch (e.Event)
                {
                    case CaseNoteWritten n:
                        yield return new(
                            n.DocumentNumber, CaseDocumentKind.Note, Swedish.Day(n.OccurredAt), n.WrittenAt, Direction.DrawnUp, Sees(mark), null, null, Said("with"), Sees(mark) ? "Tjänsteanteckning" : null,
                            Said(Parts.Text), Actor(e), Sees(mark) ? mark : null, Gone(e), [])
                        {
                            Released = stands.Released,
                            Note = Sees(mark) ? new(n.Means, n.OccurredAt, n.Corrects, [.. corrected[n.DocumentNumber]]) : null,
                        };
                        break;
                    case CaseDecisionMade d:
                        yield return new(
                            d.DocumentNumber, CaseDocumentKind.Decision, d.DecidedOn, d.RecordedAt, Direction.DrawnUp, Sees(mark), null, null, null, Said(Parts.Subject) ?? (Sees(mark) ? "Beslut" : null),
                            Said(Parts.Text), d.DecidedBy is { } by ? Person(by) : Said("body"), Sees(mark) ? mark : null, Gone(e), [])
                        {
                            Released = stands.Released,
                            Decision = Sees(mark)
                                ? new(d.Outcome, Said("body"), d.DelegationPoint, d.OrderVersion, Said(Parts.Motivation), Said("howToAppeal"),
                                    [.. dispatched[d.DocumentNumber].Select(s => (Event: s, Sent: (CaseDecisionDispatched)s.Event)).Select(s => new Dispatch(s.Sent.DispatchedOn, s.Sent.Means, Part(s.Event, "recipient"), Part(s.Event, "note")))])
                                : null,
                        };
                        break;
                    case CaseProtocolRegistered p:
                        yield return new(
                            p.DocumentNumber, CaseDocumentKind.Protocol, p.DrawnUpOn, p.RegisteredAt, Direction.DrawnUp, Sees(mark), null, null, null,
                            Said(Parts.Subject) ?? (Sees(mark) ? "Gallringsprotokoll" : null), Sees(mark) ? $"Protokollet med gallringsbeviset finns hos gallringen {p.Run:D}." : null, Actor(e), Sees(mark) ? mark : null, Gone(e), [])
                        {
                            Released = stands.Released,
                            Run = p.Run,
                        };
                        break;
                    case CaseAppealReceived { Record: null } a:
                        yield return new(
                            a.DocumentNumber, CaseDocumentKind.Appeal, a.ReceivedOn, a.RegisteredAt, Direction.Received, Sees(mark), null, "appeal", Said("appellant"),
                            Said(Parts.Subject) ?? (Sees(mark) ? "Överklagande" : null), null, null, Sees(mark) ? mark : null, Gone(e), [])
                        {
                            Released = stands.Released,
                        };
                        break;
                }
            }
        }

        public IReadOnlyList<CaseParty> Parties()
        {
            var ended = History.Where(e => e.Event is CasePartyEnded).ToDictionary(e => ((CasePartyEnded)e.Event).Party);
            return
            [
                .. History.Where(e => e.Event is CasePartyAdded).Select(e =>
                {
                    var party = (CasePartyAdded)e.Event;
                    var end = ended.GetValueOrDefault(party.Party);
                    var open = !party.ProtectedIdentity || Cleared;
                    return new CaseParty(
                        party.Party, party.Role, party.ProtectedIdentity, open ? Part(e, "name") : null, open ? Part(e, "contact") : null, open ? Part(e, "note") : null, party.Represents,
                        (end?.Event as CasePartyEnded)?.EndedOn, open ? Part(end, "reason") : null);
                }),
            ];
        }

        public IReadOnlyList<CaseAppeal> Appeals(CaseState state) =>
        [
            .. History.Where(e => e.Event is CaseAppealReceived).Select(e =>
            {
                var appeal = (CaseAppealReceived)e.Event;
                Recorded? Of<T>(Func<T, Guid> id) => History.LastOrDefault(x => x.Event is T t && id(t) == appeal.Appeal);
                var (check, forward, end) = (Of<CaseAppealTimeChecked>(t => t.Appeal), Of<CaseAppealForwarded>(t => t.Appeal), Of<CaseAppealConcluded>(t => t.Appeal));
                var (checkedTime, forwarded, concluded) = (check?.Event as CaseAppealTimeChecked, forward?.Event as CaseAppealForwarded, end?.Event as CaseAppealConcluded);
                return new CaseAppeal(
                    appeal.Appeal, appeal.DocumentNumber, Known ? appeal.Record : null, appeal.Decision, appeal.ReceivedOn, appeal.RegisteredAt, checkedTime?.Result, checkedTime?.NotifiedOn, checkedTime?.LastDay,
                    checkedTime is null ? null : Person(checkedTime.CheckedBy), Part(check, "note"), forwarded?.ForwardedOn, Part(forward, "court"), forwarded?.Documents ?? [], state.Appeals[appeal.Appeal].DismissedBy,
                    concluded?.End, concluded?.ConcludedOn, Part(end, "note"), state.Appeals[appeal.Appeal].IsOpen);
            }),
        ];

        public IReadOnlyList<CaseReference> References() =>
            [.. History.Select(e => e.Event switch
            {
                CaseRelated r => new CaseReference(r.Other, r.OtherDiaryNumber, r.Link, r.RelatedAt, Part(e, "reason")),
                CaseDocumentReferred r => new CaseReference(r.From, r.FromDiaryNumber, CaseLink.SplitFrom, e.Time, null) { DocumentNumber = r.DocumentNumber, Kind = r.Kind },
                _ => null,
            }).OfType<CaseReference>()];

        public IReadOnlyList<CaseTurn> Turns() => [.. History.Select(Turn).OfType<CaseTurn>()];

        private CaseTurn? Turn(Recorded e) => e.Event switch
        {
            CaseOpened o => new(o.OpenedAt, "Ärendet öppnades", Actor(e), null),
            CaseClosed c => new(c.ClosedAt, "Ärendet avslutades", Actor(e), Part(e, "reason"))
            {
                Facts = [.. (c.Stated ?? []).Select(f => $"Intygat: {CaseWords.Of(f)}"), .. (c.Findings ?? []).Select(f => $"Inte uppfyllt: {CaseWords.Of(f)}{(Part(e, CloseCase.ReasonPart(f)) is { } why ? $" ({why})" : "")}")],
            },
            CaseReopened r => new(r.ReopenedAt, "Ärendet återöppnades", Actor(e), Part(e, "reason")),
            CaseArchived a => new(e.Time, $"Akten arkivlades {Swedish.Date(a.ArchivedOn)}", Actor(e), null),
            CaseOfficerAssigned a => new(a.AssignedAt, a.Officer is { } officer ? $"{Person(officer) ?? "Okänd person"} blev handläggare" : "Ärendet har ingen handläggare", Actor(e), Part(e, "note")) { Facts = [$"Från {Swedish.Date(a.AssignedOn)}"] },
            CaseRenamed r => new(r.RenamedAt, "Ärendemeningen rättades", Actor(e), Part(e, "reason")) { Facts = [.. new[] { Part(e, CaseRenamed.Title), Part(e, CaseRenamed.PublicTitle) }.OfType<string>().Select(t => $"Ny lydelse: {t}")] },
            CaseClassCorrected c => new(e.Time, $"Klassen rättades från {c.From} till {c.To}", Actor(e), Part(e, "reason")),
            CaseRelated r => new(r.RelatedAt, $"{CaseWords.Of(r.Link)} {r.OtherDiaryNumber}", Actor(e), Part(e, "reason")),
            CaseDocumentTransferred t => new(e.Time, $"Handling {t.DocumentNumber} överfördes till {RecordViewWords.DocumentNumber(t.ToDiaryNumber, t.ToDocumentNumber)}", Actor(e), null),
            CaseProtocolRegistered p => new(p.RegisteredAt, $"Gallringsprotokoll, handling {p.DocumentNumber}", Actor(e), null),
            CaseNoteWritten n => new(n.WrittenAt, $"Tjänsteanteckning, handling {n.DocumentNumber}", Actor(e), null),
            CaseDecisionMade d => new(d.RecordedAt, $"Beslut, handling {d.DocumentNumber}", Actor(e), null),
            CaseDecisionDispatched d => new(e.Time, $"Beslutet, handling {d.DocumentNumber}, expedierades {Swedish.Date(d.DispatchedOn)}", Actor(e), null),
            CaseAppealReceived a => new(a.RegisteredAt, $"Överklagande, handling {a.DocumentNumber}, kom in {Swedish.Date(a.ReceivedOn)}", Actor(e), null),
            CaseAppealTimeChecked c => new(c.CheckedAt, $"Rättidsprövning: {CaseWords.Of(c.Result)}", Actor(e), Part(e, "note")),
            CaseAppealForwarded f => new(e.Time, $"Överklagandet överlämnades till domstolen {Swedish.Date(f.ForwardedOn)}", Actor(e), null) { Facts = [.. new[] { Part(e, "court") }.OfType<string>()] },
            CaseAppealDismissed d => new(e.Time, $"Överklagandet avvisades som för sent, beslut i handling {d.Decision}", Actor(e), null),
            CaseAppealConcluded c => new(e.Time, $"Överklagandet: {CaseWords.Of(c.End)} {Swedish.Date(c.ConcludedOn)}", Actor(e), Part(e, "note")),
            CasePartyAdded p => new(e.Time, $"{Swedish.Sentence(CaseWords.Of(p.Role))} lades till", Actor(e), null),
            CasePartyEnded => new(e.Time, "En part togs bort", Actor(e), Part(e, "reason")),
            CaseFilePrinted p when Cleared || !p.Secret => new(e.Time, $"Akten skrevs ut {Swedish.Date(p.PrintedOn)}, {Swedish.Number(p.Pages)} sidor{(p.IsArchival ? ", arkivexemplar" : "")}{(p.Secret ? ", det hemliga i eget omslag" : "")}", Actor(e), null),
            CaseDocumentMarked m when Known && Cleared => new(m.MarkedAt, $"Handling {m.DocumentNumber} sekretessmarkerades", Actor(e), Part(e, "note")) { Facts = [m.Provision] },
            CaseDocumentMarkReviewed r when Known && Cleared => new(r.ReviewedAt, $"Sekretessmarkeringen av handling {r.DocumentNumber} prövades på nytt: {ReviewSecrecy.Outcomes.First(o => o.Outcome == r.Outcome).Said.ToLowerInvariant()}", Actor(e), Part(e, "reason")),
            CaseDocumentMarkLifted l when Known && Cleared => new(l.LiftedAt, $"Sekretessmarkeringen av handling {l.DocumentNumber} togs bort", Actor(e), Part(e, "reason")),
            CaseTitleMarked m when Known && Cleared => new(m.MarkedAt, "Ärendet sekretessmarkerades", Actor(e), Part(e, "note")) { Facts = [m.Provision] },
            CaseTitleMarkReviewed r when Known && Cleared => new(r.ReviewedAt, $"Sekretessmarkeringen av ärendet prövades på nytt: {ReviewSecrecy.Outcomes.First(o => o.Outcome == r.Outcome).Said.ToLowerInvariant()}", Actor(e), Part(e, "reason")),
            CaseTitleMarkLifted l when Known && Cleared => new(l.LiftedAt, "Sekretessmarkeringen av ärendet togs bort", Actor(e), Part(e, "reason")),
            CaseDocumentReleased r when Known => new(e.Time, $"Handling {r.DocumentNumber} visas i det publika diariet", Actor(e), null),
            CaseDocumentWithheld w when Known => new(e.Time, $"Handling {w.DocumentNumber} utelämnas i det publika diariet", Actor(e), null),
            CaseDocumentReferred r => new(e.Time, $"Hänvisar till {CaseWords.Of(r.Kind).ToLowerInvariant()} {RecordViewWords.DocumentNumber(r.FromDiaryNumber, r.DocumentNumber)}", Actor(e), null),
            DiaryNumberVoided v => new(v.VoidedAt, "Numret utgick", Actor(e), Part(e, "reason")),
            _ => null,
        };
    }
}
