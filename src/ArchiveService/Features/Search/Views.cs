using ArchiveService.Features.Accounts;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Search;

/// <summary>Everything that reads what the projections keep.</summary>
public static class Views
{
    public static IServiceCollection AddViews(this IServiceCollection services) => services
        .AddSingleton<RecordViews>().AddSingleton<RecordReads>().AddSingleton<RecordViewFreshness>().AddSingleton<SearchRecords>()
        .AddSingleton<DiaryViews>().AddSingleton<PublicViews>().AddSingleton<AccountViews>();

    public static void MapViews(this IEndpointRouteBuilder routes)
    {
        SearchRecords.Map(routes);
        RecordViewRoutes.Map(routes);
        DiaryViews.Map(routes);
        PublicViews.Map(routes);
        AccountViews.Map(routes);
    }
}
