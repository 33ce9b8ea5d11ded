using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Seed;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.Testing;

/// <summary>Somebody who may not read what is secret; <paramref name="Assesses"/>: but what nobody has assessed yet.</summary>
public sealed record UnclearedReader(string Name, string? Token, bool Assesses = false);

/// <summary>
/// Two archives with one past, the same ids, keys and clock. After that they differ only in what OSL 5:2 lets be withheld: what registered secret
/// records say (their date and number stand in both), and then in content, number and timing of secret records that are not registered.
/// </summary>
public sealed class TwinArchives : IAsyncDisposable
{
    /// <summary>A word that stands only in what is secret.</summary>
    public const string SecretWord = "hemlighetsgömman";

    private readonly SetClock clock;

    private TwinArchives(ServedArchive one, ServedArchive other, SetClock clock) => (One, Other, this.clock) = (one, other, clock);

    public ServedArchive One { get; }

    public ServedArchive Other { get; }

    public IReadOnlyList<UnclearedReader> Readers { get; private set; } = [];

    /// <summary>What an address with ids is asked with, by the noun of the address: what everybody may know of, and what nobody may.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Ids { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Records with a file each.</summary>
    public IReadOnlyList<(Guid Record, Guid Attachment)> Files { get; private set; } = [];

    private Guid Channel { get; set; }

    private Guid Post { get; set; }

    private Guid Known { get; set; }

    private Guid SecretAlone { get; set; }

    private Guid SecretInCase { get; set; }

    /// <summary>A case whose title and parties are marked secret.</summary>
    private Guid MarkedCase { get; set; }

    public static async Task<TwinArchives> Start()
    {
        var clock = new SetClock(TimeProvider.System.GetUtcNow());
        void AtThisTime(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(clock);
        var common = await ServedArchive.Start(AtThisTime);
        var past = await Past.Of(common);
        var (one, other) = await common.Split(AtThisTime);
        foreach (var archive in new[] { one, other }) await archive.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        return new(one, other, clock)
        {
            Readers = past.Readers,
            Ids = past.Ids,
            Files = past.Files,
            Channel = past.Channel,
            Post = past.Post,
            Known = past.Known,
            SecretAlone = past.SecretAlone,
            SecretInCase = past.SecretInCase,
            MarkedCase = past.MarkedCase,
            tokens = past.Tokens,
        };
    }

    private Dictionary<string, string> tokens = [];

    /// <summary>What registered secret records say, and what was done with them.</summary>
    public async Task SayOtherSecrets()
    {
        await Task.WhenAll(In(One), In(Other));
        await Task.WhenAll(Settle(One), Settle(Other));

        async Task In(ServedArchive archive)
        {
            var (all, cleared) = (archive.Program(tokens["all"]), archive.Program(tokens["cleared"]));
            var words = archive == One ? "Det ena" : $"Något helt annat och mycket längre om {SecretWord}";
            await Do(cleared, $"cases/{MarkedCase}/rename", new { title = words, publicTitle = words, reason = words });
            await Do(cleared, $"cases/{MarkedCase}/notes", new { means = "phone", occurredAt = "2026-11-20T08:00:00Z", with = words, text = words });
            if (archive == One)
            {
                await Capture(all, Comment("hemlig-1", $"Det ena om {SecretWord}.", by: "Hemliga Avsändaren", act: "edit", at: "2026-11-20T08:00:00Z"));
                await Correct(cleared, SecretAlone, "Det ena ärendet");
                return;
            }

            await Capture(all,
                Comment("hemlig-1", $"Något helt annat och mycket längre om {SecretWord}, skrivet flera gånger om.", by: "Hemliga Avsändaren", act: "edit", at: "2026-11-20T08:00:00Z"),
                Comment("hemlig-1", $"Ännu en lydelse om {SecretWord} och om Nils Känd.", by: "Hemliga Avsändaren", act: "edit", at: "2026-11-20T09:00:00Z"),
                Comment("hemlig-2", $"Ändrad {SecretWord}.", by: "Nils Känd", act: "edit", at: "2026-11-20T09:00:00Z"));
            await Correct(cleared, SecretAlone, $"Ett annat ärende om {SecretWord}");
            await Correct(cleared, SecretAlone, "Ett tredje ärende");
            await Correct(cleared, SecretInCase, "Om en annan sak", "Nils Känd");
            await Attach(cleared, SecretAlone, "hemlig-bilaga.txt");
            await Do(cleared, $"records/{SecretAlone}/hide", new { grounds = new[] { "SECRECY" }, motivation = $"Om {SecretWord}.", thresholdMet = true, viewpointNeutral = true, emergency = true });
            await Do(cleared, $"records/{SecretInCase}/answer", new { text = "Svar på det hemliga", where = "telefon" }, mayRefuse: true);
            await Do(cleared, $"records/{SecretInCase}/police-report", new { crime = "olaga hot", reportNumber = "5000-K1-26", note = SecretWord });
            await Do(cleared, "holds", new { authority = "KS", record = SecretAlone, ground = "LITIGATION", reason = SecretWord }, mayRefuse: true);
            await Do(cleared, $"records/{SecretInCase}/paper-copies", new { paper = "ageResistant", pages = 2, location = "Skåp " + SecretWord }, mayRefuse: true);
            await Do(cleared, $"records/{SecretAlone}/no-longer-current", new { from = "2026-11-20" }, mayRefuse: true);
        }
    }

    /// <summary>One archive has one secret record more that is not registered, the other many, of other kinds and other times.</summary>
    public async Task AddUnregistered()
    {
        await Task.WhenAll(In(One), In(Other));
        clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Settle(One), Settle(Other));

        async Task In(ServedArchive archive)
        {
            var (all, cleared) = (archive.Program(tokens["all"]), archive.Program(tokens["cleared"]));
            var ids = archive.Services.GetRequiredService<KeyedIds>();
            Guid Record(string native) => ids.Record(Channel, "facebook", "native", native);
            if (archive == One)
            {
                await Capture(all, Comment("dm-1", $"En fråga om {SecretWord}", by: "Någon Annan", kind: "dm"));
                return;
            }

            await Capture(all,
                Comment("dm-2", $"Andra meddelandet om {SecretWord}", by: "Nils Känd", kind: "dm", at: "2026-10-01T08:00:00Z"),
                Comment("dm-3", $"Tredje meddelandet om {SecretWord}", by: "Zara Okänd", kind: "dm", at: "2026-11-25T08:00:00Z"),
                Comment("dm-4", "Fjärde", by: "Granvika kommun", native: "990000000001", kind: "dm", at: "2026-11-25T09:00:00Z"),
                Comment("oreg-1", $"Jag heter något och har nummer 811228-9874, {SecretWord}.", by: "Zara Okänd", parent: "post-1", at: "2026-11-19T08:00:00Z"),
                Comment("oreg-2", $"Och jag {SecretWord}.", by: "Ytterligare En", parent: "kand-1", at: "2026-11-19T09:00:00Z"),
                Comment("oreg-3", $"Tack {SecretWord}.", by: "Granvika kommun", native: "990000000001", parent: "oreg-1", at: "2026-11-19T09:30:00Z"));
            await Do(cleared, $"records/{Record("oreg-2")}/secrecy", new { provision = "OSL 25 kap. 1 §", note = SecretWord });
            await Do(cleared, $"records/{Record("oreg-3")}/secrecy", new { provision = "OSL 25 kap. 1 §" });
            // Somebody whose every word stands behind a wall has a protected identity here, and writes again.
            await Do(cleared, $"accounts/{ids.Account(Channel, "facebook", "native", "acct:Ytterligare En")}/protected-identity", new { basis = "secrecyMark", reason = SecretWord });
            await Do(cleared, $"accounts/{ids.Account(Channel, "facebook", "native", "acct:Zara Okänd")}/protected-identity", new { basis = "ownAssessment", reason = SecretWord });
            await Capture(all, Comment("oreg-4", $"Det är jag igen, {SecretWord}.", by: "Ytterligare En", parent: "post-1", at: "2026-11-19T10:00:00Z"));
            await Do(cleared, $"records/{Record("oreg-2")}/notify-sender", new { text = "Vi har tagit emot det.", means = "telefon" }, mayRefuse: true);
            await Do(all, $"records/{Record("dm-3")}/answer", new { text = "Svar", where = "telefon" }, mayRefuse: true);
            await Do(all, $"records/{Record("dm-2")}/escalate", new { to = "emergencyNumber", note = SecretWord }, mayRefuse: true);
            await Do(all, $"records/{Record("dm-2")}/assess", new { minor = false, secrecySuspected = true, isQuestion = true }, mayRefuse: true);
            await Capture(all, new { act = "delete", nativeId = "oreg-1", kind = "comment", occurredAt = "2026-11-26T08:00:00Z", observedAt = "2026-11-26T08:00:01Z" });
            await Attach(cleared, Record("oreg-2"), "hemlig-bild.txt");
            await Do(cleared, "holds", new { authority = "KS", record = Record("oreg-2"), ground = "LITIGATION", reason = SecretWord }, mayRefuse: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
    }

    /// <summary>Until the views show all that has been written.</summary>
    private Task Settle(ServedArchive archive) => Seen(archive, archive.Program(tokens["all"]));

    private static async Task Seen(ServedArchive archive, HttpClient by)
    {
        var last = await archive.Value<long>("select max(seq_id) from archive.mt_events");
        for (var attempt = 1; ; attempt++)
        {
            var answer = await by.GetAsync(new Uri($"/api/v1/records?limit=1&after={last}", UriKind.Relative));
            if (answer.IsSuccessStatusCode) return;
            if (attempt == 10) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }
    }

    private Task Correct(HttpClient by, Guid record, string subject, string? sender = null) =>
        Do(by, $"records/{record}/correct-registration", new { subject, senderRecipient = sender ?? "Någon " + subject, reason = "Det stod fel." });

    private Task Capture(HttpClient by, params object[] acts) => Capture(by, Channel, acts);

    private static async Task Capture(HttpClient by, Guid channel, params object[] acts)
    {
        using var body = new StringContent(string.Join('\n', acts.Select(a => JsonSerializer.Serialize(a))), Encoding.UTF8, "application/x-ndjson");
        var answer = await Read(await by.PostAsync(new Uri($"/api/v1/channels/{channel}/captures", UriKind.Relative), body));
        if (answer.GetProperty("rejected").GetArrayLength() > 0) throw new InvalidOperationException(answer.ToString());
    }

    private static object Comment(string id, string text, string by, string kind = "comment", string? parent = null, string act = "create", string at = "2026-11-18T12:00:00Z", string? native = null) => new
    {
        act,
        nativeId = id,
        kind,
        parentNativeId = parent,
        conversationId = kind == "dm" ? "c-" + by : null,
        audience = kind == "dm" ? "direct" : "public",
        author = new { nativeId = native ?? "acct:" + by, displayName = by },
        occurredAt = at,
        text,
    };

    private static async Task<JsonElement> Do(HttpClient by, string what, object command, bool mayRefuse = false)
    {
        var answer = await by.PostAsJsonAsync(new Uri("/api/v1/" + what, UriKind.Relative), command);
        return mayRefuse && (int)answer.StatusCode is >= 400 and < 500 ? default : await Read(answer);
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode} {answer.RequestMessage!.RequestUri}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static Task<Guid> Attach(HttpClient by, Guid record, string name) => Attach(by, record, name, "innehåll"u8);

    private static Task<Guid> Attach(HttpClient by, Guid record, string name, ReadOnlySpan<byte> bytes) => Attach(by, record, name, bytes.ToArray());

    private static async Task<Guid> Attach(HttpClient by, Guid record, string name, byte[] bytes)
    {
        using var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var form = new MultipartFormDataContent { { file, "file", name } };
        return (await Read(await by.PostAsync(new Uri($"/api/v1/records/{record}/attachments", UriKind.Relative), form))).GetProperty("id").GetGuid();
    }

    /// <summary>What both archives have: two authorities of the demo archive, and at the first what the later secrets hang on.</summary>
    private sealed class Past
    {
        public Dictionary<string, string> Tokens { get; } = [];

        public List<UnclearedReader> Readers { get; } = [new("allmänheten", null)];

        public Dictionary<string, IReadOnlyList<string>> Ids { get; } = new(StringComparer.Ordinal);

        public List<(Guid Record, Guid Attachment)> Files { get; } = [];

        public Guid Channel { get; private set; }

        public Guid Post { get; private set; }

        public Guid Known { get; private set; }

        public Guid SecretAlone { get; private set; }

        public Guid SecretInCase { get; private set; }

        public Guid MarkedCase { get; private set; }

        public static async Task<Past> Of(ServedArchive archive)
        {
            var past = new Past();
            await past.Make(archive);
            return past;
        }

        private async Task Make(ServedArchive archive)
        {
            await archive.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
            var loaded = 0;
            await foreach (var _ in DemoArchive.Of(archive.Services).Load(default))
            {
                if (++loaded == 2) break;
            }

            await Tell(archive);
            var (all, cleared) = (archive.Program(Tokens["all"]), archive.Program(Tokens["cleared"]));
            Channel = await archive.Value<Guid>("select channel_id from archive.channels join archive.authorities using (authority_id) where code = 'KS' limit 1");
            var ids = archive.Services.GetRequiredService<KeyedIds>();
            Guid Record(string native) => ids.Record(Channel, "facebook", "native", native);
            (Post, Known, SecretAlone, SecretInCase) = (Record("post-1"), Record("kand-1"), Record("hemlig-1"), Record("hemlig-2"));
            await Capture(all, Channel,
                Comment("post-1", "Vi berättar om vägarna.", by: "Granvika kommun", native: "990000000001", kind: "post"),
                Comment("kand-1", "Vägen är hal vid skolan.", by: "Nils Känd", parent: "post-1", at: "2026-11-18T13:00:00Z"),
                Comment("hemlig-1", "Första lydelsen.", by: "Hemliga Avsändaren", parent: "post-1", at: "2026-11-18T14:00:00Z"),
                Comment("hemlig-2", "Svar i tråden.", by: "Nils Känd", parent: "kand-1", at: "2026-11-18T15:00:00Z"));
            var known = await Do(all, $"records/{Known}/register", new { newCase = new { title = "Vägarna" }, subject = "Hal väg", senderRecipient = "Nils Känd" });
            await Seen(archive, all);
            Files.Add((Known, await Attach(all, Known, "vagen.pdf", "%PDF-1.7 vägen"u8)));
            await Do(all, $"records/{Known}/release", new { attachments = new[] { new { id = Files[0].Attachment, text = "Karta över vägen" } } });
            Files.Add((Known, await Attach(all, Known, "vagen.txt")));
            var alone = await Do(all, $"records/{SecretAlone}/register", new { newCase = new { title = "Enskild angelägenhet" }, subject = "Första", senderRecipient = "Hemliga Avsändaren" });
            var inCase = await Do(all, $"records/{SecretInCase}/register", new { caseId = known.GetProperty("caseId").GetGuid(), subject = "Andra", senderRecipient = "Nils Känd" });
            await Do(all, $"records/{SecretInCase}/secrecy", new { provision = "OSL 25 kap. 1 §" });
            await Do(all, $"records/{SecretAlone}/secrecy", new { provision = "OSL 25 kap. 1 §" });
            MarkedCase = (await Do(all, "cases", new { authority = "KS", title = $"Om {SecretWord}", publicTitle = "Hemliga saker" })).GetProperty("caseId").GetGuid();
            await Do(all, $"cases/{MarkedCase}/parties", new { role = "party", name = $"Nils {SecretWord}", contact = SecretWord });
            await Do(all, $"cases/{MarkedCase}/secrecy", new { provision = "OSL 25 kap. 1 §" });
            var asked = await Do(cleared, "disclosures", new { authority = "KS", request = "Allt om vägarna" });
            await Do(cleared, $"disclosures/{asked.GetProperty("id").GetGuid()}/items", new { records = new[] { Known, SecretAlone, SecretInCase } });
            Files.Add((SecretAlone, await Attach(cleared, SecretAlone, "hemlig.txt")));
            await Seen(archive, all);

            async Task<IReadOnlyList<string>> Some(string sql)
            {
                await using var query = archive.Databases.Owner.CreateCommand(sql);
                await using var rows = await query.ExecuteReaderAsync();
                var found = new List<string>();
                while (await rows.ReadAsync()) found.Add(rows.GetValue(0).ToString()!);
                return found;
            }

            var taken = await Some("select s.record_id from archive.record_states s join archive.authorities using (authority_id) where code = 'KS' and wall = 'open' and visibility = 'unpublished' and disposed_at is null order by 1 limit 1");
            Ids["records"] = [Known.ToString(), Post.ToString(), .. taken, SecretAlone.ToString(), SecretInCase.ToString(), Record("oreg-2").ToString(), Record("dm-2").ToString()];
            Guid Account(string by) => ids.Account(Channel, "facebook", "native", "acct:" + by);
            Ids["accounts"] = [Account("Nils Känd").ToString(), Account("Hemliga Avsändaren").ToString(), Account("Zara Okänd").ToString(), .. await Some("select account_id from archive.blocks order by 1 limit 1")];
            Ids["cases"] = [known.GetProperty("caseId").GetString()!, alone.GetProperty("caseId").GetString()!, MarkedCase.ToString()];
            Ids["numbers"] = [known.GetProperty("diaryNumber").GetString()!, alone.GetProperty("diaryNumber").GetString()!, inCase.GetProperty("diaryNumber").GetString()! + "-2"];
            Ids["channels"] = [Channel.ToString(), .. await Some("select channel_id from archive.channels join archive.authorities using (authority_id) where code = 'BUN' limit 1")];
            Ids["authorities"] = ["KS", "BUN"];
            Ids["requests"] = [asked.GetProperty("id").GetString()!];
            Ids["subjects"] = await Some("select request_id from archive.subject_requests join archive.authorities using (authority_id) where code = 'KS' order by number");
            Ids["references"] = [asked.GetProperty("reference").GetString()!];
            Ids["runs"] = await Some("select run_id from archive.disposal_runs order by 1 limit 1");
            Ids["persons"] = await Some("select person_id from archive.assignments order by 1 limit 1");
            Ids["consents"] = await Some("select record_id from archive.consents join archive.authorities using (authority_id) where code = 'KS' order by 1 limit 1");
            Ids["deliveries"] = [Guid.Empty.ToString()];
            Ids["assessments"] = [Guid.Empty.ToString()];
            Ids["verifications"] = [Guid.Empty.ToString()];
        }

        private async Task Tell(ServedArchive archive)
        {
            Tokens["all"] = await archive.Token("Alla Roller", [new("admin"), new("moderator"), new("registrator"), new("kommunikator"), new("arkivarie"), new("chef")], clearance: true);
            Tokens["cleared"] = await archive.Token("Klara Behörig", [new("registrator", "KS"), new("moderator", "KS"), new("arkivarie", "KS")], clearance: true);
            async Task Reader(string name, string role, string? authority, bool clearance = false, bool assesses = false) =>
                Readers.Add(new($"{role} {authority ?? "alla"}{(clearance ? " med behörighet där" : null)}", await archive.Token(name, [new(role, authority)], clearance), assesses));
            await Reader("Moa Granne", "moderator", "BUN", clearance: true);
            await Reader("Rut Granne", "registrator", "BUN", clearance: true);
            await Reader("Kim Kommunikatör", "kommunikator", "KS");
            await Reader("Greta Granskare", "revisor", "KS");
            await Reader("Charlie Chef", "chef", "KS");
            await Reader("Arvid Arkivarie", "arkivarie", null);
            await Reader("Ada Administratör", "admin", null);
            await Reader("Moa Moderator", "moderator", "KS", assesses: true);
            await Reader("Rut Registrator", "registrator", "KS", assesses: true);
            var channel = await archive.Value<Guid>("select channel_id from archive.channels join archive.authorities using (authority_id) where code = 'KS' limit 1");
            Readers.Add(new("insamlare", await archive.Token("Insamlaren", [new("connector")], channels: [channel])));
        }
    }
}
