using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Fuzzing;

/// <summary>An account's archive of any size, half of it outbox and half media; it packs some thirty to one, so that five GB of it are some 170 MB of file.</summary>
public sealed class GeneratedArchive : IAsyncDisposable
{
    private const int MediaBytes = 20_000_000;
    private const string Me = "https://social.exempel.invalid/users/simhallen";
    private static readonly string Filler = string.Concat(Enumerable.Repeat("När öppnar simhallen på lördag? ", 100));

    private readonly string folder;
    private readonly string path;

    private GeneratedArchive(string folder, string name)
    {
        this.folder = folder;
        path = Path.Combine(folder, name);
    }

    public static Task<GeneratedArchive> Zip(long bytes) => Make("archive.zip", (file, _) =>
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, write) in Files(bytes))
        {
            using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            write(entry);
        }
    });

    public static Task<GeneratedArchive> TarGz(long bytes) => Make("archive.tar.gz", (file, folder) =>
    {
        using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (name, write) in Files(bytes))
        {
            // A tar wants the length first, so each file is made on its own before it is packed.
            var one = Path.Combine(folder, "one");
            using (var made = File.Create(one)) write(made);
            tar.WriteEntry(one, name);
            File.Delete(one);
        }
    });

    /// <summary>Reads every item and every media file; returns the number of items.</summary>
    public async Task<long> Read(Action<ReadAct> seen)
    {
        if (await MastodonImport.Form.Open(path, default) is not ImportOpened.Ready(var file)) throw new InvalidOperationException("The archive could not be opened.");
        await using (file)
        {
            var count = 0L;
            await foreach (var read in file.ReadActs(Fuzz.Now, default))
            {
                if (read is not ReadAct.Accepted(var act, _)) throw new InvalidOperationException($"{read}");
                count++;
                foreach (var attachment in act.Attachments)
                {
                    await using var media = file.OpenMedia(attachment.ArchivePath!) ?? throw new InvalidOperationException("A media file is missing.");
                    await media.CopyToAsync(Stream.Null);
                }

                seen(read);
            }

            return count;
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<GeneratedArchive> Make(string name, Action<Stream, string> write)
    {
        var made = new GeneratedArchive(Directory.CreateTempSubdirectory("archiveservice-generated-").FullName, name);
        await using var file = File.Create(made.path);
        write(file, made.folder);
        return made;
    }

    private static IEnumerable<(string Name, Action<Stream> Write)> Files(long bytes)
    {
        var media = Math.Max(1, (int)(bytes / 2 / MediaBytes));
        yield return ("actor.json", stream => stream.Write(Encoding.UTF8.GetBytes($$"""{"id":"{{Me}}","type":"Person","followers":"{{Me}}/followers","preferredUsername":"simhallen"}""")));
        yield return ("outbox.json", stream => Outbox(stream, bytes / 2, media));
        for (var n = 0; n < media; n++)
        {
            var number = n;
            yield return (Media(n), stream => Noise(stream, number));
        }
    }

    private static string Media(int n) => string.Create(CultureInfo.InvariantCulture, $"media_attachments/files/{n}.mp4");

    private static void Outbox(Stream stream, long bytes, int media)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), 64 * 1024, leaveOpen: true);
        text.Write("""{"type":"OrderedCollection","orderedItems":[""");
        var dice = new Dice(bytes);
        var each = Encoding.UTF8.GetByteCount(Filler) + 900;
        for (var n = 0; n < Math.Max(media, bytes / each); n++)
        {
            if (n > 0) text.Write(',');
            var attachment = n < media ? $$"""{"type":"Document","mediaType":"video/mp4","url":"{{Media(n)}}","name":null}""" : "";
            var unique = string.Concat(Enumerable.Range(0, 12).Select(_ => dice.Below(int.MaxValue).ToString("x8", CultureInfo.InvariantCulture)));
            text.Write(string.Create(CultureInfo.InvariantCulture, $$$"""{"id":"{{{Me}}}/statuses/{{{n}}}/activity","type":"Create","actor":"{{{Me}}}","published":"2022-05-01T06:29:44Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["{{{Me}}}/followers"],"object":{"id":"{{{Me}}}/statuses/{{{n}}}","type":"Note","published":"2022-05-01T06:29:44Z","url":"https://social.exempel.invalid/@simhallen/{{{n}}}","attributedTo":"{{{Me}}}","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["{{{Me}}}/followers"],"content":"<p>{{{unique}}} {{{Filler}}}</p>","attachment":[{{{attachment}}}]}}"""));
        }

        text.Write("]}");
    }

    private static void Noise(Stream stream, int seed)
    {
        var dice = new Dice(seed);
        var block = new byte[1000];
        for (var written = 0; written < MediaBytes; written += block.Length)
        {
            for (var i = 0; i < 24; i++) block[i] = (byte)dice.Below(256);
            stream.Write(block);
        }
    }
}
