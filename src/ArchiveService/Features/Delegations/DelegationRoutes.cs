namespace ArchiveService.Features.Delegations;

public static class DelegationRoutes
{
    public static IServiceCollection AddDelegations(this IServiceCollection services) =>
        services.AddSingleton<DelegationRegister>().AddSingleton<DelegationCommands>().AddSingleton<DelegationCheck>();

    public static void MapDelegations(this IEndpointRouteBuilder routes)
    {
        DelegationCommands.Map(routes);
        DelegationRegister.Map(routes);
    }
}
