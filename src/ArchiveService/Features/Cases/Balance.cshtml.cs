using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/balans: open cases by officer and age at a day, for the nämnd.</summary>
public sealed class BalanceModel(CaseLists lists, AuthorityRegister authorities) : PageModel
{
    public Balance? Shown { get; private set; }

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public DateOnly Day { get; private set; }

    /// <summary>By officer, those nobody has first.</summary>
    public IReadOnlyList<(string Officer, IReadOnlyList<BalanceLine> Lines)> Groups { get; private set; } = [];

    public string CsvHref => $"/arenden/balans.csv?authority={Uri.EscapeDataString(Shown!.Authority)}&on={Swedish.Date(Shown.On)}";

    /// <summary>The ends of the last half-years.</summary>
    public IReadOnlyList<DateOnly> HalfYears { get; private set; } = [];

    public async Task<IActionResult> OnGet(string? authority, string? on, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason;
        caller = caller.Reasoned();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        Day = DateOnly.TryParseExact(on, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : lists.Today;
        var june = new DateOnly(lists.Today.Year, 6, 30);
        HalfYears = [.. Enumerable.Range(0, 4).Select(n => june <= lists.Today ? june.AddMonths(-6 * n) : june.AddMonths(-6 * (n + 1))).Select(d => d.Month == 6 ? new DateOnly(d.Year, 6, 30) : new DateOnly(d.Year, 12, 31))];
        if (Authorities.Count == 0) return Page();
        Shown = await lists.Balance(string.IsNullOrEmpty(authority) ? Authorities[0].Code : authority, Day, caller, ct);
        if (Shown is null) return NotFound();
        Groups = [.. Shown.Lines.GroupBy(l => l.OfficerId).Select(g => (g.Key is null ? "Ofördelade" : g.First().Officer ?? "Okänd person", (IReadOnlyList<BalanceLine>)[.. g]))];
        return Page();
    }

    public static int Count(IEnumerable<BalanceLine> lines, int halfYears) => lines.Count(l => Math.Min(l.HalfYears, 4) == halfYears);
}
