using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>A case file to be printed. The secret documents are one of their own, never together with the rest: they lie in a cover of their own.</summary>
/// <param name="Secret">This is the cover with the secret documents.</param>
/// <param name="Retention">Rules that say when something of it may be destroyed; empty: it is kept.</param>
public sealed record CasePrint(CaseDetails Case, bool Secret, DateTimeOffset At, string PrintedBy, IReadOnlyList<string> Retention, IReadOnlyList<PrintedDocument> Documents)
{
    /// <summary>Beside what is registered: the case officer and what else the cover says.</summary>
    public IReadOnlyList<(string Name, string? Value)> More { get; init; } = [];

    public string Heading => Secret ? "Ärendeakt, sekretess" : "Ärendeakt";
}

/// <summary>A document as the reader may know it; without <paramref name="Content"/> its number and dates only (OSL 5:2).</summary>
public sealed record PrintedDocument(int Number, DateOnly Date, DateTimeOffset RegisteredAt, Direction Direction, IReadOnlyList<string> Fate, PrintedContent? Content);

/// <param name="Absence">Why there is no text.</param>
/// <param name="State">What became of it in the channel and why.</param>
public sealed record PrintedContent(
    Guid Record, string Kind, string? Counterpart, string? Subject, string? Text, string? Absence, IReadOnlyList<string> State, string? Provision,
    IReadOnlyList<(DateTimeOffset At, string? Text)> Earlier, IReadOnlyList<PrintedFile> Files);

/// <param name="Image">A data URI, where the file is a picture that fits.</param>
public sealed record PrintedFile(string Name, string? MediaType, long? Bytes, string? Image);

public sealed class CasePrints(
    Databases databases, SealedLog log, CaseFiles files, DiaryViews diary, RecordViews views, IObjectStore store, ILogger<CasePrints> logger, TimeProvider clock)
{
    private const long MostOfOneImage = 6 * 1024 * 1024;
    private const long MostOfImages = 36 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/cases/{id:guid}/file.pdf", Answer).WithName("case-file-pdf");
        routes.MapGet("/arenden/{id:guid}/akt.pdf", Answer).WithName("case-file-pdf-page");
    }

    private static async Task<IResult> Answer(Guid id, string? secret, HttpContext http, Caller caller, CasePrints prints, Pdf pdf, RecordViewFreshness freshness, CancellationToken ct)
    {
        if (secret is not (null or "" or "separate")) return Problems.Refused(Refusal.Input("secret-unknown", "secret kan vara separate: bara det som är hemligt, i ett eget omslag."));
        if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
        // The same answer whether there is something secret or not.
        if (secret is "separate" && caller.ReadsSecretsOf is { Count: 0 }) return Problems.Refused(Refusal.NotAllowed("Bara den som är behörig till det hemliga skriver ut det."));
        if (await prints.Read(id, secret is "separate", caller, ct) is not { } print) return Problems.Refused(Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det."));
        http.Response.Headers.CacheControl = "no-store";
        return await pdf.Answer(CasePrintTemplate.Of(print), $"arendeakt-{FileName(print.Case.DiaryNumber)}{(print.Secret ? "-sekretess" : "")}.pdf", ct);
    }

    private static string FileName(string number) => string.Concat(number.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');

    /// <summary>Null when the case is unknown to the reader. Reading what stands behind a wall is noted before it is given out.</summary>
    public async Task<CasePrint?> Read(Guid id, bool secret, Caller caller, CancellationToken ct)
    {
        // What is printed together with the rest is what anybody without clearance gets, byte for byte: the paper will lie where they may read it.
        // What nobody has assessed is not put among the papers either: who prints reads as one who may neither read what is secret nor assess.
        var reader = secret ? caller : caller.Unassessing();
        if (await CaseDetails.Read(id, reader, databases, log, ct) is not { } details) return null;

        // The akt notes the reading of what stands behind a wall before anything of it is opened here.
        if (await files.Read(id, reader, ct) is not { } akt) return null;
        var lines = await diary.OfCase(id, reader, ct);
        var sight = views.Sight(reader);
        var documents = new List<PrintedDocument>();
        var opened = new List<(Guid, string)>();
        var images = 0L;
        foreach (var document in details.Documents)
        {
            PrintedContent? content = null;
            if (document.Visible && await RecordViews.Find(sight, document.Record, ct) is { } record && (!secret || record.Wall == RecordStates.Stored(Wall.Secret)))
            {
                opened.Add((document.Record, record.Wall));
                var (printed, used) = await Content(sight, record, lines.GetValueOrDefault(document.Number), MostOfImages - images, ct);
                content = printed;
                images += used;
            }

            documents.Add(new(document.Number, Swedish.Day(document.ReceivedAt), document.RegisteredAt, document.Direction, [.. document.Fate.Said()], content));
        }

        documents.AddRange(akt.Documents.Where(d => d.Kind != CaseDocumentKind.Record).Select(d => Written(d, secret)));
        documents.Sort((one, other) => one.Number.CompareTo(other.Number));
        var rules = await Rules([.. opened.Select(o => o.Item1)], ct);
        return new(details, secret, clock.GetUtcNow(), caller.Name, rules, secret ? [.. documents.Where(d => d.Content is not null)] : documents)
        {
            More = secret ? [] : [.. Cover(akt)],
        };
    }

    /// <summary>A note, a decision or an appeal on paper: written in the case, not captured from a channel.</summary>
    private static PrintedDocument Written(CaseFileDocument document, bool secret)
    {
        var shown = document.Visible && (!secret || document.Provision is not null);
        return new(document.Number, document.Date, document.RegisteredAt, document.Direction, document.Fate, !shown ? null : new(
            Guid.Empty, Kind(document), document.Counterpart, document.Subject, document.Destroyed ? null : document.Text,
            document.Destroyed ? "Innehållet är gallrat." : document.Text is null ? "Handlingen finns på papper." : null, [.. Facts(document)], document.Provision, [], []));
    }

    private static string Kind(CaseFileDocument document) => document switch
    {
        { Note: { } note } => $"Tjänsteanteckning, {CaseWords.Of(note.Means)}",
        { Decision: { } decision } => $"Beslut, {CaseWords.Of(decision.Outcome)}",
        { Kind: CaseDocumentKind.Protocol } => "Gallringsprotokoll",
        _ => "Överklagande på papper",
    };

    private static IEnumerable<string> Facts(CaseFileDocument document)
    {
        if (document.By is { } by) yield return document.Decision is null ? $"Antecknat av {by}." : $"Beslutat av {by}.";
        if (document.Note is { Corrects: { } corrected }) yield return $"Rättar handling {corrected}.";
        if (document.Note is { CorrectedBy: { Count: > 0 } later }) yield return $"Rättad genom handling {string.Join(", ", later)}.";
        if (document.Decision is not { } decision) yield break;
        if (decision.DelegationPoint is { } point) yield return $"På delegation, punkt {point}.";
        if (decision.Reasons is { } reasons) yield return $"Skäl: {reasons}";
        if (decision.HowToAppeal is { } how) yield return $"Hur man överklagar: {how}";
        foreach (var sent in decision.Dispatches) yield return $"Expedierat {Swedish.Date(sent.On)} ({CaseWords.Of(sent.Means)}){(sent.Recipient is { } to ? $" till {to}" : "")}.";
    }

    private static IEnumerable<(string, string?)> Cover(CaseFile akt)
    {
        var cover = akt.Cover;
        yield return ("Inleddes med", CaseWords.Of(cover.Initiative));
        yield return ("Handläggare", cover.Officer);
        foreach (var party in akt.Parties.Where(p => p.EndedOn is null)) yield return (Swedish.Sentence(CaseWords.Of(party.Role)), party.Name ?? "lämnas inte ut här");
        foreach (var other in akt.References) yield return (other.Said, other.Number);
        foreach (var appeal in akt.Appeals)
            yield return ("Överklagande", string.Join(", ", new[] { $"handling {appeal.DocumentNumber}", $"kom in {Swedish.Date(appeal.ReceivedOn)}", appeal.Time is { } time ? CaseWords.Of(time) : "rättidsprövning återstår", appeal.ForwardedOn is { } sent ? $"överlämnat {Swedish.Date(sent)}" : null }.OfType<string>()));
        if (cover.ArchivedOn is { } on) yield return ("Arkivlagt", string.Join(", ", new[] { Swedish.Date(on), cover.Folder, cover.Shelf is { } shelf ? $"hylla {shelf}" : null, cover.Box is { } box ? $"kartong {box}" : null }.OfType<string>()));
    }

    private async Task<(PrintedContent Printed, long Images)> Content(RecordViewSight sight, RecordView record, DiaryLine? line, long room, CancellationToken ct)
    {
        var row = record.Row;
        var versions = await RecordViews.Versions(sight, row.RecordId, ct);
        var acts = await RecordViews.Acts(sight, row.RecordId, ct);
        var files = new List<PrintedFile>();
        var used = 0L;
        foreach (var file in row.Destroyed ? [] : await RecordViews.Files(sight, row.RecordId, versions, acts, ct))
        {
            var image = row.Locked || file is not { MediaType: "image/png" or "image/jpeg" or "image/gif" or "image/webp", Bytes: <= MostOfOneImage } || used + file.Bytes > room ? null : await Image(row.RecordId, file, ct);
            if (image is not null) used += file.Bytes!.Value;
            files.Add(new(file.Name ?? "Fil utan namn", file.MediaType, file.Bytes, image));
        }

        var absence = row.Destroyed ? $"Innehållet är gallrat{(row.DisposedAt is { } at ? " " + Swedish.Date(at) : "")}."
            : row.Locked ? "Innehållet är låst och skrivs inte ut."
            : !row.ContentCaptured ? "Innehållet hann aldrig fångas."
            : string.IsNullOrEmpty(row.Text) ? "Handlingen har ingen text." : null;
        return (new(
            row.RecordId, RecordViewWords.Place(row.Kind, row.Platform, record.ChannelHandle), RecordViewWords.Sender(row.SenderName, row.SenderHandle, row.Destroyed), line is { Withheld: false } ? line.Subject : row.Subject,
            absence is null ? row.Text : null, absence, [.. State(row, acts)], row.SecrecyProvision,
            row.Destroyed || row.Locked ? [] : [.. versions.SkipLast(1).Select(v => (v.Row.ValidAt, v.Row.Text))], files), used);
    }

    private static IEnumerable<string> State(RecordViewRow row, IReadOnlyList<RecordActRow> acts)
    {
        if (row.Edited) yield return "Ändrad i kanalen efter att den fångats; tidigare lydelser står nedan.";
        if (row.Visibility == RecordStates.Stored(Visibility.Visible)) yield break;
        var why = row.Grounds.Length > 0 ? $" Grund: {string.Join(", ", row.Grounds.Select(RecordViewWords.Ground))}." : "";
        yield return $"{RecordViewWords.Visibility(row).Word}{(row.VisibilityAt is { } at ? " " + Swedish.DateAndClock(at) : "")}.{why}";
        if (acts.LastOrDefault(a => a.Grounds.Length > 0 && a.Motivation is { Length: > 0 }) is { } act) yield return $"Motivering: {act.Motivation}";
    }

    // A file that cannot be opened is listed all the same; the rest of the akt is not kept back for it.
    private async Task<string?> Image(Guid record, RecordViewFile file, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select object_id from archive.attachments where record_id = $1 and attachment_id = $2");
        query.Parameters.Add(new() { Value = record });
        query.Parameters.Add(new() { Value = file.Id });
        if (await query.ExecuteScalarAsync(ct) is not Guid objectId || (await log.Keys([record], ct)).Find(record, KeyClass.Content) is not { } key) return null;
        try
        {
            await using var plain = await store.OpenSealed(AttachmentIntake.ObjectKey(objectId), key.AttachmentKey(file.Id), SealedObjects.PlaceOf(record, file.Id), ct);
            using var bytes = new MemoryStream();
            await plain.CopyToAsync(bytes, ct);
            return $"data:{file.MediaType};base64,{Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length)}";
        }
        catch (Exception error) when (error is ObjectStoreUnavailable or ObjectMissing or IOException)
        {
            CasePrintLog.FileNotPrinted(logger, file.Id, error.GetType().Name);
            return null;
        }
    }

    /// <summary>Only of what the reader may know of.</summary>
    private async Task<IReadOnlyList<string>> Rules(Guid[] records, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select distinct r.name, r.years, r.months, r.days, r.counted_from, d.reference
            from archive.rules_of_records x
            join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
            join archive.retention_decisions d on d.decision_id = x.decision_id
            where x.record_id = any ($1) order by r.name
            """);
        query.Parameters.Add(new() { Value = records });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var rules = new List<string>();
        while (await rows.ReadAsync(ct))
            rules.Add($"{rows.GetString(0)}: {new Period(rows.GetInt32(1), rows.GetInt32(2), rows.GetInt32(3)).InSwedish()} {Words.CountedFromInSwedish.Said(rows.GetString(4))}, {rows.GetString(5)}");
        return rules;
    }
}

internal static partial class CasePrintLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The attachment {Attachment} could not be opened for a printed case file ({Error}); it is listed only.")]
    public static partial void FileNotPrinted(ILogger logger, Guid attachment, string error);
}
