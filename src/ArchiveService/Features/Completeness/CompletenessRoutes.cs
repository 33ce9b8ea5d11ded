using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Completeness;

public static class CompletenessRoutes
{
    private const int MostDays = 400;

    public static Role[] Readers { get; } = [.. Sources.SourceHandler.Readers, Role.Arkivarie];

    private static Refusal NoChannel => Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/channels/{id:guid}/completeness", Show).WithName("channel-completeness");
        routes.MapPost("/api/v1/channels/{id:guid}/completeness/close", Close).WithName("close-channel-days");
        routes.MapPost("/api/v1/channels/{id:guid}/compare", Compare).WithName("compare-channel");
        routes.MapPost("/api/v1/channels/{id:guid}/untrusted", async (Guid id, MarkUntrusted command, Caller caller, PeriodHandler handler, CancellationToken ct) =>
        {
            var (period, outcome) = await handler.Mark(id, command, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Json(new { id = period, lastSequence = done.LastSequence }, statusCode: StatusCodes.Status201Created) : outcome.Answer();
        }).WithName("mark-untrusted");
        routes.MapPost("/api/v1/channels/{id:guid}/untrusted/{period:guid}/trust", async (Guid id, Guid period, TrustAgain command, Caller caller, PeriodHandler handler, CancellationToken ct) =>
            (await handler.Trust(id, period, command, caller, ct)).Answer()).WithName("trust-again");
        routes.MapPost("/api/v1/channels/{id:guid}/coverage", async (Guid id, CoverPeriod command, Caller caller, PeriodHandler handler, CancellationToken ct) =>
            (await handler.Cover(id, command, caller, ct)).Answer()).AllowConnectors("id").WithName("cover-period");
    }

    private static async Task<IResult> Show(Guid id, DateOnly? from, DateOnly? to, Caller caller, ChannelRegister channels, CompletenessRegister register, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Problems.Refused(NoChannel);
        if (!caller.May(channel.Authority, Readers)) return Problems.Refused(Refusal.NotAllowed("Bara de som arbetar med kanalerna eller arkivet ser hur hela de är."));
        var last = to ?? register.Today.AddDays(-1);
        var first = from ?? last.AddDays(-CloseDays.DaysBack + 1);
        if (first > last || last.DayNumber - first.DayNumber > MostDays) return Problems.Refused(Refusal.Input("period", $"from ska ligga före to, högst {MostDays} dagar."));
        var days = await register.Days(id, first, last, ct);
        return TypedResults.Ok(new
        {
            channel = id,
            from = first,
            to = last,
            days = days.Select(d => new { d.Day, coverage = CloseDays.Word(d.Coverage), d.Reason, missingSeconds = (long)d.Missing.TotalSeconds, d.Items, d.ClosedAt }),
            untrusted = await register.Untrusted(id, ct),
            comparisons = await register.Comparisons(id, ct),
            silentSince = (await register.Silent([channel.Authority], ct)).FirstOrDefault(s => s.Channel == id)?.LastHeardAt,
        });
    }

    private static async Task<IResult> Close(Guid id, Caller caller, ChannelRegister channels, CompletenessRegister register, CloseDays closing, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Problems.Refused(NoChannel);
        if (!caller.May(channel.Authority, PeriodHandler.Markers)) return Problems.Refused(Refusal.NotAllowed("Bara kommunikatör, administratör eller arkivarie låter räkna om dagarna."));
        return TypedResults.Ok(new { told = await closing.Close(channel, register.Today.AddDays(-CloseDays.DaysBack), register.Today.AddDays(-1), ct) });
    }

    private static async Task<IResult> Compare(Guid id, Caller caller, ChannelRegister channels, ComparePlatform compare, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Problems.Refused(NoChannel);
        if (!caller.May(channel.Authority, PeriodHandler.Markers)) return Problems.Refused(Refusal.NotAllowed("Bara kommunikatör, administratör eller arkivarie låter jämföra kanalen med plattformen."));
        return await compare.Run(id, ct) is { } compared ? TypedResults.Ok(compared) : Problems.Refused(CannotCompare);
    }

    internal static Refusal CannotCompare => new("source-not-comparable", "Kanalen kan inte jämföras: den har ingen källa, eller så kan plattformen inte frågas om allt den visar.");
}
