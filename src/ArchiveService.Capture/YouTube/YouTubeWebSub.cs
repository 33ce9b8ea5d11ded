using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.YouTube;

/// <summary>What a delivery's signature says.</summary>
public enum WebSubSignatureResult
{
    /// <summary>Right over the bytes as they arrived.</summary>
    Valid,

    /// <summary>Wrong or malformed: keep the delivery in quarantine.</summary>
    Invalid,

    /// <summary>There was none.</summary>
    Absent,
}

/// <summary>Verifies <c>X-Hub-Signature</c> of WebSub: SHA-1 from YouTube's hub, and the newer ones that the standard allows.</summary>
public static class WebSubSignature
{
    /// <summary>Compares in constant time with the HMAC of the body under the secret that was given when subscribing.</summary>
    public static WebSubSignatureResult Verify(ReadOnlySpan<byte> body, string? header, string secret)
    {
        if (string.IsNullOrWhiteSpace(header)) return WebSubSignatureResult.Absent;
        var value = header.AsSpan().Trim();
        var mark = value.IndexOf('=');
        if (mark < 0 || string.IsNullOrEmpty(secret)) return WebSubSignatureResult.Invalid;
        HashAlgorithmName? algorithm = value[..mark] switch
        {
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            "sha384" => HashAlgorithmName.SHA384,
            "sha512" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (algorithm is not { } known) return WebSubSignatureResult.Invalid;
        using var hmac = IncrementalHash.CreateHMAC(known, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(body);
        var own = hmac.GetHashAndReset();
        var claimed = new byte[own.Length];
        return value.Length == mark + 1 + (own.Length * 2) && Convert.FromHexString(value[(mark + 1)..], claimed, out _, out _) == OperationStatus.Done && CryptographicOperations.FixedTimeEquals(own, claimed)
            ? WebSubSignatureResult.Valid
            : WebSubSignatureResult.Invalid;
    }
}

/// <summary>The question a hub asks before it sends deliveries: is it you who wants this topic.</summary>
public static class WebSubHandshake
{
    private const int MaxChallengeChars = 512;
    private const string Topic = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=";
    private const string OtherTopic = "https://www.youtube.com/feeds/videos.xml?channel_id=";

    /// <summary>The topic of a channel's films.</summary>
    public static string TopicOf(string channelId) => Topic + Uri.EscapeDataString(channelId);

    /// <summary>The channel a topic is about, or null when it is no topic of ours.</summary>
    public static string? ChannelOf(string? topic)
    {
        var begin = topic is null ? null : topic.StartsWith(Topic, StringComparison.Ordinal) ? Topic : topic.StartsWith(OtherTopic, StringComparison.Ordinal) ? OtherTopic : null;
        return begin is null || topic![begin.Length..] is not { Length: > 0 and <= 100 } channel || !channel.All(IsPlain) ? null : channel;
    }

    /// <summary>What to answer as <c>text/plain</c> with 200, or null: answer 404. Nobody but us ends a subscription, and it ends by itself; so only a start is confirmed.</summary>
    public static string? Answer(string? mode, string? topic, string? challenge, Func<string, bool> isOurs)
    {
        if (mode != "subscribe" || ChannelOf(topic) is not { } channel || !isOurs(channel)) return null;
        return string.IsNullOrEmpty(challenge) || challenge.Length > MaxChallengeChars || !challenge.All(IsPlain) ? null : challenge;
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~' or '=' or '+' or '/';
}

/// <summary>What a WebSub delivery says about one channel.</summary>
/// <param name="ChannelId">The channel it is about, as far as it says.</param>
/// <param name="Acts">One outcome an entry, in order.</param>
public sealed record YouTubeEntry(string? ChannelId, IReadOnlyList<ReadAct> Acts);

/// <summary>Reads the Atom that YouTube's hub sends: a film is new or its title or text changed, or it was deleted or made private. It never tells of comments.</summary>
public static class YouTubeWebSub
{
    private const string Atom = "http://www.w3.org/2005/Atom";
    private const string Tombstones = "http://purl.org/atompub/tombstones/1.0";
    private const string YouTube = "http://www.youtube.com/xml/schemas/2015";

    /// <summary>Entries of one channel together. A document type is refused (no entity is ever resolved). Never throws because of what the body says.</summary>
    public static IReadOnlyList<YouTubeEntry> Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null)
    {
        var text = Encoding.UTF8.GetString(body.Span is [0xEF, 0xBB, 0xBF, ..] ? body.Span[3..] : body.Span);
        var read = new List<(string? Channel, ReadAct Act)>();
        try
        {
            using var chars = new StringReader(text);
            using var xml = XmlReader.Create(chars, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 16 * 1024 * 1024, IgnoreComments = true, IgnoreProcessingInstructions = true });
            var lines = LineStarts(text);
            var place = 0L;
            while (xml.Read())
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml is { LocalName: "entry", NamespaceURI: Atom } or { LocalName: "deleted-entry", NamespaceURI: Tombstones }) read.Add(Entry(xml, text, lines, ++place, now));
            }

            if (read.Count == 0) read.Add((null, new ReadAct.NotARecord(1, "websub/empty")));
        }
        catch (XmlException)
        {
            read.Add((null, new ReadAct.Rejected(read.Count + 1, BrokenXml, "Not well-formed XML, or it has a document type, which is not allowed.")));
        }

        return [.. read.GroupBy(r => r.Channel).Select(channel => new YouTubeEntry(channel.Key, [.. channel.Select(r => r.Act)]))];
    }

    /// <summary>The code of what is not XML.</summary>
    public const string BrokenXml = "broken-xml";

    private static (string? Channel, ReadAct Act) Entry(XmlReader xml, string text, List<int> lines, long place, DateTimeOffset? now)
    {
        var position = (IXmlLineInfo)xml;
        var from = lines[position.LineNumber - 1] + position.LinePosition - 2;
        var deleted = xml.LocalName == "deleted-entry";
        var (reference, when) = (xml.GetAttribute("ref"), xml.GetAttribute("when"));
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        string? link = null;
        var (depth, to, empty) = (xml.Depth, text.Length, xml.IsEmptyElement);
        var inside = new Stack<string>();
        if (empty) to = text.IndexOf('>', from) + 1;
        while (!empty && xml.Read())
        {
            if (xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth)
            {
                to = text.IndexOf('>', lines[position.LineNumber - 1] + position.LinePosition - 1) + 1;
                break;
            }

            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    if (xml.LocalName == "link" && xml.GetAttribute("href") is { Length: > 0 } href) link ??= href;
                    if (!xml.IsEmptyElement) inside.Push($"{Prefix(xml.NamespaceURI)}{xml.LocalName}");
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace when inside.Count > 0:
                    var name = string.Join('/', inside.Reverse());
                    told[name] = told.GetValueOrDefault(name) + xml.Value;
                    break;
                case XmlNodeType.EndElement when inside.Count > 0:
                    inside.Pop();
                    break;
            }
        }

        var remarks = new Remarks();
        var raw = Encoding.UTF8.GetBytes(text[from..Math.Max(from, to)]);
        var id = told.GetValueOrDefault("yt:videoId") ?? Video(deleted ? reference : told.GetValueOrDefault("id"));
        var channel = told.GetValueOrDefault("yt:channelId") ?? Channel(told.GetValueOrDefault("author/uri") ?? told.GetValueOrDefault("at:by/uri") ?? told.GetValueOrDefault("at:by/at:uri"));
        var name2 = told.GetValueOrDefault("author/name") ?? told.GetValueOrDefault("at:by/name") ?? told.GetValueOrDefault("at:by/at:name");
        var at = Time(deleted ? when : told.GetValueOrDefault("published"), now, remarks);
        if (id is null)
        {
            remarks.Flag(ActFlags.SyntheticId);
            remarks.Flag(ActFlags.UnknownAct);
            id = SyntheticId.For(raw, "websub");
        }
        else if (!deleted)
        {
            // The hub tells the title and no description, and so not what the item is: that has to be asked for.
            remarks.Flag(ActFlags.ContentNotDelivered);
        }

        return (channel, new ReadAct.Accepted(
            new CapturedAct
            {
                Act = remarks.Flags.Contains(ActFlags.UnknownAct) ? ActKind.Unknown : deleted ? ActKind.Delete : ActKind.Create,
                NativeActName = deleted ? "websub/deleted-entry" : "websub/entry",
                NativeId = id,
                NativeEventId = deleted || told.GetValueOrDefault("updated") is not { } updated ? null : $"{id}@{updated}",
                Kind = ItemKind.Video,
                Author = channel is null && name2 is null ? null : new ActAuthor(channel, name2, null, ClaimsOwnChannel: false, Operator: null),
                OccurredAt = at,
                OccurredAtSource = at is null ? "none" : "platform",
                ActingParty = ActingParty.Unknown,
                Permalink = link,
                Flags = remarks.Flags,
                Raw = raw,
                RawPointer = string.Create(CultureInfo.InvariantCulture, $"/feed/*[{place}]"),
            },
            place));
    }

    private static string Prefix(string space) => space switch
    {
        YouTube => "yt:",
        Tombstones => "at:",
        _ => "",
    };

    private static string? Video(string? reference) => reference?.Trim() is { } written && written.StartsWith("yt:video:", StringComparison.Ordinal) && written.Length > 9 ? written[9..] : null;

    private static string? Channel(string? uri) => uri?.Trim() is { } written && written.LastIndexOf("/channel/", StringComparison.Ordinal) is >= 0 and var at && written.Length > at + 9 ? written[(at + 9)..] : null;

    private static DateTimeOffset? Time(string? written, DateTimeOffset? now, Remarks remarks)
    {
        var time = written?.Trim() is { } told ? PlatformTime.Iso(told) : null;
        if (time is null || (now is { } at && !PlatformTime.IsPossible(time.Value, at))) remarks.Flag(ActFlags.SuspiciousTime);
        return time;
    }

    /// <summary>As the XML reader counts: a line feed, a carriage return, or both together end a line.</summary>
    private static List<int> LineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))) starts.Add(i + 1);
        }

        return starts;
    }
}
