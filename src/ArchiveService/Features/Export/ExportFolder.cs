using System.Security.Cryptography;
using System.Text;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Export;

/// <summary>
/// The folder of an export: its owner's only, each file hashed while it is written. <c>unfinished.txt</c> says what has been written, and that more is to come;
/// <c>manifest-sha256.txt</c> takes its place when all of it is there.
/// </summary>
/// <remarks>
/// Taken up again, an unfinished one keeps the attachments that are whole and are still in the archive, for they are what takes the time. All else is written anew from
/// the new snapshot, and what is not in it any more is taken away: so nothing that was gallrat meanwhile stays.
/// </remarks>
public sealed class ExportFolder : IAsyncDisposable
{
    public const string UnfinishedName = "unfinished.txt";
    public const string ManifestName = "manifest-sha256.txt";

    private readonly string root;
    private readonly StreamWriter written;
    private readonly Dictionary<string, string> before;
    private readonly SortedDictionary<string, string> now = new(StringComparer.Ordinal);

    private ExportFolder(string root, StreamWriter written, Dictionary<string, string> before) => (this.root, this.written, this.before) = (root, written, before);

    /// <param name="path">Empty, new, or with an unfinished export of the same archive.</param>
    /// <param name="archive">Which archive's; no secret.</param>
    /// <exception cref="CannotStart">It holds something else, or cannot be written.</exception>
    public static ExportFolder Make(string path, string archive)
    {
        var root = Path.GetFullPath(path);
        try
        {
            var mark = Path.Combine(root, UnfinishedName);
            var before = new Dictionary<string, string>(StringComparer.Ordinal);
            if (File.Exists(mark) && !File.Exists(Path.Combine(root, ManifestName)))
            {
                var lines = File.ReadAllLines(mark);
                if (lines is not [var first, ..] || first != archive) throw new CannotStart($"{root} holds an unfinished export of another archive. Choose another folder.");
                foreach (var line in lines.Skip(1).Where(line => line.Length > 66)) before[line[66..]] = line[..64];
                foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => file != mark && !before.ContainsKey(Named(root, file))).ToList()) File.Delete(file);
            }
            else if (File.Exists(root) || (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()))
            {
                throw new CannotStart($"{root} is not empty and holds no unfinished export. Give a folder that is empty, or one that does not exist: nothing is mixed into an export.");
            }

            Folder(root);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var folder = new ExportFolder(root, new StreamWriter(Open(mark, FileMode.Create), new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true }, before);
            folder.written.WriteLine(archive);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"{root} cannot be written: {error.Message}", error);
        }
    }

    public string Root => root;

    /// <summary>Files of an earlier try that are kept.</summary>
    public int Kept { get; private set; }

    /// <summary>A new file; its line is written when it is closed.</summary>
    public HashedFile Create(string name)
    {
        var path = Path.Combine(root, name);
        Folder(Path.GetDirectoryName(path)!);
        return new(Open(path, FileMode.Create), hash => Whole(name, hash));
    }

    /// <summary>Keeps a file that an earlier try wrote, when it is whole: it has this length and is what was written.</summary>
    public async Task<bool> Keep(string name, long bytes, CancellationToken ct)
    {
        var path = Path.Combine(root, name);
        if (!before.TryGetValue(name, out var hash) || !File.Exists(path) || new FileInfo(path).Length != bytes) return false;
        await using (var file = File.OpenRead(path))
        {
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct)) != hash) return false;
        }

        Whole(name, hash);
        Kept++;
        return true;
    }

    /// <summary>Everything is there: what is left of an earlier try goes, and the manifest stands.</summary>
    public async Task Finish(CancellationToken ct)
    {
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => Named(root, file) is not UnfinishedName && !now.ContainsKey(Named(root, file))).ToList()) File.Delete(file);
        await using (var manifest = new StreamWriter(Open(Path.Combine(root, ManifestName), FileMode.Create), new UTF8Encoding(false)) { NewLine = "\n" })
        {
            foreach (var (name, hash) in now) await manifest.WriteLineAsync($"{hash}  {name}".AsMemory(), ct);
            await manifest.FlushAsync(ct);
            ((FileStream)manifest.BaseStream).Flush(flushToDisk: true);
        }

        await written.DisposeAsync();
        File.Delete(Path.Combine(root, UnfinishedName));
    }

    public ValueTask DisposeAsync() => written.DisposeAsync();

    private void Whole(string name, string hash)
    {
        now[name] = hash;
        written.WriteLine($"{hash}  {name}");
    }

    private static string Named(string root, string file) => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');

    private static void Folder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 64 * 1024 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }
}

/// <summary>A file that is hashed while it is written.</summary>
public sealed class HashedFile(FileStream file, Action<string> whole) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool closed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => file.Length;

    public override long Position { get => file.Position; set => throw new NotSupportedException(); }

    public override void Flush() => file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.AppendData(buffer);
        file.Write(buffer);
    }

    public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => await WriteAsync(buffer.AsMemory(offset, count), cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        hash.AppendData(buffer.Span);
        await file.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !closed)
        {
            closed = true;
            file.Flush(flushToDisk: true);
            file.Dispose();
            whole(Convert.ToHexStringLower(hash.GetHashAndReset()));
            hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
