using System.Security.Cryptography;

namespace ArchiveService.Capture.Archives;

/// <summary>Temporary files under a key that lives in memory only: a process that is killed leaves nothing readable behind.</summary>
internal sealed class EncryptedSpool : IDisposable
{
    private const int IvBytes = 16;

    private readonly DirectoryInfo folder;
    private readonly Aes aes = Aes.Create();
    private int written;

    public EncryptedSpool(string? parent)
    {
        // The system call behind it gives the folder to its owner alone.
        folder = parent is null
            ? Directory.CreateTempSubdirectory("archiveservice-")
            : Directory.CreateDirectory(Path.Combine(parent, $"archiveservice-{RandomNumberGenerator.GetHexString(16, lowercase: true)}"));
    }

    /// <summary>Writes until <paramref name="content"/> ends and returns the name to open it by and its length.</summary>
    public async Task<(string Name, long Length)> Add(Stream content, CancellationToken ct)
    {
        var name = (++written).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var iv = RandomNumberGenerator.GetBytes(IvBytes);
        await using var file = new FileStream(PathOf(name), FileMode.CreateNew, FileAccess.Write);
        await file.WriteAsync(iv, ct);
        using var encryptor = aes.CreateEncryptor(aes.Key, iv);
        await using var sealing = new CryptoStream(file, encryptor, CryptoStreamMode.Write);
        var counted = new WatchedStream(content, leaveOpen: true);
        await counted.CopyToAsync(sealing, ct);
        await sealing.FlushFinalBlockAsync(ct);
        return (name, counted.Count);
    }

    public void Remove(string name) => File.Delete(PathOf(name));

    public Stream Open(string name)
    {
        var file = File.OpenRead(PathOf(name));
        Span<byte> iv = stackalloc byte[IvBytes];
        file.ReadExactly(iv);
        return new CryptoStream(file, aes.CreateDecryptor(aes.Key, iv.ToArray()), CryptoStreamMode.Read);
    }

    public void Dispose()
    {
        aes.Dispose();
        folder.Delete(recursive: true);
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
