using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Accounts;

public sealed record AccountLine(
    Guid Id, string? Name, string? Handle, string Platform, Guid ChannelId, string? ChannelHandle, string Authority, bool Own, DateTimeOffset FirstSeenAt, DateTimeOffset SeenAt, bool Destroyed);

public sealed record AccountPage(IReadOnlyList<AccountLine> Items, string? Next);

/// <summary><c>GET /api/v1/accounts</c> and <c>/{id}/history?at&amp;knownAt</c>: who wrote, and what stood in the channel at an instant.</summary>
public sealed class AccountViews(Databases databases, Replay.ReplayKnown checkpoints, TimeProvider clock)
{
    internal static readonly Role[] Readers = [Role.Revisor, Role.Registrator, Role.Moderator, Role.Arkivarie];

    private static readonly Refusal Closed = Refusal.NotAllowed("Konton och deras historik läses av granskare, registrator, moderator och arkivarie.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/accounts", async (HttpRequest request, Caller caller, AccountViews accounts, SearchLog log, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (page, refused) = await accounts.Find(request.Query["q"], request.Query["channel"], request.Query["cursor"], caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            await log.Note(caller, SearchLog.Person, Asked(request), first: string.IsNullOrEmpty(request.Query["cursor"]), page!.Items.Count, ct);
            return (IResult)TypedResults.Ok(page);
        }).WithName("get-accounts");
        routes.MapGet("/api/v1/accounts/{id:guid}/history", async (Guid id, HttpRequest request, Caller caller, AccountViews accounts, Search.SearchLog log, RecordViewFreshness freshness, CancellationToken ct) =>
        {
            if (await freshness.Reach(request, ct) is { } early) return Problems.Refused(early);
            var (asked, refused) = ReplayInstant.Parse(request.Query["at"], request.Query["knownAt"], request.Query["cursor"], accounts.Now);
            if (refused is not null) return Problems.Refused(refused);
            var (replay, why) = await accounts.Replay(id, asked!, caller, ct);
            if (why is not null) return Problems.Refused(why);
            await log.Note(caller, Search.SearchLog.Account, "kontohistorik: " + id.ToString("D"), null, ct);
            return (IResult)TypedResults.Ok(replay);
        }).WithName("get-account-history");
    }

    internal static string? Asked(HttpRequest request) => request.Query["q"].ToString().Trim() is { Length: > 0 } q ? "konton: " + RecordViewText.Clean(q) : null;

    public DateTimeOffset Now => clock.GetUtcNow();

    public async Task<(AccountPage? Page, Refusal? Refused)> Find(string? q, string? channel, string? cursor, Caller caller, CancellationToken ct)
    {
        if (!caller.MayAnywhere(Readers)) return (null, Closed);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var all = new List<string> { sight.Allows(sql, "k"), Reading(caller, sql, "k") };
        var typed = RecordViewText.Clean(q)?.Trim();
        if (typed is { Length: > 200 }) return (null, BadParameter.Of("q", "q får vara högst 200 tecken."));
        if (!string.IsNullOrEmpty(typed)) all.Add($"k.name_fold like '%' || {sql.Value(SearchRecords.Like(typed.ToLowerInvariant()))} || '%'");
        if (!string.IsNullOrEmpty(channel))
        {
            if (!Guid.TryParse(channel, out var id)) return (null, BadParameter.Of("channel", "channel ska vara en kanals id."));
            all.Add($"k.channel_id = {sql.Value(id)}");
        }

        if (!string.IsNullOrEmpty(cursor))
        {
            if (SearchCursor.Read(cursor) is not { } after) return (null, BadParameter.Of("cursor", "Markören går inte att läsa. Börja om från första sidan."));
            all.Add($"(k.seen_at, k.account_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        }

        const int Limit = 50;
        sql.Add($"""
            select k.account_id, k.name, k.handle, k.platform, k.channel_id, c.handle, a.code, k.own, k.first_seen_at, k.seen_at, k.destroyed
            from {sight.Accounts} k join archive.authorities a using (authority_id) left join views.channel_register c using (channel_id)
            where {string.Join(" and ", all)} order by k.seen_at desc, k.account_id desc limit {Limit + 1}
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var items = new List<AccountLine>();
        while (await rows.ReadAsync(ct)) items.Add(Line(rows));
        string? next = null;
        if (items.Count > Limit)
        {
            items.RemoveAt(Limit);
            next = new SearchCursor(SearchOrder.Newest, items[^1].SeenAt, "", items[^1].Id).Written;
        }

        return (new(items, next), null);
    }

    public async Task<(AccountReplay? Replay, Refusal? Refused)> Replay(Guid id, ReplayInstant asked, Caller caller, CancellationToken ct)
    {
        if (!caller.MayAnywhere(Readers)) return (null, Closed);
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"""
            select k.account_id, k.name, k.handle, k.platform, k.channel_id, c.handle, a.code, k.own, k.first_seen_at, k.seen_at, k.destroyed
            from {sight.Accounts} k join archive.authorities a using (authority_id) left join views.channel_register c using (channel_id)
            where k.account_id = {sql.Value(id)} and {sight.Allows(sql, "k")} and {Reading(caller, sql, "k")}
            """);
        AccountLine? account = null;
        await using (var query = sql.Command(sight.Db))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (await row.ReadAsync(ct)) account = Line(row);
        }

        if (account is null) return (null, Refusal.Unknown("account", "Kontot finns inte, eller så får du inte se det."));
        if (!asked.IsBounded) return (await AccountReplay.Read(sight, account, asked, ct), null);
        var (known, behind) = await checkpoints.At(asked.KnownAt, ct);
        return behind is not null
            ? (null, behind)
            : (await AccountReplay.Read(sight, account, asked with { Last = known!.Sequence }, ct) with { Checkpoint = known.Sequence == 0 ? null : known }, null);
    }

    private static string Reading(Caller caller, SqlText sql, string alias) =>
        caller.AuthoritiesWith(Readers) is { } at ? $"{alias}.authority_id = any ({sql.Value(at.ToArray())})" : "true";

    internal static AccountLine Line(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.Text(1), row.Text(2), row.GetString(3), row.GetGuid(4), row.Text(5), row.GetString(6),
        row.GetBoolean(7), row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9), row.GetBoolean(10));
}
