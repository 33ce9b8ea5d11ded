using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>How a refused command comes back to its form.</summary>
public static class FormOutcome
{
    /// <summary>The version the form was filled in on. One that cannot be read is no version, which is not the same as none.</summary>
    public static IfMatch FormVersion(this PageModel page, long version) =>
        page.ModelState.TryGetValue("Version", out var field) && field.Errors.Count > 0 ? new(-1) : new(version == 0 ? null : version);

    /// <summary>
    /// The form again with what was typed. Where somebody else was first (412) the form stands on what is shown now, so that sending it once more,
    /// after having read what has changed, decides on that.
    /// </summary>
    public static PageResult Decided(this PageModel page, Refusal why, Action standOnWhatIsShown)
    {
        page.Response.StatusCode = why.Status == StatusCodes.Status412PreconditionFailed ? why.Status : StatusCodes.Status200OK;
        if (why.Status == StatusCodes.Status412PreconditionFailed)
        {
            page.ModelState.Remove("");
            page.ModelState.Remove("Version");
            page.ModelState.AddModelError("", "Handlingen har ändrats sedan du öppnade formuläret. Läs hur den ser ut nu: det du skrivit står kvar, och skickar du igen gäller det som visas nu.");
            standOnWhatIsShown();
        }

        return page.Page();
    }
}

/// <summary>The three fields of a number from another system, on every form that takes one.</summary>
public static class ExternalForm
{
    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    /// <summary>Null when all are empty: then no number was given.</summary>
    public static ExternalNumber? Number(string? system, string? number, DateOnly? day) =>
        string.IsNullOrWhiteSpace(system) && string.IsNullOrWhiteSpace(number) && day is null
            ? null
            : new(system, number, day is { } on ? StartOf(on) : null);

    private static DateTimeOffset StartOf(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new(midnight, Stockholm.GetUtcOffset(midnight));
    }
}
