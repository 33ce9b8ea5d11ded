using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Capture.Csv;
using ArchiveService.Capture.Ndjson;
using CsvHelper;
using CsvHelper.Configuration;

namespace ArchiveService.Benchmarks;

/// <summary>What the generic readers cost beside the parsing of the same bytes alone: NDJSON beside System.Text.Json line by line, CSV beside CsvHelper row by row.</summary>
internal static class ReadersBenchmark
{
    private const int Items = 100_000;
    private const int Rounds = 5;
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task Run()
    {
        Console.WriteLine("| reader | items/s | MB/s | parsed alone, items/s | MB/s | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var folder = Directory.CreateTempSubdirectory("archiveservice-readers-");
        try
        {
            var ndjson = Path.Combine(folder.FullName, "acts.ndjson");
            await File.WriteAllLinesAsync(ndjson, Enumerable.Range(0, Items).Select(Line));
            await Row("ndjson", ndjson, NdjsonImport.Form, ParseJson);

            var csv = Path.Combine(folder.FullName, "acts.csv");
            await File.WriteAllLinesAsync(csv, Enumerable.Range(0, Items).Select(Cells).Prepend("Id;Typ;Namn;Datum;Text;Adress"));
            var (mapping, problem) = CsvMapping.Read(Encoding.UTF8.GetBytes("""
                {"timeFormats":["yyyy-MM-dd HH:mm"],"fields":{"nativeId":"Id","kind":{"column":"Typ","values":{"Kommentar":"comment"}},"author.displayName":"Namn","occurredAt":"Datum","text":"Text","permalink":"Adress"}}
                """));
            if (mapping is null) throw new InvalidOperationException(problem);
            await Row("csv", csv, CsvImport.With(mapping), ParseCsv);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task Row(string name, string path, ImportForm form, Func<string, Task<int>> alone)
    {
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var one = await Seconds(() => Read(form, path));
            var other = await Seconds(() => alone(path));
            // The first round warms up.
            if (round == 0) continue;
            ours.Add(one);
            theirs.Add(other);
        }

        var megabytes = new FileInfo(path).Length / 1e6;
        var (ourTime, theirTime) = (Measured.Median(ours), Measured.Median(theirs));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Measured.Number(Items / ourTime)} | {megabytes / ourTime:0.0} | {Measured.Number(Items / theirTime)} | {megabytes / theirTime:0.0} | {theirTime / ourTime:0.00} |"));
    }

    private static async Task<double> Seconds(Func<Task<int>> work)
    {
        var begun = Stopwatch.GetTimestamp();
        if (await work() != Items) throw new InvalidOperationException("Not everything was read.");
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task<int> Read(ImportForm form, string path)
    {
        await using var file = ((ImportOpened.Ready)await form.Open(path, default)).File;
        var count = 0;
        await foreach (var act in file.ReadActs(Now, default)) count += act is ReadAct.Accepted ? 1 : 0;
        return count;
    }

    private static async Task<int> ParseJson(string path)
    {
        var count = 0;
        using var lines = new StreamReader(path);
        while (await lines.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("nativeId", out _)) count++;
        }

        return count;
    }

    private static async Task<int> ParseCsv(string path)
    {
        using var text = new StreamReader(path);
        using var rows = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = ";" });
        var count = -1;
        while (await rows.ReadAsync())
        {
            if (rows[0].Length > 0) count++;
        }

        return count;
    }

    private static string Line(int n) =>
        $$"""{"act":"create","nativeId":"1001_{{n}}","kind":"comment","parentNativeId":"1001_1","author":{"nativeId":"{{n % 5000}}","displayName":"Nils Låtsasson"},"audience":"public","occurredAt":"2026-03-01T12:00:00Z","text":"Hej! När öppnar biblioteket i Granvika på lördag, och går det att lämna böcker i luckan {{n}}?","permalink":"https://exempel.invalid/{{n}}"}""";

    private static string Cells(int n) => $"1001_{n};Kommentar;Nils Låtsasson;2026-03-01 12:00;\"Hej! När öppnar biblioteket i Granvika på lördag, och går det att lämna \"\"böcker\"\" i luckan {n}?\";https://exempel.invalid/{n}";
}
