using System.Text;
using ArchiveService.Features.Disposals;

namespace ArchiveService.Tests.Disposals;

public sealed class A_passage
{
    private const string Said = "Nattskärrekravets upphovsman är okänd";

    [Theory]
    [InlineData("Hej", 0)]
    [InlineData("tjugotre tecken är fåån", 0)]
    [InlineData("tjugofyra tecken är nog!", 1)]
    [InlineData("en rad\nen till\nmen ingen lång", 0)]
    public void is_at_least_24_characters_of_one_line(string text, int passages) => Assert.Equal(passages, Passages.Of(text).Count);

    [Fact]
    public void is_taken_from_all_over_a_long_text_and_is_part_of_it()
    {
        var text = string.Join(' ', Enumerable.Range(1, 2000).Select(i => $"ord{i}"));
        var passages = Passages.Of(text);
        Assert.Equal(8, passages.Count);
        Assert.All(passages, p => Assert.True(p.Length is >= 24 and <= 60 && text.Contains(p, StringComparison.Ordinal), p));
        Assert.StartsWith("ord1 ", passages[0], StringComparison.Ordinal);
        Assert.Contains("ord19", passages[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void of_signs_that_take_two_characters_is_not_cut_in_the_middle_of_one() =>
        Assert.All(Passages.Of(string.Concat(Enumerable.Repeat("😀", 100))), p => Assert.False(char.IsHighSurrogate(p[^1]) || char.IsLowSurrogate(p[0])));

    [Fact]
    public void is_found_in_whatever_form_it_was_kept()
    {
        var needles = new Needles(["något helt annat som inte finns", Said]);
        byte[][] kept =
        [
            Bytes(Said), Bytes(Said.ToUpperInvariant()), Bytes(Said.ToLowerInvariant()), Encoding.Unicode.GetBytes("x" + Said), Encoding.BigEndianUnicode.GetBytes(Said), Encoding.Latin1.GetBytes(Said),
            Bytes(System.Text.Json.JsonSerializer.Serialize(new { a = Said })), Bytes(System.Text.Json.JsonSerializer.Serialize(System.Text.Json.JsonSerializer.Serialize(Said))),
            Bytes(System.Net.WebUtility.HtmlEncode(Said)), Bytes("q=" + Uri.EscapeDataString(Said)), Bytes(Convert.ToHexString(Bytes(Said))), Bytes(Convert.ToHexStringLower(Bytes(Said))),
            .. Enumerable.Range(0, 6).Select(n => Bytes(Convert.ToBase64String(Bytes(new string('a', n) + Said + "bb")))),
        ];
        Assert.All(kept, bytes => Assert.Equal([1], needles.In([.. Bytes("före "), .. bytes, .. Bytes(" efter")])));
        Assert.Empty(needles.In(Bytes("Nattskärrekravets upphovsman är inte okänd")));
        Assert.Empty(needles.In([]));
    }

    [Fact]
    public void is_found_at_every_place_in_every_length_of_text()
    {
        var needles = new Needles([Said]);
        var random = new Random(7);
        for (var n = 0; n < 300; n++)
        {
            var before = Bytes(new string([.. Enumerable.Range(0, n).Select(_ => (char)random.Next('a', 'z'))]));
            Assert.Equal([0], needles.In([.. before, .. Bytes(Said)]));
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

public sealed class Readable_nowhere
{
    private static readonly DateOnly Final = new(2026, 12, 30), Scrubbed = new(2026, 12, 10);

    [Fact]
    public void counts_from_the_last_of_epoch_key_physical_backups_and_archived_log()
    {
        Assert.Equal(Final, Unreadable.From(Final, Scrubbed, "none", "none").From);
        Assert.Equal(Final, Unreadable.From(Final, Scrubbed, "P14D", "P7D").From);
        Assert.Equal(new DateOnly(2027, 1, 10), Unreadable.From(Final, Scrubbed, "P1M", "P14D").From);

        // Until the physical step is done its day is not known: the day the epoch key is to go stands for it, and that is said.
        var (from, words) = Unreadable.From(Final, null, "P1M", "none");
        Assert.Equal(new DateOnly(2027, 1, 30), from);
        Assert.Contains("./run scrub", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown", "P14D", "fysiska säkerhetskopior")]
    [InlineData("P14D", "unknown", "transaktionslogg")]
    public void is_not_said_when_one_of_them_is_unknown(string physical, string log, string named)
    {
        var (from, words) = Unreadable.From(Final, Scrubbed, physical, log);
        Assert.Null(from);
        Assert.Contains(named, words, StringComparison.Ordinal);
    }
}
