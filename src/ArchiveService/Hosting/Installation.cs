using ArchiveService.Hosting.Embedded;

namespace ArchiveService.Hosting;

/// <summary>What this process works on: the configured databases, or the embedded server of a data folder. Checked and migrated.</summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly EmbeddedPostgres? embedded;

    private Installation(string dataFolder, EmbeddedPostgres? embedded, Databases databases, int migrationsApplied)
    {
        DataFolder = dataFolder;
        this.embedded = embedded;
        Databases = databases;
        MigrationsApplied = migrationsApplied;
    }

    /// <summary><c>Archive__DataFolder</c>, or <c>data</c> in the current folder. With configured databases it need not exist.</summary>
    public string DataFolder { get; }

    /// <summary>The trial mode: database, keys and attachments in the data folder, local accounts, loopback only.</summary>
    public bool IsEmbedded => embedded is not null;

    public EmbeddedPostgres? Embedded => embedded;

    public Databases Databases { get; }

    public int MigrationsApplied { get; }

    public static string DataFolderOf(IConfiguration configuration) =>
        Path.GetFullPath(configuration["Archive:DataFolder"] is { Length: > 0 } given ? given : "data");

    /// <exception cref="CannotStart">With what is wrong and what to do.</exception>
    public static Task<Installation> Open(IConfiguration configuration, CancellationToken ct) => Open(configuration, forRestore: false, ct);

    /// <summary>As it stands: neither migrated nor refused for a restore that has not ended.</summary>
    /// <exception cref="CannotStart">With what is wrong and what to do.</exception>
    public static Task<Installation> OpenForRestore(IConfiguration configuration, CancellationToken ct) => Open(configuration, forRestore: true, ct);

    /// <summary>What a database bears while a backup is brought back into it.</summary>
    public static string RestoringMark(Guid backup) => $"ArchiveService: restoring backup {backup:D}";

    /// <summary>The mark; null when no restore is under way.</summary>
    public static async Task<string?> MarkOf(Npgsql.NpgsqlDataSource owner, CancellationToken ct)
    {
        await using var query = owner.CreateCommand("select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()");
        return await query.ExecuteScalarAsync(ct) is string said && said.StartsWith("ArchiveService: restoring ", StringComparison.Ordinal) ? said : null;
    }

    private static async Task<Installation> Open(IConfiguration configuration, bool forRestore, CancellationToken ct)
    {
        var folder = DataFolderOf(configuration);
        var configured = ArchiveConnections.From(configuration);
        var embedded = configured is null ? await EmbeddedPostgres.Start(folder, new PlainWarnings(), ct) : null;
        var databases = new Databases(configured ?? embedded!.Connections);
        try
        {
            await databases.Check(ct);
            if (forRestore) return new(folder, embedded, databases, 0);
            if (await MarkOf(databases.Owner, ct) is not null)
                throw new CannotStart("A backup is being brought back into this database and that has not ended: what was destroyed after it may have come back. Run ./run restore DIR again, which goes on from there.");
            return new(folder, embedded, databases, await Migrations.Apply(databases.Owner, ct));
        }
        catch
        {
            await databases.DisposeAsync();
            if (embedded is not null)
                await embedded.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Databases.DisposeAsync();
        if (embedded is not null)
            await embedded.DisposeAsync();
    }

    // The service's own logging begins later than its database.
    private sealed class PlainWarnings : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Console.Error.WriteLine(formatter(state, exception));
        }
    }
}
