using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;

namespace ArchiveService.Features.Outgoing;

/// <summary>What other diary systems are told: read on from a place, looked at, and tried again.</summary>
public static class OutgoingRoutes
{
    public static Role[] Readers { get; } = [Role.Registrator, Role.Arkivarie, Role.Admin];

    public static Role[] Keepers { get; } = [Role.Registrator, Role.Admin];

    public static IServiceCollection AddOutgoing(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(ExternalDiary.Read(configuration)).AddSingleton<OutgoingEntries>().AddSingleton<OutgoingWorker>().AddHostedService(s => s.GetRequiredService<OutgoingWorker>());

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/authorities/{code}/outgoing", async (string code, string? after, string? limit, Caller caller, AuthorityRegister register, OutgoingEntries entries, CancellationToken ct) =>
        {
            if (await register.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return Problems.Refused(Unknown);
            if (!caller.May(authority.Id, Role.Registrator, Role.Arkivarie)) return Problems.Refused(Refusal.NotAllowed("Bara registrator eller arkivarie får läsa postlistan till andra diarier."));
            var most = OutgoingEntries.MostRead;
            long place = 0;
            var some = 100;
            if ((after is { Length: > 0 } && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out place))
                || (limit is { Length: > 0 } && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out some) || some < 1 || some > most)))
                return Problems.Refused(Refusal.Input("outgoing-after", $"after är ett heltal, platsen som lästs sist; limit är 1–{most}."));
            var (items, next, more) = await entries.After(authority, place, some, caller, ct);
            return (IResult)TypedResults.Ok(new { items, next, more });
        }).WithName("get-outgoing");
        routes.MapGet("/api/v1/authorities/{code}/outgoing/queue", async (string code, Caller caller, AuthorityRegister register, OutgoingEntries entries, CancellationToken ct) =>
            await register.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id) ? Problems.Refused(Unknown)
            : !caller.May(authority.Id, Readers) ? Problems.Refused(No)
            : (IResult)TypedResults.Ok(await entries.Standing(authority, ct))).WithName("get-outgoing-queue");
        routes.MapPost("/api/v1/authorities/{code}/outgoing/{id:guid}/retry", async (string code, Guid id, Caller caller, AuthorityRegister register, OutgoingEntries entries, CancellationToken ct) =>
            await register.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id) ? Problems.Refused(Unknown)
            : !caller.May(authority.Id, Keepers) ? Problems.Refused(No)
            : await entries.Retry(authority, id, ct) ? TypedResults.Accepted((string?)null)
            : (IResult)Problems.Refused(Refusal.Unknown("outgoing", "Den anteckningen väntar inte på att sändas."))).WithName("retry-outgoing");
    }

    internal static Refusal Unknown => Refusal.Unknown("authority", "Myndigheten finns inte, eller så får du inte se den.");

    private static Refusal No => Refusal.NotAllowed("Bara registrator eller administratör får se och sända om det som går till det andra diariet.");
}
