using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArchiveService.Capture.Tests.Mastodon;

/// <summary>Archives of our own in the shapes that Mastodon servers have packed over the years.</summary>
internal static class OldArchive
{
    public const string Me = "https://social.exempel.se/users/simhallen";

    public const string Everybody = "https://www.w3.org/ns/activitystreams#Public";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4];

    public static string Actor => $$"""{"@context":"https://www.w3.org/ns/activitystreams","id":"{{Me}}","type":"Person","followers":"{{Me}}/followers","preferredUsername":"simhallen","name":"Simhallen Öst","url":"https://social.exempel.se/@simhallen","outbox":"outbox.json"}""";

    /// <summary>A note like any other but for <paramref name="more"/>, whose members take the places of its own.</summary>
    public static string Note(int id, string to, string cc, string more = "{}", string content = "<p>Vi har öppet.</p>")
    {
        JsonArray To() => to.Length == 0 ? [] : [to];
        JsonArray Cc() => cc.Length == 0 ? [] : [cc];
        var item = new JsonObject
        {
            ["id"] = $"{Me}/statuses/{id}",
            ["type"] = "Note",
            ["summary"] = null,
            ["inReplyTo"] = null,
            ["published"] = $"2022-05-0{id}T06:29:44Z",
            ["url"] = $"https://social.exempel.se/@simhallen/{id}",
            ["attributedTo"] = Me,
            ["to"] = To(),
            ["cc"] = Cc(),
            ["conversation"] = null,
            ["content"] = content,
            ["attachment"] = new JsonArray(),
        };
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject()) item[name] = value?.DeepClone();
        return new JsonObject
        {
            ["id"] = $"{Me}/statuses/{id}/activity",
            ["type"] = "Create",
            ["actor"] = Me,
            ["published"] = $"2022-05-0{id}T06:29:44Z",
            ["to"] = To(),
            ["cc"] = Cc(),
            ["object"] = item,
        }.ToJsonString(Readable);
    }

    /// <summary>Public with a picture and a warning, unlisted and edited, for followers, direct, a share, a poll.</summary>
    public static IReadOnlyList<string> Items { get; } =
    [
        Note(1, Everybody, $"{Me}/followers", """{"summary":"Mat","attachment":[{"type":"Document","mediaType":"image/jpeg","url":"/media_attachments/files/000/001/original/bad.jpg","name":"En bassäng"}]}"""),
        Note(2, $"{Me}/followers", Everybody, """{"updated":"2022-05-09T10:00:00Z","contentMap":{"sv":"<p>Vi har öppet.</p>"}}"""),
        Note(3, $"{Me}/followers", "https://annan.se/users/kim"),
        Note(4, "https://annan.se/users/kim", "", """{"inReplyTo":"https://annan.se/users/kim/statuses/77","conversation":"tag:annan.se,2022:objectId=5:objectType=Conversation"}"""),
        $$"""{"id":"{{Me}}/statuses/5/activity","type":"Announce","actor":"{{Me}}","published":"2022-05-05T06:29:44Z","to":["{{Everybody}}"],"cc":["{{Me}}/followers"],"object":"https://annan.se/users/kim/statuses/78"}""",
        Note(6, Everybody, "", """{"type":"Question","oneOf":[{"type":"Note","name":"Ja & nej"},{"type":"Note","name":"<b>"}]}"""),
    ];

    public static string Outbox(IEnumerable<string> items, long declared) =>
        $$"""{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":{{declared}},"orderedItems":[{{string.Join(',', items)}}]}""";

    public static IReadOnlyList<(string Name, byte[] Bytes)> Files { get; } =
    [
        ("media_attachments/files/000/001/original/bad.jpg", Picture),
        ("outbox.json", Encoding.UTF8.GetBytes(Outbox(Items, Items.Count))),
        ("actor.json", Encoding.UTF8.GetBytes(Actor)),
        ("likes.json", "{}"u8.ToArray()),
    ];

    public static byte[] Tar(IEnumerable<(string Name, byte[] Bytes)> files, TarEntryFormat format = TarEntryFormat.Ustar)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(content);
                tar.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    public static byte[] TarGz(IEnumerable<(string Name, byte[] Bytes)> files, TarEntryFormat format = TarEntryFormat.Ustar) => Gzip(Tar(files, format));

    public static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return bytes.ToArray();
    }

    public static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> files, bool streamed = false, bool stored = false)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(streamed ? new Unseekable(bytes) : bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = zip.CreateEntry(name, stored ? CompressionLevel.NoCompression : CompressionLevel.Optimal).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Makes the writer put the sizes after the bytes, as servers do that pack while they send.</summary>
    private sealed class Unseekable(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
