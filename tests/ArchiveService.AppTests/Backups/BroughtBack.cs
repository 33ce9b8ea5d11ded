using System.Diagnostics;
using ArchiveService.Attachments;
using ArchiveService.Features.Backups;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ArchiveService.AppTests.Backups;

/// <summary>An empty database and data folder that a backup is brought back into, as ./run restore does it.</summary>
internal sealed class BroughtBack : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly Installation installation;
    private readonly WebApplication app;

    private BroughtBack(TestDatabase database, DirectoryInfo folder, Installation installation, WebApplication app) => (Database, this.folder, this.installation, this.app) = (database, folder, installation, app);

    public TestDatabase Database { get; }

    public IServiceProvider Services => app.Services;

    public string DataFolder => folder.FullName;

    public static async Task<BroughtBack> Into(string keys, string ledger, IReadOnlyDictionary<string, string?>? more = null)
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-restored-");
        var database = await PostgresServer.NewEmptyDatabase();
        var builder = WebHost.NewBuilder(["--applicationName=ArchiveService", "--environment=Production"]);
        builder.LogTo(standardError: true, LogLevel.Error);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(database.Settings)
        {
            ["Archive:DataFolder"] = folder.FullName,
            ["Keys:MasterKeyFile"] = keys,
            ["Erasure:Ledger"] = ledger,
        });
        builder.Configuration.AddInMemoryCollection(more ?? new Dictionary<string, string?>());
        var installation = await Installation.OpenForRestore(builder.Configuration, default);
        builder.AddArchive(installation);
        var app = builder.Build();
        await app.Services.GetRequiredService<IObjectStore>().Probe(default);
        return new(database, folder, installation, app);
    }

    public async Task<Restored> Restore(string backup, IReadOnlyList<KnownOutside>? known = null)
    {
        var keys = (KeyFile)Services.GetRequiredService<IKeyProvider>();
        var manifest = await RestoreCheck.Look(backup, keys, Services.GetRequiredService<ErasureLedger>(), _ => { }, default);
        return await ActivatorUtilities.CreateInstance<Restore>(Services).Run(backup, manifest, "Rolf Återläsare", known, null, default);
    }

    public async Task<Verification> Verified() => await ActivatorUtilities.CreateInstance<VerifyArchive>(Services).Run(null, default);

    public async Task<IReadOnlyList<string>> Errors() => [.. (await Verified()).Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}")];

    public Task<Rebuilt> Rebuilt() => Services.GetRequiredService<RebuildViews>().Run(acceptDifferences: false, null, default);

    public async Task<T> Ask<T>(string sql)
    {
        await using var query = Database.Owner.CreateCommand(sql);
        return (T)(await query.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await installation.DisposeAsync();
        await Database.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>What a dump holds, unpacked.</summary>
    public static async Task<string> Unpacked(string dump)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec $(ls -d /usr/lib/postgresql/*/bin | tail -1)/pg_restore --file=- \"$0\"", dump]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return text;
    }
}
