using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Search;

/// <summary>/min-logg: what oneself looked for and opened; for a reviewer of everything also how much others did.</summary>
public sealed class MyLogModel(SearchLog log, TimeProvider clock) : PageModel
{
    private const int Rows = 200;

    public IReadOnlyList<SearchLogged> Searches { get; private set; } = [];

    public IReadOnlyList<(DateTimeOffset At, Guid Record, string Wall)> Opened { get; private set; } = [];

    public IReadOnlyList<SearchDay> Days { get; private set; } = [];

    public static string Kind(string kind) => kind switch
    {
        SearchLog.Person => "person",
        SearchLog.Account => "konto",
        SearchLog.Export => "hämtning",
        SearchLog.Diary => "diariet",
        SearchLog.Case => "ärenden",
        "saved" => "sparad sökning",
        _ => "text",
    };

    public async Task OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        Searches = await log.Own(caller, Rows, ct);
        Opened = await log.Opened(caller, Rows, ct);
        Days = await log.Days(caller, clock.GetUtcNow().AddDays(-30), ct);
    }
}
