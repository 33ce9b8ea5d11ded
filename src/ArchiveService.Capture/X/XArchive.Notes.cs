using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>Long texts, which stand in a list of their own beside the posts they belong to.</summary>
public sealed partial class XArchive
{
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
}
