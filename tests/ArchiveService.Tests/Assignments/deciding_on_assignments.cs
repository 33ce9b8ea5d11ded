using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Assignments;

/// <summary>The pure decisions about an uppdrag.</summary>
public sealed class Deciding_on_assignments
{
    private static readonly Guid Id = Guid.Parse("0199aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Eva = Guid.Parse("0199aaaa-0000-7000-8000-0000000000b1");
    private static readonly Guid Stand_in = Guid.Parse("0199aaaa-0000-7000-8000-0000000000b2");
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly DateTimeOffset Noon = Given.Noon;
    private static readonly Caller Chef = new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000c1"), "Charlie", [new(Role.Chef, null)], false, false, []);
    private static readonly PersonAsked Employee = new(Service: false, Closed: false);

    private static readonly GiveAssignment Give = new(null, Given.Channel, Eva, AssignmentFunction.Moderator, null, null, "Beslut 2026-03-01");

    private static readonly AssignmentGiven Given_to_Eva = new(Given.Authority, Given.Channel, Eva, AssignmentFunction.Moderator, Today, new(2026, 6, 30), Chef.PersonId, true, null, null, false, 3);

    private static GivingWorld World(string preset, params (string Key, string Value)[] own) =>
        new(new(Given.Authority, "KS", "Nämnden", Given.PolicyOf(preset, own), Given.Authority, "KS"), Employee, ChannelClosed: false, GiverIsChef: false, Today);

    private static Assignment Told(params AssignmentEvent[] events) => events.Aggregate(new Assignment(Id), (a, e) => a.After(e, Noon));

    [Theory]
    [InlineData("herrljunga", true)]
    [InlineData("norrkoping", false)]
    [InlineData("toreboda", false)]
    [InlineData("trosa", false)]
    [InlineData("vastarvet", false)]
    [Trait("Requirement", "H-06")]
    [Trait("Requirement", "H-08")]
    [Trait("Requirement", "V-12")]
    public void waits_for_a_second_decision_where_the_guideline_has_two(string preset, bool two)
    {
        var given = Assert.IsType<AssignmentGiven>((Give with { PolicyInformedOn = Today }).Decide(World(preset), Chef).Events.Single().Event);

        Assert.Equal((two, 3, true), (given.NeedsAuthorisation, given.PolicyVersion, given.AsEmployee));
        var assignment = Told(given);
        Assert.Equal(two ? AssignmentStanding.AwaitsAuthorisation : AssignmentStanding.InForce, assignment.On(Today));
        var second = new AuthoriseAssignment("Förvaltningschefens beslut 7").Decide(assignment, Given.PolicyOf(preset), Chef);
        if (two) Assert.Equal(AssignmentStanding.InForce, assignment.After((AssignmentEvent)second.Events.Single().Event, Noon).On(Today));
        else Assert.Equal("authorisation-not-needed", second.Refused!.Code);
    }

    [Fact]
    [Trait("Requirement", "R-04")]
    public void needs_the_day_of_the_information_on_the_policy_where_the_chef_shall_give_it()
    {
        Assert.Equal("policy-information-missing", Give.Decide(World("trosa"), Chef).Refused!.Code);
        Assert.Null((Give with { PolicyInformedOn = Today }).Decide(World("trosa"), Chef).Refused);
        Assert.Null(Give.Decide(World("herrljunga"), Chef).Refused);
    }

    [Fact]
    [Trait("Requirement", "V-13")]
    [Trait("Requirement", "H-08")]
    public void is_for_use_as_an_employee_and_documented()
    {
        Assert.Equal("as-employee", (Give with { AsEmployee = false }).Decide(World("vastarvet"), Chef).Refused!.Code);
        Assert.Equal("decision-reference-missing", (Give with { Decision = " " }).Decide(World("herrljunga"), Chef).Refused!.Code);
    }

    [Fact]
    public void is_refused_to_whoever_cannot_have_it()
    {
        var world = World("herrljunga");
        Assert.Equal("own-assignment", (Give with { Person = Chef.PersonId }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("own-assignment", (Give with { GivenBy = Eva }).Decide(world with { GiverIsChef = true }, Chef).Refused!.Code);
        Assert.Equal("giver-not-chef", (Give with { GivenBy = Stand_in }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("person-unknown", Give.Decide(world with { Person = null }, Chef).Refused!.Code);
        Assert.Equal("service-account", Give.Decide(world with { Person = new(true, false) }, Chef).Refused!.Code);
        Assert.Equal("person-closed", Give.Decide(world with { Person = new(false, true) }, Chef).Refused!.Code);
        Assert.Equal("channel-closed", Give.Decide(world with { ChannelClosed = true }, Chef).Refused!.Code);
        Assert.Equal("function-missing", (Give with { Function = null }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("person-missing", (Give with { Person = null }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("assignment-period", (Give with { From = Today, Until = Today.AddDays(-1) }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("assignment-period", (Give with { From = Today.AddDays(-9), Until = Today.AddDays(-1) }).Decide(world, Chef).Refused!.Code);
        Assert.Equal("assignment-date", (Give with { IntroducedOn = Today.AddDays(1) }).Decide(world, Chef).Refused!.Code);
    }

    [Fact]
    public void holds_from_its_first_day_to_its_last()
    {
        var assignment = Told(Given_to_Eva);
        Assert.Equal(AssignmentStanding.Coming, assignment.On(Today.AddDays(-1)));
        Assert.Equal(AssignmentStanding.InForce, assignment.On(new(2026, 6, 30)));
        Assert.Equal(AssignmentStanding.Lapsed, assignment.On(new(2026, 7, 1)));
        Assert.Equal(AssignmentStanding.Ended, Told(Given_to_Eva, new AssignmentEnded(Given.Authority, 3)).On(Today));
        Assert.Equal(AssignmentStanding.InForce, (assignment with { EndedAt = Noon.AddDays(5) }).On(Today));
    }

    [Fact]
    [Trait("Requirement", "H-07")]
    public void is_stood_in_for_within_its_own_period_by_somebody_else()
    {
        var (assignment, policy) = (Told(Given_to_Eva), Given.PolicyOf("herrljunga"));
        string? Code(Guid? who, DateOnly? from, DateOnly? until, PersonAsked? known = null) => new NameSubstitute(who, from, until).Decide(assignment, known ?? Employee, Today, policy, Chef).Refused?.Code;

        Assert.Null(Code(Stand_in, Today, Today.AddDays(14)));
        Assert.Equal("substitute-self", Code(Eva, null, Today));
        Assert.Equal("own-assignment", Code(Chef.PersonId, null, Today));
        Assert.Equal("person-missing", Code(null, null, Today));
        Assert.Equal("person-closed", Code(Stand_in, null, Today, new(false, true)));
        Assert.Equal("substitute-period", Code(Stand_in, null, null));
        Assert.Equal("substitute-period", Code(Stand_in, Today, new(2026, 7, 1)));
        Assert.Equal("substitute-period", Code(Stand_in, Today.AddDays(3), Today));
        var named = new AssignmentSubstituteNamed(Given.Authority, Stand_in, Today, Today, 3);
        Assert.Empty(new NameSubstitute(Stand_in, Today, Today).Decide(Told(Given_to_Eva, named), Employee, Today, policy, Chef).Events);
        Assert.Equal("assignment-ended", new NameSubstitute(Stand_in, Today, Today).Decide(Told(Given_to_Eva, new AssignmentEnded(Given.Authority, 3)), Employee, Today, policy, Chef).Refused!.Code);
        Assert.Equal("assignment-lapsed", new NameSubstitute(Stand_in, null, new(2026, 8, 1)).Decide(assignment, Employee, new(2026, 7, 1), policy, Chef).Refused!.Code);
    }

    [Fact]
    public void ends_once_and_with_a_reason()
    {
        var policy = Given.PolicyOf("herrljunga");
        Assert.Equal("reason-missing", new EndAssignment(" ").Decide(Told(Given_to_Eva), policy).Refused!.Code);
        Assert.IsType<AssignmentEnded>(new EndAssignment("Slutar").Decide(Told(Given_to_Eva), policy).Events.Single().Event);
        Assert.Equal("assignment-ended", new EndAssignment("Slutar").Decide(Told(Given_to_Eva, new AssignmentEnded(Given.Authority, 3)), policy).Refused!.Code);
    }

    /// <summary>Norrköping and Trosa demand no uppdrag in words: a stricter choice, which the policy says.</summary>
    [Theory]
    [InlineData("herrljunga", "H-08", false)]
    [InlineData("norrkoping", "N-04", true)]
    [InlineData("toreboda", "T-21", false)]
    [InlineData("trosa", "R-04", true)]
    [InlineData("vastarvet", "V-12", false)]
    [Trait("Requirement", "I11")]
    [Trait("Requirement", "T-21")]
    [Trait("Requirement", "V-12")]
    [Trait("Requirement", "H-08")]
    public void are_required_by_every_guideline_once_the_channel_is_in_use(string preset, string requirement, bool stricter)
    {
        var value = Given.PolicyOf(preset).Of("assignment.required");
        Assert.Equal(("in-use", requirement), (value.Value, value.Requirement));
        Assert.Equal(stricter, value.Note!.Contains("strängare val", StringComparison.Ordinal));
    }
}
