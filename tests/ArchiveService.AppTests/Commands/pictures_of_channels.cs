using System.Net.Http.Json;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
[Trait("Requirement", "H-28")]
[Trait("Requirement", "T-19")]
public sealed class pictures_of_channels(CommandArchive archive)
{
    [Fact]
    public async Task The_terms_of_the_platform_decide()
    {
        var refused = await archive.Everybody.PostAsJsonAsync(CommandArchive.At($"/api/v1/channels/{archive.Channels["TKS"]}/snapshots/pictures"), new { address = "https://www.facebook.com/kommunen" });
        Assert.Equal((409, "platform-terms"), await CommandArchive.Refused(refused));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/channels/{archive.Channels["TKS"]}/snapshots/pictures"), new { address = "https://a.example/" })));
        Assert.Equal(10, (await CommandArchive.Ok(await archive.Everybody.GetAsync(CommandArchive.At("/api/v1/snapshots/terms")))).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task What_is_no_snapshot_is_not_compared() =>
        Assert.Equal((404, "snapshot-unknown"), await CommandArchive.Refused(await archive.Everybody.GetAsync(CommandArchive.At($"/api/v1/records/{await archive.A_comment()}/snapshot-comparison"))));
}
