using ArchiveService.Access;
using ArchiveService.Access.Oidc;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using Microsoft.Extensions.Configuration;

namespace ArchiveService.Tests.Access;

public sealed class Roles_from_a_provider
{
    private static readonly Guid Bo = Guid.Parse("0195aaaa-0000-7000-8000-000000000001");
    private static readonly Guid Siv = Guid.Parse("0195aaaa-0000-7000-8000-000000000002");
    private static readonly Guid Ks = Guid.Parse("0195aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Bun = Guid.Parse("0195aaaa-0000-7000-8000-0000000000a2");
    private static readonly Guid Provider = IdentityProvider.Caller.PersonId;
    private static readonly SeparateDuties Apart = new(true);

    private static Person Person(params IEnumerable<object> events) => events.Prepend(new PersonRegistered(false)).Aggregate(new Person(Bo), (person, happened) => person.After(happened));

    private static object[] Events(ProviderRoles told) => [.. told.Events.Select(e => (object)e.Event)];

    [Fact]
    public void are_given_and_taken_back_by_the_provider_and_leave_those_given_by_hand()
    {
        var person = Person(new RoleGranted(Role.Registrator, Ks, Provider), new RoleGranted(Role.Chef, Ks, Siv));

        var told = ProviderRoles.Of(person, [new(Role.Moderator, Bun)], Apart);

        Assert.Equal([new RoleRevoked(Role.Registrator, Ks, Provider), new RoleGranted(Role.Moderator, Bun, Provider)], Events(told));
        Assert.True(told.HasRole);
        Assert.Empty(ProviderRoles.Of(person, [new(Role.Registrator, Ks), new(Role.Chef, Ks)], Apart).Events);
        var without = ProviderRoles.Of(person, [], Apart);
        Assert.Equal([new RoleRevoked(Role.Registrator, Ks, Provider)], Events(without));
        Assert.True(without.HasRole);
        Assert.False(ProviderRoles.Of(Person(), [], Apart).HasRole);
    }

    [Fact]
    public void are_an_administrators_when_given_by_hand_as_well()
    {
        var person = Person(new RoleGranted(Role.Registrator, Ks, Provider));
        var admin = new Caller(Siv, "Siv", [new(Role.Admin, null)], false, false, []);

        var given = new GrantRole(Role.Registrator, Ks).Decide(person, admin).Events.Select(e => (object)e.Event).ToArray();

        Assert.Equal([new RoleRevoked(Role.Registrator, Ks, Siv), new RoleGranted(Role.Registrator, Ks, Siv)], given);
        var after = given.Aggregate(person, (p, e) => p.After(e));
        Assert.Empty(after.FromProvider);
        Assert.Empty(ProviderRoles.Of(after, [], Apart).Events);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "Ks")]
    [InlineData("Ks", null)]
    [InlineData("Ks", "Ks")]
    public void do_not_make_an_archivist_of_an_administrator_nor_the_other_way_round(string? admin, string? arkivarie)
    {
        Guid? At(string? written) => written is null ? null : Ks;
        Grant administers = new(Role.Admin, At(admin)), disposes = new(Role.Arkivarie, At(arkivarie));

        Assert.True(SeparateDuties.Clash([administers], disposes));
        Assert.True(SeparateDuties.Clash([disposes], administers));
        var both = ProviderRoles.Of(Person(new RoleGranted(Role.Registrator, Ks, Provider)), [administers, disposes], Apart);
        Assert.Equal("duties-apart", both.Refused?.Code);
        Assert.Equal([new RoleRevoked(Role.Registrator, Ks, Provider)], Events(both));
        Assert.Equal("duties-apart", ProviderRoles.Of(Person(new RoleGranted(Role.Admin, At(admin), Siv)), [disposes], Apart).Refused?.Code);
        Assert.Null(ProviderRoles.Of(Person(), [administers, disposes], new(false)).Refused);
        var by = new Caller(Siv, "Siv", [new(Role.Admin, null)], false, false, []);
        Assert.Equal("duties-apart", new GrantRole(disposes.Role, disposes.Authority).Decide(Person(new RoleGranted(administers.Role, administers.Authority, Siv)), by, Apart).Refused?.Code);
        Assert.Equal("duties-apart", new GrantRole(administers.Role, administers.Authority).Decide(Person(new RoleGranted(disposes.Role, disposes.Authority, Siv)), by, Apart).Refused?.Code);
    }

    [Fact]
    public void may_meet_in_one_person_at_different_authorities() => Assert.False(SeparateDuties.Clash([new(Role.Admin, Ks), new(Role.Registrator, Bun)], new(Role.Arkivarie, Bun)));

    [Fact]
    public void are_read_as_a_role_or_a_role_at_a_code()
    {
        Assert.Equal(
            [(Role.Registrator, "KS"), (Role.Moderator, null), (Role.Revisor, "BUN")],
            ProviderRoles.Read(["KS:registrator", "moderator", "BUN:granskare", "connector", "KS:connector", "nonsense", ":chef", "hr-admin"], []));
    }

    [Fact]
    public void are_only_those_of_the_mapping_when_there_is_one()
    {
        MappedRole[] mapped = [new("grupp-17", Role.Registrator, "KS"), new("grupp-17", Role.Moderator, "KS"), new("chefer", Role.Chef, null)];

        Assert.Equal([(Role.Registrator, "KS"), (Role.Moderator, "KS"), (Role.Chef, null)], ProviderRoles.Read(["grupp-17", "admin", "chefer", "KS:arkivarie"], mapped));
    }

    [Theory]
    [InlineData("http://login.example.se", false)]
    [InlineData("https://login.example.se/realms/x?y=1", false)]
    [InlineData("ftp://login.example.se", false)]
    [InlineData("https://login.example.se/realms/x/", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://127.0.0.1.example.se", false)]
    public void come_from_a_provider_asked_over_https_only(string authority, bool usable)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Oidc:Authority"] = authority, ["Oidc:ClientId"] = "a", ["Oidc:ClientSecret"] = "hemlighet" }).Build();

        if (!usable)
        {
            Assert.Throws<CannotStart>(() => OidcOptions.From(configuration));
            return;
        }

        var options = OidcOptions.From(configuration)!;
        Assert.Equal(authority.TrimEnd('/'), options.Authority);
        Assert.Equal(("roles", "name", "openid profile"), (options.RoleClaim, options.NameClaim, options.Scope));
        Assert.DoesNotContain("hemlighet", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void need_all_of_the_configuration()
    {
        Assert.Null(OidcOptions.From(Configured([])));
        Assert.Throws<CannotStart>(() => OidcOptions.From(Configured([("Oidc:Authority", "https://x.se")])));
        Assert.Throws<CannotStart>(() => OidcOptions.From(Configured([("Oidc:Authority", "https://x.se"), ("Oidc:ClientId", "a")])));
        (string, string)[] whole = [("Oidc:Authority", "https://x.se"), ("Oidc:ClientId", "a"), ("Oidc:ClientSecret", "b")];
        Assert.Throws<CannotStart>(() => OidcOptions.From(Configured([.. whole, ("Oidc:Roles:0:Claim", "x"), ("Oidc:Roles:0:Role", "connector")])));
        Assert.Equal([new MappedRole("x", Role.Chef, "KS")], OidcOptions.From(Configured([.. whole, ("Oidc:Roles:0:Claim", "x"), ("Oidc:Roles:0:Role", "chef"), ("Oidc:Roles:0:Authority", "KS")]))!.Mapped);
    }

    private static IConfiguration Configured(IEnumerable<(string Key, string Value)> set) =>
        new ConfigurationBuilder().AddInMemoryCollection(set.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
}
