using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// Rättar en registrering: a new entry with its reason; what stood before stays readable (arkivförordningen 3 §). What is absent, or the same as before, is left as it is.
/// An empty <paramref name="SenderRecipient"/> says that there is none; an empty <paramref name="PublicSubject"/> that the public diary shows the subject.
/// </summary>
public sealed record CorrectRegistration(
    string? Subject, string? SenderRecipient, string? RecordType, string? ClassCode, DateTimeOffset? ReceivedAt, string? Reason, string? PublicSubject = null, bool AcceptWarnings = false)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/correct-registration", async (Guid id, CorrectRegistration command, IfMatch expected, Caller caller, CorrectRegistrationHandler handler, CancellationToken ct) =>
            (await handler.Correct(id, command, expected, caller, ct)).Answer()).WithName("correct-registration");
        routes.MapGet("/api/v1/records/{id:guid}/registration", async (Guid id, Caller caller, SealedLog log, CancellationToken ct) =>
        {
            if (await RegistrationVersion.Read(id, caller, log, ct) is not { } versions) return Problems.Refused(Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
            await new RecordReads(log).Note(caller, [(id, RecordStates.Stored(RecordState.From(await log.Store.ReadStream(id, ct: ct)).Wall))], ct);
            return versions.Count == 0
                ? Problems.Refused(new("not-registered", "Handlingen är inte registrerad."))
                : (IResult)TypedResults.Ok(new { current = versions[^1], versions });
        }).WithName("get-registration");
    }

    /// <summary>Pure: what differs, or why nothing may be put right. <paramref name="classNow"/> is the case's class.</summary>
    public (IReadOnlyList<string> Changed, Refusal? Refused) Decide(RecordState state, RegistrationVersion now, string classNow, DateTimeOffset clock)
    {
        static (IReadOnlyList<string>, Refusal?) No(Refusal why) => ([], why);
        if (state.Registration != Registration.Registered) return No(NotRegistered);
        if (state.RegisteredWith is not null) return No(RegisterThread.CarriedByLead);
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return No(Refusal.Input("reason-missing", "Ange varför registreringen rättas, högst 2000 tecken. Skälet står kvar i diariet."));
        if (Subject is not null && (string.IsNullOrWhiteSpace(Subject) || Subject.Length > 500)) return No(Refusal.Input("subject-missing", "Ange kortfattat vad handlingen rör, högst 500 tecken (OSL 5 kap. 2 § 4)."));
        if (SenderRecipient is { Length: > 500 }) return No(Refusal.Input("sender-too-long", "Avsändare eller mottagare får vara högst 500 tecken."));
        if (PublicSubject is { Length: > 500 }) return No(Refusal.Input("public-subject-too-long", "Saken i det publika diariet får vara högst 500 tecken."));
        if (RecordType is not null && (string.IsNullOrWhiteSpace(RecordType) || RecordType.Length > 50)) return No(Refusal.Input("record-type", "Ange handlingstypen, högst 50 tecken."));
        if (ClassCode is { Length: > 20 }) return No(Refusal.Input("case-class", "Klassbeteckningen får vara högst 20 tecken."));
        if (ReceivedAt is { } received && (received > clock.AddMinutes(5) || received.Year < 1900))
            return No(Refusal.Input("received-date", "Datum för när handlingen kom in eller upprättades kan inte ligga i framtiden, eller före 1900."));

        List<string> changed = [];
        if (Subject is not null && Subject.Trim() != now.Subject) changed.Add(RegistrationCorrected.Subject);
        if (SenderRecipient is not null && SenderRecipient.Trim() != (now.SenderRecipient ?? "")) changed.Add(RegistrationCorrected.SenderRecipient);
        if (RecordType is not null && RecordType.Trim() != now.RecordType) changed.Add(RegistrationCorrected.OfType);
        if (ClassCode is not null && ClassCode.Trim() != classNow) changed.Add(RegistrationCorrected.ClassCode);
        if (PublicSubject is not null && PublicSubject.Trim() != (now.PublicSubject ?? "")) changed.Add(RegistrationCorrected.PublicSubject);
        if (ReceivedAt is { } at && at != now.ReceivedAt) changed.Add(RegistrationCorrected.Received);
        return changed.Count == 0 ? No(new("nothing-to-correct", "Uppgifterna är desamma som redan står i diariet. Ändra det som är fel.")) : (changed, null);
    }

    internal static readonly Refusal NotRegistered = new("not-registered", "Handlingen är inte registrerad, så det finns ingen registrering att rätta.");
}

public sealed class CorrectRegistrationHandler(Records records, SealedLog log, AuthorityRegister authorities, SubjectChecks checks, TimeProvider clock)
{
    /// <param name="ask">Warnings are a question, whatever the policy says: a page has somebody to ask.</param>
    public async Task<Outcome> Correct(Guid id, CorrectRegistration command, IfMatch expected, Caller caller, CancellationToken ct, bool ask = false) => await records.Decide(
        id, expected, caller,
        state => !caller.May(state.Authority, Role.Registrator) ? Refusal.NotAllowed("Bara en registrator får rätta en registrering.")
            : state.Registration != Registration.Registered ? CorrectRegistration.NotRegistered : state.RegisteredWith is not null ? RegisterThread.CarriedByLead : (Decision)Decision.Nothing,
        (transaction, state, token) => Prepare(transaction, id, state, command, caller, ask, token), ct);

    /// <summary>Reads the entry anew: whoever was first meanwhile makes the append a conflict, and it is decided again.</summary>
    private async Task<Beside> Prepare(NpgsqlTransaction transaction, Guid id, RecordState state, CorrectRegistration command, Caller caller, bool ask, CancellationToken ct)
    {
        static Beside No(Refusal why) => new([], [], [], why);
        var caseId = state.Case!.Value;
        var at = await Cases.Registration.Lock(transaction, [id, caseId], ct);
        var versions = await RegistrationVersion.Of(await log.Store.ReadStream(id, ct: ct), log, ct);
        var now = versions[^1];
        var (classNow, caseVersion) = await ClassOf(transaction, caseId, ct);
        var (changed, refused) = command.Decide(state, now, classNow, clock.GetUtcNow());
        if (refused is not null) return No(refused);

        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        List<(string, string?)> said = [];
        if (changed.Contains(RegistrationCorrected.Subject)) said.Add((SubjectCheck.InSubject, command.Subject));
        if (changed.Contains(RegistrationCorrected.PublicSubject)) said.Add((SubjectCheck.InPublicSubject, command.PublicSubject));
        var warnings = await checks.In(id, caller, said, ct);
        if (SubjectCheck.Refuse(warnings, command.AcceptWarnings, policy) is { } notNeutral) return No(notNeutral);
        if (ask && warnings.Count > 0 && !command.AcceptWarnings) return No(SubjectCheck.Asked(warnings));
        var correction = state.Corrections + 1;
        var received = changed.Contains(RegistrationCorrected.Received) ? command.ReceivedAt!.Value.ToUniversalTime() : now.ReceivedAt;
        var corrected = new RegistrationCorrected(
            state.Authority, caseId, now.DiaryNumber, now.DocumentNumber, correction, changed,
            changed.Contains(RegistrationCorrected.OfType) ? command.RecordType!.Trim() : now.RecordType, received, at, policy.Version);
        var parts = new Parts().With(Parts.Motivation, command.Reason!.Trim());
        if (changed.Contains(RegistrationCorrected.Subject)) parts = parts.With(Parts.Subject, command.Subject!.Trim());
        if (changed.Contains(RegistrationCorrected.SenderRecipient) && command.SenderRecipient!.Trim() is { Length: > 0 } sender) parts = parts.With(RegistrationVersion.SenderPart, sender);

        if (changed.Contains(RegistrationCorrected.PublicSubject) && command.PublicSubject!.Trim() is { Length: > 0 } shown) parts = parts.With(RegistrationVersion.PublicPart, shown);

        List<Draft> drafts = [];
        List<NpgsqlBatchCommand> rows = [Row(id, corrected, now.ReceivedAt), Outgoing.OutgoingEntries.Statement(id, state.Version)];
        if (changed.Contains(RegistrationCorrected.ClassCode))
        {
            var code = command.ClassCode!.Trim();
            drafts.Add(new(caseId, "case", ExpectedVersion.Exactly(caseVersion),
                [new(new Cases.CaseClassCorrected(classNow, code, policy.Version), KeyClass.Case, new Parts().With("reason", command.Reason!.Trim()))]));
            rows.Add(new("update archive.cases set class_code = $2 where case_id = $1") { Parameters = { new() { Value = caseId }, new() { Value = code } } });
        }

        return new([new(corrected, KeyClass.Register, parts)], drafts, rows);
    }

    private static async Task<(string ClassCode, long Version)> ClassOf(NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select c.class_code, s.version from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetString(0), row.GetInt64(1));
    }

    private static NpgsqlBatchCommand Row(Guid id, RegistrationCorrected corrected, DateTimeOffset before) => new("""
        insert into archive.diary_corrections (record_id, case_id, document_number, correction, changed, received_before, received_after, corrected_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = corrected.Case }, new() { Value = corrected.DocumentNumber }, new() { Value = corrected.Correction }, new() { Value = corrected.Changed.ToArray() },
            new() { Value = before.ToUniversalTime() }, new() { Value = corrected.ReceivedAt.ToUniversalTime() }, new() { Value = corrected.CorrectedAt.ToUniversalTime() },
        },
    };
}
