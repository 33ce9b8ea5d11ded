using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>A number the case had in an older form or in another system, kept as ExtraID (domain §2.8): the case is found by it for ever after.</summary>
public sealed record AddAlternate(string? Number, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/alternate-ids", async (Guid id, AddAlternate command, IfMatch expected, Caller caller, CaseNumberHandler handler, CancellationToken ct) =>
            (await handler.AddAlternate(id, command, expected, caller, ct)).Answer())
        .WithName("add-alternate-id");

    /// <summary>Pure. <paramref name="taken"/>: whose number it is already, if anybody's; <paramref name="own"/>: it is this case's.</summary>
    public Decision Decide(string? taken, bool own, DateTimeOffset now, int policyVersion)
    {
        var number = (Number ?? "").Trim();
        if (!DiaryNumberKey.MayBe(number) || number.Any(c => !(char.IsLetterOrDigit(c) || char.IsWhiteSpace(c) || "-/.:§()_\u2010\u2011\u2012\u2013\u2014\u2015\u2212".Contains(c, StringComparison.Ordinal))))
            return Refusal.Input("alternate-number", "Ange numret som ärendet haft, med bokstäver och siffror, högst 100 tecken. Exempel: TN 2019-000123.");

        // The number stands in the clear, as every diary number does.
        if (SecrecyHints.Any(number)) return Refusal.Input("alternate-number", "Numret liknar ett personnummer. Ett sådant får inte stå i diariet som ärendets nummer.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (own) return Decision.Nothing;
        return taken is not null
            ? new Refusal("alternate-taken", $"{number} hör redan till {taken}. Ett nummer är ett ärende.")
            : new Happened(new CaseAlternateAdded(number, now, policyVersion), KeyClass.Case, new Parts().With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>Låter ett diarienummer utgå: allotted, but nothing registered stands in it any more. It is shown as utgår and never given again.</summary>
public sealed record VoidNumber(string? Reason, string? Authority)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/diary/{*number}", async (string number, VoidNumber command, IfMatch expected, Caller caller, CaseNumberHandler handler, CancellationToken ct) =>
            DiaryViews.Written(number) is var written && written.EndsWith("/void", StringComparison.Ordinal)
                ? (await handler.Void(written[..^5], command, expected, caller, ct)).Answer()
                : Problems.Refused(Refusal.Unknown("route", "Adressen finns inte. Ett nummer låts utgå med …/void.")))
        .WithName("void-diary-number");

    /// <summary>Pure. A registered document keeps its number (OSL 5:2; arkivförordningen 3 §): only one that every document has left may go.</summary>
    public Decision Decide(CaseStanding standing, DateTimeOffset now, int policyVersion)
    {
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > 2000) return Refusal.Input("reason-missing", "Ange varför numret utgår, högst 2000 tecken. Skälet står kvar.");
        if (standing.Voided) return new Refusal("number-void", $"{standing.DiaryNumber} har redan utgått.");
        if (standing.External is { } system) return new Refusal("number-of-another-system", $"{standing.DiaryNumber} kommer från {system}. Låt det utgå där.");
        return standing.Documents > 0
            ? new Refusal("number-in-use", $"{standing.DiaryNumber} har {Swedish.Count(standing.Documents, "registrerad handling", "registrerade handlingar")} kvar. Omregistrera dem först: en registrerad handling behåller sitt nummer.")
            : new Happened(new DiaryNumberVoided(standing.Series, standing.Year, standing.Number, now, policyVersion), KeyClass.Case, new Parts().With("reason", Reason.Trim()));
    }
}

/// <summary>A case as decisions about its number ask for it. <paramref name="Documents"/> counts those that have not been transferred.</summary>
public sealed record CaseStanding(Guid Authority, Guid Series, int Year, long Number, string DiaryNumber, string? External, bool Voided, int Documents, long Version);

public sealed class CaseNumberHandler(SealedLog log, Databases databases, AuthorityRegister authorities, CaseNumbers numbers, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.");

    public async Task<Outcome> AddAlternate(Guid id, AddAlternate command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Decide(id, expected, caller, "Bara en registrator får lägga till ett äldre nummer.", async (transaction, standing, policyVersion, now) =>
                {
                    var key = DiaryNumberKey.Of(command.Number ?? "");
                    var (taken, own) = await Holder(transaction, standing.Authority, id, key, ct);
                    var decision = command.Decide(taken, own, now, policyVersion);
                    return decision.Events is [{ Event: CaseAlternateAdded added }] ? (decision, [Row(id, standing, key, added)]) : (decision, []);
                }, ct);
            }
            catch (PostgresException error) when (Registration.OpenedMeanwhile(error) && attempt < 5)
            {
                // Another case got the number in the same moment; deciding again finds it there.
            }
        }
    }

    /// <summary>The number with any dash; <see cref="VoidNumber.Authority"/> where several authorities have it.</summary>
    public async Task<Outcome> Void(string typed, VoidNumber command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var found = new List<Guid>();
        foreach (var authority in await authorities.All(ct))
        {
            if (!caller.IsStaffOf(authority.Id) || (command.Authority is { } code && !string.Equals(code.Trim(), authority.Code, StringComparison.OrdinalIgnoreCase))) continue;
            if (await numbers.Find(authority, typed, ct) is { } id) found.Add(id);
        }

        if (found.Count == 0) return Refusal.Unknown("diary-number", "Numret finns inte i de diarier du får läsa.");
        return found is [var one] ? await Void(one, command, expected, caller, ct) : new Refusal("several-authorities", "Flera myndigheter har numret. Ange vilken (authority).");
    }

    public async Task<Outcome> Void(Guid id, VoidNumber command, IfMatch expected, Caller caller, CancellationToken ct) =>
        await Decide(id, expected, caller, "Bara en registrator får låta ett diarienummer utgå.", (_, standing, policyVersion, now) =>
        {
            var decision = command.Decide(standing, now, policyVersion);
            IReadOnlyList<NpgsqlBatchCommand> rows = decision.Events is [{ Event: DiaryNumberVoided voided }] ? Rows(id, standing, voided) : [];
            return Task.FromResult((decision, rows));
        }, ct);

    private async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, string no,
        Func<NpgsqlTransaction, CaseStanding, int, DateTimeOffset, Task<(Decision, IReadOnlyList<NpgsqlBatchCommand>)>> decide, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Lock(transaction, id, ct) is not { } standing || !caller.IsStaffOf(standing.Authority)) return Unknown;
        if (!caller.May(standing.Authority, Role.Registrator)) return Refusal.NotAllowed(no);
        if (expected.Version is { } version && version != standing.Version) return Refusal.ChangedMeanwhile(standing.Version);
        var policy = (await authorities.Find(standing.Authority, ct))!.Policy;
        var (decision, rows) = await decide(transaction, standing, policy.Version, clock.GetUtcNow());
        if (decision.Refused is not null) return decision.Refused;
        if (decision.Events.Count == 0) return new Outcome.Done(0, standing.Version);
        var keys = await log.Keys([id], ct);
        if (await log.Append(transaction, [new(id, "case", ExpectedVersion.Exactly(standing.Version), decision.Events)], keys, new(caller.PersonId.ToString("D")), rows, ct) is not Appended.Done done)
            return Refusal.ChangedMeanwhile(standing.Version + 1);
        await transaction.CommitAsync(ct);
        return new Outcome.Done(done.LastSequence, done.Versions[id]);
    }

    /// <summary>The stream before the row, as a registration into the case takes them.</summary>
    private static async Task<CaseStanding?> Lock(NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using (var turn = new NpgsqlCommand("select 1 from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1 for update of s, c", transaction.Connection, transaction))
        {
            turn.Parameters.Add(new() { Value = id });
            if (await turn.ExecuteScalarAsync(ct) is null) return null;
        }

        await using var query = new NpgsqlCommand("""
            select c.authority_id, c.series_id, c.year, c.number, c.diary_number, c.external_system, c.voided_at is not null,
                   (select count(*)::int from archive.diary_entries e where e.case_id = c.case_id
                    and not exists (select from archive.diary_transfers t where t.case_id = e.case_id and t.document_number = e.document_number)), s.version
            from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(row.GetGuid(0), row.GetGuid(1), row.GetInt32(2), row.GetInt64(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetBoolean(6), row.GetInt32(7), row.GetInt64(8));
    }

    private static async Task<(string? Taken, bool Own)> Holder(NpgsqlTransaction transaction, Guid authority, Guid id, string key, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select case_id, diary_number from archive.cases where authority_id = $1 and folded_number = $2
            union all select a.case_id, c.diary_number from archive.case_alternates a join archive.cases c using (case_id) where a.authority_id = $1 and a.folded_number = $2
            union all select null, diary_number from archive.voided_numbers where authority_id = $1 and folded_number = $2 and case_id is null
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = key });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetString(1), !row.IsDBNull(0) && row.GetGuid(0) == id) : (null, false);
    }

    private static NpgsqlBatchCommand Row(Guid id, CaseStanding standing, string key, CaseAlternateAdded added) =>
        new("insert into archive.case_alternates (authority_id, folded_number, case_id, case_key, alternate, added_at) values ($1, $2, $3, $4, $5, $6)")
        {
            Parameters =
            {
                new() { Value = standing.Authority }, new() { Value = key }, new() { Value = id }, new() { Value = DiaryNumberKey.Of(standing.DiaryNumber) }, new() { Value = added.Alternate },
                new() { Value = added.AddedAt.ToUniversalTime() },
            },
        };

    private static List<NpgsqlBatchCommand> Rows(Guid id, CaseStanding standing, DiaryNumberVoided voided) =>
    [
        new("update archive.cases set voided_at = $2 where case_id = $1") { Parameters = { new() { Value = id }, new() { Value = voided.VoidedAt.ToUniversalTime() } } },
        new("""
            insert into archive.voided_numbers (series_id, year, number, authority_id, case_id, diary_number, folded_number, why, voided_at)
            values ($1, $2, $3, $4, $5, $6, $7, 'void', $8)
            """)
        {
            Parameters =
            {
                new() { Value = voided.Series }, new() { Value = voided.Year }, new() { Value = voided.Number }, new() { Value = standing.Authority }, new() { Value = id },
                new() { Value = standing.DiaryNumber }, new() { Value = DiaryNumberKey.Of(standing.DiaryNumber) }, new() { Value = voided.VoidedAt.ToUniversalTime() },
            },
        },
    ];
}
