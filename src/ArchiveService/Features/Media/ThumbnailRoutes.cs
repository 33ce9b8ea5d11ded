using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Media;

/// <summary>A small picture of an attachment, for whoever may open the attachment.</summary>
public static class ThumbnailRoutes
{
    private static readonly Refusal Unknown = Refusal.Unknown("attachment", "Bilagan finns inte, eller så får du inte se den.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/records/{id:guid}/attachments/{attachment:guid}/thumbnail", Thumbnail).WithName("read-thumbnail");
        routes.MapGet("/handlingar/{id:guid}/bilagor/{attachment:guid}/miniatyr", Thumbnail).WithName("read-thumbnail-page");
    }

    private static async Task<IResult> Thumbnail(
        Guid id, Guid attachment, HttpContext http, Caller caller, Records.Records records, RecordReads reads, Databases databases, SealedLog log, IObjectStore store, Thumbnails thumbnails, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } state || state.Locked) return Problems.Refused(Unknown);
        await using var query = databases.Writer.CreateCommand("select object_id, bytes, media_type from archive.attachments where record_id = $1 and attachment_id = $2");
        query.Parameters.Add(new() { Value = id });
        query.Parameters.Add(new() { Value = attachment });
        Guid objectId;
        long bytes;
        string mediaType;
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return Problems.Refused(Unknown);
            (objectId, bytes, mediaType) = (row.GetGuid(0), row.GetInt64(1), row.GetString(2));
        }

        if (await AttachmentScans.Found(databases.Writer, attachment, ct) is not null) return Problems.Refused(Unknown);
        if (!thumbnails.Makes(mediaType, bytes) || (await log.Keys([id], ct)).Find(id, KeyClass.Content) is not { } key) return Problems.Refused(Unknown);
        await reads.Note(caller, [(id, RecordStates.Stored(state.Wall))], ct, ReadReasons.Said(http.Request));
        var made = await thumbnails.Of(
            mediaType, (to, over) => store.OpenSealedRange(AttachmentIntake.ObjectKey(objectId), bytes, 0, bytes, key.AttachmentKey(attachment), SealedObjects.PlaceOf(id, attachment), to, over), ct);
        if (made is null) return Problems.Refused(Unknown);
        http.Response.Headers.CacheControl = "private, no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(made, "image/jpeg");
    }

    /// <summary>What the pictures of a record show, in the words of whoever published them.</summary>
    public static async Task<IReadOnlyDictionary<Guid, string>> AltTexts(SealedLog log, Guid record, CancellationToken ct)
    {
        var telling = (await log.Store.ReadStream(record, ct: ct)).Where(h => h.Event is ItemCaptured or ItemEdited).ToList();
        var opened = await log.Open(telling, ct);
        var found = new Dictionary<Guid, string>();
        foreach (var told in telling)
        {
            if (opened.GetValueOrDefault(told.Id)?.Parts is not { } parts) continue;
            foreach (var attachment in told.Event is ItemCaptured captured ? captured.Attachments : ((ItemEdited)told.Event).Attachments)
            {
                if (RecordViewText.Clean(parts[Parts.AttachmentAltText(attachment.Id)]) is { Length: > 0 } alt) found[attachment.Id] = alt;
            }
        }

        return found;
    }
}
