using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.ArchiveDescriptions;

public abstract record ArchiveDescriptionEvent : SealableEvent;

/// <summary>What only people know of an authority's archive, whole as it now reads (arkivlagen 6 §, OSL 4:2); <paramref name="Texts"/> names what was written. The texts stand sealed.</summary>
[EventName("archive_described")]
public sealed record ArchiveDescribed(Guid Authority, int Version, IReadOnlyList<string> Texts, int PolicyVersion) : ArchiveDescriptionEvent;

/// <summary>Writes the parts of the description that no table tells. Each version is whole.</summary>
/// <param name="Volumes">A line each: series; years; carrier; place.</param>
public sealed record DescribeArchive(
    string? Purpose = null, string? Organisation = null, string? Contact = null, string? SearchAids = null, string? Terminals = null, string? Secrecy = null, string? Exchange = null, string? Sale = null,
    string? Volumes = null)
{
    public const int MostText = 10_000;

    /// <summary>OSL 4:2, point by point, and what the arkivbeskrivning has besides.</summary>
    public static IReadOnlyList<(string Key, string Title, string Unwritten)> Texts { get; } =
    [
        ("purpose", "Organisation och verksamhet", "Har inte beskrivits än."),
        ("organisation", "Organisationens historia", "Har inte beskrivits än."),
        ("contact", "Vem som lämnar närmare upplysningar", "Fråga myndighetens registrator."),
        ("searchAids", "Andra sökmedel", "Inga utöver dem som räknas upp här."),
        ("terminals", "Tekniska hjälpmedel för allmänheten", "Diariet kan läsas på webben och på en terminal i receptionen (/public/terminal)."),
        ("secrecy", "Vanliga sekretessbestämmelser", "Har inte beskrivits än. Varje begäran prövas för sig."),
        ("exchange", "Uppgifter som regelbundet hämtas från eller lämnas till andra", "Inlägg, kommentarer och meddelanden hämtas löpande från de plattformar där myndigheten har kanaler. Inget lämnas regelbundet till andra."),
        ("sale", "Försäljning av personuppgifter", "Myndigheten säljer inte personuppgifter."),
        ("volumes", "Arkivförteckning", "Inga volymer utöver dem som räknas upp här."),
    ];

    public string? this[string key] => key switch
    {
        "purpose" => Purpose,
        "organisation" => Organisation,
        "contact" => Contact,
        "searchAids" => SearchAids,
        "terminals" => Terminals,
        "secrecy" => Secrecy,
        "exchange" => Exchange,
        "sale" => Sale,
        _ => Volumes,
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/api/v1/authorities/{code}/archive-description", async (string code, DescribeArchive command, IfMatch expected, Caller caller, DescribeArchiveHandler handler, CancellationToken ct) =>
        {
            var (version, last, refused) = await handler.Describe(code, command, expected.Version, caller, ct);
            return refused is not null ? (IResult)Problems.Refused(refused) : TypedResults.Ok(new { version, lastSequence = last });
        }).WithName("describe-archive");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(Authority authority, int lastVersion)
    {
        var parts = new Parts();
        var written = new List<string>();
        foreach (var (key, title, _) in Texts)
        {
            if (this[key]?.Trim() is not { Length: > 0 } text) continue;
            if (text.Length > MostText) return Refusal.Input("description-too-long", $"{title} får vara högst 10 000 tecken.");
            if (key == "volumes" && text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(line => line.Split(';').Length != 4) is { } unreadable)
                return Refusal.Input("volume-unreadable", $"Raden ”{(unreadable.Length > 80 ? unreadable[..80] : unreadable)}” ska ha serie; år; bärare; plats, åtskilda med semikolon.");
            parts.With(key, text);
            written.Add(key);
        }

        return written.Count == 0
            ? Refusal.Input("description-missing", "Skriv minst en av texterna.")
            : new Happened(new ArchiveDescribed(authority.Id, lastVersion + 1, written, authority.Policy.Version), KeyClass.Office, parts);
    }
}

public sealed class DescribeArchiveHandler(SealedLog log, Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    private const string StreamType = "archive_description";

    private static bool MayWrite(Authority authority, Caller caller) => caller.May(authority.Id, Role.Arkivarie, Role.Registrator, Role.Admin);

    public async Task<bool> MayWrite(string code, Caller caller, CancellationToken ct) => await authorities.Find(code.Trim(), ct) is { } authority && MayWrite(authority, caller);

    public async Task<(int Version, long LastSequence, Refusal? Refused)> Describe(string code, DescribeArchive command, long? expected, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (0, 0, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
        if (!MayWrite(authority, caller)) return (0, 0, Refusal.NotAllowed("Bara arkivarie, registrator eller administratör hos myndigheten skriver arkivbeskrivningen."));
        var (stream, last) = await Last(authority.Id, ct);
        if (expected is { } version && version != last) return (0, 0, Refusal.ChangedMeanwhile(last));
        var decision = command.Decide(authority, last);
        if (decision.Refused is { } why) return (0, 0, why);
        var id = stream ?? Guid.CreateVersion7(clock.GetUtcNow());
        NpgsqlBatchCommand beside = new("""
            insert into archive.archive_descriptions (authority_id, version, stream_id, described_by, described_at)
            select $1, $2, $3, $4, s.timestamp from archive.mt_streams s where s.id = $3
            """)
        {
            Parameters = { new() { Value = authority.Id }, new() { Value = last + 1 }, new() { Value = id }, new() { Value = caller.PersonId } },
        };
        try
        {
            return await log.Append([new(id, StreamType, ExpectedVersion.Exactly(last), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
                ? (last + 1, done.LastSequence, null)
                : (0, 0, Refusal.ChangedMeanwhile(last + 1));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "archive_descriptions_pkey" })
        {
            return (0, 0, Refusal.ChangedMeanwhile(last + 1));
        }
    }

    public async Task<(Guid? Stream, int Version)> Last(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select stream_id, version from archive.archive_descriptions where authority_id = $1 order by version desc limit 1");
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetInt32(1)) : (null, 0);
    }

    /// <summary>The latest texts, and when they were written; none before anybody wrote any.</summary>
    public async Task<(int Version, DateTimeOffset? At, IReadOnlyDictionary<string, string> Texts)> Read(Guid authority, CancellationToken ct)
    {
        var (stream, version) = await Last(authority, ct);
        if (stream is not { } id) return (0, null, new Dictionary<string, string>());
        var latest = (await log.Store.ReadStream(id, ct: ct))[^1];
        var parts = (await log.Open([latest], ct)).GetValueOrDefault(latest.Id)?.Parts;
        return (version, latest.Time, ((ArchiveDescribed)latest.Event).Texts.Where(key => parts?[key] is not null).ToDictionary(key => key, key => parts![key]!, StringComparer.Ordinal));
    }
}
