using System.Text.Json.Serialization;
using ArchiveService.Attachments;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Features.Public;

/// <summary>A file that everybody may read. It has no name here: what a sender called it is not examined.</summary>
/// <param name="Text">What it shows, for those who do not see it.</param>
public sealed record PublicFile(string Address, string MediaType, long Bytes, string? Text)
{
    [JsonIgnore]
    public bool IsImage => MediaType.StartsWith("image/", StringComparison.Ordinal) && MediaTypes.IsShownInline(MediaType);

    [JsonIgnore]
    public string Said => $"{PublicFiles.Kind(MediaType)}, {Swedish.Bytes(Bytes)}";
}

/// <summary>
/// Released attachments. Whether one may be read is asked as the login of the public each time, of the walls as they stand that moment: a mark of secrecy
/// takes the file away at once, and a browser that kept it asks before it shows it again.
/// </summary>
public sealed class PublicFiles(Databases databases, SealedLog log, EntryFiles files)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/public/attachments/{attachment:guid}", (Guid attachment, HttpContext http, PublicFiles files, IObjectStore store, CancellationToken ct) => files.Send(attachment, http, store, ct))
            .AllowAnonymous().WithName("read-public-attachment");

    public static string Kind(string mediaType) => mediaType switch
    {
        "application/pdf" => "PDF",
        "application/zip" => "Zip-fil eller dokument",
        _ when mediaType.StartsWith("image/", StringComparison.Ordinal) => "Bild",
        _ when mediaType.StartsWith("video/", StringComparison.Ordinal) => "Film",
        _ when mediaType.StartsWith("audio/", StringComparison.Ordinal) => "Ljud",
        _ => "Fil",
    };

    /// <summary>By case and number of the document.</summary>
    public async Task<IReadOnlyDictionary<(Guid Case, int Document), IReadOnlyList<PublicFile>>> Of(IReadOnlyList<(Guid Case, int Document)> entries, CancellationToken ct)
    {
        if (entries.Count == 0) return new Dictionary<(Guid, int), IReadOnlyList<PublicFile>>();
        var found = new List<(Guid Case, int Document, Guid Id, string MediaType, long Bytes)>();
        await using (var query = databases.Public.CreateCommand("""
            select f.case_id, f.document_number, f.attachment_id, f.media_type, f.bytes
            from unnest($1, $2) e(case_id, document_number) join archive.attachments_public f using (case_id, document_number) order by f.case_id, f.document_number, f.place
            """))
        {
            query.Parameters.Add(new() { Value = entries.Select(e => e.Case).ToArray() });
            query.Parameters.Add(new() { Value = entries.Select(e => e.Document).ToArray() });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) found.Add((row.GetGuid(0), row.GetInt32(1), row.GetGuid(2), row.GetString(3), row.GetInt64(4)));
        }

        var texts = found.Count == 0 ? new Dictionary<Guid, string>() : await files.PublicTexts([.. found.Select(f => f.Id)], ct);
        return found.GroupBy(f => (f.Case, f.Document)).ToDictionary(g => g.Key, g => (IReadOnlyList<PublicFile>)
            [.. g.Select(f => new PublicFile($"/public/attachments/{f.Id:D}", f.MediaType, f.Bytes, texts.GetValueOrDefault(f.Id)))]);
    }

    private async Task<IResult> Send(Guid attachment, HttpContext http, IObjectStore store, CancellationToken ct)
    {
        var unknown = Problems.Refused(Refusal.Unknown("attachment", "Bilagan finns inte, eller så är den inte utlämnad till alla. Begär den hos myndigheten."));
        string mediaType;
        long bytes;
        await using (var released = databases.Public.CreateCommand("select media_type, bytes from archive.attachments_public where attachment_id = $1"))
        {
            released.Parameters.Add(new() { Value = attachment });
            await using var row = await released.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return unknown;
            (mediaType, bytes) = (row.GetString(0), row.GetInt64(1));
        }

        Guid record, objectId;
        await using (var place = databases.Writer.CreateCommand("select record_id, object_id from archive.attachments where attachment_id = $1"))
        {
            place.Parameters.Add(new() { Value = attachment });
            await using var row = await place.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return unknown;
            (record, objectId) = (row.GetGuid(0), row.GetGuid(1));
        }

        if ((await log.Keys([record], ct)).Find(record, KeyClass.Content) is not { } key) return unknown;
        if (await Media.AttachmentScans.Found(databases.Writer, attachment, ct) is not null)
            return Problems.Refused(new("attachment-infected", "Virusskyddet hittade något i filen, så den lämnas inte ut här. Begär den hos myndigheten."));
        var response = http.Response;

        // The bytes under an id never change; whether they may be read does, so it is asked each time.
        var etag = $"\"{attachment:N}\"";
        response.Headers.CacheControl = "public, no-cache";
        response.Headers.ETag = etag;
        response.Headers.ContentDisposition = FileNames.Disposition($"bilaga-{attachment:N}{MediaTypes.Ending(mediaType)}", MediaTypes.IsShownInline(mediaType));
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (EntityTagHeaderValue.TryParseList(http.Request.Headers.IfNoneMatch, out var known) && known.Any(k => k.Tag == etag || k.Tag == "*")) return Results.StatusCode(StatusCodes.Status304NotModified);
        return await RecordAttachments.Send(http, new(store, AttachmentIntake.ObjectKey(objectId), bytes, key.AttachmentKey(attachment), SealedObjects.PlaceOf(record, attachment)), mediaType, ct);
    }
}
