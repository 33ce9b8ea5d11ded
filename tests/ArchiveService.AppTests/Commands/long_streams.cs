using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Views;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Commands;

/// <summary>Streams that live for years are folded from where they were kept, and decided on as if from their beginning.</summary>
public sealed class A_command_on_a_long_stream(ViewedArchive archive) : IClassFixture<ViewedArchive>
{
    [Fact]
    public async Task of_a_person_who_has_read_much_behind_walls_decides_on_everything_that_was_granted()
    {
        await archive.Archive.Token("Vera Läsarsson", [new("registrator", "KS"), new("moderator", "KS")], clearance: true);
        var register = archive.Archive.Services.GetRequiredService<PersonRegister>();
        var id = (await register.Find("Vera Läsarsson", service: false, default))!.Value;
        var vera = new Caller(id, "", [], Clearance: true, IsService: false, []);
        await archive.Archive.Services.GetRequiredService<RecordReads>().Note(vera, Enumerable.Range(0, 600).Select(n => (new Guid($"0199aaaa-0000-7000-8000-{n:x12}"), "secret")), default);
        await Decide();

        Assert.Equal(["person"], await archive.Column($"select name from work.snapshots where stream_id = '{id}'"));
        await archive.Archive.Token("Vera Läsarsson", [new("arkivarie", "BN")]);
        var (decidedOn, done) = await Decide();

        var history = await archive.Archive.Services.GetRequiredService<SealedLog>().Store.ReadStream(id);
        var whole = history.Aggregate(new Person(id), (person, recorded) => person.After(recorded.Event));
        Assert.Equal(whole with { Grants = decidedOn.Grants, Tokens = decidedOn.Tokens, ClearedIn = decidedOn.ClearedIn }, decidedOn);
        Assert.True(whole.ClearedIn.SetEquals(decidedOn.ClearedIn) && whole.ClearedIn.Count > 0);
        Assert.True(whole.Grants.SetEquals(decidedOn.Grants) && whole.Grants.Count == 3);
        Assert.True(whole.Tokens.SetEquals(decidedOn.Tokens) && whole.Tokens.Count == 2);
        Assert.Equal((history[^1].Sequence, history[^1].Version), (done.LastSequence, done.Version));

        async Task<(Person DecidedOn, Outcome.Done Done)> Decide()
        {
            Person? seen = null;
            var outcome = await register.Decide(id, person => { seen = person; return Decision.Nothing; }, vera, default);
            return (seen!, Assert.IsType<Outcome.Done>(outcome));
        }
    }

    [Fact]
    public async Task of_a_channel_tells_no_loss_of_access_twice_and_closes_it()
    {
        var lost = Enumerable.Range(0, 600).Select(n => (object)new { act = "access_lost", nativeEventId = $"lost-{n}", nativeId = "kanalen", occurredAt = "2026-03-01T12:00:00Z" }).ToArray();
        var first = await archive.Capture(lost);
        var again = await archive.Capture([.. lost, new { act = "access_lost", nativeEventId = "lost-600", nativeId = "kanalen", occurredAt = "2026-03-01T12:00:00Z" }]);

        Assert.Equal((600, 0), (first.GetProperty("accepted").GetInt32(), first.GetProperty("duplicates").GetInt32()));
        Assert.Equal((1, 600), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        Assert.Equal(["channel-access"], await archive.Column($"select name from work.snapshots where stream_id = '{archive.Channel}'"));

        var admin = archive.Archive.Program(await archive.Archive.Token("Ada Administratör", [new("admin")]));
        await ViewedArchive.Json(await admin.PostAsJsonAsync(new Uri($"/api/v1/channels/{archive.Channel}/close", UriKind.Relative), new { reason = "Plattformen är nedlagd." }));

        Assert.Equal(["603 channel_closed"], await archive.Column($"select version || ' ' || type from archive.mt_events where stream_id = '{archive.Channel}' order by version desc limit 1"));
    }
}
