using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Snapshots.Pictures;
using ArchiveService.Http;
using ArchiveService.Printing;
using Microsoft.Extensions.DependencyInjection;

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

    /// <summary>Nobody has looked through it: it is there for those who assess, and for others once one of them has.</summary>
    [PrintedFact]
    public async Task A_picture_is_looked_through_before_others_see_it_and_is_compared_with_the_one_before()
    {
        var services = archive.Served.Services;
        await CommandArchive.Ok(await archive.Everybody.PutAsJsonAsync(CommandArchive.At("/api/v1/authorities/BILD"), new { name = "Nämnden BILD", preset = "trosa" }));
        var channel = (await CommandArchive.Ok(await archive.Everybody.PostAsJsonAsync(CommandArchive.At("/api/v1/channels"), new { authority = "BILD", platform = "other", nativeAccountId = "own-BILD", handle = "BILD", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        var camera = new PageCamera(services.GetRequiredService<PdfOptions>(), services.GetRequiredService<Pdf>(), TimeProvider.System, IPAddress.IsLoopback);
        var handler = ActivatorUtilities.CreateInstance<TakePictureHandler>(services, camera);
        var caller = new Caller(Guid.CreateVersion7(), "Kim Kommunikatör", [new(Role.Kommunikator, null)], Clearance: false, IsService: false, []);
        var page = new Uri(archive.Everybody.BaseAddress!, "/logga-in").AbsoluteUri;
        var pictures = new List<Guid>();
        for (var i = 0; i < 2; i++)
        {
            var (id, outcome) = await handler.Take(channel, new(page, null, null, null, null, null), caller, default);
            Assert.True(outcome is Outcome.Done, $"{outcome}");
            pictures.Add(id);
        }

        var state = await archive.State(pictures[1]);
        Assert.Equal((Wall.Unassessed, MadeHere.Snapshot), (state.Wall, state.RecordType));
        var records = services.GetRequiredService<Records>();
        Assert.Null(await records.Find(pictures[1], caller, default));
        using var arkivarie = archive.Served.Program(await archive.Served.Token("Bo Bildarkivarie", [new("arkivarie")]));
        var address = CommandArchive.At($"/api/v1/records/{pictures[1]}/snapshot-comparison");
        Assert.Equal((404, "snapshot-unknown"), await CommandArchive.Refused(await arkivarie.GetAsync(address)));
        var compared = await CommandArchive.Ok(await archive.Moderator.GetAsync(address));
        Assert.Equal(pictures[0], compared.GetProperty("earlier").GetGuid());
        Assert.Equal(0, compared.GetProperty("added").GetArrayLength());
        Assert.True(compared.GetProperty("pictureShare").GetDouble() < 0.01);

        var browser = await archive.Browser("jamforare", Role.Moderator);
        var shown = await browser.GetStringAsync(CommandArchive.At($"/handlingar/{pictures[1]}/jamfor-bilden"));
        Assert.Contains("Texten är densamma", shown, StringComparison.Ordinal);
        Assert.Equal(2, shown.Split("/miniatyr\"").Length - 1);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(CommandArchive.At($"/handlingar/{Guid.CreateVersion7()}/jamfor-bilden"))).StatusCode);

        await CommandArchive.Ok(await archive.Moderator.PostAsJsonAsync(CommandArchive.At($"/api/v1/records/{pictures[1]}/assess"), new { minor = false, secrecySuspected = false, isQuestion = false }));
        Assert.Equal(Wall.Open, (await archive.State(pictures[1])).Wall);
        Assert.Equal((409, "nothing-before"), await CommandArchive.Refused(await arkivarie.GetAsync(address)));
    }
}
