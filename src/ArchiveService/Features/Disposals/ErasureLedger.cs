using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

/// <summary>A committed batch as the ledger holds it: ids, words and numbers, never content.</summary>
/// <param name="Keys"><c>class:key id:stream id</c> of every destroyed key.</param>
/// <param name="Objects">Keys of the objects destroyed with them.</param>
public sealed record ErasureEntry(Guid Run, int Batch, Guid Authority, DateTimeOffset DestroyedAt, int Records, IReadOnlyList<string> Keys, IReadOnlyList<string> Objects);

/// <summary>The entry's place in the ledger.</summary>
public sealed record LedgerLine(long Number, string Hash, ErasureEntry Entry);

/// <summary>The ledger was cut, altered or forged.</summary>
public sealed class ErasureLedgerBroken(string message) : Exception(message);

/// <summary>
/// What has been destroyed, outside the database: append-only, each line bound to the one before it by its hash and signed by an HMAC under a key
/// from the key provider. A restored backup replays it before it serves, so that nothing destroyed comes back (architecture §4 Backups).
/// </summary>
public sealed class ErasureLedger(string path, byte[] key) : IDisposable
{
    private const string Start = "0000000000000000000000000000000000000000000000000000000000000000";

    private static readonly JsonWriterOptions Compact = new() { Indented = false };

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<(Guid Run, int Batch), long> known = [];
    private (long Length, long Number, string Hash) tail = (0, 0, Start);

    public string Path => path;

    /// <exception cref="CannotStart">No place is configured outside the trial mode.</exception>
    public static ErasureLedger From(IConfiguration configuration, Installation installation, IKeyProvider keys) =>
        From(configuration, installation.IsEmbedded ? installation.DataFolder : null, keys);

    /// <param name="configuration">Where it is set.</param>
    /// <param name="dataFolder">The data folder of the trial mode; null elsewhere.</param>
    /// <param name="keys">What it is signed under.</param>
    /// <exception cref="CannotStart">No place is configured outside the trial mode.</exception>
    public static ErasureLedger From(IConfiguration configuration, string? dataFolder, IKeyProvider keys)
    {
        var path = configuration["Erasure:Ledger"] is { Length: > 0 } given ? System.IO.Path.GetFullPath(given)
            : dataFolder is not null ? System.IO.Path.Combine(dataFolder, "erasure-ledger.jsonl")
            : throw new CannotStart("Erasure__Ledger is not set. Give the file that records what has been destroyed; it must stand outside the database and be backed up with the keys.");
        return new(path, KeyFrom(keys));
    }

    public static byte[] KeyFrom(IKeyProvider keys) => HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.IdentitySecret, 32, salt: [], Encoding.UTF8.GetBytes("archiveservice/v1/erasure-ledger"));

    /// <summary>Durable when the task ends. The same batch again is not written twice: its number is answered.</summary>
    public async Task<long> Append(ErasureEntry entry, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            var isNew = !File.Exists(path);
            await using var file = await Open(ct);
            CutUnfinishedLine(file);
            if (file.Length != tail.Length) ReadAgain(file);
            if (known.TryGetValue((entry.Run, entry.Batch), out var already)) return already;

            var (number, line) = (tail.Number + 1, Signed(tail.Number + 1, tail.Hash, entry));
            file.Position = file.Length;
            await file.WriteAsync(line, ct);
            file.Flush(flushToDisk: true);
            if (isNew) Disk.SyncFolder(System.IO.Path.GetDirectoryName(path)!);
            tail = (file.Length, number, HashOf(Encoding.UTF8.GetString(line, 0, line.Length - 1)));
            WriteHead(number, tail.Hash);
            known[(entry.Run, entry.Batch)] = number;
            return number;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>All entries in order, each checked against the one before it and its signature.</summary>
    /// <exception cref="ErasureLedgerBroken">At the first line that is not what was written.</exception>
    public IEnumerable<LedgerLine> Read()
    {
        if (!File.Exists(path)) yield break;

        // What stands beside first: the file may have more lines meanwhile, never fewer.
        var head = ReadHead();
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var last = 0L;
        foreach (var line in Lines(file))
        {
            MustBe(head, line);
            last = line.Number;
            yield return line;
        }

        MustReach(head, last);
    }

    /// <summary>How many lines there are, and the hash of the last.</summary>
    public (long Lines, string Hash) Head()
    {
        var head = (0L, Start);
        foreach (var line in Read()) head = (line.Number, line.Hash);
        return head;
    }

    /// <summary>Makes the file, empty, where there is none: its absence then says that it was lost.</summary>
    public void Ensure()
    {
        if (File.Exists(path)) return;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            MakeEmpty();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"The erasure ledger {path} cannot be made ({error.GetType().Name}). Give the service's user that folder, or choose another with Erasure__Ledger.", error);
        }
    }

    private void MakeEmpty()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path, options)) file.Flush(flushToDisk: true);
        Disk.SyncFolder(System.IO.Path.GetDirectoryName(path)!);
    }

    private string HeadPath => path + ".head";

    /// <summary>The number and hash of the last line, beside the ledger: a chain alone does not tell that its end was cut.</summary>
    private void WriteHead(long number, string hash)
    {
        var said = string.Create(CultureInfo.InvariantCulture, $"{number}:{hash}");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(HeadPath + ".new", options))
        {
            file.Write(Encoding.UTF8.GetBytes($"{said}:{Mac("head:" + said)}\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(HeadPath + ".new", HeadPath, overwrite: true);
    }

    private (long Number, string Hash) ReadHead()
    {
        if (!File.Exists(HeadPath)) return (0, Start);
        var parts = File.ReadAllText(HeadPath).TrimEnd('\n').Split(':');
        return parts is [var number, var hash, var mac] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac($"head:{number}:{hash}")))
            ? (n, hash)
            : throw new ErasureLedgerBroken($"{HeadPath}, which says how far the erasure ledger goes, was altered, or the key file is another one.");
    }

    private static void MustBe((long Number, string Hash) head, LedgerLine line)
    {
        if (line.Number == head.Number && line.Hash != head.Hash) throw new ErasureLedgerBroken($"Line {line.Number} of the erasure ledger is not the one that was written last: lines were removed or exchanged.");
    }

    private static void MustReach((long Number, string Hash) head, long last)
    {
        if (last < head.Number) throw new ErasureLedgerBroken($"The erasure ledger ends at line {last}, but {head.Number} lines were written: its end was cut off.");
    }

    public void Dispose() => turn.Dispose();

    /// <summary>One writer on this machine: another process waits for the file.</summary>
    private async Task<FileStream> Open(CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (attempt < 100)
            {
                await Task.Delay(50, ct);
            }
        }
    }

    /// <summary>At first, and when another process has written.</summary>
    private void ReadAgain(FileStream file)
    {
        known.Clear();
        tail = (0, 0, Start);
        var head = ReadHead();
        foreach (var line in Lines(file))
        {
            MustBe(head, line);
            known[(line.Entry.Run, line.Entry.Batch)] = line.Number;
            tail = (0, line.Number, line.Hash);
        }

        MustReach(head, tail.Number);
        tail = tail with { Length = file.Length };
    }

    /// <summary>A line without its end was being written when the machine stopped: it was never answered as durable.</summary>
    private static void CutUnfinishedLine(FileStream file)
    {
        var end = file.Length;
        if (end == 0) return;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') break;
            end--;
        }

        if (end < file.Length) file.SetLength(end);
    }

    private IEnumerable<LedgerLine> Lines(FileStream file)
    {
        file.Position = 0;
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var (number, previous) = (0L, Start);
        while (reader.ReadLine() is { } text)
        {
            number++;
            yield return Check(text, number, ref previous);
        }
    }

    private LedgerLine Check(string text, long number, ref string previous)
    {
        var cut = text.LastIndexOf(",\"mac\":\"", StringComparison.Ordinal);
        if (cut < 0) throw new ErasureLedgerBroken($"Line {number} of the erasure ledger has no signature.");
        var said = Encoding.UTF8.GetBytes(text[(cut + 8)..^2]);
        if (!CryptographicOperations.FixedTimeEquals(said, Encoding.UTF8.GetBytes(Mac(text[..cut]))))
            throw new ErasureLedgerBroken($"Line {number} of the erasure ledger was altered, or the key file is another one.");
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        if (root.GetProperty("n").GetInt64() != number || root.GetProperty("prev").GetString() != previous)
            throw new ErasureLedgerBroken($"Line {number} of the erasure ledger does not follow the line before it: a line was removed or put in.");
        previous = HashOf(text);
        return new(number, previous, new(
            root.GetProperty("run").GetGuid(), root.GetProperty("batch").GetInt32(), root.GetProperty("authority").GetGuid(), root.GetProperty("destroyedAt").GetDateTimeOffset(),
            root.GetProperty("records").GetInt32(), Texts(root, "keys"), Texts(root, "objects")));
    }

    private byte[] Signed(long number, string previous, ErasureEntry entry)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteNumber("n", number);
            json.WriteString("prev", previous);
            json.WriteString("run", entry.Run);
            json.WriteNumber("batch", entry.Batch);
            json.WriteString("authority", entry.Authority);
            json.WriteString("destroyedAt", entry.DestroyedAt.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteNumber("records", entry.Records);
            Write(json, "keys", entry.Keys);
            Write(json, "objects", entry.Objects);
            json.WriteEndObject();
        }

        var body = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length - 1);
        return Encoding.UTF8.GetBytes($"{body},\"mac\":\"{Mac(body)}\"}}\n");
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private string Mac(string body) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(body)));

    private static string HashOf(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));

    private static List<string> Texts(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(e => e.GetString()!)];
}
