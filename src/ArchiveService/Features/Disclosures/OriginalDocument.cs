using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>A version of a record as it was captured, with the parts of it that may be given out.</summary>
public sealed record DocumentVersion(Guid EventId, long Sequence, string EventName, DateTimeOffset At, IReadOnlyDictionary<string, string> Parts, RecordKey? Key, IReadOnlyDictionary<string, string> Commitments);

public sealed record DocumentFile(Guid Id, Guid EventId, long Sequence, string EventName, Guid Object, long Bytes, string MediaType, string? Name, RecordKey? Key, string? Commitment);

/// <summary>
/// A record opened from the log itself, never from a view. Only the parts named here are ever given out: what a platform adds tomorrow stays inside until
/// somebody has thought about it.
/// </summary>
public sealed record OriginalDocument(Guid Record, RecordState State, IReadOnlyList<DocumentVersion> Versions, IReadOnlyList<DocumentFile> Files)
{
    public static IReadOnlyList<string> GivenParts { get; } = [Parts.Text, Parts.AuthorDisplayName, Parts.AuthorHandle, Parts.Permalink];

    public static string Said(string part) => part switch
    {
        Parts.Text => "Text",
        Parts.Subject => "Saken",
        Parts.Motivation => "Skälen",
        "with" => "Med vem",
        "appellant" => "Den som överklagar",
        "body" => "Beslutat av",
        "howToAppeal" => "Hur man överklagar",
        Parts.AuthorDisplayName => "Avsändarens namn",
        Parts.AuthorHandle => "Avsändarens konto",
        Parts.Permalink => "Adress i kanalen",
        _ => "Bilaga",
    };

    /// <summary>Whether it came from somebody of that name.</summary>
    public bool IsFrom(string name) => State.Direction != Direction.DrawnUp
        && Versions.Any(v => v.Parts.TryGetValue(Parts.AuthorDisplayName, out var sender) && string.Equals(sender.Trim(), name.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <summary>Somebody outside can be recognised in what is left when the masks are on, or a personnummer stands in it.</summary>
    public bool TellsOfAPerson(MaskMap map) =>
        Versions.Any(v => (State.Direction != Direction.DrawnUp && v.Parts.Any(p => p.Key is Parts.AuthorDisplayName or Parts.AuthorHandle && !map.Hides(v.EventId, p.Key)))
            || v.Parts.Any(p => p.Key is "with" or "appellant" && !map.Hides(v.EventId, p.Key))
            || (v.Parts.TryGetValue(Parts.Text, out var text) && SecrecyHints.Any(map.Apply(v.EventId, Parts.Text, text))))
        || Files.Any(f => map.OfAttachment(f.Id) is null);
}

public sealed class OriginalDocuments(SealedLog log, Records.Records records, CaseDocuments cases)
{
    /// <summary>A record, or a document that a case has of its own, as far as the caller may know of it.</summary>
    public async Task<RecordState?> Find(Guid target, Caller caller, CancellationToken ct) =>
        await records.Find(target, caller, ct) ?? (await cases.Find(target, caller, ct))?.State;

    /// <summary>Null when there is nothing to open: never captured, gallrad, or locked for everybody.</summary>
    public async Task<OriginalDocument?> Open(Guid record, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(record, ct: ct);
        if (history.Count == 0) return await cases.Open(record, ct);
        var state = RecordState.From(history);
        if (!state.Exists || state.Locked || state.DisposedAt is not null) return null;
        var telling = history.Where(h => h.Event is ItemCaptured { ContentCaptured: true } or ItemEdited or AttachmentStored).ToList();
        var opened = await log.Open(telling, ct);
        var versions = new List<DocumentVersion>();
        var files = new List<DocumentFile>();
        foreach (var one in telling)
        {
            if (opened.GetValueOrDefault(one.Id) is not { IsDestroyed: false } content) continue;
            var commitments = ((SealableEvent)one.Event).Sealed!.Cm;
            if (one.Event is AttachmentStored file)
            {
                files.Add(new(
                    file.Attachment, one.Id, one.Sequence, one.Name, file.Object, file.Bytes, file.MediaType, content.Parts![Parts.AttachmentFileName(file.Attachment)], content.Key,
                    commitments.GetValueOrDefault(Parts.AttachmentBytes(file.Attachment))));
                continue;
            }

            var parts = OriginalDocument.GivenParts.Select(p => (Part: p, Value: content.Parts![p])).Where(p => p.Value is { Length: > 0 }).ToDictionary(p => p.Part, p => p.Value!);
            var at = one.Event switch
            {
                ItemCaptured e => e.Observed.OccurredAt ?? e.Observed.ObservedAt ?? one.Time,
                ItemEdited e => e.Observed.OccurredAt ?? e.Observed.ObservedAt ?? one.Time,
                _ => one.Time,
            };
            // The same again, told once more, is no version.
            if (parts.Count > 0 && !versions.Any(v => Same(v.Parts, parts))) versions.Add(new(one.Id, one.Sequence, one.Name, at, parts, content.Key, commitments));
        }

        // The name an attachment came with stands with the item that expected it.
        var names = telling.Where(t => t.Event is not AttachmentStored && opened.GetValueOrDefault(t.Id) is { IsDestroyed: false }).Select(t => opened[t.Id].Parts!).ToList();
        files = [.. files.Select(f => f.Name is not null ? f : f with { Name = names.Select(n => n[Parts.AttachmentFileName(f.Id)]).FirstOrDefault(n => n is not null) })];
        return new(record, state, [.. versions.OrderBy(v => v.At).ThenBy(v => v.Sequence)], files);
    }

    private static bool Same(IReadOnlyDictionary<string, string> one, Dictionary<string, string> other) => one.Count == other.Count && one.All(p => other.GetValueOrDefault(p.Key) == p.Value);
}
