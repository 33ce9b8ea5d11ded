using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>A reading of a record behind a wall. <paramref name="Reason"/> is null where none was given, or where it is destroyed.</summary>
public sealed record ReadingOfRecord(DateTimeOffset ReadAt, Guid Person, string Name, string Wall, bool Reasoned, string? Reason);

/// <summary>Why secret records were opened: asked on the page, taken along by programs, listed for whoever examines the readings.</summary>
public sealed class ReadReasons(SealedLog log, Databases databases, Records records, TimeProvider clock)
{
    public const string Header = "Read-Reason";

    public const int Most = 500;

    /// <summary>So long a reason given on the page holds for the same person and record.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(30);

    public static Role[] Readers => [Role.Revisor, Role.Registrator, Role.Arkivarie, Role.Chef];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/records/{id:guid}/reads", async (Guid id, Caller caller, ReadReasons reads, CancellationToken ct) =>
        {
            var (items, refused) = await reads.Of(id, caller, ct);
            return refused is null ? TypedResults.Ok(new { items }) : (IResult)Problems.Refused(refused);
        })
        .WithName("list-record-reads");

    /// <summary>What a program says in the header, or in the address.</summary>
    public static string? Said(HttpRequest request) =>
        request.Headers[Header].ToString() is { Length: > 0 } header ? Uri.UnescapeDataString(header) : request.Query["reason"].ToString() is { Length: > 0 } asked ? asked : null;

    /// <summary>Whether the person has said why, not long ago.</summary>
    public async Task<bool> Given(Guid person, Guid record, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select exists (select from archive.record_reads where record_id = $1 and person_id = $2 and reasoned and read_at > $3)");
        query.Parameters.Add(new() { Value = record });
        query.Parameters.Add(new() { Value = person });
        query.Parameters.Add(new() { Value = clock.GetUtcNow() - Holds });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The readings of a record, newest first. To whoever may not read it, it does not exist.</summary>
    public async Task<(IReadOnlyList<ReadingOfRecord> Items, Refusal? Refused)> Of(Guid id, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } state) return ([], Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
        if (!caller.May(state.Authority, Readers)) return ([], Refusal.NotAllowed("Läsningar granskas av granskare, registrator, arkivarie och chef."));
        var found = new List<(DateTimeOffset At, Guid Person, long Version, string Wall, bool Reasoned, string Name)>();
        await using (var query = databases.Writer.CreateCommand($"""
            select r.read_at, r.person_id, r.version, r.wall, r.reasoned, coalesce(n.name, '(namnet är gallrat)')
            from archive.record_reads r left join views.persons n using (person_id) where r.record_id = $1 order by r.read_at desc, r.event_id limit {Most}
            """))
        {
            query.Parameters.Add(new() { Value = id });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) found.Add((rows.GetFieldValue<DateTimeOffset>(0), rows.GetGuid(1), rows.GetInt64(2), rows.GetString(3), rows.GetBoolean(4), rows.GetString(5)));
        }

        var why = new Dictionary<(Guid, long), string?>();
        foreach (var (person, version) in found.Where(f => f.Reasoned).Select(f => (f.Person, f.Version)))
        {
            var read = await log.Store.ReadStream(person, version, upToVersion: version, ct);
            var opened = await log.Open(read, ct);
            why[(person, version)] = read.Select(e => opened.GetValueOrDefault(e.Id)?.Parts?[RecordReads.ReasonPart]).FirstOrDefault();
        }

        return ([.. found.Select(f => new ReadingOfRecord(f.At, f.Person, f.Name, f.Wall, f.Reasoned, why.GetValueOrDefault((f.Person, f.Version))))], null);
    }
}
