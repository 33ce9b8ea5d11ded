using ArchiveService.Access;
using ArchiveService.Features.Verify;
using ArchiveService.Http;

namespace ArchiveService.Features.Operations;

/// <summary>How the service itself is: projections, reconcile, figures for whoever watches it.</summary>
public static class Operations
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<ProjectionStandings>().AddSingleton<ResumeProjectionHandler>()
        .AddSingleton<Reconciliations>().AddSingleton<ReconcileArchive>().AddSingleton<Reconcile>()
        .AddSingleton<Measurements>().AddSingleton<MeasuredState>();

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        ProjectionStandings.Map(routes);
        ResumeProjection.Map(routes);
        Reconcile.Map(routes);
        Metrics.Map(routes);
    }

    /// <summary>Whoever may check the archive may see whether it is well.</summary>
    public static bool MaySee(Caller caller) => Verifications.MaySee(caller);

    public static bool MayAct(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Admin);

    public static Refusal No => Refusal.NotAllowed("Bara granskare, arkivarie eller administratör får se driften.");

    public static Refusal OnlyAdmin => Refusal.NotAllowed("Bara en administratör får göra detta.");
}
