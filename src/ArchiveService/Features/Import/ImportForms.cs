using ArchiveService.Capture;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Capture.Meta;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Features.Import;

/// <summary>What can be imported.</summary>
public static class ImportForms
{
    public static IReadOnlyList<ImportForm> All { get; } =
    [
        NdjsonImport.Form,
        MastodonImport.Form,
        GraphImport.Form,
    ];

    public static ImportForm Named(string name) => All.First(form => form.Name == name);
}
