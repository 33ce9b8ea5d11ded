using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Snapshots;

public static class SnapshotRoutes
{
    public static IServiceCollection AddSnapshots(this IServiceCollection services) => services
        .AddSingleton<SnapshotRegister>().AddSingleton<SnapshotCalendar>().AddSingleton<TakeSnapshotHandler>().AddSingleton<OrderSnapshotHandler>().AddSingleton<ClosingChecklist>();

    public static void MapSnapshots(this IEndpointRouteBuilder routes)
    {
        TakeSnapshot.Map(routes);
        OrderSnapshot.Map(routes);
        routes.MapGet("/api/v1/channels/{id:guid}/snapshots", OfChannel).WithName("snapshots-of-channel");
        routes.MapGet("/api/v1/channels/{id:guid}/closing", Closing).WithName("closing-checklist");
        routes.MapGet("/api/v1/snapshots/due", Due).WithName("snapshots-due");
    }

    private static async Task<IResult> OfChannel(Guid id, Caller caller, ChannelRegister channels, SnapshotRegister register, SnapshotCalendar calendar, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        var due = (await calendar.Of(caller, ct)).First(d => d.Channel == id);
        return TypedResults.Ok(new
        {
            due,
            items = (await register.Of(id, caller.MayReadSecret(channel.Authority), caller.MayAssess(channel.Authority), ct)).Select(s => new
            {
                s.Id,
                s.From,
                s.To,
                s.Occasion,
                s.CoversContent,
                s.CoversLayout,
                s.TakenAt,
                secret = s.Wall == Wall.Secret,
                s.Files,
                s.DisposedAt,
            }),
        });
    }

    private static async Task<IResult> Closing(Guid id, Caller caller, ChannelRegister channels, ClosingChecklist closing, CancellationToken ct) =>
        await channels.Find(id, ct) is { } channel && caller.IsStaffOf(channel.Authority)
            ? TypedResults.Ok(await closing.Of(channel, caller, ct))
            : Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));

    /// <summary>What is due by a day (today when absent), and what is overdue; <c>all</c> also what has no day.</summary>
    private static async Task<IResult> Due(DateOnly? by, bool? all, string? authority, Caller caller, SnapshotCalendar calendar, CancellationToken ct)
    {
        if (caller.IsService) return Problems.Refused(Refusal.NotAllowed("Ett tjänstekonto tar inga ögonblicksbilder."));
        var until = by ?? calendar.Today;
        var items = (await calendar.Of(caller, ct)).Where(d => d.Closed is null && (authority is null || d.Authority == authority) && (all == true || d.DueOn <= until));
        return TypedResults.Ok(new { today = calendar.Today, items });
    }
}
