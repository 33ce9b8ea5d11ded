using System.Net;
using System.Net.Http.Json;
using ArchiveService.Access;
using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>The connection is cut while a command's transaction stands in the middle of its append.</summary>
[Collection(nameof(CommandArchive))]
public sealed class Losing_the_database(CommandArchive archive)
{
    private static readonly object Insult = new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning", senderNotified = true };

    [Theory]
    [InlineData("put-authority")]
    [InlineData("change-authority")]
    [InlineData("register-channel")]
    [InlineData("close-channel")]
    [InlineData("hide")]
    [InlineData("unpublish")]
    [InlineData("secrecy")]
    [InlineData("register")]
    [InlineData("close-case")]
    [InlineData("assess")]
    public async Task in_the_middle_of_a_command_leaves_nothing_and_the_command_can_be_given_again(string command)
    {
        var give = await Prepared(command);
        var before = await Rows();

        var answer = await CutOff(give);

        Assert.Equal((503, "database-unavailable"), await Refused(answer));
        Assert.Equal("5", answer.Headers.RetryAfter?.ToString());
        Assert.Equal(before, await Rows());

        await Ok(await give());
        Assert.NotEqual(before, await Rows());
    }

    [Fact]
    public async Task on_a_page_is_told_in_Swedish()
    {
        var id = await archive.A_comment();
        var browser = await archive.Browser("avbrott", Role.Registrator);

        var answer = await CutOff(() => ServedArchive.Post(browser, $"/handlingar/{id}/registrera", $"/handlingar/{id}/registrera", ("Subject", "Synpunkt"), ("Where", "new"), ("Title", "Skolmaten")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("5", answer.Headers.RetryAfter?.ToString());
        Assert.Contains("Tjänsten är inte redo än", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Equal(Features.Records.Registration.Captured, (await archive.State(id)).Registration);
    }

    private async Task<Func<Task<HttpResponseMessage>>> Prepared(string command)
    {
        var id = await archive.A_comment();
        switch (command)
        {
            case "put-authority":
                return () => archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/LOSTA"), new { name = "Nämnden", preset = "trosa" });
            case "change-authority":
                return () => archive.Everybody.PutAsJsonAsync(At("/api/v1/authorities/TKS"), new { name = "Nämnden igen", preset = "toreboda" });
            case "register-channel":
                return () => archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), Channel("lost-1"));
            case "close-channel":
                var channel = (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), Channel("lost-2")))).GetProperty("id").GetGuid();
                return () => archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/close"), new { reason = "Används inte" });
            case "hide" or "unpublish":
                return () => archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/{command}"), Insult);
            case "secrecy":
                return () => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/secrecy"), new { provision = "OSL 25 kap. 1 §" });
            case "assess":
                return () => archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/assess"), new { isQuestion = true });
            case "close-case":
                var @case = (await Ok(await archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase()))).GetProperty("caseId").GetGuid();
                return () => archive.Registrator.PostAsJsonAsync(At($"/api/v1/cases/{@case}/close"), new { });
            default:
                return () => archive.Registrator.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), NewCase());
        }
    }

    private static object Channel(string native) => new { authority = "HKS", platform = "facebook", nativeAccountId = native, handle = native, purpose = "Dialog" };

    /// <summary>Readers pass; the append waits in its transaction until its connection is cut.</summary>
    private async Task<HttpResponseMessage> CutOff(Func<Task<HttpResponseMessage>> give)
    {
        await using var holder = await archive.Served.Database!.Superuser.OpenConnectionAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await Run(holder, "lock table archive.mt_events in exclusive mode");
        var dying = give();

        // Asked outside the holder's transaction: inside one, pg_stat_activity keeps its first reading, and a session opened since is never seen.
        await using var watcher = await archive.Served.Database.Superuser.OpenConnectionAsync();
        await using var waiting = new NpgsqlCommand("""
            select pid from pg_stat_activity where datname = current_database() and usename = 'archive_writer'
              and pid in (select pid from pg_locks where relation = 'archive.mt_events'::regclass and not granted)
            """, watcher);
        for (var tries = 0; tries < 400; tries++)
        {
            if (await waiting.ExecuteScalarAsync() is int pid)
            {
                await Run(holder, $"select pg_terminate_backend({pid})");
                var answer = await dying;
                await holding.RollbackAsync();
                return answer;
            }

            await Task.Delay(25);
        }

        throw new TimeoutException($"No append waits; the command {(dying.IsCompleted ? $"answered {(await dying).StatusCode}" : "has not answered")}.");
    }

    private async Task<string> Rows() => (await archive.Served.Value<string>("""
        select concat_ws(' ', (select count(*) from archive.mt_events), (select count(*) from archive.mt_streams), (select sum(version) from archive.mt_streams),
          (select count(*) from archive.sealed_content), (select count(*) from archive.authorities), (select count(*) from archive.policy_versions),
          (select count(*) from archive.channels), (select count(*) from archive.channel_routes), (select count(closed_at) from archive.channels),
          (select count(*) from archive.cases), (select count(closed_at) from archive.cases), (select count(*) from archive.diary_entries),
          (select sum(last) from archive.diary_counters), (select sum(version) from archive.record_states))
        """))!;

    private static async Task Run(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
