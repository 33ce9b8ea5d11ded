using ArchiveService.Features.Cases;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Cases;

public sealed class Printing_a_case_file
{
    private static readonly Guid Print = new("0199aaaa-0000-7000-8000-0000000000c1");
    private static readonly DateOnly Today = new(2026, 3, 2);
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.FromHours(1));
    private static readonly NotePrint Noted = new("age-resistant", 12, 12, "Canon C5850", "Pärm 4", null, null, null, null);

    [Fact]
    [Trait("Requirement", "R-15")]
    public void is_noted_with_what_was_counted_and_where_it_lies()
    {
        var decided = Noted.Decide(Print, PolicyOf("trosa"), Today);

        var happened = Assert.Single(decided.Events);
        var printed = Assert.IsType<CaseFilePrinted>(happened.Event);
        Assert.Equal((12, Today, true, false), (printed.Pages, printed.PrintedOn, printed.IsArchival, printed.Secret));
        Assert.Equal("Pärm 4", happened.Parts!["location"]);
    }

    [Theory]
    [Trait("Requirement", "R-15")]
    [InlineData("pages-differ", 12, 11, "age-resistant", "Canon", "Pärm 4")]
    [InlineData("counted-missing", 12, null, "age-resistant", "Canon", "Pärm 4")]
    [InlineData("pages-missing", 0, 0, "age-resistant", "Canon", "Pärm 4")]
    [InlineData("paper-not-lasting", 12, 12, "ordinary", "Canon", "Pärm 4")]
    [InlineData("paper-unknown", 12, 12, "silk", "Canon", "Pärm 4")]
    [InlineData("printer-missing", 12, 12, "archival", " ", "Pärm 4")]
    [InlineData("location-missing", 12, 12, "archival", "Canon", null)]
    public void is_refused_when_the_protocol_is_not_whole(string code, int pages, int? counted, string paper, string printer, string? location) =>
        Assert.Equal(code, (Noted with { Pages = pages, Counted = counted, Paper = paper, Printer = printer, Location = location }).Decide(Print, PolicyOf("trosa"), Today).Refused?.Code);

    [Fact]
    public void on_ordinary_paper_is_fine_when_it_is_not_the_archival_copy() =>
        Assert.Null((Noted with { Paper = "ordinary", Archival = false }).Decide(Print, PolicyOf("trosa"), Today).Refused);

    [Fact]
    [Trait("Requirement", "N-15")]
    public void escapes_what_people_wrote_and_keeps_apart_what_may_not_be_known()
    {
        var fate = new EntryFate(null, null, 0, [], false);
        var html = CasePrintTemplate.Of(new(
            new(Print, Print, "Nämnden </style><script>", "KS 2026/1", "Skolan & maten", "1.2", null, Noon, null, [new CaseDocument(Print, 1, Direction.Received, Noon, Noon, true) { Fate = fate }]), false, Noon, "Rut", [],
            [
                new(1, Today, Noon, Direction.Received, [], new(Print, "Kommentar", "<img src=x>", "Saken", "<script>alert(1)</script>\nrad två", null, ["Dold."], null, [(Noon, "förut")], [new("\"><svg onload=x>.png", "image/png", 12, "data:image/png;base64,AA==")])),
                new(2, Today, Noon, Direction.Received, [], null),
            ])).Html;

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", html, StringComparison.Ordinal);
        Assert.Contains("Tidigare lydelse 1", html, StringComparison.Ordinal);
        Assert.Contains("Handling KS 2026/1-2", html, StringComparison.Ordinal);
        Assert.Contains("Lämnas inte ut här", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
    }
}
