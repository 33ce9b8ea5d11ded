using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ArchiveService.Testing;

/// <summary>
/// A real PostgreSQL for the tests: a throw-away cluster of this process, or the server whose superuser connection string is in
/// <c>Test__Postgres</c>. Every test asks for a database of its own, copied from a template that is migrated once.
/// </summary>
public static class PostgresServer
{
    private static readonly Lazy<Task<string>> Superuser = new(Start);
    private static readonly Lazy<Task<string>> Template = new(MakeTemplate);
    private static int made;

    /// <summary>Set before the first database: what is committed is flushed to disk, as where the service is in use. For measuring.</summary>
    public static bool FlushesToDisk { get; set; }

    /// <summary>A migrated database of its own, with the five logins; dropped when disposed.</summary>
    public static Task<TestDatabase> NewDatabase() => TestDatabase.Create();

    /// <summary>A database with the logins and extensions but without any migration.</summary>
    public static Task<TestDatabase> NewEmptyDatabase() => TestDatabase.Create(migrated: false);

    /// <summary>The superuser's connection string to a database of this server.</summary>
    public static async Task<string> SuperuserOf(string database) =>
        new NpgsqlConnectionStringBuilder(await Superuser.Value) { Database = database, Pooling = false }.ConnectionString;

    internal static async Task<string> Copy(bool migrated)
    {
        var name = $"t_{Environment.ProcessId}_{Interlocked.Increment(ref made)}";
        if (!migrated)
        {
            await AsSuperuser("postgres", $"create database {name}");
            await using var turn = await TakeTurn();
            await Equip(name, turn);
            return name;
        }

        var template = await Template.Value;
        await AsSuperuser("postgres", $"create database {name} template {template} strategy file_copy owner archive_owner");
        await Permit(name);
        return name;
    }

    /// <summary>A copy of a database that nobody is connected to any more.</summary>
    internal static async Task<string> CopyOf(string other)
    {
        var name = $"t_{Environment.ProcessId}_{Interlocked.Increment(ref made)}";
        await AsSuperuser("postgres", $"create database {name} template {other} strategy file_copy owner archive_owner");
        await Permit(name);
        return name;
    }

    // Rights on the database itself are not part of a copy.
    private static Task Permit(string name) =>
        AsSuperuser(name, $"revoke all on database {name} from public; grant connect, temporary on database {name} to archive_writer; "
            + $"grant connect on database {name} to archive_public, archive_staff, archive_cleared");

    internal static Task Drop(string name) => AsSuperuser("postgres", $"drop database if exists {name} with (force)");

    internal static async Task<ArchiveConnections> ConnectionsOf(string database)
    {
        var server = new NpgsqlConnectionStringBuilder(await Superuser.Value);
        string Of(string login) => new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Database = database,
            Username = login,
            Password = PasswordOf(login, server),
            MaxPoolSize = 32,
            ConnectionIdleLifetime = 30,
            ConnectionPruningInterval = 5,
        }.ConnectionString;
        return new(Of("archive_owner"), Of("archive_writer"), Of("archive_public"), Of("archive_staff"), Of("archive_cleared"));
    }

    // Every process that shares the server arrives at the same passwords.
    private static string PasswordOf(string login, NpgsqlConnectionStringBuilder server) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{login} {server.Password}")))[..32];

    private static async Task<string> MakeTemplate()
    {
        var shape = string.Join('\n', Migrations.BuiltIn.Select(migration => migration.Checksum).Prepend(Migrations.RolesSql));
        var name = $"template_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shape)))[..16]}";

        await using var turn = await TakeTurn();
        await using (var exists = new NpgsqlCommand($"select 1 from pg_database where datname = '{name}'", turn))
        {
            if (await exists.ExecuteScalarAsync() is not null)
                return name;
        }

        // Under another name until it is whole.
        await Run(turn, $"drop database if exists {name}_new with (force)");
        await Run(turn, $"create database {name}_new");
        await Equip($"{name}_new", turn);
        await using (var owner = NpgsqlDataSource.Create((await ConnectionsOf($"{name}_new")).Owner + ";Pooling=false"))
            await Migrations.Apply(owner, CancellationToken.None);
        await Run(turn, $"alter database {name}_new rename to {name}");
        return name;
    }

    // Roles belong to the whole server, so that only one may be at them at a time; the turn ends with the connection.
    private static async Task<NpgsqlConnection> TakeTurn()
    {
        var turn = new NpgsqlConnection(await SuperuserOf("postgres"));
        await turn.OpenAsync();
        await Run(turn, "select pg_advisory_lock(4711200002)");
        return turn;
    }

    private static async Task Equip(string database, NpgsqlConnection turn)
    {
        await AsSuperuser(database, Migrations.RolesSql);
        var server = new NpgsqlConnectionStringBuilder(await Superuser.Value);
        foreach (var login in new[] { "archive_owner", "archive_writer", "archive_public", "archive_staff", "archive_cleared" })
            await Run(turn, $"alter role {login} password '{PasswordOf(login, server)}'");
    }

    private static async Task<string> Start()
    {
        if (Environment.GetEnvironmentVariable("Test__Postgres") is { Length: > 0 } given)
            return given;

        var folder = Path.Combine(Path.GetTempPath(), $"archiveservice-test-{Environment.ProcessId}");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        var server = await EmbeddedPostgres.Start(folder, FlushesToDisk ? ServerKind.LastingWithProcess : ServerKind.ThrowawayWithProcess, NullLogger.Instance, CancellationToken.None);
        RemoveAfterUs(folder, new NpgsqlConnectionStringBuilder(server.Superuser).Host!);
        return new NpgsqlConnectionStringBuilder(server.Superuser) { Database = "postgres" }.ConnectionString;
    }

    /// <summary>Removes them when this process has ended. The test host is given a tenth of a second at its end, which is not enough: a small process waits for the end instead.</summary>
    public static void RemoveAfterUs(params IEnumerable<string> folders) => Process.Start("setsid",
        [
            "sh", "-c", """exec </dev/null >/dev/null 2>&1; while [ -e "/proc/$1" ]; do sleep 0.5; done; sleep 0.5; shift; rm -rf "$@" """,
            "sh", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), .. folders,
        ]).Dispose();

    private static async Task AsSuperuser(string database, string sql)
    {
        await using var db = new NpgsqlConnection(await SuperuserOf(database));
        await db.OpenAsync();
        await Run(db, sql);
    }

    private static async Task Run(NpgsqlConnection db, string sql)
    {
        await using var command = new NpgsqlCommand(sql, db);
        await command.ExecuteNonQueryAsync();
    }
}
