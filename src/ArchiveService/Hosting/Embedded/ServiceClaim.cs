using System.Text.Json;

namespace ArchiveService.Hosting.Embedded;

/// <summary>One service a data folder. Verbs need no claim: they share the folder's database with the service.</summary>
public sealed class ServiceClaim : IDisposable
{
    private readonly FolderLock claim;
    private readonly string note;

    private ServiceClaim(FolderLock claim, string note)
    {
        this.claim = claim;
        this.note = note;
    }

    private sealed record Holder(int Pid, IReadOnlyList<string> Addresses);

    /// <exception cref="CannotStart">Another service has the folder.</exception>
    public static ServiceClaim Take(string dataFolder)
    {
        var folder = DataFolder.Open(dataFolder, othersPassThrough: ServerUser.Find().IsOther);
        var note = Path.Combine(folder.Path, "service.json");
        if (FolderLock.TryExclusive(Path.Combine(folder.Path, ".service.lock")) is not { } claim)
        {
            var holder = File.Exists(note) ? JsonSerializer.Deserialize<Holder>(File.ReadAllText(note)) : null;
            var who = holder is null ? "" : $" (process {holder.Pid}{(holder.Addresses is [] ? "" : $", {string.Join(", ", holder.Addresses)}")})";
            throw new CannotStart($"An ArchiveService already serves {folder.Path}{who}. Use that one, or stop it first (Ctrl-C where it runs{(holder is null ? "" : $", or kill {holder.Pid}")}), or choose another folder with Archive__DataFolder.");
        }

        PrivateFile.Write(note, JsonSerializer.Serialize(new Holder(Environment.ProcessId, [])));
        return new(claim, note);
    }

    public void Announce(IEnumerable<string> addresses) =>
        PrivateFile.Write(note, JsonSerializer.Serialize(new Holder(Environment.ProcessId, [.. addresses])));

    public void Dispose()
    {
        File.Delete(note);
        claim.Dispose();
    }
}
