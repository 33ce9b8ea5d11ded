using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Operations;

/// <summary>/metrics: for programs that watch, on this machine; from elsewhere with an administrator's token.</summary>
public static class Metrics
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // From now on, not from the first question on.
        routes.ServiceProvider.GetRequiredService<Measurements>();
        routes.MapGet("/metrics", async (HttpContext http, Measurements measurements, MeasuredState state, CancellationToken ct) =>
            RefusedFor(http) is { } refused ? Problems.Refused(refused)
            : (IResult)TypedResults.Text(PrometheusText.Write([.. await state.Read(ct), .. measurements.Read()]), PrometheusText.ContentType)).AllowAnonymous().WithName("metrics");
    }

    private static Refusal? RefusedFor(HttpContext http) =>
        LocalAccounts.FromThisMachine(http) ? null
        : !http.Request.Headers.ContainsKey("Authorization") || http.CallerOrNull() is not { } caller ? TokenAuthentication.NotLoggedIn
        : Operations.MayAct(caller) ? null : Operations.OnlyAdmin;
}
