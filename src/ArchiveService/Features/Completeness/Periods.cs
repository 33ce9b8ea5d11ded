using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Completeness;

/// <summary>Says that what came from a channel in a time cannot be trusted, as when its log-in was in other hands.</summary>
/// <param name="Until">Absent: until further notice.</param>
public sealed record MarkUntrusted(DateTimeOffset? From, DateTimeOffset? Until, string? Reason)
{
    public Decision Decide(Channel channel, Guid period, DateTimeOffset now, int policyVersion) =>
        From is not { } from ? Refusal.Input("period-from", "Ange från när det som kom från kanalen inte går att lita på.")
        : from > now || Until > now ? Refusal.Input("period", "Perioden kan inte ligga i framtiden. Lämna slutet tomt om den pågår.")
        : Until <= from ? Refusal.Input("period", "Slutet ska ligga efter början.")
        : Reason?.Trim() is not { Length: >= 3 and <= 2000 } reason ? Refusal.Input("reason-missing", "Skriv vad som har hänt, 3–2 000 tecken.")
        : new Happened(new PeriodMarkedUntrusted(channel.Authority, channel.Id, period, from.ToUniversalTime(), Until?.ToUniversalTime(), policyVersion), KeyClass.Channel, new Parts().With("reason", reason));
}

public sealed record TrustAgain(string? Reason)
{
    public Decision Decide(Channel channel, UntrustedPeriod? period, int policyVersion) =>
        period is null ? Refusal.Unknown("period", "Perioden finns inte.")
        : period.TrustedAt is not null ? Decision.Nothing
        : Reason?.Trim() is not { Length: >= 3 and <= 2000 } reason ? Refusal.Input("reason-missing", "Skriv varför det går att lita på kanalen igen, 3–2 000 tecken.")
        : new Happened(new PeriodTrustedAgain(channel.Authority, channel.Id, period.Id, policyVersion), KeyClass.Channel, new Parts().With("reason", reason));
}

/// <summary>A script says that all that happened in the channel in this time has been sent.</summary>
public sealed record CoverPeriod(DateTimeOffset? From, DateTimeOffset? Until)
{
    public const int MostDays = 400;

    public Decision Decide(Channel channel, DateTimeOffset now) =>
        From is not { } from || Until is not { } until ? Refusal.Input("period-from", "Ange from och until som tidpunkter.")
        : until > now.AddMinutes(5) ? Refusal.Input("period", "Det som ännu inte har hänt kan inte vara skickat.")
        : until <= from || until - from > TimeSpan.FromDays(MostDays) ? Refusal.Input("period", $"until ska ligga efter from, högst {MostDays} dagar.")
        : new Happened(new PeriodCovered(channel.Authority, channel.Id, from.ToUniversalTime(), until.ToUniversalTime()));
}

public sealed class PeriodHandler(SealedLog log, KeyedIds ids, ChannelRegister channels, AuthorityRegister authorities, CompletenessRegister register, CloseDays closing, TimeProvider clock)
{
    private static readonly Refusal NoChannel = Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    public static Role[] Markers { get; } = [Role.Kommunikator, Role.Admin, Role.Arkivarie];

    public async Task<(Guid Id, Outcome Outcome)> Mark(Guid id, MarkUntrusted command, Caller caller, CancellationToken ct)
    {
        var period = Guid.CreateVersion7(clock.GetUtcNow());
        return (period, await Do(id, caller, (channel, version) => Task.FromResult(command.Decide(channel, period, clock.GetUtcNow(), version)), happened => happened is PeriodMarkedUntrusted e
            ? new("insert into archive.untrusted_periods (period_id, channel_id, from_at, until_at) values ($1, $2, $3, $4)")
            {
                Parameters = { new() { Value = e.Period }, new() { Value = id }, new() { Value = e.From }, new() { Value = (object?)e.Until ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
            }
            : null, ct));
    }

    public Task<Outcome> Trust(Guid id, Guid period, TrustAgain command, Caller caller, CancellationToken ct) => Do(id, caller,
        async (channel, version) => command.Decide(channel, (await register.Untrusted(id, ct)).FirstOrDefault(p => p.Id == period), version), happened => happened is PeriodTrustedAgain e
            ? new("update archive.untrusted_periods set trusted_at = clock_timestamp() where period_id = $1") { Parameters = { new() { Value = e.Period } } }
            : null, ct);

    /// <summary>By whoever may send captures to the channel: a connector of it, or those who work with it.</summary>
    public async Task<Outcome> Cover(Guid id, CoverPeriod command, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !Records.Captures.MayCapture(caller, channel)) return NoChannel;
        return await Write(channel, command.Decide(channel, clock.GetUtcNow()), caller, happened => happened is PeriodCovered e
            ? new("insert into archive.covered_periods (channel_id, from_at, until_at) values ($1, $2, $3) on conflict do nothing") { Parameters = { new() { Value = id }, new() { Value = e.From }, new() { Value = e.Until } } }
            : null, ct);
    }

    private async Task<Outcome> Do(Guid id, Caller caller, Func<Channel, int, Task<Decision>> decide, Func<SealableEvent, NpgsqlBatchCommand?> beside, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NoChannel;
        if (!caller.May(channel.Authority, Markers)) return Refusal.NotAllowed("Bara kommunikatör, administratör eller arkivarie säger om en period går att lita på.");
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        return await Write(channel, await decide(channel, policy.Version), caller, beside, ct);
    }

    private async Task<Outcome> Write(Channel channel, Decision decision, Caller caller, Func<SealableEvent, NpgsqlBatchCommand?> beside, CancellationToken ct)
    {
        if (decision.Refused is { } why) return why;
        if (decision.Events.Count == 0) return new Outcome.Done(0, 0);
        var stream = ids.Completeness(channel.Id);
        NpgsqlBatchCommand[] statements = [.. decision.Events.Select(e => beside(e.Event)).OfType<NpgsqlBatchCommand>()];
        if (await log.Append([new(stream, "completeness", ExpectedVersion.Any, decision.Events)], await log.Keys([stream], ct), new(caller.PersonId.ToString("D")), statements, ct) is not Appended.Done done) return Refusal.ChangedMeanwhile(0);
        await closing.Close(channel, register.Today.AddDays(-CloseDays.DaysBack), register.Today.AddDays(-1), ct);
        return new Outcome.Done(done.LastSequence, done.Versions[stream]);
    }
}
