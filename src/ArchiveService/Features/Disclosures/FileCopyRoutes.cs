using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ArchiveService.Features.Disclosures;

/// <summary>Takes in, shows and lets go of copies of files that were masked by hand.</summary>
public static class FileCopyRoutes
{
    private const string One = "/api/v1/disclosures/{id:guid}/items/{item:guid}/files/{attachment:guid}/copy";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(One, async (Guid id, Guid item, Guid attachment, IfMatch expected, HttpContext http, Caller caller, Requests requests, AttachmentLimit limit, CancellationToken ct) =>
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limit.Bytes + (1024 * 1024);
            if (!http.Request.HasFormContentType) return Problems.Refused(new("media-type", "Skicka filen som multipart/form-data.", StatusCodes.Status415UnsupportedMediaType));
            try
            {
                var form = await http.Request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = limit.Bytes + (1024 * 1024) }, ct);
                if (form.Files.Count == 0) return Problems.Refused(Refusal.Input("file-missing", "Skicka den maskade kopian som en fil."));
                var command = new ReplaceFile(form["provision"], form["note"], form["checked"] == "true");
                await using var bytes = form.Files[0].OpenReadStream();
                return (await requests.Replace(id, item, attachment, command, NameOf(form.Files[0]), bytes, expected, caller, ct)).Answer();
            }
            catch (Exception error) when (Refused(error, limit) is not null)
            {
                return Problems.Refused(Refused(error, limit)!);
            }
        }).DisableAntiforgery().WithName("replace-disclosure-file");
        routes.MapPost($"{One}/withdraw", async (Guid id, Guid item, Guid attachment, IfMatch expected, Caller caller, Requests requests, CancellationToken ct) =>
            (await requests.WithdrawCopy(id, item, attachment, expected, caller, ct)).Answer()).WithName("withdraw-disclosure-file-copy");
    }

    /// <summary>What went wrong with a file on its way in, for people; null for what is another's fault.</summary>
    public static Refusal? Refused(Exception error, AttachmentLimit limit) => error switch
    {
        ObjectStoreUnavailable => new("attachment-store-unavailable", "Bilagelagret kan inte nås just nu. Inget har sparats. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable),
        AttachmentTooLarge or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new("attachment-too-large", $"Filen är större än {limit.Said}, som är det mesta som tas emot.", StatusCodes.Status413PayloadTooLarge),
        InvalidDataException or IOException => Refusal.Input("multipart-broken", "Filen kom inte fram hel. Skicka den igen."),
        _ => null,
    };

    /// <summary>The name without any path; only its ending is used, and only in the package.</summary>
    public static string NameOf(IFormFile file) => Path.GetFileName(file.FileName.Replace('\\', '/')) is { Length: > 0 and <= 255 } name ? name : "kopia";
}
