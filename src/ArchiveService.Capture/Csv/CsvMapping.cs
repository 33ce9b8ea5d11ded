using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Capture.Csv;

/// <summary>Where one field of an act comes from.</summary>
/// <param name="Columns">By name, or by number from 1; several are joined.</param>
/// <param name="Join">What stands between several.</param>
/// <param name="Constant">The same for every row.</param>
/// <param name="Values">What a cell says, and what it means.</param>
/// <param name="Otherwise">For cells that are none of <paramref name="Values"/>; null: kept as it stands.</param>
/// <param name="Made">The id is made from the columns: the file has none of its own.</param>
public sealed record CsvSource(
    IReadOnlyList<string> Columns, string Join, string? Constant, IReadOnlyDictionary<string, string>? Values, string? Otherwise, bool Made);

/// <summary>How the rows of a CSV file become acts: a file in JSON, described in docs/platforms/generic.md.</summary>
public sealed record CsvMapping(
    Encoding Encoding, char Separator, bool Header, int SkipLines, TimeZoneInfo Zone, IReadOnlyList<string> TimeFormats, IReadOnlyDictionary<string, CsvSource> Fields)
{
    /// <summary>So large a mapping may be.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The fields that can be mapped, as they are called in our own form.</summary>
    public static IReadOnlyList<string> Targets { get; } =
    [
        "act", "nativeId", "idKind", "nativeEventId", "nativeActName", "kind", "nativeKind", "parentNativeId", "rootNativeId", "conversationId",
        "author.nativeId", "author.displayName", "author.handle", "author.isOwnChannel", "author.operator", "audience", "occurredAt", "editedAt", "observedAt",
        "certainty", "actingParty", "text", "textFormat", "contentWarning", "permalink", "reactionKind",
        "attachment.url", "attachment.fileName", "attachment.mediaType", "attachment.altText", "attachment.nativeId",
    ];

    private static readonly string[] Members = ["encoding", "separator", "header", "skipLines", "timeZone", "timeFormats", "fields", "about"];

    private static readonly string[] SourceMembers = ["column", "columns", "join", "constant", "values", "otherwise", "made"];

    /// <summary>Without a mapping: UTF-8, a semicolon, and columns that are called what the fields are called.</summary>
    public static CsvMapping None { get; } = new(Encoding.UTF8, ';', Header: true, 0, TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm"), [], new Dictionary<string, CsvSource>(StringComparer.Ordinal));

    /// <summary>Reads a mapping; the second is why it cannot be used, in a sentence.</summary>
    public static (CsvMapping? Mapping, string? Problem) Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes) return (null, $"The mapping is larger than {MaxBytes} bytes.");
        if (json.Span is [0xEF, 0xBB, 0xBF, ..]) json = json[3..];
        try
        {
            using var document = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? (Read(document.RootElement), null) : (null, "The mapping is not a JSON object.");
        }
        catch (JsonException broken)
        {
            return (null, $"The mapping is not JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return (null, "The mapping holds half a character (a lone surrogate).");
        }
        catch (UnusableMapping why)
        {
            return (null, why.Message);
        }
    }

    private static CsvMapping Read(JsonElement json)
    {
        OnlyKnown(json, Members, "The mapping");
        var fields = new Dictionary<string, CsvSource>(StringComparer.Ordinal);
        if (Find(json, "fields") is { } given)
        {
            if (given.ValueKind != JsonValueKind.Object) throw new UnusableMapping("fields must be an object: a field of the act, and where it comes from.");
            foreach (var field in given.EnumerateObject())
            {
                if (!Targets.Contains(field.Name, StringComparer.Ordinal))
                    throw new UnusableMapping($"fields has \"{Shown(field.Name)}\", which is no field of an act. Those there are: {string.Join(", ", Targets)}.");
                fields[field.Name] = Source(field.Name, field.Value);
            }
        }

        return new(
            EncodingOf(Text(json, "encoding") ?? "utf-8"), SeparatorOf(Text(json, "separator") ?? ";"), Truth(json, "header") ?? true, Number(json, "skipLines"),
            ZoneOf(Text(json, "timeZone") ?? "Europe/Stockholm"), Formats(json), fields);
    }

    private static CsvSource Source(string field, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) return new([json.GetString()!], " ", null, null, null, Made: false);
        if (json.ValueKind != JsonValueKind.Object) throw new UnusableMapping($"{field} must be the name of a column, or an object.");
        OnlyKnown(json, SourceMembers, field);
        IReadOnlyList<string> columns = Find(json, "columns") is { ValueKind: JsonValueKind.Array } many ? [.. many.EnumerateArray().Select(one => Column(field, one))]
            : Find(json, "column") is { } column ? [Column(field, column)] : [];
        var constant = Text(json, "constant");
        var made = Truth(json, "made") ?? false;
        if (made && field != "nativeId") throw new UnusableMapping($"{field}: only nativeId can be made.");
        if ((columns.Count > 0) == (constant is not null)) throw new UnusableMapping($"{field} needs either a column (column or columns) or a constant.");
        Dictionary<string, string>? values = null;
        if (Find(json, "values") is { } map)
        {
            if (map.ValueKind != JsonValueKind.Object) throw new UnusableMapping($"{field}.values must be an object: what the cell says, and what it means.");
            values = new(StringComparer.OrdinalIgnoreCase);
            foreach (var value in map.EnumerateObject()) values[value.Name.Trim()] = value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()! : throw new UnusableMapping($"{field}.values must hold strings.");
        }

        return new(columns, Text(json, "join") ?? " ", constant, values, Text(json, "otherwise"), made);
    }

    private static string Column(string field, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.Number when json.TryGetInt32(out var number) && number > 0 => "#" + number.ToString(CultureInfo.InvariantCulture),
        _ => throw new UnusableMapping($"{field}: a column is its name, or its number from 1."),
    };

    private static Encoding EncodingOf(string name) => name.ToLowerInvariant() switch
    {
        "utf-8" or "utf8" => Encoding.UTF8,
        "windows-1252" or "cp1252" or "latin1" or "iso-8859-1" => CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
        _ => throw new UnusableMapping($"encoding \"{Shown(name)}\" is not known. It is utf-8 or windows-1252."),
    };

    private static char SeparatorOf(string written) => written switch
    {
        "tab" or "\\t" => '\t',
        [var one] when one is ';' or ',' or '\t' or '|' or ':' => one,
        _ => throw new UnusableMapping("separator must be one of ; , | : and tab."),
    };

    private static TimeZoneInfo ZoneOf(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : throw new UnusableMapping($"timeZone \"{Shown(name)}\" is not known. Write it as Europe/Stockholm or UTC.");

    private static string[] Formats(JsonElement json)
    {
        string[] formats = Find(json, "timeFormats") switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : throw new UnusableMapping("timeFormats must hold strings."))],
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            _ => throw new UnusableMapping("timeFormats must be a list of strings."),
        };
        foreach (var format in formats.Where(format => format is not (CsvTime.Unix or CsvTime.UnixMilliseconds)))
        {
            try
            {
                if (format.Length < 2) throw new FormatException();
                _ = DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
            }
            catch (FormatException)
            {
                throw new UnusableMapping($"timeFormats has \"{Shown(format)}\", which is no format. Write it as yyyy-MM-dd HH:mm, or unix, or unix-ms.");
            }
        }

        return formats;
    }

    private static void OnlyKnown(JsonElement json, string[] known, string what)
    {
        foreach (var member in json.EnumerateObject().Where(member => !known.Contains(member.Name, StringComparer.Ordinal)))
            throw new UnusableMapping($"{what} has \"{Shown(member.Name)}\", which means nothing here. It may have: {string.Join(", ", known)}.");
    }

    private static JsonElement? Find(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement json, string name) => Find(json, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new UnusableMapping($"{name} must be a string."),
    };

    private static bool? Truth(JsonElement json, string name) => Find(json, name)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new UnusableMapping($"{name} must be true or false."),
    };

    private static int Number(JsonElement json, string name) => Find(json, name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) && value is >= 0 and <= 1000 => value,
        _ => throw new UnusableMapping($"{name} must be a whole number from 0 to 1000."),
    };

    private static string Shown(string written) => written.Length <= 60 ? written : written[..60] + "…";

    private sealed class UnusableMapping(string why) : Exception(why);
}
