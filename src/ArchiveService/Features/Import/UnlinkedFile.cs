using System.Security.Cryptography;

namespace ArchiveService.Features.Import;

/// <summary>
/// A file while it is read, for readers that want a path: an archive is read back and forth. On Linux it has no name any more once it is open, so that nothing is left when
/// the program is killed; elsewhere it is deleted when it is closed.
/// </summary>
public sealed class UnlinkedFile : IAsyncDisposable
{
    private readonly FileStream file;

    private UnlinkedFile(FileStream file, string path) => (this.file, Path) = (file, path);

    /// <summary>Where it can be opened while it lives.</summary>
    public string Path { get; }

    public long Length => file.Length;

    /// <exception cref="FileTooLarge">It goes over <paramref name="most"/>.</exception>
    public static async Task<UnlinkedFile> Of(Stream content, long most, CancellationToken ct)
    {
        var name = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"archiveservice-{RandomNumberGenerator.GetHexString(24, lowercase: true)}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(name, options);
        var path = name;
        try
        {
            if (OperatingSystem.IsLinux())
            {
                File.Delete(name);
                path = $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}";
            }

            var buffer = new byte[128 * 1024];
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
            {
                if (file.Length + read > most) throw new FileTooLarge();
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            await file.FlushAsync(ct);
            return new(file, path);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}

public sealed class FileTooLarge() : Exception("The file is over the limit.");
