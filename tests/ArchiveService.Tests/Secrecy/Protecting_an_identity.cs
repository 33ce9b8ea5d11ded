using ArchiveService.Features.Accounts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Secrecy;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Secrecy;

/// <summary>The flag of protected identity (OSL 21:3, 21:3a, 22:1), apart from marks.</summary>
public sealed class Protecting_an_identity
{
    private static readonly Guid Flag = new("0199aaaa-0000-7000-8000-0000000000f1");
    private static readonly Guid Account = new("0199aaaa-0000-7000-8000-0000000000a1");
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly RecordProtected Protected = new(Flag, Account, "OSL 22 kap. 1 §", false, 3);
    private static readonly RecordProtectionLifted Lifted = new(Flag, Account, 3);

    private static readonly AccountState Seen = AccountState.None.After(new AccountSeen(Authority, Channel, "facebook", false, "p1", Noon, null));

    private static ProtectIdentity Asked(string? basis = "secrecyMark", string? provision = null, DateOnly? decided = null, DateOnly? until = null, DateOnly? review = null, string? reason = "Underrättelse från Skatteverket.") =>
        new(basis, provision, decided, until, review, reason, null);

    private static string? Refused(ProtectIdentity command, AccountState? state = null) => command.Decide(state ?? Seen, PolicyOf("herrljunga"), Today, Flag).Refused?.Code;

    [Fact]
    [Trait("Requirement", "I3")]
    public void keeps_what_was_written_behind_the_wall_however_it_is_assessed()
    {
        var state = A_captured_comment().With(Protected);
        Assert.Equal((Wall.Secret, true), (state.Wall, state.IsMarkedSecret));
        Assert.Equal(Wall.Secret, state.With(Minor).Wall);
        Assert.NotNull(state.With(Minor).SecrecySince);
        Assert.False(A_captured_comment().With(Registered, new Features.Diary.DiaryEntryReleased(3), Protected).DiaryReleased);
    }

    [Fact]
    public void and_its_lifting_leave_each_record_where_it_stood_by_itself()
    {
        Assert.Equal(Wall.Open, A_captured_comment().With(Protected, Lifted).Wall);
        Assert.Null(A_captured_comment().With(Protected, Lifted).SecrecySince);
        Assert.Equal(Wall.Unassessed, A_captured_comment(wall: Wall.Unassessed).With(Protected, Lifted).Wall);
        Assert.Equal(Wall.Open, A_captured_comment(wall: Wall.Unassessed).With(Protected, Minor, Lifted).Wall);

        // A mark set by hand is its own: neither lifts the other.
        Assert.Equal(Wall.Secret, A_captured_comment().With(Secret, Protected, Lifted).Wall);
        Assert.Equal(Wall.Secret, A_captured_comment().With(Secret, Protected, new SecrecyLifted(Authority, Noon, 3)).Wall);
        Assert.Equal(Wall.Open, A_captured_comment().With(Secret, Protected, new SecrecyLifted(Authority, Noon, 3), Lifted).Wall);
    }

    [Fact]
    public void takes_the_provision_that_follows_from_its_basis()
    {
        foreach (var basis in ProtectIdentity.Bases)
        {
            var e = Assert.IsType<IdentityProtected>(Assert.Single(Asked(basis.Code).Decide(Seen, PolicyOf("herrljunga"), Today, Flag).Events).Event);
            Assert.Equal((basis.Basis, basis.Provision, Today, false), (e.Basis, e.Provision, e.DecidedOn, e.Inherited));
            Assert.Contains(basis.Provision, ProtectIdentity.Provisions);
        }

        var decided = Asked(provision: "OSL 21 kap. 3 §", decided: new(2026, 2, 1), until: new(2027, 2, 1), review: new(2026, 8, 1)).Decide(Seen, PolicyOf("herrljunga"), Today, Flag);
        Assert.Equal("OSL 21 kap. 3 §", ((IdentityProtected)decided.Events[0].Event).Provision);
        Assert.Equal("Underrättelse från Skatteverket.", decided.Events[0].Parts!["reason"]);
    }

    [Fact]
    public void is_refused_without_basis_reason_or_sense()
    {
        Assert.Equal("basis-unknown", Refused(Asked(basis: null)));
        Assert.Equal("provision-unknown", Refused(Asked(provision: "OSL 99 kap. 1 §")));
        Assert.Equal("decided-in-the-future", Refused(Asked(decided: Today.AddDays(1))));
        Assert.Equal("until-out-of-range", Refused(Asked(until: Today)));
        Assert.Equal("review-out-of-range", Refused(Asked(review: Today.AddYears(11))));
        Assert.Equal("reason-missing", Refused(Asked(reason: " ")));
        Assert.Equal("own-account", Refused(Asked(), Seen with { Own = true }));
        Assert.Equal("account-disposed", Refused(Asked(), Seen with { Disposed = true }));
        Assert.Equal("already-protected", Refused(Asked(), Seen.After((IdentityProtected)Asked().Decide(Seen, PolicyOf("herrljunga"), Today, Flag).Events[0].Event)));
        Assert.Equal("not-protected", new LiftProtection("Upphört").Decide(Seen, PolicyOf("herrljunga")).Refused?.Code);
        Assert.Equal("not-protected", new ReviewProtection(null, null, "Står kvar").Decide(Seen, PolicyOf("herrljunga"), Today).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public void lets_a_picture_go_when_somebody_has_looked_for_everybody_flagged_and_nothing_else()
    {
        var (policy, other) = (PolicyOf("herrljunga"), new CoveringFlag(Guid.CreateVersion7(), Guid.CreateVersion7(), "OSL 21 kap. 3 §"));
        var picture = A_captured_comment().With(Protected) with { RecordType = MadeHere.Snapshot };
        var let = new ReleaseSnapshot("Inget syns.").Decide(picture, [new(Flag, Account, "OSL 22 kap. 1 §"), other, other], policy).Events;
        Assert.Equal([Flag, other.Protection], let.Select(e => ((RecordProtectionLifted)e.Event).Protection));
        var after = let.Aggregate(picture, (state, e) => state.With((RecordEvent)e.Event));
        Assert.Equal((Wall.Open, true), (after.Wall, after.ProtectionsLifted.Contains(other.Protection)));

        Assert.Equal("reason-missing", new ReleaseSnapshot(" ").Decide(picture, [], policy).Refused?.Code);
        Assert.Equal("snapshot-not-protected", new ReleaseSnapshot("Igen").Decide(after, [], policy).Refused?.Code);
        Assert.Equal("not-a-snapshot", new ReleaseSnapshot("Sett").Decide(A_captured_comment().With(Protected), [], policy).Refused?.Code);
    }

    [Theory]
    [InlineData("Hej @nils.latsas, hur är det?", true)]
    [InlineData("NILS.LATSAS skrev det", true)]
    [InlineData("anils.latsasson", false)]
    [InlineData("nils latsas", false)]
    [InlineData(null, false)]
    public void hears_a_handle_as_a_word_of_its_own(string? text, bool heard) => Assert.Equal(heard, ProtectedNames.Names(text, "nils.latsas"));
}
