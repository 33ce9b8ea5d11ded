using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>The three fields of a number from another system, on every form that takes one.</summary>
public static class ExternalForm
{
    /// <summary>Null when all are empty: then no number was given.</summary>
    public static ExternalNumber? Number(string? system, string? number, DateOnly? day) =>
        string.IsNullOrWhiteSpace(system) && string.IsNullOrWhiteSpace(number) && day is null
            ? null
            : new(system, number, day is { } on ? Swedish.StartOf(on) : null);
}
