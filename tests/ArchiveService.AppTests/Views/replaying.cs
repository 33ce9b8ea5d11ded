using System.Net;
using System.Text.Json;

namespace ArchiveService.AppTests.Views;

public sealed partial class Replaying_an_account(ViewedArchive archive) : IClassFixture<ViewedArchive>
{
    private static object Act(string act, string id, string at, string? text = null, string name = "Rita Replik", string account = "acct:rita") => new
    {
        act,
        nativeId = id,
        kind = "comment",
        author = new { nativeId = account, displayName = name, handle = "@rita" },
        occurredAt = at,
        text,
        audience = "public",
    };

    [Fact]
    public async Task shows_what_stood_in_the_channel_at_each_instant()
    {
        await archive.Capture(
            Act("create", "rp-1", "2026-01-01T08:00:00Z", "första lydelsen"),
            Act("edit", "rp-1", "2026-01-01T10:00:00Z", "andra lydelsen"),
            Act("hide", "rp-1", "2026-01-01T12:00:00Z"),
            Act("create", "rp-2", "2026-01-01T14:00:00Z", "senare kommentar", "Rita Nynamn"),
            Act("delete", "rp-2", "2026-01-01T16:00:00Z"));
        var account = Assert.Single(await archive.Search(archive.Registrator, "q=%22andra+lydelsen%22")).GetProperty("sender").GetProperty("account").GetGuid();

        async Task<(string Name, string Items)> At(string at)
        {
            var replay = await archive.Get(archive.Cleared, $"/api/v1/accounts/{account}/history?at={at}");
            return (replay.GetProperty("name").ValueKind == JsonValueKind.Null ? "" : replay.GetProperty("name").GetProperty("name").GetString()!,
                string.Join("; ", replay.GetProperty("items").EnumerateArray().Select(i => $"{i.GetProperty("state").GetString()}: {i.GetProperty("text").GetString()}")));
        }

        Assert.Equal(("", ""), await At("2026-01-01T07:00:00Z"));
        Assert.Equal(("Rita Replik", "visible: första lydelsen"), await At("2026-01-01T09:00:00Z"));
        Assert.Equal(("Rita Replik", "visible: andra lydelsen"), await At("2026-01-01T11:00:00Z"));
        Assert.Equal(("Rita Replik", "hidden: andra lydelsen"), await At("2026-01-01T13:00:00Z"));
        Assert.Equal(("Rita Nynamn", "visible: senare kommentar; hidden: andra lydelsen"), await At("2026-01-01T15:00:00Z"));
        Assert.Equal(("Rita Nynamn", "deleted: senare kommentar; hidden: andra lydelsen"), await At("2026-01-01T17:00:00Z"));

        // Eleven in Sweden is ten in UTC.
        Assert.Equal(("Rita Replik", "visible: andra lydelsen"), await At("2026-01-01T11:00"));

        // Nothing of it was known before it was captured.
        var unknown = await archive.Get(archive.Cleared, $"/api/v1/accounts/{account}/history?at=2026-01-01T17:00:00Z&knownAt=2026-01-02T00:00:00Z");
        Assert.Empty(unknown.GetProperty("items").EnumerateArray());
        var counts = (await archive.Get(archive.Cleared, $"/api/v1/accounts/{account}/history?at=2026-01-01T17:00:00Z")).GetProperty("counts");
        Assert.Equal((0, 1, 1), (counts.GetProperty("visible").GetInt32(), counts.GetProperty("hidden").GetInt32(), counts.GetProperty("deleted").GetInt32()));
        var page = await (await archive.Send(archive.Cleared, $"/konton/{account}?at=2026-01-01T09:00:00Z")).Content.ReadAsStringAsync();
        Assert.Contains("första lydelsen", page, StringComparison.Ordinal);
        Assert.DoesNotContain("andra lydelsen", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task tells_what_was_from_what_was_known()
    {
        await archive.Capture(Act("create", "kn-1", "2026-02-01T08:00:00Z", "känd först", account: "acct:karin"));
        async Task<string> Now() => (await archive.Column("select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))[0];

        // What a checkpoint vouches for is known at it: the same meaning as in the replay.
        await EvidenceTests.After_a_restore_that_is_behind.Vouched(archive.Archive);
        var before = await Now();
        await archive.Capture(Act("edit", "kn-1", "2026-02-01T09:00:00Z", "känd sedan", account: "acct:karin"));
        var account = Assert.Single(await archive.Search(archive.Registrator, "q=%22k%C3%A4nd+sedan%22")).GetProperty("sender").GetProperty("account").GetGuid();

        async Task<string?> Known(string knownAt) => (await archive.Get(archive.Cleared, $"/api/v1/accounts/{account}/history?at=2026-02-01T10:00:00Z&knownAt={knownAt}"))
            .GetProperty("items").EnumerateArray().First(i => i.GetProperty("occurredAt").GetDateTimeOffset().Month == 2).GetProperty("text").GetString();

        Assert.Equal("känd först", await Known(before));
        Assert.Equal("känd sedan", await Known("2099-01-01T00:00:00Z"));
        var history = await archive.Get(archive.Cleared, $"/api/v1/accounts/{account}/history?at=2026-02-01T10:00:00Z&knownAt={before}");
        var state = await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/state?at=2026-02-01T10:00:00Z&knownAt={before}");
        Assert.Equal(state.GetProperty("checkpoint").GetRawText(), history.GetProperty("checkpoint").GetRawText());

        // What was known then, and what now, of the same instant.
        await EvidenceTests.After_a_restore_that_is_behind.Vouched(archive.Archive);
        var now = await Now();
        var learnt = await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/changes?at=2026-02-01T10:00:00Z&knownFrom={before}&knownAt={now}");
        var item = Assert.Single(learnt.GetProperty("items").EnumerateArray());
        Assert.Equal(("edited", "känd först", "känd sedan"), (item.GetProperty("change").GetString(), item.GetProperty("before").GetString(), item.GetProperty("after").GetString()));
        Assert.True(learnt.GetProperty("checkpointFrom").GetProperty("size").GetInt64() < learnt.GetProperty("checkpoint").GetProperty("size").GetInt64());
        Assert.Empty((await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/changes?at=2026-02-01T08:30:00Z&knownFrom={before}&knownAt={now}")).GetProperty("items").EnumerateArray());
        var all = await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/changes?at=2026-02-01T10:00:00Z&knownFrom=2001-01-01T00:00:00Z&knownAt={now}");
        Assert.Contains(all.GetProperty("items").EnumerateArray(), i => i.GetProperty("change").GetString() == "appeared" && i.GetProperty("after").GetString() == "känd sedan");
        Assert.Equal(HttpStatusCode.BadRequest, (await archive.Send(archive.Cleared, $"/api/v1/replay/accounts/{account}/changes?knownFrom={now}&knownAt={before}")).StatusCode);
    }

    [Fact]
    public async Task is_not_for_everybody()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Send(archive.Kommunikator, "/api/v1/accounts")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await archive.Anybody.GetAsync(new Uri("/api/v1/accounts", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await archive.Send(archive.Cleared, $"/api/v1/accounts/{Guid.Empty}/history?at=i%20g%C3%A5r")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Cleared, $"/api/v1/accounts/{Guid.Empty}/history")).StatusCode);
    }
}
