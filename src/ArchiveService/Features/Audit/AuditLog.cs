using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Audit;

/// <summary>A line of the log: something administered, or a reading of what stood behind a wall.</summary>
/// <param name="Kind">The event's stored name.</param>
/// <param name="Subject">The person that it concerns.</param>
/// <param name="Authority">Code; null where it is of no single one.</param>
/// <param name="Record">What was read.</param>
/// <param name="Detail">The role, the channel's function, until when and the like.</param>
public sealed record AuditEntry(
    Guid Id, DateTimeOffset At, string Kind, string Group, string Title, Guid? Actor, string? ActorName, Guid? Subject, string? SubjectName, string? Authority, Guid? Record, string? Detail, Guid Stream);

public sealed record AuditPage(IReadOnlyList<AuditEntry> Items, string? Next);

/// <summary>Who, what, whom it concerns, whose, when, and words: names of staff and of kinds.</summary>
public sealed record AuditQuestion(string? Kind, Guid? Actor, Guid? Subject, Guid? Record, string? Authority, DateTimeOffset? From, DateTimeOffset? To, string? Words, ReplayCursor? After)
{
    public const int LongestWords = 100;

    public static (AuditQuestion? Asked, Refusal? Refused) Parse(IQueryCollection query, DateTimeOffset now)
    {
        Refusal? refused = null;
        Guid? Id(string name)
        {
            if (query[name].ToString() is not { Length: > 0 } written) return null;
            if (Guid.TryParse(written.Trim(), out var id)) return id;
            refused ??= BadParameter.Of(name, $"{name} ska vara ett id.");
            return null;
        }

        DateTimeOffset? Time(string name, bool end)
        {
            if (query[name].ToString().Length == 0) return null;
            var (at, wrong) = Times.Read(name, query[name], now, end);
            refused ??= wrong;
            return at;
        }

        var kind = query["kind"].ToString() is { Length: > 0 } asked ? asked : null;
        if (kind is not null && !AuditKinds.IsGroup(kind) && !ReplayWords.IsEvent(kind)) refused ??= BadParameter.Of("kind", $"kind ska vara en händelse eller någon av {string.Join(", ", AuditKinds.Groups.Select(g => g.Word))}.");
        var words = query["q"].ToString().Trim() is { Length: > 0 } said ? said : null;
        if (words?.Length > LongestWords) refused ??= BadParameter.Of("q", $"q får ha högst {LongestWords} tecken.");
        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        var made = new AuditQuestion(kind, Id("actor"), Id("subject"), Id("record"), query["authority"].ToString().Trim() is { Length: > 0 } code ? code.ToUpperInvariant() : null, Time("from", end: false), Time("to", end: true), words, after);
        refused ??= unreadable;
        return refused is null ? (made, null) : (null, refused);
    }
}

/// <summary>
/// Everything administered, and for reviewers every reading of what stood behind a wall, per authority. An administrator sees administration; who read what is the reviewers'.
/// That the log was read, and that it was taken away as a file, are events.
/// </summary>
public sealed class AuditLog(Databases databases, SealedLog log, RoleWords roles)
{
    public const int PageSize = 50;

    public const int MostInFile = 50_000;

    private static readonly Refusal Closed = Refusal.NotAllowed("Loggen läses av granskare och administratörer.");

    public static bool MaySee(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Revisor, Role.Admin);

    public async Task<(AuditPage? Page, Refusal? Refused)> Find(AuditQuestion asked, Caller caller, CancellationToken ct)
    {
        var (items, refused) = await Read(asked, caller, PageSize + 1, ct);
        if (items is null) return (null, refused);
        string? next = null;
        if (items.Count > PageSize)
        {
            items.RemoveAt(PageSize);
            next = new ReplayCursor(items[^1].At, items[^1].Id).Written;
        }

        if (asked.After is null) await Note(caller, new AuditOpened(asked.Kind, asked.Actor, asked.Subject, await AuthorityOf(asked, ct)), ct);
        return (new(items, next), null);
    }

    /// <summary>The file; that it was taken is durable before it is given out.</summary>
    public async Task<(byte[]? File, Refusal? Refused)> Export(AuditQuestion asked, Caller caller, CancellationToken ct)
    {
        var (items, refused) = await Read(asked, caller, MostInFile, ct);
        if (items is null) return (null, refused);
        await Note(caller, new AuditExported(asked.Kind, asked.Actor, asked.Subject, await AuthorityOf(asked, ct), items.Count), ct);
        return (CsvText.File(
            ["tid", "vad", "händelse", "vem", "vem id", "gäller", "gäller id", "myndighet", "handling", "uppgift", "händelsens id"],
            items.Select(i => (string?[])
            [
                Swedish.DateAndClock(i.At).Replace('\u00A0', ' '), i.Title, i.Kind, i.ActorName, i.Actor?.ToString("D"), i.SubjectName, i.Subject?.ToString("D"), i.Authority, i.Record?.ToString("D"), i.Detail, i.Id.ToString("D"),
            ])), null);
    }

    private async Task<(List<AuditEntry>? Items, Refusal? Refused)> Read(AuditQuestion asked, Caller caller, int most, CancellationToken ct)
    {
        if (!MaySee(caller)) return (null, Closed);
        Guid? authority = null;
        if (asked.Authority is { } code)
        {
            authority = await roles.Authority(code, ct);
            if (authority is not { } named || !caller.May(named, Role.Revisor, Role.Admin)) return (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
        }

        var found = new List<AuditEntry>();
        if (asked.Kind != AuditKinds.Readings && asked.Record is null) found.AddRange(await Administration(asked, authority, caller, most, ct));
        if (asked.Kind is null or AuditKinds.Readings or "record_opened" && caller.MayAnywhere(Role.Revisor)) found.AddRange(await Readings(asked, authority, caller, most, ct));

        // PostgreSQL and .NET order ids alike: by their bytes, the most significant first.
        return ([.. found.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(most)], null);
    }

    /// <summary>Administration, by an index that begins with what is asked for.</summary>
    internal static SqlText AdministrationSql(AuditQuestion asked, Guid? authority, Caller caller, RecordViewSight sight, int most)
    {
        var sql = new SqlText();

        // That something was held or preserved tells that it is there: not where it stands behind a wall that the reader does not see behind.
        var allowed = sight.AllowsAmongAll(sql, "s");
        string Behind(string table, string key) => $"""
            not exists (select from archive.{table} h cross join lateral (
                select s.record_id from archive.record_states s where s.record_id = h.target_id and not ({allowed})
                union all select s.record_id from archive.record_states s where s.case_id = h.target_id and not ({allowed})
                union all select s.record_id from archive.record_states s where s.account_id = h.target_id and not ({allowed})) b where h.{key} = a.stream_id)
            """;
        List<string> all =
        [
            $"(a.kind <> all ('{{disposal_held,disposal_hold_lifted}}') or {Behind("holds", "hold_id")})", $"(a.kind <> all ('{{preservation_decided,preservation_lifted}}') or {Behind("preservations", "preservation_id")})",
        ];
        if (caller.AuthoritiesWith(Role.Revisor, Role.Admin) is { } mine)
        {
            // What is of no authority, such as a log-in, belongs to the authorities where the person has or has had something.
            var own = sql.Value(mine.ToArray());
            all.Add($"(a.authority_id = any ({own}) or (a.authority_id is null and a.subject_id is not null and exists (select from archive.audit_entries g where g.subject_id = a.subject_id and g.authority_id = any ({own}))))");
        }

        var reviews = caller.AuthoritiesWith(Role.Revisor);
        if (reviews is { Count: 0 }) all.Add($"a.kind <> all ({sql.Value(AuditKinds.ForReviewers.ToArray())})");
        else if (reviews is not null) all.Add($"(a.kind <> all ({sql.Value(AuditKinds.ForReviewers.ToArray())}) or a.authority_id is null or a.authority_id = any ({sql.Value(reviews.ToArray())}))");
        if (authority is { } one) all.Add($"a.authority_id = {sql.Value(one)}");
        if (asked.Kind is { } kind)
        {
            if (!AuditKinds.IsGroup(kind)) all.Add($"a.kind = {sql.Value(kind)}");
            else if (kind == "behorighet") all.Add($"a.kind <> all ({sql.Value(AuditKinds.Listed.Where(k => AuditKinds.GroupOf(k) != kind).ToArray())})");
            else all.Add($"a.kind = any ({sql.Value(AuditKinds.Listed.Where(k => AuditKinds.GroupOf(k) == kind).ToArray())})");
        }

        if (asked.Actor is { } actor) all.Add($"a.actor_id = {sql.Value(actor)}");
        if (asked.Subject is { } subject) all.Add($"a.subject_id = {sql.Value(subject)}");
        if (asked.From is { } from) all.Add($"a.recorded_at >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"a.recorded_at <= {sql.Value(to.ToUniversalTime())}");
        if (asked.Words is { } words)
        {
            var named = $"(select array(select person_id from views.persons where name ilike {sql.Value(Like(words))}))::uuid[]";
            var kinds = AuditKinds.Listed.Where(k => AuditKinds.Title(k).Contains(words, StringComparison.OrdinalIgnoreCase)).ToArray();
            all.Add($"(a.actor_id = any ({named}) or a.subject_id = any ({named}) or a.kind = any ({sql.Value(kinds)}))");
        }

        if (asked.After is { } after) all.Add($"(a.recorded_at, a.event_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        return sql.Add($"""
            select w.*, e.data - 'sealed', o.code, an.name, sn.name, f.count from (
              select a.event_id, a.recorded_at, a.kind, a.stream_id, a.version, a.authority_id, a.actor_id, a.subject_id from archive.audit_entries a
              where {string.Join("\n    and ", all)}
              order by a.recorded_at desc, a.event_id desc limit {sql.Value(most)}
            ) w
            join archive.mt_events e on e.stream_id = w.stream_id and e.version = w.version
            left join archive.authorities o on o.authority_id = w.authority_id
            left join views.persons an on an.person_id = w.actor_id left join views.persons sn on sn.person_id = w.subject_id
            left join archive.log_in_failures f on w.kind in ('log_in_failed', 'unknown_log_in_failed') and f.hour = date_trunc('hour', w.recorded_at) and f.person_id is not distinct from w.subject_id
            order by w.recorded_at desc, w.event_id desc
            """);
    }

    private async Task<IReadOnlyList<AuditEntry>> Administration(AuditQuestion asked, Guid? authority, Caller caller, int most, CancellationToken ct)
    {
        var seen = caller.AuthoritiesWith(Role.Revisor, Role.Admin);
        await using var query = AdministrationSql(asked, authority, caller, RecordViewSight.Of(databases, caller), most).Command(databases.Writer);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<AuditEntry>();
        while (await rows.ReadAsync(ct))
        {
            var kind = rows.GetString(2);
            var actor = rows.GetFieldValue<Guid?>(6);
            using var data = JsonDocument.Parse(rows.GetString(8));
            found.Add(new(
                rows.GetGuid(0), rows.GetFieldValue<DateTimeOffset>(1), kind, AuditKinds.GroupOf(kind), AuditKinds.Title(kind), actor, Name(actor, rows.IsDBNull(10) ? null : rows.GetString(10)),
                rows.GetFieldValue<Guid?>(7), rows.IsDBNull(7) ? null : rows.IsDBNull(11) ? "(namnet är gallrat)" : rows.GetString(11), rows.IsDBNull(9) ? null : rows.GetString(9), null,
                Detail(kind, data.RootElement, rows.GetFieldValue<long?>(12), seen), rows.GetGuid(3)));
        }

        return found;
    }

    private async Task<IReadOnlyList<AuditEntry>> Readings(AuditQuestion asked, Guid? authority, Caller caller, int most, CancellationToken ct)
    {
        var sql = new SqlText();
        List<string> all = [RecordViewSight.Of(databases, caller).AllowsAmongAll(sql, "s")];
        if (caller.AuthoritiesWith(Role.Revisor) is { } mine) all.Add($"s.authority_id = any ({sql.Value(mine.ToArray())})");
        if (authority is { } one) all.Add($"s.authority_id = {sql.Value(one)}");
        if (asked.Actor is { } actor) all.Add($"r.person_id = {sql.Value(actor)}");
        if (asked.Subject is { } subject) all.Add($"r.person_id = {sql.Value(subject)}");
        if (asked.Record is { } record) all.Add($"r.record_id = {sql.Value(record)}");
        if (asked.From is { } from) all.Add($"r.read_at >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"r.read_at <= {sql.Value(to.ToUniversalTime())}");
        if (asked.Words is { } words) all.Add($"r.person_id = any ((select array(select person_id from views.persons where name ilike {sql.Value(Like(words))}))::uuid[])");
        if (asked.After is { } after) all.Add($"(r.read_at, r.event_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        sql.Add($"""
            select r.event_id, r.read_at, r.person_id, n.name, r.record_id, r.wall, r.reasoned, o.code
            from archive.record_reads r join archive.record_states s using (record_id) left join views.persons n using (person_id) left join archive.authorities o on o.authority_id = s.authority_id
            where {string.Join(" and ", all)} order by r.read_at desc, r.event_id desc limit {sql.Value(most)}
            """);
        await using var query = sql.Command(databases.Writer);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<AuditEntry>();
        while (await rows.ReadAsync(ct))
        {
            var wall = rows.GetString(5) == "secret" ? "sekretessmarkerad" : "obedömd";
            found.Add(new(
                rows.GetGuid(0), rows.GetFieldValue<DateTimeOffset>(1), "record_opened", AuditKinds.Readings, ReplayWords.Of("record_opened").Title, rows.GetGuid(2), Name(rows.GetGuid(2), rows.IsDBNull(3) ? null : rows.GetString(3)),
                null, null, rows.IsDBNull(7) ? null : rows.GetString(7), rows.GetGuid(4), $"{wall}, {(rows.GetBoolean(6) ? "med skäl" : "utan skäl")}", rows.GetGuid(2)));
        }

        return found;
    }

    private static string? Name(Guid? person, string? name) =>
        name ?? (person is null ? null : person == Caller.System.PersonId ? "Tjänsten" : person == CommandLineCaller.Caller.PersonId ? CommandLineCaller.Caller.Name : "(namnet är gallrat)");

    private static string Like(string words) => $"%{words.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    private static string? Detail(string kind, JsonElement data, long? failures, IReadOnlyList<Guid>? seen)
    {
        string? Text(string name) => data.TryGetProperty(name, out var value) ? value.ToString() : null;
        string? At(string name) => data.TryGetProperty(name, out var value) && value.TryGetDateTimeOffset(out var at) ? Swedish.DateAndClock(at) : null;
        var everywhere = data.TryGetProperty("authority", out _) ? "" : " hos alla myndigheter";
        return kind switch
        {
            "role_granted" or "role_revoked" => Swedish.Role(Text("role") ?? "") + everywhere,
            "clearance_granted_at" or "clearance_revoked_at" => Text("role") is { } role ? $"i rollen {Swedish.Role(role)}" : "i alla roller där",
            "clearance_granted" or "clearance_revoked" => "hos alla myndigheter",
            "token_issued" => string.Join(", ", Grants(data, seen).Append($"gäller till {At("expiresAt")}")),
            "account_locked" => $"{Swedish.Number(data.GetProperty("failures").GetInt32())} fel i rad, till {At("until")}",
            "log_in_failed" or "unknown_log_in_failed" => failures is > 1 ? $"{Swedish.Number(failures.Value)} gånger den timmen" : "en gång den timmen",
            "assignment_given" or "channel_administrator_named" or "channel_administrator_released" => Text("function") switch { "administrator" => "administrerar", "moderator" => "modererar", "answers" => "svarar", var other => other },
            "policy_decided" or "policy_adopted" or "classification_plan_adopted" or "information_plan_adopted" or "delegation_order_adopted" => Text("version") is { } version ? $"version {version}" : null,
            "audit_exported" => Text("rows") is { } rows ? $"{rows} rader" : null,
            _ => null,
        };
    }

    /// <summary>What a token was given at the authorities that the reader looks after, and everywhere.</summary>
    private static IEnumerable<string> Grants(JsonElement data, IReadOnlyList<Guid>? seen) =>
        data.TryGetProperty("grants", out var grants)
            ? grants.EnumerateArray().Where(g => seen is null || !g.TryGetProperty("authority", out var at) || seen.Contains(at.GetGuid())).Select(g => Swedish.Role(g.GetProperty("role").GetString()!)).Distinct()
            : [];

    private async Task<Guid?> AuthorityOf(AuditQuestion asked, CancellationToken ct) => asked.Authority is { } code ? await roles.Authority(code, ct) : null;

    private async Task Note(Caller caller, PersonEvent happened, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await log.Append([new(caller.PersonId, Person.StreamType, ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), new(caller.PersonId.ToString("D")), null, ct) is Appended.Done || attempt == 2) return;
        }
    }
}

/// <summary><c>GET /api/v1/audit</c>, <c>/api/v1/audit.csv</c> and <c>/granskning/logg.csv</c>.</summary>
public static class AuditRoutes
{
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddSingleton<IEventRows, AuditRows>().AddSingleton<LogInNotes>().AddSingleton<AuditLog>();

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/audit", async (HttpRequest request, Caller caller, AuditLog log, TimeProvider clock, CancellationToken ct) =>
        {
            if (!AuditLog.MaySee(caller)) return Problems.Refused((await log.Find(Nothing, caller, ct)).Refused!);
            var (asked, wrong) = AuditQuestion.Parse(request.Query, clock.GetUtcNow());
            if (wrong is not null) return Problems.Refused(wrong);
            var (page, refused) = await log.Find(asked!, caller, ct);
            return refused is null ? TypedResults.Ok(page) : (IResult)Problems.Refused(refused);
        }).WithName("get-audit").WithTags("Audit");
        routes.MapGet("/api/v1/audit.csv", File).WithName("get-audit-csv").WithTags("Audit");
        routes.MapGet("/granskning/logg.csv", File).WithName("audit-csv").ExcludeFromDescription();
    }

    private static readonly AuditQuestion Nothing = new(null, null, null, null, null, null, null, null, null);

    private static async Task<IResult> File(HttpRequest request, Caller caller, AuditLog log, TimeProvider clock, CancellationToken ct)
    {
        var (asked, wrong) = AuditLog.MaySee(caller) ? AuditQuestion.Parse(request.Query, clock.GetUtcNow()) : (Nothing, null);
        if (wrong is not null) return Problems.Refused(wrong);
        var (file, refused) = await log.Export(asked! with { After = null }, caller, ct);
        return refused is null ? TypedResults.File(file!, CsvText.MediaType, "logg.csv") : Problems.Refused(refused);
    }
}
