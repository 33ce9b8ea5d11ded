using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Http;

namespace ArchiveService.Features.Records;

/// <param name="Title">Ärendemening.</param>
/// <param name="ClassCode">Absent means the authority's usual class.</param>
/// <param name="Series">The organ code of one of the authority's diary series; absent means the one it uses where none is named.</param>
public sealed record NewCase(string? Title, string? ClassCode, string? Series = null)
{
    public Refusal? Check() => string.IsNullOrWhiteSpace(Title) || Title.Length > 300 || ClassCode is { Length: > 20 } || Series is { Length: > 16 }
        ? Refusal.Input("case-title", "Ange en ärendemening på högst 300 tecken, en klassbeteckning på högst 20 och en serie på högst 16.")
        : null;
}

public sealed record ExternalNumber(string? System, string? DiaryNumber, DateTimeOffset? RegisteredAt)
{
    public Refusal? Check() =>
        string.IsNullOrWhiteSpace(System) || string.IsNullOrWhiteSpace(DiaryNumber) || RegisteredAt is null || DiaryNumber.Length > 100 || System.Length > 100
            ? Refusal.Input("external-number", "Ange system, diarienummer och registreringsdatum för det andra diariet, högst 100 tecken var.")
            : null;

    public CaseChoice Choice(string title) => new CaseChoice.External(System!, DiaryNumber!, RegisteredAt!.Value, title);
}

/// <summary>Diarieför en handling: in an existing case, a new one, or under the number another system gave (OSL 5:1–2).</summary>
/// <param name="PublicSubject">What the public diary shows instead of the subject, once the entry is released.</param>
/// <param name="AcceptWarnings">Names, numbers and words about health in the subject are meant to stand there.</param>
public sealed record RegisterRecord(
    Guid? CaseId, NewCase? NewCase, ExternalNumber? External, string? Subject, string? SenderRecipient, string? RecordType, string? PublicSubject = null, bool AcceptWarnings = false)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/register", async (Guid id, RegisterRecord command, IfMatch expected, Caller caller, RegisterRecordHandler handler, CancellationToken ct) =>
        {
            var (outcome, registered, warnings) = await handler.RegisterWarned(id, command, expected, caller, ct);
            return outcome is Outcome.Done done && registered is not null
                ? TypedResults.Ok(new { registered.DiaryNumber, caseId = registered.Case, registered.DocumentNumber, done.LastSequence, done.Version, warnings = SubjectCheck.Told(warnings) })
                : outcome.Answer();
        })
        .WithName("register-record");

    /// <summary>Pure: may this record be registered, and is everything there that OSL 5:2 asks for (I2)?</summary>
    public Refusal? Decide(RecordState state)
    {
        if (state.Registration == Registration.Registered)
            return new("already-registered", $"Handlingen är redan registrerad ({state.DiaryNumber}). En rättelse är en ny anteckning, aldrig en överskrivning.");
        if (string.IsNullOrWhiteSpace(Subject) || Subject.Length > 500) return Refusal.Input("subject-missing", "Ange kortfattat vad handlingen rör, högst 500 tecken (OSL 5 kap. 2 § 4).");
        if (PublicSubject is { Length: > 500 }) return Refusal.Input("public-subject-too-long", "Saken i det publika diariet får vara högst 500 tecken.");
        var ways = (CaseId is null ? 0 : 1) + (NewCase is null ? 0 : 1) + (External is null ? 0 : 1);
        if (ways != 1) return Refusal.Input("case-choice", "Välj ett: ett befintligt ärende (caseId), ett nytt (newCase) eller ett nummer från ett annat system (external).");
        return NewCase?.Check() ?? External?.Check();
    }

    public CaseChoice Choice() => this switch
    {
        { CaseId: { } id } => new CaseChoice.Existing(id),
        { External: { } given } => given.Choice(Subject!.Trim()),
        _ => new CaseChoice.New(NewCase!.Title!, NewCase.ClassCode, string.IsNullOrWhiteSpace(NewCase.Series) ? null : NewCase.Series),
    };
}

public sealed class RegisterRecordHandler(
    Records records, Sealing.SealedLog log, AuthorityRegister authorities, Classification.ClassificationPlans plans, Cases.Registration registration, SubjectChecks checks)
{
    public async Task<(Outcome Outcome, RecordRegistered? Registered)> Register(Guid id, RegisterRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var (outcome, registered, _) = await RegisterWarned(id, command, expected, caller, ct);
        return (outcome, registered);
    }

    /// <param name="ask">Warnings are a question, whatever the policy says: a page has somebody to ask.</param>
    /// <returns>Warnings: what in the subject a person should look at. They stop nothing unless the policy demands that they are accepted.</returns>
    public async Task<(Outcome Outcome, RecordRegistered? Registered, IReadOnlyList<SubjectWarning> Warnings)> RegisterWarned(
        Guid id, RegisterRecord command, IfMatch expected, Caller caller, CancellationToken ct, bool ask = false)
    {
        RecordRegistered? registered = null;
        IReadOnlyList<SubjectWarning> warnings = [];
        var outcome = await records.Decide(id, expected, caller,
            state => !caller.May(state.Authority, Role.Registrator) ? Refusal.NotAllowed("Bara en registrator får registrera i diariet.") : command.Decide(state) ?? (Decision)Decision.Nothing,
            async (transaction, state, token) =>
            {
                var authority = (await authorities.Find(state.Authority, token))!;
                if (command.NewCase?.ClassCode?.Trim() is { Length: > 0 } wanted && await plans.Refuse(authority.Id, wanted, token) is { } unusable) return new([], [], [], unusable);
                var glance = await RecordGlance.Read(id, caller, log, token);
                warnings = await checks.In(glance, [(SubjectCheck.InSubject, command.Subject), (SubjectCheck.InPublicSubject, command.PublicSubject), (SubjectCheck.InTitle, command.NewCase?.Title)], token);
                if (SubjectCheck.Refuse(warnings, command.AcceptWarnings, authority.Policy) is { } no) return new([], [], [], no);
                if (ask && warnings.Count > 0 && !command.AcceptWarnings) return new([], [], [], SubjectCheck.Asked(warnings));
                var facts = new Registered(command.Subject!.Trim(), command.SenderRecipient ?? glance?.SenderOf(state), command.RecordType, null, Public(command.PublicSubject, command.Subject));
                var beside = await registration.Prepare(transaction, id, state, authority, command.Choice(), facts, token);
                registered = beside.RecordEvents.Select(e => e.Event).OfType<RecordRegistered>().SingleOrDefault();
                return beside;
            }, ct);
        return (outcome, registered, warnings);
    }

    /// <summary>Another subject for the public diary, where it says something else.</summary>
    internal static string? Public(string? given, string? subject) => given?.Trim() is { Length: > 0 } said && said != subject?.Trim() ? said : null;
}
