using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Channels;

/// <summary>Closes an unused account (H-30). What is captured stays; late deliveries are still kept, flagged.</summary>
public sealed record CloseChannel(string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/close", async (Guid id, CloseChannel command, Caller caller, CloseChannelHandler handler, CancellationToken ct) =>
            (await handler.Close(id, command, caller, ct)).Answer())
        .WithName("close-channel");
}

public sealed class CloseChannelHandler(SealedLog log, ChannelRegister channels, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Close(Guid id, CloseChannel command, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");
        if (!caller.May(channel.Authority, Role.Kommunikator, Role.Admin)) return Refusal.NotAllowed("Bara kommunikatör eller administratör kan avsluta en kanal (H-30).");
        if (string.IsNullOrWhiteSpace(command.Reason) || command.Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför kanalen avslutas, högst 2000 tecken.");
        if (channel.ClosedAt is not null) return new Refusal("channel-closed", "Kanalen är redan avslutad.");

        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var at = clock.GetUtcNow();
        var closed = new Happened(new ChannelClosed(at, policy.Version), KeyClass.Channel, new Parts().With("reason", command.Reason.Trim()));
        var (_, version) = await log.Store.Fold(id, ChannelAccess.Folded, ct);
        var keys = await log.Keys([id], ct);
        NpgsqlBatchCommand[] beside =
        [
            new("update archive.channels set closed_at = $2 where channel_id = $1") { Parameters = { new() { Value = id }, new() { Value = at } } },
        ];
        return await log.Append([new(id, "channel", ExpectedVersion.Exactly(version), [closed])], keys, new(caller.PersonId.ToString("D")), beside, ct) switch
        {
            Appended.Done done => new Outcome.Done(done.LastSequence, done.Versions[id]),
            _ => Refusal.ChangedMeanwhile(version + 1),
        };
    }
}
