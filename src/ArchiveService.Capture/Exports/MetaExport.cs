using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

/// <summary>What may be wrong with an export of Facebook or Instagram; stable, callers show them.</summary>
public static class ExportProblemCodes
{
    /// <summary>The export was made as web pages.</summary>
    public const string Html = "export-html";

    /// <summary>There is nothing in it that is read.</summary>
    public const string NothingKnown = "export-nothing-known";

    /// <summary>A file is neither whole nor broken off: something else stands in it.</summary>
    public const string FileBroken = "export-file-broken";

    /// <summary>Some of a file's strings look wrongly encoded and some do not; none was put right.</summary>
    public const string EncodingUnsure = "encoding-unsure";

    /// <summary>The platform says itself that the archive is not whole.</summary>
    public const string DeclaredPartial = "declared-partial";
}

/// <summary>
/// What Facebook and Instagram give who asks for a copy of an account's information, in JSON: one zip, several, or a folder.
/// Files are known by their names; the entries of each are read one after the other.
/// </summary>
public sealed class MetaExport : ImportFile
{
    private const int MostMerged = 1_000;
    private const int ThreadsAsked = 50;

    private readonly ExportFiles files;
    private readonly List<MetaExportFile> read;
    private readonly HashSet<string> roots;
    private readonly ActAuthor own;
    private long entries;
    private long duplicates;
    private int repairedFiles;
    private bool brokenOff;

    private MetaExport(ExportFiles files, List<MetaExportFile> read, string? ownName)
    {
        this.files = files;
        this.read = read;
        roots = RootsOf(read.Select(file => file.Path));
        own = new ActAuthor(null, ownName, null, ClaimsOwnChannel: true, null);
    }

    /// <summary>As <c>facebook-export</c>, to channels of Facebook and Messenger.</summary>
    public static ImportForm Facebook { get; } = new("facebook-export", ["facebook", "messenger"], TakesFolder: true, (path, ct) => Open(path, instagram: false, null, ct));

    /// <summary>As <c>instagram-export</c>, to channels of Instagram.</summary>
    public static ImportForm Instagram { get; } = new("instagram-export", ["instagram"], TakesFolder: true, (path, ct) => Open(path, instagram: true, null, ct));

    /// <inheritdoc />
    public override long Bytes => 2 * read.Sum(file => files.Length(file.Path) ?? 0);

    /// <inheritdoc />
    public override long BytesRead => files.BytesRead;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files.Problems;

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Files read: {read.Count} of {files.Paths.Count} in {files.Parts} parts; entries: {entries}, of which {duplicates} equal to another were united with it"),
        string.Create(CultureInfo.InvariantCulture, $"Files whose text was put right (UTF-8 written as Latin-1): {repairedFiles}"),
        "An export holds what the account itself wrote, and its messages: never what was deleted or hidden, nor what visitors wrote. It shows nothing about what is missing from it.",
    ];

    /// <inheritdoc />
    public override bool IsPartial => brokenOff || files.IsTruncated;

    /// <summary>Opens an export; never throws because of what it holds.</summary>
    /// <param name="path">A zip, a folder, or a folder with the zips of an export in several parts.</param>
    /// <param name="instagram">It is of Instagram, not of Facebook.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="ct">Stops the opening.</param>
    public static async Task<ImportOpened> Open(string path, bool instagram, ArchiveLimits? limits = null, CancellationToken ct = default)
    {
        var (files, refused) = await ExportFiles.Open(path, limits ?? new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var known = MetaExportFile.InOrder(files.Paths.Select(file => MetaExportFile.Of(file, instagram)).OfType<MetaExportFile>()).ToList();
        if (known.Count > 0) return new ImportOpened.Ready(new MetaExport(files, known, await OwnName(files, known, ct)));

        var html = files.Paths.Any(file => file.EndsWith(".html", StringComparison.OrdinalIgnoreCase));
        var truncated = files.IsTruncated;
        await files.DisposeAsync();
        return html
            ? new ImportOpened.Refused(ExportProblemCodes.Html, "The export was made as web pages (HTML), whose times and words are in the account's language and cannot be read safely. Ask the platform for a new export and choose the format JSON.")
            : truncated
                ? new ImportOpened.Refused(ArchiveProblemCodes.Truncated, "The export ends in the middle, and nothing that can be read is left of it. Download it again.")
                : new ImportOpened.Refused(ExportProblemCodes.NothingKnown, $"No posts, comments or messages of {(instagram ? "Instagram" : "Facebook")} were found. Give the zip, the folder it was unpacked to, or the folder in which all its parts lie.");
    }

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        (entries, duplicates, repairedFiles, brokenOff) = (0, 0, 0, false);
        foreach (var file in read)
        {
            await foreach (var act in ReadFile(file, now, ct)) yield return act;
        }
    }

    /// <inheritdoc />
    public override Stream? OpenMedia(string archivePath) => files.OpenMedia(archivePath);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await files.DisposeAsync();
        await base.DisposeAsync();
    }

    private async IAsyncEnumerable<ReadAct> ReadFile(MetaExportFile file, DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        var finding = await Look(file, ct);
        if (finding == MojibakeFinding.Repair) repairedFiles++;
        if (finding == MojibakeFinding.Unsure) files.Note(ExportProblemCodes.EncodingUnsure, $"“{file.Path}” has both text that looks wrongly encoded and text that does not. It was left as it is.");
        var around = new MetaSurroundings(file, own, MediaPath);
        var merging = new List<(ReadAct.Accepted First, List<byte[]> Raws, List<ReadAct> Others)>();
        DateTimeOffset? mergingAt = null;
        (string Id, int Times, byte[] Raw) lastMessage = ("", 0, []);

        await using var stream = OpenOrNote(file);
        if (stream is null) yield break;
        var walk = new JsonWalk(stream, shape => shape.Length == 0 || (file.Kind == MetaFileKind.Messages ? shape == "/messages" : shape != "/*" && shape.LastIndexOf('/') == 0));
        WalkStep step;
        while ((step = await walk.Next(ct)) == WalkStep.Leaf)
        {
            if (!walk.Shape.EndsWith("/*", StringComparison.Ordinal)) continue;
            entries++;
            var outcomes = ExportItem.Read(walk.Value, entries, $"{file.Path}#{walk.Pointer}", now, finding == MojibakeFinding.Repair, (item, entry) => MetaEntry.Read(item, entry, around));
            if (finding is MojibakeFinding.Clean or MojibakeFinding.Unsure) outcomes = [.. outcomes.Select(Left)];

            var first = outcomes is [ReadAct.Accepted accepted, ..] && MetaEntry.CanMerge(accepted.Act) ? accepted : null;
            if (first is null || first.Act.OccurredAt != mergingAt || merging.Count >= MostMerged)
            {
                foreach (var done in Merged(merging)) yield return done;
                merging.Clear();
            }

            if (first is null)
            {
                foreach (var outcome in Numbered(outcomes, walk.Value.Bytes, ref lastMessage)) yield return outcome;
                continue;
            }

            mergingAt = first.Act.OccurredAt;
            var same = merging.FindIndex(known => known.First.Act.NativeId == first.Act.NativeId && known.First.Act.Author == first.Act.Author);
            if (same < 0)
            {
                merging.Add((first, [walk.Value.Bytes], [.. outcomes.Skip(1)]));
            }
            else
            {
                duplicates++;
                var (known, raws, others) = merging[same];
                if (!raws.Exists(raw => raw.AsSpan().SequenceEqual(walk.Value.Bytes))) raws.Add(walk.Value.Bytes);
                others.Add(new ReadAct.NotARecord(entries, "export/duplicate"));
                others.AddRange(outcomes.Skip(1));
                merging[same] = (known with { Act = United(known.Act, first.Act) }, raws, others);
            }
        }

        foreach (var done in Merged(merging)) yield return done;
        if (step != WalkStep.End) yield return BrokenOff(file, step);
    }

    /// <summary>The same entry told several times, as the exports do that give each picture of a post an entry of its own: one item with all the pictures.</summary>
    private static CapturedAct United(CapturedAct known, CapturedAct more) => known with
    {
        Attachments = [.. known.Attachments.UnionBy(more.Attachments, a => a.ArchivePath ?? a.Url).Take(CaptureLimits.MaxAttachments)],
        EditedAt = more.EditedAt > known.EditedAt || known.EditedAt is null ? more.EditedAt : known.EditedAt,
        RawPointer = $"{known.RawPointer} {more.RawPointer![(more.RawPointer!.IndexOf('#', StringComparison.Ordinal))..]}",
        Flags = [.. known.Flags.Union(more.Flags).Union([ExportFlags.EntriesMerged])],
    };

    /// <summary>Each slice verbatim, with a line feed between.</summary>
    private static IEnumerable<ReadAct> Merged(List<(ReadAct.Accepted First, List<byte[]> Raws, List<ReadAct> Others)> merging)
    {
        foreach (var (first, raws, others) in merging)
        {
            yield return raws.Count == 1 ? first : first with { Act = first.Act with { Raw = raws.Aggregate((all, next) => [.. all, (byte)'\n', .. next]) } };
            foreach (var other in others) yield return other;
        }
    }

    /// <summary>Two messages of one sender in one millisecond are two; the same one twice is one.</summary>
    private IReadOnlyList<ReadAct> Numbered(IReadOnlyList<ReadAct> outcomes, byte[] raw, ref (string Id, int Times, byte[] Raw) last)
    {
        if (outcomes is not [ReadAct.Accepted { Act: { Kind: ItemKind.Dm } message }, ..]) return outcomes;
        var id = message.NativeId;
        if (id != last.Id)
        {
            last = (id, 0, raw);
            return outcomes;
        }

        if (raw.AsSpan().SequenceEqual(last.Raw))
        {
            duplicates++;
            return [new ReadAct.NotARecord(outcomes[0].Place, "export/duplicate")];
        }

        last = (id, last.Times + 1, raw);
        var numbered = string.Create(CultureInfo.InvariantCulture, $"{id}:{last.Times + 1}");
        return [.. outcomes.Select(outcome => outcome is ReadAct.Accepted accepted
            ? accepted with { Act = accepted.Act with { NativeId = accepted.Act.NativeId.Replace(id, numbered, StringComparison.Ordinal), ParentNativeId = accepted.Act.ParentNativeId?.Replace(id, numbered, StringComparison.Ordinal) } }
            : outcome)];
    }

    private static ReadAct Left(ReadAct outcome) => outcome is ReadAct.Accepted { Act: { Text: { } text } act } accepted && !System.Text.Ascii.IsValid(text)
        ? accepted with { Act = act with { Flags = [.. act.Flags, ExportFlags.EncodingLeft] } }
        : outcome;

    private async Task<MojibakeFinding> Look(MetaExportFile file, CancellationToken ct)
    {
        try
        {
            await using var stream = files.Open(file.Path);
            return stream is null ? MojibakeFinding.Ascii : await Mojibake.Find(stream, ct);
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            // What is left of it cannot be judged as a whole, so nothing is changed; that it is damaged is told when it is read.
            return MojibakeFinding.Unsure;
        }
    }

    private Stream? OpenOrNote(MetaExportFile file)
    {
        try
        {
            return files.Open(file.Path);
        }
        catch (InvalidDataException)
        {
            brokenOff = true;
            files.Note(ArchiveProblemCodes.Encrypted, $"“{file.Path}” needs a password and was left out; unpack the export first.");
            return null;
        }
    }

    private ReadAct.Rejected BrokenOff(MetaExportFile file, WalkStep step)
    {
        brokenOff = true;
        var (code, refusal, why) = step switch
        {
            WalkStep.OverLimit => (ArchiveProblemCodes.Bomb, ArchiveProblemCodes.Bomb, "unpacks to more than the limit"),
            WalkStep.Truncated => (ArchiveProblemCodes.Truncated, RefusalCodes.InputTruncated, "ends in the middle or is damaged"),
            _ => (ExportProblemCodes.FileBroken, RefusalCodes.BrokenJson, "is broken"),
        };
        files.Note(code, $"“{file.Path}” {why}; the {entries} entries before that were read.");
        return new ReadAct.Rejected(entries + 1, refusal, $"The file {why}; nothing after this place in it could be read.");
    }

    /// <summary>Files are named from the export's own root, which may lie in a folder.</summary>
    private (string? Path, bool IsThere) MediaPath(string uri)
    {
        if (CleanPath.Of(uri) is not { } clean) return (null, false);
        if (files.Has(clean)) return (clean, true);
        foreach (var root in roots)
        {
            if (files.Has(root + clean)) return (root + clean, true);
        }

        return (clean, false);
    }

    private static HashSet<string> RootsOf(IEnumerable<string> paths)
    {
        var roots = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            // Conversations are many and say nothing that the others do not, but for the first steps.
            for (var (at, depth) = (path.IndexOf('/', StringComparison.Ordinal), 0); at > 0 && depth < 3; at = path.IndexOf('/', at + 1), depth++) roots.Add(path[..(at + 1)]);
        }

        return roots;
    }

    /// <summary>The account's own name: from its profile, or the one that takes part in every conversation.</summary>
    private static async Task<string?> OwnName(ExportFiles files, List<MetaExportFile> known, CancellationToken ct)
    {
        foreach (var path in files.Paths.Where(path => path.EndsWith("profile_information.json", StringComparison.Ordinal) || path.EndsWith("personal_information.json", StringComparison.Ordinal)))
        {
            await foreach (var (shape, value, repair) in Values(files, path, shape => shape.Count(c => c == '/') < 5, ct))
            {
                var name = shape.EndsWith("/full_name", StringComparison.Ordinal) || shape.EndsWith("/Username/value", StringComparison.Ordinal) || shape.EndsWith("/Name/value", StringComparison.Ordinal) ? Written(value, repair) : null;
                if (!string.IsNullOrWhiteSpace(name)) return name;
            }
        }

        var asked = 0;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in known.Where(file => file.Kind == MetaFileKind.Messages).DistinctBy(file => file.Thread).Take(ThreadsAsked))
        {
            asked++;
            var here = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var (shape, value, repair) in Values(files, file.Path, shape => shape is "" or "/participants" or "/participants/*", ct))
            {
                if (shape == "/participants/*/name" && Written(value, repair) is { } name && here.Add(name)) seen[name] = seen.GetValueOrDefault(name) + 1;
                else if (shape == "/messages") break;
            }
        }

        var always = seen.Where(name => name.Value == asked).Select(name => name.Key).Take(2).ToList();
        return asked > 1 && always.Count == 1 ? always[0] : null;
    }

    private static string? Written(byte[] value, bool repair)
    {
        if (value is not [(byte)'"', .., (byte)'"']) return null;
        var text = JsonText.Decode(value.AsSpan()[1..^1], out _);
        return repair ? Mojibake.Repair(text) : text;
    }

    private static async IAsyncEnumerable<(string Shape, byte[] Value, bool Repair)> Values(ExportFiles files, string path, Func<string, bool> descend, [EnumeratorCancellation] CancellationToken ct)
    {
        var values = new List<(string, byte[])>();
        var repair = false;
        try
        {
            await using (var look = files.OpenMedia(path)) repair = look is not null && await Mojibake.Find(look, ct) == MojibakeFinding.Repair;
            await using var stream = files.OpenMedia(path);
            if (stream is null) yield break;
            var walk = new JsonWalk(stream, descend);
            for (var taken = 0; taken < 1_000 && await walk.Next(ct) == WalkStep.Leaf; taken++)
            {
                values.Add((walk.Shape, walk.Value.Bytes));
                if (walk.Shape == "/messages") break;
            }
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            // Told when the file itself is read.
        }

        foreach (var (shape, value) in values) yield return (shape, value, repair);
    }
}
