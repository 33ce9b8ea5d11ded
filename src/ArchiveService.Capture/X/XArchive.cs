using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>
/// The archive that X gives who asks for an account's data: scripts that each set a list, old and new, whole or in parts, in a zip, several, or a folder.
/// Every list is read element by element, so memory does not grow with the archive.
/// </summary>
public sealed partial class XArchive : ImportFile
{
    private const int MostNotes = 200_000;
    private const long MostNoteChars = 64L * 1024 * 1024;
    private const int MaxManifestBytes = 16 * 1024 * 1024;

    private static readonly string[] Order = ["account", "profile", "tweets", "deleted-tweets", "note-tweet", "direct-messages", "direct-messages-group"];

    private readonly ExportFiles files;
    private readonly List<(string Path, string Kind)> read;
    private readonly List<string> mediaFolders;
    private readonly Dictionary<string, long> declared;
    private readonly ActAuthor? own;
    private readonly bool declaredPartial;
    private readonly Dictionary<string, XNote> notesByPost = new(StringComparer.Ordinal);
    private readonly Dictionary<long, List<XNote>> notesByTime = [];
    private readonly Dictionary<string, XNote> notesById = new(StringComparer.Ordinal);
    private readonly List<string> summary = [];
    private long places;
    private bool brokenOff;

    private XArchive(ExportFiles files, List<(string Path, string Kind)> read, Dictionary<string, long> declared, bool declaredPartial, ActAuthor? own)
    {
        this.files = files;
        this.read = read;
        this.declared = declared;
        this.declaredPartial = declaredPartial;
        this.own = own;
        mediaFolders = [.. files.Paths.Where(path => path.Contains("_media/", StringComparison.Ordinal)).Select(path => path[..(path.LastIndexOf('/') + 1)]).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>As <c>x-archive</c>, to channels of X.</summary>
    public static ImportForm Form { get; } = new("x-archive", ["x"], TakesFolder: true, (path, ct) => Open(path, null, ct));

    /// <inheritdoc />
    public override long Bytes => read.Sum(file => files.Length(file.Path) ?? 0);

    /// <inheritdoc />
    public override long BytesRead => files.BytesRead;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files.Problems;

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary => [.. summary, "An archive of X holds what the account itself wrote, and its messages: never what others answered, and not for long what was deleted."];

    /// <inheritdoc />
    public override bool IsPartial => brokenOff || declaredPartial || files.IsTruncated;

    /// <summary>Opens an archive; never throws because of what it holds.</summary>
    public static async Task<ImportOpened> Open(string path, ArchiveLimits? limits = null, CancellationToken ct = default)
    {
        var (files, refused) = await ExportFiles.Open(path, limits ?? new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var known = files.Paths.Select(file => (Path: file, Kind: KindOf(file))).Where(file => file.Kind is not null).Select(file => (file.Path, Kind: file.Kind!))
            .OrderBy(file => Array.IndexOf(Order, file.Kind)).ThenBy(file => Numbers().Replace(file.Path, digits => digits.Value.PadLeft(10, '0')), StringComparer.Ordinal).ToList();
        if (known.Count == 0)
        {
            var truncated = files.IsTruncated;
            await files.DisposeAsync();
            return truncated
                ? new ImportOpened.Refused(ArchiveProblemCodes.Truncated, "The archive ends in the middle, and nothing that can be read is left of it. Download it again.")
                : new ImportOpened.Refused(ExportProblemCodes.NothingKnown, "Neither tweets.js nor direct-messages.js was found. Give the zip, the folder it was unpacked to, or the folder in which all its parts lie.");
        }

        var (declared, isPartial) = await Manifest(files, ct);
        if (isPartial) files.Note(ExportProblemCodes.DeclaredPartial, "X says itself that the archive is not whole (isPartialArchive).");
        return new ImportOpened.Ready(new XArchive(files, known, declared, isPartial, await Account(files, known, ct)));
    }

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        (places, brokenOff) = (0, false);
        summary.Clear();
        notesByPost.Clear();
        notesByTime.Clear();
        notesById.Clear();
        await KeepNotes(now, ct);
        foreach (var (path, kind) in read)
        {
            await foreach (var act in ReadFile(path, kind, now, ct)) yield return act;
        }

        foreach (var missing in declared.Where(file => file.Value > 0 && KindOf(file.Key) is not null && !read.Exists(known => SameFile(known.Path, file.Key))))
        {
            brokenOff = true;
            files.Note(ArchiveProblemCodes.DeclaredDiffers, $"“{missing.Key}” is missing; the archive says that it holds {missing.Value} entries. Is a part of the archive missing?");
        }
    }

    /// <inheritdoc />
    public override Stream? OpenMedia(string archivePath) => files.OpenMedia(archivePath);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await files.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>By the name alone: folders and names have changed, and parts come in any order.</summary>
    internal static string? KindOf(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (OldMonth().IsMatch(name) && path.Contains("tweets/", StringComparison.Ordinal)) return "tweets";
        return FileName().Match(name) is { Success: true } match
            ? match.Groups["kind"].Value switch
            {
                "tweet" or "tweets" or "community-tweet" or "community-tweets" => "tweets",
                "deleted-tweet" or "deleted-tweets" => "deleted-tweets",
                "note-tweet" or "note-tweets" => "note-tweet",
                "direct-message" or "direct-messages" => "direct-messages",
                "direct-message-group" or "direct-messages-group" or "direct-message-groups" => "direct-messages-group",
                var kind => kind,
            }
            : null;
    }

    private async IAsyncEnumerable<ReadAct> ReadFile(string path, string kind, DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var stream = OpenOrNote(path);
        if (stream is null) yield break;
        var around = new XSurroundings(own?.NativeId, own, Media, Note);
        var conversations = kind.StartsWith("direct-messages", StringComparison.Ordinal);
        var walk = new JsonWalk(stream, shape => shape.Length == 0 || (conversations && shape is "/*" or "/*/dmConversation" or "/*/dmConversation/messages"), script: true);
        var before = places;
        string? conversation = null;
        var elements = 0L;
        WalkStep step;
        while ((step = await walk.Next(ct)) == WalkStep.Leaf)
        {
            elements = Math.Max(elements, RootIndex(walk.Pointer) + 1);
            if (walk.Shape == "/*/dmConversation/conversationId")
            {
                conversation = walk.Value.Bytes is [(byte)'"', .., (byte)'"'] written ? JsonText.Decode(written.AsSpan()[1..^1], out _) : null;
                continue;
            }

            if (walk.Shape != (conversations ? "/*/dmConversation/messages/*" : "/*")) continue;
            places++;
            foreach (var act in ExportItem.Read(walk.Value, places, $"{path}#{walk.Pointer}", now, repair: false, (item, element) => Read(item, element, kind, conversation, around))) yield return act;
        }

        var told = declared.Where(file => SameFile(path, file.Key)).Select(file => (long?)file.Value).FirstOrDefault();
        summary.Add(string.Create(CultureInfo.InvariantCulture, $"{path}: {elements} entries present, {told?.ToString(CultureInfo.InvariantCulture) ?? "unknown number"} declared; {places - before} places read"));
        if (step != WalkStep.End)
        {
            yield return BrokenOff(path, step, elements, told);
        }
        else if (told is { } count && count != elements)
        {
            files.Note(ArchiveProblemCodes.DeclaredDiffers, $"“{path}” should have {count} entries; {elements} are there.");
        }
    }

    private static long RootIndex(string pointer)
    {
        var end = pointer.IndexOf('/', 1);
        return long.TryParse(pointer.AsSpan(1, (end < 0 ? pointer.Length : end) - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;
    }

    private IReadOnlyList<ReadAct> Read(ExportItem item, JsonFields element, string kind, string? conversation, XSurroundings around) => kind switch
    {
        "tweets" or "deleted-tweets" => Tweet(item, element, around),
        "note-tweet" => LeftNote(item, element),
        "account" or "profile" => [Profile(item, element)],
        _ => XMessage.Read(item, element, conversation, around),
    };

    /// <summary>Newer archives wrap each post in an object of its own.</summary>
    private static IReadOnlyList<ReadAct> Tweet(ExportItem item, JsonFields element, XSurroundings around)
    {
        var tweet = element.Has("id_str") || element.Has("id") ? element : item.Object(element, "tweet");
        if (!tweet.All.Any()) tweet = item.Object(element, "communityTweet");
        var acts = XTweet.Read(item, tweet.All.Any() ? tweet : element, around, "archive");
        return acts is [ReadAct.Accepted { Act: var act } first, ..] && act.Flags.Contains(ExportFlags.TextJoined) && around.Note!(act.NativeEventId ?? act.NativeId, act.OccurredAt, null) is { } note
            ? [first with { Act = act with { Raw = (byte[])[.. act.Raw.Span, (byte)'\n', .. note.Raw], RawPointer = $"{act.RawPointer} {note.Pointer}" } }, .. acts.Skip(1)]
            : acts;
    }

    private ReadAct Profile(ExportItem item, JsonFields element)
    {
        var account = item.Object(element, "account");
        var profile = item.Object(element, "profile");
        var id = account.Id("accountId") ?? own?.NativeId;
        if (id is null || !(account.All.Any() || profile.All.Any())) return item.NotARecord("archive/account");
        var about = item.Object(profile, "description");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.ProfileChange,
            NativeActName = account.All.Any() ? "archive/account" : "archive/profile",
            NativeId = id,
            Kind = ItemKind.Unknown,
            Author = own ?? new ActAuthor(id, null, null, ClaimsOwnChannel: true, null),
            OccurredAtSource = "none",
            ActingParty = ActingParty.OwnChannel,
            Text = string.Join('\n', new[] { item.Text(about, "bio"), item.Text(about, "website"), item.Text(about, "location") }.OfType<string>()) is { Length: > 0 } text ? text : null,
        });
    }

    /// <summary>Files are named for the post and for the end of their address.</summary>
    private string? Media(string id, string url)
    {
        var end = url.IndexOfAny(['?', '#']);
        var address = end < 0 ? url : url[..end];
        var name = $"{id}-{address[(address.LastIndexOf('/') + 1)..]}";
        return mediaFolders.Select(folder => folder + name).FirstOrDefault(files.Has);
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
            files.Note(ArchiveProblemCodes.Encrypted, $"“{path}” needs a password and was left out; unpack the archive first.");
            return null;
        }
    }

    private ReadAct.Rejected BrokenOff(string path, WalkStep step, long elements, long? told)
    {
        brokenOff = true;
        var (code, refusal, why) = step switch
        {
            WalkStep.OverLimit => (ArchiveProblemCodes.Bomb, ArchiveProblemCodes.Bomb, "unpacks to more than the limit"),
            WalkStep.Truncated => (ArchiveProblemCodes.Truncated, RefusalCodes.InputTruncated, "ends in the middle or is damaged"),
            _ => (ExportProblemCodes.FileBroken, RefusalCodes.BrokenJson, "is broken"),
        };
        files.Note(code, string.Create(CultureInfo.InvariantCulture, $"“{path}” {why}: {elements}{(told is { } of ? $" of {of}" : "")} entries were recovered."));
        return new ReadAct.Rejected(++places, refusal, $"The file {why}; nothing after this place in it could be read.");
    }

    private static bool SameFile(string path, string declaredName) => path == declaredName || path.EndsWith($"/{declaredName}", StringComparison.Ordinal) || path[(path.LastIndexOf('/') + 1)..] == declaredName[(declaredName.LastIndexOf('/') + 1)..];

    [GeneratedRegex(@"^(?<kind>account|profile|tweets?|community-tweets?|deleted-tweets?|note-tweets?|direct-messages?(-groups?)?)(-part\d+)?\.js$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();

    [GeneratedRegex(@"^\d{4}_\d{2}\.js$", RegexOptions.CultureInvariant)]
    private static partial Regex OldMonth();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
