using System.Text;
using ArchiveService.Features.Sources.Meta;

namespace ArchiveService.Tests.Sources;

public sealed class Subscriptions_at_meta
{
    [Fact]
    public void are_whole_with_every_field_that_is_wanted()
    {
        foreach (var platform in new[] { "facebook", "instagram", "messenger" })
        {
            var fields = Subscriptions.Wanted(platform);
            var named = string.Join(',', fields.Select(field => $$"""{"name":"{{field}}","version":"v24.0"}"""));
            Assert.True(Subscriptions.OfApp(Bytes($$"""{"data":[{"object":"{{(platform == "instagram" ? "instagram" : "page")}}","active":true,"fields":[{{named}}]}]}"""), platform).IsWhole);
            Assert.True(Subscriptions.OfPage(Bytes($$"""{"data":[{"id":"7","subscribed_fields":[{{string.Join(',', fields.Select(field => $"\"{field}\""))}}]}]}"""), "7", platform).IsWhole);
        }
    }

    [Fact]
    public void name_the_fields_that_they_lack()
    {
        var app = Subscriptions.OfApp("""{"data":[{"object":"user","active":true,"fields":[]},{"object":"page","active":true,"fields":[{"name":"feed"},{"name":"messages"},{"name":"standby"}]}]}"""u8.ToArray(), "facebook");
        var page = Subscriptions.OfPage("""{"data":[{"id":"8","subscribed_fields":["feed"]},{"id":7,"subscribed_fields":["messages","message_echoes","message_edits","message_reactions","messaging_postbacks"]}]}"""u8.ToArray(), "7", "messenger");

        Assert.Equal(["mention", "ratings", "message_echoes", "message_edits", "message_reactions", "messaging_postbacks"], app.Missing);
        Assert.Equal(["standby"], page.Missing);
        Assert.True(app.IsBroken && page.IsBroken);
    }

    [Theory]
    [InlineData("""{"data":[]}""", SubscriptionSide.Absent)]
    [InlineData("""{"data":[{"object":"instagram","active":true}]}""", SubscriptionSide.Absent)]
    [InlineData("""{"data":[{"object":"page","active":false,"fields":[]}]}""", SubscriptionSide.Inactive)]
    [InlineData("nonsense", SubscriptionSide.Absent)]
    [InlineData("""{"data":[7,null,{"object":"\ud83d"}]}""", SubscriptionSide.Absent)]
    public void may_be_missing_or_switched_off(string body, string problem) =>
        Assert.Equal((problem, true), Subscriptions.OfApp(Bytes(body), "facebook") is var side ? (side.Problem!, side.IsBroken) : default);

    [Fact]
    public void of_another_app_are_not_ours() =>
        Assert.Equal(SubscriptionSide.Absent, Subscriptions.OfPage("""{"data":[{"id":"8","subscribed_fields":["feed"]}]}"""u8.ToArray(), "7", "instagram").Problem);

    [Fact]
    public void that_could_not_be_asked_for_are_not_known_to_be_missing() => Assert.False(new SubscriptionSide("unreachable", []) is { IsBroken: true } or { IsWhole: true });

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
