using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>Notes that a record was printed: on what, how many pages, where the copy lies (C8). The page of the record prints it; this tells that it was done.</summary>
/// <param name="Archival">Whether the copy is the arkivexemplar; what the policy says when absent.</param>
public sealed record PaperCopy(string? Paper, int? Pages, string? Printer, string? Location, DateOnly? ProducedOn, bool? Archival, string? Note)
{
    public static IReadOnlyList<(string Word, PaperClass Paper, string Said)> Papers { get; } =
    [
        ("age-resistant", PaperClass.AgeResistant, "Åldringsbeständigt (ISO 9706, Svenskt Arkiv)"), ("archival", PaperClass.Archival, "Arkivbeständigt (ISO 11108)"), ("ordinary", PaperClass.Ordinary, "Vanligt kontorspapper"),
    ];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/paper-copies", async (Guid id, PaperCopy command, IfMatch expected, Caller caller, PaperCopyHandler handler, CancellationToken ct) =>
            (await handler.Produce(id, command, expected, caller, ct)).Answer())
        .WithName("paper-copy");

    /// <summary>Pure.</summary>
    public Decision Decide(RecordState state, Guid copy, Policy policy, DateOnly today)
    {
        if (!state.ContentCaptured) return new Refusal("capture-missing", "Handlingens innehåll är inte fångat: det finns inget att skriva ut.");
        if (Papers.FirstOrDefault(p => p.Word == Paper) is not { Word: not null } paper) return Refusal.Input("paper-unknown", $"Papperet kan vara: {string.Join(", ", Papers.Select(p => p.Word))}.");
        if (Pages is not (> 0 and <= 10_000)) return Refusal.Input("pages-missing", "Ange hur många sidor kopian har, 1–10 000.");
        if (Printer is not { Length: <= 200 } || string.IsNullOrWhiteSpace(Printer)) return Refusal.Input("printer-missing", "Ange vilken skrivare kopian kommer från, högst 200 tecken.");
        if (Location is not { Length: <= 500 } || string.IsNullOrWhiteSpace(Location)) return Refusal.Input("location-missing", "Ange var kopian ligger: pärm, akt eller hylla, högst 500 tecken.");
        if (ProducedOn > today) return Refusal.Input("produced-in-the-future", "Kopian kan inte ha gjorts i framtiden.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        var archival = Archival ?? policy["preservation.archivalCopy"] is "paper" or "paper-when-made";
        // R-15: what is preserved goes onto age-resistant paper; ordinary paper does not last as long as the duty does.
        if (archival && paper.Paper == PaperClass.Ordinary)
            return new Refusal("paper-not-lasting", "En papperskopia som är arkivexemplar ska vara på åldringsbeständigt eller arkivbeständigt papper (R-15). Skriv ut igen, eller säg att kopian inte är arkivexemplaret.");
        return new Happened(
            new PaperCopyProduced(copy, paper.Paper, Pages.Value, ProducedOn ?? today, archival, policy.Version), KeyClass.Register,
            new Parts().With("printer", Printer.Trim()).With("location", Location.Trim()).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>Whether a copy on paper is owed, and by what.</summary>
/// <param name="Why">The requirement in words; null: none is owed.</param>
public sealed record PaperDuty(string? Why, string ArchivalCopy)
{
    /// <summary>Pure. <paramref name="kept"/>: no rule of gallring in force covers the record, so that it is preserved.</summary>
    public static PaperDuty Of(RecordState state, Policy policy, bool kept)
    {
        var removed = state.TakenDownByAuthority && state.Visibility != Visibility.Visible;
        var why = state.DisposedAt is not null || !state.ContentCaptured || state.PaperCopies > 0 ? null
            : policy["removal.paperCopy"] switch
            {
                "true" when removed => "Borttaget ska finnas sparat på papper, samlat i ett ärende",
                // N-15: preserved means unpublished and of more than minor significance, as where it is registered for the same reason.
                "when-preserved" when removed && state.Visibility == Visibility.Unpublished && !state.AssessedMinor => "Det avpublicerade som ska bevaras skrivs ut på papper",
                "secrecy" when state.IsMarkedSecret && state.Direction == Direction.Received => "Det som kan omfattas av sekretess skrivs omgående ut på papper",
                _ => null,
            } is { } removal ? $"{removal} ({policy.Of("removal.paperCopy").Requirement})."
            // R-15: no electronic final archive; what is preserved is transferred to age-resistant paper.
            : policy["preservation.medium"] == "paper-ageresistant" && kept && state.Registration == Registration.Registered && !MadeHere.Is(state.RecordType)
                ? $"Det som ska bevaras förs över till åldringsbeständigt papper ({policy.Of("preservation.medium").Requirement})."
                : null;
        var copy = policy["preservation.archivalCopy"] switch
        {
            "paper" => "Papperskopian",
            "paper-when-made" => state.PaperCopies > 0 ? "Papperskopian" : "Den elektroniska, tills en papperskopia är gjord",
            _ => "Den elektroniska",
        };
        return new(why, copy);
    }
}

public sealed class PaperCopyHandler(Records records, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Produce(Guid id, PaperCopy command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var copy = Guid.CreateVersion7(clock.GetUtcNow());
        PaperCopyProduced? produced = null;
        return await records.Decide(id, expected, caller, state =>
        {
            var decision = caller.May(state.Authority, Role.Registrator, Role.Arkivarie)
                ? command.Decide(state, copy, policy, Swedish.Day(clock.GetUtcNow()))
                : Refusal.NotAllowed("Bara en registrator eller arkivarie antecknar en papperskopia.");
            produced = decision.Events.Select(e => e.Event).OfType<PaperCopyProduced>().SingleOrDefault();
            return decision;
        },
        (_, _, _) => Task.FromResult(new Beside([], [],
        [
            new("insert into archive.paper_copies (copy_id, record_id, pages, archival, produced_on) values ($1, $2, $3, $4, $5)")
            {
                Parameters = { new() { Value = copy }, new() { Value = id }, new() { Value = produced!.Pages }, new() { Value = produced.IsArchival }, new() { Value = produced.ProducedOn } },
            },
        ])), ct);
    }
}
