using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Printing;

namespace ArchiveService.Features.Disclosures;

/// <summary>What is given out, on paper: the copies with what is masked, and the pictures that belong to them.</summary>
public sealed class CopyPaper(IObjectStore store, FileCopies copies, Pdf pdf, ILogger<CopyPaper> logger)
{
    private const long MostOfOneImage = 6 * 1024 * 1024;
    private const long MostOfImages = 36 * 1024 * 1024;

    public async Task<PdfDocument> Of(GivenPackage given, CancellationToken ct) => DisclosurePapers.Of(given, given.Authority, await Images(given, ct));

    /// <summary>The same as PDF; null where none can be made here, for the rest is not kept back for it.</summary>
    public async Task<byte[]?> Printed(GivenPackage given, CancellationToken ct)
    {
        if (given.Documents.Count == 0 || !(await pdf.Standing(ct)).Available) return null;
        try
        {
            return await pdf.Of(await Of(given, ct), ct);
        }
        catch (PdfUnavailable why)
        {
            CopyPaperLog.NotPrinted(logger, why.Message);
            return null;
        }
    }

    /// <summary>The pictures that are given out, as data URIs, without what the camera wrote into them; where a copy masked by hand stands in, that one.</summary>
    private async Task<IReadOnlyDictionary<Guid, string>> Images(GivenPackage given, CancellationToken ct)
    {
        var images = new Dictionary<Guid, string>();
        var used = 0L;
        foreach (var document in given.Documents)
        {
            foreach (var file in document.GivenFiles)
            {
                var copy = document.CopyOf(file);
                var (type, length) = copy is null ? (file.MediaType, file.Bytes) : (copy.MediaType, copy.Bytes);
                if (type is not ("image/png" or "image/jpeg" or "image/gif" or "image/webp") || length > MostOfOneImage || used + length > MostOfImages) continue;
                try
                {
                    if (await (copy is null ? Read(document, file, ct) : copies.Open(given.Request, copy, ct)) is not { } bytes) continue;
                    images[file.Id] = $"data:{type};base64,{Convert.ToBase64String(PictureData.Bare(bytes))}";
                    used += length;
                }
                catch (Exception error) when (error is ObjectStoreUnavailable or ObjectMissing or IOException)
                {
                    // Listed all the same: the rest of the copy is not kept back for it.
                    CopyPaperLog.FileNotPrinted(logger, file.Id, error.GetType().Name);
                }
            }
        }

        return images;
    }

    private async Task<byte[]?> Read(GivenDocument document, DocumentFile file, CancellationToken ct)
    {
        await using var plain = await store.OpenSealed(AttachmentIntake.ObjectKey(file.Object), file.Key!.AttachmentKey(file.Id), SealedObjects.PlaceOf(document.Original.Record, file.Id), ct);
        using var bytes = new MemoryStream();
        await plain.CopyToAsync(bytes, ct);
        return bytes.ToArray();
    }
}

internal static partial class CopyPaperLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The attachment {Attachment} could not be opened for a copy to be given out ({Error}); it is listed only.")]
    public static partial void FileNotPrinted(ILogger logger, Guid attachment, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The copy to be given out could not be made as PDF ({Problem}); the package is made without it.")]
    public static partial void NotPrinted(ILogger logger, string problem);
}
