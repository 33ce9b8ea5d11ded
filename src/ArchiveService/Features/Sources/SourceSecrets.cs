using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Sources;

/// <summary>A source's access token and how far it has read, sealed under the epoch key; a rotation seals them anew (<c>KeyRotation</c>).</summary>
public sealed class SourceSecrets(Databases databases, IKeyProvider keys, TimeProvider clock)
{
    public const string Token = "token";

    public const string Mark = "mark";

    /// <summary>SQLSTATE of what is sealed under an epoch key that is being destroyed.</summary>
    private const string EpochClosed = "AS012";

    public async Task<string?> Read(Guid channel, string kind, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select secret_id, kek_id, sealed from archive.source_secrets where channel_id = $1 and kind = $2");
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = kind });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? SealedNote.Open(keys, row.GetGuid(1), row.GetGuid(0), row.GetFieldValue<byte[]>(2)) : null;
    }

    public async Task Write(Guid channel, string kind, string text, CancellationToken ct)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                await using var connection = await databases.Writer.OpenConnectionAsync(ct);
                await using var batch = new NpgsqlBatch(connection);
                foreach (var statement in Writing(channel, kind, text)) batch.BatchCommands.Add(statement);
                await batch.ExecuteNonQueryAsync(ct);
                return;
            }
            catch (PostgresException refused) when (refused.SqlState == EpochClosed && !again)
            {
                keys.ReadAgain();
            }
        }
    }

    /// <summary>To be written in the transaction of the caller: a new row each time, so that no two texts stand under one nonce and place.</summary>
    public IReadOnlyList<NpgsqlBatchCommand> Writing(Guid channel, string kind, string text)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var epoch = keys.Current;
        return
        [
            Removing(channel, kind),
            new("insert into archive.source_secrets (secret_id, channel_id, kind, kek_id, sealed) values ($1, $2, $3, $4, $5)")
            {
                Parameters = { new() { Value = id }, new() { Value = channel }, new() { Value = kind }, new() { Value = epoch.Id }, new() { Value = SealedNote.Seal(epoch, id, text) } },
            },
        ];
    }

    public static NpgsqlBatchCommand Removing(Guid channel, string kind) => new("delete from archive.source_secrets where channel_id = $1 and kind = $2")
    {
        Parameters = { new() { Value = channel }, new() { Value = kind } },
    };
}
