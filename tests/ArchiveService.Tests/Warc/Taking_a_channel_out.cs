using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Warc;
using Given = ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Warc;

public sealed class Taking_a_channel_out
{
    private static readonly TakeOutChannel Everything = new(null, null, null, null, null);

    private static readonly Channel Channel = new(Given.Channel, Given.Authority, "facebook", [], null);

    private static Caller Person(Role role, bool cleared) => new(Guid.CreateVersion7(), "Någon", [new(role, null)], cleared, IsService: false, []);

    [Theory]
    [Trait("Requirement", "I3")]
    [InlineData(Role.Arkivarie, true, null)]
    [InlineData(Role.Registrator, true, null)]
    [InlineData(Role.Arkivarie, false, "not-allowed")]
    [InlineData(Role.Moderator, true, "not-allowed")]
    [InlineData(Role.Admin, true, "not-allowed")]
    public void Is_for_the_cleared_who_keep_the_archive(Role role, bool cleared, string? code) => Assert.Equal(code, Everything.Refuse(Given.Authority, Person(role, cleared))?.Code);

    [Fact]
    [Trait("Requirement", "I3")]
    public void What_is_behind_a_wall_needs_a_reason_and_the_unassessed_somebody_who_assesses()
    {
        var walled = Everything with { Walled = true };
        var arkivarie = Person(Role.Arkivarie, cleared: true);
        Assert.Equal("reason-missing", walled.Refuse(Given.Authority, arkivarie)?.Code);
        Assert.Null((walled with { Reason = "Leverans" }).Refuse(Given.Authority, arkivarie));
        Assert.Null(walled.Refuse(Given.Authority, arkivarie with { ReadReason = "Leverans" }));
        Assert.Equal((true, false), (walled.Order(Channel, arkivarie).Secret, walled.Order(Channel, arkivarie).Unassessed));
        Assert.True(walled.Order(Channel, Person(Role.Registrator, cleared: true)).Unassessed);
        Assert.False(Everything.Order(Channel, Person(Role.Registrator, cleared: true)).Walled);
    }

    [Theory]
    [InlineData("https://a.example/p/1", "https://a.example/p/1")]
    [InlineData("https://a.example/p?id=1&access_token=abc", "https://a.example/p?id=1")]
    [InlineData("https://a.example/p?access_token=abc&appsecret_proof=d", "https://a.example/p")]
    [InlineData(null, null)]
    public void Addresses_are_written_without_tokens(string? address, string? written) => Assert.Equal(written, ChannelWarc.Bare(address));
}
