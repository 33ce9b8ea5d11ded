using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Csv;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Import;

/// <summary>How far an import has come.</summary>
public sealed record ImportProgress(CaptureResult Counted, long Bytes, long BytesRead, IReadOnlyList<Rejection> Refused);

/// <summary>Reads an opened export page by page and captures it to a channel; from the command line and from the web alike.</summary>
public sealed class ImportRun(AuthorityRegister authorities, CaptureActs capture, TimeProvider clock)
{
    /// <summary>So many mapped acts a dry run shows.</summary>
    public const int Shown = 20;

    private const int PageSize = 250;

    /// <summary>The form of that name, reading by the mapping where one is given; the second is why not.</summary>
    public static (ImportForm? Form, string? Problem) FormOf(string name, string? mapping)
    {
        if (ImportForms.All.FirstOrDefault(form => form.Name == name) is not { } form) return (null, $"There is no form {name}. Those there are: {string.Join(", ", ImportForms.All.Select(f => f.Name))}.");
        if (string.IsNullOrWhiteSpace(mapping)) return (form, null);
        if (name != CsvImport.Form.Name) return (null, "Only csv is read by a mapping.");
        var (read, problem) = CsvMapping.Read(System.Text.Encoding.UTF8.GetBytes(mapping));
        return read is null ? (null, problem) : (CsvImport.With(read), null);
    }

    /// <param name="delivery">The sealed file; null for a folder.</param>
    /// <param name="seen">Told after every page.</param>
    public async Task<CaptureResult> Read(ImportFile export, Channel channel, Guid? delivery, Caller by, Func<ImportProgress, Task> seen, CancellationToken ct)
    {
        var counted = CaptureResult.None;
        var source = new CaptureSource(channel, 0, delivery, by, clock.GetUtcNow(), (attachment, _) => Task.FromResult(attachment.ArchivePath is { } inside ? export.OpenMedia(inside) : null));
        await foreach (var page in export.ReadActs(source.Now, ct).Chunk(PageSize).WithCancellation(ct))
        {
            // Anew for every page: an import may last past the day on which another version comes into force.
            source = source with { PolicyVersion = (await authorities.Find(channel.Authority, ct))!.Policy.Version };
            var result = await capture.Capture(source, page, ct);
            counted = counted.Plus(result);
            await seen(new(counted, export.Bytes, export.BytesRead, result.Rejected));
        }

        return counted;
    }

    /// <summary>Reads and counts, and stores nothing; with the first acts as they were understood.</summary>
    public async Task<(CaptureResult Counted, IReadOnlyList<ReadAct.Accepted> First)> Try(ImportFile export, Action<ImportProgress>? seen, CancellationToken ct)
    {
        var counted = CaptureResult.None;
        var first = new List<ReadAct.Accepted>();
        await foreach (var page in export.ReadActs(clock.GetUtcNow(), ct).Chunk(PageSize).WithCancellation(ct))
        {
            first.AddRange(page.OfType<ReadAct.Accepted>().Take(Shown - first.Count));
            counted = counted.Plus(Count(page));
            seen?.Invoke(new(counted, export.Bytes, export.BytesRead, []));
        }

        return (counted, first);
    }

    /// <summary>What became of a file, as the event that ends its delivery's waiting.</summary>
    public static Deliveries.DeliveryProcessed Processed(CaptureResult counted) => new(
        counted.Accepted, counted.Duplicates, counted.Disposed, counted.Unknown, counted.RejectedCount, [.. counted.Rejected.Select(r => r.Code).Distinct().Order(StringComparer.Ordinal)]);

    private static CaptureResult Count(IReadOnlyList<ReadAct> page) => new(
        page.Count(a => a is ReadAct.Accepted), page.Count(a => a is ReadAct.NotARecord), 0, page.Count(a => a is ReadAct.Accepted { Act.Act: ActKind.Unknown }),
        [.. page.OfType<ReadAct.Rejected>().Select(r => new Rejection(r.Place, r.Code, r.Detail))], page.Count(a => a is ReadAct.Rejected), 0);
}
