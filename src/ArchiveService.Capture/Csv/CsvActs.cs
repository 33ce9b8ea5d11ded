using System.Globalization;
using System.Text;
using System.Text.Unicode;
using ArchiveService.Capture.Json;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Capture.Csv;

/// <summary>Makes acts of rows by a mapping whose columns have been found in the header.</summary>
internal sealed class CsvActs
{
    private readonly CsvMapping mapping;
    private readonly int columns;
    private readonly Dictionary<string, (CsvSource Source, int[] At)> fields;
    private readonly List<string> cells = [];
    private Remarks remarks = new();
    private DateTimeOffset now;

    private CsvActs(CsvMapping mapping, int columns, Dictionary<string, (CsvSource, int[])> fields) => (this.mapping, this.columns, this.fields) = (mapping, columns, fields);

    /// <summary>Finds the mapped columns; the second is why it cannot be done.</summary>
    /// <param name="mapping">Which columns.</param>
    /// <param name="first">The header, or the first row where there is none.</param>
    public static (CsvActs? Acts, string? Code, string? Problem) For(CsvMapping mapping, IReadOnlyList<string> first)
    {
        var sources = new Dictionary<string, CsvSource>(mapping.Fields, StringComparer.Ordinal);
        if (sources.Count == 0 && mapping.Header)
        {
            foreach (var target in CsvMapping.Targets.Where(target => first.Any(name => Same(name, target)))) sources[target] = new([target], " ", null, null, null, Made: false);
        }

        if (!sources.ContainsKey("nativeId"))
        {
            return (null, "csv-mapping", sources.Count == 0
                ? "No mapping was given, and the columns are not called what the fields of an act are called. Give a mapping (docs/platforms/generic.md)."
                : "The mapping must say where nativeId, the platform's id of the item, comes from; where the file has none, {\"columns\": […], \"made\": true} makes one.");
        }

        var found = new Dictionary<string, (CsvSource, int[])>(StringComparer.Ordinal);
        foreach (var (target, source) in sources)
        {
            var at = new int[source.Columns.Count];
            foreach (var (index, column) in source.Columns.Index())
            {
                var matches = column.StartsWith('#') && int.TryParse(column.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number <= first.Count ? [number - 1] : []
                    : !mapping.Header ? [] : first.Index().Where(name => Same(name.Item, column)).Select(name => name.Index).ToArray();
                if (matches.Length != 1)
                {
                    return (null, "csv-column", matches.Length == 0
                        ? $"{target}: the file has no column \"{column}\" among its {first.Count}. Check the separator, the encoding and the spelling."
                        : $"{target}: {matches.Length} columns are called \"{column}\". Give its number instead.");
                }

                at[index] = matches[0];
            }

            found[target] = (source, at);
        }

        return (new(mapping, first.Count, found), null, null);
    }

    public ReadAct? Read(CsvRow row, DateTimeOffset at)
    {
        if (row.End == CsvEnd.TooLong) return new ReadAct.Rejected(row.Line, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.");
        if (row.End == CsvEnd.QuoteOpen) return new ReadAct.Rejected(row.Line, CsvImport.QuoteOpen, "A quotation mark in this row is never closed; the row was left out, and reading went on at the next line.");
        (remarks, now) = (new(), at);
        var written = mapping.Encoding.GetString(row.Bytes);
        if (string.IsNullOrWhiteSpace(written)) return null;
        if (ReferenceEquals(mapping.Encoding, Encoding.UTF8) && !Utf8.IsValid(row.Bytes)) remarks.Flag(ActFlags.InvalidUtf8Replaced);
        if (written.Contains('\0', StringComparison.Ordinal))
        {
            written = written.Replace('\0', '\uFFFD');
            remarks.Flag(ActFlags.NulReplaced);
        }

        if (!CsvCells.Split(written, mapping.Separator, cells))
            return new ReadAct.Rejected(row.Line, CsvImport.QuoteOpen, $"Column {cells.Count}: text stands after a closing quotation mark. A quotation mark inside a quoted cell is written twice.");
        if (cells.TrueForAll(string.IsNullOrWhiteSpace)) return null;
        if (cells.Count != columns)
            return new ReadAct.Rejected(row.Line, CsvImport.Columns, $"The row has {cells.Count} columns and the first one {columns}: a separator or a line break stands in a cell without quotation marks.");

        var act = Act();
        return remarks.Refusal is { } why
            ? new ReadAct.Rejected(row.Line, why.Code, why.Detail)
            : new ReadAct.Accepted(act with { Flags = remarks.Flags, Raw = row.Bytes, RawPointer = row.Line.ToString(CultureInfo.InvariantCulture) }, row.Line);
    }

    private CapturedAct Act()
    {
        var actWord = Short("act") ?? "create";
        var kindWord = Short("kind");
        var act = ActWords.Act(actWord, remarks);
        var kind = ActWords.Kind(kindWord, act, remarks);
        var (nativeId, idKind) = Identity();
        var occurredAt = Time("occurredAt");
        return new CapturedAct
        {
            Act = act,
            NativeActName = Short("nativeActName") ?? (act == ActKind.Unknown || kind == ItemKind.Unknown ? actWord : null),
            NativeId = nativeId,
            IdKind = idKind,
            NativeEventId = Id("nativeEventId"),
            Kind = kind,
            NativeKind = Short("nativeKind") ?? (kind == ItemKind.Unknown ? kindWord : null),
            ParentNativeId = Id("parentNativeId"),
            RootNativeId = Id("rootNativeId"),
            ConversationId = Id("conversationId"),
            Author = Author(),
            Audience = ActWords.Audience(Short("audience"), kind, remarks),
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            EditedAt = Time("editedAt"),
            ObservedAt = Time("observedAt"),
            Certainty = ActWords.Certainty(Short("certainty"), remarks),
            ActingParty = ActWords.ActingParty(Short("actingParty"), remarks),
            Text = Text("text"),
            TextFormat = ActWords.TextFormat(Short("textFormat"), remarks),
            ContentWarning = Text("contentWarning"),
            Permalink = Short("permalink"),
            Attachments = Attachment() is { } attachment ? [attachment] : [],
            ReactionKind = Short("reactionKind"),
        };
    }

    private (string NativeId, string IdKind) Identity()
    {
        if (fields["nativeId"] is { Source.Made: true, At: var made })
        {
            if (Array.TrueForAll(made, at => string.IsNullOrWhiteSpace(cells[at]))) remarks.Refuse(RefusalCodes.NativeIdMissing, $"nativeId{Where("nativeId")}: all cells that the id is made from are empty.");
            remarks.Flag(ActFlags.SyntheticId);
            return (SyntheticId.For([], [.. made.Select(at => cells[at].Trim())]), "synthetic");
        }

        if (Id("nativeId") is not { } id)
        {
            remarks.Refuse(RefusalCodes.NativeIdMissing, $"nativeId{Where("nativeId")}: the cell is empty; it is the platform's id of the item.");
            return ("", "native");
        }

        return (id, Id("idKind") ?? "native");
    }

    private ActAuthor? Author()
    {
        var author = new ActAuthor(Id("author.nativeId"), Short("author.displayName"), Short("author.handle"), Truth("author.isOwnChannel"), Short("author.operator"));
        return author is { NativeId: null, DisplayName: null, Handle: null, Operator: null, ClaimsOwnChannel: false } ? null : author;
    }

    private ActAttachment? Attachment()
    {
        var (url, name, native) = (Short("attachment.url"), Short("attachment.fileName"), Id("attachment.nativeId"));
        if (url is null && name is null && native is null) return null;
        if (name is not null && !AttachmentJson.IsBareFileName(name))
            remarks.Refuse(RefusalCodes.AttachmentFileName, $"attachment.fileName{Where("attachment.fileName")}: must be a bare file name, without a path or control characters.");
        return new(native, name, Short("attachment.mediaType"), url, null, null, null, Text("attachment.altText"));
    }

    private string? Cell(string target)
    {
        if (!fields.TryGetValue(target, out var field)) return null;
        var (source, at) = field;
        if (source.Constant is { } constant) return constant;
        var value = at.Length == 1 ? cells[at[0]] : string.Join(source.Join, at.Select(one => cells[one]).Where(cell => !string.IsNullOrWhiteSpace(cell)));
        if (string.IsNullOrWhiteSpace(value)) return source.Values?.GetValueOrDefault("");
        if (source.Values is null) return value;
        return source.Values.TryGetValue(value.Trim(), out var meant) ? meant : source.Otherwise ?? value;
    }

    private string? Short(string target) => Bounded(target, Cell(target)?.Trim(), CaptureLimits.MaxShortTextChars, RefusalCodes.ValueTooLong);

    private string? Text(string target) => Bounded(target, Cell(target), CaptureLimits.MaxTextChars, RefusalCodes.TextTooLong);

    private string? Id(string target)
    {
        if (Short(target) is not { Length: > 0 } id) return null;
        if (!id.Any(c => char.IsControl(c) || c == '\uFFFD')) return id;
        remarks.Refuse(RefusalCodes.BadCharacters, $"{target}{Where(target)}: holds characters that an id cannot have.");
        return null;
    }

    private bool Truth(string target)
    {
        switch (Short(target)?.ToLowerInvariant())
        {
            case null or "" or "0" or "false" or "falskt" or "nej" or "no":
                return false;
            case "1" or "true" or "sant" or "ja" or "yes":
                return true;
            default:
                remarks.Refuse(RefusalCodes.WrongType, $"{target}{Where(target)}: must be true or false.");
                return false;
        }
    }

    private DateTimeOffset? Time(string target)
    {
        if (Short(target) is not { Length: > 0 } written) return null;
        if (CsvTime.Read(written, mapping, remarks) is not { } time)
        {
            remarks.Refuse(RefusalCodes.TimeUnreadable, $"{target}{Where(target)}: is not a time in any of the formats of the mapping (timeFormats).");
            return null;
        }

        if (PlatformTime.IsPossible(time, now)) return time;
        remarks.Refuse(RefusalCodes.TimeOutOfRange, $"{target}{Where(target)}: must lie between 1990 and 24 hours from now.");
        return null;
    }

    private string? Bounded(string target, string? value, int most, string code)
    {
        if (value is null || value.Length <= most) return value;
        remarks.Refuse(code, $"{target}{Where(target)}: {value.Length} characters; the limit is {most}.");
        return null;
    }

    /// <summary>Which columns, in the words of the mapping.</summary>
    private string Where(string target)
    {
        var (source, at) = fields[target];
        return at.Length == 0 ? " (constant)" : $" (column {string.Join(" + ", at.Index().Select(one => source.Columns[one.Index].StartsWith('#') ? $"{one.Item + 1}" : $"{one.Item + 1} \"{source.Columns[one.Index]}\""))})";
    }

    private static bool Same(string written, string wanted) => string.Equals(written.Trim(), wanted.Trim(), StringComparison.OrdinalIgnoreCase);
}
