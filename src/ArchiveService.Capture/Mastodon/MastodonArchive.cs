using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>Whether an archive could be opened.</summary>
public abstract record MastodonOpened
{
    private MastodonOpened()
    {
    }

    /// <summary>It can be read; dispose of it afterwards.</summary>
    /// <param name="Archive">The archive.</param>
    public sealed record Ready(MastodonArchive Archive) : MastodonOpened;

    /// <summary>It cannot be read.</summary>
    /// <param name="Code">One of <see cref="ArchiveProblemCodes"/>.</param>
    /// <param name="Detail">Why, in a sentence.</param>
    public sealed record Refused(string Code, string Detail) : MastodonOpened;
}

/// <summary>
/// A Mastodon account's own archive: zip, tar.gz, tar or unpacked folder. The outbox is read item by item and media are
/// opened on demand, so memory does not grow with the archive. One reader at a time.
/// </summary>
public sealed class MastodonArchive : IAsyncDisposable
{
    private readonly ArchiveFiles files;
    private readonly string root;

    private MastodonArchive(ArchiveFiles files, string root, MastodonAccount account, long? declared)
    {
        this.files = files;
        this.root = root;
        Account = account;
        DeclaredItems = declared;
    }

    /// <summary>The account that the archive belongs to.</summary>
    public MastodonAccount Account { get; }

    /// <summary>How many items the archive says it has; real ones often say too many.</summary>
    public long? DeclaredItems { get; private set; }

    /// <summary>How many items have been read, refused ones included.</summary>
    public long ItemsRead { get; private set; }

    /// <summary>The outbox's unpacked length where the archive says it; with <see cref="OutboxBytesRead"/> it gives the progress.</summary>
    public long? OutboxBytes => files.Length(root + "outbox.json");

    /// <summary>How much of the outbox has been read.</summary>
    public long OutboxBytesRead { get; private set; }

    /// <summary>What the one who imports must hear; complete when the acts have been read.</summary>
    public IReadOnlyList<ArchiveProblem> Problems => files.Problems;

    /// <summary>The archive ends in the middle or is damaged.</summary>
    public bool IsTruncated => files.IsTruncated;

    /// <summary>Opens an archive; never throws because of what it holds.</summary>
    public static async Task<MastodonOpened> Open(string path, ArchiveLimits? limits = null, CancellationToken ct = default)
    {
        var (files, refused) = await ArchiveOpening.Open(path, limits ?? new ArchiveLimits(), ct);
        if (files is null) return new MastodonOpened.Refused(refused!.Code, refused.Detail);
        var opened = await Open(files, ct);
        if (opened is MastodonOpened.Refused) await files.DisposeAsync();
        return opened;
    }

    /// <summary>
    /// Every item of the outbox in its order, place = index + 1. A damaged item is refused alone; where the archive
    /// ends in the middle the acts before that are given and <see cref="Problems"/> tells how many.
    /// </summary>
    public async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset? now = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ItemsRead = 0;
        using var outbox = new Outbox(() => files.Open(root + "outbox.json")!);
        var step = await outbox.Begin(ct);
        while (step == OutboxStep.Item)
        {
            (step, var piece) = await outbox.Next(ct);
            OutboxBytesRead = outbox.BytesRead;
            if (step != OutboxStep.Item) break;
            yield return ReadItem(piece, ++ItemsRead, now);
            step = await outbox.Pass(ct);
        }

        DeclaredItems = outbox.Declared ?? DeclaredItems;
        if (step != OutboxStep.End) yield return BrokenOff(step);
        else if (!await outbox.EndsWell(ct)) files.Note(ArchiveProblemCodes.Damaged, "outbox.json does not give its own check sum; its items were read, but may not be as they were packed.");
        if (DeclaredItems is { } declared && declared != ItemsRead)
            files.Note(ArchiveProblemCodes.DeclaredDiffers, $"The archive says it has {declared} items; {ItemsRead} are there.");
    }

    /// <summary>
    /// The bytes of an attachment by its <see cref="ActAttachment.ArchivePath"/>, or null when it is not there. Reading
    /// throws <see cref="ArchiveLimitException"/> over a limit and <see cref="InvalidDataException"/> on damage.
    /// </summary>
    public Stream? OpenMedia(string archivePath) => CleanPath.Of(archivePath) is { } path ? files.Open(root + path) : null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => files.DisposeAsync();

    internal string? MediaPath(string url)
    {
        if (CleanPath.Of(url) is not { } path) return null;
        if (files.Has(root + path)) return path;
        // Some servers put their own folder in front of what they packed.
        var media = path.IndexOf("media_attachments/", StringComparison.Ordinal);
        return media > 0 && files.Has(root + path[media..]) ? path[media..] : path;
    }

    internal bool HasMedia(string path) => files.Has(root + path);

    private static async Task<MastodonOpened> Open(ArchiveFiles files, CancellationToken ct)
    {
        var outboxPath = files.Paths
            .Where(path => path == "outbox.json" || path.EndsWith("/outbox.json", StringComparison.Ordinal))
            .MinBy(path => path.Count(c => c == '/'));
        if (outboxPath is null)
            return new MastodonOpened.Refused(ArchiveProblemCodes.OutboxMissing, files.IsTruncated ? "There is no outbox.json in what is left of the archive." : "There is no outbox.json in the archive.");
        if (files is ZipFiles zip && zip.IsEncrypted(outboxPath))
            return new MastodonOpened.Refused(ArchiveProblemCodes.Encrypted, "The archive needs a password; unpack it first.");

        var folder = outboxPath[..^"outbox.json".Length];
        var (step, declared) = await ReadHead(files, outboxPath, ct);
        return step switch
        {
            OutboxStep.Item => new MastodonOpened.Ready(new MastodonArchive(files, folder, await ReadAccount(files, folder, ct), declared)),
            OutboxStep.OverLimit => new MastodonOpened.Refused(ArchiveProblemCodes.Bomb, "The outbox unpacks to more than the limit."),
            OutboxStep.Truncated => new MastodonOpened.Refused(ArchiveProblemCodes.Truncated, "The outbox ends before its first item."),
            _ => new MastodonOpened.Refused(ArchiveProblemCodes.OutboxBroken, "outbox.json is not a collection with orderedItems."),
        };
    }

    private static async Task<(OutboxStep Step, long? Declared)> ReadHead(ArchiveFiles files, string path, CancellationToken ct)
    {
        using var outbox = new Outbox(() => files.Open(path)!);
        return (await outbox.Begin(ct), outbox.Declared);
    }

    private static async Task<MastodonAccount> ReadAccount(ArchiveFiles files, string folder, CancellationToken ct)
    {
        try
        {
            await using var stream = files.Open(folder + "actor.json");
            if (stream is not null)
            {
                var actor = await new JsonPieces(stream).ReadValue(CaptureLimits.MaxLineBytes, ct);
                if (MastodonAccount.Read(actor.Bytes) is { } account) return account;
            }
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            files.Note(ArchiveProblemCodes.ActorMissing, "actor.json is damaged.");
            return MastodonAccount.Unknown;
        }

        files.Note(ArchiveProblemCodes.ActorMissing, "There is no readable actor.json; the items' own authors are used.");
        return MastodonAccount.Unknown;
    }

    private ReadAct ReadItem(Piece piece, long place, DateTimeOffset? now) => piece.End == PieceEnd.Whole
        ? new MastodonActivity(this, piece.Bytes, place, string.Create(CultureInfo.InvariantCulture, $"/orderedItems/{place - 1}"), now).Read()
        : new ReadAct.Rejected(place, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.");

    private ReadAct.Rejected BrokenOff(OutboxStep step)
    {
        var (code, refusal, why) = step switch
        {
            OutboxStep.OverLimit => (ArchiveProblemCodes.Bomb, ArchiveProblemCodes.Bomb, "The outbox unpacks to more than the limit"),
            OutboxStep.Truncated => (ArchiveProblemCodes.Truncated, RefusalCodes.InputTruncated, "The outbox ends in the middle"),
            _ => (ArchiveProblemCodes.OutboxBroken, RefusalCodes.BrokenJson, "The outbox is broken"),
        };
        var of = DeclaredItems is { } declared ? $" of {declared}" : "";
        files.Note(code, $"{why}: {ItemsRead}{of} items were recovered.");
        return new ReadAct.Rejected(ItemsRead + 1, refusal, $"{why}; nothing after this place could be read.");
    }
}
