using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.AppTests.Commands;
using ArchiveService.Capture;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Acceptance;

/// <summary>Classified items under each guideline, through the API: what is allowed is accepted, what is not is refused where there is a guard.</summary>
public sealed class Accepting_the_examples(CommandArchive archive) : IClassFixture<CommandArchive>
{
    private static readonly string[] Copies = ["register", "order", "exempt", "down", "delete", "route"];

    [SharedDataTheory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("trosa")]
    [InlineData("vastarvet")]
    public async Task beside_the_repository_allows_what_the_guideline_and_the_law_allow(string preset) => await Accept($"EX{preset[..3].ToUpperInvariant()}", preset, SharedExamples.Under(preset));

    [Theory]
    [InlineData("herrljunga")]
    [InlineData("norrkoping")]
    [InlineData("toreboda")]
    [InlineData("trosa")]
    [InlineData("vastarvet")]
    [Trait("Requirement", "C1")]
    [Trait("Requirement", "C2")]
    [Trait("Requirement", "C4")]
    [Trait("Requirement", "C9")]
    [Trait("Requirement", "C10")]
    [Trait("Requirement", "C24")]
    [Trait("Requirement", "I3")]
    [Trait("Requirement", "I6")]
    [Trait("Requirement", "I8")]
    public async Task of_its_own_allows_what_the_guideline_and_the_law_allow(string preset) => await Accept($"OWN{preset[..3].ToUpperInvariant()}", preset, OwnExample.Under(preset));

    [SharedDataFact]
    public void are_read_otherwise_only_where_there_is_one()
    {
        var ids = SharedExamples.Under("trosa").Select(e => e.Item.Id).ToHashSet();

        Assert.All(Reading.All, reading => Assert.True(reading.Set is null ? reading.Example.StartsWith("EX", StringComparison.Ordinal) : ids.Contains(reading.Example), reading.Example));
    }

    private async Task Accept(string code, string preset, IReadOnlyList<(AcceptanceItem Item, Allowed Allowed)> items)
    {
        var world = await World.Make(archive, code, preset);
        await world.Capture(items.Select(i => i.Item));
        List<string> wrong = [];
        foreach (var (item, allowed) in items)
        {
            try
            {
                await world.Examine(item, allowed);
            }
            catch (Xunit.Sdk.XunitException error)
            {
                wrong.Add($"{item.Id} under {preset}: {error.Message}");
            }
        }

        await world.TellsThePublicNothing(items.Select(i => i.Item));
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    /// <summary>An authority under the preset, with a channel, a gallringsbeslut and somebody who may do everything.</summary>
    private sealed class World(CommandArchive archive, string code, string preset, HttpClient staff, Guid channel, Guid decision)
    {
        private string Account => $"own-{code}";

        public static async Task<World> Make(CommandArchive archive, string code, string preset)
        {
            await Ok(await archive.Everybody.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset, policy = new Dictionary<string, string> { ["routing.holds"] = "personakt" } }));
            var channel = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = code, platform = "facebook", nativeAccountId = $"own-{code}", handle = code, purpose = "Dialog" }))).GetProperty("id").GetGuid();
            var staff = archive.Served.Program(await archive.Served.Token("Alva Allt", [new("moderator"), new("registrator"), new("kommunikator"), new("arkivarie"), new("admin")], clearance: true));
            var decision = (await Ok(await archive.Served.Program(await archive.Served.Token("Arne Arkivarie", [new("arkivarie")])).PostAsJsonAsync(At("/api/v1/retention/decisions"), new
            {
                authority = code,
                reference = "KS § 94/2020",
                decidingBody = "kommunstyrelsen",
                decidedOn = "2026-01-01",
                recordTypes = new[] { "comment", "post", "direct-message" },
                frist = "P30D",
            }))).GetProperty("id").GetGuid();
            return new(archive, code, preset, staff, channel, decision);
        }

        /// <summary>A copy of each for every way: one for every way that is tried on it.</summary>
        public async Task Capture(IEnumerable<AcceptanceItem> items)
        {
            var lines = items.SelectMany(item => Copies.SelectMany(copy => Lines(item, copy)));
            using var content = new StringContent(string.Join('\n', lines.Select(line => JsonSerializer.Serialize(line))), Encoding.UTF8, "application/x-ndjson");
            var captured = await Ok(await staff.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
            Assert.True(captured.GetProperty("rejectedCount").GetInt32() == 0, captured.GetRawText());
            await Projected();
        }

        private IEnumerable<object> Lines(AcceptanceItem item, string copy)
        {
            var (nativeId, kind) = (Native(item, copy), item.Direct ? "dm" : item.Kind == "post" ? "post" : "comment");
            var author = new { nativeId = item.Own ? Account : $"a-{item.Author}", displayName = item.Author };
            for (var i = 0; i < item.Revisions.Count; i++)
            {
                yield return new
                {
                    act = i > 0 ? "edit" : item.Direct ? "message" : "create",
                    nativeId,
                    kind,
                    author,
                    audience = item.Direct ? "direct" : "public",
                    occurredAt = $"2026-03-02T08:{i:00}:00Z",
                    text = item.Revisions[i],
                    attachments = item.WithAttachment ? new[] { new { fileName = "bild_ö.jpg", mediaType = "image/jpeg", url = "https://exempel.invalid/bild.jpg" } } : [],
                };
            }

            if (item.DeletedByAuthor) yield return new { act = "delete", nativeId, occurredAt = "2026-03-02T09:00:00Z", actingParty = "author" };
        }

        public async Task Examine(AcceptanceItem item, Allowed allowed)
        {
            await StandsAsItCame(item, allowed);
            await Registers(item);
            await KeepsOrExempts(item, allowed);
            await Routes(item, allowed);
            if (!item.DeletedByAuthor)
            {
                await TakesDown(item, allowed);
                await Deletes(item, allowed);
            }
        }

        private async Task StandsAsItCame(AcceptanceItem item, Allowed allowed)
        {
            var state = await State(item, "register");
            Assert.Equal(item.Own ? Direction.DrawnUp : Direction.Received, state.Direction);
            Assert.Equal(item.Direct || allowed.Hinted ? Wall.Unassessed : Wall.Open, state.Wall);
            Assert.Equal(item.DeletedByAuthor ? Visibility.Deleted : Visibility.Visible, state.Visibility);
            Assert.Equal(item.Revisions.Count, (await archive.Served.Services.GetRequiredService<SealedLog>().Store.ReadStream(Id(item, "register"))).Count(h => h.Event is ItemCaptured or ItemEdited));
            var versions = await Ok(await staff.GetAsync(At($"/api/v1/records/{Id(item, "register")}/versions")));
            foreach (var text in item.Revisions) Assert.Contains(text, Strings(versions));
        }

        /// <summary>Registering is never too much, whatever the guideline lets be; also what its author has deleted (I8).</summary>
        private async Task Registers(AcceptanceItem item)
        {
            var number = (await Ok(await Do(item, "register", "register", new { newCase = new { title = "Fråga i sociala medier" }, subject = "Inlägg i sociala medier" }))).GetProperty("diaryNumber").GetString();
            Assert.Matches(preset switch { "herrljunga" => @"^\w+ \d+/\d{4} 956$", "norrkoping" => @"^\w+-\d+/\d{4} 003$", "vastarvet" => @"^\w+ \d{4}–\d{5}$", _ => @"^\w+ \d{4}/\d+$" }, number);
            Assert.Equal((409, "already-registered"), await Refused(await Do(item, "register", "keep-ordered", null)));
            if (item.Id is "EX32" or "A26") await HandsOverTheAppeal((await State(item, "register")).Case!.Value);
        }

        /// <summary>What calls itself an appeal is one, and no answer ends it: it is tried for time and handed over to the court (FL 43–46 §§).</summary>
        private async Task HandsOverTheAppeal(Guid @case)
        {
            var appeal = (await Ok(await staff.PostAsJsonAsync(At($"/api/v1/cases/{@case}/appeals"), new { documentNumber = 1 }))).GetProperty("appeal").GetGuid();
            Assert.Equal((409, "appeal-open"), await Refused(await staff.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { reason = "Besvarat" })));
            Assert.Equal((409, "appeal-not-forwarded"), await Refused(await staff.PostAsJsonAsync(At($"/api/v1/cases/{@case}/appeals/{appeal}/conclude"), new { end = "ruled", note = "Besvarat" })));
            await Ok(await staff.PostAsJsonAsync(At($"/api/v1/cases/{@case}/appeals/{appeal}/time-check"), new { notifiedOn = "2026-03-01" }));
            await Ok(await staff.PostAsJsonAsync(At($"/api/v1/cases/{@case}/appeals/{appeal}/forward"), new { court = "Förvaltningsrätten" }));
        }

        private async Task KeepsOrExempts(AcceptanceItem item, Allowed allowed)
        {
            var exempt = new { reason = "Uppenbart ringa betydelse." };
            if (item.Direct || allowed.Hinted)
            {
                Assert.Equal((409, "secrecy-possible"), await Refused(await Do(item, "order", "keep-ordered", null)));
                Assert.Equal((409, "secrecy-possible"), await Refused(await Do(item, "exempt", "exempt", exempt)));
            }

            foreach (var copy in new[] { "order", "exempt" }) await Assess(item, allowed, copy);
            await Came("KEEP_ORDERED", await Do(item, "order", "keep-ordered", null), allowed.Secrecy != SecrecyOf.None ? "secrecy-possible" : preset == "trosa" ? "policy-registers-all" : null);
            await Came("NO_ACTION", await Do(item, "exempt", "exempt", exempt), allowed.Secrecy != SecrecyOf.None ? "secrecy-possible" : preset == "vastarvet" ? "policy-keeps-minor-ordered" : null);

            async Task Came(string way, HttpResponseMessage answer, string? guard)
            {
                if (allowed.Registration.Contains(way)) await Ok(answer);
                else if (guard is not null) Assert.Equal((409, guard), await Refused(answer));
            }
        }

        /// <summary>OSF 2 §: only where the akt is kept; Töreboda registers it too (T-14), and Herrljunga what it has taken down (H-25).</summary>
        private async Task Routes(AcceptanceItem item, Allowed allowed)
        {
            if (allowed.Secrecy == SecrecyOf.None && !allowed.Registration.Contains("ROUTE")) return;
            var akt = new { target = "personakt", receivingUnit = "Individ och familj", receipt = "Akt 12", provision = allowed.Provision ?? "OSL 26 kap. 1 §" };
            await Assess(item, allowed, "route");
            Assert.Equal((409, "akt-not-held"), await Refused(await Do(item, "route", "route", akt with { target = "patientjournal" })));
            if (preset == "toreboda" || (preset == "herrljunga" && !allowed.Registration.Contains("ROUTE") && !item.DeletedByAuthor))
            {
                // Taken down in Herrljunga it has its number already; in Töreboda that comes first.
                if (preset == "herrljunga") await Ok(await Do(item, "route", "unpublish", new { grounds = allowed.Grounds.Count > 0 ? allowed.Grounds : ["SECRECY"], motivation = "Hör till en akt." }));
                else
                {
                    Assert.Equal((409, "register-first"), await Refused(await Do(item, "route", "route", akt)));
                    await Ok(await Do(item, "route", "register", new { newCase = new { title = "Fråga i sociala medier" }, subject = "Inlägg i sociala medier" }));
                }

                await Ok(await Do(item, "route", "route", akt));
                Assert.Equal((Registration.Registered, "personakt"), (await State(item, "route")) is var both ? (both.Registration, both.RoutedTo) : default);
                return;
            }

            await Ok(await Do(item, "route", "route", akt));
            Assert.Equal((Registration.Routed, Wall.Secret), (await State(item, "route")) is var state ? (state.Registration, state.Wall) : default);
        }

        private async Task TakesDown(AcceptanceItem item, Allowed allowed)
        {
            Assert.Equal((400, "ground-missing"), await Refused(await Do(item, "down", "unpublish", new { grounds = Array.Empty<string>(), motivation = "Vi tycker inte om det." })));
            foreach (var ground in allowed.Refused)
                Assert.Equal((400, "ground-not-in-policy"), await Refused(await Do(item, "down", "unpublish", new { grounds = new[] { ground }, motivation = "Utanför riktlinjen." })));
            if (allowed.TakingDown == TakingDown.None) return;

            await Assess(item, allowed, "down");
            var down = await Ok(await Do(item, "down", "unpublish", new { grounds = allowed.Grounds, motivation = "Strider mot reglerna för kanalen." }));
            var state = await State(item, "down");
            Assert.Equal(Visibility.Unpublished, state.Visibility);
            // H-25: all that is removed; N-15: what is to be preserved; OSL 5:1: what may be secret.
            var registered = allowed.Secrecy == SecrecyOf.Marked || allowed.Grounds.Contains("SECRECY") || preset == "herrljunga" || (preset == "norrkoping" && !allowed.Minor);
            Assert.Equal(registered, down.GetProperty("diaryNumber").GetString() is not null);
            Assert.Equal(registered ? Registration.Registered : Registration.Captured, state.Registration);
        }

        private async Task Deletes(AcceptanceItem item, Allowed allowed)
        {
            await Assess(item, allowed, "delete");
            var grounds = allowed.TakingDown == TakingDown.None ? ["OTHER_UNLAWFUL"] : allowed.Grounds;
            var secret = allowed.Secrecy == SecrecyOf.Marked || grounds.Contains("SECRECY");
            Assert.Equal((409, item.WithAttachment ? "attachments-missing" : secret ? "secret-is-never-deleted" : "disposal-decision-missing"),
                await Refused(await Do(item, "delete", "delete-from-channel", new { grounds, motivation = "Ska bort." })));
            var under = await Do(item, "delete", "delete-from-channel", new { grounds, motivation = "Ska bort.", disposalDecision = decision });
            if (item.WithAttachment || secret || !allowed.Minor) Assert.Equal((409, item.WithAttachment ? "attachments-missing" : secret ? "secret-is-never-deleted" : "not-assessed-minor"), await Refused(under));
            else
            {
                await Ok(under);
                Assert.Equal((Visibility.Deleted, preset == "herrljunga"), (await State(item, "delete")) is var state ? (state.Visibility, state.Registration == Registration.Registered) : default);
            }
        }

        private async Task Assess(AcceptanceItem item, Allowed allowed, string copy)
        {
            if (allowed.Secrecy == SecrecyOf.Marked) await Ok(await Do(item, copy, "secrecy", new { provision = allowed.Provision }));
            else await Ok(await Do(item, copy, "assess", new { minor = allowed.Minor && allowed.Secrecy == SecrecyOf.None, secrecySuspected = allowed.Secrecy == SecrecyOf.Assess, isQuestion = false }));
        }

        /// <summary>The public diary has a line for each registration, with date and number and neither who nor what (I3, OSL 5:2).</summary>
        public async Task TellsThePublicNothing(IEnumerable<AcceptanceItem> items)
        {
            await Projected();
            var lines = new List<JsonElement>();
            for (string? next = ""; next is not null;)
            {
                var page = await Ok(await archive.Served.Program().GetAsync(At($"/public/diary.json?authority={code}&limit=100{(next.Length == 0 ? "" : $"&cursor={Uri.EscapeDataString(next)}")}")));
                lines.AddRange(page.GetProperty("items").EnumerateArray());
                next = page.GetProperty("next").GetString();
            }

            var own = lines.Where(l => l.GetProperty("authority").GetString() == code).ToList();
            Assert.True(own.Count >= items.Count(), $"{own.Count} lines");
            Assert.All(own, line =>
            {
                Assert.NotEmpty(line.GetProperty("diaryNumber").GetString()!);
                Assert.True(line.GetProperty("withheld").GetBoolean());
                Assert.All(items, item => Assert.DoesNotContain(item.Author, line.GetRawText(), StringComparison.Ordinal));
            });
        }

        private async Task Projected() => Assert.True(await archive.Served.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(
            await archive.Served.Value<long>("select max(seq_id) from archive.mt_events"), TimeSpan.FromSeconds(60), default));

        private Task<HttpResponseMessage> Do(AcceptanceItem item, string copy, string act, object? body) => body is null
            ? staff.PostAsync(At($"/api/v1/records/{Id(item, copy)}/{act}"), null)
            : staff.PostAsJsonAsync(At($"/api/v1/records/{Id(item, copy)}/{act}"), body);

        private Task<RecordState> State(AcceptanceItem item, string copy) => archive.State(Id(item, copy));

        private Guid Id(AcceptanceItem item, string copy) => archive.Served.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", Native(item, copy));

        private string Native(AcceptanceItem item, string copy) => $"{code}-{item.Id}-{copy}";

        private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.String => [element.GetString()!],
            JsonValueKind.Object => element.EnumerateObject().SelectMany(m => Strings(m.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
            _ => [],
        };
    }
}
