using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.YouTube;

/// <summary>What Google Takeout gives of YouTube: the account's own comments and what it wrote in live chats, as CSV.</summary>
public sealed partial class YouTubeTakeout : ImportFile
{
    private readonly ExportFiles files;
    private readonly List<string> read;
    private long places;
    private bool brokenOff;

    private YouTubeTakeout(ExportFiles files, List<string> read)
    {
        this.files = files;
        this.read = read;
    }

    /// <summary>As <c>youtube-takeout</c>, to channels of YouTube.</summary>
    public static ImportForm Form { get; } = new("youtube-takeout", ["youtube"], TakesFolder: true, (path, ct) => Open(path, null, ct));

    /// <inheritdoc />
    public override long Bytes => read.Sum(file => files.Length(file) ?? 0);

    /// <inheritdoc />
    public override long BytesRead => files.BytesRead;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files.Problems;

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Files read: {read.Count}; rows: {places}"),
        "Takeout holds what the account itself wrote: never other people's comments, nor what was deleted.",
    ];

    /// <inheritdoc />
    public override bool IsPartial => brokenOff || files.IsTruncated;

    /// <summary>Opens a takeout; never throws because of what it holds.</summary>
    public static async Task<ImportOpened> Open(string path, ArchiveLimits? limits = null, CancellationToken ct = default)
    {
        var (files, refused) = await ExportFiles.Open(path, limits ?? new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var known = new List<string>();
        foreach (var file in files.Paths.Where(file => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            if (FileName().IsMatch(file[(file.LastIndexOf('/') + 1)..]) || await IsOfComments(files, file, ct)) known.Add(file);
        }

        if (known.Count > 0) return new ImportOpened.Ready(new YouTubeTakeout(files, known));
        var (html, truncated) = (files.Paths.Any(file => file.EndsWith(".html", StringComparison.OrdinalIgnoreCase)), files.IsTruncated);
        await files.DisposeAsync();
        return html
            ? new ImportOpened.Refused(ExportProblemCodes.Html, "The takeout was made as web pages (HTML). Make a new one; comments come as CSV in it.")
            : truncated
                ? new ImportOpened.Refused(ArchiveProblemCodes.Truncated, "The takeout ends in the middle, and nothing that can be read is left of it. Download it again.")
                : new ImportOpened.Refused(ExportProblemCodes.NothingKnown, "Neither comments.csv nor live chats.csv was found. Give the zip, the folder it was unpacked to, or the folder in which all its parts lie.");
    }

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        (places, brokenOff) = (0, false);
        foreach (var file in read)
        {
            await using var stream = OpenOrNote(file);
            if (stream is null) continue;
            var rows = new CsvRows(stream);
            var columns = default(TakeoutColumns);
            var first = true;
            var number = 0L;
            while (true)
            {
                var (row, refusal) = await Next(rows, ct);
                if (refusal is not null || row is { End: PieceEnd.Truncated })
                {
                    brokenOff = true;
                    files.Note(ArchiveProblemCodes.Truncated, string.Create(CultureInfo.InvariantCulture, $"“{file}” ends in the middle or is damaged: {number} rows were recovered."));
                    yield return new ReadAct.Rejected(++places, refusal ?? RefusalCodes.InputTruncated, "The file ends in the middle or is damaged; nothing after this place in it could be read.");
                    break;
                }

                if (row is null) break;
                if (first)
                {
                    first = false;
                    columns = TakeoutColumns.Of(row.Fields);
                    if (columns.IsHeader) continue;
                }

                number++;
                yield return Read(row, columns, ++places, string.Create(CultureInfo.InvariantCulture, $"{file}#row={number}"), now);
            }
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await files.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The words of a comment: JSON, or JSON objects with commas between, with line breaks inside their strings that no JSON may have.</summary>
    internal static string? Words(string field)
    {
        if (field.Length == 0) return null;
        if (field[0] is not ('{' or '[')) return field;
        try
        {
            using var json = JsonDocument.Parse($"[{Escaped(field)}]", new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth });
            var words = new StringBuilder();
            foreach (var element in json.RootElement.EnumerateArray()) Add(element, words);
            return words.Length == 0 ? null : words.ToString();
        }
        catch (JsonException)
        {
            // Not what it looks like: shown as it stands.
            return field;
        }
    }

    private static void Add(JsonElement element, StringBuilder words)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var inner in element.EnumerateArray()) Add(inner, words);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var (name, value) in JsonFields.Of(element).All)
            {
                if (name == "takeoutSegments") Add(value, words);
                else if (name == "text" && value.ValueKind == JsonValueKind.String) words.Append(JsonText.Of(value, out _));
            }
        }
    }

    private static string Escaped(string json)
    {
        var escaped = new StringBuilder(json.Length + 16);
        var (quoted, skip) = (false, false);
        foreach (var c in json)
        {
            if (quoted && c < ' ') escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else escaped.Append(c);
            if (skip) skip = false;
            else if (quoted && c == '\\') skip = true;
            else if (c == '"') quoted = !quoted;
        }

        return escaped.ToString();
    }

    private static ReadAct Read(CsvRow row, TakeoutColumns columns, long place, string pointer, DateTimeOffset now)
    {
        if (row.End == PieceEnd.TooLong) return new ReadAct.Rejected(place, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.");
        var remarks = new Remarks();
        remarks.Flag(row.Faults);
        var told = columns.Read(row.Fields);
        var at = told.Time is null ? null : PlatformTime.Iso(told.Time);
        if (at is null || !PlatformTime.IsPossible(at.Value, now)) remarks.Flag(ActFlags.SuspiciousTime);
        var id = told.Id;
        if (id is null)
        {
            remarks.Flag(ActFlags.SyntheticId);
            id = SyntheticId.For(row.Raw, "youtube-takeout");
        }

        var text = Words(told.Text ?? "");
        if (told.Id is null && told.Text is null) remarks.Flag(ActFlags.UnknownAct);
        // The part before the dot is the comment that is answered.
        var parent = told.Parent ?? (told.IsLive || id.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot) ? null : id[..dot]);
        var root = told.Video ?? told.Post;
        return new ReadAct.Accepted(
            new CapturedAct
            {
                Act = told.Id is null && told.Text is null ? ActKind.Unknown : ActKind.Create,
                NativeActName = told.IsLive ? "takeout/live-chat" : "takeout/comment",
                NativeId = id,
                Kind = told.IsLive ? ItemKind.Live : parent is null ? ItemKind.Comment : ItemKind.Reply,
                ParentNativeId = parent ?? root,
                RootNativeId = root,
                Author = told.Channel is null ? null : new ActAuthor(told.Channel, null, null, ClaimsOwnChannel: true, null),
                OccurredAt = at,
                OccurredAtSource = at is null ? "none" : "platform",
                ActingParty = ActingParty.OwnChannel,
                Text = text is null ? null : remarks.Cut(text),
                Permalink = told.Video is null ? null : told.IsLive ? YouTubeApi.Watch(told.Video) : $"{YouTubeApi.Watch(told.Video)}&lc={id}",
                Flags = remarks.Flags,
                Raw = row.Raw,
                RawPointer = pointer,
            },
            place);
    }

    private static async Task<(CsvRow? Row, string? Refusal)> Next(CsvRows rows, CancellationToken ct)
    {
        try
        {
            return (await rows.Next(ct), null);
        }
        catch (ArchiveLimitException)
        {
            return (null, ArchiveProblemCodes.Bomb);
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return (null, RefusalCodes.InputTruncated);
        }
    }

    private static async Task<bool> IsOfComments(ExportFiles files, string path, CancellationToken ct)
    {
        try
        {
            await using var stream = files.OpenMedia(path);
            return stream is not null && await new CsvRows(stream).Next(ct) is { } row && TakeoutColumns.Of(row.Fields) is { IsKnown: true };
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            return false;
        }
    }

    private Stream? OpenOrNote(string path)
    {
        try
        {
            return files.Open(path);
        }
        catch (InvalidDataException)
        {
            brokenOff = true;
            files.Note(ArchiveProblemCodes.Encrypted, $"“{path}” needs a password and was left out; unpack the takeout first.");
            return null;
        }
    }

    [GeneratedRegex(@"^(comments|live[ _]chats?)( ?\(\d+\)|_\d+)?\.csv$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();
}

/// <summary>What a row of a takeout says, wherever its columns stand.</summary>
internal readonly record struct TakeoutRow(string? Id, string? Channel, string? Time, string? Parent, string? Video, string? Post, string? Text, bool IsLive);

/// <summary>Which column is which: by the header, whatever its order and case, and without one, or with one in another language, by what the values look like.</summary>
internal readonly partial record struct TakeoutColumns(Dictionary<string, int>? Named, bool IsHeader)
{
    /// <summary>The header names a comment or a live chat, or the row looks like one.</summary>
    public bool IsKnown => Named is not null || !IsHeader;

    public static TakeoutColumns Of(IReadOnlyList<string> first)
    {
        var named = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (index, name) in first.Index()) named.TryAdd(name.Trim(), index);
        if (named.ContainsKey("Comment ID") || named.ContainsKey("Live Chat ID") || named.ContainsKey("Comment Text") || named.ContainsKey("Live Chat Text")) return new(named, IsHeader: true);
        return new(null, IsHeader: !LooksLikeARow(first));
    }

    public TakeoutRow Read(IReadOnlyList<string> fields) => Named is { } named ? ByName(named, fields) : ByLook(fields);

    private static bool LooksLikeARow(IReadOnlyList<string> fields) => fields.Any(IsTime) && fields.Any(f => Channel().IsMatch(f));

    private static TakeoutRow ByName(Dictionary<string, int> named, IReadOnlyList<string> fields)
    {
        string? Of(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (named.TryGetValue(name, out var at) && at < fields.Count && fields[at].Length > 0) return fields[at];
            }

            return null;
        }

        var live = named.ContainsKey("Live Chat ID") || named.ContainsKey("Live Chat Text");
        return new(
            Of("Comment ID", "Live Chat ID"), Of("Channel ID"), Of("Comment Create Timestamp", "Live Chat Create Timestamp"),
            Of("Parent Comment ID", "Top-Level Comment ID"), Of("Video ID"), Of("Post ID"), Of("Comment Text", "Live Chat Text"), live);
    }

    private static TakeoutRow ByLook(IReadOnlyList<string> fields)
    {
        string? id = null, channel = null, time = null, parent = null, video = null, text = null, other = null;
        foreach (var field in fields.Where(f => f.Length > 0))
        {
            if (channel is null && Channel().IsMatch(field)) channel = field;
            else if (time is null && IsTime(field)) time = field;
            else if (text is null && field[0] is '{' or '[') text = field;
            else if (Comment().IsMatch(field)) (id, parent) = id is null ? (field, parent) : (id, field);
            else if (Video().IsMatch(field)) video ??= field;
            else if (!field.All(c => char.IsAsciiDigit(c) || c == '.')) (other, text) = other is null && !field.Contains(' ', StringComparison.Ordinal) ? (field, text) : (other, text ?? field);
        }

        return id is null ? new(other, channel, time, null, video, null, text, IsLive: true) : new(id, channel, time, parent, video, null, text, IsLive: false);
    }

    private static bool IsTime(string field) => field.Length >= 16 && PlatformTime.Iso(field) is not null;

    [GeneratedRegex(@"^UC[A-Za-z0-9_-]{22}$", RegexOptions.CultureInvariant)]
    private static partial Regex Channel();

    [GeneratedRegex(@"^Ug[A-Za-z0-9_-]{10,}(\.[A-Za-z0-9_-]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{11}$", RegexOptions.CultureInvariant)]
    private static partial Regex Video();
}
