using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}: what was asked for, what was found, and how far each thing has come.</summary>
public sealed class RequestModel(Requests requests, DisclosureRegister register) : PageModel
{
    public Guid Id { get; private set; }

    public DisclosureState State { get; private set; } = DisclosureState.None;

    public RequestRow Row { get; private set; } = null!;

    public string? Asked { get; private set; }

    public string? Address { get; private set; }

    /// <summary>Those the reader may know of.</summary>
    public IReadOnlyList<FoundItem> Items { get; private set; } = [];

    public bool MayHandle => State.ClosedAt is null && HttpContext.Caller().May(State.Authority, Requests.Handlers);

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await requests.Find(id, caller, ct) is not { } state || await register.Find(id, caller, ct) is not { } row) return NotFound();
        (Id, State, Row) = (id, state, row);
        var (history, words) = await register.Told(id, ct);
        var asked = words.GetValueOrDefault(history[0].Id)?.Parts;
        (Asked, Address) = (asked?["request"], asked?["deliveryAddress"]);
        var seen = new List<FoundItem>();
        foreach (var item in state.Items)
        {
            if (await requests.MaySee(item, caller, ct)) seen.Add(item);
        }

        Items = seen;
        return Page();
    }
}
