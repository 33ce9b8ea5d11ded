using System.CommandLine;
using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Seed;

/// <summary><c>./run seed</c>: the demo archive, loaded through the same commands as everybody uses, never by SQL.</summary>
public static class SeedVerb
{
    public static Command Verb(OpenArchive open)
    {
        var verb = new Command("seed", "Loads a believable demo archive: one authority per guideline, half a year of posts, comments and messages. May be run again.");
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            await archive.Services.MustStoreAttachments(ct);
            return await Run(archive.Services, parsed.InvocationConfiguration.Output, ct);
        });
        return verb;
    }

    private static async Task<int> Run(IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        // The views must follow while we work, whether the service runs or not; whoever leads a projection leads it alone.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var projections = services.GetRequiredService<ProjectionHost>().Worker.Run(stop.Token);
        try
        {
            await foreach (var line in DemoArchive.Of(services).Load(ct)) await output.WriteLineAsync(line);
            if (services.GetRequiredService<Installation>().IsEmbedded) await Users(services, output, ct);
            return 0;
        }
        finally
        {
            await stop.CancelAsync();
            await projections.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private static async Task Users(IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        var folder = services.GetRequiredService<Installation>().DataFolder;
        var file = Path.Combine(folder, "demo-login.txt");
        var password = File.Exists(file) ? (await File.ReadAllTextAsync(file, ct)).Trim() : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        if (!File.Exists(file))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using var written = new StreamWriter(file, options);
            await written.WriteLineAsync(password.AsMemory(), ct);
        }

        await output.WriteLineAsync($"Demo users, all with the password {password} (also in {file}):");
        foreach (var (username, name, roles, clearance) in DemoArchive.People)
        {
            var ensured = await services.GetRequiredService<PersonRegister>().Ensure(name, username, password, [.. roles.Select(r => new Grant(r, null))], clearance, DemoArchive.By, ct);
            await output.WriteLineAsync(ensured is Registered.Refused { Why: var why }
                ? $"  {username}: {why.Explanation}"
                : $"  {username,-12} {name}, {string.Join(" and ", roles.Select(r => r.ToString().ToLowerInvariant()))}{(clearance ? ", cleared" : "")}");
        }
    }
}
