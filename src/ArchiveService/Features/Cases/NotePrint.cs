using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>The utskriftsprotokoll of a case file: notes that it was printed, its pages counted, on what paper and where it lies (R-15, N-15).</summary>
/// <param name="Pages">How many pages the file has: "Sida 1 av 12".</param>
/// <param name="Counted">How many came out on paper.</param>
/// <param name="Archival">Whether the copy is the arkivexemplar; what the policy says when absent.</param>
/// <param name="Secret">The secret documents in their own cover.</param>
public sealed record NotePrint(string? Paper, int? Pages, int? Counted, string? Printer, string? Location, DateOnly? PrintedOn, bool? Archival, bool? Secret, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/prints", async (Guid id, NotePrint command, IfMatch expected, Caller caller, NotePrintHandler handler, CancellationToken ct) =>
            (await handler.Note(id, command, expected, caller, ct)).Answer()).WithName("note-case-print");
        routes.MapGet("/api/v1/cases/{id:guid}/prints", async (Guid id, Caller caller, Databases databases, SealedLog log, NotePrintHandler handler, CancellationToken ct) =>
            await CaseDetails.Read(id, caller, databases, log, ct) is { } details
                ? TypedResults.Ok(new { items = await handler.Of(id, caller.MayReadSecret(details.AuthorityId), ct) })
                : (IResult)Problems.Refused(NotePrintHandler.Unknown)).WithName("case-prints");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(Guid print, Policy policy, DateOnly today)
    {
        if (PaperCopy.Papers.FirstOrDefault(p => p.Word == Paper) is not { Word: not null } paper) return Refusal.Input("paper-unknown", $"Papperet kan vara: {string.Join(", ", PaperCopy.Papers.Select(p => p.Word))}.");
        if (Pages is not (> 0 and <= 100_000)) return Refusal.Input("pages-missing", "Ange hur många sidor akten har enligt sidfoten, 1–100 000.");
        // Checked means counted: a page that stuck in the printer is missed for ever.
        if (Counted is null) return Refusal.Input("counted-missing", "Räkna sidorna på papperet och ange hur många de är.");
        if (Counted != Pages) return new Refusal("pages-differ", $"Akten har {Pages} sidor men {Counted} kom ut. Skriv ut det som saknas och räkna igen.");
        if (Printer is not { Length: <= 200 } || string.IsNullOrWhiteSpace(Printer)) return Refusal.Input("printer-missing", "Ange vilken skrivare kopian kommer från, högst 200 tecken.");
        if (Location is not { Length: <= 500 } || string.IsNullOrWhiteSpace(Location)) return Refusal.Input("location-missing", "Ange var akten ligger: pärm, låda eller hylla, högst 500 tecken.");
        if (PrintedOn > today) return Refusal.Input("printed-in-the-future", "Akten kan inte ha skrivits ut i framtiden.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        var archival = Archival ?? policy["preservation.archivalCopy"] is "paper" or "paper-when-made";
        // R-15: what is preserved goes onto age-resistant paper.
        if (archival && paper.Paper == PaperClass.Ordinary)
            return new Refusal("paper-not-lasting", "En akt på papper som är arkivexemplar ska vara på åldringsbeständigt eller arkivbeständigt papper (R-15). Skriv ut igen, eller säg att utskriften inte är arkivexemplaret.");
        return new Happened(
            new CaseFilePrinted(print, paper.Paper, Pages.Value, PrintedOn ?? today, archival, Secret == true, policy.Version), KeyClass.Case,
            new Parts().With("printer", Printer.Trim()).With("location", Location.Trim()).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>A line of the protocol.</summary>
/// <param name="Number">In the order they were noted, of those the reader may know of.</param>
public sealed record CasePrintNote(int Number, Guid Print, DateOnly PrintedOn, DateTimeOffset NotedAt, string? By, string Paper, int Pages, bool IsArchival, bool Secret, string? Printer, string? Location, string? Note);

public sealed class NotePrintHandler(SealedLog log, Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public static Refusal Unknown => Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.");

    public static bool May(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Arkivarie);

    public async Task<Outcome> Note(Guid id, NotePrint command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Lock(transaction, id, ct) is not var (authority, version) || !caller.IsStaffOf(authority)) return Unknown;
        if (!May(caller, authority)) return Refusal.NotAllowed("Bara en registrator eller arkivarie antecknar en utskrift.");
        if (command.Secret == true && !caller.MayReadSecret(authority)) return Refusal.NotAllowed("Bara den som är behörig till det hemliga skriver ut det.");
        if (expected.Version is { } seen && seen != version) return Refusal.ChangedMeanwhile(version);
        var print = Guid.CreateVersion7(clock.GetUtcNow());
        var decision = command.Decide(print, (await authorities.Find(authority, ct))!.Policy, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is not null) return decision.Refused;

        var printed = (CaseFilePrinted)decision.Events[0].Event;
        NpgsqlBatchCommand row = new("insert into archive.case_prints (print_id, case_id, pages, archival, secret, printed_on) values ($1, $2, $3, $4, $5, $6)")
        {
            Parameters = { new() { Value = print }, new() { Value = id }, new() { Value = printed.Pages }, new() { Value = printed.IsArchival }, new() { Value = printed.Secret }, new() { Value = printed.PrintedOn } },
        };
        if (await log.Append(transaction, [new(id, "case", ArchiveService.EventStore.ExpectedVersion.Exactly(version), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [row], ct) is not ArchiveService.EventStore.Appended.Done done)
            return Refusal.ChangedMeanwhile(version + 1);
        await transaction.CommitAsync(ct);
        return new Outcome.Done(done.LastSequence, done.Versions[id]);
    }

    /// <summary>The protocol, newest first, for staff of the case's authority. That something secret was printed is told only to those cleared for it.</summary>
    public async Task<IReadOnlyList<CasePrintNote>> Of(Guid id, bool cleared, CancellationToken ct)
    {
        // Counted among those the reader may know of: a gap would tell of the others.
        var printed = (await log.Store.ReadStream(id, ct: ct)).Where(e => e.Event is CaseFilePrinted print && (cleared || !print.Secret)).ToList();
        var opened = await log.Open(printed, ct);
        var names = new Dictionary<Guid, string>();
        await using (var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)"))
        {
            query.Parameters.Add(new() { Value = printed.Select(e => Guid.Parse(e.Actor!)).Distinct().ToArray() });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        }

        return [.. printed.Index().Reverse().Select(at =>
        {
            var (number, e) = (at.Index + 1, at.Item);
            var print = (CaseFilePrinted)e.Event;
            string? Part(string name) => opened.GetValueOrDefault(e.Id)?.Parts?[name];
            return new CasePrintNote(
                number, print.Print, print.PrintedOn, e.Time, names.GetValueOrDefault(Guid.Parse(e.Actor!)), PaperCopy.Papers.First(p => p.Paper == print.Paper).Word, print.Pages, print.IsArchival, print.Secret,
                Part("printer"), Part("location"), Part("note"));
        })];
    }

    /// <summary>The stream before the row, as a registration into the case takes them.</summary>
    private static async Task<(Guid Authority, long Version)?> Lock(NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select c.authority_id, s.version from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1 for update of s, c
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetInt64(1)) : null;
    }
}
