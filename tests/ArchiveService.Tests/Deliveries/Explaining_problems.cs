using System.Reflection;
using ArchiveService.Capture;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Csv;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Tests.Deliveries;

public sealed class Explaining_problems
{
    public static TheoryData<string> Codes =>
        [.. new[] { typeof(RefusalCodes), typeof(ArchiveProblemCodes), typeof(CsvImport) }.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_of_the_readers_has_a_sentence_and_says_what_to_do(string code)
    {
        Assert.True(InboxProblems.Known.TryGetValue(code, out var said), code);
        Assert.False(string.IsNullOrWhiteSpace(said!.What));
        Assert.EndsWith(".", said.Do, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_codes_become_one_sentence_and_what_to_do_is_said_once()
    {
        Assert.Equal("Innehållet går inte att läsa: det är inte JSON; kontot finns inte i kanalförteckningen", InboxProblems.What("broken-json, channel-unknown"));
        Assert.Equal(InboxProblems.Do("broken-json"), InboxProblems.Do("broken-json, not-an-object"));
    }

    [Theory]
    [InlineData("NpgsqlException", true)]
    [InlineData("InvalidOperationException", true)]
    [InlineData("attachment-store-unavailable", true)]
    [InlineData("channel-unknown", false)]
    [InlineData("something-new", false)]
    public void What_may_pass_by_itself_is_tried_again(string code, bool passes) => Assert.Equal(passes, InboxProblems.Passes(code));
}
