using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Features.Records;

/// <summary>Attachments of a record: streamed in, sealed, and read back by range.</summary>
public static class RecordAttachments
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/attachments", Upload).DisableAntiforgery().WithName("add-attachment");
        routes.MapGet("/api/v1/records/{id:guid}/attachments/{attachment:guid}", Download).WithName("read-attachment");
        routes.MapGet("/handlingar/{id:guid}/bilagor/{attachment:guid}", Download).WithName("read-attachment-page");
    }

    private static async Task<IResult> Upload(Guid id, HttpContext http, Caller caller, Records records, SealedLog log, AttachmentIntake intake, AttachmentLimit limit, TimeProvider clock, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } state) return Problems.Refused(Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
        if (!caller.May(state.Authority, Role.Moderator, Role.Registrator, Role.Kommunikator)) return Problems.Refused(Refusal.NotAllowed("Bara moderator, kommunikatör eller registrator får lägga till en bilaga."));
        if (state.DisposedAt is not null) return Problems.Refused(new("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den."));
        if (state.Locked) return Problems.Refused(RestrictContent.Refused("Ingen fil kan läggas till."));
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 } boundary)
            return Problems.Refused(new("media-type", "Skicka filen som multipart/form-data.", StatusCodes.Status415UnsupportedMediaType));

        // The form around the file has its own few bytes; the file itself is measured while it streams.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limit.Bytes + (1024 * 1024);
        var reader = new MultipartReader(boundary.ToString(), http.Request.Body);
        try
        {
            while (await reader.ReadNextSectionAsync(ct) is { } section)
            {
                if (section.GetContentDispositionHeader() is not { } disposition || !disposition.IsFileDisposition()) continue;
                var name = (disposition.FileNameStar.Value ?? disposition.FileName.Value ?? "").Trim('"');
                if (name.Length is 0 or > 255 || name.AsSpan().ContainsAny("/\\\0") || name is "." or ".." || name.Any(char.IsControl))
                    return Problems.Refused(Refusal.Input("attachment-file-name", "Filnamnet saknas, är för långt eller innehåller en sökväg."));
                return await Store(id, caller, log, intake, clock, name, section.Body, ct);
            }
        }
        catch (ObjectStoreUnavailable)
        {
            http.Response.Headers.RetryAfter = "30";
            return Problems.Refused(new("attachment-store-unavailable", "Bilagelagret kan inte nås just nu. Inget har registrerats. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable));
        }
        catch (Exception error) when (error is AttachmentTooLarge or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            return Problems.Refused(new(
                "attachment-too-large", $"Filen är större än {limit.Said}, som är det mesta som tas emot.", StatusCodes.Status413PayloadTooLarge,
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = limit.Bytes }));
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return Problems.Refused(Refusal.Input("multipart-broken", "Filen kom inte fram hel. Skicka den igen."));
        }

        return Problems.Refused(Refusal.Input("file-missing", "Skicka en fil i formuläret."));
    }

    private static async Task<IResult> Store(Guid id, Caller caller, SealedLog log, AttachmentIntake intake, TimeProvider clock, string name, Stream bytes, CancellationToken ct)
    {
        var keys = await log.Keys([id], ct);
        if (keys.Find(id, KeyClass.Content) is not { } key) return Problems.Refused(new("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den."));
        var attachment = Guid.CreateVersion7(clock.GetUtcNow());
        var taken = await intake.Take(id, key, attachment, name, bytes, ct);
        try
        {
            for (var attempt = 1; attempt <= 5; attempt++)
            {
                var state = RecordState.From(await log.Store.ReadStream(id, ct: ct));
                if (state.DisposedAt is not null) break;
                var after = state.After((RecordEvent)taken.Event.Event, RecordStates.NotYetRecorded);
                var appended = await log.Append([new(id, "record", ExpectedVersion.Exactly(state.Version), [taken.Event])], keys, new(caller.PersonId.ToString("D")), [taken.Row, RecordStates.Statement([(id, after)])], ct);
                if (appended is Appended.Done done) return TypedResults.Created($"/api/v1/records/{id}/attachments/{attachment}", new { id = attachment, done.LastSequence, version = done.Versions[id] });
            }
        }
        catch
        {
            await intake.TakeBackUnlessRecorded([taken]);
            throw;
        }

        await intake.TakeBack([taken]);
        return Problems.Refused(Refusal.ChangedMeanwhile(0));
    }

    private static async Task<IResult> Download(Guid id, Guid attachment, HttpContext http, Caller caller, Records records, RecordReads reads, Databases databases, SealedLog log, IObjectStore store, CancellationToken ct)
    {
        var unknown = Refusal.Unknown("attachment", "Bilagan finns inte, eller så får du inte se den.");
        if (await records.Find(id, caller, ct) is not { } state) return Problems.Refused(unknown);
        if (state.Locked) return Problems.Refused(RestrictContent.Unavailable);
        await using var query = databases.Writer.CreateCommand("select object_id, bytes, media_type from archive.attachments where record_id = $1 and attachment_id = $2");
        query.Parameters.Add(new() { Value = id });
        query.Parameters.Add(new() { Value = attachment });
        Guid objectId;
        long bytes;
        string mediaType;
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return Problems.Refused(unknown);
            (objectId, bytes, mediaType) = (row.GetGuid(0), row.GetInt64(1), row.GetString(2));
        }

        var keys = await log.Keys([id], ct);
        if (keys.Find(id, KeyClass.Content) is not { } key) return Problems.Refused(new("record-disposed", "Bilagan är gallrad.", StatusCodes.Status410Gone));
        var infected = await Media.AttachmentScans.Found(databases.Writer, attachment, ct);
        if (infected is not null && http.Request.Query["infected"] != "open")
            return Problems.Refused(new("attachment-infected", $"Virusskyddet hittade {infected} i filen. Den är sparad som den kom, men lämnas ut bara till den som ber om den ändå (infected=open)."));

        // A player asks for one piece after the other; the first one is the reading.
        if (http.Request.GetTypedHeaders().Range is not { Ranges: { Count: 1 } ranges } || ranges.First().From is null or 0)
            await reads.Note(caller, [(id, RecordStates.Stored(state.Wall))], ct, ReadReasons.Said(http.Request));
        http.Response.Headers.CacheControl = "private, no-store";
        http.Response.Headers.ContentDisposition = FileNames.Disposition($"bilaga-{attachment:N}{MediaTypes.Ending(mediaType)}", inline: infected is null && MediaTypes.IsShownInline(mediaType));
        return await Send(http, new SealedAttachment(store, AttachmentIntake.ObjectKey(objectId), bytes, key.AttachmentKey(attachment), SealedObjects.PlaceOf(id, attachment)), mediaType, ct);
    }

    /// <summary>One range is honoured, and only its segments are opened; several ranges get the whole file, as RFC 9110 allows.</summary>
    internal static async Task<IResult> Send(HttpContext http, SealedAttachment sealedBytes, string mediaType, CancellationToken ct)
    {
        var response = http.Response;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = SecurityHeaders.OfFiles;
        response.ContentType = mediaType;
        long from = 0, length = sealedBytes.Bytes;
        if (http.Request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges: { Count: 1 } ranges })
        {
            var range = ranges.First();
            if (range.From is { } start)
            {
                from = start;
                length = Math.Min(range.To ?? long.MaxValue, sealedBytes.Bytes - 1) - start + 1;
            }
            else
            {
                length = Math.Min(range.To ?? 0, sealedBytes.Bytes);
                from = sealedBytes.Bytes - length;
            }

            if (from >= sealedBytes.Bytes || length <= 0)
            {
                response.Headers.ContentRange = $"bytes */{sealedBytes.Bytes}";
                return Results.StatusCode(StatusCodes.Status416RangeNotSatisfiable);
            }

            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{from + length - 1}/{sealedBytes.Bytes}";
        }

        response.ContentLength = length;
        await sealedBytes.Store.OpenSealedRange(sealedBytes.ObjectKey, sealedBytes.Bytes, from, length, sealedBytes.Subkey, sealedBytes.Place, response.Body, ct);
        return Results.Empty;
    }

    internal sealed record SealedAttachment(IObjectStore Store, string ObjectKey, long Bytes, byte[] Subkey, byte[] Place);
}
