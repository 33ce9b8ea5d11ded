using System.Globalization;
using System.Text.RegularExpressions;

namespace ArchiveService.Capture.Warc;

/// <summary>What WARC 1.0 and 1.1 say of a record's fields (ISO 28500:2017 §5).</summary>
internal static partial class FieldChecks
{
    private static readonly string[] Always = ["WARC-Record-ID", "WARC-Date", "WARC-Type"];

    private static readonly string[] ExactTimes = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    /// <summary>Tells what is wrong; the answer is the type.</summary>
    public static string Check(WarcHeaders headers, string version, Action<string, string, bool> problem)
    {
        foreach (var (name, others) in headers.All.GroupBy(f => f.Key, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()).Select(g => (g.Key, g.Select(f => f.Value))))
        {
            var isDefined = name.StartsWith("WARC-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
            if (!isDefined || name.Equals("WARC-Concurrent-To", StringComparison.OrdinalIgnoreCase)) continue;
            var differ = others.Distinct(StringComparer.Ordinal).Skip(1).Any();
            problem(WarcCodes.Duplicate, differ ? $"{Shown(name)} stands more than once and says different things." : $"{Shown(name)} stands more than once.", differ);
        }

        foreach (var name in Always.Where(name => string.IsNullOrEmpty(headers[name]))) problem(WarcCodes.Missing, $"{name} is missing.", true);
        if (headers["WARC-Record-ID"] is { Length: > 0 } id && !IsId(id)) problem(WarcCodes.Invalid, "WARC-Record-ID is not a URI.", true);
        if (headers["WARC-Date"] is { Length: > 0 } date && !IsDate(date, version)) problem(WarcCodes.Invalid, "WARC-Date is not a time in UTC.", true);
        var type = headers["WARC-Type"]?.ToLowerInvariant() ?? "";
        if (type.Length == 0) return type;
        if (!WarcTypes.IsKnown(type))
        {
            problem(WarcCodes.Type, "A type of record that the standard does not name.", false);
            return type;
        }

        var target = headers.Uri("WARC-Target-URI");
        if (WarcTypes.NeedsTarget(type) && target is null) problem(WarcCodes.Missing, "WARC-Target-URI is missing.", false);
        if (target?.Any(c => c == ' ' || c > '~') == true) problem(WarcCodes.Invalid, "WARC-Target-URI has spaces or letters that a URI does not have.", false);
        if (type == WarcTypes.Revisit && headers["WARC-Profile"] is null) problem(WarcCodes.Missing, "WARC-Profile is missing.", true);
        if (type == WarcTypes.Continuation && (headers["WARC-Segment-Number"] is null || headers["WARC-Segment-Origin-ID"] is null)) problem(WarcCodes.Missing, "A continuation does not say of what it is a part.", true);
        return type;
    }

    private static bool IsId(string value) => WarcHeaders.Bare(value) is { Length: > 0 } bare && !bare.Any(char.IsWhiteSpace) && Uri.TryCreate(bare, UriKind.Absolute, out _);

    private static bool IsDate(string value, string version) =>
        DateTimeOffset.TryParseExact(value, ExactTimes, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
        || version == "WARC/1.1" && (ReducedTime().IsMatch(value) || FinerTime().IsMatch(value));

    private static string Shown(string name) => name.Length > 60 ? name[..60] : name;

    [GeneratedRegex(@"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\dZ)?)?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReducedTime();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{8,9}Z$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FinerTime();
}
