namespace ArchiveService.Features.Substitutes;

public static class SubstituteRoutes
{
    public static IServiceCollection AddSubstitutes(this IServiceCollection services) => services.AddSingleton<SubstituteRegister>();

    public static void MapSubstitutes(this IEndpointRouteBuilder routes) => SubstituteRegister.Map(routes);
}
