using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>Återöppnar ett avslutat ärende, with the reason. What was counted from its end stops.</summary>
public sealed record ReopenCase(string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/reopen", async (Guid id, ReopenCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await command.Reopen(id, expected, caller, acts, ct)).Answer()).WithName("reopen-case");
        routes.MapPost("/api/v1/cases/{id:guid}/archive", async (Guid id, ArchiveCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, command.Decide, ct)).Answer()).WithName("archive-case");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får återöppna ett ärende.");
        if (at.State.Voided) return at.NotOpen()!;
        if (at.State.ClosedAt is null) return new Refusal("case-open", "Ärendet är inte avslutat.");
        return CaseInput.Required(Reason, 2000, "reason-missing", "Ange varför ärendet återöppnas") is { } wrong
            ? wrong
            : new Happened(new CaseReopened(at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", Reason!.Trim()));
    }

    public async Task<Outcome> Reopen(Guid id, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct)
    {
        try
        {
            return await acts.Decide(id, expected, caller, Decide, ct);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "cases_collective" })
        {
            return new Refusal("collective-open", "Ärendet är ett samlingsärende, och ett nyare samlingsärende är redan öppet. Registrera i det i stället.");
        }
    }
}

/// <summary>The akt of a closed case is laid in the archive: when, and where it stands.</summary>
public sealed record ArchiveCase(DateOnly? On, string? Folder, string? Shelf, string? Box)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (!at.IsRegistrator && !at.By.May(at.State.Authority, Role.Arkivarie)) return Refusal.NotAllowed("Bara en registrator eller en arkivarie får arkivlägga ett ärende.");
        if (at.State.Voided) return at.NotOpen()!;
        if (at.State.ClosedAt is not { } closed) return new Refusal("case-open", "Avsluta ärendet innan akten arkivläggs.");
        var on = On ?? at.Today;
        if ((CaseInput.Day(on, at.Today, "archived-day", "Dagen") ?? CaseInput.Required(Folder, 100, "archived-folder", "Ange var akten ligger, i vilken mapp eller volym")
            ?? CaseInput.AtMost(Shelf, 100, "archived-shelf", "Hyllan") ?? CaseInput.AtMost(Box, 100, "archived-box", "Kartongen")) is { } wrong) return wrong;
        return on < PageParts.Swedish.Day(closed)
            ? Refusal.Input("archived-day", "Akten kan inte ha arkivlagts innan ärendet avslutades.")
            : new Happened(new CaseArchived(on, at.PolicyVersion), KeyClass.Case, new Parts().With("folder", Folder!.Trim()).With("shelf", CaseInput.Trimmed(Shelf)).With("box", CaseInput.Trimmed(Box)));
    }
}
