using Npgsql;

namespace ArchiveService.Features.Disposals;

// Every item is asked for by its ids, in every place of the registry.
public sealed partial class DisposalVerification
{
    private async Task<List<(Guid Key, Guid Stream, string Class)>> Marks(Guid run, Guid? after, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select key_id, stream_id, class from archive.destruction_marks where run_id = $1 and ($2::uuid is null or key_id > $2) order by key_id limit $3");
        query.Parameters.Add(new NpgsqlParameter { Value = run });
        query.Parameters.Add(new NpgsqlParameter { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        query.Parameters.Add(new NpgsqlParameter { Value = PageSize });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var page = new List<(Guid, Guid, string)>(PageSize);
        while (await rows.ReadAsync(ct)) page.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
        return page;
    }

    private async Task ByReferences(List<(Guid Key, Guid Stream, string Class)> marks, SortedDictionary<string, long> asked, Action<string, long> leave, CancellationToken ct)
    {
        Guid[] Streams(string keyClass) => [.. marks.Where(m => m.Class == keyClass).Select(m => m.Stream)];
        Guid[][] lists = [[.. marks.Select(m => m.Key)], Streams("content"), Streams("register"), Streams("account"), [.. marks.Select(m => m.Stream).Distinct()], Streams("request"), Streams("delivery")];
        await using var query = databases.Writer.CreateCommand(ByReference);
        query.CommandTimeout = 0;
        foreach (var ids in lists) query.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) leave(rows.GetString(0), rows.GetInt64(1));
        foreach (var place in ContentPlaces.Tables.Where(t => t.Left is not null)) asked[place.Table] = asked.GetValueOrDefault(place.Table) + lists[place.Asks - 1].Length;
    }

    private async Task<(long Asked, long Left)> ObjectsOf(Guid run, CancellationToken ct)
    {
        var keys = new List<string>();
        await using (var query = databases.Writer.CreateCommand("select object_key from archive.object_deletions where run_id = $1 order by object_key"))
        {
            query.Parameters.Add(new NpgsqlParameter { Value = run });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) keys.Add(rows.GetString(0));
        }

        var left = 0L;
        foreach (var key in keys) left += await store.Remains(key, ct);
        return (keys.Count, left);
    }
}
