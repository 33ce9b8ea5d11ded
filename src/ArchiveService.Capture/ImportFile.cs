using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture;

/// <summary>A form of export that can be imported, and how it is opened.</summary>
/// <param name="Name">The word on the command line and in the web form, such as <c>x-archive</c>.</param>
/// <param name="Platforms">The platforms of the channels it can be imported to; empty: any.</param>
/// <param name="TakesFolder">Whether it may be a folder as well as a file.</param>
/// <param name="Open">Opens a path; never throws because of what stands in it.</param>
public sealed record ImportForm(string Name, IReadOnlyList<string> Platforms, bool TakesFolder, Func<string, CancellationToken, Task<ImportOpened>> Open);

/// <summary>What became of opening an export.</summary>
public abstract record ImportOpened
{
    private ImportOpened()
    {
    }

    /// <summary>It can be read.</summary>
    /// <param name="File">The opened export; its owner disposes of it.</param>
    public sealed record Ready(ImportFile File) : ImportOpened;

    /// <summary>It cannot be read at all.</summary>
    /// <param name="Code">Why, in kebab case.</param>
    /// <param name="Detail">Why, and what to do, in a sentence that never repeats the content.</param>
    public sealed record Refused(string Code, string Detail) : ImportOpened;
}

/// <summary>An opened export: acts are read from it one after the other, in memory that does not grow with its size.</summary>
public abstract class ImportFile : IAsyncDisposable
{
    /// <summary>How many bytes there are to read, for the progress; 0 when not known.</summary>
    public abstract long Bytes { get; }

    /// <summary>How many of them were read.</summary>
    public abstract long BytesRead { get; }

    /// <summary>What the importer must hear, once everything was read.</summary>
    public virtual IReadOnlyList<ArchiveProblem> Problems => [];

    /// <summary>Sentences about what was found, such as counts declared beside counts present.</summary>
    public virtual IReadOnlyList<string> Summary => [];

    /// <summary>The export broke off, or something in it was left out: the import is told as partial.</summary>
    public virtual bool IsPartial => false;

    /// <summary>Reads every place in order. Nothing is thrown because of what the export says.</summary>
    /// <param name="now">Times after this are flagged.</param>
    /// <param name="ct">Stops the reading.</param>
    public abstract IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, CancellationToken ct);

    /// <summary>The bytes of a file named by <see cref="ActAttachment.ArchivePath"/>; null when it is not there.</summary>
    public virtual Stream? OpenMedia(string archivePath) => null;

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
