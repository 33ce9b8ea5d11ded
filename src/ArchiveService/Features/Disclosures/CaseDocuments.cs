using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>A note, a decision, or an appeal on paper that a case has of its own, by the id of its entry.</summary>
/// <param name="Entered">It is an allmän handling for everybody: a note is one when its case is closed (TF 2:12).</param>
public sealed record CaseDocumentPlace(Guid Entry, Guid Case, int Number, Guid Authority, string Kind, bool Entered, RecordState State);

/// <summary>
/// The documents that a case has of its own, as a request for documents sees them: one by one, as records are. What officials wrote may tell of any document registered in the
/// case, so whoever reads it must be allowed to know of each, and of the case when its title is marked.
/// </summary>
public sealed class CaseDocuments(SealedLog log, Databases databases)
{
    /// <summary>What such a document is called where a record has its type.</summary>
    public static string? Said(string recordType) => recordType switch
    {
        "case-note" => "Tjänsteanteckning",
        "case-decision" => "Beslut",
        "case-appeal" => "Överklagande på papper",
        _ => null,
    };

    /// <summary>The sealed parts that may be given out; what is added tomorrow stays inside until somebody has thought about it.</summary>
    public static IReadOnlyList<string> GivenParts { get; } = ["with", "appellant", "body", Parts.Subject, Parts.Text, Parts.Motivation, "howToAppeal"];

    /// <summary>Null when there is none, or the caller may not know of it.</summary>
    public async Task<CaseDocumentPlace?> Find(Guid entry, Caller caller, CancellationToken ct) => (await Read("d.entry_id = $1", entry, caller, ct)) is [var found, ..] ? found : null;

    /// <summary>Those of a case that the caller may know of, by their number.</summary>
    public Task<IReadOnlyList<CaseDocumentPlace>> Of(Guid caseId, Caller caller, CancellationToken ct) => Read("d.case_id = $1", caseId, caller, ct);

    private async Task<IReadOnlyList<CaseDocumentPlace>> Read(string where, Guid of, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"""
            select d.entry_id, d.case_id, d.document_number, d.authority_id, d.kind, d.direction, d.diary_date, d.registered_at, d.marked, d.entered, c.diary_number, c.marked, m.version,
              array(select distinct s.wall || ' ' || s.authority_id::text from archive.diary_entries e join archive.record_states s using (record_id) where e.case_id = d.case_id and s.wall <> 'open')
            from archive.case_documents d join archive.cases c using (case_id) join archive.mt_streams m on m.id = d.case_id where {where} order by d.document_number
            """);
        query.Parameters.Add(new() { Value = of });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<CaseDocumentPlace>();
        while (await rows.ReadAsync(ct))
        {
            var authority = rows.GetGuid(3);
            var walls = rows.GetFieldValue<string[]>(13).Select(w => w.Split(' ')).Select(w => (Wall: w[0], Authority: Guid.Parse(w[1]))).ToList();
            var secret = rows.GetBoolean(8) || rows.GetBoolean(11);
            if (!caller.IsStaffOf(authority) || (secret && !caller.MayReadSecret(authority))) continue;
            if (walls.Any(w => w.Wall == RecordStates.Stored(Wall.Secret) ? !caller.MayReadSecret(w.Authority) : !caller.MayAssess(w.Authority))) continue;
            var day = PageParts.Swedish.StartOf(rows.GetFieldValue<DateOnly>(6));
            found.Add(new(rows.GetGuid(0), rows.GetGuid(1), rows.GetInt32(2), authority, rows.GetString(4), rows.GetBoolean(9), RecordState.None with
            {
                Version = rows.GetInt64(12),
                Authority = authority,
                RecordType = "case-" + rows.GetString(4),
                Direction = Enum.Parse<Direction>(rows.GetString(5), ignoreCase: true),
                CapturedAt = rows.GetFieldValue<DateTimeOffset>(7),
                ReceivedAt = day,
                Registration = Features.Records.Registration.Registered,
                Case = rows.GetGuid(1),
                DiaryNumber = rows.GetString(10),
                DocumentNumber = rows.GetInt32(2),
                SecrecyMarked = rows.GetBoolean(8),
                Wall = secret || walls.Any(w => w.Wall == RecordStates.Stored(Wall.Secret)) ? Wall.Secret : walls.Count > 0 ? Wall.Unassessed : Wall.Open,
            }));
        }

        return found;
    }

    /// <summary>The document itself, whoever asks: for what the service tells of on its own.</summary>
    public async Task<CaseDocumentPlace?> At(Guid caseId, int number, CancellationToken ct) => (await Of(caseId, Everything, ct)).FirstOrDefault(d => d.Number == number);

    /// <summary>What it says, from the case's own events; null when its key is gone.</summary>
    public async Task<OriginalDocument?> Open(Guid entry, CancellationToken ct)
    {
        if (await Read("d.entry_id = $1", entry, Everything, ct) is not [var place, ..]) return null;
        var written = (await log.Store.ReadStream(place.Case, ct: ct)).FirstOrDefault(e => e.Event switch
        {
            CaseNoteWritten n => n.DocumentNumber == place.Number,
            CaseDecisionMade d => d.DocumentNumber == place.Number,
            CaseAppealReceived { Record: null } a => a.DocumentNumber == place.Number,
            _ => false,
        });
        if (written is null || (await log.Open([written], ct)).GetValueOrDefault(written.Id) is not { IsDestroyed: false, Parts: { } said } opened) return null;
        var parts = GivenParts.Select(p => (Part: p, Value: said[p])).Where(p => p.Value is { Length: > 0 }).ToDictionary(p => p.Part, p => p.Value!);
        var at = written.Event switch { CaseNoteWritten n => n.OccurredAt, CaseDecisionMade d => d.RecordedAt, CaseAppealReceived a => a.RegisteredAt, _ => written.Time };
        var commitments = ((SealableEvent)written.Event).Sealed?.Cm ?? new Dictionary<string, string>(StringComparer.Ordinal);
        return new(entry, place.State, [new(written.Id, written.Sequence, written.Name, at, parts, opened.Key, commitments)], []);
    }

    /// <summary>Nobody who asks: whether they may is decided where they are known.</summary>
    private static Caller Everything { get; } = Caller.System with { IsService = false, Clearance = true, Grants = [new(Role.Registrator, null)] };
}
