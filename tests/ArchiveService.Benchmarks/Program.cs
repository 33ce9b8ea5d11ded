using ArchiveService.Benchmarks;

string[] known = ["append", "project"];
var wanted = args.Length == 0 ? known : args;
if (wanted.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark {unknown}. Known: {string.Join(", ", known)}.");
    return 2;
}

foreach (var name in wanted)
{
    if (name == "append") await AppendBenchmark.Run();
    else await ProjectBenchmark.Run();
}

return 0;
