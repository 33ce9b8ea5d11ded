using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>One document as it is given out: the original, seen through its map of masks.</summary>
public sealed record GivenDocument(FoundItem Item, OriginalDocument Original, MaskMap Map, string? Terms)
{
    public string Folder => $"{Item.Place:000}";

    /// <summary>The request it is given out in.</summary>
    public Guid Request { get; init; }

    /// <summary>A masked copy tells nothing that is not seen in it: its files are cleaned. What is given out whole is given as it is.</summary>
    public bool Cleans => Item.Outcome == ItemOutcome.Mask;

    /// <summary>The copy masked by hand that stands in for a file; null where the file itself is given.</summary>
    public FileCopy? CopyOf(DocumentFile file) => Item.Outcome == ItemOutcome.Mask ? Item.Copies.GetValueOrDefault(file.Id) : null;

    /// <summary>How the names of those copies end, by attachment.</summary>
    public IReadOnlyDictionary<Guid, string> Endings { get; init; } = new Dictionary<Guid, string>();

    /// <summary>What is given out of its files.</summary>
    public IEnumerable<DocumentFile> GivenFiles => Original.Files.Where(f => f.Key is not null && Map.OfAttachment(f.Id) is null);

    public string PartOf(DocumentVersion version, string part) => Map.Apply(version.EventId, part, version.Parts[part]);
}

/// <summary>What one delivery gives out.</summary>
public sealed record GivenPackage(Guid Request, string Authority, string Reference, DateTimeOffset At, IReadOnlyList<GivenDocument> Documents)
{
    public bool TellsOfAPerson => Documents.Any(d => d.Original.TellsOfAPerson(d.Map));
}

/// <summary>
/// The file that is handed over: each document as a page and as text, its files, an index, and the salts that open the commitments of the parts given out whole.
/// A masked character is in none of them, nor is the salt of a part it stands in: with that a guess could be tried.
/// </summary>
public sealed class DisclosurePackages(SealedLog log, AuthorityRegister authorities, RecordReads reads, OriginalDocuments documents, FileCopies copies, CopyPaper paper, IObjectStore store, Hosting.Databases databases, Proofs.ProofHandler proofs)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Opens what was chosen, as far as the caller may; what they may not see they cannot give out.</summary>
    public async Task<(GivenPackage? Given, Refusal? Refused)> Gather(Guid request, DisclosureState state, IReadOnlyList<FoundItem> chosen, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(request, ct: ct);
        var given = new List<GivenDocument>();
        foreach (var item in chosen)
        {
            if (await documents.Find(item.Target, caller, ct) is not { } record) return (null, Requests.NoItem);
            await reads.Note(caller, [(item.Target, RecordStates.Stored(record.Wall))], ct, $"Begäran om utlämnande {state.Reference}");
            if (await documents.Open(item.Target, ct) is not { } original) return (null, RestrictContent.Unavailable);
            var map = item.Outcome == ItemOutcome.Mask ? MaskMap.Read(await Part(history, item.MaskMap, MaskMap.Part, ct)) : MaskMap.None;
            var document = new GivenDocument(item, original, map, await Part(history, item.DecidedIn, "terms", ct)) { Request = request };
            if (document.Cleans)
            {
                var endings = new Dictionary<Guid, string>();
                foreach (var (attachment, copy) in item.Copies) endings[attachment] = Ending(await Part(history, copy.EventId, "fileName", ct));
                document = document with { Endings = endings };
                foreach (var file in document.GivenFiles.Where(f => document.CopyOf(f) is null))
                {
                    if (await Cleaned(document, file, ct) is null) return (null, NotCleaned(document, file));
                }
            }

            foreach (var file in document.GivenFiles.Where(f => document.CopyOf(f) is null))
            {
                if (await Media.AttachmentScans.Found(databases.Writer, file.Id, ct) is not null) return (null, Infected(document, file));
            }

            given.Add(document);
        }

        return (new(request, (await authorities.Find(state.Authority, ct))!.Name, state.Reference, chosen.Select(c => c.FoundAt).DefaultIfEmpty(state.ReceivedAt).Max(), given), null);
    }

    private async Task<string?> Part(IReadOnlyList<Recorded> history, Guid? eventId, string part, CancellationToken ct)
    {
        var wanted = history.Where(h => h.Id == eventId).ToList();
        return wanted.Count == 0 ? null : (await log.Open(wanted, ct)).GetValueOrDefault(eventId!.Value)?.Parts?[part];
    }

    /// <summary>What a file tells beside what it shows would tell of what was masked. Where it cannot be taken out, the file is masked whole, or printed.</summary>
    private static Refusal NotCleaned(GivenDocument document, DocumentFile file) => new(
        "attachment-not-cleaned",
        $"Bilagan {file.Name ?? file.Id.ToString("D")} i handling {document.Item.Place} kan bära dolda uppgifter (var, när och av vem den är gjord) som inte går att ta bort ur formatet {file.MediaType}. Ersätt bilagan med en kopia som du har maskat och kontrollerat själv, maska hela bilagan, eller lämna ut den utskriven.",
        More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["record"] = document.Original.Record, ["attachment"] = file.Id, ["mediaType"] = file.MediaType });

    private static Refusal Infected(GivenDocument document, DocumentFile file) => new(
        "attachment-infected",
        $"Virusskyddet hittade något i bilagan {file.Name ?? file.Id.ToString("D")} i handling {document.Item.Place}. Ersätt bilagan med en kopia som du har kontrollerat, maska hela bilagan, eller lämna ut den utskriven.",
        More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["record"] = document.Original.Record, ["attachment"] = file.Id });

    /// <summary>The file as it goes into a masked copy; null when it cannot be cleaned.</summary>
    private async Task<byte[]?> Cleaned(GivenDocument document, DocumentFile file, CancellationToken ct)
    {
        if (!CleanFile.MayBe(file.MediaType, file.Bytes)) return null;
        if (CleanFile.IsPlain(file.MediaType)) return [];
        using var whole = new MemoryStream((int)file.Bytes);
        await Read(document, file, whole, ct);
        return CleanFile.Of(whole.GetBuffer().AsSpan(0, (int)whole.Length));
    }

    private Task Read(GivenDocument document, DocumentFile file, Stream into, CancellationToken ct) => store.OpenSealedRange(
        AttachmentIntake.ObjectKey(file.Object), file.Bytes, 0, file.Bytes, file.Key!.AttachmentKey(file.Id), SealedObjects.PlaceOf(document.Original.Record, file.Id), into, ct);

    /// <summary>The SHA-256 of the file; the same documents, masks and originals give the same file.</summary>
    public async Task<string> Digest(GivenPackage given, CancellationToken ct)
    {
        await using var file = await Write(given, ct);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
    }

    /// <summary>A temporary file that goes when it is closed.</summary>
    public async Task<Stream> Write(GivenPackage given, CancellationToken ct)
    {
        var path = Path.Combine(Path.GetTempPath(), $"utlamnande-{Guid.CreateVersion7():N}");
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        try
        {
            await using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                await Text(zip, given, "index.html", Index(given), ct);
                foreach (var document in given.Documents)
                {
                    await Text(zip, given, $"{document.Folder}/handling.html", Page(document), ct);
                    await Text(zip, given, $"{document.Folder}/handling.txt", Plain(document), ct);
                    foreach (var attachment in document.GivenFiles)
                    {
                        if (document.CopyOf(attachment) is { } copy)
                        {
                            await using var copied = Entry(zip, given, $"{document.Folder}/{FileName(document, attachment)}");
                            await copies.Write(given.Request, copy, copied, ct);
                            continue;
                        }

                        var clean = document.Cleans && !CleanFile.IsPlain(attachment.MediaType) ? await Cleaned(document, attachment, ct) : null;
                        await using var into = Entry(zip, given, $"{document.Folder}/{FileName(document, attachment)}");
                        if (clean is not null) await into.WriteAsync(clean, ct);
                        else await Read(document, attachment, into, ct);
                    }

                    if (await proofs.OfDisclosed(document, ct) is { } bundle)
                    {
                        await using var into = Entry(zip, given, $"{document.Folder}/bevispaket.json");
                        await into.WriteAsync(bundle.Write(), ct);
                    }
                }

                if (await paper.Printed(given, ct) is { } printed)
                {
                    await using var into = Entry(zip, given, PaperName);
                    await into.WriteAsync(printed, ct);
                }

                await Text(zip, given, "oppnade-delar.json", Opened(given), ct);
            }

            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The copies as PDF/A, with what is masked.</summary>
    public const string PaperName = "kopia.pdf";

    /// <summary>A name of our own: what a stranger called a file never names a path.</summary>
    internal static string FileName(GivenDocument document, DocumentFile file) =>
        document.CopyOf(file) is null ? $"bilaga-{file.Id:N}{Ending(file.Name)}" : $"bilaga-{file.Id:N}-maskad{document.Endings.GetValueOrDefault(file.Id)}";

    private static string Ending(string? name) => Path.GetExtension(name ?? "") is { Length: > 1 and <= 6 } ending && ending.Skip(1).All(char.IsAsciiLetterOrDigit) ? ending : "";

    private static Stream Entry(ZipArchive zip, GivenPackage given, string name)
    {
        var entry = zip.CreateEntry(name);
        entry.LastWriteTime = Swedish.Local(given.At);
        return entry.Open();
    }

    private static async Task Text(ZipArchive zip, GivenPackage given, string name, string text, CancellationToken ct)
    {
        await using var into = Entry(zip, given, name);
        await into.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
    }

    /// <summary>The salts of the parts given out whole: with them anybody can check a part against the commitment in the event (architecture §4).</summary>
    public static string Opened(GivenPackage given) => JsonSerializer.Serialize(new
    {
        form = "archiveservice/opened-parts/v1",
        check = "commitment = SHA-256(\"archiveservice/cm/v1\" || 0x00 || part || 0x00 || salt || value), all as UTF-8 bytes; it stands in the event's sealed.cm",
        reference = given.Reference,
        documents = given.Documents.Select(d => new
        {
            record = d.Original.Record,
            folder = d.Folder,
            parts = d.Original.Versions.SelectMany(v => v.Parts.Where(p => v.Key is not null && v.Commitments.ContainsKey(p.Key) && !d.Map.Hides(v.EventId, p.Key)).Select(p => new
            {
                @event = v.EventId,
                sequence = v.Sequence,
                type = v.EventName,
                part = p.Key,
                salt = Convert.ToHexStringLower(Seal.Salt(v.Key!, v.EventId, p.Key)),
                commitment = v.Commitments[p.Key],
                value = (string?)p.Value,
                file = (string?)null,
            })).Concat(d.GivenFiles.Where(f => f.Commitment is not null && !IsCleaned(d, f) && d.CopyOf(f) is null).Select(f => new
            {
                @event = f.EventId,
                sequence = f.Sequence,
                type = f.EventName,
                part = Parts.AttachmentBytes(f.Id),
                salt = Convert.ToHexStringLower(Seal.Salt(f.Key!, f.EventId, Parts.AttachmentBytes(f.Id))),
                commitment = f.Commitment!,
                value = (string?)null,
                file = (string?)$"{d.Folder}/{FileName(d, f)}",
            })),
            cleaned = d.GivenFiles.Where(f => IsCleaned(d, f)).Select(f => new { @event = f.EventId, part = Parts.AttachmentBytes(f.Id), file = $"{d.Folder}/{FileName(d, f)}", removed = "metadata" }),
            replaced = d.GivenFiles.Select(f => (File: f, Copy: d.CopyOf(f))).Where(f => f.Copy is not null).Select(f => new
            {
                @event = f.File.EventId,
                part = Parts.AttachmentBytes(f.File.Id),
                file = $"{d.Folder}/{FileName(d, f.File)}",
                provision = f.Copy!.Provision,
                said = "ersatt av maskad kopia",
            }),
            withheld = d.Map.Spans.GroupBy(s => (s.Event, s.Part)).Select(g => new { @event = g.Key.Event, part = g.Key.Part, provisions = g.Select(s => s.Provision).Distinct() }),
        }),
    }, Json);

    /// <summary>Given out without its metadata: the bytes are no longer those that were captured, so nothing can be checked of them.</summary>
    internal static bool IsCleaned(GivenDocument document, DocumentFile file) => document.Cleans && document.CopyOf(file) is null && !CleanFile.IsPlain(file.MediaType);

    public static string Plain(GivenDocument document)
    {
        var text = new StringBuilder();
        foreach (var (heading, value) in Facts(document)) text.Append(heading).Append(": ").Append(value).Append('\n');
        foreach (var (i, version) in document.Original.Versions.Index())
        {
            text.Append("\nVersion ").Append(i + 1).Append(", ").Append(Swedish.DateAndClock(version.At)).Append('\n');
            foreach (var part in version.Parts.Keys) text.Append(OriginalDocument.Said(part)).Append(": ").Append(document.PartOf(version, part)).Append('\n');
        }

        foreach (var file in document.Original.Files) text.Append(FileLine(document, file)).Append('\n');
        return text.ToString();
    }

    public static string Page(GivenDocument document)
    {
        var body = new StringBuilder("<dl>");
        foreach (var (heading, value) in Facts(document)) body.Append("<dt>").Append(Safe(heading)).Append("</dt><dd>").Append(Safe(value)).Append("</dd>");
        body.Append("</dl>");
        foreach (var (i, version) in document.Original.Versions.Index())
        {
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"<h2>Version {i + 1}, {Swedish.DateAndClock(version.At)}</h2><dl>");
            foreach (var part in version.Parts.Keys) body.Append("<dt>").Append(OriginalDocument.Said(part)).Append("</dt><dd dir=\"auto\">").Append(Safe(document.PartOf(version, part))).Append("</dd>");
            body.Append("</dl>");
        }

        if (document.Original.Files.Count > 0)
        {
            body.Append("<h2>Bilagor</h2><ul>");
            foreach (var file in document.Original.Files) body.Append("<li>").Append(Safe(FileLine(document, file))).Append("</li>");
            body.Append("</ul>");
        }

        return Html($"Handling {document.Item.Place}", body.ToString());
    }

    private static string FileLine(GivenDocument document, DocumentFile file) =>
        document.Map.OfAttachment(file.Id) is { } hidden ? $"Bilaga {MaskMap.Said(hidden.Provision)}" : document.CopyOf(file) is { } copy ? $"Bilaga: {file.Name ?? "utan namn"} ({FileName(document, file)}, {MaskMap.Said(copy.Provision)}: filen är ersatt av en maskad kopia)"
        : $"Bilaga: {file.Name ?? "utan namn"} ({FileName(document, file)}{(IsCleaned(document, file) ? ", utan dolda uppgifter om var och hur den är gjord" : "")})";

    private static IEnumerable<(string Heading, string Value)> Facts(GivenDocument document)
    {
        var state = document.Original.State;
        if (state.DiaryNumber is { } number) yield return ("Diarienummer", $"{number}{(state.DocumentNumber is { } n ? $"-{n}" : "")}");
        yield return (state.Direction == Direction.DrawnUp ? "Upprättad" : "Inkommen", Swedish.DateAndClock(state.ReceivedAt));
        if (state.Platform.Length > 0) yield return ("Plattform", RecordViewWords.Platform(state.Platform));
        else yield return ("Slag", CaseDocuments.Said(state.RecordType) ?? "Handling");
        if (document.Cleans && document.Item.IsMasked) yield return ("Maskat", $"{document.Item.Hidden} med stöd av {string.Join(", ", document.Item.HidingProvisions)}");
        if (document.Terms is { } terms) yield return ("Förbehåll (OSL 10 kap. 14 §)", terms);
    }

    private static string Index(GivenPackage given)
    {
        var body = new StringBuilder($"<p>Begäran {given.Reference}. {Swedish.Count(given.Documents.Count, "handling", "handlingar")}.</p><ol>");
        foreach (var document in given.Documents)
        {
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"<li><a href=\"{document.Folder}/handling.html\">Handling {document.Item.Place}</a>, {ExaminationWords.Said(document.Item.Outcome ?? ItemOutcome.Disclose).ToLowerInvariant()}");
            if (document.Item.Provisions.Length > 0) body.Append(" (").Append(Safe(string.Join(", ", document.Item.Provisions))).Append(')');
            body.Append("</li>");
        }

        body.Append("</ol>");
        if (given.Documents.Any(d => d.Item.Outcome != ItemOutcome.Disclose))
            body.Append("<p>Något är maskat eller lämnat ut med förbehåll. Du kan begära att myndigheten beslutar om det skriftligt; ett sådant beslut går att överklaga (OSL 6 kap. 3 och 7 §§).</p>");
        body.Append(System.Globalization.CultureInfo.InvariantCulture, $"<p>Samma handlingar finns för utskrift i {PaperName}, där det har gått att göra en.</p>");
        body.Append("<p>I oppnade-delar.json står det som behövs för att kontrollera att det omaskade är oförändrat sedan det fångades. Varje bevispaket.json visar att det står i arkivets logg.</p>");
        return Html("Utlämnade handlingar", body.ToString());
    }

    private static string Html(string title, string body) =>
        $"<!doctype html><html lang=\"sv\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{Safe(title)}</title><style>body{{font:1rem/1.5 sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}}dd{{margin:0 0 .75rem;white-space:pre-wrap;overflow-wrap:anywhere}}dt{{font-weight:bold}}</style></head><body><h1>{Safe(title)}</h1>{body}</body></html>";

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
