using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

public sealed record CaseDocument(Guid Record, int Number, Direction Direction, DateTimeOffset ReceivedAt, DateTimeOffset RegisteredAt, bool Visible)
{
    /// <summary>The reader may know what it is, here or at the authority that took it over.</summary>
    internal bool Known { get; init; }

    /// <summary>What became of the entry.</summary>
    public required Diary.EntryFate Fate { get; init; }
}

/// <summary>A case (ärende) with its documents. What the reader may not know of has its number and dates only (OSL 5:2).</summary>
public sealed record CaseDetails(Guid Id, Guid AuthorityId, string Authority, string DiaryNumber, string? Title, string ClassCode, string? ExternalSystem, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, IReadOnlyList<CaseDocument> Documents)
{
    /// <summary>Numbers it had before, or has in another system.</summary>
    public IReadOnlyList<string> AlternateIds { get; init; } = [];

    /// <summary>Since when the number is used no more (utgår), and why.</summary>
    public DateTimeOffset? VoidedAt { get; init; }

    public string? VoidedBecause { get; init; }

    /// <summary>The reader may know of everything that is registered here, and of what the case is called.</summary>
    internal bool Known { get; init; }

    /// <summary>Documents that have not been transferred to another case.</summary>
    public int Standing => Documents.Count(d => d.Fate.TransferredTo is null);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/cases/{id:guid}", async (Guid id, Caller caller, Databases databases, SealedLog log, CancellationToken ct) =>
            await Read(id, caller, databases, log, ct) is { } found ? TypedResults.Ok(found) : (IResult)Problems.Refused(Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.")))
        .WithName("case");

    public static async Task<CaseDetails?> Read(Guid id, Caller caller, Databases databases, SealedLog log, CancellationToken ct)
    {
        CaseDetails? found = null;
        await using (var query = databases.Staff.CreateCommand("""
            select c.authority_id, a.name, c.diary_number, c.class_code, c.external_system, c.opened_at, c.closed_at, c.voided_at,
                   array(select o.alternate from archive.case_alternates o where o.case_id = c.case_id order by o.added_at, o.alternate), c.marked
            from archive.cases c join archive.authorities a using (authority_id) where c.case_id = $1
            """))
        {
            query.Parameters.Add(new() { Value = id });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct) || !caller.IsStaffOf(row.GetGuid(0))) return null;
            found = new(id, row.GetGuid(0), row.GetString(1), row.GetString(2), null, row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), [])
            {
                VoidedAt = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
                AlternateIds = row.GetFieldValue<string[]>(8),
                Known = !row.GetBoolean(9) || caller.MayReadSecret(row.GetGuid(0)),
            };
        }

        var documents = new List<CaseDocument>();
        var known = found.Known;
        await using (var query = databases.Staff.CreateCommand($"""
            select p.record_id, p.document_number, p.direction,
                   coalesce((select k.received_after from archive.diary_corrections k where k.case_id = p.case_id and k.document_number = p.document_number order by k.correction desc limit 1), p.received_at),
                   p.registered_at, s.wall, s.authority_id, {Diary.EntryFate.Columns}
            from archive.diary_entries p join archive.record_states s using (record_id) {Diary.EntryFate.Joins} where p.case_id = $1 order by p.document_number
            """))
        {
            query.Parameters.Add(new() { Value = id });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var visible = rows.GetString(5) switch { "open" => true, "unassessed" => caller.MayAssess(found.AuthorityId), _ => caller.MayReadSecret(rows.GetGuid(6)) };
                var own = visible;
                known &= visible;

                // What another authority took over is opened there (OSL 8:1).
                visible &= caller.IsStaffOf(rows.GetGuid(6));
                documents.Add(new(visible ? rows.GetGuid(0) : Guid.Empty, rows.GetInt32(1), Enum.Parse<Direction>(rows.GetString(2), ignoreCase: true), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset>(4), visible) { Known = own, Fate = Diary.EntryFate.Read(rows, 7).Known(!visible) });
            }
        }

        var said = (await log.Store.ReadStream(id, ct: ct)).Where(e => e.Event is CaseOpened or CaseRenamed or DiaryNumberVoided).ToList();
        var opened = await log.Open(said, ct);
        string? Part<T>(string name) => said.FirstOrDefault(e => e.Event is T) is { } happened ? opened.GetValueOrDefault(happened.Id)?.Parts?[name] : null;
        // A title given together with something secret may tell of it: without clearance it is withheld like the fourth fact.
        var title = said.Where(e => e.Event is CaseOpened or CaseRenamed).Select(e => opened.GetValueOrDefault(e.Id)?.Parts?["title"]).LastOrDefault(t => t is not null);
        return found with { Title = known ? title : null, VoidedBecause = known ? Part<DiaryNumberVoided>("reason") : null, Documents = documents, Known = known };
    }
}
