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
                        """, ct, recorded.StreamId, registered.Authority, registered.Platform, Text(parts, "handle"), Text(parts, "url"), Text(parts, "purpose"), Text(parts, "targetGroup"),
                        registered.OwnAccounts.ToArray(), recorded.Time);
                    break;
                case ChannelPlanWritten:
                    var planned = opened.GetValueOrDefault(recorded.Id)?.Parts;
                    await Run(transaction, $"""
                        update {schema}.channel_register set contact = $2, url = coalesce($3, url), target_group = coalesce($4, target_group) where channel_id = $1
                        """, ct, recorded.StreamId, Text(planned, "contact"), Text(planned, "url"), Text(planned, "targetGroup"));
                    break;
                case ChannelActivated:
                    await Run(transaction, $"update {schema}.channel_register set activated_at = $2 where channel_id = $1", ct, recorded.StreamId, recorded.Time);
                    break;
                case ChannelPaused paused:
                    await Run(transaction, $"update {schema}.channel_register set paused = $2, notice = $3 where channel_id = $1", ct,
                        recorded.StreamId, paused.How, Text(opened.GetValueOrDefault(recorded.Id)?.Parts, "notice"));
                    break;
                case ChannelResumed:
                    await Run(transaction, $"update {schema}.channel_register set paused = null, notice = null where channel_id = $1", ct, recorded.StreamId);
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

    private static object Text(Parts? parts, string name) => (object?)RecordViewText.Clean(parts?[name]) ?? DBNull.Value;

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
