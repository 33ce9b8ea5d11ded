using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Attachments;
using ArchiveService.Evidence;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// What this archive, as a witness, cosigned last of each log, beside the erasure ledger and so outside the database: one that came back from a backup would otherwise
/// cosign a second story of what it had vouched for since. A file a log, written whole before the cosignature is given; the row of the log is locked meanwhile.
/// </summary>
public sealed class WitnessMemory(string folder)
{
    public static WitnessMemory Beside(ErasureLedger ledger) => new(Path.Combine(Path.GetDirectoryName(ledger.Path)!, "witnessed"));

    /// <summary>The checkpoint cosigned last; null where nothing was.</summary>
    /// <exception cref="CannotStart">The file is damaged: what was seen is not known, and nothing is cosigned.</exception>
    public Checkpoint? Last(string origin)
    {
        var path = Of(origin);
        if (!File.Exists(path)) return null;
        return Checkpoint.TryParse(File.ReadAllText(path), out var seen) && string.Equals(seen.Origin, origin, StringComparison.Ordinal)
            ? seen
            : throw new CannotStart($"{path} is not what it was written as: what was cosigned last of {origin} is not known, and nothing more of it is cosigned. Put back a copy of the file, or move it away when another copy is known not to be newer than the database.");
    }

    /// <summary>Durable when it returns.</summary>
    public void Keep(Checkpoint seen)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Of(seen.Origin);
        var unfinished = string.Create(CultureInfo.InvariantCulture, $"{path}.{Guid.CreateVersion7():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(unfinished, options))
        {
            file.Write(Encoding.UTF8.GetBytes((seen with { Extensions = [] }).Text()));
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
        Disk.SyncFolder(folder);
    }

    // A log's name is no file name.
    private string Of(string origin) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))[..32] + ".checkpoint");
}
