using System.Text;
using ArchiveService.Access;
using ArchiveService.Evidence;
using ArchiveService.Features.Cases;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// The log for everybody who wants to check it: C2SP tlog-tiles under <c>/evidence</c>, and the same of each log that a restore ended under <c>/evidence/logs/N</c>.
/// Leaves are hashes of stubs; entry bundles are not served.
/// </summary>
public static class EvidenceRoutes
{
    private const int MostWitnessBytes = 64 * 1024;

    public static IServiceCollection AddEvidence(this IServiceCollection services) => services
        .AddSingleton(s => EvidenceOptions.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<IKeyProvider>()))
        .AddSingleton(s => TimestampOptions.From(s.GetRequiredService<IConfiguration>()))
        .AddSingleton<EvidenceLog>().AddSingleton<CheckpointCopies>().AddSingleton(s => WitnessMemory.Beside(s.GetRequiredService<Disposals.ErasureLedger>())).AddSingleton<WitnessDesk>()
        .AddSingleton<EvidenceWorker>().AddHostedService(s => s.GetRequiredService<EvidenceWorker>())
        .AddSingleton<TimestampWorker>().AddHostedService(s => s.GetRequiredService<TimestampWorker>())
        .AddSingleton<WitnessWorker>().AddHostedService(s => s.GetRequiredService<WitnessWorker>());

    /// <summary>Before everything that writes: whether the log may go on where it stands.</summary>
    public static IServiceCollection AddLogStanding(this IServiceCollection services) => services
        .AddSingleton<AppendGate>()
        .AddSingleton(s => SigningKeys.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<Installation>(), s.GetRequiredService<IKeyProvider>()))
        .AddSingleton<LogComparison>().AddSingleton<KeyRotation>().AddSingleton<ResumeLog>()
        .AddSingleton<LogStanding>().AddHostedService(s => s.GetRequiredService<LogStanding>());

    public static void MapEvidence(this IEndpointRouteBuilder routes)
    {
        Open(routes.MapGet("/evidence/checkpoint", (HttpContext http, Databases databases, CancellationToken ct) => Checkpoint(http, databases, null, null, false, ct)), "The latest signed checkpoint (C2SP tlog-checkpoint), with what witnesses signed under it.");
        Open(routes.MapGet("/evidence/checkpoint/witnessed", (HttpContext http, Databases databases, CancellationToken ct) => Checkpoint(http, databases, null, null, true, ct)), "The latest checkpoint that a witness has cosigned.");
        Open(routes.MapGet("/evidence/key", Key), "The key that signs checkpoints, as a vkey line; with all=true every key that ever did, one a line, oldest first.");
        Open(routes.MapGet("/evidence/keys", Keys), "All keys that signed checkpoints: of which log, from which size on, and the note in which the key before names each.");
        Open(routes.MapGet("/evidence/tile/{**tile}", (string? tile, HttpContext http, Databases databases, CancellationToken ct) => TileOf(tile, null, http, databases, ct)), "A tile of the log (C2SP tlog-tiles), such as 0/x001/x234/067 or 0/000.p/17.");
        Open(routes.MapGet("/evidence/logs", Logs), "The logs of this archive: each after the first began where a restore left the one before it.");
        Open(routes.MapGet("/evidence/logs/{ordinal:int}/checkpoint", (int ordinal, HttpContext http, Databases databases, CancellationToken ct) => Checkpoint(http, databases, ordinal, null, false, ct)), "The last checkpoint of one of the logs.");
        Open(routes.MapGet("/evidence/logs/{ordinal:int}/checkpoints/{size:long}", (int ordinal, long size, HttpContext http, Databases databases, CancellationToken ct) => Checkpoint(http, databases, ordinal, size, false, ct)), "A checkpoint exactly as it was signed: the bytes that a timestamp is over.");
        Open(routes.MapGet("/evidence/logs/{ordinal:int}/tile/{**tile}", (int ordinal, string? tile, HttpContext http, Databases databases, CancellationToken ct) => TileOf(tile, ordinal, http, databases, ct)), "A tile of one of the logs.");
        Open(routes.MapGet("/evidence/timestamps", Timestamps), "The checkpoints that a time-stamping authority vouches for (RFC 3161).");
        Open(routes.MapGet("/evidence/timestamps/{ordinal:int}/{size:long}", Token), "The authority's token over a checkpoint, as openssl ts -verify -token_in reads it.");
        Open(routes.MapGet("/evidence/witness/key", (WitnessDesk desk) => desk.Key is { } key ? Results.Text(key + "\n", "text/plain", Encoding.UTF8) : Problems.Refused(NoWitness)), "The key by which this archive cosigns the logs of others.");
        Open(routes.MapPost("/evidence/witness/add-checkpoint", Cosign), "Asks this archive, as a witness, to cosign a checkpoint of a log it knows (C2SP tlog-witness).");
        LogStandingRoutes.Map(routes);
    }

    private static void Open(RouteHandlerBuilder route, string summary) => route.AllowAnonymous().WithTags("Evidence").WithSummary(summary);

    private static async Task<IResult> Checkpoint(HttpContext http, Databases databases, int? ordinal, long? size, bool witnessed, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select c.note || case when $2::bigint is null then coalesce((select string_agg(s.line, '' order by s.witness) from archive.evidence_cosignatures s where s.origin = c.origin and s.size = c.size), '') else '' end
            from archive.evidence_checkpoints c join archive.evidence_logs l using (origin)
            where ($1::int is null or l.ordinal = $1) and ($2::bigint is null or c.size = $2)
              and (not $3 or exists (select from archive.evidence_cosignatures s where s.origin = c.origin and s.size = c.size))
            order by l.ordinal desc, c.size desc limit 1
            """);
        query.Parameters.Add(new() { Value = (object?)ordinal ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        query.Parameters.Add(new() { Value = (object?)size ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        query.Parameters.Add(new() { Value = witnessed });
        if (await query.ExecuteScalarAsync(ct) is not string note) return Problems.Refused(ordinal is null ? Nothing() : Refusal.Unknown("checkpoint", "Det finns ingen sådan kontrollpunkt."));
        http.Response.Headers.CacheControl = size is null ? "no-cache" : "public, max-age=31536000, immutable";
        return Results.Text(note, "text/plain", Encoding.UTF8);
    }

    private static async Task<IResult> Key(Databases databases, CancellationToken ct, bool all = false)
    {
        await using var query = databases.Public.CreateCommand(all
            ? """
              select string_agg(k.vkey, e'\n' order by l.ordinal, k.nth) from archive.evidence_logs l
              cross join lateral (select 1 nth, l.vkey union all select nth, vkey from archive.evidence_keys where origin = l.origin) k
              """
            : "select current_vkey from archive.evidence_logs order by ordinal desc limit 1");
        return await query.ExecuteScalarAsync(ct) is string line ? Results.Text(line + "\n", "text/plain", Encoding.UTF8) : Problems.Refused(Nothing());
    }

    private static async Task<IResult> Keys(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select l.origin, k.vkey, k.from_size, k.since, lead(k.from_size) over (partition by l.origin order by k.nth), lead(k.since) over (partition by l.origin order by k.nth), k.handover
            from archive.evidence_logs l
            cross join lateral (select 1 nth, l.vkey vkey, 0::bigint from_size, l.began_at since, null::text handover
                                union all select nth, vkey, from_size, since, handover from archive.evidence_keys where origin = l.origin) k
            order by l.ordinal, k.nth
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var keys = new List<object>();
        while (await rows.ReadAsync(ct))
        {
            keys.Add(new
            {
                Origin = rows.GetString(0),
                VKey = rows.GetString(1),
                AboveSize = rows.GetInt64(2),
                Since = rows.GetFieldValue<DateTimeOffset>(3),
                UntilSize = rows.IsDBNull(4) ? default(long?) : rows.GetInt64(4),
                Until = rows.IsDBNull(5) ? default(DateTimeOffset?) : rows.GetFieldValue<DateTimeOffset>(5),
                Handover = rows.IsDBNull(6) ? null : rows.GetString(6),
            });
        }

        return TypedResults.Ok(keys);
    }

    private static async Task<IResult> Logs(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select l.ordinal, l.origin, l.current_vkey, l.began_at, l.closed_at, (select max(size) from archive.evidence_checkpoints c where c.origin = l.origin)
            from archive.evidence_logs l order by l.ordinal
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var logs = new List<object>();
        while (await rows.ReadAsync(ct))
        {
            logs.Add(new
            {
                Ordinal = rows.GetInt32(0),
                Origin = rows.GetString(1),
                VKey = rows.GetString(2),
                BeganAt = rows.GetFieldValue<DateTimeOffset>(3),
                ClosedAt = rows.IsDBNull(4) ? default(DateTimeOffset?) : rows.GetFieldValue<DateTimeOffset>(4),
                VouchedFor = rows.IsDBNull(5) ? 0 : rows.GetInt64(5),
            });
        }

        return TypedResults.Ok(logs);
    }

    /// <summary>Only what a checkpoint vouches for: a wider tile is cut to what was asked.</summary>
    private static async Task<IResult> TileOf(string? tile, int? ordinal, HttpContext http, Databases databases, CancellationToken ct)
    {
        if (!TileAddress.TryParse(tile ?? "", out var address))
            return Problems.Refused(Refusal.Unknown("tile", "En bit av loggen heter som i tlog-tiles: nivå/nummer i grupper om tre siffror, som 0/x001/x234/067 eller 0/000.p/17."));
        await using var query = databases.Public.CreateCommand("""
            select substring(t.hashes from 1 for $3), (select max(size) from archive.evidence_checkpoints where origin = l.origin)
            from archive.evidence_tiles t join (select origin from archive.evidence_logs where $4::int is null or ordinal = $4 order by ordinal desc limit 1) l using (origin)
            where t.level = $1 and t.tile = $2
            """);
        query.Parameters.Add(new() { Value = address.Level });
        query.Parameters.Add(new() { Value = address.Index });
        query.Parameters.Add(new() { Value = address.Width * MerkleHash.Size });
        query.Parameters.Add(new() { Value = (object?)ordinal ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct) || row.IsDBNull(1) || TileAddress.In(row.GetInt64(1), address.Level, address.Index) is not { } vouched || vouched.Width < address.Width)
            return Problems.Refused(Refusal.Unknown("tile", "Loggen har ingen sådan bit, eller så är ingen kontrollpunkt undertecknad för den än."));
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(row.GetFieldValue<byte[]>(0), "application/octet-stream");
    }

    private static async Task<IResult> Timestamps(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select l.ordinal, t.size, t.stamped_at, t.authority from archive.evidence_timestamps t join archive.evidence_logs l using (origin) order by l.ordinal desc, t.size desc limit 1000
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var stamps = new List<object>();
        while (await rows.ReadAsync(ct))
            stamps.Add(new { Ordinal = rows.GetInt32(0), Size = rows.GetInt64(1), StampedAt = rows.GetFieldValue<DateTimeOffset>(2), Authority = rows.GetString(3) });
        return TypedResults.Ok(stamps);
    }

    private static async Task<IResult> Token(int ordinal, long size, Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("select t.token from archive.evidence_timestamps t join archive.evidence_logs l using (origin) where l.ordinal = $1 and t.size = $2");
        query.Parameters.Add(new() { Value = ordinal });
        query.Parameters.Add(new() { Value = size });
        return await query.ExecuteScalarAsync(ct) is byte[] token
            ? Results.Bytes(token, "application/timestamp-token")
            : Problems.Refused(Refusal.Unknown("timestamp", "Den kontrollpunkten är inte tidsstämplad."));
    }

    private static async Task<IResult> Cosign(HttpContext http, WitnessDesk desk, LogStanding standing, CancellationToken ct)
    {
        if (desk.Key is null) return Problems.Refused(NoWitness);

        // What was seen may have been lost with the rest: nothing is vouched for meanwhile.
        if (standing.IsReadOnly) return Problems.Refused(KeyRotation.ReadOnly);
        if (http.Request.ContentLength > MostWitnessBytes) return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        var body = new byte[MostWitnessBytes + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, ct);
        if (length > MostWitnessBytes) return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        WitnessAnswer answer;
        try
        {
            answer = await desk.Answer(Encoding.UTF8.GetString(body, 0, length), ct);
        }
        catch (CannotStart)
        {
            return Problems.Refused(new("witness-memory", "Vad arkivet senast vittnade om går inte att läsa. Inget intygas förrän det är lagat.", StatusCodes.Status503ServiceUnavailable));
        }

        return answer switch
        {
            WitnessAnswer.Cosigned cosigned => Results.Text(cosigned.Signature.ToString(), "text/plain", Encoding.UTF8),
            WitnessAnswer.SeenOther other => Results.Text(FormattableString.Invariant($"{other.Size}\n"), "text/x.tlog.size", Encoding.UTF8, other.Status),
            WitnessAnswer.TwoStories told => Results.Text(FormattableString.Invariant($"{told.Size}\n"), "text/x.tlog.size", Encoding.UTF8, told.Status),
            var refused => Results.StatusCode(refused.Status),
        };
    }

    private static Refusal NoWitness { get; } = Refusal.Unknown("witness", "Det här arkivet vittnar inte för andras loggar (Evidence__WitnessName är inte satt).");

    private static Refusal Nothing() => Refusal.Unknown("checkpoint", "Ingen kontrollpunkt är undertecknad än. Den första kommer inom en sekund efter den första händelsen.");
}
