using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Errors;

/// <summary>What a reader sees when a page cannot be shown; the server re-executes the request here with the status code.</summary>
[AllowAnonymous]
[IgnoreAntiforgeryToken]
[ResponseCache(Location = ResponseCacheLocation.None, NoStore = true)]
public sealed class StatusModel : PageModel
{
    public EmptyState Said { get; private set; } = Describe(500);

    public void OnGet(int code) => Said = Describe(Given(code));

    public void OnPost(int code) => Said = Describe(Given(code));

    // The status of the answer itself, where there is one: what was sent may be such that nothing is bound.
    private int Given(int code) => Response.StatusCode >= StatusCodes.Status400BadRequest ? Response.StatusCode : code;

    // A record that the reader may not know of and one that does not exist give the same answer (OSL 5:2, wall of secrecy).
    internal static EmptyState Describe(int code) => code switch
    {
        400 => new(Icon.Stop, "Sidan förstod inte det som skickades", "Gå tillbaka, ladda om sidan och försök igen. Det du skrivit kan behöva skrivas om.", Ways),
        401 => new(Icon.Lock, "Du behöver logga in", "Sidan är för medarbetare.", [new LinkButton("Logga in", "/logga-in", Main: true)]),
        403 => new(Icon.Lock, "Din roll får inte göra det här", "Be den som sköter behörigheter, eller logga in med en annan roll.", Ways),
        404 => new(Icon.Search, "Det finns inget på den här adressen", "Adressen kan vara felskriven, eller så har handlingen gallrats.", Ways),
        412 => new(Icon.Clock, "Någon annan hann före", "Det du tittade på har ändrats. Öppna det igen, läs vad som hänt och välj om.", Ways),
        413 or 414 or 431 => new(Icon.Stop, "Det som skickades är för stort", "Dela upp det och försök igen.", Ways),
        429 => new(Icon.Clock, "För många försök på kort tid", "Vänta en minut och försök igen.", Ways),
        503 => new(Icon.Clock, "Tjänsten är inte redo än", "Den startar eller underhålls. Inget du har sparat är borta. Försök igen om en stund.", Ways),
        _ => new(Icon.Stop, "Något gick fel hos oss", "Inget du har sparat är borta. Försök igen, och säg till om det händer en gång till.", Ways),
    };

    private static LinkButton[] Ways { get; } = [new("Till startsidan", "/"), new("Sök handlingar", "/sok")];
}
