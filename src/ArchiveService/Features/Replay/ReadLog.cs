using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Replay;

/// <summary>Somebody read a record that stood behind a wall.</summary>
public sealed record LoggedRead(Guid Id, DateTimeOffset ReadAt, Guid Person, string PersonName, Guid Record, string Wall, bool Reasoned, string? Reason);

public sealed record ReadLogPage(IReadOnlyList<LoggedRead> Items, string? Next);

/// <summary>Whose readings are asked for.</summary>
public sealed record ReadLogQuestion(Guid? Record, Guid? Case, Guid? Account, Guid? Person, DateTimeOffset? From, DateTimeOffset? To, ReplayCursor? After)
{
    public static (ReadLogQuestion? Asked, Refusal? Refused) Parse(IQueryCollection query, DateTimeOffset now)
    {
        Guid? Id(string name, ref Refusal? wrong)
        {
            if (query[name].ToString() is not { Length: > 0 } written) return null;
            if (Guid.TryParse(written, out var id)) return id;
            wrong ??= BadParameter.Of(name, $"{name} ska vara ett id.");
            return null;
        }

        Refusal? refused = null;
        var (record, inCase, account, person) = (Id("record", ref refused), Id("case", ref refused), Id("account", ref refused), Id("person", ref refused));
        DateTimeOffset? from = null, to = null;
        if (query["from"].ToString().Length > 0)
        {
            (from, var wrong) = Times.Read("from", query["from"], now);
            refused ??= wrong;
        }

        if (query["to"].ToString().Length > 0)
        {
            (to, var wrong) = Times.Read("to", query["to"], now, endOfDay: true);
            refused ??= wrong;
        }

        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        refused ??= unreadable;
        return refused is null ? (new(record, inCase, account, person, from, to, after), null) : (null, refused);
    }
}

/// <summary>
/// Who read what: by record, case, account or person. Everybody sees one's own; the reviewer sees the authority's, of records that the reviewer may know of,
/// and that the log was read is an event.
/// </summary>
public sealed class ReadLog(Databases databases, SealedLog log)
{
    private const int PageSize = 50;

    private static readonly Refusal Closed = Refusal.NotAllowed("Läsloggen läses av granskare. Dina egna läsningar ser du alltid.");

    public static bool MaySee(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Revisor);

    public async Task<(ReadLogPage? Page, Refusal? Refused)> Find(ReadLogQuestion asked, Caller caller, CancellationToken ct)
    {
        var own = asked.Person == caller.PersonId && !caller.IsService;
        if (!own && !MaySee(caller)) return (null, Closed);
        var sql = new SqlText();
        List<string> all = ["true"];
        if (!own)
        {
            if (caller.AuthoritiesWith(Role.Revisor) is { } mine) all.Add($"s.authority_id = any ({sql.Value(mine.ToArray())})");
            all.Add(RecordViewSight.Of(databases, caller).AllowsAmongAll(sql, "s"));
        }

        if (asked.Record is { } record) all.Add($"r.record_id = {sql.Value(record)}");
        if (asked.Case is { } inCase) all.Add($"s.case_id = {sql.Value(inCase)}");
        if (asked.Account is { } account) all.Add($"s.account_id = {sql.Value(account)}");
        if (asked.Person is { } person) all.Add($"r.person_id = {sql.Value(person)}");
        if (asked.From is { } from) all.Add($"r.read_at >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"r.read_at <= {sql.Value(to.ToUniversalTime())}");
        if (asked.After is { } after) all.Add($"(r.read_at, r.event_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        sql.Add($"""
            select r.event_id, r.read_at, r.person_id, r.record_id, r.wall, r.reasoned, r.version, coalesce(n.name, '(namnet är gallrat)')
            from archive.record_reads r join archive.record_states s using (record_id) left join views.persons n using (person_id)
            where {string.Join(" and ", all)} order by r.read_at desc, r.event_id desc limit {sql.Value(PageSize + 1)}
            """);
        var items = new List<(LoggedRead Read, long Version)>();
        await using (var query = sql.Command(databases.Writer))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                items.Add((new(rows.GetGuid(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetGuid(2), rows.GetString(7), rows.GetGuid(3), rows.GetString(4), rows.GetBoolean(5), null), rows.GetInt64(6)));
        }

        string? next = null;
        if (items.Count > PageSize)
        {
            items.RemoveAt(PageSize);
            next = new ReplayCursor(items[^1].Read.ReadAt, items[^1].Read.Id).Written;
        }

        if (!own) await Note(asked, caller, ct);
        return (new([.. (await Reasoned(items, ct))], next), null);
    }

    private async Task<IReadOnlyList<LoggedRead>> Reasoned(IReadOnlyList<(LoggedRead Read, long Version)> items, CancellationToken ct)
    {
        var recorded = new List<Recorded>();
        foreach (var (read, version) in items.Where(i => i.Read.Reasoned)) recorded.AddRange(await log.Store.ReadStream(read.Person, version, upToVersion: version, ct));
        var opened = await log.Open(recorded, ct);
        return [.. items.Select(i => i.Read with { Reason = opened.GetValueOrDefault(i.Read.Id)?.Parts?[RecordReads.ReasonPart] })];
    }

    private async Task Note(ReadLogQuestion asked, Caller caller, CancellationToken ct)
    {
        if (asked.After is not null) return;
        var (by, subject) = asked switch
        {
            { Record: { } id } => ("record", id),
            { Case: { } id } => ("case", id),
            { Account: { } id } => ("account", id),
            { Person: { } id } => ("person", id),
            _ => ("all", (Guid?)null),
        };
        var draft = new Draft(caller.PersonId, Person.StreamType, ExpectedVersion.Any, [new(new ReadLogOpened(by, subject))]);
        for (var attempt = 1; ; attempt++)
        {
            if (await log.Append([draft], log.NewKeySet(), new(caller.PersonId.ToString("D")), null, ct) is Appended.Done || attempt == 2) return;
        }
    }
}
