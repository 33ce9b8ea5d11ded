using System.Runtime.CompilerServices;
using ArchiveService.Features.Export;

namespace ArchiveService.Tests.Export;

/// <summary>docs/export.md and the README of an export describe every file and every member.</summary>
public sealed class Export_tables
{
    [Fact]
    public void are_described_member_by_member()
    {
        var docs = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "..", "docs", "export.md"));
        var none = new Dictionary<string, long>();
        var own = ExportReadMe.Of(new(ArchiveExport.Format, DateTimeOffset.UnixEpoch, Guid.Empty, 0, none, none, none, new Dictionary<string, long> { ["secret"] = 1, ["unassessed"] = 2, ["destroyed"] = 3, ["locked"] = 4 }, 0, 0, 0, 0));
        foreach (var table in ExportTables.All)
        {
            var at = docs.IndexOf($"### {table.File}\n", StringComparison.Ordinal);
            Assert.True(at >= 0, table.File);
            var next = docs.IndexOf("\n### ", at, StringComparison.Ordinal);
            var section = docs[at..(next < 0 ? docs.Length : next)];
            Assert.Contains($"## {table.File}\n", own, StringComparison.Ordinal);
            foreach (var (name, meaning) in table.Members)
            {
                Assert.Contains($"| `{name}` | {meaning} |", section, StringComparison.Ordinal);
                Assert.Contains($"- `{name}`: {meaning}\n", own, StringComparison.Ordinal);
            }

            Assert.Equal(table.Members.Count, section.Split("\n| `").Length - 1);
        }
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
