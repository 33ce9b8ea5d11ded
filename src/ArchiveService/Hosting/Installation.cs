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
    public static async Task<Installation> Open(IConfiguration configuration, CancellationToken ct)
    {
        var folder = DataFolderOf(configuration);
        var configured = ArchiveConnections.From(configuration);
        var embedded = configured is null ? await EmbeddedPostgres.Start(folder, new PlainWarnings(), ct) : null;
        var databases = new Databases(configured ?? embedded!.Connections);
        try
        {
            await databases.Check(ct);
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
