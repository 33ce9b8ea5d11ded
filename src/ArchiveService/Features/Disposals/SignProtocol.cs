using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

/// <summary>
/// Signs a gallringsprotokoll (domain §2.12): as whoever controlled the execution, or as arkivansvarig. Electronically by whoever is logged in; or on paper, printed with its lines,
/// and then it is told who signed, when, and where the signed copy is kept.
/// </summary>
/// <param name="Name">Of whoever signed on paper.</param>
/// <param name="Title">Tjänstetitel.</param>
/// <param name="KeptAt">Where the signed paper is, as ”Protokollspärm 2026, närarkivet”.</param>
public sealed record SignProtocol(string? Part, string? Form, string? Name, string? Title, DateOnly? SignedOn, string? KeptAt)
{
    internal const string SignerName = "signer.name", SignerTitle = "signer.title", KeptAtPart = "keptAt";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/disposals/{id:guid}/sign", async (Guid id, SignProtocol command, Caller caller, SignProtocolHandler handler, Certificates certificates, CancellationToken ct) =>
        {
            var (run, refused) = await handler.Sign(id, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await certificates.Of(run!, caller.MayReadSecret(run!.Authority), ct));
        })
        .WithName("sign-disposal-protocol");

    /// <summary>Pure.</summary>
    /// <param name="before">What has been signed already.</param>
    public Decision Decide(DisposalRun run, IReadOnlyList<DisposalProtocolSigned> before, Caller caller, DateOnly today, Policy policy)
    {
        if (run.State is not RunState.Completed) return new Refusal("not-executed", "Gallringen är inte slutförd än, så det finns inget protokoll att underteckna.");
        SigningPart? signsAs = Part switch { "controller" => SigningPart.Controller, "archivist" => SigningPart.Archivist, _ => null };
        if (signsAs is not { } part) return Refusal.Input("signing-part", "Ange som vad protokollet undertecknas: controller (den som kontrollerade) eller archivist (arkivansvarig).");
        SigningForm? signs = (Form ?? "electronic") switch { "electronic" => SigningForm.Electronic, "paper" => SigningForm.Paper, _ => null };
        if (signs is not { } form) return Refusal.Input("signing-form", "Ange hur protokollet undertecknas: electronic eller paper.");
        if (Title?.Trim() is not { Length: > 0 and <= 200 } title) return Refusal.Input("signer-title", "Ange tjänstetitel, högst 200 tecken.");
        var electronic = form is SigningForm.Electronic;
        if (electronic && (!string.IsNullOrWhiteSpace(Name) || !string.IsNullOrWhiteSpace(KeptAt))) return Refusal.Input("signer-name", "Elektroniskt undertecknar den som är inloggad. Namn och förvaring anges bara för ett papper.");
        if (!electronic && Name?.Trim() is not { Length: > 0 and <= 200 }) return Refusal.Input("signer-name", "Ange vem som har undertecknat papperet, högst 200 tecken.");
        if (!electronic && KeptAt?.Trim() is not { Length: > 0 and <= 500 }) return Refusal.Input("signed-paper-kept", "Ange var det undertecknade exemplaret förvaras, högst 500 tecken.");
        var on = SignedOn ?? today;
        if (on > today || on < Swedish.Day(run.CompletedAt!.Value) || (electronic && on != today)) return Refusal.Input("signed-on", "Dagen ska vara från det att protokollet utfärdades och senast i dag; elektroniskt undertecknas i dag.");
        if (part is SigningPart.Archivist && !caller.May(run.Authority, Role.Arkivarie)) return Refusal.NotAllowed("Bara en arkivarie vid myndigheten undertecknar som arkivansvarig.");
        // Controlled by another than the one who executed it.
        if (electronic && part is SigningPart.Controller && caller.PersonId == run.StartedBy) return new Refusal("same-person", "Den som verkställde gallringen kan inte också ha kontrollerat den. Be någon annan.");
        if (before.Any(s => s.Part == part && s.Form == form)) return new Refusal("already-signed", "Protokollet är redan undertecknat så.");
        return new Happened(
            new DisposalProtocolSigned(part, form, on, RoleOf(caller, run.Authority), policy.Version), KeyClass.Office,
            new Parts().With(DisposalRun.ActorName, caller.Name).With(SignerName, electronic ? caller.Name : Name!.Trim()).With(SignerTitle, title).With(KeptAtPart, electronic ? null : KeptAt!.Trim()));
    }

    /// <summary>Those who see the worklist.</summary>
    internal static IReadOnlyList<Role> Signers => Retention.Worklist.Readers;

    private static string RoleOf(Caller caller, Guid authority) => Signers.First(r => caller.May(authority, r)).Stored();
}

public sealed class SignProtocolHandler(SealedLog log, DisposalRuns runs, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<(DisposalRun? Run, Refusal? Refused)> Sign(Guid id, SignProtocol command, Caller caller, CancellationToken ct)
    {
        if (Retention.Archivists.RefuseService(caller, "underteckna ett gallringsprotokoll") is { } isService) return (null, isService);
        if (await runs.Find(id, ct) is not { } run || !caller.IsStaffOf(run.Authority)) return (null, Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
        if (!SignProtocol.Signers.Any(r => caller.May(run.Authority, r))) return (null, Refusal.NotAllowed("Protokollet undertecknas av arkivarie, registrator, chef eller granskare vid myndigheten."));
        var policy = (await authorities.Find(run.Authority, ct))!.Policy;
        var before = (await log.Store.ReadStream(id, ct: ct)).Select(e => e.Event).OfType<DisposalProtocolSigned>().ToList();
        var decision = command.Decide(run, before, caller, Swedish.Day(clock.GetUtcNow()), policy);
        if (decision.Refused is { } why) return (null, why);
        var keys = await log.Keys([id], ct);
        return await log.Append([new(id, "disposal_run", ExpectedVersion.Exactly(run.Version), decision.Events)], keys, new(caller.PersonId.ToString("D")), [], ct) is Appended.Done
            ? ((await runs.Find(id, ct))!, null)
            : (null, Refusal.ChangedMeanwhile(run.Version + 1));
    }
}
