using System.Collections.Concurrent;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.Sources;

/// <summary>
/// Which record an item is that the platform names by an id of one server alone. Only keyed ids are kept: the address stands sealed in the record, and goes with it.
/// </summary>
public sealed class SourceItems(Databases databases, SealedLog log, KeyedIds ids)
{
    private const int MostRemembered = 10_000;

    /// <summary>What was just told of may not be captured yet when it is taken away.</summary>
    private readonly ConcurrentDictionary<Guid, string> recent = new();

    /// <param name="idKind">Of the item's lasting id.</param>
    /// <param name="items">The server's own id and the lasting one.</param>
    public async Task Remember(Guid channel, string platform, string idKind, IReadOnlyCollection<(string Local, string NativeId)> items, CancellationToken ct)
    {
        if (items.Count == 0) return;
        var keyed = items.DistinctBy(i => i.Local).Select(i => (Item: Keyed(channel, platform, i.Local), Record: ids.Record(channel, platform, idKind, i.NativeId), i.NativeId)).ToList();
        if (recent.Count > MostRemembered) recent.Clear();
        foreach (var (item, _, nativeId) in keyed) recent[item] = nativeId;
        await using var insert = databases.Writer.CreateCommand("insert into archive.source_items (channel_id, item, record_id) select $1, * from unnest($2, $3) on conflict do nothing");
        insert.Parameters.Add(new() { Value = channel });
        insert.Parameters.Add(new() { Value = keyed.Select(k => k.Item).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        insert.Parameters.Add(new() { Value = keyed.Select(k => k.Record).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await insert.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The lasting id; null when the item is none of the channel's, or its record is destroyed.</summary>
    public async Task<string?> Find(Guid channel, string platform, string local, CancellationToken ct)
    {
        var item = Keyed(channel, platform, local);
        if (recent.TryGetValue(item, out var known)) return known;
        await using var query = databases.Writer.CreateCommand("select record_id from archive.source_items where channel_id = $1 and item = $2");
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = item });
        if (await query.ExecuteScalarAsync(ct) is not Guid record) return null;
        var captured = (await log.Store.ReadStream(record, ct: ct)).Where(h => h.Event is ItemCaptured).ToList();
        var opened = await log.Open(captured, ct);
        return captured.Select(c => opened.GetValueOrDefault(c.Id)?.Parts?[Parts.NativeId]).FirstOrDefault(id => id is not null);
    }

    private Guid Keyed(Guid channel, string platform, string local) => ids.Record(channel, platform, "server", local);
}
