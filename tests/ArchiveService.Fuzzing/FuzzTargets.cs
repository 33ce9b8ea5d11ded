using System.Formats.Tar;
using ArchiveService.Capture.ActivityStreams;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Capture.Meta;
using ArchiveService.Capture.Ndjson;

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
    ];

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
