using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Snapshots;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Channels;

/// <summary>
/// Closes an unused account (H-30). What is captured stays; late deliveries are still kept, flagged. A channel with content is closed only when
/// a closing snapshot has its content and its layout.
/// </summary>
/// <param name="Acknowledged">Has read what the platform's closing destroys. Absent: not asked; false is refused.</param>
/// <param name="Informed">Which managers were told (H-30).</param>
public sealed record CloseChannel(string? Reason, bool? Acknowledged = null, string? Informed = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/close", async (Guid id, CloseChannel command, Caller caller, CloseChannelHandler handler, CancellationToken ct) =>
            (await handler.Close(id, command, caller, ct)).Answer())
        .WithName("close-channel");

    /// <summary>Pure.</summary>
    public Decision Decide(Channel channel, ClosingChecks checks, Policy policy, DateTimeOffset at)
    {
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför kanalen avslutas, högst 2000 tecken.");
        if (channel.ClosedAt is not null) return new Refusal("channel-closed", "Kanalen är redan avslutad.");
        if (Informed is { Length: > 500 }) return Refusal.Input("informed-too-long", "Vilka som är informerade får vara högst 500 tecken.");
        if (checks.Refuse() is { } missing) return missing;
        if (checks.LosesSomething && Acknowledged == false) return new Refusal("losses-not-acknowledged", "Läs vad som förstörs när plattformen stänger kontot, och säg att du har gjort det (H-30).");
        var informed = string.IsNullOrWhiteSpace(Informed) ? null : Informed.Trim();
        var closed = new Happened(new ChannelClosed(at, policy.Version), KeyClass.Channel, new Parts().With("reason", Reason.Trim()));
        // An unused account closes as it always has; what stood at the closing is told where there was something to close.
        return checks.TakenIntoUse || checks.Snapshots.Count > 0 || informed is not null
            ? new Decision(
            [
                new(new ChannelClosingChecked(
                    checks.TakenIntoUse, checks.Snapshots, checks.CoversContent, checks.CoversLayout, checks.Lost.Where(l => l.Value > 0).ToDictionary(), Acknowledged == true, informed is not null, policy.Version),
                    KeyClass.Channel, new Parts().With("informed", informed)),
                closed,
            ])
            : closed;
    }
}

public sealed class CloseChannelHandler(SealedLog log, ChannelRegister channels, AuthorityRegister authorities, ClosingChecklist closing, TimeProvider clock)
{
    public async Task<Outcome> Close(Guid id, CloseChannel command, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");
        if (!caller.May(channel.Authority, Role.Kommunikator, Role.Admin)) return Refusal.NotAllowed("Bara kommunikatör eller administratör kan avsluta en kanal (H-30).");

        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var at = clock.GetUtcNow();
        var (_, version) = await log.Store.Fold(id, ChannelAccess.Folded, ct);
        var decision = command.Decide(channel, await closing.Of(channel, caller, ct), policy, at);
        if (decision.Refused is { } refused) return refused;
        var keys = await log.Keys([id], ct);
        NpgsqlBatchCommand[] beside =
        [
            new("update archive.channels set closed_at = $2 where channel_id = $1") { Parameters = { new() { Value = id }, new() { Value = at } } },
        ];
        return await log.Append([new(id, "channel", ExpectedVersion.Exactly(version), decision.Events)], keys, new(caller.PersonId.ToString("D")), beside, ct) switch
        {
            Appended.Done done => new Outcome.Done(done.LastSequence, done.Versions[id]),
            _ => Refusal.ChangedMeanwhile(version + 1),
        };
    }
}
