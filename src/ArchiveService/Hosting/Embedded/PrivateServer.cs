using System.Diagnostics;
using Npgsql;

namespace ArchiveService.Hosting.Embedded;

/// <summary>Makes, starts, takes over and stops the server of one data folder. The caller holds the folder's start lock.</summary>
internal sealed class PrivateServer(DataFolder folder, ServerUser user, ServerKind kind)
{
    private bool IsThrowaway => kind is ServerKind.Throwaway or ServerKind.ThrowawayWithProcess;

    private bool DiesWithUs => kind is ServerKind.ThrowawayWithProcess or ServerKind.LastingWithProcess;

    /// <summary>Takes over a running server or starts one, and sees that the archive's database and logins exist.</summary>
    public async Task<ServerAccess> Run(CancellationToken ct)
    {
        var access = ReadAccess();
        if (Postmaster.Running(folder.Cluster) is { } running)
        {
            access = access with { SocketFolder = running.SocketFolder };
        }
        else
        {
            var binaries = await PostgresBinaries.Find(folder.MajorVersion(), ct);
            folder.RefuseWhenFull();
            access = await FreshSocket(access, ct);
            if (folder.MajorVersion() is null)
                await MakeCluster(binaries, access, ct);
            await StartServer(binaries, access, ct);
        }

        await AwaitAnswer(access, ct);
        await MakeDatabase(access, ct);
        return access;
    }

    /// <summary>Fast shutdown: sessions end, everything committed is on disk.</summary>
    public async Task Stop()
    {
        var running = Postmaster.Running(folder.Cluster);
        if (running is not null)
        {
            await user.Run(["sh", "-c", $"kill -{(DiesWithUs ? "QUIT" : "INT")} {running.Pid}"], CancellationToken.None);
            while (Postmaster.Running(folder.Cluster) is not null)
                await Task.Delay(20);
        }

        if ((running?.SocketFolder ?? ServerAccess.Read(folder.Access)?.SocketFolder) is { } socketFolder)
            RemoveSocket(socketFolder);
    }

    private ServerAccess ReadAccess()
    {
        if (ServerAccess.Read(folder.Access) is { } known)
            return known;
        if (folder.MajorVersion() is not null)
            throw new CannotStart($"{folder.Postgres} holds a database, but {folder.Access} with its passwords is missing. Put it back from a copy, or choose another folder with Archive__DataFolder.");
        return ServerAccess.New();
    }

    private async Task<ServerAccess> FreshSocket(ServerAccess access, CancellationToken ct)
    {
        RemoveSocket(access.SocketFolder);
        var fresh = access with { SocketFolder = ServerAccess.NewSocketFolderName() };
        Directory.CreateDirectory(fresh.SocketFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await user.Own(fresh.SocketFolder, ct);
        fresh.Write(folder.Access);
        return fresh;
    }

    private static void RemoveSocket(string socketFolder)
    {
        if (Directory.Exists(socketFolder))
            Directory.Delete(socketFolder, recursive: true);
    }

    // Made beside its place and moved there when whole, so that an interrupted start leaves nothing half-made in use.
    private async Task MakeCluster(PostgresBinaries binaries, ServerAccess access, CancellationToken ct)
    {
        var unfinished = folder.Cluster + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        var secret = Path.Combine(access.SocketFolder, "password");
        PrivateFile.Write(secret, access.Passwords[ServerAccess.Superuser]);
        await user.Own(secret, ct);
        var (code, said) = await user.Run(
            [
                binaries["initdb"], "-D", unfinished, "-U", ServerAccess.Superuser, "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
                "--auth=scram-sha-256", $"--pwfile={secret}", "--no-sync",
            ],
            ct);
        File.Delete(secret);
        if (code != 0)
            throw new CannotStart($"PostgreSQL could not make its database in {folder.Postgres}: {Tail(said)}");

        // One flush of the file system takes a fraction of the time that initdb needs for its thousand files one by one.
        if (!IsThrowaway && await ServerUser.Self.Run(["sync", "--file-system", unfinished], ct) is (not 0, var why))
            throw new CannotStart($"The new database in {folder.Postgres} could not be flushed to disk: {why.Trim()}");
        Directory.Move(unfinished, folder.Cluster);
    }

    private async Task StartServer(PostgresBinaries binaries, ServerAccess access, CancellationToken ct)
    {
        Postmaster.ForgetStale(folder.Cluster);
        IEnumerable<string> command = [binaries["postgres"], "-D", folder.Cluster, .. ServerSettings.For(access.SocketFolder, IsThrowaway)];

        // After a kill -9 of the server its last children may hold the shared memory for a moment more.
        for (var attempt = 1; ; attempt++)
        {
            var before = File.Exists(folder.Log) ? new FileInfo(folder.Log).Length : 0;
            var server = user.Launch(command, folder.Log, diesWithUs: DiesWithUs);
            if (await Listens(server, ct))
                return;

            var said = Since(folder.Log, before);
            if (attempt > 20 || !said.Contains("pre-existing shared memory block", StringComparison.Ordinal))
                throw new CannotStart($"PostgreSQL did not start in {folder.Cluster}: {Tail(said)} (log: {folder.Log})");
            await Task.Delay(500, ct);
        }
    }

    private async Task<bool> Listens(Process server, CancellationToken ct)
    {
        while (!server.HasExited)
        {
            if (Postmaster.Running(folder.Cluster) is { } running && running.Pid == server.Id)
                return true;
            await Task.Delay(20, ct);
        }

        return false;
    }

    // Recovery after a crash may take minutes; as long as the server lives it gets them.
    private async Task AwaitAnswer(ServerAccess access, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await using var db = await Connect(access, "postgres", ct);
                return;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidPassword)
            {
                throw new CannotStart($"The database in {folder.Postgres} does not know the passwords in {folder.Access}. Put the file back that belongs to it, or choose another folder with Archive__DataFolder.", error);
            }
            catch (NpgsqlException error) when (error is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
            {
                if (Postmaster.Running(folder.Cluster) is null)
                    throw new CannotStart($"PostgreSQL stopped while starting in {folder.Cluster}: {Tail(Since(folder.Log, 0))} (log: {folder.Log})", error);
                await Task.Delay(20, ct);
            }
        }
    }

    private static async Task MakeDatabase(ServerAccess access, CancellationToken ct)
    {
        await using (var server = await Connect(access, "postgres", ct))
        {
            await using var exists = new NpgsqlCommand($"select 1 from pg_database where datname = '{ServerAccess.Database}'", server);
            if (await exists.ExecuteScalarAsync(ct) is null)
            {
                await using var create = new NpgsqlCommand($"create database {ServerAccess.Database}", server);
                await create.ExecuteNonQueryAsync(ct);
            }
        }

        await using var db = await Connect(access, ServerAccess.Database, ct);
        await using (var roles = new NpgsqlCommand(Migrations.RolesSql, db))
            await roles.ExecuteNonQueryAsync(ct);
        foreach (var login in ServerAccess.Logins)
            await SetPassword(db, login, access.Passwords[login], ct);
    }

    private static async Task SetPassword(NpgsqlConnection db, string login, string password, CancellationToken ct)
    {
        await using var without = new NpgsqlCommand("select 1 from pg_authid where rolname = $1 and rolpassword is null", db);
        without.Parameters.Add(new() { Value = login });
        if (await without.ExecuteScalarAsync(ct) is null)
            return;
        await using var set = new NpgsqlCommand($"alter role {login} password '{password}'", db);
        await set.ExecuteNonQueryAsync(ct);
    }

    private static async Task<NpgsqlConnection> Connect(ServerAccess access, string database, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(access.ConnectionString(ServerAccess.Superuser, database) + ";Pooling=false");
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static string Since(string log, long position)
    {
        if (!File.Exists(log))
            return "";
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Max(Math.Min(position, file.Length), file.Length - 8192);
        using var text = new StreamReader(file);
        return text.ReadToEnd();
    }

    private static string Tail(string said) => string.Join(" | ", said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(4));
}
