using System.Security.Cryptography;
using System.Text;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Export;

/// <summary>The folder of an export: its owner's only, each file hashed while it is written and named in <c>manifest-sha256.txt</c> when it is whole.</summary>
public sealed class ExportFolder : IAsyncDisposable
{
    private readonly string root;
    private readonly StreamWriter manifest;

    private ExportFolder(string root, StreamWriter manifest) => (this.root, this.manifest) = (root, manifest);

    /// <exception cref="CannotStart">It is not empty, or cannot be written.</exception>
    public static ExportFolder Make(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            if (File.Exists(root) || (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()))
                throw new CannotStart($"{root} is not empty. Give a folder that is, or one that does not exist: an export begins anew, and nothing is mixed into it.");
            Folder(root);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new(root, new StreamWriter(Open(Path.Combine(root, "manifest-sha256.txt")), new UTF8Encoding(false)) { NewLine = "\n" });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"{root} cannot be written: {error.Message}", error);
        }
    }

    public string Root => root;

    /// <summary>A new file; its line stands in the manifest when it is closed.</summary>
    public HashedFile Create(string name)
    {
        var path = Path.Combine(root, name);
        Folder(Path.GetDirectoryName(path)!);
        return new(Open(path), hash => manifest.WriteLine($"{hash}  {name}"));
    }

    public async ValueTask DisposeAsync()
    {
        await manifest.FlushAsync();
        ((FileStream)manifest.BaseStream).Flush(flushToDisk: true);
        await manifest.DisposeAsync();
    }

    private static void Folder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 64 * 1024 };
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
