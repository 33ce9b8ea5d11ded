using System.Net;
using ArchiveService.Features.ArchiveDescriptions;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Inspections;
using ArchiveService.Features.Public;
using ArchiveService.Http;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Tests.Public;

public sealed class A_postlist
{
    private static readonly DateOnly Today = new(2026, 11, 27);

    private static (DiarySearch? Search, Refusal? Refused) Parse(params (string Name, string Value)[] query) => Postlist.Parse(query.Select(q => KeyValuePair.Create(q.Name, new StringValues(q.Value))), Today);

    [Theory]
    [InlineData("", "", "2026-11-21", "2026-11-27")]
    [InlineData("authority", "KS", "2026-11-21", "2026-11-27")]
    [InlineData("period", "today", "2026-11-27", "2026-11-27")]
    [InlineData("period", "yesterday", "2026-11-26", "2026-11-26")]
    [InlineData("period", "all", null, null)]
    [InlineData("date", "2026-01-02", "2026-01-02", "2026-01-02")]
    [InlineData("from", "2026-01-02", "2026-01-02", null)]
    [InlineData("q", "skolskjuts", null, null)]
    public void shows_the_last_week_unless_something_else_is_asked_for(string name, string value, string? from, string? to)
    {
        var (search, refused) = name.Length == 0 ? Parse() : Parse((name, value));

        Assert.Null(refused);
        Assert.Equal((from, to), (search!.From?.ToString("yyyy-MM-dd", null), search.To?.ToString("yyyy-MM-dd", null)));
    }

    [Theory]
    [InlineData("period", "month")]
    [InlineData("date", "i går")]
    [InlineData("direction", "up")]
    [InlineData("to", "0001-13-01")]
    [InlineData("who", "me")]
    public void refuses_what_it_cannot_read(string name, string value) => Assert.Equal(400, Parse((name, value)).Refused!.Status);

    [Fact]
    [Trait("Requirement", "R-14")]
    public void names_the_released_files_in_its_CSV_and_on_its_paper_and_nothing_where_there_are_none()
    {
        var file = new PublicFile("/public/attachments/0195aaaa-0000-7000-8000-00000000000a", "image/png", 2048, "=En bänk");
        var bare = new PublicDiaryLine("KS 2026/1", 1, Today, "received", "Nils", "Bänken", false, "KS", new EntryFate(null, null, 0, [], false), Today);
        var page = new PublicDiaryPage([bare with { Attachments = [file] }, bare with { DocumentNumber = 2 }], null, new(2, "eq"), [new("KS 2026/3", "KS", TimeProvider.System.GetUtcNow(), "voided")], Today, Today);

        var lines = System.Text.Encoding.UTF8.GetString(Postlist.Csv(page)).Split("\r\n");
        Assert.EndsWith(";Bilagor", lines[0], StringComparison.Ordinal);
        Assert.Contains($"En bänk ({file.Address})", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(";", lines[2], StringComparison.Ordinal);
        Assert.All(lines.Where(l => l.Length > 0), l => Assert.Equal(8, l.Count(c => c == ';')));

        var paper = Postlist.Paper(page, "KS").Pdf(TimeProvider.System.GetUtcNow(), "KS").Html;
        Assert.Contains("Bilagor", paper, StringComparison.Ordinal);
        Assert.Contains(file.Address, paper, StringComparison.Ordinal);
    }

    [Fact]
    public void refuses_days_in_the_wrong_order() => Assert.Equal("bad-parameter", Parse(("from", "2026-02-01"), ("to", "2026-01-01")).Refused!.Code);
}

public sealed class A_cell_of_a_file
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+46", "'+46")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("  =1", "'  =1")]
    [InlineData("＝1", "'＝1")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("KS 2026–1", "KS 2026–1")]
    [InlineData("a;b\"c", "\"a;b\"\"c\"")]
    [InlineData(null, "")]
    public void is_never_a_formula(string? value, string written) => Assert.Equal(written, CsvText.Cell(value));
}

public sealed class The_limit_of_requests
{
    [Fact]
    [Trait("Requirement", "R-10")]
    public void counts_each_place_for_itself_and_all_of_them_together()
    {
        using var limit = new PublicRequestLimit(fromOnePlace: 2, altogether: 3);
        var (one, other) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));

        Assert.True(limit.Allows(one));
        Assert.True(limit.Allows(one));
        Assert.False(limit.Allows(one));
        Assert.True(limit.Allows(other));
        Assert.False(limit.Allows(other));
    }
}

public sealed class Describing_an_archive
{
    private static readonly Authority Ks = new(Guid.Empty, "KS", "Kommunstyrelsen", new(3, "custom", new Dictionary<string, string>()), Guid.Empty, "KS");

    [Fact]
    public void says_which_texts_were_written_and_keeps_them_sealed()
    {
        var decision = new DescribeArchive(Purpose: " Skola ", Contact: "Registrator").Decide(Ks, 1);

        var happened = Assert.Single(decision.Events);
        var e = Assert.IsType<ArchiveDescribed>(happened.Event);
        Assert.Equal((2, 3), (e.Version, e.PolicyVersion));
        Assert.Equal(["purpose", "contact"], e.Texts);
        Assert.Equal("Skola", happened.Parts!["purpose"]);
    }

    [Fact]
    public void refuses_nothing_at_all_and_a_volume_that_cannot_be_read()
    {
        Assert.Equal("description-missing", new DescribeArchive(Purpose: " ").Decide(Ks, 0).Refused!.Code);
        Assert.Equal("volume-unreadable", new DescribeArchive(Volumes: "Papper; 2020").Decide(Ks, 0).Refused!.Code);
        Assert.Equal("description-too-long", new DescribeArchive(Sale: new('x', 10_001)).Decide(Ks, 0).Refused!.Code);
    }

    [Theory]
    [InlineData("OSL 25 kap. 1 §", "25 kap. 1 § OSL")]
    [InlineData("25:1", "25 kap. 1 § OSL")]
    [InlineData("för att Nils är sjuk", "Annan bestämmelse")]
    [InlineData("OSL 21 kap 3 a § Nils", "21 kap. 3 a § OSL")]
    public void names_a_provision_without_what_was_written_beside_it(string written, string said) => Assert.Equal(said, ArchiveDescriptions.Named(written));
}

public sealed class Making_an_inspection_pack
{
    private static readonly Authority Ks = new(Guid.Empty, "KS", "Kommunstyrelsen", new(3, "custom", new Dictionary<string, string>()), Guid.Empty, "KS");

    private static readonly DateOnly Today = new(2026, 11, 27);

    [Fact]
    public void says_the_days_and_whether_secrets_went_along()
    {
        var made = Assert.IsType<InspectionPackMade>(Assert.Single(new MakeInspectionPack(new(2026, 1, 1), new(2026, 6, 30), true).Decide(Ks, cleared: true, Today).Events).Event);

        Assert.Equal((true, 3), (made.Secret, made.PolicyVersion));
    }

    [Fact]
    public void is_refused_without_a_period_or_clearance()
    {
        Assert.Equal("period-missing", new MakeInspectionPack(null, Today).Decide(Ks, false, Today).Refused!.Code);
        Assert.Equal("period-unusable", new MakeInspectionPack(Today, Today.AddDays(-1)).Decide(Ks, false, Today).Refused!.Code);
        Assert.Equal("period-unusable", new MakeInspectionPack(Today.AddDays(1), Today.AddDays(2)).Decide(Ks, false, Today).Refused!.Code);
        Assert.Equal(403, new MakeInspectionPack(Today, Today, true).Decide(Ks, false, Today).Refused!.Status);
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public void counts_the_lag_in_weekdays()
    {
        Assert.Equal(0, InspectionPacks.WeekdaysBetween(new(2026, 11, 27), new(2026, 11, 27)));
        Assert.Equal(1, InspectionPacks.WeekdaysBetween(new(2026, 11, 27), new(2026, 11, 30)));
        Assert.Equal(3, InspectionPacks.WeekdaysBetween(new(2026, 12, 23), new(2026, 12, 31)));
    }
}
