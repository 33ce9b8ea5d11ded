using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Sources;

/// <summary>What the sources of this installation may do.</summary>
/// <param name="AllowPrivate">An API may lie in the authority's own network, and need not be https.</param>
public sealed record SourcesOptions(bool AllowPrivate)
{
    public static SourcesOptions From(IConfiguration configuration) => new(configuration.GetValue("Sources:AllowPrivate", false));
}

/// <summary>Which platforms can be asked, and which listened to.</summary>
public sealed record SourceMeans(IReadOnlySet<string> Polled, IReadOnlySet<string> Streamed);

/// <summary>Sets up how a channel's platform is asked, or changes it.</summary>
/// <param name="Account">The platform's id of the account; on Mastodon its name does too.</param>
/// <param name="Means"><c>poll</c>, or <c>stream</c> where the platform has one; absent: poll.</param>
/// <param name="IntervalMinutes">Between two polls; absent: 15.</param>
/// <param name="Enabled">Absent: yes.</param>
public sealed record SetUpSource(string? Address, string? Account, string? Means = null, int? IntervalMinutes = null, bool? Enabled = null)
{
    public const int MostMinutes = 1440;

    public const int MostMinutesOfStories = 240;

    public Decision Decide(Channel channel, SourceMeans means, SourcesOptions options, int policyVersion)
    {
        var how = Means ?? "poll";
        if (channel.ClosedAt is not null) return SourceWords.Closed;
        if (!means.Polled.Contains(channel.Platform)) return new Refusal("source-platform", "Den här plattformen kan inte frågas automatiskt. Läs in en export, ta emot webhookar eller fånga för hand.");
        if (!Uri.TryCreate(Address?.Trim(), UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || (options.AllowPrivate && address.Scheme == Uri.UriSchemeHttp))
            || address.UserInfo.Length > 0 || address.Fragment.Length > 0 || address.Query.Length > 0)
            return Refusal.Input("source-address", "Ange adressen till plattformens API, som https://social.example, utan användarnamn och utan frågetecken.");
        if (Account?.Trim() is not { Length: > 0 and <= 200 } account || account.Any(char.IsControl) || account.Any(char.IsWhiteSpace)) return Refusal.Input("source-account", "Ange kontots id eller namn hos plattformen, högst 200 tecken.");
        if (how is not ("poll" or "stream") || (how == "stream" && !means.Streamed.Contains(channel.Platform))) return Refusal.Input("source-means", "Välj poll, eller stream där plattformen har en ström att lyssna på.");
        // A story is gone after a day.
        if (channel.Platform == "instagram" && IntervalMinutes > MostMinutesOfStories) return Refusal.Input("source-interval", $"Instagrams händelser försvinner efter ett dygn. Ange högst {MostMinutesOfStories} minuter.");
        if (IntervalMinutes is < 1 or > MostMinutes) return Refusal.Input("source-interval", "Tiden mellan två frågor ska vara 1–1440 minuter.");
        return new Happened(new SourceSetUp(channel.Authority, channel.Id, how, IntervalMinutes ?? 15, Enabled ?? true, policyVersion), KeyClass.Channel,
            new Parts().With("address", address.AbsoluteUri.TrimEnd('/')).With("account", account));
    }
}

/// <summary>Gives the source its access token, in the place of the one it had.</summary>
public sealed record SetCredential(string? Token)
{
    public Decision Decide(Channel channel, SourceState source, int policyVersion) =>
        !source.Exists ? SourceWords.NotSetUp
        : Token?.Trim() is not { Length: >= 8 and <= 4096 } token || token.Any(c => c is <= ' ' or > '~') ? Refusal.Input("source-token", "Klistra in åtkomstnyckeln som plattformen gav den: 8–4096 tecken, inga mellanslag.")
        : new Happened(new SourceCredentialSet(channel.Authority, channel.Id, source.HasCredential, policyVersion));

    /// <summary>Never the token: whatever writes a command down must not write that.</summary>
    public override string ToString() => nameof(SetCredential);
}

public static class SourceDecisions
{
    public static Decision RemoveCredential(Channel channel, SourceState source, int policyVersion) =>
        !source.Exists ? SourceWords.NotSetUp
        : !source.HasCredential ? new Refusal("source-no-token", "Källan har ingen åtkomstnyckel.")
        : new Happened(new SourceCredentialRemoved(channel.Authority, channel.Id, policyVersion));

    public static Decision Pause(Channel channel, SourceState source, int policyVersion) =>
        !source.Exists ? SourceWords.NotSetUp
        : !source.Enabled ? new Refusal("source-paused", "Källan är redan pausad.")
        : new Happened(new SourcePaused(channel.Authority, channel.Id, policyVersion));

    public static Decision Resume(Channel channel, SourceState source, int policyVersion) =>
        !source.Exists ? SourceWords.NotSetUp
        : channel.ClosedAt is not null ? SourceWords.Closed
        : source is { Enabled: true, Stopped: false } ? new Refusal("source-running", "Källan är redan igång.")
        : new Happened(new SourceResumed(channel.Authority, channel.Id, policyVersion));

    /// <summary>What the worker says of a failure: a dead token stops the source at once, and anything else that lasts is told once.</summary>
    public static SourceAlarmRaised? Alarm(Channel channel, SourceState source, string problem, int failures) =>
        problem == "token-dead" ? (source.Stopped && source.Alarm == problem ? null : new(channel.Authority, channel.Id, problem, Stopped: true))
        : problem != "throttled" && failures >= LastingFailures && source.Alarm is null ? new(channel.Authority, channel.Id, problem, Stopped: false)
        : null;

    public static SourceRecovered? Recovery(Channel channel, SourceState source) => source.Alarm is { } alarm ? new(channel.Authority, channel.Id, alarm) : null;

    /// <summary>When the source is asked next: after its interval, or the later the longer it has failed; and never before the platform said.</summary>
    public static DateTimeOffset Next(DateTimeOffset now, int intervalMinutes, int failures, DateTimeOffset? notBefore)
    {
        if (failures == 0) return now.AddMinutes(intervalMinutes);
        var patience = TimeSpan.FromMinutes(Math.Min(Math.Pow(2, Math.Min(failures, 20) - 1), LongestBackOffMinutes));
        var next = now + patience;
        if (notBefore is not { } told) return next;
        var latest = now.AddHours(24);
        return told > latest ? latest : told > now ? told : now.AddSeconds(5);
    }

    public const int LastingFailures = 5;

    private const int LongestBackOffMinutes = 360;
}

public sealed class SourceHandler(
    SealedLog log, KeyedIds ids, ChannelRegister channels, AuthorityRegister authorities, SourceRegister register, SourceSecrets secrets, IKeyProvider keys, SourceMeans means, SourcesOptions options, SourceBell bell)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/sources", async (Caller caller, SourceRegister register, CancellationToken ct) =>
            caller.IsService || !caller.MayAnywhere(Readers) ? Problems.Refused(NoReading) : (IResult)TypedResults.Ok(new { items = (await register.All(caller, ct)).Select(s => SourceAnswer.Of(s)) })).WithName("list-sources");
        routes.MapGet("/api/v1/sources/{id:guid}", async (Guid id, Caller caller, SourceRegister register, CancellationToken ct) =>
            await register.Find(id, caller, ct) is not { } source ? Problems.Refused(SourceWords.NoChannel)
            : !caller.May(source.Authority, Readers) ? Problems.Refused(NoReading)
            : (IResult)TypedResults.Ok(SourceAnswer.Of(source, await register.Polls(id, ct), await register.Gaps(id, ct)))).WithName("source");
        routes.MapPut("/api/v1/sources/{id:guid}", async (Guid id, SetUpSource command, Caller caller, SourceHandler handler, CancellationToken ct) => (await handler.SetUp(id, command, caller, ct)).Answer()).WithName("set-up-source");
        routes.MapPost("/api/v1/sources/{id:guid}/credential", async (Guid id, SetCredential command, Caller caller, SourceHandler handler, CancellationToken ct) => (await handler.SetCredential(id, command, caller, ct)).Answer()).WithName("set-source-credential");
        routes.MapPost("/api/v1/sources/{id:guid}/credential/remove", async (Guid id, Caller caller, SourceHandler handler, CancellationToken ct) => (await handler.RemoveCredential(id, caller, ct)).Answer()).WithName("remove-source-credential");
        routes.MapPost("/api/v1/sources/{id:guid}/pause", async (Guid id, Caller caller, SourceHandler handler, CancellationToken ct) => (await handler.Pause(id, caller, ct)).Answer()).WithName("pause-source");
        routes.MapPost("/api/v1/sources/{id:guid}/resume", async (Guid id, Caller caller, SourceHandler handler, CancellationToken ct) => (await handler.Resume(id, caller, ct)).Answer()).WithName("resume-source");
        routes.MapPost("/api/v1/sources/{id:guid}/poll", async (Guid id, Caller caller, SourceHandler handler, CancellationToken ct) =>
            await handler.PollNow(id, caller, ct) is { } refused ? Problems.Refused(refused) : (IResult)TypedResults.Accepted((string?)null)).WithName("poll-source-now");
    }

    public static Role[] Readers { get; } = [Role.Kommunikator, Role.Admin, Role.Moderator, Role.Registrator, Role.Chef, Role.Revisor];

    /// <summary>Who holds the connections, as they hold the log-ins of the channels.</summary>
    public static Role[] Keepers { get; } = [Role.Kommunikator, Role.Admin];

    private static Refusal NoReading => Refusal.NotAllowed("Bara de som arbetar med kanalerna ser hur de hämtas.");

    private static Refusal NoKeeping => Refusal.NotAllowed("Bara kommunikatör eller administratör sköter kanalernas källor.");

    public Task<Outcome> SetUp(Guid id, SetUpSource command, Caller caller, CancellationToken ct) => Do(id, caller, (channel, _, version) => command.Decide(channel, means, options, version), (channel, happened) => happened is SourceSetUp e
        ?
        [
            new("""
                insert into archive.sources (channel_id, authority_id, means, interval_minutes, enabled) values ($1, $2, $3, $4, $5)
                on conflict (channel_id) do update set means = excluded.means, interval_minutes = excluded.interval_minutes, enabled = excluded.enabled, stopped = archive.sources.stopped and not excluded.enabled
                """)
            {
                Parameters = { new() { Value = channel.Id }, new() { Value = channel.Authority }, new() { Value = e.Means }, new() { Value = e.IntervalMinutes }, new() { Value = e.Enabled } },
            },
            Due(channel.Id),
        ]
        : [], ct);

    public Task<Outcome> SetCredential(Guid id, SetCredential command, Caller caller, CancellationToken ct) => Do(id, caller, command.Decide, (channel, _) =>
    [
        new("update archive.sources set credential_at = clock_timestamp(), credential_by = $2, stopped = false where channel_id = $1") { Parameters = { new() { Value = channel.Id }, new() { Value = caller.PersonId } } },
        .. secrets.Writing(channel.Id, SourceSecrets.Token, command.Token!.Trim()),
        Due(channel.Id),
    ], ct);

    public Task<Outcome> RemoveCredential(Guid id, Caller caller, CancellationToken ct) => Do(id, caller, SourceDecisions.RemoveCredential, (channel, _) =>
    [
        new("update archive.sources set credential_at = null, credential_by = null where channel_id = $1") { Parameters = { new() { Value = channel.Id } } },
        SourceSecrets.Removing(channel.Id, SourceSecrets.Token),
    ], ct);

    public Task<Outcome> Pause(Guid id, Caller caller, CancellationToken ct) => Do(id, caller, SourceDecisions.Pause, (channel, _) =>
        [new("update archive.sources set enabled = false where channel_id = $1") { Parameters = { new() { Value = channel.Id } } }], ct);

    public Task<Outcome> Resume(Guid id, Caller caller, CancellationToken ct) => Do(id, caller, SourceDecisions.Resume, (channel, _) =>
        [new("update archive.sources set enabled = true, stopped = false where channel_id = $1") { Parameters = { new() { Value = channel.Id } } }, Due(channel.Id)], ct);

    /// <summary>Null when it is asked as soon as a worker is free.</summary>
    public async Task<Refusal?> PollNow(Guid id, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return SourceWords.NoChannel;
        if (!caller.May(channel.Authority, Keepers)) return NoKeeping;
        var source = SourceState.From(await log.Store.ReadStream(ids.Source(id), ct: ct));
        if (!source.Exists) return SourceWords.NotSetUp;
        if (source.Stopped || !source.Enabled) return new Refusal("source-stopped", "Källan står stilla. Starta den först.");
        await register.Due(id, ct);
        bell.Ring();
        return null;
    }

    private async Task<Outcome> Do(Guid id, Caller caller, Func<Channel, SourceState, int, Decision> decide, Func<Channel, SealableEvent, IReadOnlyList<NpgsqlBatchCommand>> beside, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return SourceWords.NoChannel;
        if (!caller.May(channel.Authority, Keepers)) return NoKeeping;
        var stream = ids.Source(id);
        for (var again = false; ; again = true)
        {
            var source = SourceState.From(await log.Store.ReadStream(stream, ct: ct));
            var decision = decide(channel, source, (await authorities.Find(channel.Authority, ct))!.Policy.Version);
            if (decision.Refused is { } why) return why;
            try
            {
                var expected = source.Version == 0 ? ExpectedVersion.NewStream : ExpectedVersion.Exactly(source.Version);
                if (await log.Append([new(stream, "source", expected, decision.Events)], await log.Keys([stream], ct), new(caller.PersonId.ToString("D")),
                        [.. decision.Events.SelectMany(e => beside(channel, e.Event))], ct) is Appended.Done done)
                {
                    bell.Ring();
                    return new Outcome.Done(done.LastSequence, done.Versions[stream]);
                }

                if (again) return Refusal.ChangedMeanwhile(source.Version);
            }
            catch (PostgresException refused) when (refused.SqlState == "AS012" && !again)
            {
                // The token was sealed under an epoch key that a rotation is destroying: once more under the new one.
                keys.ReadAgain();
            }
        }
    }

    private static NpgsqlBatchCommand Due(Guid channel) => new("""
        insert into work.source_runs (channel_id) values ($1) on conflict (channel_id) do update set due_at = clock_timestamp(), failures = 0
        """)
    { Parameters = { new() { Value = channel } } };
}
