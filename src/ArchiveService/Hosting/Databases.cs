using Npgsql;

namespace ArchiveService.Hosting;

/// <summary>Connection strings of the five logins.</summary>
public sealed record ArchiveConnections(string Owner, string Writer, string Public, string Staff, string Cleared)
{
    /// <summary>The configured five; null when none is, which means the embedded server.</summary>
    /// <exception cref="CannotStart">Only some of the five are configured.</exception>
    public static ArchiveConnections? From(IConfiguration configuration)
    {
        string[] names = ["Archive", "ArchiveOwner", "ArchivePublic", "ArchiveStaff", "ArchiveCleared"];
        var missing = names.Where(name => string.IsNullOrWhiteSpace(configuration.GetConnectionString(name))).ToList();
        if (missing.Count == names.Length)
            return null;
        if (missing.Count > 0)
        {
            throw new CannotStart(
                $"{string.Join(", ", missing.Select(name => $"ConnectionStrings__{name}"))} missing: with a database of your own all of "
                + $"{string.Join(", ", names.Select(name => $"ConnectionStrings__{name}"))} are needed, each its own login (db/README.md). Without any of them the service starts its own PostgreSQL.");
        }

        string Of(string name) => configuration.GetConnectionString(name)!;
        return new(Of("ArchiveOwner"), Of("Archive"), Of("ArchivePublic"), Of("ArchiveStaff"), Of("ArchiveCleared"));
    }
}

/// <summary>The five pools, one a login, none of which is a member of another (architecture §9 Walls).</summary>
public sealed class Databases(ArchiveConnections connections) : IAsyncDisposable
{
    public ArchiveConnections Connections { get; } = connections;

    /// <summary>Migrations, scrub and key rotation.</summary>
    public NpgsqlDataSource Owner { get; } = Pool(connections.Owner, "owner", 8);

    /// <summary>Appends, inbox and projections.</summary>
    public NpgsqlDataSource Writer { get; } = Pool(connections.Writer, "writer", 40, prepared: 64);

    /// <summary>Reads for people nobody has asked who they are.</summary>
    public NpgsqlDataSource Public { get; } = Pool(connections.Public, "public", 16);

    /// <summary>Reads for staff without clearance.</summary>
    public NpgsqlDataSource Staff { get; } = Pool(connections.Staff, "staff", 24);

    /// <summary>Reads for staff with clearance; beside the writer the only one that may read keys and sealed content.</summary>
    public NpgsqlDataSource Cleared { get; } = Pool(connections.Cleared, "cleared", 16);

    private IEnumerable<(string Setting, NpgsqlDataSource Pool)> All =>
    [
        ("ConnectionStrings__ArchiveOwner", Owner), ("ConnectionStrings__Archive", Writer), ("ConnectionStrings__ArchivePublic", Public),
        ("ConnectionStrings__ArchiveStaff", Staff), ("ConnectionStrings__ArchiveCleared", Cleared),
    ];

    /// <summary>Refuses a server or logins on which the store's guarantees would not hold.</summary>
    public async Task Check(CancellationToken ct)
    {
        var settingOf = new Dictionary<string, string>();
        foreach (var (setting, pool) in All)
        {
            var server = await Ask(setting, pool, ct);
            if (server.Version < 150000)
                throw new CannotStart($"{setting} leads to PostgreSQL {server.Version / 10000}; 15 or newer is needed.");
            if (server.Encoding != "UTF8")
                throw new CannotStart($"The database of {setting} is stored as {server.Encoding}; create it with encoding UTF8.");

            // A prepared transaction keeps its sequence lock beyond its session, which the hole-safe reader does not wait out (event-store.md §3).
            if (server.PreparedTransactions > 0)
                throw new CannotStart($"The server has max_prepared_transactions = {server.PreparedTransactions}. Set it to 0 and restart PostgreSQL: with prepared transactions the reader of events could lose one.");
            if (server.IsSuperuser)
                throw new CannotStart($"{setting} logs in as the superuser {server.User}. Use the login that db/roles.sql made for it.");
            if (!settingOf.TryAdd(server.User, setting))
                throw new CannotStart($"{setting} and {settingOf[server.User]} both log in as {server.User}. The walls between readers need five different logins (db/roles.sql).");
        }

        await RefuseMembers([.. settingOf.Keys], ct);
    }

    private async Task RefuseMembers(string[] logins, CancellationToken ct)
    {
        await using var query = Writer.CreateCommand("""
            select m.rolname || ' is a member of ' || g.rolname
            from pg_roles m, pg_roles g
            where m.rolname = any($1) and g.rolname = any($1) and m.oid <> g.oid and pg_has_role(m.oid, g.oid, 'member')
            """);
        query.Parameters.Add(new() { Value = logins });
        if (await query.ExecuteScalarAsync(ct) is string membership)
            throw new CannotStart($"The login {membership}. Revoke that: one login inside another opens the wall between them.");
    }

    private static async Task<(int Version, string Encoding, int PreparedTransactions, string User, bool IsSuperuser)> Ask(
        string setting, NpgsqlDataSource pool, CancellationToken ct)
    {
        try
        {
            await using var query = pool.CreateCommand("""
                select current_setting('server_version_num')::int, current_setting('server_encoding'),
                       current_setting('max_prepared_transactions')::int, current_user::text, current_setting('is_superuser') = 'on'
                """);
            await using var row = await query.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            return (row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetBoolean(4));
        }
        catch (NpgsqlException error)
        {
            var why = error is PostgresException refused ? refused.MessageText : error.InnerException?.Message ?? error.Message;
            throw new CannotStart($"The database of {setting} does not answer: {why}. See that PostgreSQL runs and that host, database, user and password are right.", error);
        }
    }

    /// <param name="prepared">How many statements a session keeps parsed and planned. Behind a proxy that pools transactions, give Max Auto Prepare=0.</param>
    private static NpgsqlDataSource Pool(string connection, string name, int most, int prepared = 0)
    {
        var given = new NpgsqlConnectionStringBuilder(connection);

        // ShouldSerialize tells what the string itself says; ContainsKey is true of every setting there is.
        if (!given.ShouldSerialize("Maximum Pool Size"))
            given.MaxPoolSize = most;
        if (!given.ShouldSerialize("Max Auto Prepare"))
            given.MaxAutoPrepare = prepared;

        // A chunk of captured acts is hundreds of kilobytes: sent in eight of the driver's own pieces at a time.
        if (!given.ShouldSerialize("Write Buffer Size"))
            given.WriteBufferSize = 64 * 1024;
        if (!given.ShouldSerialize("Application Name"))
            given.ApplicationName = $"ArchiveService {name}";

        // Details quote stored values, and errors reach logs.
        given.IncludeErrorDetail = false;
        return new NpgsqlDataSourceBuilder(given.ConnectionString) { Name = name }.Build();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, pool) in All)
            await pool.DisposeAsync();
    }
}
