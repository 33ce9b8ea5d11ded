using ArchiveService.Capture;
using ArchiveService.Capture.Csv;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Features.Import;

/// <summary>What can be imported.</summary>
public static class ImportForms
{
    public static IReadOnlyList<ImportForm> All { get; } =
    [
        NdjsonImport.Form,
        CsvImport.Form,
        MastodonImport.Form,
    ];

    public static ImportForm Named(string name) => All.First(form => form.Name == name);
}
