using ArchiveService.Benchmarks;
using ArchiveService.Testing;

if (args is [ProjectionNode.Word, ..]) return await ProjectionNode.Serve(args);

// ./run bench [NAME …]: all of them, or those named. A new one is a line here.
var known = new Dictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["append"] = AppendBenchmark.Run,
    ["store-soak"] = StoreSoakBenchmark.Run,
    ["project"] = ProjectBenchmark.Run,
    ["projection-kills"] = ProjectionKillsBenchmark.Run,
    ["capture"] = CaptureBenchmark.Run,
};

string[] wanted = args.Length == 0 ? [.. known.Keys] : args;
if (wanted.Except(known.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark {unknown}. Known: {string.Join(", ", known.Keys)}.");
    return 2;
}

foreach (var name in wanted) await known[name]();
return 0;
