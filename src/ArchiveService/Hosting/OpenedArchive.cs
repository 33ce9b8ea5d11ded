namespace ArchiveService.Hosting;

/// <summary>The archive as a verb sees it.</summary>
public sealed class OpenedArchive : IAsyncDisposable
{
    private readonly Installation installation;
    private readonly WebApplication app;

    private OpenedArchive(Installation installation, WebApplication app)
    {
        this.installation = installation;
        this.app = app;
    }

    public IServiceProvider Services => app.Services;

    public int MigrationsApplied => installation.MigrationsApplied;

    public static async Task<OpenedArchive> Open(CancellationToken ct)
    {
        var builder = WebHost.NewBuilder([]);
        builder.LogTo(standardError: true, LogLevel.Warning);
        var installation = await Installation.Open(builder.Configuration, ct);
        try
        {
            builder.AddArchive(installation);
            var app = builder.Build();
            await app.Services.GetRequiredService<Features.Evidence.LogStanding>().LookBeforeVerb(ct);
            return new(installation, app);
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await installation.DisposeAsync();
    }
}
