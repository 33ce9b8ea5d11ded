using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Evidence;

/// <summary><c>./run evidence rotate-key</c> and <c>./run evidence status</c>.</summary>
public static class EvidenceVerb
{
    public static Command Verb(OpenArchive open)
    {
        var rotate = new Command("rotate-key", "Another key signs checkpoints from here on; the old one names it. The key file must be writable: keep a new copy of it apart afterwards.");
        rotate.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var (rotated, refused) = await archive.Services.GetRequiredService<KeyRotation>().Run(CommandLineCaller.Caller, ct);
            if (refused is not null)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(refused.Explanation);
                return 1;
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"Checkpoints of {rotated!.Origin} beyond {rotated.FromSize} events are signed by {rotated.To}");
            await parsed.InvocationConfiguration.Output.WriteLineAsync("Keep a copy of the key file apart: the old copy does not sign any more.");
            return 0;
        });
        var status = new Command("status", "How the evidence log stands, and what copies outside know of it.");
        status.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var head in await archive.Services.GetRequiredService<EvidenceLog>().All(ct))
                await output.WriteLineAsync($"{head.Origin}: {head.Size} events{(head.Closed ? ", closed" : "")}; {head.Key}");
            var compared = await archive.Services.GetRequiredService<LogComparison>().Run(ct);
            await output.WriteLineAsync($"Copies outside: {compared.State.ToString().ToLowerInvariant()}");
            foreach (var lost in compared.Lost) await output.WriteLineAsync($"  {lost.Origin}: {lost.Size} events vouched for {lost.SignedAt:u}");
            return compared.State == LogState.Level ? 0 : 1;
        });
        return new("evidence", "The log that vouches for the archive.") { rotate, status };
    }
}
