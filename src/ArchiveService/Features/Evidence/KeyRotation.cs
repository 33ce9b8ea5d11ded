using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Cases;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// Another key signs the checkpoints from here on. <paramref name="Handover"/> is the note in which the key before names it, signed by both. Checkpoints of more leaves than
/// <paramref name="FromSize"/> are the new one's.
/// </summary>
[EventName("checkpoint_key_rotated")]
public sealed record CheckpointKeyRotated(DateTimeOffset RotatedAt, string Origin, string From, string To, long FromSize, string Handover) : LogEvent;

/// <summary>
/// Changes the key that signs checkpoints. The next key is durable in the key file before the event names it, and takes its place after: a crash anywhere leaves an
/// archive that can sign, and a start finishes what was begun.
/// </summary>
public sealed class KeyRotation(SealedLog store, Databases databases, EvidenceLog log, SigningKeys keys, AppendGate gate, TimeProvider clock)
{
    public static Refusal ReadOnly { get; } = new(
        "log-behind", "Databasen är återläst från en äldre kopia och arkivet är skrivskyddat tills en administratör har sagt var loggen fortsätter (/bevis eller ./run resume-log).", StatusCodes.Status503ServiceUnavailable);

    public async Task<(CheckpointKeyRotated? Rotated, Refusal? Refused)> Run(Caller by, CancellationToken ct)
    {
        if (gate.IsClosed) return (null, ReadOnly);
        var head = await log.Begin(ct);
        var handover = KeyHandover.Sign(keys.Signer(head.Origin), keys.Next(head.Origin), clock.GetUtcNow());
        if (await Record(head.Origin, handover, by.PersonId.ToString("D"), ct) is not { } rotated)
            return (null, new("key-rotated-meanwhile", "Någon annan bytte nyckeln i samma stund. Läs hur det står nu."));
        keys.Promote(handover);
        return (rotated, null);
    }

    /// <summary>Finishes a change that a crash cut off, and tells a database that came back from before one what the key file knows of it.</summary>
    public async Task CarryOver(CancellationToken ct)
    {
        for (var steps = 0; steps < 100; steps++)
        {
            if (await log.Head(ct) is not { } head || keys.Signer(head.Origin).Key.Equals(head.Key)) return;
            if (keys.TakeUp(head.Key, await LastHandover(head, ct))) return;
            if (keys.Kept().FirstOrDefault(note => KeyHandover.Open(note) is { } handover && handover.From.Equals(head.Key)) is not { } next) return;
            if (await Record(head.Origin, next, actor: null, ct) is null) return;
        }
    }

    private async Task<string?> LastHandover(EvidenceHead head, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select handover from archive.evidence_keys where origin = $1 order by nth desc limit 1");
        query.Parameters.Add(new() { Value = head.Origin });
        return await query.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>The row, the head's key and the event, all or nothing; null when another key signs by now.</summary>
    private async Task<CheckpointKeyRotated?> Record(string origin, string note, string? actor, CancellationToken ct)
    {
        var handover = KeyHandover.Open(note) ?? throw new InvalidDataException("The handover of the signing key does not hold.");
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var take = new NpgsqlCommand("update archive.evidence_logs set current_vkey = $3 where origin = $1 and current_vkey = $2 and closed_at is null", connection, transaction))
        {
            take.Parameters.Add(new() { Value = origin });
            take.Parameters.Add(new() { Value = handover.From.ToString() });
            take.Parameters.Add(new() { Value = handover.To.ToString() });
            if (await take.ExecuteNonQueryAsync(ct) != 1) return null;
        }

        // Whoever signs holds the head's row: what is signed by now is the old key's, what comes is the new one's.
        var now = clock.GetUtcNow();
        long fromSize;
        await using (var signed = new NpgsqlCommand("select coalesce(max(size), 0) from archive.evidence_checkpoints where origin = $1", connection, transaction))
        {
            signed.Parameters.Add(new() { Value = origin });
            fromSize = (long)(await signed.ExecuteScalarAsync(ct))!;
        }

        var rotated = new CheckpointKeyRotated(now, origin, handover.From.ToString(), handover.To.ToString(), fromSize, note);
        var row = new NpgsqlBatchCommand("""
            insert into archive.evidence_keys (origin, nth, vkey, from_size, since, handover)
            select $1, 2 + count(*), $2, $3, $4, $5 from archive.evidence_keys where origin = $1
            """)
        {
            Parameters = { new() { Value = origin }, new() { Value = rotated.To }, new() { Value = fromSize }, new() { Value = now }, new() { Value = note } },
        };
        var change = new StreamChange(Guid.CreateVersion7(now), "log", ExpectedVersion.NewStream, [new(Guid.CreateVersion7(now), rotated)]);
        await store.Store.Append(transaction, [change], new(actor), [row, Audit.AuditRows.Row([change.StreamId], [change.Events[0].Id])], ct);
        await transaction.CommitAsync(ct);
        return rotated;
    }
}
