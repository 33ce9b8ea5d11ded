using System.CommandLine;

namespace ArchiveService.Hosting;

/// <summary><c>./run migrate</c>: brings the database to this build's shape without serving, for those who want to do that at a time of their own.</summary>
public static class MigrateVerb
{
    public static Command Verb(OpenArchive open)
    {
        var verb = new Command("migrate", "Brings the database to this build's shape. Serving and every other verb do the same first.");
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"{archive.MigrationsApplied} migrations applied; the database is at {(Migrations.BuiltIn is [.., var last] ? last.Name : "its beginning")}.");
            return 0;
        });
        return verb;
    }
}
