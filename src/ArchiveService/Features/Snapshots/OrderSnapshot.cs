using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Snapshots;

/// <summary>Asks for a snapshot besides the schedule: a question is debated (H-28), the channel changes (T-19). A person orders it; nothing orders itself.</summary>
/// <param name="Due">The day it is to be taken by; a week from today when absent, which is our choice.</param>
public sealed record OrderSnapshot(string? Occasion, string? Reason, DateOnly? Due)
{
    private const int DaysWhenNotSaid = 7;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/snapshots/orders", async (Guid id, OrderSnapshot command, Caller caller, OrderSnapshotHandler handler, CancellationToken ct) =>
        {
            var (order, outcome) = await handler.Order(id, command, caller, ct);
            return outcome is Outcome.Done done ? (IResult)TypedResults.Created($"/api/v1/channels/{id}/snapshots", new { id = order, done.LastSequence, done.Version }) : outcome.Answer();
        })
        .WithName("order-snapshot");

    /// <summary>Pure.</summary>
    public Decision Decide(Guid id, Channel channel, Policy policy, DateOnly today)
    {
        if (channel.ClosedAt is not null) return new Refusal("channel-closed", "Kanalen är avslutad.");
        if (TakeSnapshot.Occasions.FirstOrDefault(o => o.Word == Occasion && o.Word != "scheduled") is not { Word: not null } occasion)
            return Refusal.Input("occasion-unknown", $"Anledningen kan vara: {string.Join(", ", TakeSnapshot.Occasions.Where(o => o.Word != "scheduled").Select(o => o.Word))}.");
        if (Reason?.Trim() is not { Length: > 0 and <= 2000 } reason) return Refusal.Input("reason-missing", "Skriv varför en extra ögonblicksbild behövs, högst 2000 tecken.");
        var due = Due ?? today.AddDays(DaysWhenNotSaid);
        return due < today
            ? Refusal.Input("due-passed", "Den dag ögonblicksbilden ska vara tagen kan inte redan ha varit.")
            : new Happened(new SnapshotOrdered(id, occasion.Occasion, due, policy.Version), KeyClass.Channel, new Parts().With("reason", reason));
    }
}

public sealed class OrderSnapshotHandler(SealedLog log, ChannelRegister channels, AuthorityRegister authorities, TimeProvider clock)
{
    public static readonly Role[] Orderers = [Role.Kommunikator, Role.Moderator, Role.Arkivarie, Role.Chef];

    public async Task<(Guid Order, Outcome Outcome)> Order(Guid channelId, OrderSnapshot command, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (await channels.Find(channelId, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return (id, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (!caller.May(channel.Authority, Orderers)) return (id, Refusal.NotAllowed("Bara kommunikatör, moderator, arkivarie eller chef begär en extra ögonblicksbild (H-28, T-19)."));
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var decision = command.Decide(id, channel, policy, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is { } refused) return (id, refused);

        var ordered = (SnapshotOrdered)decision.Events[0].Event;
        NpgsqlBatchCommand[] beside =
        [
            new("insert into archive.snapshot_orders (order_id, channel_id, occasion, due_on, ordered_at) select $1, $2, $3, $4, s.timestamp from archive.mt_streams s where s.id = $2")
            {
                Parameters = { new() { Value = id }, new() { Value = channelId }, new() { Value = Records.RecordStates.Stored(ordered.Occasion) }, new() { Value = ordered.DueOn } },
            },
        ];
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var (_, version) = await log.Store.Fold(channelId, ChannelAccess.Folded, ct);
            var keys = await log.Keys([channelId], ct);
            if (await log.Append([new(channelId, "channel", ExpectedVersion.Exactly(version), decision.Events)], keys, new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done)
                return (id, new Outcome.Done(done.LastSequence, done.Versions[channelId]));
        }

        return (id, Refusal.ChangedMeanwhile(0));
    }
}
