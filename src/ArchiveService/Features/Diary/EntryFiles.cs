using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Diary;

/// <param name="CapturedText">What the sender wrote that it shows.</param>
/// <param name="PublicText">What was released that it shows.</param>
public sealed record EntryFile(Guid Id, string? Name, string MediaType, long Bytes, string? CapturedText, string? PublicText);

/// <summary>The files of a registered record as whoever releases the entry has to see them.</summary>
public sealed class EntryFiles(SealedLog log, Databases databases)
{
    public async Task<IReadOnlyList<EntryFile>> Of(Guid record, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(record, ct: ct);
        var stored = history.Where(h => h.Event is AttachmentStored).ToList();
        if (stored.Count == 0) return [];
        var said = history.Where(h => h.Event is ItemCaptured or ItemEdited).ToList();
        var released = history.LastOrDefault(h => h.Event is DiaryEntryReleased);
        var opened = await log.Open([.. stored, .. said, .. released is null ? Array.Empty<Recorded>() : [released]], ct);
        string? Part(Recorded? of, string name) => of is not null && opened.GetValueOrDefault(of.Id)?.Parts?[name] is { Length: > 0 } text ? text : null;
        return
        [
            .. stored.Select(s =>
            {
                var file = (AttachmentStored)s.Event;
                var name = Parts.AttachmentAltText(file.Attachment);
                return new EntryFile(file.Attachment, Part(s, Parts.AttachmentFileName(file.Attachment)), file.MediaType, file.Bytes, said.Select(e => Part(e, name)).LastOrDefault(t => t is not null), Part(released, name));
            }),
        ];
    }

    /// <summary>What released files show, by their ids. Only for those that the login of the public has been told of.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> PublicTexts(Guid[] attachments, CancellationToken ct)
    {
        var records = new List<Guid>();
        await using (var query = databases.Writer.CreateCommand("select distinct record_id from archive.attachments where attachment_id = any ($1)"))
        {
            query.Parameters.Add(new() { Value = attachments });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) records.Add(row.GetGuid(0));
        }

        var released = (await log.Store.ReadStreams(records, ct: ct)).Select(s => s.Value.LastOrDefault(e => e.Event is DiaryEntryReleased)).OfType<Recorded>().ToList();
        var opened = await log.Open(released, ct);
        var parts = released.Select(r => opened.GetValueOrDefault(r.Id)?.Parts).OfType<Parts>().ToList();
        return attachments.Distinct().Select(id => (id, Text: parts.Select(p => p[Parts.AttachmentAltText(id)]).FirstOrDefault(t => t is { Length: > 0 })))
            .Where(f => f.Text is not null).ToDictionary(f => f.id, f => f.Text!);
    }
}
