using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Http.Features;

namespace ArchiveService.Features.Disposals;

/// <summary>The scan of a protocol that was signed on paper: it stands sealed beside the run, whose key no rule destroys.</summary>
/// <param name="Part">As what it was signed: <c>controller</c> or <c>archivist</c>.</param>
public sealed record ScanProtocol(string? Part)
{
    public const int MostBytes = 8 * 1024 * 1024;

    internal const string Scan = "scan", ScanName = "scan.fileName";

    private static readonly (string MediaType, byte[] Begins)[] Kinds = [("application/pdf", "%PDF-"u8.ToArray()), ("image/png", [0x89, 0x50, 0x4E, 0x47]), ("image/jpeg", [0xFF, 0xD8, 0xFF])];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/disposals/{id:guid}/signed-paper", async (Guid id, string? part, HttpContext http, Caller caller, ProtocolPaperHandler handler, Certificates certificates, CancellationToken ct) =>
        {
            if (!http.Request.HasFormContentType) return Problems.Refused(new("media-type", "Skicka filen som multipart/form-data.", StatusCodes.Status415UnsupportedMediaType));
            try
            {
                var form = await http.Request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = MostBytes + 64 * 1024 }, ct);
                var (run, refused) = await handler.Keep(id, new(part ?? form["part"]), form.Files.Count == 0 ? null : form.Files[0], caller, ct);
                return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await certificates.Of(run!, caller.MayReadSecret(run!.Authority), ct));
            }
            catch (Exception error) when (error is InvalidDataException or BadHttpRequestException)
            {
                return Problems.Refused(TooLarge);
            }
        }).DisableAntiforgery().WithName("keep-signed-protocol-paper");

        routes.MapGet("/api/v1/disposals/{id:guid}/signed-paper", async (Guid id, string? part, HttpContext http, Caller caller, DisposalRuns runs, ProtocolPaperHandler handler, CancellationToken ct) =>
        {
            if (await DisposalRoutes.Visible(id, caller, runs, ct) is null || await handler.Find(id, part, ct) is not { } paper) return Problems.Refused(Refusal.Unknown("signed-paper", "Inget undertecknat papper är inläst för den gallringen."));
            http.Response.Headers.CacheControl = "private, no-store";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return (IResult)Results.Bytes(paper.Bytes, paper.MediaType, $"gallringsprotokoll-undertecknat{(paper.MediaType switch { "application/pdf" => ".pdf", "image/png" => ".png", _ => ".jpg" })}");
        }).WithName("signed-protocol-paper");

        routes.MapPost("/api/v1/disposals/{id:guid}/external-number", async (Guid id, NumberProtocol command, Caller caller, ProtocolPaperHandler handler, Certificates certificates, CancellationToken ct) =>
        {
            var (run, refused) = await handler.Number(id, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await certificates.Of(run!, caller.MayReadSecret(run!.Authority), ct));
        }).WithName("number-disposal-protocol");
    }

    internal static Refusal TooLarge { get; } = new("file-too-large", "Det inlästa papperet är större än 8 MB. Läs in det i svartvitt eller med lägre upplösning.", StatusCodes.Status413PayloadTooLarge);

    /// <summary>Pure.</summary>
    /// <param name="before">How it has been signed.</param>
    /// <param name="bytes">The file; null when none came.</param>
    public Decision Decide(DisposalRun run, IReadOnlyList<DisposalProtocolSigned> before, byte[]? bytes, string? fileName, Caller caller, Policy policy)
    {
        if (!SignProtocol.Signers.Any(r => caller.May(run.Authority, r))) return Refusal.NotAllowed("Protokollet läses in av arkivarie, registrator, chef eller granskare vid myndigheten.");
        SigningPart? signsAs = Part switch { "controller" => SigningPart.Controller, "archivist" => SigningPart.Archivist, _ => null };
        if (signsAs is not { } part) return Refusal.Input("signing-part", "Ange som vad protokollet är undertecknat: controller (den som kontrollerade) eller archivist (arkivansvarig).");
        if (!before.Any(s => s.Part == part && s.Form is SigningForm.Paper)) return new Refusal("not-signed-on-paper", "Protokollet är inte undertecknat på papper så. Anteckna underskriften först.");
        if (bytes is not { Length: > 0 }) return Refusal.Input("file-missing", "Skicka det inlästa papperet som en fil.");
        if (bytes.Length > MostBytes) return TooLarge;
        // What the file begins with decides, not what it calls itself.
        if (Kinds.FirstOrDefault(k => bytes.AsSpan().StartsWith(k.Begins)).MediaType is not { } mediaType) return Refusal.Input("file-kind", "Det inlästa papperet ska vara en PDF-, PNG- eller JPEG-fil.");
        return new Happened(
            new DisposalProtocolScanned(part, bytes.Length, mediaType, policy.Version), KeyClass.Office,
            new Parts().With(DisposalRun.ActorName, caller.Name).With(Scan, bytes).With(ScanName, string.IsNullOrWhiteSpace(fileName) ? null : fileName));
    }
}

/// <summary>The number that another system's diary gave the protocol, where that is where the diary is kept (diary.mode external).</summary>
public sealed record NumberProtocol(string? System, string? DiaryNumber)
{
    /// <summary>Pure.</summary>
    /// <param name="issued">How it was issued; null while it is not.</param>
    /// <param name="before">The number given before.</param>
    public Decision Decide(DisposalRun run, DisposalProtocolIssued? issued, DisposalProtocolNumbered? before, Caller caller, Policy policy)
    {
        if (!caller.May(run.Authority, Role.Registrator, Role.Arkivarie)) return Refusal.NotAllowed("Bara registrator eller arkivarie vid myndigheten antecknar protokollets nummer.");
        if (run.State is not RunState.Completed || issued is null) return new Refusal("not-executed", "Gallringen är inte slutförd än, så det finns inget protokoll att numrera.");
        if (issued.DiaryNumber is not null) return new Refusal("protocol-registered", $"Protokollet är diariefört här: {issued.DiaryNumber}.");
        if (System?.Trim() is not { Length: > 0 and <= 100 } system) return Refusal.Input("external-system", "Ange vilket diarium som gav numret, högst 100 tecken.");
        if (DiaryNumber?.Trim() is not { Length: > 0 and <= 100 } number) return Refusal.Input("external-number", "Ange numret, högst 100 tecken.");
        if (before is not null && before.System == system && before.DiaryNumber == number) return new Refusal("already-numbered", "Det numret är redan antecknat.");
        return new Happened(new DisposalProtocolNumbered(system, number, policy.Version));
    }
}

/// <summary>A scan as it was read in.</summary>
public sealed record ScannedPaper(string MediaType, byte[] Bytes, string Sha256);

public sealed class ProtocolPaperHandler(SealedLog log, DisposalRuns runs, AuthorityRegister authorities)
{
    public async Task<(DisposalRun? Run, Refusal? Refused)> Keep(Guid id, ScanProtocol command, IFormFile? file, Caller caller, CancellationToken ct)
    {
        var (run, refused) = await Seen(id, caller, ct);
        if (run is null) return (null, refused);
        if (file?.Length > ScanProtocol.MostBytes) return (null, ScanProtocol.TooLarge);
        byte[]? bytes = null;
        if (file is not null)
        {
            using var whole = new MemoryStream((int)file.Length);
            await file.CopyToAsync(whole, ct);
            bytes = whole.ToArray();
        }

        var before = (await log.Store.ReadStream(id, ct: ct)).Select(e => e.Event).OfType<DisposalProtocolSigned>().ToList();
        var name = file is null ? null : Path.GetFileName(file.FileName.Replace('\\', '/'));
        return await Append(run, command.Decide(run, before, bytes, name is { Length: > 0 and <= 255 } ? name : null, caller, (await authorities.Find(run.Authority, ct))!.Policy), caller, ct);
    }

    public async Task<(DisposalRun? Run, Refusal? Refused)> Number(Guid id, NumberProtocol command, Caller caller, CancellationToken ct)
    {
        var (run, refused) = await Seen(id, caller, ct);
        if (run is null) return (null, refused);
        var history = (await log.Store.ReadStream(id, ct: ct)).Select(e => e.Event).ToList();
        return await Append(
            run, command.Decide(run, history.OfType<DisposalProtocolIssued>().LastOrDefault(), history.OfType<DisposalProtocolNumbered>().LastOrDefault(), caller, (await authorities.Find(run.Authority, ct))!.Policy), caller, ct);
    }

    /// <summary>The latest scan, of one part or of any; null when none was read in.</summary>
    public async Task<ScannedPaper?> Find(Guid id, string? part, CancellationToken ct)
    {
        var scans = (await log.Store.ReadStream(id, ct: ct)).Where(e => e.Event is DisposalProtocolScanned s && (part is null || PartOf(s.Part) == part)).ToList();
        if (scans.Count == 0) return null;
        var opened = await log.Open([scans[^1]], ct);
        return opened.GetValueOrDefault(scans[^1].Id)?.Parts?.Bytes(ScanProtocol.Scan) is { } bytes
            ? new(((DisposalProtocolScanned)scans[^1].Event).MediaType, bytes, Convert.ToHexStringLower(SHA256.HashData(bytes)))
            : null;
    }

    internal static string PartOf(SigningPart part) => part is SigningPart.Controller ? "controller" : "archivist";

    private async Task<(DisposalRun? Run, Refusal? Refused)> Seen(Guid id, Caller caller, CancellationToken ct)
    {
        if (Retention.Archivists.RefuseService(caller, "anteckna något om ett gallringsprotokoll") is { } isService) return (null, isService);
        return await runs.Find(id, ct) is { } run && caller.IsStaffOf(run.Authority) ? (run, null) : (null, Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
    }

    private async Task<(DisposalRun? Run, Refusal? Refused)> Append(DisposalRun run, Decision decision, Caller caller, CancellationToken ct)
    {
        if (decision.Refused is { } why) return (null, why);
        return await log.Append([new(run.Id, "disposal_run", ExpectedVersion.Exactly(run.Version), decision.Events)], await log.Keys([run.Id], ct), new(caller.PersonId.ToString("D")), [], ct) is Appended.Done
            ? ((await runs.Find(run.Id, ct))!, null)
            : (null, Refusal.ChangedMeanwhile(run.Version + 1));
    }
}
