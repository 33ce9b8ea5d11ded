using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Completeness;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Http;

namespace ArchiveService.AppTests.Capture;

/// <summary>The archive beside the platform: absent is not deleted, and a day says how whole it is.</summary>
public sealed partial class Polling_mastodon
{
    private static string Lately(int hoursAgo) => TimeProvider.System.GetUtcNow().AddHours(-hoursAgo).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private async Task<Compared> Compare(Guid channel) => (await intake.Get<ComparePlatform>().Run(channel, default))!;

    /// <summary>As if the last comparison were hours ago.</summary>
    private Task Later(Guid channel) => Do($"update work.listed_items set counted_at = counted_at - interval '2 hours' where channel_id = '{channel}'");

    [Fact]
    public async Task concludes_a_deletion_from_two_absences_and_the_platforms_own_word()
    {
        await using var server = await FakeMastodon.Start();
        server.Statuses[100] = server.Status(100, "Står kvar", at: Lately(50));
        server.Statuses[101] = server.Status(101, "Tas bort", at: Lately(30));
        var channel = await Source(server);
        await Poll(channel);
        Assert.Equal(new(2, 0, 0, 0, "ok"), Counts(await Compare(channel)));

        // Once is nothing, and the same reading again is not another one.
        server.Statuses.Remove(101);
        Assert.Equal(new(1, 1, 0, 0, "ok"), Counts(await Compare(channel)));
        Assert.Equal(new(1, 1, 0, 0, "ok"), Counts(await Compare(channel)));
        Assert.Equal(Visibility.Visible, (await State(channel, server.Uri(101))).Visibility);

        // A fault of the platform says nothing.
        await Later(channel);
        server.Instead = async http =>
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await http.Response.WriteAsync("{}");
            return true;
        };
        Assert.Equal(new(0, 0, 0, 0, "unreachable"), Counts(await Compare(channel)));
        server.Instead = null;
        Assert.Equal(Visibility.Visible, (await State(channel, server.Uri(101))).Visibility);

        Assert.Equal(new(1, 1, 1, 0, "ok"), Counts(await Compare(channel)));
        Assert.Equal(Visibility.Deleted, (await State(channel, server.Uri(101))).Visibility);
        var told = (await History(channel, server.Uri(101)))[^1].Event;
        Assert.Equal((Certainty.Inferred, ActingParty.Unknown), (((ItemDeletedFromChannel)told).Observed!.Certainty, ((ItemDeletedFromChannel)told).Observed!.ActingParty));

        // What is recorded as deleted is missed no more.
        await Later(channel);
        Assert.Equal(new(1, 0, 0, 0, "ok"), Counts(await Compare(channel)));
        await intake.WorkOffInbox();
        Assert.Empty(await intake.Inbox());
        Assert.Equal(Visibility.Deleted, (await State(channel, server.Uri(101))).Visibility);
    }

    [Fact]
    public async Task does_not_take_a_hidden_item_for_a_deleted_one()
    {
        await using var server = await FakeMastodon.Start();
        server.Statuses[100] = server.Status(100, "Visas inte i listan", at: Lately(40));
        server.Statuses[101] = server.Status(101, "Visas", at: Lately(50));
        var channel = await Source(server);
        await Poll(channel);
        await Compare(channel);

        // Gone from the list, there by its own id: filtered, or the platform is slow.
        var hidden = server.Statuses[100];
        server.Instead = async http =>
        {
            if (http.Request.Path.Value == "/api/v1/accounts/1/statuses") server.Statuses.Remove(100);
            else server.Statuses[100] = hidden;
            await Task.CompletedTask;
            return false;
        };
        for (var i = 0; i < 3; i++)
        {
            await Compare(channel);
            await Later(channel);
        }

        Assert.Equal(Visibility.Visible, (await State(channel, server.Uri(100))).Visibility);
    }

    [Fact]
    public async Task a_day_says_how_whole_it_is_and_a_time_that_cannot_be_trusted_is_marked()
    {
        await using var server = await FakeMastodon.Start();
        server.Post(100, "Hej");
        var channel = await intake.NewChannel("mastodon", server.Actor);
        var known = (await intake.Get<ChannelRegister>().Find(channel, default))!;
        var today = intake.Get<CompletenessRegister>().Today;
        async Task<ChannelDay> Day()
        {
            await intake.Get<CloseDays>().Close(known, today, today, default);
            return Assert.Single(await intake.Get<CompletenessRegister>().Days(channel, today, today, default));
        }

        Assert.Equal((Coverage.Gap, "no-source"), ((await Day()).Coverage, (await Day()).Reason));

        await IntakeArchive.Ok(await intake.Staff.PutAsJsonAsync(At(channel), new { address = server.Address, account = "@kommun", means = "poll", intervalMinutes = 60 }));
        await Poll(channel);
        var since = TimeProvider.System.GetUtcNow();
        await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(Below(channel, "coverage"), new { from = since.AddMinutes(-5), until = since.AddMinutes(4) }));
        Assert.Equal(Coverage.Inferred, (await Day()).Coverage);

        var marked = await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(Below(channel, "untrusted"), new { from = since.AddHours(-1), reason = "Någon annan hade inloggningen" }));
        Assert.Equal(Coverage.Untrusted, (await Day()).Coverage);
        Assert.Equal("reason-missing", await IntakeArchive.Problem(await intake.Staff.PostAsJsonAsync(Below(channel, "untrusted"), new { from = since.AddHours(-1) })));
        Assert.Equal("period", await IntakeArchive.Problem(await intake.Staff.PostAsJsonAsync(Below(channel, "untrusted"), new { from = since.AddDays(1), reason = "Fel" })));

        var shown = await Page("tackning", $"/kanaler/{channel}/tackning", Role.Arkivarie);
        Assert.Contains("tveksam", shown, StringComparison.Ordinal);
        Assert.Contains("Någon annan hade inloggningen", shown, StringComparison.Ordinal);
        var told = await IntakeArchive.Ok(await intake.Staff.GetAsync(new Uri(Below(channel, "completeness") + $"?from={today:yyyy-MM-dd}&to={today:yyyy-MM-dd}", UriKind.Relative)));
        Assert.Equal("untrusted", told.GetProperty("days")[0].GetProperty("coverage").GetString());

        await IntakeArchive.Ok(await intake.Staff.PostAsJsonAsync(Below(channel, $"untrusted/{marked.GetProperty("id").GetGuid()}/trust"), new { reason = "Det var vi själva" }));
        Assert.Equal(Coverage.Inferred, (await Day()).Coverage);
        Assert.DoesNotContain(await intake.Faults(), fault => fault.StartsWith("completeness-", StringComparison.Ordinal));

        // Whoever does not belong to the authority knows of no such channel.
        await IntakeArchive.Ok(await intake.Staff.PutAsJsonAsync(IntakeArchive.Address("/api/v1/authorities/ANNAN"), new { name = "En annan nämnd", preset = "trosa" }));
        var other = intake.Served.Program(await intake.Served.Token("Annan Exempelsson", [new("admin", "ANNAN")]));
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(Below(channel, "completeness"))).StatusCode);
    }

    private static Uri Below(Guid channel, string path) => IntakeArchive.Address($"/api/v1/channels/{channel}/{path}");

    private static (int Listed, int Absent, int Gone, int Unclear, string Outcome) Counts(Compared compared) => (compared.Listed, compared.Absent, compared.Gone, compared.Unclear, compared.Outcome);
}
