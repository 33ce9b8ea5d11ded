using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Exports;

namespace ArchiveService.Capture.Tests.Exports;

public sealed class Repairing_mojibake
{
    [Theory]
    [InlineData("""["\u00c3\u00a5"]""", "å")]
    [InlineData("""["H\u00c3\u00a5kan \u00f0\u009f\u0098\u00a2"]""", "Håkan 😢")]
    [InlineData("""["Ro\u00cc\u0081isi\u00cc\u0081n \u00e2\u0080\u00a2"]""", "Róisín •")]
    [InlineData("""["\u00d0\u009d\u00d0\u00b5\u00d1\u0082!"]""", "Нет!")]
    [InlineData("""["\u00e2\u0080\u0098\u00c2\u0080"]""", "‘\u0080")]
    [InlineData("""["C:\\u00c3 \u00c3\u00a5"]""", "C:\\u00c3 å")]
    public async Task puts_right_what_every_string_of_the_file_shows(string json, string expected)
    {
        var text = await Text(json);
        Assert.Equal(expected.Normalize(NormalizationForm.FormC), text.Normalize(NormalizationForm.FormC));
        Assert.Equal(text, Mojibake.Repair(text));
    }

    [Theory]
    [InlineData("[\"Åsa, Växjö, ÅÄÖ\"]")]
    [InlineData("[\"SJÖ\\u00a0\",\"VÄXJÖ\"]")]
    [InlineData("[\"SJÖ\\u00a0\",\"Håkan\"]")]
    [InlineData("[\"Ã¥\",\"€\"]")]
    [InlineData("[\"Ã¥\",\"Å\"]")]
    [InlineData("[\"\\u00c3\\u00a5\",{\"\\u00c5sa\":1}]")]
    [InlineData("[\"\\u00c3\\u00a5\",\"\\ud83d\\ude22\"]")]
    [InlineData("[\"\\u00ed\\u00a0\\u0080\"]")]
    [InlineData("[\"\\u00c0\\u00af\"]")]
    [InlineData("[\"\\u00c3\"]")]
    [InlineData("[\"bara ascii\"]")]
    public async Task leaves_a_file_alone_in_which_one_string_does_not(string json) => Assert.NotEqual(MojibakeFinding.Repair, await Find(json));

    [Fact]
    public async Task tells_a_file_that_is_of_two_minds()
    {
        Assert.Equal(MojibakeFinding.Unsure, await Find("[\"\\u00c3\\u00a5\",\"Åsa\"]"));
        Assert.Equal(MojibakeFinding.Clean, await Find("[\"Åsa\",\"Växjö\"]"));
        Assert.Equal(MojibakeFinding.Ascii, await Find("[\"Asa\",{\"a\\n\":\"\\u0041\"}]"));
    }

    [Fact]
    public async Task agrees_with_the_repair_of_each_string_whatever_it_holds()
    {
        var random = new Random(7);
        for (var i = 0; i < 3_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (char)(random.Next(8) switch { 0 => random.Next(0x20, 0x7F), 1 => random.Next(0x100, 0x130), _ => random.Next(0x80, 0x100) }))]);
            var json = random.Next(2) == 0 ? JsonSerializer.Serialize(new[] { text }) : $"[\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";
            var expected = text.All(c => c < 0x80) ? MojibakeFinding.Ascii : ReferenceEquals(Mojibake.Repair(text), text) ? MojibakeFinding.Clean : MojibakeFinding.Repair;
            Assert.Equal((expected, json), (await Find(json), json));
        }
    }

    private static async Task<string> Text(string json)
    {
        Assert.Equal(MojibakeFinding.Repair, await Find(json));
        return Mojibake.Repair(JsonDocument.Parse(json).RootElement[0].GetString()!);
    }

    private static Task<MojibakeFinding> Find(string json) => Mojibake.Find(Given.Slowly(Given.Utf8(json)), default);
}
