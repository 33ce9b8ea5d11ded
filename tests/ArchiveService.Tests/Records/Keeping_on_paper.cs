using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Keeping_on_paper
{
    private static readonly Guid Copy = new("0199aaaa-0000-7000-8000-0000000000c1");

    private static readonly DateOnly Today = new(2026, 3, 2);

    private static readonly PaperCopy Printed = new("age-resistant", 3, "Canon C5850, plan 2", "Pärm 4, hylla B", null, null, null);

    private static RecordState Removed(bool minor = false) => (minor ? A_captured_comment().With(Minor) : A_captured_comment()).With(new ItemUnpublished(ActedBy.Authority, new(["INSULT"], false, null, null, 3), null));

    [Theory]
    [Trait("Requirement", "C8")]
    [Trait("Requirement", "H-18")]
    [Trait("Requirement", "N-15")]
    [InlineData("herrljunga", "H-18")]
    [InlineData("norrkoping", "N-15")]
    [InlineData("toreboda", null)]
    [InlineData("trosa", null)]
    [InlineData("vastarvet", null)]
    public void is_owed_for_what_is_removed_where_the_guideline_says_so(string preset, string? requirement) =>
        Assert.Equal(requirement, PaperDuty.Of(Removed(), PolicyOf(preset), kept: false).Why is { } why ? why[(why.IndexOf('(', StringComparison.Ordinal) + 1)..^2] : null);

    [Fact]
    [Trait("Requirement", "N-15")]
    public void is_not_owed_for_what_is_only_kept_until_its_frist_ends() => Assert.Null(PaperDuty.Of(Removed(minor: true), PolicyOf("norrkoping"), kept: false).Why);

    [Fact]
    [Trait("Requirement", "R-11")]
    public void is_owed_at_once_for_what_is_secret_and_came_in() => Assert.Contains("R-11", PaperDuty.Of(A_captured_comment().With(Secret), PolicyOf("trosa"), kept: false).Why!, StringComparison.Ordinal);

    [Theory]
    [Trait("Requirement", "R-15")]
    [Trait("Requirement", "C8")]
    [InlineData("trosa", true)]
    [InlineData("herrljunga", false)]
    [InlineData("norrkoping", false)]
    [InlineData("toreboda", false)]
    [InlineData("vastarvet", false)]
    public void is_owed_for_what_is_preserved_where_there_is_no_electronic_archive(string preset, bool owed)
    {
        Assert.Equal(owed, PaperDuty.Of(A_captured_comment().With(Registered), PolicyOf(preset), kept: true).Why is not null);
        Assert.Null(PaperDuty.Of(A_captured_comment().With(Registered), PolicyOf(preset), kept: false).Why);
    }

    [Fact]
    [Trait("Requirement", "H-18")]
    public void is_owed_no_more_when_a_copy_is_noted()
    {
        var state = Removed();
        var decided = Printed.Decide(state, Copy, PolicyOf("herrljunga"), Today);

        var produced = Assert.IsType<PaperCopyProduced>(Assert.Single(decided.Events).Event);
        Assert.Equal((3, true, 3), (produced.Pages, produced.IsArchival, produced.PolicyVersion));
        Assert.Equal("Pärm 4, hylla B", decided.Events[0].Parts!["location"]);
        var after = PaperDuty.Of(state.With(produced), PolicyOf("herrljunga"), kept: false);
        Assert.Null(after.Why);
        Assert.Equal("Papperskopian", after.ArchivalCopy);
    }

    [Theory]
    [Trait("Requirement", "C8")]
    [InlineData("trosa", "Papperskopian")]
    [InlineData("herrljunga", "Den elektroniska, tills en papperskopia är gjord")]
    [InlineData("norrkoping", "Den elektroniska, tills en papperskopia är gjord")]
    [InlineData("toreboda", "Den elektroniska")]
    [InlineData("vastarvet", "Den elektroniska")]
    public void says_which_copy_is_the_arkivexemplar(string preset, string copy) => Assert.Equal(copy, PaperDuty.Of(A_captured_comment(), PolicyOf(preset), kept: false).ArchivalCopy);

    [Fact]
    [Trait("Requirement", "R-15")]
    public void on_ordinary_paper_is_no_arkivexemplar()
    {
        Assert.Equal("paper-not-lasting", (Printed with { Paper = "ordinary" }).Decide(A_captured_comment(), Copy, PolicyOf("trosa"), Today).Refused?.Code);
        Assert.Null((Printed with { Paper = "ordinary", Archival = false }).Decide(A_captured_comment(), Copy, PolicyOf("trosa"), Today).Refused);
    }

    [Theory]
    [InlineData("wood", 1, "p", "l", "paper-unknown")]
    [InlineData("archival", 0, "p", "l", "pages-missing")]
    [InlineData("archival", 1, " ", "l", "printer-missing")]
    [InlineData("archival", 1, "p", null, "location-missing")]
    public void is_refused_when_it_cannot_be_found_again(string paper, int pages, string? printer, string? location, string code) =>
        Assert.Equal(code, (Printed with { Paper = paper, Pages = pages, Printer = printer, Location = location }).Decide(A_captured_comment(), Copy, PolicyOf("trosa"), Today).Refused?.Code);
}
