using ArchiveService.Access;
using ArchiveService.Features.Substitutes;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Substitutes;

/// <summary>The pure decisions about who stands in for whom.</summary>
public sealed class Deciding_on_substitutes
{
    private static readonly Guid Eva = Guid.Parse("0199aaaa-0000-7000-8000-0000000000b1");
    private static readonly Guid Bo = Guid.Parse("0199aaaa-0000-7000-8000-0000000000b2");
    private static readonly Guid Siv = Guid.Parse("0199aaaa-0000-7000-8000-0000000000b3");
    private static readonly DateOnly Today = new(2026, 3, 1);

    private static readonly NameStandIn Name = new("KS", null, Bo, null, Today.AddDays(7));

    private static Caller By(Guid person, params Role[] roles) => new(person, "Någon", [.. roles.Select(r => new Grant(r, Given.Authority))], false, false, []);

    private static SubstitutionParty Party(params Role[] roles) => new(false, false, [.. roles.Select(r => new Grant(r, Given.Authority))]);

    private static SubstitutionWorld World(SubstitutionParty? person = null, SubstitutionParty? substitute = null, bool apart = true) =>
        new(new(Given.Authority, "KS", "Nämnden", Given.PolicyOf("custom"), Given.Authority, "KS"), person ?? Party(Role.Registrator), substitute ?? Party(Role.Moderator), Today, new(apart));

    private static string? Code(NameStandIn command, SubstitutionWorld world, Caller by) => command.Decide(world, by).Refused?.Code;

    [Fact]
    [Trait("Requirement", "H-07")]
    public void are_named_by_the_one_who_is_away_or_by_a_chef()
    {
        var named = Assert.IsType<SubstituteNamed>(Assert.Single(Name.Decide(World(), By(Eva, Role.Registrator)).Events).Event);
        Assert.Equal((Given.Authority, Eva, Bo, Today, Today.AddDays(7)), (named.Authority, named.Person, named.Substitute, named.From, named.Until));
        Assert.True(named.PolicyVersion > 0);

        Assert.Null(Code(Name with { Person = Eva }, World(), By(Siv, Role.Chef)));
        Assert.Null(Code(Name with { Person = Eva }, World(), By(Siv, Role.Admin)));
        Assert.Equal("not-allowed", Code(Name with { Person = Eva }, World(), By(Siv, Role.Registrator)));
        Assert.Equal("own-substitution", Code(Name with { Person = Eva, Substitute = Siv }, World(), By(Siv, Role.Chef)));
    }

    [Fact]
    public void have_a_role_of_their_own_and_stand_in_for_somebody_who_has_something_to_do()
    {
        var eva = By(Eva, Role.Registrator);
        Assert.Equal("substitute-self", Code(Name with { Substitute = Eva }, World(), eva));
        Assert.Equal("substitute-without-role", Code(Name, World(substitute: Party(Role.Revisor, Role.Admin)), eva));
        Assert.Equal("substitute-without-role", Code(Name, World(substitute: new(false, false, [new(Role.Chef, Eva)])), eva));
        Assert.Equal("person-closed", Code(Name, World(substitute: Party(Role.Chef) with { Closed = true }), eva));
        Assert.Equal("service-account", Code(Name, World(substitute: new(true, false, [])), eva));
        Assert.Equal("nothing-to-replace", Code(Name, World(Party(Role.Revisor)), By(Eva, Role.Revisor)));
        Assert.Equal("person-closed", Code(Name with { Person = Eva }, World(Party(Role.Chef) with { Closed = true }), By(Siv, Role.Chef)));
    }

    [Fact]
    public void have_a_period_that_begins_today_at_the_earliest_and_is_a_year_at_most()
    {
        var eva = By(Eva, Role.Registrator);
        Assert.Equal("substitute-period", Code(Name with { Until = null }, World(), eva));
        Assert.Equal("substitute-period", Code(Name with { Until = Today.AddDays(-1) }, World(), eva));
        Assert.Equal("substitute-period", Code(Name with { From = Today.AddDays(-1) }, World(), eva));
        Assert.Equal("substitute-period", Code(Name with { From = Today.AddDays(8) }, World(), eva));
        Assert.Equal("substitute-period", Code(Name with { Until = Today.AddDays(366) }, World(), eva));
        Assert.Null(Code(Name with { Until = Today }, World(), eva));
    }

    [Fact]
    public void are_not_administrators_who_stand_in_for_the_archivist()
    {
        var eva = By(Eva, Role.Arkivarie);
        Assert.Equal("duties-apart", Code(Name, World(Party(Role.Arkivarie), Party(Role.Admin, Role.Registrator)), eva));
        Assert.Null(Code(Name, World(Party(Role.Arkivarie), Party(Role.Admin, Role.Registrator), apart: false), eva));
        Assert.Null(Code(Name, World(Party(Role.Arkivarie), Party(Role.Registrator)), eva));
    }

    [Fact]
    public void end_at_once_by_those_who_have_a_part_in_it()
    {
        var substitution = new Substitution(Guid.Empty, Given.Authority, Eva, Bo, Today, Today.AddDays(7), null, 1);
        var policy = Given.PolicyOf("custom");
        foreach (var by in new[] { By(Eva, Role.Registrator), By(Bo, Role.Moderator), By(Siv, Role.Chef), By(Siv, Role.Admin) })
            Assert.IsType<SubstitutionEnded>(Assert.Single(new EndSubstitution().Decide(substitution, policy, Today, by).Events).Event);
        Assert.Equal("not-allowed", new EndSubstitution().Decide(substitution, policy, Today, By(Siv, Role.Registrator)).Refused?.Code);
        Assert.Empty(new EndSubstitution().Decide(substitution with { EndedAt = Given.Noon }, policy, Today, By(Eva, Role.Registrator)).Events);
    }

    [Fact]
    public void lend_the_role_and_the_queue_at_that_authority_and_nothing_to_read()
    {
        var other = Guid.Parse("0199aaaa-0000-7000-8000-0000000000d1");
        var bo = By(Bo, Role.Moderator) with { StandIns = [new(Guid.Empty, Given.Authority, Eva, [Role.Arkivarie])] };

        Assert.Equal(Eva, bo.StandsInAs(Given.Authority, Role.Arkivarie)?.Person);
        Assert.Null(bo.StandsInAs(other, Role.Arkivarie));
        Assert.Null(bo.StandsInAs(Given.Authority, Role.Moderator));
        Assert.True(bo.IsOrStandsInFor(Given.Authority, Eva));
        Assert.False(bo.IsOrStandsInFor(other, Eva));
        Assert.False(bo.May(Given.Authority, Role.Arkivarie));
        Assert.False(bo.MayReadSecret(Given.Authority));

        var identity = new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity(bo.ToClaims(), "test"));
        Assert.Equivalent(bo.StandIns, Caller.From(identity)!.StandIns, strict: true);
    }

    [Theory]
    [InlineData("Siv Exempel", "i Siv Exempels ställe")]
    [InlineData("Nils Jonas", "i Nils Jonas ställe")]
    public void are_noted_in_swedish(string name, string noted) => Assert.Equal(noted, SubstitutionWords.InPlaceOf(name));
}
