using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Help;

/// <summary>/hjalp: the chapters of the handbook, and a search in them.</summary>
public sealed class HelpIndexModel : PageModel
{
    private const int Wide = 160;

    public string Q { get; private set; } = "";

    public IReadOnlyList<(HelpChapter Chapter, HelpSection Section)> Found { get; private set; } = [];

    public void OnGet(string? q)
    {
        Q = (q ?? "").Trim() is { Length: <= 200 } asked ? asked : "";
        Found = Handbook.Search(Q);
    }

    /// <summary>The words around the first hit.</summary>
    public string Around(HelpSection section)
    {
        var word = Q.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        var at = Math.Max(0, section.Text.IndexOf(word, StringComparison.OrdinalIgnoreCase) - (Wide / 3));
        var text = section.Text[at..Math.Min(section.Text.Length, at + Wide)].Trim();
        return $"{(at > 0 ? "… " : "")}{text}{(at + Wide < section.Text.Length ? " …" : "")}";
    }
}
