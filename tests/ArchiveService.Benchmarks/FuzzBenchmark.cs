using System.Diagnostics;
using System.Globalization;
using ArchiveService.Fuzzing;

namespace ArchiveService.Benchmarks;

/// <summary>
/// Readers under hostile input for as long as it is told (<c>--seconds N</c>, shared by all readers; <c>--seed N</c> is where each begins): executions a second, and the seed of
/// whatever broke a promise. <c>./run bench fuzz --seconds 0 --seed N</c> makes one input again for every reader.
/// </summary>
internal static class FuzzBenchmark
{
    public static int Seconds { get; set; } = 60;

    public static int Seed { get; set; } = 1;

    public static async Task Run()
    {
        var each = TimeSpan.FromSeconds((double)Seconds / FuzzTargets.All.Count);
        var failures = new List<FuzzFailure>();
        Console.WriteLine("| Reader | Samples | Executions | Executions/s | MB/s | Failures | Next seed |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var target in FuzzTargets.All.Select(WithSharedSamples))
        {
            var (clock, seed, bytes, failed) = (Stopwatch.GetTimestamp(), (long)Seed, 0L, 0);
            do
            {
                if (await Fuzz.Once(target, seed, input => bytes += input.Length) is { } failure)
                {
                    failures.Add(failure);
                    failed++;
                }

                seed++;
            }
            while (Stopwatch.GetElapsedTime(clock) < each);

            var took = Stopwatch.GetElapsedTime(clock).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {target.Name} | {target.Samples.Count} | {seed - Seed} | {(seed - Seed) / took:N0} | {bytes / took / 1e6:N1} | {failed} | {seed} |"));
        }

        foreach (var failure in failures.Take(20))
        {
            var path = Path.Combine(Path.GetTempPath(), $"archiveservice-fuzz-{failure.Target}-{failure.Seed}.bin");
            await File.WriteAllBytesAsync(path, failure.Input);
            Console.WriteLine($"{failure} (input in {path})");
        }

        if (failures.Count > 0) throw new InvalidOperationException($"{failures.Count} inputs broke a reader's promise.");
    }

    /// <summary>The samples that are not part of the repository, where they lie beside it or where <c>ARCHIVESERVICE_SHARED</c> points.</summary>
    private static FuzzTarget WithSharedSamples(FuzzTarget target)
    {
        var shared = Environment.GetEnvironmentVariable("ARCHIVESERVICE_SHARED") ?? Path.Combine("..", "shared");
        var more = target.Shared.Select(folder => Path.Combine(shared, "data", folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)
            .Where(file => new FileInfo(file).Length is > 0 and < 256 * 1024).Select(File.ReadAllBytes);
        return target with { Samples = [.. target.Samples, .. more] };
    }
}
