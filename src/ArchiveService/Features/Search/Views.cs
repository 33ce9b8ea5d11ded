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
        .AddSingleton<DiaryViews>().AddSingleton<ReleaseDiaryEntryHandler>().AddSingleton<EntryFiles>().AddSingleton<PublicFiles>().AddSingleton<PublicViews>().AddSingleton<PublicTakedowns>().AddSingleton<PublicRequestLimit>(_ => new()).AddSingleton<Accessibility.GiveFeedbackHandler>()
        .AddSingleton<ArchiveDescriptions.DescribeArchiveHandler>().AddSingleton<ArchiveDescriptions.ArchiveDescriptions>().AddSingleton<Inspections.InspectionPacks>()
        .AddSingleton<RemovedItems>().AddSingleton<BlockedSenders>().AddSingleton<AccountViews>().AddSingleton<Secrecy.MarkedRecords>().AddSingleton<ReadReasons>();

    public static void MapViews(this IEndpointRouteBuilder routes)
    {
        SearchRecords.Map(routes);
        ExportSearch.Map(routes);
        SavedSearches.Map(routes);
        RecordViewRoutes.Map(routes);
        DiaryViews.Map(routes);
        PostlistRoutes.Map(routes);
        ReleaseDiaryEntry.Map(routes);
        PublicViews.Map(routes);
        SendRequest.Map(routes);
        Accessibility.GiveFeedback.Map(routes);
        PublicFiles.Map(routes);
        PublicTakedowns.Map(routes);
        ArchiveDescriptions.ArchiveDescriptions.Map(routes);
        Inspections.InspectionPacks.Map(routes);
        RemovedItems.Map(routes);
        BlockedSenders.Map(routes);
        AccountViews.Map(routes);
        Secrecy.MarkedRecords.Map(routes);
        ReadReasons.Map(routes);
    }
}
