namespace ArchiveService.Features.Retention;

/// <summary>The plan, and what is decided of single records beside the rules.</summary>
public static class RetentionRoutes
{
    public static IServiceCollection AddRetentionPlan(this IServiceCollection services) => services
        .AddSingleton<RuleImpacts>().AddSingleton<PreservationHandler>().AddSingleton<RetentionDateHandler>().AddSingleton<ReviewHandler>()
        .AddSingleton<CaseKeeping>().AddSingleton<OwnRecordSweep>().AddSingleton<InformationPlans>().AddSingleton<AdoptInformationPlanHandler>();

    public static IEndpointRouteBuilder MapRetentionPlan(this IEndpointRouteBuilder routes)
    {
        DecidePreservation.Map(routes);
        GiveRetentionDate.Map(routes);
        ReviewRetention.Map(routes);
        AdoptInformationPlan.Map(routes);
        OwnRecords.Map(routes);
        return routes;
    }
}
