using System.IO.Compression;
using System.Text;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Snapshots;
using ArchiveService.Tests.Records;
using static ArchiveService.Tests.Records.Given;
using A = ArchiveService.Features.Snapshots.ArtefactKind;

namespace ArchiveService.Tests.Snapshots;

public sealed class Documenting_a_channel
{
    private static readonly DateOnly Today = new(2026, 9, 1);

    private static readonly Channel Open = new(Given.Channel, Given.Authority, "facebook", [], null);

    private static readonly TakeSnapshot Whole = new(new(2026, 3, 1), new(2026, 8, 31), null, true, false, true, false, null, null, null);

    private static readonly OpenOrder Asked = new(new("0199aaaa-0000-7000-8000-0000000000d1"), Occasion.Debate, new(2026, 9, 3));

    [Theory]
    [Trait("Requirement", "C7")]
    [Trait("Requirement", "H-28")]
    [Trait("Requirement", "T-19")]
    [InlineData("herrljunga", "2026-08-15", "screen-recording")]
    [InlineData("toreboda", "2026-08-15", "screenshot")]
    [InlineData("norrkoping", null, "any")]
    [InlineData("trosa", null, "any")]
    [InlineData("vastarvet", null, "any")]
    public void is_due_as_the_guideline_says(string preset, string? due, string kind)
    {
        var duty = SnapshotDuty.Of(PolicyOf(preset), new(2025, 1, 1), new(2026, 2, 15), null, [], Today);

        Assert.Equal(due is null ? null : DateOnly.Parse(due, System.Globalization.CultureInfo.InvariantCulture), duty.DueOn);
        Assert.Equal(due is not null, duty.Overdue);
        Assert.Equal(kind, PolicyOf(preset)["snapshot.kind"]);
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    public void is_counted_from_its_first_day_until_there_is_one() => Assert.Equal(new DateOnly(2026, 7, 1), SnapshotDuty.Of(PolicyOf("herrljunga"), new(2026, 1, 1), null, null, [], Today).DueOn);

    [Fact]
    [Trait("Requirement", "H-28")]
    public void comes_earlier_when_somebody_asks_for_it()
    {
        Assert.Equal(new DateOnly(2026, 9, 3), SnapshotDuty.Of(PolicyOf("herrljunga"), new(2026, 1, 1), new(2026, 8, 1), null, [Asked], Today).DueOn);
        Assert.Equal(new DateOnly(2026, 9, 3), SnapshotDuty.Of(PolicyOf("vastarvet"), new(2026, 1, 1), null, null, [Asked], Today).DueOn);
    }

    [Theory]
    [Trait("Requirement", "C7")]
    [InlineData("herrljunga", Occasion.Debate)]
    [InlineData("toreboda", Occasion.MajorChange)]
    [InlineData("norrkoping", null)]
    [InlineData("trosa", null)]
    [InlineData("vastarvet", null)]
    public void is_asked_for_besides_the_schedule_as_the_guideline_says(string preset, Occasion? occasion) =>
        Assert.Equal(occasion is { } one ? [one] : [], SnapshotDuty.Extra(PolicyOf(preset)));

    [Fact]
    public void is_owed_no_more_when_the_channel_is_closed() => Assert.Null(SnapshotDuty.Of(PolicyOf("herrljunga"), new(2025, 1, 1), null, new(2026, 1, 1), [Asked], Today).DueOn);

    [Theory]
    [Trait("Requirement", "H-28")]
    [InlineData(null, "2026-08-31", true, true, "period-missing")]
    [InlineData("2026-09-01", "2026-08-31", true, true, "period-wrong")]
    [InlineData("2026-03-01", "2026-09-02", true, true, "period-wrong")]
    [InlineData("2026-03-01", "2026-08-31", false, true, "coverage-missing")]
    [InlineData("2026-03-01", "2026-08-31", true, false, "snapshot-not-screened")]
    public void says_what_it_covers_and_that_it_was_looked_through(string? from, string to, bool content, bool screened, string code)
    {
        static DateOnly? Day(string? text) => text is null ? null : DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(code, (Whole with { From = Day(from), To = Day(to), CoversContent = content, Screened = screened }).Refuse(Open, null, Today)?.Code);
        Assert.Null(Whole.Refuse(Open, null, Today));
    }

    [Fact]
    public void with_something_secret_in_it_names_the_provision() =>
        Assert.Equal("provision-missing", (Whole with { ContainsSecret = true }).Refuse(Open, null, Today)?.Code);

    [Fact]
    public void answers_only_an_order_that_waits() => Assert.Equal("order-unknown", (Whole with { Order = Asked.Id }).Refuse(Open, null, Today)?.Code);

    [Theory]
    [InlineData("scheduled", "Debatt", "occasion-unknown")]
    [InlineData("debate", " ", "reason-missing")]
    public void is_ordered_by_a_person_with_a_reason(string occasion, string reason, string code) =>
        Assert.Equal(code, new OrderSnapshot(occasion, reason, null).Decide(Guid.Empty, Open, PolicyOf("herrljunga"), Today).Refused?.Code);

    [Fact]
    [Trait("Requirement", "H-28")]
    public void ordered_without_a_day_is_due_within_a_week() =>
        Assert.Equal(Today.AddDays(7), Assert.IsType<SnapshotOrdered>(Assert.Single(new OrderSnapshot("debate", "Skolan", null).Decide(Guid.Empty, Open, PolicyOf("herrljunga"), Today).Events).Event).DueOn);
}

public sealed class The_format_of_a_file
{
    private static readonly string All = Preset.All["herrljunga"].Values["snapshot.formats"].Value;

    public static TheoryData<string, byte[]> Files { get; } = new()
    {
        { "png", [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A] },
        { "jpeg", [0xFF, 0xD8, 0xFF, 0xE0] },
        { "tiff", [(byte)'I', (byte)'I', (byte)'*', 0] },
        { "pdf", "%PDF-1.7"u8.ToArray() },
        { "mp4", [0, 0, 0, 0x18, .. "ftypisom"u8] },
        { "webm", [0x1A, 0x45, 0xDF, 0xA3, 0, 0, 0x42, 0x82, 0x84, .. "webm"u8] },
        { "warc", "WARC/1.1\r\n"u8.ToArray() },
        { "warc", Packed("WARC/1.0\r\n") },
        { "wacz", Zip("datapackage.json") },
        { "wacz", Zip("archive/data.warc.gz") },
    };

    public static TheoryData<byte[]> Strangers { get; } =
    [
        "MZ program"u8.ToArray(), "<html>"u8.ToArray(), [0x1A, 0x45, 0xDF, 0xA3, 0, 0, 0x42, 0x82, 0x88, .. "matroska"u8], [0, 0, 0, 0x18, .. "ftypheic"u8], [0, 0, 0, 0x18, .. "ftypavif"u8],
        Zip("[Content_Types].xml"), Packed("något annat än det"), [0x1F, 0x8B, 0x08], [],
    ];

    [Theory]
    [Trait("Requirement", "H-29")]
    [MemberData(nameof(Files))]
    public void is_what_its_first_bytes_show(string format, byte[] start) => Assert.Equal(format, ArtefactFormats.Recognise(start));

    [Theory]
    [Trait("Requirement", "H-29")]
    [MemberData(nameof(Strangers))]
    public void is_none_for_everything_else(byte[] start) => Assert.Null(ArtefactFormats.Recognise(start));

    [Fact]
    public void is_allowed_by_kind_and_by_the_policy()
    {
        Assert.Equal(["mp4", "webm"], ArtefactFormats.Allowed(A.ScreenRecording, All));
        Assert.Equal(["mp4"], ArtefactFormats.Allowed(A.ScreenRecording, "mp4, png"));
        Assert.Equal("policy-value-unknown", PolicyKeys.Check("snapshot.formats", "mp4, exe")?.Code);
        Assert.Null(PolicyKeys.Check("snapshot.formats", "mp4,png"));
    }

    [Fact]
    public async Task is_looked_at_without_losing_a_byte()
    {
        byte[] bytes = [.. Enumerable.Range(0, 10_000).Select(i => (byte)i)];
        await using var begun = await BegunStream.Begin(new MemoryStream(bytes), ArtefactFormats.Look, default);
        using var all = new MemoryStream();
        await begun.CopyToAsync(all);

        Assert.Equal(ArtefactFormats.Look, begun.Start.Length);
        Assert.Equal(bytes, all.ToArray());
    }

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static byte[] Zip(string first)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true)) zip.CreateEntry(first);
        return file.ToArray();
    }
}

public sealed class Closing_a_channel
{
    private static readonly Channel Open = new(Given.Channel, Given.Authority, "facebook", [], null);

    private static ClosingChecks Checks(bool used, bool content, bool layout, long messages = 0) =>
        new(used, used, "H-30", [], content, layout, new Dictionary<string, long> { ["directMessages"] = messages });

    [Theory]
    [Trait("Requirement", "H-30")]
    [InlineData(true, false, false, "closing-snapshot-missing")]
    [InlineData(true, true, false, "closing-snapshot-missing")]
    [InlineData(true, false, true, "closing-snapshot-missing")]
    [InlineData(true, true, true, null)]
    [InlineData(false, false, false, null)]
    public void needs_content_and_layout_kept_when_it_has_any(bool used, bool content, bool layout, string? code) =>
        Assert.Equal(code, new CloseChannel("Används inte").Decide(Open, Checks(used, content, layout), PolicyOf("herrljunga"), Noon).Refused?.Code);

    [Theory]
    [Trait("Requirement", "H-30")]
    [InlineData("custom")]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("trosa")]
    [InlineData("vastarvet")]
    public void asks_for_it_under_every_guideline_until_an_authority_decides_otherwise(string preset)
    {
        Assert.Equal("required", PolicyOf(preset)["closing.snapshot"]);
        Assert.Equal("advised", PolicyOf(preset, ("closing.snapshot", "advised"))["closing.snapshot"]);
    }

    [Fact]
    [Trait("Requirement", "H-30")]
    public void tells_what_is_lost_and_who_was_informed()
    {
        var command = new CloseChannel("Används inte", Acknowledged: true, Informed: "Charlie Chef");
        var decided = command.Decide(Open, Checks(used: true, true, true, messages: 3), PolicyOf("herrljunga"), Noon);

        var told = Assert.IsType<ChannelClosingChecked>(decided.Events[0].Event);
        Assert.Equal((3L, true, true), (told.Lost["directMessages"], told.Acknowledged, told.ManagersInformed));
        Assert.Equal("Charlie Chef", decided.Events[0].Parts!["informed"]);
        Assert.IsType<ChannelClosed>(decided.Events[1].Event);
        Assert.Equal("losses-not-acknowledged", (command with { Acknowledged = false }).Decide(Open, Checks(used: true, true, true, messages: 3), PolicyOf("herrljunga"), Noon).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "H-30")]
    public void of_an_unused_account_is_one_event_as_ever() =>
        Assert.IsType<ChannelClosed>(Assert.Single(new CloseChannel("Används inte").Decide(Open, Checks(used: false, false, false), PolicyOf("herrljunga"), Noon).Events).Event);
}
