using ArchiveService.Capture;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Consents;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using ArchiveService.Tests.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Consents;

public sealed class Consenting
{
    private static readonly DateOnly Today = new(2026, 3, 2);

    private static readonly Guid Post = new("0199aaaa-0000-7000-8000-0000000000e1");

    private static readonly GiveConsent Signed = new("Elsa Låtsberg", "adult", null, true, [Given.Channel], "Bilder från invigningen", Today, null, null);

    private static readonly RecordState Own = RecordState.None.After(
        new ItemCaptured(Given.Authority, Given.Channel, "facebook", 1, ItemKind.Post, Direction.DrawnUp, Audience.Public, null, null, null, null, "post", Wall.Open,
            true, true, "c1", TextFormat.Plain, [], null, Observed("a1"), 3), Noon);

    private static ConsentRow Row(DateOnly? until = null, params Guid[] channels) =>
        new(Post, Given.Authority, channels.Length == 0 ? [Given.Channel] : channels, AgeClass.Adult, false, true, Today, until, null, 0, 0, false, Wall.Open);

    [Theory]
    [Trait("Requirement", "C17")]
    [Trait("Requirement", "H-21")]
    [Trait("Requirement", "R-07")]
    [InlineData("herrljunga", "under-13", true)]
    [InlineData("herrljunga", "13-17", false)]
    [InlineData("herrljunga", "adult", false)]
    [InlineData("norrkoping", "under-13", true)]
    [InlineData("norrkoping", "13-17", false)]
    [InlineData("toreboda", "under-13", true)]
    [InlineData("toreboda", "13-17", false)]
    [InlineData("trosa", "under-13", true)]
    [InlineData("trosa", "13-17", true)]
    [InlineData("trosa", "adult", false)]
    [InlineData("vastarvet", "under-13", true)]
    [InlineData("vastarvet", "13-17", false)]
    public void by_a_child_needs_its_guardian_below_the_age_of_the_guideline(string preset, string age, bool guardian)
    {
        Assert.Equal(guardian ? "guardian-missing" : null, (Signed with { Age = age }).Decide(PolicyOf(preset), true, Today).Refused?.Code);
        Assert.Null((Signed with { Age = age, Guardian = "Gunnar Låtsberg" }).Decide(PolicyOf(preset), true, Today).Refused);
    }

    [Theory]
    [Trait("Requirement", "C17")]
    [Trait("Requirement", "R-07")]
    [InlineData("herrljunga", false)]
    [InlineData("norrkoping", false)]
    [InlineData("toreboda", false)]
    [InlineData("trosa", true)]
    [InlineData("vastarvet", false)]
    public void is_in_writing_where_the_guideline_asks_for_it(string preset, bool written) =>
        Assert.Equal(written ? "written-consent-missing" : null, (Signed with { Written = false }).Decide(PolicyOf(preset), true, Today).Refused?.Code);

    [Fact]
    [Trait("Requirement", "H-20")]
    public void keeps_who_and_to_what_sealed_under_the_records_own_key()
    {
        var decided = Signed.Decide(PolicyOf("herrljunga"), true, Today).Events[0];

        Assert.Equal(KeyClass.Content, decided.Under);
        Assert.Equal("Elsa Låtsberg", decided.Parts!["person"]);
        Assert.DoesNotContain("Låtsberg", System.Text.Json.JsonSerializer.Serialize(decided.Event, decided.Event.GetType()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" ", "adult", "2026-03-02", "person-missing")]
    [InlineData("Elsa", "12", "2026-03-02", "age-unknown")]
    [InlineData("Elsa", "adult", "2026-03-03", "consent-day")]
    public void is_refused_when_it_does_not_say_enough(string person, string age, string day, string code) =>
        Assert.Equal(code, (Signed with { Person = person, Age = age, GivenOn = DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture) }).Decide(PolicyOf("herrljunga"), true, Today).Refused?.Code);

    [Fact]
    public void for_a_channel_of_somebody_else_is_refused() => Assert.Equal("scope-missing", Signed.Decide(PolicyOf("herrljunga"), known: false, Today).Refused?.Code);

    [Fact]
    [Trait("Requirement", "H-20")]
    public void is_used_by_own_posts_in_its_scope_while_it_holds()
    {
        var use = new UseConsent(Post, null);

        Assert.IsType<ConsentUsed>(Assert.Single(use.Decide(RecordState.None, Row(), Own, PolicyOf("herrljunga"), Today).Events).Event);
        Assert.Empty(use.Decide(RecordState.None with { ConsentUses = [Post] }, Row(), Own, PolicyOf("herrljunga"), Today).Events);
        Assert.Equal("not-own-record", use.Decide(RecordState.None, Row(), A_captured_comment(), PolicyOf("herrljunga"), Today).Refused?.Code);
        Assert.Equal("consent-withdrawn", use.Decide(RecordState.None with { ConsentWithdrawnOn = Today }, Row(), Own, PolicyOf("herrljunga"), Today).Refused?.Code);
        Assert.Equal("consent-expired", use.Decide(RecordState.None, Row(Today.AddDays(-1)), Own, PolicyOf("herrljunga"), Today).Refused?.Code);
        Assert.Equal("outside-consent-scope", use.Decide(RecordState.None, Row(null, Post), Own, PolicyOf("herrljunga"), Today).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "H-21")]
    public void can_be_taken_back_once_from_a_day()
    {
        Assert.Equal(Today, Assert.IsType<ConsentWithdrawn>(Assert.Single(new WithdrawConsent(null, null).Decide(RecordState.None, Row(), PolicyOf("herrljunga"), Today).Events).Event).WithdrawnOn);
        Assert.Equal("consent-withdrawn", new WithdrawConsent(null, null).Decide(RecordState.None with { ConsentWithdrawnOn = Today }, Row(), PolicyOf("herrljunga"), Today).Refused?.Code);
        Assert.Equal("withdrawal-day", new WithdrawConsent(Today.AddDays(-1), null).Decide(RecordState.None, Row(), PolicyOf("herrljunga"), Today).Refused?.Code);
    }

    [Theory]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "H-20")]
    [InlineData("own", "Granvika kommun", null, null)]
    [InlineData("own", null, null, "holder-missing")]
    [InlineData("licensed", "Foto-Frida", null, "source-missing")]
    [InlineData("licensed", "Foto-Frida", "Bildbyrån", null)]
    [InlineData("found", "x", "y", "basis-unknown")]
    public void to_a_picture_does_not_replace_saying_whose_it_is(string basis, string? holder, string? source, string? code) =>
        Assert.Equal(code, new StateRights(null, basis, holder, source, null, null).Decide(Own, PolicyOf("trosa")).Refused?.Code);

    [Fact]
    public void and_rights_concern_own_posts_only() => Assert.Equal("not-own-record", new StateRights(null, "own", "x", null, null, null).Decide(A_captured_comment(), PolicyOf("trosa")).Refused?.Code);

    public sealed class Before_publishing
    {
        private static readonly Channel Open = new(Given.Channel, Given.Authority, "facebook", [], null);

        private static readonly Dictionary<string, string> AllWell = ReviewPublication.Questions.ToDictionary(q => q.Word, _ => "ok");

        private static readonly ReviewPublication Picture = new("Bild från invigningen", AllWell, Identifiable: true, [], Suitable: true, null);

        [Theory]
        [Trait("Requirement", "C17")]
        [Trait("Requirement", "H-20")]
        [Trait("Requirement", "R-07")]
        [InlineData("herrljunga", "consent-missing")]
        [InlineData("trosa", "consent-missing")]
        [InlineData("norrkoping", null)]
        [InlineData("toreboda", null)]
        [InlineData("vastarvet", null)]
        public void recognisable_people_have_consented_where_the_guideline_asks_for_it(string preset, string? code)
        {
            Assert.Equal(code, Picture.Decide(Open, PolicyOf(preset), [], Today).Refused?.Code);
            Assert.Null((Picture with { Consents = [Post] }).Decide(Open, PolicyOf(preset), [Row()], Today).Refused);
        }

        [Fact]
        [Trait("Requirement", "H-20")]
        public void a_consent_that_ended_does_not_do() =>
            Assert.Equal("consent-missing", (Picture with { Consents = [Post] }).Decide(Open, PolicyOf("herrljunga"), [Row(Today.AddDays(-1))], Today).Refused?.Code);

        [Fact]
        [Trait("Requirement", "V-01")]
        [Trait("Requirement", "V-02")]
        [Trait("Requirement", "V-04")]
        public void every_question_is_answered_and_one_no_is_no()
        {
            Assert.Equal("checks-missing", (Picture with { Checks = new Dictionary<string, string> { ["secrecy"] = "ok" } }).Decide(Open, PolicyOf("vastarvet"), [], Today).Refused?.Code);
            var politics = new Dictionary<string, string>(AllWell) { ["politics"] = "problem" };
            Assert.Equal("not-suitable", (Picture with { Checks = politics }).Decide(Open, PolicyOf("vastarvet"), [], Today).Refused?.Code);
            Assert.False(Assert.IsType<PublicationReviewed>(Assert.Single((Picture with { Checks = politics, Suitable = false }).Decide(Open, PolicyOf("vastarvet"), [], Today).Events).Event).Suitable);
        }

        [Theory]
        [Trait("Requirement", "V-01")]
        [InlineData("herrljunga", "none")]
        [InlineData("norrkoping", "none")]
        [InlineData("toreboda", "advised")]
        [InlineData("trosa", "none")]
        [InlineData("vastarvet", "required")]
        public void suitability_is_judged_where_the_guideline_asks_for_it(string preset, string value) => Assert.Equal(value, PolicyOf(preset)["publishing.suitability"]);
    }
}
