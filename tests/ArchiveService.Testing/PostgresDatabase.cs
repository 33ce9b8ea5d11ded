using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Testing;

/// <summary>A database of one test (or one fixture), with the five logins' pools and connection strings.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Lazy<NpgsqlDataSource> superuser;

    private TestDatabase(string name, Databases databases, string superuser)
    {
        Name = name;
        Databases = databases;
        SuperuserConnection = superuser;
        this.superuser = new(() => NpgsqlDataSource.Create(superuser));
    }

    public string Name { get; }

    public Databases Databases { get; }

    public ArchiveConnections Connections => Databases.Connections;

    public NpgsqlDataSource Owner => Databases.Owner;

    public NpgsqlDataSource Writer => Databases.Writer;

    public NpgsqlDataSource Public => Databases.Public;

    public NpgsqlDataSource Staff => Databases.Staff;

    public NpgsqlDataSource Cleared => Databases.Cleared;

    /// <summary>For what no login of the service may do, such as looking at locks of others or ending their sessions.</summary>
    public NpgsqlDataSource Superuser => superuser.Value;

    public string SuperuserConnection { get; }

    /// <summary>The settings a started service needs to use this database, in configuration form.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["ConnectionStrings:Archive"] = Connections.Writer,
        ["ConnectionStrings:ArchiveOwner"] = Connections.Owner,
        ["ConnectionStrings:ArchivePublic"] = Connections.Public,
        ["ConnectionStrings:ArchiveStaff"] = Connections.Staff,
        ["ConnectionStrings:ArchiveCleared"] = Connections.Cleared,
    };

    public static async Task<TestDatabase> Create(bool migrated = true)
    {
        var name = await PostgresServer.Copy(migrated);
        return new(name, new(await PostgresServer.ConnectionsOf(name)), await PostgresServer.SuperuserOf(name));
    }

    /// <summary>The same once more. Nobody may be connected to this one.</summary>
    public async Task<TestDatabase> Copy()
    {
        var name = await PostgresServer.CopyOf(Name);
        return new(name, new(await PostgresServer.ConnectionsOf(name)), await PostgresServer.SuperuserOf(name));
    }

    /// <summary>Ends every connection of its own pools.</summary>
    public Task Leave() => Databases.DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await Databases.DisposeAsync();
        if (superuser.IsValueCreated)
            await superuser.Value.DisposeAsync();
        await PostgresServer.Drop(Name);
    }
}
