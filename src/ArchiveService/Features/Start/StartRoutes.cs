using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Start;

public static class StartRoutes
{
    public static IServiceCollection AddStart(this IServiceCollection services) => services
        .AddSingleton<Due>().AddSingleton<StartSections>().AddSingleton<StartCharts>().AddSingleton<LogState>().AddSingleton<Onboarding.Beginning>();

    public static void MapStart(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/start", async (HttpRequest request, Caller caller, StartSections sections, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (caller.IsService) return Problems.Refused(Refusal.NotAllowed("Det som väntar är för dem som arbetar hos myndigheten."));
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            return (IResult)TypedResults.Ok(new
            {
                sections = (await sections.Of(caller, null, ct)).Select(s => new { role = s.Role.Stored(), s.Title, figures = s.Figures.Select(f => new { f.Key, f.Name, f.Count, f.Late, f.Note, list = f.Href }) }),
            });
        }).WithName("start");
        routes.MapGet("/api/v1/start/items", async (string? lista, int? sida, Caller caller, Due due, CancellationToken ct) =>
        {
            if (DueLists.Find(lista) is not { } list) return Problems.Refused(Refusal.Input("list-unknown", $"lista ska vara en av {string.Join(", ", DueLists.All.Select(l => l.Key))}."));
            if (caller.IsService || !caller.MayAnywhere(list.For)) return Problems.Refused(Refusal.NotAllowed("Listan är för dem som arbetar med det."));
            if (sida is < 1 or > 1_000_000) return Problems.Refused(BadParameter.Of("sida", "sida ska vara 1 eller mer."));
            var count = (await due.Counts([list], caller, ct))[list.Key];
            return (IResult)TypedResults.Ok(new { list = list.Key, list.Name, total = count.Count, late = count.Late, items = (await due.Items(list, (sida ?? 1) - 1, caller, ct)).Select(i => new { i.Kind, i.Id, i.AuthorityCode, i.Channel, i.At, i.Late, href = DueWords.Href(i) }) });
        }).WithName("start-items");
    }
}
