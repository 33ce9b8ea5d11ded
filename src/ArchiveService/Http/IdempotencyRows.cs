using System.Text.Json.Nodes;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Http;

/// <summary>The request an Idempotency-Key stands for: digests only, keyed, so that the table tells nothing of what was asked.</summary>
public sealed record KeyedRequest(Guid Principal, string Route, byte[] KeyDigest, byte[] Digest);

public abstract record KeyUse
{
    private KeyUse()
    {
    }

    /// <summary>Nobody has used the key: carry the request out.</summary>
    public sealed record First : KeyUse;

    public sealed record OtherRequest : KeyUse;

    public sealed record Unfinished(DateTimeOffset StartedAt) : KeyUse;

    public sealed record Answered(int Status, string? Location, JsonObject? Answer) : KeyUse;
}

/// <summary>archive.idempotency</summary>
public sealed class IdempotencyRows(Databases databases, TimeProvider clock)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public async Task<KeyUse> Begin(KeyedRequest request, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        while (true)
        {
            await using var batch = databases.Writer.CreateBatch();
            batch.BatchCommands.Add(new("delete from archive.idempotency where started_at < $1") { Parameters = { new() { Value = now - Kept } } });
            batch.BatchCommands.Add(Keyed("""
                insert into archive.idempotency (principal, route, key_digest, request, started_at) values ($1, $2, $3, $4, $5)
                on conflict do nothing returning 1
                """, request, new() { Value = request.Digest }, new() { Value = now }));
            if (await batch.ExecuteScalarAsync(ct) is not null) return new KeyUse.First();
            if (await Earlier(request, ct) is { } earlier) return earlier;
        }
    }

    public Task Finish(KeyedRequest request, int status, string? location, JsonObject? answer) => Run(Keyed(
        "update archive.idempotency set status = $4, location = $5, answer = $6 where principal = $1 and route = $2 and key_digest = $3",
        request,
        new() { Value = status },
        new() { Value = (object?)location ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        new() { Value = (object?)answer?.ToJsonString() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb }));

    /// <summary>The request was refused: nothing happened, so the key is free again.</summary>
    public Task Release(KeyedRequest request) => Run(Keyed("delete from archive.idempotency where principal = $1 and route = $2 and key_digest = $3", request));

    private async Task<KeyUse?> Earlier(KeyedRequest request, CancellationToken ct)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(Keyed(
            "select request, started_at, status, location, answer from archive.idempotency where principal = $1 and route = $2 and key_digest = $3", request));
        await using var row = await batch.ExecuteReaderAsync(ct);
        return !await row.ReadAsync(ct) ? null
            : !row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(request.Digest) ? new KeyUse.OtherRequest()
            : row.IsDBNull(2) ? new KeyUse.Unfinished(row.GetFieldValue<DateTimeOffset>(1))
            : new KeyUse.Answered(row.GetInt32(2), row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : JsonNode.Parse(row.GetString(4)) as JsonObject);
    }

    private async Task Run(NpgsqlBatchCommand command)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static NpgsqlBatchCommand Keyed(string sql, KeyedRequest request, params ReadOnlySpan<NpgsqlParameter> more)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters = { new() { Value = request.Principal }, new() { Value = request.Route }, new() { Value = request.KeyDigest } },
        };
        foreach (var parameter in more) command.Parameters.Add(parameter);
        return command;
    }
}
