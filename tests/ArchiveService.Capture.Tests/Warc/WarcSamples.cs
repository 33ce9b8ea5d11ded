using System.Globalization;
using System.Text;
using ArchiveService.Capture.Warc;

namespace ArchiveService.Capture.Tests.Warc;

/// <summary>The collected samples and what became of each.</summary>
internal static class WarcSamples
{
    /// <summary>Git turned the line ends of these into LF; as written they have CR LF, and only so do their lengths and digests hold.</summary>
    private const string Converted = "toimik";

    public static IEnumerable<string> Files => SharedData.Files("warc", "*").Select(path => Path.GetRelativePath(SharedData.PathOf("warc"), path).Replace('\\', '/'));

    public static byte[] AsWritten(string file)
    {
        var bytes = File.ReadAllBytes(SharedData.PathOf($"warc/{file}"));
        return file.StartsWith(Converted, StringComparison.Ordinal) && !bytes.Contains((byte)'\r') ? WithCrLf(bytes) : bytes;
    }

    public static byte[] WithCrLf(byte[] bytes) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("\n", "\r\n", StringComparison.Ordinal));

    public static WarcReport Read(byte[] bytes, WarcLimits? limits = null)
    {
        using var reader = new WarcReader(new MemoryStream(bytes), limits);
        return WarcReport.Of(reader, bytes.Length);
    }

    public static async Task<WarcReport> Report(string file)
    {
        if (file.EndsWith(".wacz", StringComparison.Ordinal)) return await WaczReader.Verify(SharedData.PathOf($"warc/{file}"));
        if (!file.EndsWith(".jsonl", StringComparison.Ordinal)) return Read(AsWritten(file));
        var bytes = await File.ReadAllBytesAsync(SharedData.PathOf($"warc/{file}"));
        var problems = WaczPages.Check(new MemoryStream(bytes), out var count);
        return new("pages", WarcPacking.Plain, bytes.Length, bytes.Length, new Dictionary<string, long>(StringComparer.Ordinal) { ["page"] = count }, 0, [], problems);
    }

    public static async Task<string> Table()
    {
        var text = new StringBuilder("| sample | form | packing | records | digests hold | outcome | noted |\n|---|---|---|---:|---:|---|---|\n");
        long records = 0, digests = 0, sound = 0, files = 0;
        foreach (var file in Files)
        {
            var report = await Report(file);
            files++;
            records += report.Records.Values.Sum();
            digests += report.DigestsHold;
            if (report.IsSound) sound++;
            text.Append(CultureInfo.InvariantCulture, $"| `{file}` | {report.Form} | {Packing(report)} | {report.Records.Values.Sum()} | {report.DigestsHold} | {Outcome(report)} | {Codes(report.Problems.Where(p => !p.IsError), at: false)} |\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"| {files} files | | | {records} | {digests} | {sound} sound, {files - sound} refused | |\n").ToString();
    }

    private static string Packing(WarcReport report) => report.Form switch
    {
        "WACZ" => "zip",
        "pages" => "",
        _ => report.Packing switch { WarcPacking.Plain => "none", WarcPacking.MemberPerRecord => "a member a record", _ => "several records a member" },
    };

    private static string Outcome(WarcReport report) => report.IsSound ? "sound" : $"refused: {Codes(report.Problems.Where(p => p.IsError), at: true)}";

    private static string Codes(IEnumerable<WarcProblem> problems, bool at) =>
        string.Join(", ", problems.GroupBy(p => p.Code, StringComparer.Ordinal).Select(g => $"`{g.Key}`{(at ? $" at {g.First().Offset}" : "")}{(g.Count() > 1 ? $" ×{g.Count()}" : "")}"));
}
