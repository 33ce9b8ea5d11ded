using ArchiveService.Capture;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Fuzzing;

/// <summary>What a reader made of one input.</summary>
/// <param name="Acts">One outcome a place.</param>
/// <param name="Holds">Whether an act's verbatim slice stands in what was read; null where that cannot be told.</param>
public sealed record FuzzOutcome(IReadOnlyList<ReadAct> Acts, Func<ReadOnlyMemory<byte>, bool>? Holds);

/// <summary>A reader that hostile input is thrown at.</summary>
/// <param name="Name">As failures name it; also the folder of its samples under <c>samples/</c>.</param>
/// <param name="Samples">Whole and good inputs, to be spoilt.</param>
/// <param name="Read">Reads one input from beginning to end.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Samples, Func<byte[], CancellationToken, Task<FuzzOutcome>> Read)
{
    /// <summary>Whether the structure is spoilt as well as the bytes.</summary>
    public bool IsJson { get; init; } = true;

    /// <summary>Whether one place may have several outcomes: an item that holds others.</summary>
    public bool ManyAPlace { get; init; }

    /// <summary>How many times as many inputs of this target fit into the same time as of a quick one, inverted: 1 is quick, 10 opens files.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>Folders of <c>shared/data</c> whose files are samples too, when they are there and the run is a long one.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];

    /// <summary>A form of export that is opened as a file: acts are read, and everything they name in it. Wrap puts the spoilt bytes into a file.</summary>
    public static FuzzTarget OfForm(ImportForm form, string name, string extension, IReadOnlyList<byte[]> samples, Func<byte[], byte[]>? wrap = null, bool slices = true) =>
        new(name, samples, (input, ct) => ReadForm(form, extension, input, wrap, slices, ct)) { Cost = 10 };

    private static async Task<FuzzOutcome> ReadForm(ImportForm form, string extension, byte[] input, Func<byte[], byte[]>? wrap, bool slices, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-fuzz-");
        try
        {
            var path = Path.Combine(folder.FullName, "in" + extension);
            await File.WriteAllBytesAsync(path, wrap is null ? input : wrap(input), ct);
            switch (await form.Open(path, ct))
            {
                case ImportOpened.Refused(var code, var detail):
                    return new([new ReadAct.Rejected(1, code, detail)], null);
                case ImportOpened.Ready(var file):
                    await using (file)
                    {
                        var acts = await file.ReadActs(Fuzz.Now, ct).ToListAsync(ct);
                        foreach (var attachment in acts.OfType<ReadAct.Accepted>().SelectMany(a => a.Act.Attachments)) await OpenMedia(file, attachment, ct);
                        _ = (file.Problems.Count, file.Summary.Count, file.IsPartial, file.Bytes, file.BytesRead);
                        return new(acts, slices ? raw => input.AsSpan().IndexOf(raw.Span) >= 0 : null);
                    }

                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Damage in a file inside is told by these two kinds of exception and no other.</summary>
    private static async Task OpenMedia(ImportFile file, ActAttachment attachment, CancellationToken ct)
    {
        if (attachment.ArchivePath is not { } path) return;
        try
        {
            await using var media = file.OpenMedia(path);
            if (media is not null) await media.CopyToAsync(Stream.Null, ct);
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException)
        {
            // The importer refuses the item and says why.
        }
    }
}
