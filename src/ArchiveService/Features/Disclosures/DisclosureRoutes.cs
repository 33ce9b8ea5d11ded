using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Disclosures;

public static class DisclosureRoutes
{
    public static IServiceCollection AddDisclosures(this IServiceCollection services) => services
        .AddSingleton<ReceiveRequestHandler>().AddSingleton<DisclosureStatuses>();

    public static void MapDisclosures(this IEndpointRouteBuilder routes)
    {
        DisclosureStatuses.Map(routes);
        routes.MapPost("/api/v1/disclosures", async (ReceiveRequest command, Caller caller, ReceiveRequestHandler handler, CancellationToken ct) =>
        {
            var (id, reference, outcome) = await handler.Receive(command, caller, ct);
            return outcome is Outcome.Done done
                ? TypedResults.Created($"/api/v1/disclosures/{id}", new { id, reference, lastSequence = done.LastSequence, version = done.Version })
                : outcome.Answer();
        }).WithName("receive-disclosure-request");
    }
}
