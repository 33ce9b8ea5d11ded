using System.Formats.Tar;
using ArchiveService.Capture;
using ArchiveService.Capture.ActivityStreams;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Capture.Meta;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Capture.Warc;
using ArchiveService.Capture.X;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Fuzzing;

/// <summary>Every reader of what comes from outside. A new one is a line here and a folder of samples.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Meta(),
        Ndjson(),
        ActivityStreams(),
        FuzzTarget.OfForm(MastodonImport.Form, "mastodon-outbox", ".zip", Samples.Of("mastodon-outbox"), outbox => Samples.Zip(Archive(outbox), stored: true)),
        FuzzTarget.OfForm(MastodonImport.Form, "mastodon-container", ".bin", Containers(), slices: false) with { IsJson = false, Shared = ["mastodon/archive"] },
        Body("graph", (body, now) => MetaGraph.Read(body, new("100", "feed"), now), ["facebook/graph-api", "instagram/graph-api"], slices: false) with { ManyAPlace = true },
        Body("x-webhook", (body, now) => XWebhook.Read(body, now).SelectMany(entry => entry.Acts)) with { ManyAPlace = true },
        Body("youtube-api", (body, now) => YouTubeApi.Read(body, now).Acts, ["youtube/api-models"]) with { ManyAPlace = true },
        Body("youtube-websub", (body, now) => YouTubeWebSub.Read(body, now).SelectMany(entry => entry.Acts), ["youtube/websub"], slices: false) with { IsJson = false },
        Body("linkedin-api", (body, now) => LinkedInApi.Read(body, now).Acts) with { ManyAPlace = true },
        Body("linkedin-webhook", (body, now) => LinkedInWebhook.Read(body, now).SelectMany(entry => entry.Acts)) with { ManyAPlace = true },
        FuzzTarget.OfForm(XArchive.Form, "x-archive", ".zip", Samples.Of("x-archive"), tweets => Samples.Zip(
            [("data/account.js", "window.YTD.account.part0 = [{\"account\":{\"accountId\":\"12\",\"username\":\"simhallen\"}}]"u8.ToArray()), ("data/tweets.js", [.. "window.YTD.tweets.part0 = "u8, .. tweets])], stored: true), slices: false) with { ManyAPlace = true },
        FuzzTarget.OfForm(MetaExport.Facebook, "meta-export", ".zip", Samples.Of("meta-export"), posts => Samples.Zip([("posts/your_posts_1.json", posts)], stored: true), slices: false) with { ManyAPlace = true },
        FuzzTarget.OfForm(YouTubeTakeout.Form, "youtube-takeout", ".zip", Samples.Of("youtube-takeout"), comments => Samples.Zip([("Takeout/YouTube and YouTube Music/comments/comments.csv", comments)], stored: true), slices: false) with { IsJson = false },
        OfWarc("warc", ".warc", Packed(asPackage: false)),
        OfWarc("wacz", ".wacz", Packed(asPackage: true)) with { Shared = ["warc/wacz"] },
    ];

    /// <summary>A reader of one whole body, that answers what stands in it.</summary>
    private static FuzzTarget Body(string name, Func<ReadOnlyMemory<byte>, DateTimeOffset, IEnumerable<ReadAct>> read, IReadOnlyList<string>? shared = null, bool slices = true) =>
        new(name, Samples.Of(name), (input, _) => Task.FromResult(new FuzzOutcome([.. read(input, Fuzz.Now)], slices ? raw => input.AsSpan().IndexOf(raw.Span) >= 0 : null))) { Shared = shared ?? [] };

    /// <summary>Read in as an import, and examined as a file: neither may throw, hang or believe a length.</summary>
    private static FuzzTarget OfWarc(string name, string extension, byte[] sample)
    {
        var import = FuzzTarget.OfForm(WarcImport.Form, name, extension, [sample], slices: false);
        return import with
        {
            IsJson = false,
            Read = async (input, ct) =>
            {
                var path = Path.Combine(Path.GetTempPath(), $"archiveservice-fuzz-{Guid.CreateVersion7():N}{extension}");
                try
                {
                    await File.WriteAllBytesAsync(path, input, ct);
                    var report = await WarcReport.Of(path, ct: ct);
                    _ = (report.IsSound, report.Problems.Count, report.Statements.Count);
                }
                finally
                {
                    File.Delete(path);
                }

                return await import.Read(input, ct);
            },
        };
    }

    /// <summary>A captured act, a file and what is said of it, in fixed words.</summary>
    private static byte[] Packed(bool asPackage) => Pack(asPackage).GetAwaiter().GetResult();

    private static async Task<byte[]> Pack(bool asPackage)
    {
        using var bytes = new MemoryStream();
        if (asPackage)
        {
            await using (var package = await WaczWriter.Begin(bytes, Fuzz.Now, CancellationToken.None))
            {
                await Fill(package.Warc, package);
                await package.Finish("Kommunen på nätet", "ArchiveService", CancellationToken.None);
            }
        }
        else
        {
            await Fill(new WarcWriter(bytes, packed: false), null);
        }

        return bytes.ToArray();
    }

    private static async Task Fill(WarcWriter warc, WaczWriter? package)
    {
        var ids = Enumerable.Range(1, 3).Select(n => new Guid(n, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)).ToList();
        await warc.Write(new WarcHead(WarcTypes.WarcInfo, ids[0], Fuzz.Now) { ContentType = "application/warc-fields" }, WarcWriter.Fields(("software", "ArchiveService"), ("format", "WARC/1.1")), CancellationToken.None);
        const string act = """{"act":"create","nativeId":"a-1","kind":"comment","author":{"nativeId":"u-1","displayName":"Nils Låtsasson"},"audience":"public","text":"När öppnar simhallen?","occurredAt":"2026-03-01T12:00:00Z"}""";
        await warc.Write(new WarcHead(WarcTypes.Metadata, ids[1], Fuzz.Now) { TargetUri = "urn:act:1", ContentType = WarcImport.ActType, WarcInfo = ids[0] }, System.Text.Encoding.UTF8.GetBytes(act), CancellationToken.None);
        var place = await warc.Write(new WarcHead(WarcTypes.Resource, ids[2], Fuzz.Now) { TargetUri = "https://exempel.invalid/bild", ContentType = "image/jpeg", WarcInfo = ids[0] }, (byte[])[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4], CancellationToken.None);
        package?.Index(place, "https://exempel.invalid/bild", Fuzz.Now, "image/jpeg");
        package?.Page("https://exempel.invalid/", Fuzz.Now, "Sidan");
    }

    private static FuzzTarget Meta() => new("meta-webhook", Samples.Of("meta-webhook"), (input, _) =>
        Task.FromResult(new FuzzOutcome([.. MetaWebhook.Read(input, Fuzz.Now).SelectMany(entry => entry.Acts)], raw => input.AsSpan().IndexOf(raw.Span) >= 0)))
    {
        Shared = ["facebook/webhooks", "instagram/webhooks"],
    };

    private static FuzzTarget Ndjson() => new("ndjson", Samples.Of("ndjson"), async (input, ct) =>
    {
        // By ten bytes at a time: no outcome may hang on where the network cut.
        await using var slow = new InPieces(input, 10);
        return new([.. await ActReader.Read(slow, Fuzz.Now, ct: ct).ToListAsync(ct)], raw => input.AsSpan().IndexOf(raw.Span) >= 0);
    });

    private static FuzzTarget ActivityStreams() => new("activitystreams", Samples.Of("activitystreams"), (input, _) =>
        Task.FromResult(new FuzzOutcome(ActivityStreamsDocument.Read(input, Fuzz.Now), raw => input.AsSpan().IndexOf(raw.Span) >= 0)))
    {
        Shared = ["activitystreams/w3c", "activitystreams/granary", "mastodon/activitypub"],
    };

    private static IEnumerable<(string Name, byte[] Bytes)> Archive(byte[] outbox) =>
    [
        ("outbox.json", outbox),
        ("actor.json", Samples.Of("mastodon-actor")[0]),
        ("media_attachments/files/000/001/original/bad.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4]),
    ];

    private static IReadOnlyList<byte[]> Containers()
    {
        var files = Archive(Samples.Of("mastodon-outbox")[0]).ToList();
        return
        [
            Samples.Zip(files, stored: false), Samples.Zip(files, stored: true), Samples.Tar(files, TarEntryFormat.Ustar), Samples.Tar(files, TarEntryFormat.Gnu),
            Samples.Tar([.. files, (string.Concat(Enumerable.Repeat("lång/", 40)) + "a.json", "{}"u8.ToArray())], TarEntryFormat.Pax), Samples.Gzip(Samples.Tar(files, TarEntryFormat.Ustar)),
        ];
    }

    private sealed class InPieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
