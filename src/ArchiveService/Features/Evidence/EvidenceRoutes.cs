using System.Text;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Evidence;

/// <summary>The log for everybody who wants to check it: C2SP tlog-tiles under <c>/evidence</c>. Leaves are hashes of stubs; entry bundles are not served.</summary>
public static class EvidenceRoutes
{
    public static IServiceCollection AddEvidence(this IServiceCollection services) => services
        .AddSingleton(s => EvidenceOptions.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<Sealing.IKeyProvider>()))
        .AddSingleton<EvidenceLog>().AddSingleton<CheckpointCopies>()
        .AddSingleton<EvidenceWorker>().AddHostedService(s => s.GetRequiredService<EvidenceWorker>());

    public static void MapEvidence(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/evidence/checkpoint", Checkpoint).AllowAnonymous().WithTags("Evidence").WithSummary("The latest signed checkpoint (C2SP tlog-checkpoint).");
        routes.MapGet("/evidence/key", Key).AllowAnonymous().WithTags("Evidence").WithSummary("The key that signs checkpoints, as a vkey line.");
        routes.MapGet("/evidence/tile/{**tile}", TileOf).AllowAnonymous().WithTags("Evidence").WithSummary("A tile of the log (C2SP tlog-tiles), such as 0/x001/x234/067 or 0/000.p/17.");
    }

    private static async Task<IResult> Checkpoint(HttpContext http, Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("""
            select c.note from archive.evidence_checkpoints c join archive.evidence_logs l using (origin) order by l.ordinal desc, c.size desc limit 1
            """);
        if (await query.ExecuteScalarAsync(ct) is not string note) return Problems.Refused(Nothing());
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Text(note, "text/plain", Encoding.UTF8);
    }

    private static async Task<IResult> Key(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Public.CreateCommand("select vkey from archive.evidence_logs order by ordinal desc limit 1");
        return await query.ExecuteScalarAsync(ct) is string line ? Results.Text(line + "\n", "text/plain", Encoding.UTF8) : Problems.Refused(Nothing());
    }

    /// <summary>Only what a checkpoint vouches for: a wider tile is cut to what was asked.</summary>
    private static async Task<IResult> TileOf(string? tile, HttpContext http, Databases databases, CancellationToken ct)
    {
        if (!TileAddress.TryParse(tile ?? "", out var address))
            return Problems.Refused(Refusal.Unknown("tile", "En bit av loggen heter som i tlog-tiles: nivå/nummer i grupper om tre siffror, som 0/x001/x234/067 eller 0/000.p/17."));
        await using var query = databases.Public.CreateCommand("""
            select substring(t.hashes from 1 for $3), (select max(size) from archive.evidence_checkpoints where origin = l.origin)
            from archive.evidence_tiles t join (select origin from archive.evidence_logs order by ordinal desc limit 1) l using (origin)
            where t.level = $1 and t.tile = $2
            """);
        query.Parameters.Add(new() { Value = address.Level });
        query.Parameters.Add(new() { Value = address.Index });
        query.Parameters.Add(new() { Value = address.Width * MerkleHash.Size });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct) || row.IsDBNull(1) || TileAddress.In(row.GetInt64(1), address.Level, address.Index) is not { } vouched || vouched.Width < address.Width)
            return Problems.Refused(Refusal.Unknown("tile", "Loggen har ingen sådan bit, eller så är ingen kontrollpunkt undertecknad för den än."));
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(row.GetFieldValue<byte[]>(0), "application/octet-stream");
    }

    private static Refusal Nothing() => Refusal.Unknown("checkpoint", "Ingen kontrollpunkt är undertecknad än. Den första kommer inom en sekund efter den första händelsen.");
}
