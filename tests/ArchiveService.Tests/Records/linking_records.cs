using ArchiveService.Capture;
using ArchiveService.Features.Records;
using Xunit;

namespace ArchiveService.Tests.Records;

/// <summary>One item of a channel under two ids: each record stays, and each points at the other (capture formats §11).</summary>
public sealed class Linking_records
{
    private static readonly Guid Id = Guid.CreateVersion7();
    private static readonly Guid OtherId = Guid.CreateVersion7();
    private static readonly Guid Channel = Guid.CreateVersion7();

    private static readonly RecordState State = RecordState.None with { Version = 1, Channel = Channel, Kind = ItemKind.Post, RecordType = "post" };

    [Fact]
    public void Two_records_of_one_channel_are_linked_once()
    {
        var happened = (RecordsLinked)Assert.Single(new LinkRecords(OtherId, null).Decide(State, Id, State, LinkBasis.Person, 3).Events).Event;
        Assert.Equal(new(OtherId, LinkBasis.Person, 3), happened);
        var linked = State.After(happened, DateTimeOffset.UnixEpoch);
        Assert.Empty(new LinkRecords(OtherId, null).Decide(linked, Id, State, LinkBasis.Person, 3).Events);
        var unlinked = (RecordsUnlinked)Assert.Single(new UnlinkRecords(OtherId, "Två olika inlägg").Decide(linked, 3).Events).Event;
        Assert.DoesNotContain(OtherId, linked.After(unlinked, DateTimeOffset.UnixEpoch).Linked);
    }

    [Fact]
    public void What_cannot_be_the_same_item_is_refused()
    {
        Assert.Equal("link-other", Refused(null, State));
        Assert.Equal("link-itself", Refused(Id, State));
        Assert.Equal("record-unknown", Refused(OtherId, null));
        Assert.Equal("link-channel", Refused(OtherId, State with { Channel = Guid.CreateVersion7() }));
        Assert.Equal("record-disposed", Refused(OtherId, State with { DisposedAt = DateTimeOffset.UnixEpoch }));
        Assert.Equal("link-wall", Refused(OtherId, State with { Wall = Wall.Secret }));
        Assert.Equal("made-here", Refused(OtherId, State with { RecordType = "channel-snapshot" }));
        Assert.Equal("link-unknown", new UnlinkRecords(OtherId, "x").Decide(State, 3).Refused!.Code);
        Assert.Equal("reason-missing", new UnlinkRecords(OtherId, " ").Decide(State with { Linked = [OtherId] }, 3).Refused!.Code);
    }

    private static string Refused(Guid? other, RecordState? state) => new LinkRecords(other, null).Decide(State, Id, state, LinkBasis.Person, 3).Refused!.Code;
}
