using System.Net;
using System.Net.Http.Json;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.Capture.Warc;
using ArchiveService.Features.Records;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class channels_as_warc(CommandArchive archive) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("warc").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_channel_is_taken_out_and_read_in_again()
    {
        var channel = await Channel("WARC1");
        var record = await Captured(channel, "w-1", "comment", "public", "Hej från Lövåsen");
        using var cleared = archive.Served.Program(await archive.Served.Token("Wera Webbarkivarie", [new("arkivarie")], clearance: true));
        var file = await Download(cleared, $"/api/v1/channels/{channel}/warc", "a.warc.gz");

        var report = await WarcReport.Of(file);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Assert.Equal((1L, 1L, 1L), (report.Records["warcinfo"], report.Records["resource"], report.Records["metadata"]));
        var acts = await Acts(file);
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(acts)).Act;
        Assert.Equal(("w-1", ItemKind.Comment, "Hej från Lövåsen"), (act.NativeId, act.Kind, act.Text));
        Assert.Equal(1L, await archive.Served.Value<long>($"select count(*) from archive.mt_events where type = 'channel_exported' and data->>'channel' = '{channel}' and (data->>'records')::bigint = 1"));
        Assert.Contains(record.ToString("D"), await Text(file), StringComparison.Ordinal);

        var package = await Download(cleared, $"/api/v1/channels/{channel}/warc?form=wacz&from=2020-01-01", "a.wacz");
        var checkedPackage = await WarcReport.Of(package);
        Assert.True(checkedPackage.IsSound, string.Join(';', checkedPackage.Problems));
        Assert.Single(await Acts(package));
    }

    /// <summary>Direct messages stand unassessed behind the wall: without the option they are not in it, and with it each is noted as read, with the reason.</summary>
    [Fact]
    [Trait("Requirement", "I3")]
    public async Task What_is_behind_a_wall_goes_along_only_when_it_is_asked_for_and_is_noted()
    {
        var channel = await Channel("WARC2");
        var dm = await Captured(channel, "w-2", "dm", "direct", "Bara till er");
        Assert.Equal(Wall.Unassessed, (await archive.State(dm)).Wall);
        using var registrator = archive.Served.Program(await archive.Served.Token("Wille Webbregistrator", [new("registrator")], clearance: true));
        Assert.Empty(await Acts(await Download(registrator, $"/api/v1/channels/{channel}/warc", "b.warc.gz")));
        Assert.Equal((400, "reason-missing"), await CommandArchive.Refused(await registrator.GetAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc?walled=true"))));
        Assert.Equal(0L, await Readings(dm));

        using var answer = await registrator.PostAsJsonAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc"), new { walled = true, reason = "Leverans till arkivet" });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var file = Path.Combine(folder, "c.warc.gz");
        await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync());
        Assert.Single(await Acts(file));
        Assert.Equal(1L, await Readings(dm));

        // An arkivarie does not assess: what nobody has assessed is not for them.
        using var cleared = archive.Served.Program(await archive.Served.Token("Wera Webbarkivarie", [new("arkivarie")], clearance: true));
        Assert.Empty(await Acts(await Download(cleared, $"/api/v1/channels/{channel}/warc?walled=true&reason=leverans", "d.warc.gz")));
    }

    [Fact]
    [Trait("Requirement", "I3")]
    public async Task Only_who_is_cleared_and_keeps_the_archive_takes_a_channel_out()
    {
        var channel = await Channel("WARC3");
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Moderator.GetAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc"))));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await archive.Registrator.GetAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc"))));
        using var cleared = archive.Served.Program(await archive.Served.Token("Wera Webbarkivarie", [new("arkivarie")], clearance: true));
        Assert.Equal((404, "channel-unknown"), await CommandArchive.Refused(await cleared.GetAsync(CommandArchive.At($"/api/v1/channels/{Guid.CreateVersion7()}/warc"))));
        Assert.Equal((400, "form-unknown"), await CommandArchive.Refused(await cleared.GetAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc?form=zip"))));
        Assert.Equal((400, "period-wrong"), await CommandArchive.Refused(await cleared.GetAsync(CommandArchive.At($"/api/v1/channels/{channel}/warc?from=2026-02-01&to=2026-01-01"))));
    }

    private async Task<Guid> Channel(string code)
    {
        await CommandArchive.Ok(await archive.Everybody.PutAsJsonAsync(CommandArchive.At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "herrljunga" }));
        return (await CommandArchive.Ok(await archive.Everybody.PostAsJsonAsync(CommandArchive.At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    private async Task<Guid> Captured(Guid channel, string native, string kind, string audience, string text)
    {
        using var line = new StringContent($$"""{"act":"create","nativeId":"{{native}}","kind":"{{kind}}","author":{"nativeId":"77","displayName":"Nils Låtsasson"},"audience":"{{audience}}","occurredAt":"2026-03-01T12:00:00Z","text":"{{text}}"}""", Encoding.UTF8, "application/x-ndjson");
        await CommandArchive.Ok(await archive.Everybody.PostAsync(CommandArchive.At($"/api/v1/channels/{channel}/captures"), line));
        return await archive.Served.Value<Guid>($"select record_id from archive.record_states where channel_id = '{channel}'");
    }

    private async Task<long> Readings(Guid record) => await archive.Served.Value<long>($"select count(*) from archive.record_reads where record_id = '{record}'");

    private async Task<string> Download(HttpClient client, string address, string name)
    {
        using var answer = await client.GetAsync(CommandArchive.At(address));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var path = Path.Combine(folder, name);
        await File.WriteAllBytesAsync(path, await answer.Content.ReadAsByteArrayAsync());
        return path;
    }

    private static async Task<List<ReadAct>> Acts(string file)
    {
        await using var export = Assert.IsType<ImportOpened.Ready>(await WarcImport.Form.Open(file, default)).File;
        return await export.ReadActs(TimeProvider.System.GetUtcNow(), default).ToListAsync();
    }

    private static async Task<string> Text(string file)
    {
        using var reader = WarcReader.Open(file);
        var text = new StringBuilder();
        while (reader.Next() is { } record) text.Append(Encoding.UTF8.GetString(record.ReadAll(1 << 20)!));
        return await Task.FromResult(text.ToString());
    }
}
