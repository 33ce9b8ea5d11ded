using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Secrecy;

/// <param name="Together">The same for all accounts that were flagged as one person's.</param>
/// <param name="Days">Since the flag was set or last examined.</param>
/// <param name="Due">The day it was to be examined, or until which it was said to hold, has come.</param>
public sealed record ProtectedIdentity(
    Guid Account, Guid Together, string? Name, string? Handle, string Platform, string Authority, string Basis, string Provision, DateOnly DecidedOn, DateOnly? Until, DateOnly? ReviewOn,
    DateTimeOffset ProtectedAt, DateTimeOffset? ReviewedAt, int Days, bool Due, long Records);

/// <summary>Something that has come from or about a flagged account: where it is, never what it says.</summary>
public sealed record ProtectedNotice(Guid Record, Guid Account, string? Name, string Authority, DateTimeOffset At);

/// <summary>One turn of a flag, for its history.</summary>
public sealed record ProtectionTurn(DateTimeOffset At, string What, string By, string? Reason);

/// <summary><c>GET /api/v1/protected-identities</c>: whose identity is protected, what they have written since and nobody has looked at, and who else names them. For the cleared.</summary>
public sealed class ProtectedIdentities(SealedLog log, Databases databases, Watch.WatchRegister watch, TimeProvider clock)
{
    public const int PerPage = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/protected-identities", async (string? authority, int? days, HttpRequest request, Caller caller, ProtectedIdentities identities, RecordViewFreshness freshness, CancellationToken ct) =>
            caller.IsService || !caller.MayAnywhere(MarkedRecords.Readers)
                ? Problems.Refused(Refusal.NotAllowed("Skyddade identiteter granskas av registrator, arkivarie, granskare och chef med behörighet till sekretess."))
                : days is < 0 or > 36500 ? Problems.Refused(BadParameter.Of("days", "days ska vara ett antal dagar, 0–36500."))
                : await freshness.Reach(request, ct) is { } early ? Problems.Refused(early)
                : (IResult)TypedResults.Ok(new
                {
                    items = await identities.Of(caller, authority, days ?? 0, ct),
                    arrivals = await identities.Arrivals(caller, authority, ct),
                    mentions = await identities.Mentions(caller, authority, ct),
                }))
        .WithName("list-protected-identities");

    /// <summary>The longest unexamined first. Somebody whom nobody cleared asks about is not there.</summary>
    public async Task<IReadOnlyList<ProtectedIdentity>> Of(Caller caller, string? authority, int days, CancellationToken ct)
    {
        if (Nothing(caller)) return [];
        var now = clock.GetUtcNow();
        var today = Swedish.Day(now);
        var sql = new SqlText();
        sql.Add($"""
            select p.account_id, p.protection_id, k.name, k.handle, c.platform, a.code, p.basis, p.provision, p.decided_on, p.until_day, p.review_on, p.protected_at, p.reviewed_at,
                   (select count(*) from archive.record_states s where s.account_id = p.account_id and s.disposed_at is null)
            from archive.protected_accounts p join archive.authorities a using (authority_id) join archive.channels c using (channel_id) left join views.all_accounts k using (account_id)
            where {Allowed(caller, sql, "p")} and {Coded(authority, sql)} and coalesce(p.reviewed_at, p.protected_at) <= {sql.Value(now.AddDays(-days).UtcDateTime)}
            order by coalesce(p.reviewed_at, p.protected_at), p.protection_id, p.account_id limit {PerPage}
            """);
        await using var query = sql.Command(databases.Cleared);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<ProtectedIdentity>();
        while (await row.ReadAsync(ct))
        {
            var (until, review, at, reviewed) = (row.GetFieldValue<DateOnly?>(9), row.GetFieldValue<DateOnly?>(10), row.GetFieldValue<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset?>(12));
            found.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.Text(2), row.Text(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7), row.GetFieldValue<DateOnly>(8), until, review, at, reviewed,
                Math.Max(0, (int)(now - (reviewed ?? at)).TotalDays), until < today || review <= today, row.GetInt64(13)));
        }

        return found;
    }

    /// <summary>The alarm: captured after the flag, and nobody has looked at it yet.</summary>
    public async Task<IReadOnlyList<ProtectedNotice>> Arrivals(Caller caller, string? authority, CancellationToken ct)
    {
        if (Nothing(caller)) return [];
        var sql = new SqlText();
        sql.Add($"""
            select s.record_id, p.account_id, coalesce(k.name, k.handle), a.code, s.captured_at
            from archive.protected_accounts p join archive.authorities a using (authority_id) join archive.record_states s using (account_id)
            join archive.open_items i on i.record_id = s.record_id left join views.all_accounts k on k.account_id = p.account_id
            where {Allowed(caller, sql, "p")} and {Coded(authority, sql)} and s.captured_at > p.protected_at and s.disposed_at is null and i.reviewed_at is null
            order by s.captured_at, s.record_id limit {PerPage}
            """);
        return await Notices(sql, ct);
    }

    /// <summary>What others wrote that names a flagged account, as far as the caller may know of it.</summary>
    public async Task<IReadOnlyList<ProtectedNotice>> Mentions(Caller caller, string? authority, CancellationToken ct)
    {
        if (Nothing(caller)) return [];
        var sql = new SqlText();
        var sight = RecordViewSight.Of(databases, caller);
        sql.Add($"""
            select m.record_id, p.account_id, coalesce(k.name, k.handle), a.code, m.seen_at
            from archive.protected_accounts p join archive.authorities a using (authority_id) join archive.protected_mentions m using (account_id)
            join archive.record_states s on s.record_id = m.record_id left join views.all_accounts k on k.account_id = p.account_id
            where {Allowed(caller, sql, "p")} and {Coded(authority, sql)} and s.disposed_at is null and {sight.Allows(sql, "s")}
            order by m.seen_at desc, m.record_id limit {PerPage}
            """);
        return await Notices(sql, ct);
    }

    /// <summary>For a record's page: whether its author's identity is protected, and whose it names.</summary>
    public async Task<(bool Author, IReadOnlyList<Guid> Named)> OfRecord(Guid record, Guid? author, Guid authority, Caller caller, CancellationToken ct)
    {
        if (!caller.MayReadSecret(authority)) return (false, []);
        await using var query = databases.Cleared.CreateCommand("""
            select account_id, account_id = $2 from archive.protected_accounts p
            where authority_id = $3 and (account_id = $2 or exists (select from archive.protected_mentions m where m.account_id = p.account_id and m.record_id = $1))
            """);
        query.Parameters.Add(new() { Value = record });
        query.Parameters.Add(new() { Value = author ?? Guid.Empty });
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        var (isAuthor, named) = (false, new List<Guid>());
        while (await row.ReadAsync(ct))
        {
            if (row.GetBoolean(1)) isAuthor = true;
            else named.Add(row.GetGuid(0));
        }

        return (isAuthor, named);
    }

    /// <summary>Whether a picture of the channel may have to be looked at for the sake of somebody flagged. For the cleared.</summary>
    public async Task<bool> InChannel(Guid channel, Guid authority, Caller caller, CancellationToken ct)
    {
        if (caller.IsService || !caller.MayReadSecret(authority)) return false;
        await using var query = databases.Cleared.CreateCommand("select exists (select from archive.protected_accounts where channel_id = $1)");
        query.Parameters.Add(new() { Value = channel });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Every turn of the account's flags with its reason, the newest first. The caller is known to be cleared.</summary>
    public async Task<IReadOnlyList<ProtectionTurn>> History(Guid account, CancellationToken ct)
    {
        var turns = (await log.Store.ReadStream(account, ct: ct)).Where(h => h.Event is IdentityProtected or IdentityProtectionReviewed or IdentityProtectionLifted).Reverse().ToList();
        var opened = await log.Open(turns, ct);
        var names = await watch.Names(turns.Select(t => Guid.TryParse(t.Actor, out var id) ? id : Guid.Empty), ct);
        return
        [
            .. turns.Select(t => new ProtectionTurn(
                t.Time,
                t.Event switch { IdentityProtected { Inherited: true } => "Skyddet följde med personen", IdentityProtected => "Flaggad", IdentityProtectionReviewed => "Omprövad, står kvar", _ => "Hävd" },
                Guid.TryParse(t.Actor, out var by) ? names.GetValueOrDefault(by) ?? "Tjänsten" : "Tjänsten", opened.GetValueOrDefault(t.Id)?.Parts?["reason"])),
        ];
    }

    /// <summary>Accounts at the same authority that are called the same, which may be the same person's.</summary>
    public async Task<IReadOnlyList<AccountLine>> Alike(Guid account, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var id = sql.Value(account);
        sql.Add($"""
            select k.account_id, k.name, k.handle, k.platform, k.channel_id, c.handle, a.code, k.own, k.first_seen_at, k.seen_at, k.destroyed
            from {sight.Accounts} o join {sight.Accounts} k on k.authority_id = o.authority_id and k.account_id <> o.account_id
              and (lower(k.name) = lower(o.name) or lower(ltrim(k.handle, '@')) = lower(ltrim(o.handle, '@')))
            join archive.authorities a on a.authority_id = k.authority_id left join views.channel_register c on c.channel_id = k.channel_id
            where o.account_id = {id} and not k.own and not k.destroyed and {sight.Allows(sql, "o")} and {sight.Allows(sql, "k")} order by k.seen_at desc, k.account_id limit 20
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<AccountLine>();
        while (await rows.ReadAsync(ct)) found.Add(AccountViews.Line(rows));
        return found;
    }

    private async Task<IReadOnlyList<ProtectedNotice>> Notices(SqlText sql, CancellationToken ct)
    {
        await using var query = sql.Command(databases.Cleared);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<ProtectedNotice>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0), row.GetGuid(1), row.Text(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)));
        return found;
    }

    private static bool Nothing(Caller caller) => caller.ReadsSecretsOf is { Count: 0 };

    private static string Allowed(Caller caller, SqlText sql, string alias) => caller.ReadsSecretsOf is { } at ? $"{alias}.authority_id = any ({sql.Value(at.ToArray())})" : "true";

    private static string Coded(string? authority, SqlText sql) => string.IsNullOrWhiteSpace(authority) ? "true" : $"a.code = {sql.Value(authority.Trim().ToUpperInvariant())}";
}
