using Npgsql;

namespace ArchiveService.Hosting.Embedded;

/// <summary>How much care a server's data gets.</summary>
public enum ServerKind
{
    /// <summary>What is committed is on disk.</summary>
    Lasting,

    /// <summary>For tests: nothing is flushed to disk.</summary>
    Throwaway,

    /// <summary>Throw-away, and stopped by the kernel when this process ends, however it ends.</summary>
    ThrowawayWithProcess,

    /// <summary>For measuring: flushes as a lasting one does, and is stopped by the kernel when this process ends.</summary>
    LastingWithProcess,
}

/// <summary>
/// A private PostgreSQL in the data folder, shared by the service and every <c>./run VERB</c> on the same folder.
/// Who comes first starts it, who leaves last stops it; a server left by a killed process is taken over.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DataFolder folder;
    private readonly PrivateServer server;
    private readonly ServerAccess access;
    private readonly FolderLock shared;

    private EmbeddedPostgres(DataFolder folder, PrivateServer server, ServerAccess access, FolderLock shared)
    {
        this.folder = folder;
        this.server = server;
        this.access = access;
        this.shared = shared;
    }

    public ArchiveConnections Connections => access.Connections;

    /// <summary>The superuser, for <c>./run scrub</c> and the tests; no pool of the service uses it.</summary>
    public string Superuser => access.ConnectionString(ServerAccess.Superuser);

    /// <summary>The process id of the running server; 0 when it has stopped.</summary>
    public int Pid => Postmaster.Running(folder.Cluster)?.Pid ?? 0;

    /// <summary>The folder of the database files, and the server's log.</summary>
    public string Cluster => folder.Cluster;

    public string Log => folder.Log;

    public static Task<EmbeddedPostgres> Start(string dataFolder, ILogger log, CancellationToken ct) => Start(dataFolder, ServerKind.Lasting, log, ct);

    /// <param name="dataFolder">Made when absent.</param>
    /// <param name="kind">How much care the data gets; for tests the cheaper ones.</param>
    /// <param name="log">Told when the database files had to be put elsewhere.</param>
    /// <param name="ct">A cancelled start stops what it had started.</param>
    /// <exception cref="CannotStart">With what is wrong and what to do.</exception>
    public static async Task<EmbeddedPostgres> Start(string dataFolder, ServerKind kind, ILogger log, CancellationToken ct)
    {
        var user = ServerUser.Find();
        var folder = DataFolder.Open(dataFolder, othersPassThrough: user.IsOther);
        var server = new PrivateServer(folder, user, kind);
        using var turn = await FolderLock.Exclusive(folder.StartLock, Patience, () => StillBusy(folder), ct);
        var shared = FolderLock.TryShared(folder.UsersLock) ?? throw StillBusy(folder);
        try
        {
            if (await folder.PreparePostgres(user, ct) is { } elsewhere)
                log.LogWarning("{Place}", elsewhere);
            return new(folder, server, await server.Run(ct), shared);
        }
        catch
        {
            await Leave(folder, server, shared);
            throw;
        }
    }

    /// <summary>Lets go of the server; it stops when nobody else uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        using var turn = await FolderLock.Exclusive(folder.StartLock, Patience, () => StillBusy(folder), CancellationToken.None);
        await Leave(folder, server, shared);
    }

    // The start lock is held: nobody can join between letting go and looking whether anybody is left.
    private static async Task Leave(DataFolder folder, PrivateServer server, FolderLock shared)
    {
        shared.Dispose();
        if (FolderLock.TryExclusive(folder.UsersLock) is { } alone)
        {
            using (alone)
                await server.Stop();
        }
    }

    private static CannotStart StillBusy(DataFolder folder) => new(
        $"Another process has been starting or stopping the database in {folder.Path} for {Patience.TotalMinutes:0} minutes. Wait for it, or end it if it hangs.");
}
