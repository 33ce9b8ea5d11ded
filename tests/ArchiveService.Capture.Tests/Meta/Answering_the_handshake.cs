using ArchiveService.Capture.Meta;

namespace ArchiveService.Capture.Tests.Meta;

public sealed class Answering_the_handshake
{
    [Fact]
    public void repeats_the_challenge_to_one_who_knows_the_token() =>
        Assert.Equal("1158201444", MetaHandshake.Answer("subscribe", "ordet", "1158201444", "ordet"));

    [Theory]
    [InlineData("subscribe", "fel", "1158201444", "ordet")]
    [InlineData("subscribe", null, "1158201444", "ordet")]
    [InlineData("subscribe", "", "1158201444", "")]
    [InlineData("unsubscribe", "ordet", "1158201444", "ordet")]
    [InlineData(null, "ordet", "1158201444", "ordet")]
    [InlineData("subscribe", "ordet", null, "ordet")]
    [InlineData("subscribe", "ordet", "<script>", "ordet")]
    public void refuses_anyone_else(string? mode, string? token, string? challenge, string expected) =>
        Assert.Null(MetaHandshake.Answer(mode, token, challenge, expected));
}
