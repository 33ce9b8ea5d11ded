using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Testing;
using ArchiveService.Testing.Search;

namespace ArchiveService.Benchmarks;

/// <summary>Recall and precision among the first ten, for written questions on written texts.</summary>
internal static class SearchQualityBenchmark
{
    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start();
        var staff = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await staff.PutAsJsonAsync(new Uri("/api/v1/authorities/KS", UriKind.Relative), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var made = await staff.PostAsJsonAsync(new Uri("/api/v1/channels", UriKind.Relative), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        var channel = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var after = 0L;
        await SearchQuality.Say(staff, channel, sequence => Task.FromResult(after = sequence));

        var answers = new List<QualityAnswer>();
        foreach (var query in SearchQuality.Queries) answers.Add(await SearchQuality.Ask(staff, channel, query, after));
        Console.WriteLine("| Asked | recall at 10 | precision at 10 | missed | uncalled for |");
        Console.WriteLine("|---|---:|---:|---|---|");
        foreach (var answer in answers.Where(a => a.Recall < 1 || a.Precision < 1))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {answer.Query.Asked} | {answer.Recall:0.00} | {answer.Precision:0.00} | {string.Join(", ", answer.Query.Must.Except(answer.Found))} | {string.Join(", ", answer.Found.Except(answer.Query.Must).Except(answer.Query.May))} |"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {answers.Count} questions, {SearchQuality.Corpus.Count} texts | {answers.Average(a => a.Recall):0.000} | {answers.Average(a => a.Precision):0.000} | {answers.Count(a => a.Recall < 1)} questions | {answers.Count(a => a.Precision < 1)} questions |"));
    }
}
