using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

/// <summary>Short ways to a delivery with one change or message.</summary>
internal static class Delivered
{
    public const string Page = "100";

    public const long EntrySeconds = 1_780_000_000;

    public static readonly DateTimeOffset EntryTime = DateTimeOffset.FromUnixTimeSeconds(EntrySeconds);

    public static readonly DateTimeOffset CreatedTime = DateTimeOffset.FromUnixTimeSeconds(1_770_000_000);

    public static string ChangeBody(string field, string value) =>
        $$$"""{"object":"page","entry":[{"id":"{{{Page}}}","time":{{{EntrySeconds}}},"changes":[{"field":"{{{field}}}","value":{{{value}}}}]}]}""";

    public static CapturedAct Change(string field, string value) => Only(ChangeBody(field, value));

    public static CapturedAct Feed(string members) => Change("feed", $"{{{members}}}");

    public static CapturedAct Message(string members, string list = "messaging", string sender = "55", string recipient = Page) => Only(
        $$$"""{"object":"page","entry":[{"id":"{{{Page}}}","time":1780000000123,"{{{list}}}":[{"sender":{"id":"{{{sender}}}"},"recipient":{"id":"{{{recipient}}}"},"timestamp":1770000000456,{{{members}}}}]}]}""");

    public static CapturedAct Only(string body) => Assert.IsType<ReadAct.Accepted>(OnlyOutcome(body)).Act;

    public static ReadAct OnlyOutcome(string body) => Assert.Single(Assert.Single(MetaWebhook.Read(Given.Utf8(body), Given.Now)).Acts);
}
