using ArchiveService.Features.Accounts;
using ArchiveService.Features.Blocking;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;
using ArchiveService.Features.Removed;

namespace ArchiveService.Features.Search;

/// <summary>Everything that reads what the projections keep.</summary>
public static class Views
{
    public static IServiceCollection AddViews(this IServiceCollection services) => services
        .AddSingleton<RecordViews>().AddSingleton<RecordReads>().AddSingleton<RecordViewFreshness>().AddSingleton<SearchRecords>().AddSingleton<SearchLog>().AddSingleton<SavedSearches>()
        .AddSingleton<DiaryViews>().AddSingleton<ReleaseDiaryEntryHandler>().AddSingleton<PublicViews>().AddSingleton<PublicTakedowns>().AddSingleton<RemovedItems>().AddSingleton<BlockedSenders>().AddSingleton<AccountViews>();

    public static void MapViews(this IEndpointRouteBuilder routes)
    {
        SearchRecords.Map(routes);
        ExportSearch.Map(routes);
        SavedSearches.Map(routes);
        RecordViewRoutes.Map(routes);
        DiaryViews.Map(routes);
        ReleaseDiaryEntry.Map(routes);
        PublicViews.Map(routes);
        PublicTakedowns.Map(routes);
        RemovedItems.Map(routes);
        BlockedSenders.Map(routes);
        AccountViews.Map(routes);
    }
}
