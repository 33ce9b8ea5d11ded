using ArchiveService.Capture;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>What the latest version of a record says. Needed where a platform tells one item in parts: a post with several photos comes as one creation a photo.</summary>
public sealed record KnownContent(DateTimeOffset At, TextFormat TextFormat, IReadOnlyList<Guid> Attachments, Parts Parts)
{
    private static readonly string[] Words = [Parts.Text, "contentWarning", Parts.Permalink];

    public static KnownContent? Of(RecordEvent happened, Parts parts, DateTimeOffset recordedAt) => happened switch
    {
        ItemCaptured { ContentCaptured: true } e => new(e.EditedAt ?? e.Observed.OccurredAt ?? e.Observed.ObservedAt ?? recordedAt, e.TextFormat, [.. e.Attachments.Select(a => a.Id)], parts),
        ItemEdited e => new(e.Observed.OccurredAt ?? e.Observed.ObservedAt ?? recordedAt, e.TextFormat, [.. e.Attachments.Select(a => a.Id)], parts),
        _ => null,
    };

    public bool HasText => !string.IsNullOrEmpty(Parts[Parts.Text]);

    /// <summary>The same item told again with something more: no edit, and no other text than the one known.</summary>
    public bool IsContinuedBy(CapturedAct act) =>
        act.Act is ActKind.Create or ActKind.Message && act.EditedAt is null && (string.IsNullOrEmpty(act.Text) || !HasText || act.Text == Parts[Parts.Text]);

    public bool Has(ActAttachment attachment) => Identity(attachment) is { } wanted && Attachments.Any(id => Identity(id) == wanted);

    /// <summary>Adds to a new version's parts what the known one says and the new one does not.</summary>
    public void Complete(Parts newer)
    {
        foreach (var word in Words) newer.With(word, string.IsNullOrEmpty(newer[word]) ? Parts[word] : newer[word]);
        foreach (var (name, value) in Parts.All)
        {
            if (name.StartsWith("attachment/", StringComparison.Ordinal)) newer.With(name, value);
        }
    }

    /// <summary>Media addresses carry expiring signatures: the same picture has a new query at every delivery.</summary>
    public static string? WithoutQuery(string? url) => url?.Split('?', 2)[0];

    private string? Identity(Guid id) => Parts[$"attachment/{id:D}/nativeId"] ?? Parts[$"attachment/{id:D}/archivePath"] ?? WithoutQuery(Parts[$"attachment/{id:D}/url"]);

    private static string? Identity(ActAttachment attachment) => attachment.NativeId ?? attachment.ArchivePath ?? WithoutQuery(attachment.Url);
}
