using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>Where a record is to be registered.</summary>
public abstract record CaseChoice
{
    private CaseChoice()
    {
    }

    public sealed record Existing(Guid CaseId) : CaseChoice;

    /// <param name="Series">The organ code of one of the authority's series; absent means the one it uses where none is named.</param>
    public sealed record New(string Title, string? ClassCode, string? Series = null) : CaseChoice;

    /// <summary>Another system keeps the number (diary.mode external or both).</summary>
    public sealed record External(string System, string DiaryNumber, DateTimeOffset RegisteredAt, string Title) : CaseChoice;

    /// <summary>The authority's collective case for removed content, opened on first use: an ongoing one (H-18), or one a year where the policy says so, which no guideline does.</summary>
    public sealed record Collective : CaseChoice;
}

/// <summary>What the four facts of OSL 5:2 say beyond date and number.</summary>
/// <param name="PublicSubject">What the public diary shows instead of the subject.</param>
public sealed record Registered(string Subject, string? SenderRecipient, string? RecordType, string? Motivation, string? PublicSubject = null);

/// <summary>The entry a record leaves when it is registered elsewhere (omregistrering): its old place stays, with a reference to the new one.</summary>
public sealed record LeftEntry(Guid Authority, Guid Case, string DiaryNumber, int DocumentNumber, string Reason, int PolicyVersion);

/// <summary>
/// Registration in two round trips inside one transaction: lock what the decision stands on, take the recorded time, allocate the number, then append.
/// A rollback gives the number back, so the series has no gap; the counter's row lock makes it unique (I7).
/// </summary>
public sealed class Registration(TimeProvider clock, LogBehind behind)
{
    /// <summary>Somebody else opened the same case in the same moment; whoever decides again finds it there.</summary>
    public static bool OpenedMeanwhile(PostgresException error) =>
        error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "cases_authority_id_folded_number_key" or "cases_collective" or "case_alternates_pkey" };

    public async Task<Beside> Prepare(
        NpgsqlTransaction transaction, Guid record, RecordState state, Authority authority, CaseChoice choice, Registered facts, CancellationToken ct, LeftEntry? leaving = null)
    {
        List<Guid> streams = [record];
        if (choice is CaseChoice.Existing existing) streams.Add(existing.CaseId);
        if (leaving is not null) streams.Add(leaving.Case);
        var now = await Lock(transaction, streams, ct);
        var found = choice switch
        {
            CaseChoice.Existing(var id) => await Find(transaction, "case_id = $1 and authority_id = $2", id, authority.Id, ct),
            CaseChoice.External given when authority.Policy["diary.mode"] != "own" => await Find(transaction, "folded_number = $1 and authority_id = $2", DiaryNumberKey.Of(given.DiaryNumber), authority.Id, ct),
            CaseChoice.Collective => await Find(transaction, "collective = $1 and authority_id = $2 and closed_at is null and voided_at is null", CollectiveKey(authority.Policy, now), authority.Id, ct),
            _ => null,
        };
        if (found is null && choice is CaseChoice.Existing) return new([], [], [], Refusal.Unknown("case", "Ärendet finns inte hos den här myndigheten."));
        if (choice is CaseChoice.External number && Refuse(number, found, now) is { } unusable) return new([], [], [], unusable);
        if (found is { Voided: true }) return new([], [], [], new("case-voided", $"{found.DiaryNumber} har utgått och används inte mer. Välj ett annat ärende eller öppna ett nytt."));
        if (found is not null && found.Id == leaving?.Case) return new([], [], [], new("same-case", $"Handlingen är redan registrerad i {found.DiaryNumber}."));
        if (found is { Closed: true }) return new([], [], [], new("case-closed", "Ärendet är avslutat. Välj ett annat ärende eller öppna ett nytt."));

        var drafts = new List<Draft>();
        var statements = new List<NpgsqlBatchCommand>();
        var caseEvents = new List<Happened>();
        var caseId = found?.Id ?? Guid.CreateVersion7(clock.GetUtcNow());
        var expected = ExpectedVersion.NewStream;
        string diaryNumber;
        int document;
        if (found is null)
        {
            var opened = await Open(transaction, caseId, authority, choice, now, ct);
            if (opened.Refused is not null) return new([], [], [], opened.Refused);
            (diaryNumber, document) = (opened.Event!.DiaryNumber, 1);
            caseEvents.Add(new(opened.Event, KeyClass.Case, new Parts().With("title", opened.Title)));
            statements.Add(opened.Row!);
        }
        else
        {
            (diaryNumber, document) = (found.DiaryNumber, found.LastDocument + 1);
            expected = ExpectedVersion.Exactly(found.Version);
            statements.Add(new("update archive.cases set last_document = $2 where case_id = $1") { Parameters = { new() { Value = caseId }, new() { Value = document } } });
        }

        caseEvents.Add(new(new CaseDocumentAdded(record, document)));
        if (facts.RecordType == ReceiveAppeal.RecordType)
        {
            // Its own type from the first moment: an appeal is open until it has been tried for time and handed over (FL 43–46 §§).
            caseEvents.Add(new(new CaseAppealReceived(Guid.CreateVersion7(now), document, record, null, Swedish.Day(state.ReceivedAt), now, null, authority.Policy.Version)));
            statements.Add(new("update archive.cases set open_appeals = open_appeals + 1 where case_id = $1") { Parameters = { new() { Value = caseId } } });
        }

        drafts.Add(new(caseId, "case", expected, caseEvents));
        var external = (choice as CaseChoice.External)?.System;
        var registeredAt = (choice as CaseChoice.External)?.RegisteredAt ?? now;
        statements.Add(new("""
            insert into archive.diary_entries (record_id, case_id, authority_id, document_number, direction, received_at, registered_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            """)
        {
            Parameters =
            {
                new() { Value = record }, new() { Value = caseId }, new() { Value = authority.Id }, new() { Value = document }, new() { Value = RecordStates.Stored(state.Direction) },
                new() { Value = state.ReceivedAt.ToUniversalTime() }, new() { Value = registeredAt.ToUniversalTime() },
            },
        });
        var registered = new RecordRegistered(
            authority.Id, caseId, diaryNumber, document, state.Direction, state.ReceivedAt, registeredAt, facts.RecordType ?? state.RecordType, external, authority.Policy.Version);
        var parts = new Parts().With(Parts.Subject, facts.Subject).With("senderRecipient", facts.SenderRecipient).With(Parts.Motivation, facts.Motivation).With(RegistrationVersion.PublicPart, facts.PublicSubject);
        statements.Add(Outgoing.OutgoingEntries.Statement(record, state.Version));
        if (leaving is null) return new([new(registered, KeyClass.Register, parts)], drafts, statements);

        var left = new RecordTransferred(leaving.Authority, leaving.Case, leaving.DiaryNumber, leaving.DocumentNumber, authority.Id, caseId, diaryNumber, document, leaving.PolicyVersion);
        drafts.Add(new(leaving.Case, "case", ExpectedVersion.Exactly(await VersionOf(transaction, leaving.Case, ct)),
            [new(new CaseDocumentTransferred(record, leaving.DocumentNumber, authority.Id, caseId, diaryNumber, document, leaving.PolicyVersion))]));
        statements.Add(new("""
            insert into archive.diary_transfers (record_id, case_id, document_number, from_number, to_authority_id, to_case_id, to_document_number, to_number, transferred_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """)
        {
            Parameters =
            {
                new() { Value = record }, new() { Value = leaving.Case }, new() { Value = leaving.DocumentNumber }, new() { Value = leaving.DiaryNumber }, new() { Value = authority.Id },
                new() { Value = caseId }, new() { Value = document }, new() { Value = diaryNumber }, new() { Value = now.ToUniversalTime() },
            },
        });
        return new([new(left, KeyClass.Register, new Parts().With(Parts.Motivation, leaving.Reason)), new(registered, KeyClass.Register, parts)], drafts, statements);
    }

    private static async Task<long> VersionOf(NpgsqlTransaction transaction, Guid stream, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select version from archive.mt_streams where id = $1", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = stream });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Locks the streams in id order and takes the time the whole decision is recorded at.</summary>
    internal static async Task<DateTimeOffset> Lock(NpgsqlTransaction transaction, IReadOnlyList<Guid> streams, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            with locked as (select timestamp from archive.mt_streams where id = any ($1) order by id for update)
            select greatest(clock_timestamp(), max(timestamp)) from locked
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = streams.ToArray() });
        return new DateTimeOffset((DateTime)(await query.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
    }

    private static string CollectiveKey(Policy policy, DateTimeOffset now) => policy.CollectiveCase == "per-year"
        ? "removed-" + LocalYear.Of(now).ToString(CultureInfo.InvariantCulture)
        : "removed";

    private sealed record FoundCase(Guid Id, string DiaryNumber, int LastDocument, bool Closed, string? ExternalSystem, long Version, bool Voided);

    /// <summary>Many documents may stand under one number of another system; a number means one case only.</summary>
    private static Refusal? Refuse(CaseChoice.External given, FoundCase? found, DateTimeOffset now) =>
        given.RegisteredAt > now.AddMinutes(5) || given.RegisteredAt.Year < 1900 ? Refusal.Input("external-number", "Registreringsdatumet i det andra diariet kan inte ligga i framtiden, eller före 1900.")
        : found is null ? null
        : found.ExternalSystem is null
            ? new("external-number-taken", $"{found.DiaryNumber} är ett nummer i det här diariet. Registrera i det ärendet (caseId), eller rätta numret från det andra systemet.")
            : string.Equals(found.ExternalSystem, given.System.Trim(), StringComparison.OrdinalIgnoreCase)
                ? null
                : new("external-number-taken", $"{found.DiaryNumber} är redan ett ärende i {found.ExternalSystem}. Kontrollera vilket system numret kommer från.");

    private static async Task<FoundCase?> Find(NpgsqlTransaction transaction, string where, object key, Guid authority, CancellationToken ct)
    {
        // The case's stream is locked before its row, as every registration into it does.
        await using var query = new NpgsqlCommand($"""
            select c.case_id, c.diary_number, c.last_document, c.closed_at is not null, c.external_system, s.version, c.voided_at is not null
            from archive.cases c join archive.mt_streams s on s.id = c.case_id where {where} for update of s, c
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = key });
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetBoolean(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), row.GetBoolean(6)) : null;
    }

    /// <summary>A case before any document of it: the authority's own initiative, or something asked on paper or by word of mouth.</summary>
    public async Task<(Guid Case, string DiaryNumber, Beside Beside)> OpenEmpty(
        NpgsqlTransaction transaction, Authority authority, CaseChoice.New choice, CaseInitiative initiative, string? publicTitle, CancellationToken ct)
    {
        var now = await Lock(transaction, [], ct);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var opened = await Open(transaction, id, authority, choice, now, ct, documents: 0);
        if (opened.Refused is not null) return (id, "", new([], [], [], opened.Refused));
        var parts = new Parts().With("title", opened.Title).With(CaseRenamed.PublicTitle, publicTitle);
        return (id, opened.Event!.DiaryNumber, new([], [new(id, "case", ExpectedVersion.NewStream, [new(opened.Event with { Initiative = initiative }, KeyClass.Case, parts)])], [opened.Row!]));
    }

    private sealed record OpenedCase(CaseOpened? Event, string Title, NpgsqlBatchCommand? Row, Refusal? Refused = null);

    private async Task<OpenedCase> Open(NpgsqlTransaction transaction, Guid caseId, Authority authority, CaseChoice choice, DateTimeOffset now, CancellationToken ct, int documents = 1)
    {
        var policy = authority.Policy;
        string number, title, classCode;
        string? external = null, collective = null;
        var template = policy.DiaryTemplate;
        int year = LocalYear.Of(now);
        var (series, organ) = (authority.SeriesId, authority.Organ);
        long sequence = 0;
        switch (choice)
        {
            case CaseChoice.External given when policy["diary.mode"] == "own":
                return new(null, given.Title, null, new("diary-mode", "Myndighetens diarium förs här (diary.mode = own). Ett nummer från ett annat system kan inte anges."));
            case CaseChoice.External given when await IsAlternate(transaction, authority.Id, given.DiaryNumber, ct):
                return new(null, given.Title, null, new("external-number-taken", $"{given.DiaryNumber.Trim()} är redan ett äldre nummer på ett annat ärende. Registrera i det ärendet (caseId)."));
            case CaseChoice.External given:
                (number, title, classCode, external, year) = (given.DiaryNumber.Trim(), given.Title, "", given.System.Trim(), LocalYear.Of(given.RegisteredAt));
                break;
            case CaseChoice when policy["diary.mode"] == "external":
                return new(null, "", null, new("diary-mode", "Myndighetens diarium förs i ett annat system (diary.mode = external). Ange dess diarienummer under external."));
            default:
                (title, classCode) = choice is CaseChoice.New fresh ? (fresh.Title.Trim(), fresh.ClassCode?.Trim() ?? policy.DefaultClass) : ("Borttaget innehåll i sociala medier", policy.DefaultClass);
                collective = choice is CaseChoice.Collective ? CollectiveKey(policy, now) : null;
                await using (var query = new NpgsqlCommand { Connection = transaction.Connection, Transaction = transaction })
                {
                    var (chosen, refused) = DiarySeries.Choose(await DiarySeries.Of(query, authority.Id, ct), (choice as CaseChoice.New)?.Series, Swedish.Day(now));
                    if (refused is not null) return new(null, title, null, refused);
                    (series, organ) = (chosen!.Id, chosen.Organ);
                    template = chosen.TemplateUnder(policy);
                }

                if (await behind.Is(ct))
                {
                    return new(null, title, null, new("log-behind",
                        "Databasen är återläst från en äldre kopia, så nummer kan ha getts som inte finns här. Inga nya ges förrän driften har sagt var serierna ska fortsätta (./run resume-log).",
                        StatusCodes.Status503ServiceUnavailable));
                }

                bool others;
                do
                {
                    // Where two diaries are kept (diary.mode both) the other one may have used the number already; then it is that case's.
                    (sequence, others) = await NextNumber(transaction, series, year, authority.Id, ct);
                    number = DiaryNumber.Format(template, organ, sequence, year, classCode);
                }
                while (others && await IsTaken(transaction, authority.Id, number, ct));
                break;
        }

        var row = new NpgsqlBatchCommand("""
            insert into archive.cases (case_id, authority_id, series_id, year, number, diary_number, folded_number, class_code, external_system, collective, last_document, opened_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12, $11)
            """)
        {
            Parameters =
            {
                new() { Value = caseId }, new() { Value = authority.Id }, new() { Value = series }, new() { Value = year }, new() { Value = sequence },
                new() { Value = number }, new() { Value = DiaryNumberKey.Of(number) }, new() { Value = classCode }, new() { Value = (object?)external ?? DBNull.Value },
                new() { Value = (object?)collective ?? DBNull.Value }, new() { Value = now.ToUniversalTime() }, new() { Value = documents },
            },
        };
        return new(new(authority.Id, series, number, year, sequence, classCode, now, external, policy.Version), title, row);
    }

    private static async Task<bool> IsTaken(NpgsqlTransaction transaction, Guid authority, string number, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select exists (select from archive.cases where authority_id = $1 and folded_number = $2)
                or exists (select from archive.case_alternates where authority_id = $1 and folded_number = $2)
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumberKey.Of(number) });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private static async Task<bool> IsAlternate(NpgsqlTransaction transaction, Guid authority, string number, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select exists (select from archive.case_alternates where authority_id = $1 and folded_number = $2)", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumberKey.Of(number) });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>
    /// From here to the commit every other registration in the series waits: so it is the last thing asked for, and tells in the same round trip
    /// whether the authority has numbers that its series did not give.
    /// </summary>
    private static async Task<(long Number, bool Others)> NextNumber(NpgsqlTransaction transaction, Guid series, int year, Guid authority, CancellationToken ct)
    {
        await using var next = new NpgsqlCommand("""
            with given as (
              insert into archive.diary_counters (series_id, year, last) values ($1, $2, 1)
              on conflict (series_id, year) do update set last = diary_counters.last + 1
              returning last)
            select last, exists (select from archive.cases where authority_id = $3 and external_system is not null)
                      or exists (select from archive.case_alternates where authority_id = $3)
            from given
            """, transaction.Connection, transaction);
        next.Parameters.Add(new() { Value = series });
        next.Parameters.Add(new() { Value = year });
        next.Parameters.Add(new() { Value = authority });
        await using var row = await next.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetBoolean(1));
    }
}
