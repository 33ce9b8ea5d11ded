using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// The restricted path for suspected child abuse material: a neutral description is written, and in the same transaction content and attachments are
/// shown to nobody, cleared or not; to show or spread them would be the crime (BrB 16 kap. 10 a §). Anybody on the staff who sees it does this at once.
/// It is not undone: after the police has had what it needs the bytes are destroyed by decision.
/// </summary>
public sealed record RestrictContent(string? Description)
{
    public const string Code = "content-locked";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/restrict", async (Guid id, RestrictContent command, IfMatch expected, Caller caller, RecordMeasures handler, CancellationToken ct) =>
            (await handler.Restrict(id, command, expected, caller, ct)).Answer()).WithName("restrict-content");

    /// <summary>451: unavailable for legal reasons.</summary>
    public static Refusal Unavailable { get; } = new(Code, "Innehållet är låst: misstänkt barnpornografibrott. Ingen får öppna det här. Kontakta polisen (BrB 16 kap. 10 a §).", StatusCodes.Status451UnavailableForLegalReasons);

    public static Refusal Refused(string why) => new(Code, $"Innehållet är låst. {why}");

    public Decision Decide(RecordState state, Policy policy) =>
        Description?.Trim() is not { Length: > 0 and <= 2000 } description ? Refusal.Input("description-missing", "Beskriv neutralt vad det är, utan detaljer, högst 2000 tecken.")
        : state.Locked ? Decision.Nothing
        : new Happened(new ContentLocked(policy.Version), KeyClass.Register, new Parts().With("note", description));
}
