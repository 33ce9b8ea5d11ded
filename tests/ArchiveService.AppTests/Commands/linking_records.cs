using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Commands;

/// <summary>An export without ids and the platform's own interface tell of one post twice: both records stay, and point at each other.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Linking_records(CommandArchive archive)
{
    [Fact]
    public async Task links_what_came_without_an_id_with_the_one_that_has_one_and_a_person_may_undo_it()
    {
        var channel = (await IntakeChannel()).Id;
        var native = await Captured(channel, "12345", "native", []);
        var synthetic = await Captured(channel, "unknown:abc", "synthetic", ["synthetic-id"]);
        var another = await Captured(channel, "67890", "native", [], "Ett annat inlägg");
        var handler = archive.Served.Services.GetRequiredService<LinkRecordsHandler>();
        for (var i = 0; i < 200 && (await handler.LinkItems(channel, default)) == 0; i++) await Task.Delay(50);

        Assert.Equal([native], (await archive.State(synthetic)).Linked);
        Assert.Equal([synthetic], (await archive.State(native)).Linked);
        Assert.Empty((await archive.State(another)).Linked);
        Assert.Equal(0, await handler.LinkItems(channel, default));
        var same = await CommandArchive.Ok(await archive.Registrator.GetAsync(At(synthetic, "same")));
        Assert.Equal(native, same.GetProperty("linked")[0].GetGuid());
        Assert.Equal(0, same.GetProperty("candidates").GetArrayLength());

        Assert.Equal((400, "reason-missing"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(At(native, "unlink"), new { other = synthetic })));
        await CommandArchive.Ok(await archive.Registrator.PostAsJsonAsync(At(native, "unlink"), new { other = synthetic, note = "Två olika inlägg" }));
        Assert.Empty((await archive.State(synthetic)).Linked);

        var browser = await archive.Browser("lina", Role.Registrator);
        using var page = await browser.GetAsync(CommandArchive.At($"/handlingar/{synthetic}/samma"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("Koppla ihop", html, StringComparison.Ordinal);
        await CommandArchive.Ok(await archive.Registrator.PostAsJsonAsync(At(synthetic, "link"), new { other = native }));
        Assert.Equal([synthetic], (await archive.State(native)).Linked);
        Assert.Equal((409, "link-channel"), await CommandArchive.Refused(await archive.Registrator.PostAsJsonAsync(At(synthetic, "link"), new { other = await archive.A_comment("NKS") })));
    }

    private async Task<Channel> IntakeChannel()
    {
        var id = (await CommandArchive.Ok(await archive.Everybody.PostAsJsonAsync(CommandArchive.At("/api/v1/channels"), new { authority = "TKS", platform = "facebook", nativeAccountId = $"own-{Guid.CreateVersion7()}", handle = "Två id", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        return (await archive.Served.Services.GetRequiredService<ChannelRegister>().Find(id, default))!;
    }

    private async Task<Guid> Captured(Guid channel, string id, string idKind, IReadOnlyList<string> flags, string text = "Vi har öppet på lördag")
    {
        var services = archive.Served.Services;
        var known = (await services.GetRequiredService<ChannelRegister>().Find(channel, default))!;
        var policy = (await services.GetRequiredService<AuthorityRegister>().Find(known.Authority, default))!.Policy;
        var act = new CapturedAct
        {
            Act = ActKind.Create,
            NativeId = id,
            IdKind = idKind,
            Kind = ItemKind.Post,
            Audience = Audience.Public,
            OccurredAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
            OccurredAtSource = "platform",
            Text = text,
            Flags = flags,
            Raw = JsonSerializer.SerializeToUtf8Bytes(new { id, text }),
        };
        await services.GetRequiredService<CaptureActs>().Capture(new(known, policy.Version, null, Caller.System, new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero)), [new ReadAct.Accepted(act, 1)], default);
        return services.GetRequiredService<KeyedIds>().Record(channel, "facebook", idKind, id);
    }

    private static Uri At(Guid record, string what) => CommandArchive.At($"/api/v1/records/{record}/{what}");
}
