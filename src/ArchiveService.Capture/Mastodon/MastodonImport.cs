using System.Globalization;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Mastodon;

/// <summary>An account's archive: zip, tar.gz, tar or folder.</summary>
public sealed class MastodonImport : ImportFile
{
    private readonly MastodonArchive archive;

    private MastodonImport(MastodonArchive archive) => this.archive = archive;

    /// <summary>As <c>mastodon</c>, to mastodon channels.</summary>
    public static ImportForm Form { get; } = new("mastodon", ["mastodon"], TakesFolder: true, async (path, ct) => await MastodonArchive.Open(path, ct: ct) switch
    {
        MastodonOpened.Ready(var archive) => new ImportOpened.Ready(new MastodonImport(archive)),
        MastodonOpened.Refused(var code, var detail) => new ImportOpened.Refused(code, detail),
        var other => throw new System.Diagnostics.UnreachableException($"{other}"),
    });

    /// <inheritdoc />
    public override long Bytes => archive.OutboxBytes ?? 0;

    /// <inheritdoc />
    public override long BytesRead => archive.OutboxBytesRead;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => archive.Problems;

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary =>
        [$"Items in the archive: {archive.ItemsRead} present, {archive.DeclaredItems?.ToString(CultureInfo.InvariantCulture) ?? "unknown number"} declared"];

    /// <inheritdoc />
    public override bool IsPartial => archive.IsTruncated || archive.Problems.Any(p => p.Code != ArchiveProblemCodes.DeclaredDiffers);

    /// <inheritdoc />
    public override IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, CancellationToken ct) => archive.ReadActs(now, ct);

    /// <inheritdoc />
    public override Stream? OpenMedia(string archivePath) => archive.OpenMedia(archivePath);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await archive.DisposeAsync();
        await base.DisposeAsync();
    }
}
