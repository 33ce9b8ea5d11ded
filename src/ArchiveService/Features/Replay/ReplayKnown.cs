using System.Text.Json.Serialization;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Replay;

/// <summary>What a replay was read as far as: a checkpoint, which covers every event up to <paramref name="Sequence"/> and none after it.</summary>
/// <param name="Origin">Which log.</param>
/// <param name="Size">Events in it.</param>
/// <param name="Root">Their root, in base64.</param>
/// <param name="SignedAt">When it was signed.</param>
/// <param name="Sequence">The last event.</param>
/// <param name="Note">The signed note.</param>
public sealed record Vouched(string Origin, long Size, string Root, DateTimeOffset SignedAt, [property: JsonIgnore] long Sequence, [property: JsonIgnore] string Note)
{
    /// <summary>Before the first checkpoint nothing is known.</summary>
    public static Vouched Nothing { get; } = new("", 0, ArchiveService.Evidence.MerkleHash.OfNothing.ToString(), DateTimeOffset.UnixEpoch, 0, "");
}

/// <summary>
/// <c>knownAt</c>: the last checkpoint signed at or before it. The number of its last event divides what was known from what came later, for ever: a clock
/// does not, because an append may have been under way (docs/adr/0028).
/// </summary>
public sealed class ReplayKnown(Databases databases, ProjectionHost projections)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    public async Task<(Vouched? Known, Refusal? Refused)> At(DateTimeOffset knownAt, CancellationToken ct)
    {
        var known = await Find(knownAt, ct);

        // The rows must have come as far, or the same question would be answered otherwise in a second.
        return known.Sequence == 0 || await projections.Worker.WaitFor(RecordViewProjection.ProjectionName, known.Sequence, AtMost, ct)
            ? (known, null)
            : (null, new("view-behind", "Sökningen har inte hunnit visa det senaste än. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable));
    }

    private async Task<Vouched> Find(DateTimeOffset knownAt, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select origin, size, encode(root, 'base64'), signed_at, last_seq, note from archive.evidence_checkpoints
            where signed_at <= $1 order by signed_at desc, size desc limit 1
            """);
        query.Parameters.Add(new() { Value = knownAt.ToUniversalTime() });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetInt64(4), row.GetString(5))
            : Vouched.Nothing;
    }
}
