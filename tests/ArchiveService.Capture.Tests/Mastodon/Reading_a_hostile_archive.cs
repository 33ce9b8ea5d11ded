using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Capture.Tests.Mastodon;

public sealed class Reading_a_hostile_archive
{
    private static readonly ArchiveLimits Tight = new() { MaxTotalBytes = 1 << 20, MaxFileBytes = 512 << 10, MaxFiles = 50, RatioFreeBytes = 64 << 10, MaxRatio = 50 };

    [Theory]
    [InlineData("../ute.json")]
    [InlineData("media_attachments/../../ute.json")]
    [InlineData("/../ute.json")]
    [InlineData("..\\ute.json")]
    [InlineData("C:/ute.json")]
    [InlineData("a\nb.json")]
    public async Task leaves_out_a_name_that_leads_outside(string name)
    {
        var files = OldArchive.Files.Prepend((name, "{}"u8.ToArray())).ToList();
        foreach (var bytes in new[] { OldArchive.Zip(files), OldArchive.TarGz(files) })
        {
            await using var opened = await OpenedArchive.Of(bytes);

            Assert.Equal(6, (await opened.Acts()).Count);
            Assert.Equal([ArchiveProblemCodes.UnsafePath], opened.ProblemCodes);
            Assert.DoesNotContain(opened.AllFiles(), path => path.Contains("ute", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task leaves_out_links_and_devices()
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "media_attachments/länk") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.HardLink, "media_attachments/hård") { LinkName = "outbox.json" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "media_attachments"));
            foreach (var (name, content) in OldArchive.Files) tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        await using var opened = await OpenedArchive.Of(OldArchive.Gzip(bytes.ToArray()));

        Assert.Equal(6, (await opened.Acts()).Count);
        Assert.Equal([ArchiveProblemCodes.NotAFile, ArchiveProblemCodes.NotAFile], opened.ProblemCodes);
    }

    [Fact]
    public async Task lets_the_first_of_two_files_with_one_name_count()
    {
        await using var opened = await OpenedArchive.Of(OldArchive.TarGz([.. OldArchive.Files, ("./outbox.json", "{}"u8.ToArray())]));

        Assert.Equal(6, (await opened.Acts()).Count);
        Assert.Equal([ArchiveProblemCodes.DuplicateName], opened.ProblemCodes);
    }

    [Fact]
    public async Task refuses_a_bomb_by_its_ratio()
    {
        var zeros = new byte[400 << 10];
        (string, byte[])[] files = [.. OldArchive.Files, ("media_attachments/noll.bin", zeros)];

        foreach (var bytes in new[] { OldArchive.Zip(files), OldArchive.TarGz(files) })
        {
            await using var opened = await OpenedArchive.Of(bytes, Tight);
            Assert.Equal(ArchiveProblemCodes.Bomb, opened.Refusal);
        }
    }

    [Fact]
    public async Task refuses_more_bytes_than_the_limits()
    {
        var noise = new byte[400 << 10];
        new Random(1).NextBytes(noise);
        (string, byte[])[] many = [.. OldArchive.Files, ("a", noise), ("b", noise), ("c", noise)];
        (string, byte[])[] large = [.. OldArchive.Files, ("a", [.. noise, .. noise])];

        foreach (var bytes in new[] { OldArchive.Zip(many), OldArchive.TarGz(many), OldArchive.Zip(large), OldArchive.TarGz(large) })
        {
            await using var opened = await OpenedArchive.Of(bytes, Tight);
            Assert.Equal(ArchiveProblemCodes.Bomb, opened.Refusal);
        }
    }

    [Fact]
    public async Task refuses_more_files_than_the_limit()
    {
        var files = Enumerable.Range(0, 60).Select(i => ($"fil{i}", Array.Empty<byte>())).ToList();

        foreach (var bytes in new[] { OldArchive.Zip(files), OldArchive.TarGz(files) })
        {
            await using var opened = await OpenedArchive.Of(bytes, Tight);
            Assert.Equal(ArchiveProblemCodes.Bomb, opened.Refusal);
        }
    }

    [Fact]
    public async Task stops_at_a_file_that_unpacks_to_more_than_it_says()
    {
        var zip = OldArchive.Zip([("media_attachments/a.bin", new byte[200_000]), .. OldArchive.Files]);
        Lie(zip, 200_000, 10);
        await using var opened = await OpenedArchive.Of(zip);

        Assert.Equal(6, (await opened.Acts()).Count);
        Assert.True(Unpacked(opened, "media_attachments/a.bin") <= 10);
    }

    [Fact]
    public async Task tells_when_a_file_does_not_give_its_check_sum()
    {
        var zip = OldArchive.Zip(OldArchive.Files, stored: true);
        zip[zip.AsSpan().IndexOf(OldArchive.Picture) + 5] ^= 1;
        zip[zip.AsSpan().IndexOf("öppet"u8) + 3] = (byte)'P';
        await using var opened = await OpenedArchive.Of(zip);

        Assert.Equal("<p>Vi har öpPet.</p>", (await opened.Acts())[0].Text);
        Assert.Equal([ArchiveProblemCodes.Damaged], opened.ProblemCodes);
        Assert.Throws<InvalidDataException>(() => opened.Media("media_attachments/files/000/001/original/bad.jpg"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task recovers_what_is_left_of_a_truncated_zip(bool streamed)
    {
        var files = OldArchive.Files.Where(file => file.Name != "actor.json").Prepend(OldArchive.Files.Single(file => file.Name == "actor.json")).ToList();
        var zip = OldArchive.Zip(files, streamed);
        var noDirectory = zip[..zip.AsSpan().IndexOf("PK\x01\x02"u8)];

        await using (var opened = await OpenedArchive.Of(noDirectory))
        {
            Assert.Equal(6, (await opened.Acts()).Count);
            Assert.Equal(OldArchive.Picture, opened.Media("media_attachments/files/000/001/original/bad.jpg"));
            Assert.Contains(ArchiveProblemCodes.Truncated, opened.ProblemCodes);
            Assert.True(opened.Archive.IsTruncated);
        }

        await EveryCutIsSurvived(zip);
    }

    [Fact]
    public async Task recovers_what_is_left_of_a_truncated_tar_gz()
    {
        await EveryCutIsSurvived(OldArchive.TarGz(OldArchive.Files));
        await EveryCutIsSurvived(OldArchive.Tar(OldArchive.Files));
    }

    [Fact]
    public async Task counts_the_items_before_the_cut()
    {
        var outbox = Given.Utf8(OldArchive.Outbox(OldArchive.Items, 6));
        var cut = outbox[..(outbox.AsSpan().IndexOf("/statuses/4\""u8) + 20)];
        await using var opened = await OpenedArchive.Of(OldArchive.Zip([("outbox.json", cut), ("actor.json", Given.Utf8(OldArchive.Actor))]));
        var read = await opened.Read();

        Assert.Equal(3, read.OfType<ReadAct.Accepted>().Count());
        Assert.Equal((4, RefusalCodes.InputTruncated), read[^1] is ReadAct.Rejected no ? (no.Place, no.Code) : default);
        Assert.Contains("3 of 6 items", opened.Archive.Problems.Single(problem => problem.Code == ArchiveProblemCodes.Truncated).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task leaves_out_a_picture_that_was_cut_off()
    {
        var tar = OldArchive.Tar([.. OldArchive.Files, ("media_attachments/stor.jpg", new byte[5_000])]);
        await using var opened = await OpenedArchive.Of(OldArchive.Gzip(tar[..^4_000]));

        Assert.Equal(6, (await opened.Acts()).Count);
        Assert.Null(opened.Archive.OpenMedia("media_attachments/stor.jpg"));
        Assert.Contains(opened.Archive.Problems, problem => problem.Code == ArchiveProblemCodes.Truncated && problem.Detail.Contains("stor.jpg", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", ArchiveProblemCodes.Unreadable)]
    [InlineData("hej", ArchiveProblemCodes.Unreadable)]
    [InlineData("PK", ArchiveProblemCodes.OutboxMissing)]
    public async Task refuses_what_is_no_archive(string content, string code)
    {
        await using var opened = await OpenedArchive.Of(Given.Utf8(content));
        Assert.Equal(code, opened.Refusal);
    }

    [Fact]
    public async Task refuses_a_path_that_is_not_there() =>
        Assert.Equal(ArchiveProblemCodes.Unreadable, Assert.IsType<MastodonOpened.Refused>(await MastodonArchive.Open("/finns/inte")).Code);

    [Theory]
    [InlineData("likes.json", "{}", ArchiveProblemCodes.OutboxMissing)]
    [InlineData("outbox.json", "", ArchiveProblemCodes.OutboxBroken)]
    [InlineData("outbox.json", "[]", ArchiveProblemCodes.OutboxBroken)]
    [InlineData("outbox.json", "{}", ArchiveProblemCodes.OutboxBroken)]
    [InlineData("outbox.json", """{"totalItems":3}""", ArchiveProblemCodes.OutboxBroken)]
    [InlineData("outbox.json", """{"orderedItems":{}}""", ArchiveProblemCodes.OutboxBroken)]
    [InlineData("outbox.json", """{"totalItems":3,"order""", ArchiveProblemCodes.Truncated)]
    public async Task refuses_an_archive_without_a_readable_outbox(string name, string content, string code)
    {
        await using var opened = await OpenedArchive.Of(OldArchive.Zip([(name, Given.Utf8(content))]));
        Assert.Equal(code, opened.Refusal);
    }

    [Fact]
    public async Task spools_nothing_that_can_be_read_without_the_process()
    {
        await using var opened = await OpenedArchive.Of(OldArchive.TarGz(OldArchive.Files));

        Assert.NotEmpty(opened.SpooledFiles());
        Assert.All(opened.SpooledFiles(), file => Assert.DoesNotContain("simhallen", Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task tells_of_a_flood_of_bad_names_only_so_often()
    {
        var files = Enumerable.Range(0, 500).Select(i => ($"../{i}", Array.Empty<byte>())).Concat(OldArchive.Files);
        await using var opened = await OpenedArchive.Of(OldArchive.Zip(files));

        Assert.Equal(21, opened.Archive.Problems.Count);
        Assert.StartsWith("480 more", opened.Archive.Problems[^1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task never_throws_whichever_bytes_are_broken()
    {
        foreach (var whole in new[] { OldArchive.Zip(OldArchive.Files), OldArchive.Zip(OldArchive.Files, streamed: true), OldArchive.TarGz(OldArchive.Files), OldArchive.Tar(OldArchive.Files) })
        {
            for (var at = 0; at < whole.Length; at += 31)
            {
                var broken = (byte[])whole.Clone();
                broken[at] ^= 0xFF;
                await IsSurvived(broken);
            }
        }
    }

    private static async Task EveryCutIsSurvived(byte[] whole)
    {
        var most = 0;
        for (var length = 1; length < whole.Length; length += 29)
        {
            var (count, truncated) = await IsSurvived(whole[..length]);
            Assert.True(count >= most, $"cut at {length}: {count} after {most}");
            // A tar is at its end with the first of its two closing blocks.
            Assert.True(truncated || length > whole.Length - 512, $"cut at {length} went unnoticed");
            most = Math.Max(most, count);
        }

        Assert.Equal(6, most);
    }

    private static async Task<(int Count, bool Truncated)> IsSurvived(byte[] bytes)
    {
        await using var opened = await OpenedArchive.Of(bytes);
        if (!opened.IsReady) return (0, true);
        var read = await opened.Read();
        foreach (var path in read.OfType<ReadAct.Accepted>().SelectMany(act => act.Act.Attachments).Select(file => file.ArchivePath).OfType<string>()) Unpacked(opened, path);
        return (read.OfType<ReadAct.Accepted>().Count(), opened.Archive.IsTruncated);
    }

    private static long Unpacked(OpenedArchive opened, string path)
    {
        try
        {
            using var stream = opened.Archive.OpenMedia(path);
            if (stream is null) return 0;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.Length;
        }
        catch (Exception refused) when (refused is ArchiveLimitException or InvalidDataException)
        {
            return 0;
        }
    }

    private static void Lie(byte[] zip, int truth, int lie)
    {
        for (var at = 0; at + 4 <= zip.Length; at++)
        {
            if (BitConverter.ToInt32(zip, at) == truth) BitConverter.TryWriteBytes(zip.AsSpan(at), lie);
        }
    }
}
