using ArchiveService.Capture;
using ArchiveService.Capture.ActivityStreams;
using ArchiveService.Capture.Csv;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Capture.Meta;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Capture.Warc;
using ArchiveService.Capture.X;
using ArchiveService.Capture.YouTube;

namespace ArchiveService.Features.Import;

/// <summary>What can be imported.</summary>
public static class ImportForms
{
    public static IReadOnlyList<ImportForm> All { get; } =
    [
        NdjsonImport.Form,
        CsvImport.Form,
        MastodonImport.Form,
        WarcImport.Form,
        MetaExport.Facebook,
        MetaExport.Instagram,
        XArchive.Form,
        XApi.Form,
        YouTubeTakeout.Form,
        YouTubeApi.Form,
        LinkedInTables.Form,
        LinkedInApi.Form,
        ActivityStreamsImport.Form,
        GraphImport.Form,
    ];

    public static ImportForm Named(string name) => All.First(form => form.Name == name);
}
