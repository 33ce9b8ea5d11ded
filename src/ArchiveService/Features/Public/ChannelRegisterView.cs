using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Public;

/// <summary>The channel register as it is shown, inside and to everybody.</summary>
internal static class ChannelRegisterView
{
    public static async Task Write(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        foreach (var recorded in page)
        {
            switch (recorded.Event)
            {
                case ChannelRegistered registered:
                    var parts = opened.GetValueOrDefault(recorded.Id)?.Parts;
                    await Run(transaction, $"""
                        insert into {schema}.channel_register (channel_id, authority_id, platform, handle, url, purpose, target_group, own_accounts, registered_at)
                        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                        """, ct, recorded.StreamId, registered.Authority, registered.Platform, Part("handle"), Part("url"), Part("purpose"), Part("targetGroup"),
                        registered.OwnAccounts.ToArray(), recorded.Time);
                    object Part(string name) => (object?)RecordViewText.Clean(parts?[name]) ?? DBNull.Value;
                    break;
                case ChannelClosed closed:
                    await Run(transaction, $"update {schema}.channel_register set closed_at = $2 where channel_id = $1", ct, recorded.StreamId, closed.ClosedAt);
                    break;
                case ChannelAccessLost lost:
                    await Run(transaction, $"update {schema}.channel_register set access_lost_at = greatest(access_lost_at, $2) where channel_id = $1", ct,
                        recorded.StreamId, lost.OccurredAt ?? recorded.Time);
                    break;
            }
        }
    }

    private static async Task Run(NpgsqlTransaction transaction, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(value is DBNull
                ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }
                : new NpgsqlParameter { Value = value is DateTimeOffset at ? at.ToUniversalTime() : value });
        }

        await command.ExecuteNonQueryAsync(ct);
    }
}
