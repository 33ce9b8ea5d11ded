using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Shortcuts;

/// <summary>/kortkommandon: every shortcut, and whether the reader wants them in this browser.</summary>
public sealed class ShortcutsPageModel : PageModel
{
    [BindProperty]
    public bool On { get; set; }

    public void OnGet() => On = Shortcuts.On(HttpContext);

    public IActionResult OnPost()
    {
        Response.Cookies.Append(Shortcuts.Cookie, On ? "on" : "off", new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
        TempData.Tell(Notice.Done(On ? "Kortkommandona är på" : "Kortkommandona är av", "Valet gäller i den här webbläsaren."));
        return LocalRedirect("/kortkommandon");
    }
}
