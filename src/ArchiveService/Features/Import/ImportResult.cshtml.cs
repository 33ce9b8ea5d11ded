using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Import;

/// <summary>/import/{id}: how far one import has come, and what did not come along. A reload shows the newest; with JavaScript it comes by itself.</summary>
public sealed class ImportResultModel(Imports imports, Hosting.Databases databases, ImportBell bell) : PageModel
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    /// <summary>Then the browser asks again: no answer lasts for ever.</summary>
    private const int MostTold = 300;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public ImportRow Row { get; private set; } = null!;

    public IReadOnlyList<Rejection> Refused { get; private set; } = [];

    public FactList Counts => new(
    [
        new("Nya händelser", Swedish.Number(Row.Accepted)), new("Dubbletter", Swedish.Number(Row.Duplicates)), new("Gäller gallrade handlingar", Swedish.Number(Row.Disposed)),
        new("Okända, sparade", Swedish.Number(Row.Unknown)), new("Avvisade", Swedish.Number(Row.Rejected)), new("Filens storlek", Swedish.Bytes(Row.Bytes)),
        .. Row.StartedAt is { } started ? [new Fact("Började", Swedish.DateAndClock(started))] : Array.Empty<Fact>(),
        .. Row.FinishedAt is { } finished ? [new Fact("Slut", Swedish.DateAndClock(finished))] : Array.Empty<Fact>(),
        .. Deliveries.DeadLetters.MayList(HttpContext.Caller()) ? [new Fact("Filen, förseglad", "Leveransen", Href: $"/insamling/{Row.Delivery:D}")] : Array.Empty<Fact>(),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await imports.Find(Id, HttpContext.Caller(), ct) is not { } row) return NotFound();
        (Row, Refused) = (row, await imports.Rejections(Id, 100, ct));
        return Page();
    }

    public async Task<IActionResult> OnPostRetry(CancellationToken ct)
    {
        if (await imports.Find(Id, HttpContext.Caller(), ct) is not { } row) return NotFound();
        if (await Imports.Retry(row.Delivery, databases, ct)) bell.Ring();
        return LocalRedirect($"/import/{Id:D}");
    }

    /// <summary>Server-sent events: one a second until it is over.</summary>
    public async Task<IActionResult> OnGetEvents(CancellationToken ct)
    {
        if (await imports.Find(Id, HttpContext.Caller(), ct) is not { } row) return NotFound();
        Response.ContentType = "text/event-stream";
        Response.Headers.CacheControl = "no-store";
        HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        for (var told = 0; told < MostTold; told++)
        {
            var said = JsonSerializer.Serialize(new
            {
                done = row.BytesRead,
                of = row.Bytes,
                over = row.IsOver,
                text = $"{Swedish.Percent(Math.Min(row.BytesRead, row.Bytes), row.Bytes)}, {Swedish.Count(row.Accepted, "ny händelse", "nya händelser")}, {Swedish.Count(row.Rejected, "avvisad", "avvisade")}",
            });
            await Response.WriteAsync($"data: {said}\n\n", ct);
            await Response.Body.FlushAsync(ct);
            if (row.IsOver) break;
            await Task.Delay(Between, ct);
            if (await HttpContext.CallerNow(ct) is not { } still || await imports.Find(Id, still, ct) is not { } next) break;
            row = next;
        }

        return new EmptyResult();
    }
}
