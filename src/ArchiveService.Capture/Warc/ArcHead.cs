namespace ArchiveService.Capture.Warc;

/// <summary>The line that begins a record of an ARC 1 file: address, IP address, date, type and length. Addresses hold spaces at times, so it is read from behind.</summary>
internal static class ArcHead
{
    private const int FieldsBehindTheAddress = 4;

    public static WarcHeaders? Parse(string line)
    {
        var words = line.Split(' ');
        if (words.Length <= FieldsBehindTheAddress || !WarcHeaders.IsNumber(words[^1], out _)) return null;
        var address = string.Join(' ', words[..^FieldsBehindTheAddress]);
        if (address.Length == 0 || words[^3].Length is < 8 or > 17 || !words[^3].All(char.IsAsciiDigit)) return null;
        var isFirst = address.StartsWith("filedesc:", StringComparison.Ordinal);
        return new WarcHeaders()
            .Add("WARC-Type", isFirst ? WarcTypes.WarcInfo : WarcTypes.Response)
            .Add("WARC-Target-URI", address)
            .Add("WARC-IP-Address", words[^4])
            .Add("WARC-Date", words[^3])
            .Add("Content-Type", isFirst ? "text/plain" : "application/http; msgtype=response")
            .Add("Content-Length", words[^1]);
    }
}
