using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>What the law and the guidelines refuse, asked over HTTP: nothing of the record changes.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Refusing_by_the_law(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" };

    private static int numbers;

    [Fact]
    [Trait("Requirement", "I1")]
    [Trait("Requirement", "T-08")]
    public async Task to_take_down_what_was_never_captured_unless_in_an_emergency_that_is_confirmed_I1_T08()
    {
        var id = await Captured("NKS", new { act = "hide", occurredAt = "2026-03-01T12:00:00Z", actingParty = "platform" });
        Assert.Equal((409, "capture-missing"), await Refused(await Do(id, "unpublish", Insult)));
        Assert.Equal(Visibility.Hidden, (await archive.State(id)).Visibility);

        await Ok(await Do(id, "unpublish", new { grounds = new[] { "HATE_SPEECH" }, motivation = "Hets mot folkgrupp", emergency = true }));
        Assert.True((await archive.State(id)).EmergencyUnconfirmed);
        Assert.Equal((400, "motivation-missing"), await Refused(await Do(id, "confirm-emergency", new { upheld = true })));
        await Ok(await Do(id, "confirm-emergency", new { upheld = true, motivation = "Prövat i efterhand" }));

        Assert.False((await archive.State(id)).EmergencyUnconfirmed);
        Assert.Equal((409, "no-emergency"), await Refused(await Do(id, "confirm-emergency", new { upheld = true, motivation = "Igen" })));
    }

    [Fact]
    [Trait("Requirement", "I1")]
    [Trait("Requirement", "T-08")]
    public async Task to_take_down_what_has_no_sender_I1_T08()
    {
        var id = await Captured("NKS", new { act = "create", kind = "comment", occurredAt = "2026-03-01T12:00:00Z", text = "Utan avsändare" });

        var answer = await Do(id, "unpublish", Insult);

        Assert.StartsWith("Avsändaren är inte sparat", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.Equal((409, "capture-missing"), await Refused(answer));
    }

    [Fact]
    [Trait("Requirement", "T-08")]
    public async Task to_delete_before_the_attachments_are_here_T08()
    {
        var id = await Captured("NKS", Comment(new[] { new { fileName = "a.jpg", url = "https://exempel.invalid/a.jpg" } }));

        Assert.Single((await archive.State(id)).AttachmentsExpected);
        Assert.Equal((409, "attachments-missing"), await Refused(await Do(id, "delete-from-channel", Insult)));
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);
    }

    [Fact]
    public async Task to_take_down_what_is_deleted_already()
    {
        var id = await Captured("NKS", Comment(null), new { act = "delete", occurredAt = "2026-03-01T13:00:00Z", actingParty = "author" });

        foreach (var act in new[] { "hide", "unpublish", "delete-from-channel" })
            Assert.Equal((409, "already-deleted"), await Refused(await Do(id, act, Insult)));
    }

    [Fact]
    [Trait("Requirement", "N-16")]
    [Trait("Requirement", "H-18")]
    public async Task to_delete_without_a_trace_but_not_under_a_decision_N16_H18()
    {
        var id = await archive.A_comment("NKS");
        var archivist = archive.Served.Program(await archive.Served.Token("Arne Arkivarie", [new("arkivarie")]));
        var decision = (await Ok(await archivist.PostAsJsonAsync(At("/api/v1/retention/decisions"), new
        {
            authority = "NKS",
            reference = "KS § 94/2020",
            decidingBody = "kommunstyrelsen",
            decidedOn = "2026-01-01",
            recordTypes = new[] { "comment" },
            frist = "P30D",
        }))).GetProperty("id").GetGuid();
        var under = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning", disposalDecision = decision };

        Assert.Equal((409, "disposal-decision-missing"), await Refused(await Do(id, "delete-from-channel", new { under.grounds, under.motivation, disposalDecision = Guid.Empty })));
        Assert.Equal((409, "not-assessed-minor"), await Refused(await Do(id, "delete-from-channel", under)));
        await Ok(await Do(id, "assess", new { minor = true }));
        Assert.Equal((409, "emergency-never-deletes"), await Refused(await Do(id, "delete-from-channel", new { under.grounds, under.motivation, under.disposalDecision, emergency = true })));
        Assert.Equal((409, "secret-is-never-deleted"), await Refused(await Do(id, "delete-from-channel", new { grounds = new[] { "SECRECY" }, under.motivation, under.disposalDecision })));

        await Ok(await Do(id, "delete-from-channel", under));

        var deleted = (await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(id)).Select(h => h.Event).OfType<ItemDeletedFromChannel>().Single();
        Assert.Equal((Visibility.Deleted, decision), ((await archive.State(id)).Visibility, deleted.Decision!.DisposalDecision));
    }

    [Fact]
    public async Task to_mark_as_secret_by_the_wrong_role_or_in_the_future_OSL_5_5()
    {
        var id = await archive.A_comment();
        var communicator = archive.Served.Program(await archive.Served.Token("Kim Kommunikatör", [new("kommunikator")]));

        Assert.Equal((403, "not-allowed"), await Refused(await communicator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §" })));
        Assert.Equal((400, "marked-in-the-future"), await Refused(await archive.Registrator.PostAsJsonAsync(
            At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §", markedAt = "2999-01-01T00:00:00Z" })));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy/lift"), new { reason = "Prövat" })));
        Assert.Equal((409, "not-marked"), await Refused(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy/lift"), new { reason = "Prövat" })));
        Assert.Equal(Wall.Open, (await archive.State(id)).Wall);
    }

    [Theory]
    [InlineData("""{"authority":"HKS","platform":"myspace","nativeAccountId":"1","purpose":"Dialog"}""", 400, "channel-input")]
    [InlineData("""{"authority":"HKS","platform":"facebook","purpose":"Dialog"}""", 400, "channel-input")]
    [InlineData("""{"authority":"HKS","platform":"facebook","nativeAccountId":"1"}""", 400, "channel-input")]
    [InlineData("""{"authority":"HKS","platform":"facebook","nativeAccountId":"1","purpose":"Dialog","url":"javascript:alert(1)"}""", 400, "channel-input")]
    [InlineData("""{"authority":"NOSUCH","platform":"facebook","nativeAccountId":"1","purpose":"Dialog"}""", 404, "authority-unknown")]
    [Trait("Requirement", "N-01")]
    public async Task a_channel_that_is_not_one(string body, int status, string code)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        Assert.Equal((status, code), await Refused(await archive.Everybody.PostAsync(At("/api/v1/channels"), content)));
    }

    [Fact]
    public async Task to_tell_everybody_a_channels_account_id()
    {
        await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "HKS", platform = "youtube", nativeAccountId = "hemligt-konto-4711", handle = "Granvika film", purpose = "Film" }));

        var list = "";
        for (var i = 0; i < 200 && !list.Contains("Granvika film", StringComparison.Ordinal); i++, await Task.Delay(50))
            list = await archive.Served.Program().GetStringAsync(At("/public/channels.json"));

        Assert.Contains("Granvika film", list, StringComparison.Ordinal);
        var page = WebUtility.HtmlDecode(await archive.Served.Program().GetStringAsync(At("/public/channels")));
        Assert.DoesNotContain("hemligt-konto-4711", list + page, StringComparison.Ordinal);
        Assert.Contains("hemligt-konto-4711", await archive.Everybody.GetStringAsync(At("/api/v1/channels")), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> Do(Guid id, string act, object command) => archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/{act}"), command);

    private static object Comment(object? attachments) => new
    {
        act = "create",
        kind = "comment",
        author = new { nativeId = "77", displayName = "Nils Låtsasson" },
        occurredAt = "2026-03-01T12:00:00Z",
        text = "Ni är hopplösa",
        attachments,
    };

    private async Task<Guid> Captured(string authority, params object[] acts)
    {
        var native = $"law{Interlocked.Increment(ref numbers)}";
        var lines = acts.Select(act =>
        {
            var line = JsonSerializer.SerializeToNode(act)!.AsObject();
            line["nativeId"] = native;
            return line.ToJsonString(new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull });
        });
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        var answer = await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{archive.Channels[authority]}/captures"), content));
        Assert.Empty(answer.GetProperty("rejected").EnumerateArray());
        return archive.Served.Services.GetRequiredService<KeyedIds>().Record(archive.Channels[authority], "facebook", "native", native);
    }
}
