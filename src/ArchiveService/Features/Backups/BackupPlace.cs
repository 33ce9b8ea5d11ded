using ArchiveService.Hosting;

namespace ArchiveService.Features.Backups;

/// <summary>Where rotations put their backups: <c>Backup__Folder</c>, or in the trial mode a folder beside the data.</summary>
public sealed record BackupPlace(string? Folder)
{
    public static BackupPlace From(IConfiguration configuration, Installation installation) => new(
        configuration["Backup:Folder"] is { Length: > 0 } given ? Path.GetFullPath(given) : installation.IsEmbedded ? Path.Combine(installation.DataFolder, "backups") : null);

    public string Required => Folder ?? throw new CannotStart("Give the folder that the backup is to be put into: --backup DIR, or Backup__Folder. Only when that backup has been opened is the old epoch key destroyed.");
}
