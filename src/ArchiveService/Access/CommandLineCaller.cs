namespace ArchiveService.Access;

/// <summary>Whoever runs a verb has the data folder or the connection strings in hand. Administers, and is seen on the grants; reads and decides nothing.</summary>
public static class CommandLineCaller
{
    public static Caller Caller { get; } = new(
        new Guid("00000000-0000-8000-8000-000000000002"), "Kommandoraden", [new(Role.Admin, null)], Clearance: false, IsService: true, []);
}
