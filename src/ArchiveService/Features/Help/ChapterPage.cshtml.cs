using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Help;

/// <summary>/hjalp/{kapitel}: one chapter.</summary>
public sealed class HelpChapterModel : PageModel
{
    public HelpChapter Chapter { get; private set; } = null!;

    public IActionResult OnGet(string kapitel)
    {
        if (Handbook.Find(kapitel) is not { } chapter) return NotFound();
        Chapter = chapter;
        return Page();
    }
}

public static class HelpRoutes
{
    /// <summary>The handbook's own pictures; names are of the program, and nothing else is served.</summary>
    public static void MapHelp(this IEndpointRouteBuilder routes) => routes.MapGet("/hjalp/bilder/{namn}", (string namn) => Handbook.Picture(namn) is { } picture
        ? (IResult)TypedResults.File(picture, Path.GetExtension(namn) switch { ".png" => "image/png", ".svg" => "image/svg+xml", _ => "image/jpeg" })
        : TypedResults.NotFound()).WithName("handbook-picture");
}
