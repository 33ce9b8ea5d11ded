using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;

namespace ArchiveService.Tests.AccessTests;

public sealed class A_password
{
    [Fact]
    public void is_known_again_and_stored_with_a_salt_of_its_own()
    {
        var (one, other) = (Password.Hash("fyra glada grisar"), Password.Hash("fyra glada grisar"));

        Assert.NotEqual(one, other);
        Assert.True(Password.Verify(one, "fyra glada grisar"));
        Assert.False(Password.Verify(one, "fyra glada gräsar"));
        Assert.False(Password.Verify(null, "fyra glada grisar"));
    }

    [Fact]
    public void is_the_same_whichever_way_its_letters_are_composed() =>
        Assert.True(Password.Verify(Password.Hash("sju sköna sälar"), "sju sko\u0308na sa\u0308lar"));

    [Theory]
    [InlineData("kort", false)]
    [InlineData("siv.exempel.1", false)]
    [InlineData("aaaaaaaaaaaaaaaa", false)]
    [InlineData("fyra glada grisar", true)]
    public void has_to_be_long_and_its_own(string password, bool good) => Assert.Equal(good, Password.Objection(password, "siv") is null);
}

public sealed class A_name
{
    [Fact]
    public void is_the_same_whatever_its_case_and_spaces()
    {
        Assert.Equal("Siv Exempelsson", PersonName.Clean("  Siv \t Exempelsson "));
        Assert.Equal("siv.å", PersonName.FoldUsername(" SIV.Å "));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("Siv\u0000")]
    [InlineData("Siv\u202Enosslepmexe")]
    public void is_refused_when_it_is_none(string name) => Assert.Null(PersonName.Clean(name));

    [Theory]
    [InlineData("ab")]
    [InlineData("med mellanslag")]
    [InlineData("<script>")]
    public void of_a_user_has_no_strange_characters(string username) => Assert.Null(PersonName.FoldUsername(username));
}

public sealed class The_roles_of_a_token
{
    private static readonly Guid Ks = new("0195aaaa-0000-7000-8000-0000000000a1");
    private static readonly Guid Bun = new("0195aaaa-0000-7000-8000-0000000000a2");

    [Fact]
    public void are_those_given_that_the_person_still_has()
    {
        Grant[] given = [new(Role.Registrator, Ks), new(Role.Arkivarie, null), new(Role.Chef, Ks)];

        Assert.Equal([new(Role.Registrator, Ks), new(Role.Arkivarie, Bun)], Principals.Common([new(Role.Registrator, null), new(Role.Arkivarie, Bun), new(Role.Chef, Bun)], given));
        Assert.Empty(Principals.Common([], given));
    }

    [Fact]
    public void go_into_claims_and_out_again()
    {
        var caller = new Caller(Ks, "Siv", [new(Role.Registrator, Ks), new(Role.Arkivarie, null)], Clearance: true, IsService: false, [Bun]);

        var back = Caller.From(new(new System.Security.Claims.ClaimsIdentity(caller.ToClaims(), "test")));

        Assert.Equal(caller with { Grants = [], Channels = [], ClearedIn = [] }, back! with { Grants = [], Channels = [], ClearedIn = [] });
        Assert.Equal(caller.Grants, back.Grants);
        Assert.Equal(caller.Channels, back.Channels);
    }
}

/// <summary>Lines are only ever added here: one that changes means that stored events can no longer be read.</summary>
public sealed class The_events_of_a_person
{
    private static readonly EventTypes Types = new(typeof(PersonRegistered).Assembly);

    [Theory]
    [InlineData("person_registered", """{"service":false}""")]
    [InlineData("role_granted", """{"role":"registrator","authority":"0195aaaa-0000-7000-8000-0000000000a1","grantedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("role_granted", """{"role":"admin","grantedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("role_revoked", """{"role":"chef","revokedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("clearance_granted", """{"grantedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("clearance_revoked", """{"revokedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("local_account_opened", """{"openedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("password_set", """{"setBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("person_closed", """{"closedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("person_reopened", """{"reopenedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("token_issued", """{"token":"0195aaaa-0000-7000-8000-0000000000f1","grants":[{"role":"registrator","authority":"0195aaaa-0000-7000-8000-0000000000a1"}],"clearance":false,"channels":[],"issuedAt":"2026-03-02T07:00:00.000000Z","expiresAt":"2026-05-31T07:00:00.000000Z","issuedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    [InlineData("token_revoked", """{"token":"0195aaaa-0000-7000-8000-0000000000f1","revokedAt":"2026-03-02T07:00:00.000000Z","revokedBy":"0195aaaa-0000-7000-8000-000000000001"}""")]
    public void survive_a_round_trip_unchanged(string name, string stored)
    {
        var happened = Types.Read(name, System.Text.Encoding.UTF8.GetBytes(stored));

        Assert.Equal(stored, JsonSerializer.Serialize(happened, happened.GetType(), EventTypes.Json));
    }
}
