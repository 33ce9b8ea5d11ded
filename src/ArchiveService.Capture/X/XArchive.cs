using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
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

    /// <summary>A long text that no post was found for is a post in itself.</summary>
    private IReadOnlyList<ReadAct> LeftNote(ExportItem item, JsonFields element)
    {
        if (NoteOf(item, element) is not { } note) return [item.Unknown("archive/note-tweet", item.NewId("note-tweet"), Audience.Direct)];
        if (notesById.GetValueOrDefault(note.Id) is { Joined: true }) return [item.NotARecord("archive/note-tweet/joined")];
        return
        [
            item.Accepted(new CapturedAct
            {
                Act = ActKind.Create,
                NativeActName = "archive/note-tweet",
                NativeId = note.TweetId ?? note.Id,
                Kind = ItemKind.Post,
                NativeKind = "note-tweet",
                Author = own,
                OccurredAt = note.At,
                OccurredAtSource = note.At is null ? "none" : "platform",
                ActingParty = ActingParty.OwnChannel,
                Text = note.Text,
                Permalink = note.TweetId is { } id ? XTweet.Address(own?.Handle, id) : null,
            }),
        ];
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

    /// <summary>Long texts stand in files of their own, and are few: they are kept until their posts come.</summary>
    private async Task KeepNotes(DateTimeOffset now, CancellationToken ct)
    {
        var chars = 0L;
        foreach (var (path, kind) in read)
        {
            if (kind != "note-tweet") continue;
            await using var stream = OpenOrNote(path);
            if (stream is null) continue;
            var walk = new JsonWalk(stream, shape => shape.Length == 0, script: true);
            while (await walk.Next(ct) == WalkStep.Leaf && notesById.Count < MostNotes && chars < MostNoteChars)
            {
                ExportItem.Read(walk.Value, 0, $"{path}#{walk.Pointer}", now, repair: false, (item, element) =>
                {
                    if (NoteOf(item, element) is not { } note) return [];
                    chars += note.Text.Length + note.Raw.Length;
                    notesById.TryAdd(note.Id, note);
                    if (note.TweetId is { } post) notesByPost.TryAdd(post, note);
                    notesByPost.TryAdd(note.Id, note);
                    if (note.At is { } at)
                    {
                        if (!notesByTime.TryGetValue(at.ToUnixTimeSeconds(), out var same)) notesByTime[at.ToUnixTimeSeconds()] = same = [];
                        same.Add(note);
                    }

                    return [];
                });
            }
        }
    }

    private static XNote? NoteOf(ExportItem item, JsonFields element)
    {
        var note = item.Object(element, "noteTweet");
        var results = item.Object(note, "noteTweetResults");
        var core = results.Has("text") ? results : item.Object(note, "core");
        var urls = item.Objects(item.Object(results, "entitySet"), "urls").Concat(item.Objects(core, "urls")).Select(url => (item.Text(url, "url") ?? item.Text(url, "shortUrl"), item.Text(url, "expanded_url") ?? item.Text(url, "expandedUrl")));
        return note.Id("noteTweetId") is { } id && XTweet.Shown(item.Text(core, "text"), urls) is { } text
            ? new XNote(id, note.Id("tweetId"), XTweet.Time(item, note, "createdAt"), text, item.Raw, item.Pointer)
            : null;
    }

    /// <summary>By the post's id, and where the archive does not say it, by the second and the beginning of the text.</summary>
    private XNote? Note(string id, DateTimeOffset? at, string? text)
    {
        if (!notesByPost.TryGetValue(id, out var found) && at is { } time && text is not null && notesByTime.TryGetValue(time.ToUnixTimeSeconds(), out var same))
        {
            found = same.Find(note => !note.Joined && note.TweetId is null && note.Text.StartsWith(Beginning(text), StringComparison.Ordinal));
            if (found is not null) notesByPost[id] = found;
        }

        if (found is not null) found.Joined = true;
        return found;
    }

    private static string Beginning(string text)
    {
        // The cut text ends with an ellipsis and the post's own address.
        var end = text.LastIndexOf(" https://t.co/", StringComparison.Ordinal) is > 0 and var link ? link : text.Length;
        return text[..Math.Min(end, 100)].TrimEnd('…', ' ');
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

    private static async Task<(Dictionary<string, long> Declared, bool IsPartial)> Manifest(ExportFiles files, CancellationToken ct)
    {
        var declared = new Dictionary<string, long>(StringComparer.Ordinal);
        var isPartial = false;
        foreach (var path in files.Paths.Where(path => path == "manifest.js" || path.EndsWith("/manifest.js", StringComparison.Ordinal)))
        {
            if (await Whole(files, path, MaxManifestBytes, ct) is not { } bytes) continue;
            try
            {
                using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth, AllowTrailingCommas = true });
                if (json.RootElement.ValueKind != JsonValueKind.Object) continue;
                var manifest = JsonFields.Of(json.RootElement);
                isPartial |= manifest.Object("archiveInfo").Truth("isPartialArchive") == true;
                foreach (var (_, type) in manifest.Object("dataTypes").All.Where(type => type.Value.ValueKind == JsonValueKind.Object))
                {
                    foreach (var file in JsonFields.Of(type).Many("files").Where(file => file.ValueKind == JsonValueKind.Object).Select(JsonFields.Of))
                    {
                        if (file.Id("fileName") is { } name && long.TryParse(file.Id("count"), CultureInfo.InvariantCulture, out var count)) declared[name] = count;
                    }
                }
            }
            catch (JsonException)
            {
                files.Note(ExportProblemCodes.FileBroken, "manifest.js cannot be read; how much there should be is not known.");
            }
        }

        return (declared, isPartial);
    }

    private static async Task<ActAuthor?> Account(ExportFiles files, List<(string Path, string Kind)> known, CancellationToken ct)
    {
        foreach (var (path, _) in known.Where(file => file.Kind == "account"))
        {
            if (await Whole(files, path, CaptureLimits.MaxLineBytes, ct) is not { } bytes) continue;
            try
            {
                using var json = JsonDocument.Parse(bytes);
                if (json.RootElement.ValueKind != JsonValueKind.Array || json.RootElement.GetArrayLength() == 0 || json.RootElement[0].ValueKind != JsonValueKind.Object) continue;
                var account = JsonFields.Of(json.RootElement[0]).Object("account");
                if (account.Id("accountId") is { } id) return new ActAuthor(id, account.Id("accountDisplayName"), account.Id("username"), ClaimsOwnChannel: true, null);
            }
            catch (JsonException)
            {
                // Told when it is read.
            }
        }

        files.Note(ArchiveProblemCodes.ActorMissing, "There is no readable account.js; who the archive belongs to is not known.");
        return null;
    }

    /// <summary>A small script's value, without the assignment before it.</summary>
    private static async Task<byte[]?> Whole(ExportFiles files, string path, int limit, CancellationToken ct)
    {
        try
        {
            await using var stream = files.OpenMedia(path);
            if (stream is null) return null;
            var bytes = new byte[limit];
            var length = await stream.ReadAtLeastAsync(bytes, limit, throwOnEndOfStream: false, ct);
            var script = bytes.AsSpan(0, length);
            var begin = script.IndexOf((byte)'=') + 1;
            return script[begin..].Trim("\uFEFF \t\r\n;"u8).ToArray();
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<kind>account|profile|tweets?|community-tweets?|deleted-tweets?|note-tweets?|direct-messages?(-groups?)?)(-part\d+)?\.js$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();

    [GeneratedRegex(@"^\d{4}_\d{2}\.js$", RegexOptions.CultureInvariant)]
    private static partial Regex OldMonth();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
