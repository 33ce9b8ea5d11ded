namespace ArchiveService.Features.Assignments;

public static class AssignmentRoutes
{
    public static IServiceCollection AddAssignments(this IServiceCollection services) =>
        services.AddSingleton<AssignmentCommands>().AddSingleton<AssignmentList>();

    public static void MapAssignments(this IEndpointRouteBuilder routes)
    {
        AssignmentCommands.Map(routes);
        AssignmentList.Map(routes);
    }
}
