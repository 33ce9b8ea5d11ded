using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.DataSubjects;

public sealed record SubjectRow(
    Guid Id, Guid Authority, string AuthorityCode, string AuthorityName, string Number, SubjectRight Right, RequestChannel Channel, DateTimeOffset ReceivedAt, DateOnly DueOn, bool Extended, bool Identified,
    SubjectAnswer? Answer, DateOnly? AnsweredOn, DateTimeOffset? ClosedAt)
{
    public bool Overdue(DateOnly today) => Answer is null && DueOn < today;
}

/// <summary>A supplement as it stands beside a record.</summary>
public sealed record Supplement(DateTimeOffset At, string Number, string? Text);

/// <summary>The requests, with what is left of their time.</summary>
public sealed class SubjectRegister(Databases databases, SealedLog log)
{
    private const string Rows = """
        select r.request_id, a.authority_id, a.code, a.name, r.number, r."right", r.channel, r.received_at, r.due_on, r.extended, r.identified, r.answer, r.answered_on, r.closed_at
        from archive.subject_requests r join archive.authorities a using (authority_id)
        """;

    /// <summary>Open ones first, the one due first on top; then the closed, the newest first.</summary>
    public async Task<IReadOnlyList<SubjectRow>> Of(Caller caller, bool openOnly, CancellationToken ct, Guid? id = null)
    {
        if (caller.IsService) return [];
        await using var query = databases.Staff.CreateCommand($"""
            {Rows} where ($1::uuid[] is null or r.authority_id = any ($1)) and (not $2 or r.closed_at is null) and ($3::uuid is null or r.request_id = $3)
            order by r.closed_at is not null, case when r.closed_at is null then r.due_on end, r.received_at desc, r.request_id limit 500
            """);
        query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(SubjectRequests.Readers)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = openOnly });
        query.Parameters.Add(new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<SubjectRow>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), SubjectWords.Parse<SubjectRight>(rows.GetString(5)), SubjectWords.Parse<RequestChannel>(rows.GetString(6)),
                rows.GetFieldValue<DateTimeOffset>(7), rows.GetFieldValue<DateOnly>(8), rows.GetBoolean(9), rows.GetBoolean(10), rows.Text(11) is { } answer ? SubjectWords.Parse<SubjectAnswer>(answer) : null,
                rows.GetFieldValue<DateOnly?>(12), rows.GetFieldValue<DateTimeOffset?>(13)));
        }

        return found;
    }

    public async Task<SubjectRow?> Find(Guid id, Caller caller, CancellationToken ct) => await Of(caller, openOnly: false, ct, id) is [var found, ..] ? found : null;

    /// <summary>The words of the request's events, by event; what the request's key no longer opens is absent.</summary>
    public async Task<(IReadOnlyList<Recorded> History, IReadOnlyDictionary<Guid, Opened> Words)> Told(Guid id, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        return (history, await log.Open(history, ct));
    }

    /// <summary>Names of people on the staff, for what they did.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Staff(IEnumerable<string?> actors, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = actors.Where(a => Guid.TryParse(a, out _)).Select(a => Guid.Parse(a!)).Distinct().ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0).ToString("D")] = rows.GetString(1);
        return names;
    }

    /// <summary>What stands beside a record that the caller may read.</summary>
    public async Task<IReadOnlyList<Supplement>> Supplements(Guid record, CancellationToken ct)
    {
        var events = new List<(Guid Request, Guid Event, string Number)>();
        await using (var query = databases.Staff.CreateCommand("""
            select s.request_id, s.event_id, r.number from archive.subject_supplements s join archive.subject_requests r using (request_id) where s.record_id = $1 order by s.noted_at, s.event_id
            """))
        {
            query.Parameters.Add(new() { Value = record });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) events.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
        }

        var found = new List<Supplement>();
        foreach (var request in events.GroupBy(e => e.Request))
        {
            var history = (await log.Store.ReadStream(request.Key, ct: ct)).Where(h => request.Any(e => e.Event == h.Id)).ToList();
            var words = await log.Open(history, ct);
            found.AddRange(history.Select(h => new Supplement(h.Time, request.First().Number, words.GetValueOrDefault(h.Id)?.Parts?["text"])));
        }

        return found;
    }
}
