using ArchiveService.Features.Accounts;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Search;

/// <summary>Everything that reads what the projections keep.</summary>
public static class Views
{
    public static IServiceCollection AddViews(this IServiceCollection services) => services
        .Configure<RazorPagesOptions>(pages =>
        {
            pages.Conventions.AddPageRoute("/Public/Diary", "offentligt/diarium");
            pages.Conventions.AddPageRoute("/Public/Channels", "offentligt/kanaler");
        })
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
