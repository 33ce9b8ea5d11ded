using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Sealing;

/// <summary>The keys one operation works with: those loaded, and those it makes, which are stored in the same transaction as the events they seal.</summary>
public sealed class KeySet(IKeyProvider provider, TimeProvider clock)
{
    private readonly Dictionary<(Guid Stream, KeyClass Class), RecordKey> byStream = [];
    private readonly Dictionary<Guid, RecordKey> byId = [];
    private readonly List<RecordKey> made = [];

    public IReadOnlyList<RecordKey> Made => made;

    public RecordKey? Find(Guid keyId) => byId.GetValueOrDefault(keyId);

    public RecordKey? Find(Guid streamId, KeyClass keyClass) => byStream.GetValueOrDefault((streamId, keyClass));

    public RecordKey GetOrMake(Guid streamId, KeyClass keyClass)
    {
        if (byStream.TryGetValue((streamId, keyClass), out var known)) return known;
        var key = RecordKey.New(keyClass, streamId, clock);
        Add(key);
        made.Add(key);
        return key;
    }

    /// <summary>Forgets what it made, for a retry after a conflict that loads anew.</summary>
    public async Task Load(NpgsqlDataSource db, IReadOnlyCollection<Guid> streamIds, CancellationToken ct)
    {
        byStream.Clear();
        byId.Clear();
        made.Clear();
        if (streamIds.Count == 0) return;
        await using var query = db.CreateCommand(ByStream);
        query.Parameters.Add(new() { Value = streamIds.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        await Add(rows, ct);
    }

    public async Task LoadByKeyId(NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyCollection<Guid> keyIds, CancellationToken ct)
    {
        if (keyIds.Count == 0) return;
        await using var query = new NpgsqlCommand(ById, connection, transaction);
        query.Parameters.Add(new() { Value = keyIds.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        await Add(rows, ct);
    }

    /// <summary>One look into the index for each stream (offset 0), however many they are.</summary>
    public const string ByStream = """
        select k.* from unnest($1) wanted(id)
        cross join lateral (select key_id, class, stream_id, kek_id, alg, wrapped from archive.record_keys where stream_id = wanted.id offset 0) k
        """;

    private const string ById = """
        select k.* from unnest($1) wanted(id)
        cross join lateral (select key_id, class, stream_id, kek_id, alg, wrapped from archive.record_keys where key_id = wanted.id offset 0) k
        """;

    public async Task Add(NpgsqlDataReader rows, CancellationToken ct)
    {
        while (await rows.ReadAsync(ct))
        {
            var row = new WrappedKey(rows.GetGuid(0), Class(rows.GetString(1)), rows.GetGuid(2), rows.GetGuid(3), rows.GetString(4), rows.GetFieldValue<byte[]>(5));
            var epoch = provider.Find(row.KekId)
                ?? throw new KeyFileProblem($"The epoch key {row.KekId} that key {row.KeyId} is wrapped under is not in the key file. Put the right key file in place (Keys__MasterKeyFile).");
            Add(RecordKey.Unwrap(row, epoch));
        }
    }

    /// <summary>Stores the keys made for these streams. One made for a stream that gets no event after all is forgotten.</summary>
    public NpgsqlBatchCommand? InsertMade(IReadOnlySet<Guid> streams)
    {
        var stored = made.Where(key => streams.Contains(key.StreamId)).ToList();
        if (stored.Count == 0) return null;
        var epoch = provider.Current;
        var rows = new WrappedKey[stored.Count];
        OnEveryCore.For(rows.Length, n => rows[n] = stored[n].Wrap(epoch));
        return new("""
            insert into archive.record_keys (key_id, class, stream_id, kek_id, alg, wrapped)
            select key_id, class, stream_id, $4, $5, wrapped from unnest($1, $2, $3, $6) k(key_id, class, stream_id, wrapped)
            """)
        {
            Parameters =
            {
                new() { Value = rows.Select(r => r.KeyId).ToArray() },
                new() { Value = rows.Select(r => r.Class.Stored()).ToArray() },
                new() { Value = rows.Select(r => r.StreamId).ToArray() },
                new() { Value = epoch.Id },
                new() { Value = RecordKey.Algorithm },
                new() { Value = rows.Select(r => r.Wrapped).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
    }

    private void Add(RecordKey key)
    {
        byStream[(key.StreamId, key.Class)] = key;
        byId[key.Id] = key;
    }

    private static KeyClass Class(string stored) => Enum.GetValues<KeyClass>().First(c => c.Stored() == stored);
}
