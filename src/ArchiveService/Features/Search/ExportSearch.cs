using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Search;

/// <summary><c>GET /api/v1/records/export</c>: a result taken away as a table or as lines of JSON. The same sight as the search; noted in the log.</summary>
public static class ExportSearch
{
    /// <summary>More than that is a matter for a disclosure, not for a spreadsheet.</summary>
    public const int Most = 5000;

    private static readonly string[] Heads =
        ["Id", "Tid", "Fångad", "Riktning", "Slag", "Plattform", "Kanal", "Myndighet", "Avsändare", "Konto", "Text", "I kanalen", "Registrering", "Diarienummer", "Handlingstyp", "Bilagor", "Åtkomst"];

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/records/export", async (HttpRequest request, Caller caller, SearchRecords records, SearchLog log, RecordViewFreshness freshness, TimeProvider clock, CancellationToken ct) =>
        {
            var format = request.Query["format"].ToString();
            if (format is not ("csv" or "ndjson")) return Problems.Refused(BadParameter.Of("format", "format ska vara csv eller ndjson."));
            var (search, refused) = RecordSearch.Parse(request.Query.Where(q => q.Key is not ("format" or "limit" or "cursor")));
            refused ??= await freshness.Reach(request, ct);
            if (refused is not null) return Problems.Refused(refused);

            var found = await records.Find(search! with { Limit = Most, Whole = true }, caller, ct);
            await log.Note(caller, SearchLog.Export, search!.Terms.Length > 0 ? search.Terms : "avgränsning utan sökord", found.Items.Count, ct);
            request.HttpContext.Response.Headers["X-Result-Complete"] = found.Next is null ? "true" : "false";
            var name = $"traffar-{Swedish.Day(clock.GetUtcNow()):yyyy-MM-dd}.{format}";
            return format == "csv"
                ? TypedResults.File(Csv(found), "text/csv; charset=utf-8", name)
                : (IResult)TypedResults.File(Encoding.UTF8.GetBytes(string.Concat(found.Items.Select(i => JsonSerializer.Serialize(i, Lines) + "\n"))), "application/x-ndjson", name);
        })
        .WithName("export-records");

    internal static byte[] Csv(FoundRecords found)
    {
        var csv = new StringBuilder();
        Row(csv, Heads);
        foreach (var f in found.Items)
        {
            Row(csv,
            [
                f.Id.ToString("D"), Moment(f.OccurredAt), Moment(f.CapturedAt), f.Direction, f.Kind, f.Channel.Platform, f.Channel.Handle ?? "", f.Authority, f.Sender.Name ?? "", f.Sender.Handle ?? "",
                f.Snippet ?? "", f.State, f.Registration, f.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, f.DocumentNumber) : "", f.RecordType,
                f.Attachments.ToString(System.Globalization.CultureInfo.InvariantCulture), f.Access,
            ]);
        }

        if (found.Next is not null) Row(csv, [$"Bara de första {Most} träffarna är med."]);
        return [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(csv.ToString())];
    }

    private static string Moment(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static void Row(StringBuilder csv, string[] cells) => csv.AppendJoin(';', cells.Select(Cell)).Append("\r\n");

    /// <summary>Always in quotes; a cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    public static string Cell(string text)
    {
        var safe = CsvText.IsFormula(text) ? "'" + text : text;
        return $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
