using System.IO.Compression;
using ArchiveService.Attachments;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Printing;

namespace ArchiveService.Features.DataSubjects;

/// <summary>A file that the person sent, with the record it belongs to.</summary>
public sealed record OwnFile(Guid Record, DocumentFile File)
{
    /// <summary>A name of our own: what a file was called never names a path.</summary>
    public string PackedAs => $"filer/{Record:N}-{File.Id:N}{(Path.GetExtension(File.Name ?? "") is { Length: > 1 and <= 6 } ending && ending.Skip(1).All(char.IsAsciiLetterOrDigit) ? ending : "")}";
}

/// <summary>The extract as one file to hand out: the machine-readable copy, the same as PDF where one can be made, and the person's own files as they sent them (art. 15.3).</summary>
public sealed class ExtractPackages(IObjectStore store, Pdf pdf)
{
    /// <summary>A temporary file that goes when it is closed.</summary>
    /// <exception cref="ObjectStoreUnavailable">Nothing has been given; try again later.</exception>
    public async Task<Stream> Write(Extract extract, byte[] json, CancellationToken ct)
    {
        var path = Path.Combine(Path.GetTempPath(), $"registerutdrag-{Guid.CreateVersion7():N}");
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        try
        {
            await using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                await Put(zip, extract, "registerutdrag.json", json, ct);
                if (await Paper(extract, ct) is { } paper) await Put(zip, extract, "registerutdrag.pdf", paper, ct);
                foreach (var own in extract.OwnFiles.Where(f => f.File.Key is not null))
                {
                    await using var into = Entry(zip, extract, own.PackedAs);
                    await store.OpenSealedRange(
                        AttachmentIntake.ObjectKey(own.File.Object), own.File.Bytes, 0, own.File.Bytes, own.File.Key!.AttachmentKey(own.File.Id), SealedObjects.PlaceOf(own.Record, own.File.Id), into, ct);
                }
            }

            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private async Task<byte[]?> Paper(Extract extract, CancellationToken ct)
    {
        if (!(await pdf.Standing(ct)).Available) return null;
        try
        {
            return await pdf.Of(ExtractPaper.Of(extract).Pdf(extract.MadeAt, extract.AuthorityName), ct);
        }
        catch (PdfUnavailable)
        {
            return null;
        }
    }

    private static Stream Entry(ZipArchive zip, Extract extract, string name)
    {
        var entry = zip.CreateEntry(name);
        entry.LastWriteTime = Swedish.Local(extract.MadeAt);
        return entry.Open();
    }

    private static async Task Put(ZipArchive zip, Extract extract, string name, byte[] bytes, CancellationToken ct)
    {
        await using var into = Entry(zip, extract, name);
        await into.WriteAsync(bytes, ct);
    }
}
