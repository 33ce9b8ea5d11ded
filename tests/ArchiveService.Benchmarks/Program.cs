using ArchiveService.Benchmarks;
using ArchiveService.Testing;

if (args is [ProjectionNode.Word, ..]) return await ProjectionNode.Serve(args);
if (args is [LoadBenchmark.Word, ..]) return await LoadBenchmark.Serve(args);

// ./run bench [NAME …]: all of them, or those named. A new one is a line here.
var known = new Dictionary<string, Func<Task>>(StringComparer.Ordinal)
{
    ["append"] = AppendBenchmark.Run,
    ["append-sealed"] = SealedAppendBenchmark.Run,
    ["project"] = ProjectBenchmark.Run,
    ["growth"] = GrowthBenchmark.Run,
    ["crossing"] = CrossingBenchmark.Run,
    ["store-soak"] = StoreSoakBenchmark.Run,
    ["projection-kills"] = ProjectionKillsBenchmark.Run,
    ["capture"] = CaptureBenchmark.Run,
    ["capture-sustained"] = CaptureBenchmark.RunSustained,
    ["exports"] = ExportsBenchmark.Run,
    ["non-interference"] = NonInterferenceBenchmark.Run,
    ["bundles"] = BundlesBenchmark.Run,
    ["search"] = SearchBenchmark.Run,
    ["work"] = WorkBenchmark.Run,
    ["registrations"] = WorkBenchmark.RunRegistrations,
    ["rebuild"] = WorkBenchmark.RunRebuild,
    ["start"] = StartBenchmark.Run,
    ["disposal"] = DisposalBenchmark.Run,
    ["replay"] = ReplayBenchmark.Run,
    ["search-quality"] = SearchQualityBenchmark.Run,
    ["evidence"] = EvidenceBenchmark.Run,
    ["mastodon"] = MastodonBenchmark.Run,
    ["warc"] = WarcBenchmark.Run,
    ["memory-warc"] = WarcBenchmark.Memory,
    ["fuzz"] = FuzzBenchmark.Run,
    ["memory-archive"] = MemoryArchiveBenchmark.Run,
    ["meta"] = MetaBenchmark.Run,
    ["readers"] = ReadersBenchmark.Run,
    ["load"] = LoadBenchmark.Run,
};
var several = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["store"] = ["append", "append-sealed", "project", "growth", "crossing"] };

foreach (var (option, least, set) in new (string, int, Action<int>)[] { ("--records", 1000, n => SearchBenchmark.Records = LoadBenchmark.Records = n), ("--requests", 2, n => NonInterferenceBenchmark.Requests = n), ("--destroyed", 500, n => DisposalBenchmark.Records = n), ("--events", 10_000, n => ReplayBenchmark.Events = n), ("--seconds", 0, n => FuzzBenchmark.Seconds = LoadBenchmark.Seconds = n), ("--sessions", 1, n => LoadBenchmark.Sessions = n), ("--seed", 1, n => FuzzBenchmark.Seed = n), ("--megabytes", 10, n => MemoryArchiveBenchmark.Megabytes = n) })
{
    if (Array.IndexOf(args, option) is not (>= 0 and var at)) continue;
    if (at + 1 == args.Length || !int.TryParse(args[at + 1], out var number) || number < least)
    {
        Console.Error.WriteLine($"{option} takes a number, at least {least}.");
        return 2;
    }

    set(number);
    args = [.. args[..at], .. args[(at + 2)..]];
}

string[] wanted = args.Length == 0 ? [.. known.Keys.Where(k => k is not ("rebuild" or "registrations"))] : [.. args.SelectMany(name => several.GetValueOrDefault(name) ?? [name])];
if (wanted.Except(known.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark {unknown}. Known: {string.Join(", ", known.Keys.Concat(several.Keys))}.");
    return 2;
}

PostgresServer.FlushesToDisk = true;
foreach (var name in wanted) await known[name]();
return 0;
