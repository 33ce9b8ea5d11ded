using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Delegations;

/// <summary>The pure decisions about a delegationsordning and what is reported under it.</summary>
public sealed class Deciding_on_delegation
{
    private static readonly DateOnly Today = new(2026, 3, 1);
    private static readonly Authority Nämnden = new(Given.Authority, "KS", "Nämnden", Given.PolicyOf("herrljunga"), Given.Authority, "KS");
    private static readonly PointAsked Dispose = new("2.3.1", "dispose", "arkivarie", null, "Gallring");

    private static string? Refused(params PointAsked[] points) => new AdoptDelegation("KS § 12", null, null, points).Decide(Nämnden, 0, Today).Refused?.Code;

    [Fact]
    public void gives_the_next_version_whole_with_its_points()
    {
        var adopted = Assert.IsType<DelegationOrderAdopted>(new AdoptDelegation("KS § 12", null, null, [Dispose, new("2.3.2", "egen-kod", null, Given.Channel)]).Decide(Nämnden, 4, Today).Events.Single().Event);

        Assert.Equal((5, Today, 3), (adopted.Version, adopted.From, adopted.PolicyVersion));
        Assert.Equal([new("2.3.1", "dispose", Role.Arkivarie, null, null, null), new("2.3.2", "egen-kod", null, Given.Channel, null, null)], adopted.Points);
    }

    [Fact]
    public void refuses_a_point_that_cannot_be_used()
    {
        Assert.Equal("points-missing", Refused());
        Assert.Equal("point-unusable", Refused(Dispose with { Number = "" }));
        Assert.Equal("point-unusable", Refused(Dispose with { Number = "två punkt tre" }));
        Assert.Equal("point-unusable", Refused(Dispose with { Kind = "Gallra!" }));
        Assert.Equal("point-unusable", Refused(Dispose with { Role = "kung" }));
        Assert.Equal("point-unusable", Refused(Dispose with { Role = "connector" }));
        Assert.Equal("point-unusable", Refused(Dispose with { Role = null }));
        Assert.Equal("point-unusable", Refused(Dispose with { Person = Given.Channel }));
        Assert.Equal("point-unusable", Refused(Dispose with { ValidUntil = Today.AddDays(-1) }));
        Assert.Equal("decision-reference-missing", new AdoptDelegation(null, null, null, [Dispose]).Decide(Nämnden, 0, Today).Refused!.Code);
        Assert.Equal("delegation-period", new AdoptDelegation("KS § 1", Today, Today.AddDays(-1), [Dispose]).Decide(Nämnden, 0, Today).Refused!.Code);
    }

    [Fact]
    public void reports_what_waits_at_a_meeting_that_has_been()
    {
        Guid[] waiting = [Given.Channel];
        var reported = Assert.IsType<DelegationReported>(new ReportDecisions(Today, "KS § 45").Decide(Nämnden, waiting, Today).Events.Single().Event);

        Assert.Equal(waiting, reported.Decisions);
        Assert.Equal("meeting-missing", new ReportDecisions(null, "KS § 45").Decide(Nämnden, waiting, Today).Refused!.Code);
        Assert.Equal("meeting-coming", new ReportDecisions(Today.AddDays(1), "KS § 45").Decide(Nämnden, waiting, Today).Refused!.Code);
        Assert.Equal("paragraph-missing", new ReportDecisions(Today, "").Decide(Nämnden, waiting, Today).Refused!.Code);
        Assert.Equal("nothing-to-report", new ReportDecisions(Today, "KS § 45").Decide(Nämnden, [], Today).Refused!.Code);
        Assert.Equal("decision-not-waiting", new ReportDecisions(Today, "KS § 45", [Given.Channel, Given.Authority]).Decide(Nämnden, waiting, Today).Refused!.Code);
    }
}
