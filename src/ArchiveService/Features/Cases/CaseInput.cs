using ArchiveService.Features.PageParts;
using ArchiveService.Http;

namespace ArchiveService.Features.Cases;

/// <summary>Checks that the commands on cases share.</summary>
internal static class CaseInput
{
    public static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    public static Refusal? Required(string? text, int atMost, string code, string ask) =>
        string.IsNullOrWhiteSpace(text) || text.Length > atMost ? Refusal.Input(code, $"{ask}, högst {atMost} tecken.") : null;

    public static Refusal? AtMost(string? text, int atMost, string code, string what) => text is { } given && given.Length > atMost ? Refusal.Input(code, $"{what} får vara högst {atMost} tecken.") : null;

    /// <summary>A day that has come, and not one nobody can mean.</summary>
    public static Refusal? Day(DateOnly? day, DateOnly today, string code, string what) =>
        day is { } given && (given > today || given.Year < 1900) ? Refusal.Input(code, $"{what} kan inte ligga i framtiden, eller före 1900.") : null;

    public static Refusal? Provision(string? provision) => AtMost(provision, 200, "provision", "Lagrummet");

    public static Refusal? Public(string? subject) => AtMost(subject, 300, "public-subject", "Det publika diariets rubrik")
        ?? (Records.SecrecyHints.Any(subject) ? Refusal.Input("public-subject", "Det publika diariets rubrik ser ut att innehålla ett personnummer. Skriv den neutralt.") : null);

    public static string Days(DateOnly day) => Swedish.Date(day);
}
