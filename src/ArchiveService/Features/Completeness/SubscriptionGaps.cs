using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Completeness;

/// <summary>Times in which a platform that sends by itself was found not to: each begins and ends once, as an event in the channel's ledger and a row beside it.</summary>
public sealed class SubscriptionGaps(SealedLog log, KeyedIds ids, ChannelRegister channels)
{
    /// <param name="transaction">Holds something that lets nobody else tell of the same channel meanwhile.</param>
    /// <param name="channel">Which.</param>
    /// <param name="since">When it was last known to send.</param>
    /// <param name="app">What is wrong on the side of the service's own registration, in codes and the platform's names of fields.</param>
    /// <param name="page">What is wrong on the side of the page.</param>
    /// <param name="ct">Cancels.</param>
    public async Task Begin(NpgsqlTransaction transaction, Guid channel, DateTimeOffset since, IReadOnlyList<string> app, IReadOnlyList<string> page, CancellationToken ct)
    {
        if (await IsOpen(transaction, channel, ct)) return;
        var row = new NpgsqlBatchCommand("insert into archive.subscription_gaps (gap_id, channel_id, from_at) values ($1, $2, $3)")
        {
            Parameters = { new() { Value = Guid.CreateVersion7(since) }, new() { Value = channel }, new() { Value = since.ToUniversalTime() } },
        };
        await Tell(transaction, channel, of => new ChannelUnsubscribed(of.Authority, of.Id, since.ToUniversalTime(), app, page), row, ct);
    }

    public async Task End(NpgsqlTransaction transaction, Guid channel, CancellationToken ct)
    {
        if (!await IsOpen(transaction, channel, ct)) return;
        var row = new NpgsqlBatchCommand("update archive.subscription_gaps set to_at = clock_timestamp() where channel_id = $1 and to_at is null") { Parameters = { new() { Value = channel } } };
        await Tell(transaction, channel, of => new ChannelSubscribedAgain(of.Authority, of.Id), row, ct);
    }

    private static async Task<bool> IsOpen(NpgsqlTransaction transaction, Guid channel, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select exists (select from archive.subscription_gaps where channel_id = $1 and to_at is null)", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = channel });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private async Task Tell(NpgsqlTransaction transaction, Guid id, Func<Channel, CompletenessEvent> happened, NpgsqlBatchCommand row, CancellationToken ct)
    {
        var channel = (await channels.Find(id, ct))!;
        if (await log.Append(transaction, [new(ids.Completeness(id), "completeness", ExpectedVersion.Any, [new(happened(channel))])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), [row], ct) is not Appended.Done)
            throw new InvalidOperationException($"The ledger of channel {id} was written by somebody else at the same time.");
    }
}
