using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;
using Quartz;

namespace ArchiveService.Features.Replay;

/// <summary>A finding with what it says, and who has examined it.</summary>
public sealed record UnusualRead(
    Guid Id, string Authority, Guid Person, string PersonName, string Rule, string Title, string Explanation, Guid? Record, DateTimeOffset Since, DateTimeOffset Until, int Count, int Threshold,
    DateTimeOffset FoundAt, DateTimeOffset? ExaminedAt, Guid? ExaminedBy, string? ExaminedByName, string? Reason);

public sealed record UnusualReadPage(IReadOnlyList<UnusualRead> Items, string? Next);

/// <summary>Marks a finding as examined, with what was found.</summary>
public sealed record ExamineUnusualReads(string? Reason)
{
    public const int Longest = 2000;

    /// <summary>Whoever read does not examine their own reading.</summary>
    public Decision Decide(Guid authority, Guid reader, bool examined, int policyVersion, Caller caller)
    {
        if (caller.IsService || !caller.May(authority, Role.Revisor)) return Refusal.NotAllowed("Bara en granskare vid myndigheten granskar läsningar.");
        if (reader == caller.PersonId) return Refusal.NotAllowed("Du kan inte granska dina egna läsningar. Be en annan granskare.");
        if (examined) return new Refusal("already-examined", "Läsningarna är redan granskade.");
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Trim().Length > Longest) return Refusal.Input("reason-missing", $"Skriv vad granskningen visade, högst {Longest} tecken.");
        return new Happened(new UnusualReadsExamined(authority, policyVersion), KeyClass.Office, new Parts().With("reason", Reason.Trim()));
    }
}

/// <summary>Looks for readings that are not as most are, and keeps what was found until somebody has examined it.</summary>
public sealed class UnusualReads(Databases databases, SealedLog log, AuthorityRegister authorities, IKeyProvider keys, TimeProvider clock)
{
    private const int PageSize = 50;

    /// <summary>So far back the nightly pass looks: a night that was missed is made up for.</summary>
    public const int Days = 3;

    private static readonly Refusal Closed = Refusal.NotAllowed("Ovanliga läsningar ses av granskare.");

    public static bool MaySee(Caller caller) => ReadLog.MaySee(caller);

    /// <summary>Looks through the last days. What was found before is not found again.</summary>
    /// <param name="alsoToday">The present day too, as far as it has come.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many findings were new.</returns>
    public async Task<int> Look(bool alsoToday, CancellationToken ct)
    {
        var last = Swedish.Day(clock.GetUtcNow()).AddDays(alsoToday ? 0 : -1);
        var staff = await StaffNames(ct);
        var found = 0;
        foreach (var authority in await authorities.All(ct))
        {
            for (var day = last.AddDays(-Days); day <= last; day = day.AddDays(1))
            {
                var (since, until) = (Swedish.StartOf(day).ToUniversalTime(), Swedish.StartOf(day.AddDays(1)).ToUniversalTime());
                foreach (var one in UnusualReadRules.Find(authority.Policy, await Reads(authority.Id, since, until, staff, ct), await Searches(authority.Id, since, until, ct)))
                {
                    if (await Keep(authority, one, ct)) found++;
                }
            }
        }

        return found;
    }

    private async Task<IReadOnlyDictionary<Guid, string>> StaffNames(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select n.person_id, lower(n.name) from views.persons n join archive.persons p using (person_id) where not p.is_service and position(' ' in n.name) > 0");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }

    private async Task<IReadOnlyList<ObservedRead>> Reads(Guid authority, DateTimeOffset since, DateTimeOffset until, IReadOnlyDictionary<Guid, string> staff, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select r.person_id, r.record_id, r.read_at, r.wall, r.reasoned, lower(v.sender_name)
            from archive.record_reads r join archive.record_states s using (record_id) join archive.persons p using (person_id) left join views.all_records v on v.record_id = r.record_id
            where s.authority_id = $1 and r.read_at >= $2 and r.read_at < $3 and not p.is_service order by r.read_at
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = since });
        query.Parameters.Add(new() { Value = until });
        var names = staff.GroupBy(s => s.Value, s => s.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToHashSet(), StringComparer.Ordinal);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var reads = new List<ObservedRead>();
        while (await rows.ReadAsync(ct))
        {
            var (person, sender) = (rows.GetGuid(0), rows.Text(5));
            reads.Add(new(person, rows.GetGuid(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetString(3) == RecordStates.Stored(Wall.Secret), rows.GetBoolean(4),
                sender is not null && names.TryGetValue(sender, out var bearers) && !bearers.Contains(person)));
        }

        return reads;
    }

    /// <summary>
    /// What people with a role at the authority looked for; one with roles everywhere only is looked at in each, by its own threshold. The words are compared here, and kept nowhere.
    /// </summary>
    private async Task<IReadOnlyList<ObservedSearch>> Searches(Guid authority, DateTimeOffset since, DateTimeOffset until, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select l.search_id, l.person_id, l.searched_at, l.kind, l.kek_id, l.sealed from archive.search_log l
            where l.searched_at >= $2 and l.searched_at < $3 and l.kind in ('person', 'account') and (exists (select from archive.grants g where g.person_id = l.person_id and g.authority_id = $1)
                or (exists (select from archive.grants g where g.person_id = l.person_id and g.authority_id is null)
                  and not exists (select from archive.grants g where g.person_id = l.person_id and g.authority_id is not null)))
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = since });
        query.Parameters.Add(new() { Value = until });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var searches = new List<ObservedSearch>();
        while (await rows.ReadAsync(ct))
        {
            if (SealedNote.Open(keys, rows.GetGuid(4), rows.GetGuid(0), rows.GetFieldValue<byte[]>(5)) is { } words)
                searches.Add(new(rows.GetGuid(1), rows.GetFieldValue<DateTimeOffset>(2), $"{rows.GetString(3)}: {words.Trim().ToLowerInvariant()}"));
        }

        return searches;
    }

    private async Task<bool> Keep(Authority authority, UnusualReading one, CancellationToken ct)
    {
        await using (var known = databases.Writer.CreateCommand("""
            select exists (select from archive.unusual_reads where authority_id = $1 and person_id = $2 and rule = $3 and record_id is not distinct from $4
              and (since = $5 or (rule <> $6 and archive.swedish_date(since) = archive.swedish_date($5))))
            """))
        {
            known.Parameters.Add(new() { Value = authority.Id });
            known.Parameters.Add(new() { Value = one.Person });
            known.Parameters.Add(new() { Value = one.Rule });
            known.Parameters.Add(new() { Value = (object?)one.Record ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            known.Parameters.Add(new() { Value = one.Since.ToUniversalTime() });
            known.Parameters.Add(new() { Value = UnusualReadRules.PerHour });
            if ((bool)(await known.ExecuteScalarAsync(ct))!) return false;
        }

        var (id, now) = (Guid.CreateVersion7(clock.GetUtcNow()), clock.GetUtcNow());
        var happened = new UnusualReadsFound(authority.Id, one.Person, one.Rule, one.Record, one.Since, one.Until, one.Count, one.Threshold, one.Secret, authority.Policy.Version);
        NpgsqlBatchCommand row = new("""
            insert into archive.unusual_reads (finding_id, authority_id, person_id, rule, record_id, since, until, count, threshold, secret, policy_version, found_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = one.Person }, new() { Value = one.Rule },
                new() { Value = (object?)one.Record ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = one.Since.ToUniversalTime() }, new() { Value = one.Until.ToUniversalTime() },
                new() { Value = one.Count }, new() { Value = one.Threshold }, new() { Value = one.Secret }, new() { Value = authority.Policy.Version }, new() { Value = now.ToUniversalTime() },
            },
        };
        try
        {
            return await log.Append([new(id, StreamType, ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), [row], ct) is Appended.Done;
        }
        catch (PostgresException twice) when (twice is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "unusual_reads_once" })
        {
            // Another node was here at the same moment; the event went with the row.
            return false;
        }
    }

    public const string StreamType = "read_review";

    /// <summary>What was found at the authorities that the caller reviews, newest first. That something behind a wall was read only the cleared learn.</summary>
    /// <param name="state">open, examined or all.</param>
    /// <param name="after">Where the page begins.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(UnusualReadPage? Page, Refusal? Refused)> Find(string? state, ReplayCursor? after, Caller caller, CancellationToken ct)
    {
        if (!MaySee(caller)) return (null, Closed);
        var sql = new SqlText();
        List<string> all = ["true"];
        if (caller.AuthoritiesWith(Role.Revisor) is { } mine) all.Add($"u.authority_id = any ({sql.Value(mine.ToArray())})");
        if (caller.ReadsSecretsOf is { } cleared) all.Add($"(u.rule = '{UnusualReadRules.SamePerson}' or u.authority_id = any ({sql.Value(cleared.ToArray())}))");
        if (state is not "all") all.Add($"(u.examined_at is null) = {(state == "examined" ? "false" : "true")}");
        if (after is not null) all.Add($"(u.since, u.finding_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        sql.Add($"""
            select u.finding_id, a.code, u.person_id, coalesce(n.name, '(namnet är gallrat)'), u.rule, u.record_id, u.since, u.until, u.count, u.threshold, u.found_at, u.examined_at, u.examined_by, x.name
            from archive.unusual_reads u join archive.authorities a using (authority_id) left join views.persons n on n.person_id = u.person_id left join views.persons x on x.person_id = u.examined_by
            where {string.Join(" and ", all)} order by u.since desc, u.finding_id desc limit {sql.Value(PageSize + 1)}
            """);
        var items = new List<UnusualRead>();
        await using (var query = sql.Command(databases.Writer))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                var rule = UnusualReadRules.Of(rows.GetString(4));
                items.Add(new(
                    rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), rows.GetString(3), rule.Key, rule.Title, $"{Swedish.Count(rows.GetInt32(8), "gång", "gånger")}, ovanligt från {rows.GetInt32(9)}. {rule.Explains}",
                    rows.GetFieldValue<Guid?>(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetFieldValue<DateTimeOffset>(7), rows.GetInt32(8), rows.GetInt32(9), rows.GetFieldValue<DateTimeOffset>(10),
                    rows.GetFieldValue<DateTimeOffset?>(11), rows.GetFieldValue<Guid?>(12), rows.Text(13), null));
            }
        }

        string? next = null;
        if (items.Count > PageSize)
        {
            items.RemoveAt(PageSize);
            next = new ReplayCursor(items[^1].Since, items[^1].Id).Written;
        }

        var examined = (await log.Store.ReadStreams([.. items.Where(i => i.ExaminedAt is not null).Select(i => i.Id)], upToVersion: null, ct)).ToDictionary(s => s.Key, s => s.Value.Last(r => r.Event is UnusualReadsExamined));
        var opened = await log.Open([.. examined.Values], ct);
        return (new([.. items.Select(i => examined.TryGetValue(i.Id, out var by) ? i with { Reason = opened.GetValueOrDefault(by.Id)?.Parts?["reason"] } : i)], next), null);
    }

    public async Task<Outcome> Examine(Guid id, ExamineUnusualReads command, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, until: null, ct);
        if (!MaySee(caller)) return Closed;
        var unknown = Refusal.Unknown("unusual-read", "Fyndet finns inte, eller så får du inte se det.");
        if (history.Select(r => r.Event).OfType<UnusualReadsFound>().FirstOrDefault() is not { } found || !caller.May(found.Authority, Role.Revisor) || (found.Rule != UnusualReadRules.SamePerson && !caller.MayReadSecret(found.Authority))) return unknown;
        var policy = (await authorities.Find(found.Authority, ct))!.Policy;
        var decision = command.Decide(found.Authority, found.Person, history.Any(r => r.Event is UnusualReadsExamined), policy.Version, caller);
        if (decision.Refused is { } why) return why;
        NpgsqlBatchCommand row = new("update archive.unusual_reads set examined_at = $2, examined_by = $3 where finding_id = $1")
        {
            Parameters = { new() { Value = id }, new() { Value = clock.GetUtcNow().ToUniversalTime() }, new() { Value = caller.PersonId } },
        };
        return await log.Append([new(id, StreamType, ExpectedVersion.Exactly(history[^1].Version), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [row], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(history[^1].Version + 1);
    }
}

/// <summary>Every night, after the reconcile and the sweep.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlyReadReview(UnusualReads reads, ILogger<NightlyReadReview> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (await reads.Look(alsoToday: false, cancellationToken) is > 0 and var found) LogFound(logger, found);
        }
        catch (NpgsqlException error)
        {
            LogTrouble(logger, error.SqlState ?? error.GetType().Name);
        }
    }

    [LoggerMessage(1316, LogLevel.Information, "{Found} unusual readings wait for somebody to examine them.")]
    private static partial void LogFound(ILogger logger, int found);

    [LoggerMessage(1317, LogLevel.Warning, "Readings could not be looked through: {Problem}. It is tried again tomorrow.")]
    private static partial void LogTrouble(ILogger logger, string problem);
}
