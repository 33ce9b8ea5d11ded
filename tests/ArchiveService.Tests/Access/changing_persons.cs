using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Http;

namespace ArchiveService.Tests.AccessTests;

public sealed class Changing_a_person
{
    private static readonly Guid Ks = new("0195aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Bun = new("0195aaaa-0000-7000-8000-0000000000a2");
    private static readonly Guid Siv = new("0195aaaa-0000-7000-8000-000000000001");
    private static readonly Guid Bo = new("0195aaaa-0000-7000-8000-000000000002");
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero);

    private static Caller Admin(params Grant[] grants) => new(Siv, "Siv Exempelsson", grants, Clearance: false, IsService: false, []);

    private static readonly Caller AdminOfAll = Admin(new Grant(Role.Admin, null));
    private static readonly Caller AdminOfKs = Admin(new Grant(Role.Admin, Ks));

    private static Person Person(Guid id, params object[] more) =>
        more.Prepend(new PersonRegistered(Service: false)).Aggregate(new Person(id), (person, happened) => person.After(happened));

    [Fact]
    public void gives_a_role_with_who_gave_it()
    {
        var decision = new GrantRole(Role.Registrator, Ks).Decide(Person(Bo), AdminOfAll);

        Assert.Equal(new RoleGranted(Role.Registrator, Ks, Siv), Assert.Single(decision.Events).Event);
    }

    [Fact]
    public void does_nothing_the_second_time() =>
        Assert.Same(Decision.Nothing, new GrantRole(Role.Registrator, Ks).Decide(Person(Bo, new RoleGranted(Role.Registrator, Ks, Siv)), AdminOfAll));

    [Fact]
    public void is_refused_to_an_administrator_who_would_give_himself_a_role() =>
        Assert.Equal("own-role", new GrantRole(Role.Arkivarie, null).Decide(Person(Siv), AdminOfAll).Refused?.Code);

    [Fact]
    public void is_refused_to_an_administrator_of_another_authority()
    {
        Assert.Equal("not-allowed", new GrantRole(Role.Registrator, Bun).Decide(Person(Bo), AdminOfKs).Refused?.Code);
        Assert.Equal("not-allowed", new GrantRole(Role.Registrator, null).Decide(Person(Bo), AdminOfKs).Refused?.Code);
        Assert.Equal("not-allowed", new GrantRole(Role.Registrator, Ks).Decide(Person(Bo, new RoleGranted(Role.Chef, Bun, Siv)), AdminOfKs).Refused?.Code);
        Assert.Null(new GrantRole(Role.Registrator, Ks).Decide(Person(Bo), AdminOfKs).Refused);
    }

    [Fact]
    public void lets_no_administrator_of_one_authority_set_the_password_of_somebody_with_more_say()
    {
        var above = Person(Bo, new RoleGranted(Role.Admin, null, Siv), new LocalAccountOpened(Siv));

        Assert.Equal("not-allowed", new SetPassword("bo").Decide(above, AdminOfKs).Refused?.Code);
        Assert.Null(new SetPassword("bo").Decide(above, AdminOfAll).Refused);
    }

    [Fact]
    public void lets_everybody_set_his_own_password_who_knows_the_old_one()
    {
        var siv = Person(Siv, new LocalAccountOpened(Bo));
        var plain = new Caller(Siv, "Siv", [new(Role.Moderator, Ks)], false, false, []);

        Assert.Equal("not-allowed", new SetPassword("siv").Decide(siv, plain).Refused?.Code);
        Assert.IsType<PasswordSet>(Assert.Single(new SetPassword("siv", OldOneGiven: true).Decide(siv, plain).Events).Event);
    }

    [Fact]
    public void keeps_the_last_administrator()
    {
        var siv = Person(Siv, new RoleGranted(Role.Admin, null, Siv));

        Assert.Equal("last-administrator", new RevokeRole(Role.Admin, null).Decide(siv, AdminOfAll, othersAdministrate: false).Refused?.Code);
        Assert.Equal("last-administrator", new ClosePerson(true).Decide(siv, AdminOfAll, othersAdministrate: false).Refused?.Code);
        Assert.Null(new RevokeRole(Role.Admin, null).Decide(siv, AdminOfAll, othersAdministrate: true).Refused);
    }

    [Fact]
    public void gives_clearance_only_by_an_administrator_of_everything_and_never_to_oneself()
    {
        Assert.Equal("not-allowed", new SetClearance(true).Decide(Person(Bo), AdminOfKs).Refused?.Code);
        Assert.Equal("own-role", new SetClearance(true).Decide(Person(Siv), AdminOfAll).Refused?.Code);
        Assert.Equal(new ClearanceGranted(Siv), Assert.Single(new SetClearance(true).Decide(Person(Bo), AdminOfAll).Events).Event);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public void gives_clearance_at_one_authority_by_its_own_administrator_and_never_to_oneself()
    {
        var given = new SetClearanceAt(true, Role.Registrator, Ks);
        Assert.Equal(new ClearanceGrantedAt(Role.Registrator, Ks, Siv), Assert.Single(given.Decide(Person(Bo), AdminOfKs).Events).Event);
        Assert.Equal("not-allowed", new SetClearanceAt(true, null, Bo).Decide(Person(Bo), AdminOfKs).Refused?.Code);
        Assert.Equal("own-role", given.Decide(Person(Siv), AdminOfKs).Refused?.Code);
        Assert.Equal("connector-only", given.Decide(new Person(Bo).After(new PersonRegistered(Service: true)), AdminOfAll).Refused?.Code);

        var cleared = Person(Bo, new ClearanceGrantedAt(Role.Registrator, Ks, Siv));
        Assert.Empty(given.Decide(cleared, AdminOfKs).Events);
        Assert.Equal(new ClearanceRevokedAt(Role.Registrator, Ks, Siv), Assert.Single((given with { Granted = false }).Decide(cleared, AdminOfKs).Events).Event);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public void clearance_reads_only_in_the_role_and_at_the_authority_it_is_for()
    {
        var caller = new Caller(Bo, "Bo", [new(Role.Moderator, Ks), new(Role.Registrator, Siv)], false, false, []) { ClearedIn = [new(Role.Registrator, Ks), new(null, Siv)] };

        Assert.False(caller.MayReadSecret(Ks));
        Assert.True(caller.MayReadSecret(Siv));
        Assert.False(caller.MayReadSecret(Bo));
        Assert.Equal([Siv], caller.ReadsSecretsOf);
        Assert.True((caller with { Grants = [new(Role.Registrator, Ks)] }).MayReadSecret(Ks));
        Assert.Empty((caller with { Grants = [] }).ReadsSecretsOf!);
        Assert.Equal(caller.ClearedIn, Caller.From(new(new System.Security.Claims.ClaimsIdentity(caller.ToClaims())))!.ClearedIn);
    }

    [Fact]
    public void keeps_connectors_and_persons_apart()
    {
        var service = new Person(Bo).After(new PersonRegistered(Service: true));

        Assert.Equal("connector-only", new GrantRole(Role.Registrator, Ks).Decide(service, AdminOfAll).Refused?.Code);
        Assert.Equal("connector-only", new GrantRole(Role.Connector, Ks).Decide(Person(Bo), AdminOfAll).Refused?.Code);
        Assert.Equal("service-account", new SetPassword("bo").Decide(service, AdminOfAll).Refused?.Code);
    }

    [Fact]
    public void is_refused_for_somebody_who_has_left()
    {
        var left = Person(Bo, new RoleGranted(Role.Chef, Ks, Siv), new PersonClosed(Siv));

        Assert.Equal("person-closed", new GrantRole(Role.Registrator, Ks).Decide(left, AdminOfAll).Refused?.Code);
        Assert.Equal("person-closed", Token(left, [new(Role.Chef, Ks)]).Refused?.Code);
        Assert.Equal("person-unknown", new GrantRole(Role.Registrator, Ks).Decide(new Person(Bo), AdminOfAll).Refused?.Code);
    }

    [Fact]
    public void issues_no_token_with_more_than_the_person_has()
    {
        var bo = Person(Bo, new RoleGranted(Role.Registrator, Ks, Siv));

        Assert.Equal("role-not-held", Token(bo, [new(Role.Arkivarie, Ks)]).Refused?.Code);
        Assert.Equal("role-not-held", Token(bo, [new(Role.Registrator, null)]).Refused?.Code);
        Assert.Equal("role-not-held", Token(bo, [new(Role.Registrator, Ks)], clearance: true).Refused?.Code);
        Assert.Equal("role-missing", Token(bo, []).Refused?.Code);
        Assert.Equal("expiry-unusable", Token(bo, [new(Role.Registrator, Ks)], days: 400).Refused?.Code);
        Assert.Null(Token(bo, [new(Role.Registrator, Ks)]).Refused);
    }

    private static Decision Token(Person person, IReadOnlyList<Grant> grants, bool clearance = false, int days = 90) =>
        new IssueToken(new("0195aaaa-0000-7000-8000-0000000000f1"), grants, clearance, [], Now, Now.AddDays(days)).Decide(person, AdminOfAll);
}
