using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// Omregistrerar en handling: into another case, of the same authority or of another whose code is named. The old number stays in its diary as transferred, the new entry says
/// where it came from. Between authorities there is a wall (OSL 8:1): only who is registrator at both may take a document across.
/// </summary>
/// <param name="Subject">Absent means as before; so does an absent <paramref name="SenderRecipient"/>.</param>
/// <param name="PublicSubject">Absent means as before, unless another subject is given: then the public diary shows that one.</param>
/// <param name="AcceptWarnings">Names, numbers and words about health in what is given are meant to stand there.</param>
public sealed record ReregisterRecord(
    string? Authority, Guid? CaseId, NewCase? NewCase, ExternalNumber? External, string? Subject, string? SenderRecipient, string? Reason, string? PublicSubject = null, bool AcceptWarnings = false)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/reregister", async (Guid id, ReregisterRecord command, IfMatch expected, Caller caller, ReregisterRecordHandler handler, CancellationToken ct) =>
        {
            var (outcome, to, warnings) = await handler.Reregister(id, command, expected, caller, ct);
            return outcome is Outcome.Done done && to is not null
                ? TypedResults.Ok(new { to.DiaryNumber, caseId = to.Case, to.DocumentNumber, done.LastSequence, done.Version, warnings = SubjectCheck.Told(warnings) })
                : outcome.Answer();
        })
        .WithName("reregister-record");

    /// <summary>Pure.</summary>
    public Refusal? Decide(RecordState state)
    {
        if (state.Registration != Registration.Registered) return new("not-registered", "Handlingen är inte registrerad. Registrera den i det ärende den hör till.");
        if (state.RegisteredWith is not null || state.ThreadMembers > 0) return RegisterThread.StaysTogether;
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför handlingen flyttas, högst 2000 tecken. Skälet står kvar i diariet.");
        if (Subject is not null && (string.IsNullOrWhiteSpace(Subject) || Subject.Length > 500)) return Refusal.Input("subject-missing", "Ange kortfattat vad handlingen rör, högst 500 tecken (OSL 5 kap. 2 § 4).");
        if (PublicSubject is { Length: > 500 }) return Refusal.Input("public-subject-too-long", "Saken i det publika diariet får vara högst 500 tecken.");
        if (SenderRecipient is { Length: > 500 }) return Refusal.Input("sender-too-long", "Avsändare eller mottagare får vara högst 500 tecken.");
        var ways = (CaseId is null ? 0 : 1) + (NewCase is null ? 0 : 1) + (External is null ? 0 : 1);
        if (ways != 1) return Refusal.Input("case-choice", "Välj ett: ett befintligt ärende (caseId), ett nytt (newCase) eller ett nummer från ett annat system (external).");
        return NewCase?.Check() ?? External?.Check();
    }
}

public sealed class ReregisterRecordHandler(Records records, SealedLog log, AuthorityRegister authorities, Cases.Registration registration, SubjectChecks checks)
{
    private const string Both = "Du behöver vara registrator både hos den myndighet handlingen lämnar och hos den som tar emot den. Mellan dem går en sekretessgräns (OSL 8 kap. 1 §).";

    /// <param name="ask">Warnings are a question, whatever the policy says: a page has somebody to ask.</param>
    /// <returns>Warnings: as of a first registration. What is carried over unchanged was looked at then.</returns>
    public async Task<(Outcome Outcome, RecordRegistered? To, IReadOnlyList<SubjectWarning> Warnings)> Reregister(
        Guid id, ReregisterRecord command, IfMatch expected, Caller caller, CancellationToken ct, bool ask = false)
    {
        RecordRegistered? to = null;
        IReadOnlyList<SubjectWarning> warnings = [];
        Authority? named = null;
        if (!string.IsNullOrWhiteSpace(command.Authority))
        {
            // What may be done at an authority is told to nobody who has no part in it, and a record that is not seen comes first.
            if (await records.Find(id, caller, ct) is null) return (Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."), null, []);
            named = await authorities.Find(command.Authority.Trim(), ct);
            if (named is null || !caller.May(named.Id, Role.Registrator)) return (Refusal.NotAllowed(Both), null, []);
        }

        var outcome = await records.Decide(id, expected, caller,
            state => !caller.May(state.Authority, Role.Registrator) ? Refusal.NotAllowed(named is null || named.Id == state.Authority ? "Bara en registrator får omregistrera en handling." : Both)
                : command.Decide(state) ?? (Decision)Decision.Nothing,
            async (transaction, state, token) =>
            {
                var from = (await authorities.Find(state.Authority, token))!;
                var target = named is null ? from : (await authorities.Find(named.Id, token))!;
                warnings = await checks.In(id, caller, [(SubjectCheck.InSubject, command.Subject), (SubjectCheck.InPublicSubject, command.PublicSubject), (SubjectCheck.InTitle, command.NewCase?.Title)], token);
                if (SubjectCheck.Refuse(warnings, command.AcceptWarnings, target.Policy) is { } no) return new([], [], [], no);
                if (ask && warnings.Count > 0 && !command.AcceptWarnings) return new([], [], [], SubjectCheck.Asked(warnings));
                var choice = new RegisterRecord(command.CaseId, command.NewCase, command.External, command.Subject ?? "–", null, null).Choice();

                // The new entry says what the old one says now, with its corrections, unless something else is given.
                var now = (await RegistrationVersion.Of(await log.Store.ReadStream(id, ct: token), log, token))[^1];
                var facts = new Registered(
                    command.Subject?.Trim() ?? now.Subject ?? "–", command.SenderRecipient is { } sender ? sender.Trim() is { Length: > 0 } given ? given : null : now.SenderRecipient, now.RecordType, null,
                    RegisterRecordHandler.Public(command.PublicSubject, command.Subject ?? now.Subject) ?? (command is { Subject: null, PublicSubject: null } ? now.PublicSubject : null));
                var leaving = new LeftEntry(from.Id, state.Case!.Value, state.DiaryNumber!, state.DocumentNumber!.Value, command.Reason!.Trim(), from.Policy.Version);
                var beside = await registration.Prepare(transaction, id, state, target, choice, facts, token, leaving);
                to = beside.RecordEvents.Select(e => e.Event).OfType<RecordRegistered>().SingleOrDefault();
                return beside;
            }, ct);
        return (outcome, to, warnings);
    }
}
