using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;

namespace ArchiveService.Tests.Records;

/// <summary>Records in the states that decisions are asked about; fixed ids and times.</summary>
public static class Given
{
    public static readonly Guid Authority = new("0199aaaa-0000-7000-8000-000000000001");
    public static readonly Guid Channel = new("0199aaaa-0000-7000-8000-000000000002");
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Policy PolicyOf(string preset, params (string Key, string Value)[] own) => new(3, preset, own.ToDictionary(o => o.Key, o => o.Value));

    public static ObservedAct Observed(string act, int minute = 0) => new(act, Noon.AddMinutes(minute), null, Certainty.Observed, ActingParty.Unknown, [], null);

    public static RecordState A_captured_comment(bool content = true, bool sender = true, Wall wall = Wall.Open) => RecordState.None.After(
        new ItemCaptured(Authority, Channel, "facebook", 1, ItemKind.Comment, Direction.Received, Audience.Public, null, null, null, null, "comment", wall,
            content, sender, "c1", TextFormat.Plain, [], null, Observed("a1"), 3), Noon);

    public static RecordState With(this RecordState state, params RecordEvent[] events) => events.Aggregate(state, (s, e) => s.After(e, Noon.AddHours(1)));

    public static RecordAssessed Minor { get; } = new(Minor: true, SecrecySuspected: false, IsQuestion: false, 3);

    public static SecrecyMarked Secret { get; } = new(Authority, "OSL 25 kap. 1 §", Noon, 3);

    public static RecordRegistered Registered { get; } = new(Authority, Channel, "KS 1/2026 956", 1, Direction.Received, Noon, Noon, "comment", null, 3);
}
