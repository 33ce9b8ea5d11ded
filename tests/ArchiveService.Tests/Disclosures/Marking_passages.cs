using ArchiveService.Features.Disclosures;

namespace ArchiveService.Tests.Disclosures;

public sealed class Marking_passages
{
    [Fact]
    public void divides_a_text_into_sentences_and_words_that_stand_where_they_stood()
    {
        const string text = "Hej!  Nils bor på Ågatan 3. ”Hemligt?” sa han\nNy rad utan punkt";
        var sentences = Passages.Of(text);
        Assert.Equal(["Hej!", "Nils bor på Ågatan 3.", "”Hemligt?”", "sa han", "Ny rad utan punkt"], sentences.Select(s => s.Whole.Text));
        Assert.All(sentences.SelectMany(s => s.Words.Append(s.Whole)), p => Assert.Equal(p.Text, text.Substring(p.Start, p.Text.Length)));
        Assert.Empty(Passages.Of(" \n "));
    }

    [Fact]
    public void reads_back_what_a_tick_box_sends()
    {
        var version = Guid.CreateVersion7();
        Assert.Equal(new(version, "text", 5, 4, "OSL"), Passages.Read(Passages.Value(version, "text", new(5, "Nils")), "OSL"));
        Assert.Null(Passages.Read("text/5/4", "OSL"));
        Assert.Null(Passages.Read($"{version:N}/text/-5/4", "OSL"));
    }

    [Fact]
    public void joins_words_that_stand_together_so_that_nobody_can_count_them()
    {
        var version = Guid.CreateVersion7();
        var document = new OriginalDocument(version, Features.Records.RecordState.None, [new(version, 1, "item_captured", default, new Dictionary<string, string> { ["text"] = "Nils Hemligsson bor här" }, null, new Dictionary<string, string>())], []);
        var joined = Passages.Joined([new(version, "text", 5, 10, "OSL"), new(version, "text", 0, 4, "OSL"), new(version, "text", 20, 3, "OSL")], document);
        Assert.Equal([new(version, "text", 0, 15, "OSL"), new(version, "text", 20, 3, "OSL")], joined);
        var map = new MaskMap(joined);
        Assert.Equal("[maskerat: OSL] bor [maskerat: OSL]", map.Apply(version, "text", "Nils Hemligsson bor här"));
        Assert.DoesNotContain(map.Runs(version, "text", "Nils Hemligsson bor här"), r => r.Provision is not null && r.Text.Length > 0);
    }

    [Fact]
    public void leaves_a_picture_without_what_was_written_beside_it()
    {
        byte[] exif = [0xFF, 0xE1, 0, 40, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, .. "hemlig"u8];
        byte[] scan = [0xFF, 0xDA, 0, 3, 0, 1, 2, 3, 0xFF, 0xD9];
        byte[] frame = [0xFF, 0xC0, 0, 4, 1, 2];
        byte[] picture = [0xFF, 0xD8, .. exif, 0xFF, 0xFE, 0, 8, .. "hemlig"u8, .. frame, .. scan, .. "hemlig"u8];
        var bare = PictureData.Bare(picture);
        Assert.Equal(-1, bare.AsSpan().IndexOf("hemlig"u8));
        Assert.True(bare.AsSpan().IndexOf(frame) > 0);
        // Which way is up stays.
        Assert.True(bare.AsSpan().IndexOf((byte[])[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]) > 0);
        Assert.Equal(bare, PictureData.Bare(bare));
        Assert.Equal([1, 2, 3], PictureData.Bare([1, 2, 3]));
    }
}
