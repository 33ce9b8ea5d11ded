using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Assessing
{
    [Fact]
    [Trait("Requirement", "N-08")]
    public void keeps_ordered_only_what_no_secrecy_provision_can_apply_to_N08() =>
        Assert.Equal("secrecy-possible", new KeepOrdered().Decide(A_captured_comment(wall: Wall.Unassessed), PolicyOf("norrkoping")).Refused?.Code);

    [Theory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("vastarvet")]
    [Trait("Requirement", "H-24")]
    [Trait("Requirement", "N-08")]
    [Trait("Requirement", "T-15")]
    [Trait("Requirement", "V-10")]
    public void keeps_ordered_instead_of_registering_where_the_guideline_lets_it(string preset) =>
        Assert.IsType<RecordKeptOrdered>(new KeepOrdered().Decide(A_captured_comment(), PolicyOf(preset)).Events[0].Event);

    [Theory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("trosa")]
    [Trait("Requirement", "H-26")]
    [Trait("Requirement", "N-10")]
    [Trait("Requirement", "R-16")]
    public void exempts_the_minor_elsewhere_too(string preset) =>
        Assert.IsType<RecordExempted>(new ExemptRecord("Bara en tumme upp.", null).Decide(A_captured_comment(), PolicyOf(preset)).Events[0].Event);

    [Fact]
    [Trait("Requirement", "R-14")]
    [Trait("Requirement", "C1")]
    public void keeps_nothing_ordered_where_everything_is_registered_R14() =>
        Assert.Equal("policy-registers-all", new KeepOrdered().Decide(A_captured_comment(), PolicyOf("trosa")).Refused?.Code);

    [Fact]
    [Trait("Requirement", "I8")]
    public void never_takes_a_registration_back_I8() =>
        Assert.Equal("already-registered", new KeepOrdered().Decide(A_captured_comment().With(Registered), PolicyOf("herrljunga")).Refused?.Code);

    [Fact]
    [Trait("Requirement", "V-10")]
    [Trait("Requirement", "C4")]
    public void exempts_nothing_where_the_minor_is_kept_ordered_too_V10() =>
        Assert.Equal("policy-keeps-minor-ordered", new ExemptRecord("👍", null).Decide(A_captured_comment(), PolicyOf("vastarvet")).Refused?.Code);

    [Fact]
    [Trait("Requirement", "T-16")]
    [Trait("Requirement", "C4")]
    public void exempts_the_obviously_minor_with_a_reason_T16()
    {
        Assert.Equal("reason-missing", new ExemptRecord(null, null).Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);
        Assert.IsType<RecordExempted>(new ExemptRecord("Bara en tumme upp.", null).Decide(A_captured_comment(), PolicyOf("toreboda")).Events[0].Event);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public void cannot_call_something_minor_and_possibly_secret() =>
        Assert.Equal("minor-and-secret", new AssessRecord(true, true, false, null).Decide(A_captured_comment(), PolicyOf("toreboda")).Refused?.Code);

    [Fact]
    public void marks_secrecy_with_provision_date_and_authority_OSL_5_5()
    {
        Assert.Equal("provision-missing", new MarkSecrecy(" ", null, null).Decide(A_captured_comment(), PolicyOf("herrljunga"), Noon).Refused?.Code);
        var marked = Assert.IsType<SecrecyMarked>(new MarkSecrecy("OSL 25 kap. 1 §", null, null).Decide(A_captured_comment(), PolicyOf("herrljunga"), Noon).Events[0].Event);
        Assert.Equal((Given.Authority, "OSL 25 kap. 1 §", Noon), (marked.Authority, marked.Provision, marked.MarkedAt));
    }

    [Theory]
    [InlineData("mitt nummer är 811228-9874", true)]
    [InlineData("198112289874", true)]
    [InlineData("samordningsnummer 701063-2391", true)]
    [InlineData("ring 0708-123456 i morgon", false)]
    [InlineData("diarienummer 2016-01315", false)]
    [InlineData("811228-9875", false)]
    [InlineData(null, false)]
    [Trait("Requirement", "R-11")]
    public void sees_a_personal_number_with_a_right_check_digit(string? text, bool hinted) => Assert.Equal(hinted, SecrecyHints.Any(text));
}
