using ArchiveService.Features.Search;
using ArchiveService.Http;
using Xunit;

namespace ArchiveService.Tests.Http;

public sealed class A_file_that_is_given_out
{
    [Theory]
    [InlineData("vägen.pdf", "vägen.pdf")]
    [InlineData("../../etc/passwd", "_.._etc_passwd")]
    [InlineData("..\\..\\windows\\system.ini", "_.._windows_system.ini")]
    [InlineData("C:\\autoexec.bat", "C__autoexec.bat")]
    [InlineData("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie_ b=c.txt")]
    [InlineData("bild\u202Egpj.exe", "bildgpj.exe")]
    [InlineData("a\u200Bb\u0000c\u001b[31m.txt", "abc[31m.txt")]
    [InlineData("\"; filename=\"x.html", "__ filename=_x.html")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.txt", "_nul.txt")]
    [InlineData("COM1 .log", "_COM1 .log")]
    [InlineData("...", "fil")]
    [InlineData("   ", "fil")]
    [InlineData(null, "fil")]
    [InlineData("slut.  ", "slut")]
    public void has_a_name_that_names_no_path_and_reads_as_it_is(string? given, string safe) => Assert.Equal(safe, FileNames.Safe(given));

    [Fact]
    public void has_a_short_name_that_keeps_its_ending()
    {
        var safe = FileNames.Safe(new string('å', 400) + ".pdf");

        Assert.Equal(150, safe.Length);
        Assert.EndsWith(".pdf", safe, StringComparison.Ordinal);
        Assert.Equal("a_b", FileNames.Safe("a\uD83Db"));
        Assert.True(StorableText.Is(FileNames.Safe(string.Concat(Enumerable.Repeat("😀", 200)))));
    }

    [Theory]
    [InlineData("a\"b.txt")]
    [InlineData("a\r\nX-Injected: 1.txt")]
    [InlineData("räksmörgås\u202Efdp.exe")]
    [InlineData("a;b=c.txt")]
    public void is_named_in_one_line_of_a_header(string given)
    {
        var header = FileNames.Disposition(given);

        Assert.StartsWith("attachment; filename=", header, StringComparison.Ordinal);
        Assert.DoesNotContain(header, c => c is '\r' or '\n' or > '~');
        Assert.Contains("filename*=UTF-8''", header, StringComparison.Ordinal);
        Assert.Equal(FileNames.Safe(given), Microsoft.Net.Http.Headers.ContentDispositionHeaderValue.Parse(header).FileNameStar.Value);
    }
}

public sealed class A_cell_of_a_spreadsheet
{
    public static TheoryData<string> Formulas =>
    [
        "=HYPERLINK(\"https://example.invalid\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "＝1", "＋1", "－1", "＠1", "|calc", "%0A=1", "\u0001=1",
    ];

    [Theory]
    [MemberData(nameof(Formulas))]
    public void is_never_a_formula(string hostile)
    {
        foreach (var cell in new[] { CsvText.Cell(hostile), ExportSearch.Cell(hostile) })
        {
            Assert.StartsWith("'", cell.TrimStart('"'), StringComparison.Ordinal);
            Assert.DoesNotContain("\"\"\"\"", cell, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a;b", "\"a;b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    [InlineData("2026-03-01", "2026-03-01")]
    [InlineData("Hej = nej", "Hej = nej")]
    public void stays_one_cell(string text, string cell) => Assert.Equal(cell, CsvText.Cell(text));
}
