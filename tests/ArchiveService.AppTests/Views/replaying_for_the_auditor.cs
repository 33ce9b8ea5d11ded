using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Evidence;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Views;

public sealed partial class Replaying_an_account
{
    /// <summary>The present, once a checkpoint vouches for everything written so far.</summary>
    private async Task<string> Vouched()
    {
        for (var i = 0; i < 400; i++)
        {
            if (await archive.Archive.Value<bool>("select coalesce(max(last_seq), 0) >= (select max(seq_id) from archive.mt_events) from archive.evidence_checkpoints"))
                return (await archive.Column("select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))[0];
            await Task.Delay(50);
        }

        throw new TimeoutException("No checkpoint vouches for the end of the log.");
    }

    private async Task<(Guid Account, Guid Record)> Written(string mark)
    {
        await archive.Capture(
            Act("create", $"{mark}-1", "2026-03-01T08:00:00Z", $"ni är hopplösa {mark}", account: "acct:" + mark),
            Act("edit", $"{mark}-1", "2026-03-01T10:00:00Z", $"ni är duktiga {mark}", account: "acct:" + mark),
            Act("create", $"{mark}-2", "2026-03-01T14:00:00Z", $"en till {mark}", account: "acct:" + mark));
        var found = (await archive.Search(archive.Registrator, $"q=%22duktiga+{mark}%22"))[0];
        return (found.GetProperty("sender").GetProperty("account").GetGuid(), found.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task as_a_time_line_with_filters_a_page_at_a_time()
    {
        var (account, record) = await Written("tidslinjen");
        await archive.Do(archive.Registrator, record, "hide", new { grounds = new[] { "INSULT" }, motivation = "Angriper en person.", thresholdMet = true, viewpointNeutral = true });
        await Vouched();
        async Task<string> Types(string path) => string.Join(' ', (await archive.Get(archive.Cleared, path)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()));

        var line = $"/api/v1/replay/accounts/{account}/timeline";
        Assert.Equal("item_hidden item_captured item_edited account_seen item_captured", await Types(line));
        Assert.Equal("item_hidden", await Types(line + "?moderation=true"));
        Assert.Equal("item_edited", await Types(line + "?act=item_edited"));
        Assert.Equal("item_captured item_edited", await Types(line + "?from=2026-03-01T09:00:00Z&to=2026-03-01"));
        Assert.Equal("item_hidden", await Types(line + "?kind=changes&from=2026-03-02"));
        Assert.Equal("", await Types(line + "?actor=" + Guid.CreateVersion7()));
        Assert.Contains("item_hidden", await Types($"/api/v1/replay/channels/{archive.Channel}/timeline?moderation=true"), StringComparison.Ordinal);
        Assert.Contains("channel_registered", await Types($"/api/v1/replay/channels/{archive.Channel}/timeline?kind=administration"), StringComparison.Ordinal);
        Assert.Equal("item_hidden item_edited item_captured", await Types($"/api/v1/replay/records/{record}/timeline"));

        var paged = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = await archive.Get(archive.Cleared, $"{line}?limit=2{(cursor.Length > 0 ? "&cursor=" + cursor : "")}");
            paged.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }

        // Two of one moment stand in either order where a page ends between them.
        Assert.Equal("account_seen item_captured item_captured item_edited item_hidden", string.Join(' ', paged.Order(StringComparer.Ordinal)));
        foreach (var wrong in new[] { "?kind=allt", "?act=Item-Hidden", "?actor=jag", "?from=igår", "?limit=0", "?cursor=%C3%B6" })
            Assert.Equal(HttpStatusCode.BadRequest, (await archive.Send(archive.Cleared, line + wrong)).StatusCode);
        var page1 = await (await archive.Send(archive.Cleared, $"/granskning/konto/{account}")).Content.ReadAsStringAsync();
        Assert.Contains("Angriper en person.", page1, StringComparison.Ordinal);
    }

    [Fact]
    public async Task and_two_instants_beside_each_other_word_by_word()
    {
        var (account, record) = await Written("jämförelsen");
        await Vouched();
        var compared = await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/changes?from=2026-03-01T09:00:00Z&to=2026-03-01T15:00:00Z");
        Assert.Equal("appeared edited", string.Join(' ', compared.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("change").GetString())));
        var edited = compared.GetProperty("items")[1];
        Assert.Equal(record, edited.GetProperty("id").GetGuid());
        Assert.Contains(edited.GetProperty("diff").EnumerateArray(), run => run.GetProperty("kind").GetString() == "removed" && run.GetProperty("text").GetString() == "hopplösa");
        var ofRecord = await archive.Get(archive.Cleared, $"/api/v1/replay/records/{record}/changes?from=2026-03-01T09:00:00Z&to=2026-03-01T11:00:00Z");
        Assert.Equal("text", Assert.Single(ofRecord.GetProperty("fields").EnumerateArray()).GetProperty("key").GetString());
        var page = await (await archive.Send(archive.Cleared, $"/granskning/handling/{record}?visa=jamfor&from=2026-03-01T09:00:00Z&to=2026-03-01T11:00:00Z")).Content.ReadAsStringAsync();
        Assert.Contains("<ins><span class=\"vh\">[tillagt: </span>duktiga", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await archive.Send(archive.Cleared, $"/api/v1/replay/records/{record}/changes?from=2026-03-02&to=2026-03-01")).StatusCode);
    }

    [Fact]
    public async Task with_a_proof_for_every_event_that_can_be_checked_elsewhere()
    {
        var (account, _) = await Written("beviset");
        var now = await Vouched();
        var export = await archive.Get(archive.Cleared, $"/api/v1/replay/accounts/{account}/export?at=2026-03-02T00:00:00Z&knownAt={now}");
        var line = await archive.Anybody.GetStringAsync(new Uri("/evidence/key", UriKind.Relative));
        Assert.True(NoteKey.TryParse(line, out var key));
        var checkpoint = Checkpoint.Open(export.GetProperty("note").GetString()!, key, out var problem);
        Assert.Null(problem);
        Assert.Equal(checkpoint!.Size, export.GetProperty("checkpoint").GetProperty("size").GetInt64());
        var proofs = export.GetProperty("proofs").EnumerateArray().ToList();
        Assert.Equal(export.GetProperty("events").GetArrayLength(), proofs.Count);
        Assert.All(proofs, proof =>
        {
            Assert.True(MerkleHash.TryParse(proof.GetProperty("leafHash").GetString()!, out var leaf));
            Assert.Equal(leaf, MerkleHash.OfLeaf(System.Text.Encoding.UTF8.GetBytes(proof.GetProperty("leaf").GetString()!)));
            MerkleHash[] path = [.. proof.GetProperty("inclusion").EnumerateArray().Select(h => MerkleHash.TryParse(h.GetString()!, out var hash) ? hash : default)];
            Assert.True(new InclusionProof(proof.GetProperty("index").GetInt64(), checkpoint.Size, path).Proves(leaf, checkpoint.Root));
        });
    }

    [Fact]
    public async Task of_a_channel_and_of_a_person()
    {
        await Written("kanalen");
        await Vouched();
        var state = await archive.Get(archive.Cleared, $"/api/v1/replay/channels/{archive.Channel}/state");
        var fields = state.GetProperty("fields").EnumerateArray().ToDictionary(f => f.GetProperty("key").GetString()!, f => f.GetProperty("value").GetString());
        Assert.Equal(("Dialog om service", "@granvika", "1 (norrkoping)"), (fields["purpose"], fields["handle"], fields["policy"]));
        var before = await archive.Get(archive.Cleared, $"/api/v1/replay/channels/{archive.Channel}/state?at=2026-02-20T00:00:00Z");
        Assert.Empty(before.GetProperty("fields").EnumerateArray());

        var siv = Guid.Parse((await archive.Column($"select person_id from views.persons where name = '{ViewedArchive.Siv}'"))[0]);
        var person = await archive.Get(archive.Cleared, $"/api/v1/replay/persons/{siv}/state");
        Assert.Contains(person.GetProperty("fields").EnumerateArray(), f => f.GetProperty("key").GetString()!.StartsWith("role:Registrator", StringComparison.Ordinal));

        // A person's doings are for the reviewer and the person.
        Assert.Equal(HttpStatusCode.OK, (await archive.Send(archive.Registrator, $"/api/v1/replay/persons/{siv}/timeline")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Send(archive.Neighbour, $"/api/v1/replay/persons/{siv}/timeline")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Send(archive.Kommunikator, $"/api/v1/replay/channels/{archive.Channel}/state")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Neighbour, $"/api/v1/replay/channels/{archive.Channel}/state")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await archive.Send(archive.Cleared, $"/api/v1/replay/records/{Guid.CreateVersion7()}/state")).StatusCode);
        foreach (var page in new[] { "/granskning", $"/granskning/kanal/{archive.Channel}?visa=tidpunkt", $"/granskning/person/{siv}?visa=tidpunkt" })
            Assert.Equal(HttpStatusCode.OK, (await archive.Send(archive.Cleared, page)).StatusCode);
    }

    [Fact]
    public async Task and_who_read_what_and_what_of_it_is_unusual()
    {
        await archive.Say("läst-1", "något hemligt", by: "Siv Exempelsson");
        var record = await archive.Found(archive.Registrator, "\"något hemligt\"");
        await archive.MarkSecret(record);
        var hedda = archive.Archive.Program(await archive.Archive.Token("Hedda Läsare", [new("registrator", "KS"), new("revisor", "KS")], clearance: true));
        await archive.Get(hedda, $"/api/v1/records/{record}?reason=" + Uri.EscapeDataString("En begäran"));
        var rolf = archive.Archive.Program(await archive.Archive.Token("Rolf Granskare", [new("revisor", "KS")], clearance: true));
        var blind = archive.Archive.Program(await archive.Archive.Token("Blind Granskare", [new("revisor", "KS")]));

        var read = Assert.Single((await archive.Get(rolf, $"/api/v1/read-log?record={record}")).GetProperty("items").EnumerateArray());
        Assert.Equal(("Hedda Läsare", "secret", "En begäran"), (read.GetProperty("personName").GetString(), read.GetProperty("wall").GetString(), read.GetProperty("reason").GetString()));
        Assert.Empty((await archive.Get(blind, $"/api/v1/read-log?record={record}")).GetProperty("items").EnumerateArray());
        Assert.Equal(1, await archive.Archive.Value<long>($"select count(*) from archive.mt_events where type = 'read_log_opened' and user_name = '{await Person("Rolf Granskare")}'"));
        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Send(archive.Registrator, $"/api/v1/read-log?record={record}")).StatusCode);

        // One's own are seen by anybody, and nobody notes it.
        Assert.NotEmpty((await archive.Get(hedda, $"/api/v1/read-log?person={await Person("Hedda Läsare")}")).GetProperty("items").EnumerateArray());
        Assert.Equal(0, await archive.Archive.Value<long>($"select count(*) from archive.mt_events where type = 'read_log_opened' and user_name = '{await Person("Hedda Läsare")}'"));

        // Whoever has roles everywhere only is looked at too.
        var everywhere = archive.Archive.Program(await archive.Archive.Token("Gunnar Global", [new("registrator")]));
        for (var i = 0; i < 10; i++) await archive.Get(everywhere, "/api/v1/accounts?q=grannen");

        // The sender bears a colleague's name.
        Assert.True((await Post(rolf, "/api/v1/unusual-reads/look", new { })).GetProperty("found").GetInt32() >= 1);
        Assert.Equal(0, (await Post(rolf, "/api/v1/unusual-reads/look", new { })).GetProperty("found").GetInt32());
        Assert.All((await archive.Get(blind, "/api/v1/unusual-reads")).GetProperty("items").EnumerateArray(), f => Assert.Equal("reads.samePerson", f.GetProperty("rule").GetString()));
        Assert.Contains((await archive.Get(rolf, "/api/v1/unusual-reads")).GetProperty("items").EnumerateArray(), f => f.GetProperty("rule").GetString() == "reads.samePerson" && f.GetProperty("personName").GetString() == "Gunnar Global");
        var finding = (await archive.Get(rolf, "/api/v1/unusual-reads")).GetProperty("items").EnumerateArray().Single(f => f.GetProperty("rule").GetString() == "reads.colleague" && f.GetProperty("record").GetGuid() == record);
        Assert.Contains("namne", finding.GetProperty("explanation").GetString(), StringComparison.Ordinal);
        var examine = $"/api/v1/unusual-reads/{finding.GetProperty("id").GetGuid()}/examine";
        Assert.Equal("not-allowed", await Refused(hedda, examine, new { reason = "Det var jag." }));
        Assert.Equal("reason-missing", await Refused(rolf, examine, new { reason = "" }));
        Assert.Equal("unusual-read-unknown", await Refused(blind, examine, new { reason = "Ser inget." }));
        await Post(rolf, examine, new { reason = "Hedda handlade begäran." });
        Assert.Equal("already-examined", await Refused(rolf, examine, new { reason = "Igen." }));
        var examined = Assert.Single((await archive.Get(rolf, "/api/v1/unusual-reads?state=examined")).GetProperty("items").EnumerateArray());
        Assert.Equal(("Hedda handlade begäran.", "Rolf Granskare"), (examined.GetProperty("reason").GetString(), examined.GetProperty("examinedByName").GetString()));
        foreach (var page in new[] { "/granskning/lasningar", "/granskning/ovanliga-lasningar?state=all" })
            Assert.Contains("Hedda Läsare", await (await archive.Send(rolf, page)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<string> Person(string name) => (await archive.Column($"select person_id from views.persons where name = '{name}'"))[0];

    private static async Task<JsonElement> Post(HttpClient by, string path, object command) => await ViewedArchive.Json(await by.PostAsJsonAsync(new Uri(path, UriKind.Relative), command));

    private static async Task<string?> Refused(HttpClient by, string path, object command)
    {
        var answer = await by.PostAsJsonAsync(new Uri(path, UriKind.Relative), command);
        Assert.False(answer.IsSuccessStatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();
    }
}
