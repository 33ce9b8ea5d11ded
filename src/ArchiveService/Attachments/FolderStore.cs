using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ArchiveService.Attachments;

/// <summary>
/// The embedded mode's store: a file an object, only the owner may read. An object appears by a rename after its bytes are on the disk,
/// so a crash leaves it whole or not there. Destroying unlinks; the bytes were sealed, and their key goes by its own way.
/// </summary>
public sealed class FolderStore(string path) : IObjectStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int BufferLength = 1_048_576;

    private readonly string root = Rooted(path);
    private readonly string objects = Path.Combine(Rooted(path), "objects");
    private readonly string incoming = Path.Combine(Rooted(path), "incoming");
    private readonly string marker = Path.Combine(Rooted(path), "store");

    public string Where => $"folder {root}";

    public async Task Put(string key, Stream content, long? length, CancellationToken ct)
    {
        var target = PathOf(key);
        MustBeMounted();
        var temporary = Path.Combine(incoming, $"{IncomingName(key)}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            await using (var file = Ask(() => Create(temporary)))
            {
                var written = 0L;
                while (await content.ReadAtLeastAsync(buffer.AsMemory(0, BufferLength), BufferLength, throwOnEndOfStream: false, ct) is var count and > 0)
                {
                    await AskWaiting(() => file.WriteAsync(buffer.AsMemory(0, count), ct), ct);
                    written += count;
                }
                if (length is { } promised && promised != written)
                    throw new InvalidDataException($"{promised} bytes were promised and {written} came.");
                Ask(() => file.Flush(flushToDisk: true));
            }

            Ask(() => MoveIntoPlace(temporary, target, key));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            Ask(() => File.Delete(temporary));
        }
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    private void MoveIntoPlace(string temporary, string target, string key)
    {
        var folder = Path.GetDirectoryName(target)!;
        MakeFolder(folder);
        if (File.Exists(target))
            throw new InvalidOperationException($"Object {key} is already stored, and an object is written once.");
        File.Move(temporary, target, overwrite: false);
        Disk.SyncFolder(folder);
    }

    public Task<Stream> Read(string key, long from, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        var path = PathOf(key);
        MustBeMounted();
        return Ask(() =>
        {
            FileStream file;
            try
            {
                file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.Asynchronous);
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new ObjectMissing(key, Where);
            }
            file.Position = Math.Min(from, file.Length);
            return Task.FromResult<Stream>(new StoreStream(file, null, length ?? long.MaxValue, TimeSpan.FromMinutes(1), Translate));
        });
    }

    public Task<long?> Length(string key, CancellationToken ct)
    {
        var file = new FileInfo(PathOf(key));
        MustBeMounted();
        return Task.FromResult<long?>(file.Exists ? file.Length : null);
    }

    public Task<Destroyed> DestroyEverything(string key, CancellationToken ct)
    {
        var path = PathOf(key);
        MustBeMounted();
        return Task.FromResult(Ask(() =>
        {
            List<string> versions = [], uploads = [];
            foreach (var upload in Directory.EnumerateFiles(incoming, IncomingName(key) + ".*").ToList())
            {
                File.Delete(upload);
                uploads.Add(Path.GetExtension(upload)[1..]);
            }
            if (File.Exists(path))
            {
                File.Delete(path);
                versions.Add("file");
            }

            // Also when this call removed nothing: an earlier one may have crashed between unlink and sync.
            Disk.SyncFolder(incoming);
            if (Directory.Exists(Path.GetDirectoryName(path)))
                Disk.SyncFolder(Path.GetDirectoryName(path)!);

            return File.Exists(path) || Directory.EnumerateFiles(incoming, IncomingName(key) + ".*").Any()
                ? throw new ObjectNotDestroyed(key, $"its file is still in {Where}.")
                : new Destroyed(versions, [], uploads);
        }));
    }

    public Task<int> Remains(string key, CancellationToken ct)
    {
        var path = PathOf(key);
        MustBeMounted();
        return Task.FromResult(Ask(() => (File.Exists(path) ? 1 : 0) + Directory.EnumerateFiles(incoming, IncomingName(key) + ".*").Count()));
    }

    public async IAsyncEnumerable<StoredObject> List(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Yield();
        MustBeMounted();
        using var files = Ask(() => new DirectoryInfo(objects).EnumerateFiles("*", SearchOption.AllDirectories).GetEnumerator());
        while (Ask(files.MoveNext))
        {
            ct.ThrowIfCancellationRequested();
            var key = KeyOf(files.Current.FullName);
            if (key.StartsWith(prefix, StringComparison.Ordinal) && files.Current is { Exists: true } file)
                yield return new StoredObject(key, file.Length);
        }
    }

    public Task<int> AbortUnfinished(DateTimeOffset begunBefore, CancellationToken ct)
    {
        MustBeMounted();
        return Task.FromResult(Ask(() =>
        {
            var old = new DirectoryInfo(incoming).EnumerateFiles().Where(file => file.LastWriteTimeUtc < begunBefore.UtcDateTime).ToList();
            old.ForEach(file => file.Delete());
            return old.Count;
        }));
    }

    public async Task Probe(CancellationToken ct)
    {
        Ask(() =>
        {
            MakeFolder(objects);
            MakeFolder(incoming);
            if (File.Exists(marker))
                return;
            File.WriteAllText(marker, "Sealed attachments of ArchiveService. Without this file the folder is taken for an unmounted disk.\n");
            Disk.SyncFolder(root);
        });
        await StoreProbe.Run(this, ct);
    }

    // attachments/…-…-…-…-0123456789ab is kept as attachments/ab/…: the end of a uuid is random, its beginning is the time.
    private string PathOf(string key)
    {
        var parts = ObjectKey.Check(key).Split('/');
        return Path.Combine([objects, .. parts[..^1], parts[^1][^2..], parts[^1]]);
    }

    private string KeyOf(string path)
    {
        var parts = Path.GetRelativePath(objects, path).Split(Path.DirectorySeparatorChar);
        string[] key = parts.Length > 2 && parts[^1].EndsWith(parts[^2], StringComparison.Ordinal) ? [.. parts[..^2], parts[^1]] : parts;
        return string.Join('/', key);
    }

    private static string Rooted(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static string IncomingName(string key) => key.Replace('/', '.');

    /// <summary>A mount point without its disk must not pass for a store in which everything is already destroyed.</summary>
    private void MustBeMounted()
    {
        if (!File.Exists(marker))
            throw new ObjectStoreUnavailable(
                $"The attachment folder {root} is not there, or not readable: its file \"store\" is missing. Is its disk mounted?", retryable: true);
    }

    private void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (Path.GetDirectoryName(folder) is { } parent && folder.Length > root.Length)
            MakeFolder(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        if (Path.GetDirectoryName(folder) is { } above)
            Disk.SyncFolder(above);
    }

    private T Ask<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception error) when (Translate(error, default) is { } said)
        {
            throw said;
        }
    }

    private void Ask(Action call) => Ask(() =>
    {
        call();
        return true;
    });

    private async ValueTask AskWaiting(Func<ValueTask> call, CancellationToken ct)
    {
        try
        {
            await call();
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    private ObjectStoreUnavailable? Translate(Exception error, CancellationToken ct) => error switch
    {
        IOException { HResult: Disk.NoSpace or Disk.QuotaReached } => new(
            $"The disk of the attachment folder {root} is full. Nothing was stored; make room and try again.", retryable: true, error),
        IOException { HResult: Disk.ReadOnly } => new(
            $"The attachment folder {root} is on a disk that can only be read. Mount it writable.", retryable: false, error),
        UnauthorizedAccessException => new(
            $"The attachment folder {root} may not be written or read by the user that the service runs as. Give that user the folder.", retryable: false, error),
        IOException => new($"The attachment folder {root} cannot be used: {error.Message}", retryable: true, error),
        OperationCanceledException when !ct.IsCancellationRequested => new(
            $"The disk of the attachment folder {root} does not answer.", retryable: true, error),
        _ => null,
    };
}
