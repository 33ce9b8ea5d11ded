using System.Security.Cryptography;
using System.Text;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>What an append costs with 1 KB of content sealed beside each event under a key of its stream's own: HKDF, AES-GCM, a commitment, the key wrapped.</summary>
internal static class SealedAppendBenchmark
{
    private static readonly AppendContext By = new("0199cccc-0000-7000-8000-000000000001");
    private static readonly string Text = string.Join(' ', Enumerable.Repeat("Hej, när öppnar simhallen på lördag?", 27));
    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes(Text);
    private static readonly byte[] Epoch = RandomNumberGenerator.GetBytes(32);

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var databases = new Databases(database.Connections);
        var keys = Path.Combine(Path.GetTempPath(), $"archiveservice-bench-{Environment.ProcessId}-keys.json");
        KeyFile.Create(keys, TimeProvider.System);
        var types = new EventTypes(typeof(SealedAppendBenchmark).Assembly);
        var plain = new PlainSql(databases.Writer);
        await plain.Prepare(databases.Owner);
        var log = new SealedLog(new(databases.Writer, types), types, databases, KeyFile.Open(keys), TimeProvider.System);
        File.Delete(keys);

        Console.WriteLine("Sealed: ours, the same rows by plain SQL with bytes of no meaning, plain SQL with the bytes made by the bare primitives; ours / plain, ours / plain and primitives; bytes allocated an event");
        foreach (var (path, writers, streams) in new[] { ("one new stream a commit, sequential", 1, 1), ("100 new streams a commit, sequential", 1, 100), ("100 new streams a commit, 8 at once", 8, 100) })
        {
            await Measured.Compare(
                $"sealed: {path}", writers, new("ours", _ => NewSealed(log, streams)),
                new("plain", _ => plain.New(streams, bare: false, SealedRows(streams, Meaningless))), new("primitives", _ => plain.New(streams, bare: false, SealedRows(streams, ByPrimitives))));
        }
    }

    private static async Task<int> NewSealed(SealedLog log, int streams)
    {
        await log.Append(
            [.. Enumerable.Range(0, streams).Select(n => new Draft(Guid.CreateVersion7(), "thing", ExpectedVersion.NewStream, [new(new ThingSealed(n), KeyClass.Content, new Parts().With("text", Text))]))],
            log.NewKeySet(), By);
        return streams;
    }

    private static (byte[] Ciphertext, byte[] Wrapped) Meaningless() => (new byte[Bytes.Length + 40], new byte[60]);

    /// <summary>What no program can do less of (architecture §4): a random key, its two subkeys, the ciphertext and its hash, one commitment, the key wrapped.</summary>
    private static (byte[] Ciphertext, byte[] Wrapped) ByPrimitives()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var extracted = HKDF.Extract(HashAlgorithmName.SHA256, key, []);
        var ciphertext = Encrypt(HKDF.Expand(HashAlgorithmName.SHA256, extracted, 32, "payload"u8.ToArray()), Bytes);
        SHA256.HashData(ciphertext);
        HMACSHA256.HashData(HKDF.Expand(HashAlgorithmName.SHA256, extracted, 32, "commit"u8.ToArray()), "event and part"u8);
        SHA256.HashData(Bytes);
        return (ciphertext, Encrypt(Epoch, key));
    }

    private static byte[] Encrypt(byte[] under, byte[] plain)
    {
        var whole = new byte[12 + plain.Length + 16];
        RandomNumberGenerator.Fill(whole.AsSpan(0, 12));
        using var aes = new AesGcm(under, 16);
        aes.Encrypt(whole.AsSpan(0, 12), plain, whole.AsSpan(12, plain.Length), whole.AsSpan(12 + plain.Length), "what it belongs to"u8);
        return whole;
    }

    private static IReadOnlyList<NpgsqlBatchCommand> SealedRows(int rows, Func<(byte[] Ciphertext, byte[] Wrapped)> make)
    {
        var ids = Enumerable.Range(0, rows).Select(_ => Guid.CreateVersion7()).ToArray();
        var bytes = Enumerable.Range(0, rows).Select(_ => make()).ToArray();
        return
        [
            new("insert into plain.sealed_content (event_id, ciphertext) select * from unnest($1, $2)")
            {
                Parameters = { new() { Value = ids }, new() { Value = bytes.Select(b => b.Ciphertext).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea } },
            },
            new("insert into plain.record_keys (key_id, class, stream_id, kek_id, alg, wrapped) select id, 'content', id, $3, 'A256GCM', wrapped from unnest($1, $2) u(id, wrapped)")
            {
                Parameters = { new() { Value = ids }, new() { Value = bytes.Select(b => b.Wrapped).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea }, new() { Value = ids[0] } },
            },
        ];
    }
}
