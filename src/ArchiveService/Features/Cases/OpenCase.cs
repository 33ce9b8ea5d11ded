using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Classification;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>Opens a case that has no document yet.</summary>
/// <param name="Initiative">Absent means the authority's own.</param>
public sealed record OpenCase(string? Authority, string? Title, string? PublicTitle, string? ClassCode, string? Series, CaseInitiative? Initiative)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases", async (OpenCase command, Caller caller, OpenCaseHandler handler, CancellationToken ct) =>
        {
            var (outcome, id, number) = await handler.Open(command, caller, ct);
            return outcome is Outcome.Done done
                ? TypedResults.Created($"/api/v1/cases/{id}", new { caseId = id, diaryNumber = number, done.LastSequence, done.Version })
                : outcome.Answer();
        })
        .WithName("open-case");

    /// <summary>Pure.</summary>
    public Refusal? Check() => new NewCase(Title, ClassCode, Series).Check()
        ?? (Initiative is { } initiative && initiative is not (CaseInitiative.Authority or CaseInitiative.Application) ? Refusal.Input("case-initiative", "Ange om ärendet är myndighetens eget eller en ansökan.") : null)
        ?? CaseInput.AtMost(PublicTitle, 300, "public-title", "Den offentliga ärendemeningen")
        ?? (SecrecyHints.Any(PublicTitle) ? Refusal.Input("public-title", "Den offentliga ärendemeningen ser ut att innehålla ett personnummer. Skriv den neutralt.") : null);
}

public sealed class OpenCaseHandler(SealedLog log, Databases databases, AuthorityRegister authorities, ClassificationPlans plans, Registration registration)
{
    public async Task<(Outcome Outcome, Guid Case, string DiaryNumber)> Open(OpenCase command, Caller caller, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(command.Authority)) return (Refusal.Input("authority-missing", "Ange myndigheten."), default, "");
        if (await authorities.Find(command.Authority.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id))
            return (Refusal.Unknown("authority", "Myndigheten finns inte, eller så får du inte se den."), default, "");
        if (!caller.May(authority.Id, Role.Registrator)) return (Refusal.NotAllowed("Bara en registrator får öppna ett ärende."), default, "");
        if (command.Check() is { } wrong) return (wrong, default, "");
        var classCode = CaseInput.Trimmed(command.ClassCode);
        if (classCode is not null && await plans.Refuse(authority.Id, classCode, ct) is { } unusable) return (unusable, default, "");

        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (id, number, beside) = await registration.OpenEmpty(
            transaction, authority, new(command.Title!, classCode, CaseInput.Trimmed(command.Series)), command.Initiative ?? CaseInitiative.Authority, CaseInput.Trimmed(command.PublicTitle), ct);
        if (beside.Refused is not null) return (beside.Refused, default, "");
        if (await log.Append(transaction, beside.Drafts, log.NewKeySet(), new(caller.PersonId.ToString("D")), beside.Statements, ct) is not EventStore.Appended.Done done)
            return (Refusal.ChangedMeanwhile(0), default, "");
        await transaction.CommitAsync(ct);
        return (new Outcome.Done(done.LastSequence, done.Versions[id]), id, number);
    }
}
