using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace ArchiveService.AppTests.Capture;

/// <summary>A Mastodon archive of our own, as a tar.gz with old-style paths: a public post with a picture, an unlisted one, one for followers and a direct one.</summary>
internal static class PackedArchive
{
    public const string Me = "https://social.exempel.se/users/simhallen";

    public static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4];

    private const string Everybody = "https://www.w3.org/ns/activitystreams#Public";

    private static string Note(int id, string to, string cc, string attachment = "") =>
        $$"""
        {"id":"{{Me}}/statuses/{{id}}/activity","type":"Create","actor":"{{Me}}","published":"2022-05-0{{id}}T06:29:44Z","to":["{{to}}"],"cc":["{{cc}}"],
         "object":{"id":"{{Me}}/statuses/{{id}}","type":"Note","published":"2022-05-0{{id}}T06:29:44Z","attributedTo":"{{Me}}","to":["{{to}}"],"cc":["{{cc}}"],"content":"<p>Inlägg {{id}} från simhallen.</p>","attachment":[{{attachment}}]} }
        """;

    public static string Outbox { get; } =
        $$"""{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":4,"orderedItems":["""
        + string.Join(',',
            Note(1, Everybody, $"{Me}/followers", """{"type":"Document","mediaType":"image/jpeg","url":"/media_attachments/files/000/001/original/bad.jpg","name":"En bassäng"}"""),
            Note(2, $"{Me}/followers", Everybody),
            Note(3, $"{Me}/followers", "https://annan.se/users/kim"),
            Note(4, "https://annan.se/users/kim", "https://annan.se/users/lo"))
        + "]}";

    public static IReadOnlyList<(string Name, byte[] Bytes)> Files { get; } =
    [
        ("media_attachments/files/000/001/original/bad.jpg", Picture),
        ("outbox.json", Encoding.UTF8.GetBytes(Outbox)),
        ("actor.json", Encoding.UTF8.GetBytes($$"""{"id":"{{Me}}","type":"Person","preferredUsername":"simhallen","name":"Simhallen Öst","url":"https://social.exempel.se/@simhallen"}""")),
    ];

    public static byte[] TarGz(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files) tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return bytes.ToArray();
    }
}
