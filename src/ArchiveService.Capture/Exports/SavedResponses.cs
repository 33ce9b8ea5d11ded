using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Exports;

/// <summary>What an interface of a platform answered, saved as files: one body a file, in a file, a folder or a zip.</summary>
internal sealed class SavedResponses : ImportFile
{
    private readonly string path;
    private readonly ExportFiles? files;
    private readonly List<string> bodies;
    private readonly Func<ReadOnlyMemory<byte>, DateTimeOffset, IReadOnlyList<ReadAct>> read;
    private long bytesRead;
    private bool leftOut;

    private SavedResponses(string path, ExportFiles? files, List<string> bodies, Func<ReadOnlyMemory<byte>, DateTimeOffset, IReadOnlyList<ReadAct>> read)
    {
        this.path = path;
        this.files = files;
        this.bodies = bodies;
        this.read = read;
    }

    public override long Bytes => files is null ? new FileInfo(path).Length : bodies.Sum(body => files.Length(body) ?? 0);

    public override long BytesRead => bytesRead;

    public override IReadOnlyList<ArchiveProblem> Problems => files?.Problems ?? [];

    public override IReadOnlyList<string> Summary => [string.Create(CultureInfo.InvariantCulture, $"Saved answers read: {bodies.Count}")];

    public override bool IsPartial => leftOut || files is { IsTruncated: true };

    public static async Task<ImportOpened> Open(string path, Func<ReadOnlyMemory<byte>, DateTimeOffset, IReadOnlyList<ReadAct>> read, CancellationToken ct)
    {
        if (File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is ".json" or ".txt" or ".xml") return new ImportOpened.Ready(new SavedResponses(path, null, [Path.GetFileName(path)], read));
        var (files, refused) = await ExportFiles.Open(path, new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var bodies = files.Paths.Where(file => file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (bodies.Count > 0) return new ImportOpened.Ready(new SavedResponses(path, files, bodies, read));
        await files.DisposeAsync();
        return new ImportOpened.Refused(ExportProblemCodes.NothingKnown, "There is no .json file in it. Give a saved answer, or a folder or zip with saved answers.");
    }

    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        var places = 0L;
        foreach (var name in bodies)
        {
            var (body, refusal) = await Whole(name, ct);
            if (body is null)
            {
                leftOut = true;
                yield return new ReadAct.Rejected(++places, refusal!, $"“{name}” could not be read, or is longer than {CaptureLimits.MaxRequestBytes} bytes.");
                continue;
            }

            bytesRead += body.Length;
            var before = places;
            foreach (var act in read(body, now))
            {
                var moved = Moved(act, before, name);
                places = Math.Max(places, moved.Place);
                yield return moved;
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (files is not null) await files.DisposeAsync();
        await base.DisposeAsync();
    }

    private static ReadAct Moved(ReadAct outcome, long by, string file) => outcome switch
    {
        ReadAct.Accepted accepted => accepted with { Place = accepted.Place + by, Act = accepted.Act with { RawPointer = $"{file}#{accepted.Act.RawPointer}" } },
        ReadAct.Rejected rejected => rejected with { Place = rejected.Place + by },
        ReadAct.NotARecord other => other with { Place = other.Place + by },
        _ => outcome,
    };

    private async Task<(byte[]? Body, string? Refusal)> Whole(string name, CancellationToken ct)
    {
        try
        {
            await using var stream = files is null ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read) : files.OpenMedia(name);
            if (stream is null) return (null, RefusalCodes.InputTruncated);
            using var body = new MemoryStream();
            var block = new byte[64 * 1024];
            for (int length; (length = await stream.ReadAsync(block, ct)) > 0;)
            {
                body.Write(block, 0, length);
                if (body.Length > CaptureLimits.MaxRequestBytes) return (null, RefusalCodes.LineTooLong);
            }

            return (body.ToArray(), null);
        }
        catch (ArchiveLimitException)
        {
            return (null, ArchiveProblemCodes.Bomb);
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return (null, RefusalCodes.InputTruncated);
        }
    }
}

/// <summary>Parses a whole body without ever throwing because of what it says.</summary>
internal static class WholeBody
{
    public static IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, Func<JsonElement, IReadOnlyList<ReadAct>> read)
    {
        if (body.Span is [0xEF, 0xBB, 0xBF, ..]) body = body[3..];
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth });
            return json.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array
                ? read(json.RootElement)
                : [new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "Must be a JSON object.")];
        }
        catch (JsonException)
        {
            return [new ReadAct.Rejected(1, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.")];
        }
    }
}
