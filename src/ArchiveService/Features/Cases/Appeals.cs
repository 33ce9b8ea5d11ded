using ArchiveService.Access;
using ArchiveService.Features.Clocks;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Registers an appeal (överklagande): a document of the case, or one on paper, which becomes document n. It came in the day it reached the authority by Swedish time. An answer
/// never ends it: it is open until it has been tried for time and handed over, dismissed as late, or taken back (FL 43–46 §§).
/// </summary>
/// <param name="DocumentNumber">Of a record registered in the case; absent for one on paper.</param>
/// <param name="Decision">The document number of the decision that is appealed, when it stands in the case.</param>
/// <param name="ReceivedOn">Absent means the document's date, or today.</param>
/// <param name="PublicSubject">Of one on paper: what the public diary shows instead of the subject, once a registrator has released the entry.</param>
public sealed record ReceiveAppeal(int? DocumentNumber, int? Decision, DateOnly? ReceivedOn, string? Appellant, string? Subject, string? Provision, string? PublicSubject = null)
{
    /// <summary>The record type of a registration that is an appeal.</summary>
    public const string RecordType = "appeal";

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = "/api/v1/cases/{id:guid}/appeals/{appeal:guid}";
        routes.MapPost("/api/v1/cases/{id:guid}/appeals", async (Guid id, ReceiveAppeal command, IfMatch expected, Caller caller, CaseActs acts, AppealHandler handler, CancellationToken ct) =>
        {
            var (outcome, document, appeal) = await handler.Receive(id, command, expected, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { appeal, documentNumber = document, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("receive-appeal");
        routes.MapPost($"{One}/time-check", async (Guid id, Guid appeal, CheckAppealTime command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, appeal), ct)).Answer()).WithName("check-appeal-time");
        routes.MapPost($"{One}/forward", async (Guid id, Guid appeal, ForwardAppeal command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, appeal), ct)).Answer()).WithName("forward-appeal");
        routes.MapPost($"{One}/dismiss", async (Guid id, Guid appeal, DismissAppeal command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, appeal), ct)).Answer()).WithName("dismiss-appeal");
        routes.MapPost($"{One}/conclude", async (Guid id, Guid appeal, ConcludeAppeal command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, at => command.Decide(at, appeal), ct)).Answer()).WithName("conclude-appeal");
    }

    /// <summary>Pure. <paramref name="received"/>: the local day the record came in, by its entry in the diary.</summary>
    public Decision Decide(CaseMoment at, DateOnly? received)
    {
        if ((at.NotHandled("registrera ett överklagande") ?? at.NotOpen()) is { } no) return no;
        if (Decision is { } decision && !at.State.Decisions.ContainsKey(decision)) return Refusal.Input("decision-unknown", $"Handling {decision} är inget beslut i ärendet.");
        if ((CaseInput.Day(ReceivedOn, at.Today, "received-day", "Dagen då överklagandet kom in") ?? CaseInput.Provision(Provision)) is { } wrong) return wrong;
        var id = Guid.CreateVersion7(at.Now);
        if (DocumentNumber is { } number)
        {
            if (!at.State.Records.TryGetValue(number, out var record)) return Refusal.Input("document-unknown", $"Handling {number} är ingen inkommen handling i ärendet.");
            if (at.State.Appeals.Values.Any(a => a.DocumentNumber == number)) return new Refusal("appeal-known", $"Handling {number} är redan registrerad som överklagande.");
            return new Happened(new CaseAppealReceived(id, number, record, Decision, ReceivedOn ?? received ?? at.Today, at.Now, null, at.PolicyVersion));
        }

        return (CaseInput.Required(Appellant, 300, "appellant", "Ange vem som överklagar") ?? CaseInput.AtMost(Subject, 500, "appeal-subject", "Saken") ?? CaseInput.Public(PublicSubject)) is { } missing
            ? missing
            : new Happened(
                new CaseAppealReceived(id, at.NextDocument, null, Decision, ReceivedOn ?? at.Today, at.Now, CaseInput.Trimmed(Provision), at.PolicyVersion), KeyClass.Case,
                new Parts().With("appellant", Appellant!.Trim()).With(Parts.Subject, CaseInput.Trimmed(Subject)).With(CaseDocumentTables.PublicPart, CaseInput.Trimmed(PublicSubject)));
    }

    /// <summary>
    /// The last day to appeal: three weeks after the day the appellant got the decision (FL 44 §); a Saturday, Sunday, holiday or eve moves it to the next working day (lagen 1930:173, 2 §).
    /// </summary>
    public static DateOnly LastDay(DateOnly notified)
    {
        var day = notified.AddDays(21);
        return SwedishCalendar.IsWeekday(day) ? day : SwedishCalendar.WeekdaysAfter(day, 1);
    }
}

/// <summary>
/// Rättidsprövning (FL 45 §). Whether the decision can be appealed is for the court alone; the authority tries the time and nothing else. Without a day on which the appellant was told
/// nobody can say that it was late.
/// </summary>
/// <param name="NotifiedOn">When the appellant got the decision; for a party that represents the public, the day of the decision.</param>
/// <param name="Excuse">Why one that is late is not dismissed: <c>lateWrongInstructions</c> or <c>lateAtCourtInTime</c>.</param>
public sealed record CheckAppealTime(DateOnly? NotifiedOn, Timeliness? Excuse, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, Guid id)
    {
        if ((at.NotHandled("pröva om överklagandet kom in i tid") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Appeals.TryGetValue(id, out var appeal)) return AppealHandler.Unknown;
        if (!appeal.IsWaiting) return AppealHandler.NotWaiting(appeal);
        if ((CaseInput.Day(NotifiedOn, at.Today, "notified-day", "Dagen för delgivning") ?? CaseInput.AtMost(Note, 5000, "note-too-long", "Anteckningen")) is { } wrong) return wrong;
        if (Excuse is not (null or Timeliness.LateWrongInstructions or Timeliness.LateAtCourtInTime)) return Refusal.Input("late-excuse", "Ett för sent överklagande avvisas inte när underrättelsen var felaktig, eller när domstolen fick det i tid (FL 45 §).");
        if (NotifiedOn is { } notified && notified > appeal.ReceivedOn) return Refusal.Input("notified-day", "Den som överklagade kan inte ha fått beslutet efter att överklagandet kom in.");
        var last = NotifiedOn is { } day ? ReceiveAppeal.LastDay(day) : default(DateOnly?);
        var late = last is { } end && appeal.ReceivedOn > end;
        if (!late && Excuse is not null) return Refusal.Input("late-excuse", "Överklagandet kom in i rätt tid. Då behövs inget skäl.");
        var result = late ? Excuse ?? Timeliness.Late : Timeliness.InTime;
        return new Happened(
            new CaseAppealTimeChecked(id, NotifiedOn, last, result, at.By.PersonId, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("note", CaseInput.Trimmed(Note)));
    }
}

/// <summary>Hands the appeal over to the court with the documents of the case (FL 46 §). Absent documents mean all of them.</summary>
public sealed record ForwardAppeal(string? Court, DateOnly? On, IReadOnlyList<int>? Documents, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, Guid id)
    {
        if ((at.NotHandled("överlämna ett överklagande") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Appeals.TryGetValue(id, out var appeal)) return AppealHandler.Unknown;
        if (!appeal.IsWaiting) return AppealHandler.NotWaiting(appeal);
        if (appeal.Time is null) return new Refusal("time-not-checked", "Pröva först om överklagandet kom in i rätt tid (FL 45 §).");
        if (appeal.Time == Timeliness.Late) return new Refusal("appeal-late", "Överklagandet kom in för sent. Det ska avvisas genom ett beslut, som i sin tur kan överklagas (FL 45 §).");
        var on = On ?? at.Today;
        if ((CaseInput.Required(Court, 300, "court", "Ange domstolen") ?? CaseInput.Day(on, at.Today, "forwarded-day", "Dagen") ?? CaseInput.AtMost(Note, 5000, "note-too-long", "Anteckningen")) is { } wrong) return wrong;
        if (on < appeal.ReceivedOn) return Refusal.Input("forwarded-day", "Överklagandet kan inte ha överlämnats innan det kom in.");
        int[] standing = [.. at.State.Records.Keys.Concat(at.State.Notes).Concat(at.State.Decisions.Keys).Concat(at.State.Appeals.Values.Select(a => a.DocumentNumber)).Distinct().Order()];
        if (Documents?.Except(standing).Any() == true) return Refusal.Input("document-unknown", $"Alla handlingar finns inte i ärendet: {string.Join(", ", Documents.Except(standing))}.");
        int[] sent = Documents is { Count: > 0 } ? [.. Documents.Distinct().Order()] : standing;
        return sent.Contains(appeal.DocumentNumber)
            ? new Happened(new CaseAppealForwarded(id, on, sent, at.PolicyVersion), KeyClass.Case, new Parts().With("court", Court!.Trim()).With("note", CaseInput.Trimmed(Note)))
            : Refusal.Input("document-unknown", $"Överklagandet självt, handling {appeal.DocumentNumber}, ska följa med (FL 46 §).");
    }
}

/// <summary>A late appeal is dismissed by a decision of the case whose outcome is avvisning (FL 45 §).</summary>
public sealed record DismissAppeal(int? Decision)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, Guid id)
    {
        if ((at.NotHandled("avvisa ett överklagande") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Appeals.TryGetValue(id, out var appeal)) return AppealHandler.Unknown;
        if (!appeal.IsWaiting) return AppealHandler.NotWaiting(appeal);
        if (appeal.Time != Timeliness.Late) return new Refusal("appeal-not-late", "Bara ett överklagande som kommit in för sent får avvisas här. Om beslutet går att överklaga prövar domstolen (FL 45–46 §§).");
        return Decision is { } number && at.State.Decisions.TryGetValue(number, out var decision) && decision.Outcome == CaseOutcome.Dismissed
            ? new Happened(new CaseAppealDismissed(id, number, at.PolicyVersion))
            : Refusal.Input("decision-unknown", "Ange handlingsnumret för beslutet om avvisning. För först in beslutet med utgången avvisning.");
    }
}

/// <summary>The court has ruled, whoever appealed took it back, or it goes on in another case.</summary>
public sealed record ConcludeAppeal(AppealEnd? End, DateOnly? On, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, Guid id)
    {
        if ((at.NotHandled("avsluta ett överklagande") ?? at.NotOpen()) is { } no) return no;
        if (!at.State.Appeals.TryGetValue(id, out var appeal)) return AppealHandler.Unknown;
        if (!appeal.IsOpen) return AppealHandler.NotWaiting(appeal);
        if (End is not { } end || !Enum.IsDefined(end)) return Refusal.Input("appeal-end", "Ange om domstolen har avgjort överklagandet, om det är återkallat eller om det förs vidare i ett annat ärende.");
        if (end == AppealEnd.Ruled && appeal.ForwardedOn is null) return new Refusal("appeal-not-forwarded", "Överklagandet har inte överlämnats till någon domstol. Det kan inte besvaras bort (FL 46 §).");
        var on = On ?? at.Today;
        if ((CaseInput.Day(on, at.Today, "concluded-day", "Dagen") ?? CaseInput.Required(Note, 5000, "appeal-note", "Skriv vad domstolen beslutade, eller hur överklagandet återkallades")) is { } wrong) return wrong;
        return on < appeal.ReceivedOn
            ? Refusal.Input("concluded-day", "Dagen kan inte ligga före den då överklagandet kom in.")
            : new Happened(new CaseAppealConcluded(id, end, on, at.PolicyVersion), KeyClass.Case, new Parts().With("note", Note!.Trim()));
    }
}

public sealed class AppealHandler(CaseActs acts, Hosting.Databases databases)
{
    public static Refusal Unknown { get; } = Refusal.Unknown("appeal", "Överklagandet finns inte i ärendet.");

    public static Refusal NotWaiting(AppealState appeal) => new("appeal-handled", appeal.ForwardedOn is { } on && appeal.IsOpen
        ? $"Överklagandet överlämnades till domstolen {PageParts.Swedish.Date(on)}."
        : "Överklagandet är redan avslutat.");

    public async Task<(Outcome Outcome, int Document, Guid? Appeal)> Receive(Guid id, ReceiveAppeal command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is null) return (CaseActs.Unknown, 0, null);
        var received = command.DocumentNumber is { } number ? await ReceivedOn(id, number, ct) : null;
        return await Numbered.Make(acts, id, expected, caller, at => command.Decide(at, received), ct);
    }

    private async Task<DateOnly?> ReceivedOn(Guid id, int number, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select coalesce((select k.received_after from archive.diary_corrections k where k.case_id = e.case_id and k.document_number = e.document_number order by k.correction desc limit 1), e.received_at)
            from archive.diary_entries e where e.case_id = $1 and e.document_number = $2
            """);
        query.Parameters.Add(new() { Value = id });
        query.Parameters.Add(new() { Value = number });
        return await query.ExecuteScalarAsync(ct) is DateTime at ? PageParts.Swedish.Day(new(at, TimeSpan.Zero)) : null;
    }
}
