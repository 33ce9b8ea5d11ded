using ArchiveService.Capture.Warc;

namespace ArchiveService.Capture.Tests.Warc;

public sealed class Warc_samples
{
    private const string Begins = "<!-- samples -->\n";
    private const string Ends = "<!-- /samples -->";

    [SharedDataFact]
    public async Task Every_sample_has_the_outcome_that_the_documentation_says()
    {
        var page = Path.Combine(Root(), "docs", "platforms", "warc.md");
        var text = (await File.ReadAllTextAsync(page)).ReplaceLineEndings("\n");
        var from = text.IndexOf(Begins, StringComparison.Ordinal) + Begins.Length;
        var to = text.IndexOf(Ends, StringComparison.Ordinal);
        var table = await WarcSamples.Table();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(page, text[..from] + table + text[to..]);
        else Assert.Equal(table, text[from..to]);
    }

    [SharedDataFact]
    public async Task Every_valid_sample_is_sound_and_every_invalid_one_says_what_is_wrong()
    {
        foreach (var file in WarcSamples.Files.Where(f => f.Contains("alid", StringComparison.Ordinal)))
        {
            var report = await WarcSamples.Report(file);
            var isValid = !file.Contains("nvalid", StringComparison.Ordinal);
            Assert.True(report.IsSound == isValid, $"{file}: {string.Join("; ", report.Problems)}");
        }
    }

    /// <summary>As Git left them: the bytes that are gone are the carriage returns, and the reader says so.</summary>
    [SharedDataFact]
    public void Converted_line_ends_are_found_out()
    {
        var report = WarcSamples.Read(File.ReadAllBytes(SharedData.PathOf("warc/toimik/Valid__1.1__response.warc")));
        Assert.Contains(report.Problems, p => p.Code == WarcCodes.LineEnds);
        Assert.Contains("the CRs", Assert.Single(report.Problems, p => p.IsError && p.Code == WarcCodes.BlockTruncated).Detail, StringComparison.Ordinal);
    }

    /// <summary>Base32, hexadecimal, base64 and base64url; bodies with and without their chunks.</summary>
    [SharedDataFact]
    public async Task Digests_are_checked_in_every_form()
    {
        Assert.Equal(7, (await WarcSamples.Report("warcio/example-digest.warc")).DigestsHold);
        Assert.Equal(WarcCodes.DigestMalformed, Assert.Single((await WarcSamples.Report("warcio/example-digest.warc")).Problems, p => p.IsError).Code);
        Assert.Equal(3, (await WarcSamples.Report("warcio/example-iana.org-chunked.warc")).DigestsHold);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("The repository's folder was not found.");
    }
}
