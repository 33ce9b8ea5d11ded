using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

/// <summary>What of the inbox is asked for.</summary>
/// <param name="State"><c>waiting</c>, <c>retrying</c> or <c>dead</c>; null: all.</param>
public sealed record InboxFilter(string? Platform = null, string? State = null, string? Problem = null)
{
    public static IReadOnlyList<string> States { get; } = ["waiting", "retrying", "dead"];
}

/// <summary>How many stand in the inbox for one platform, state and problem.</summary>
public sealed record InboxCount(string Platform, string State, string? Problem, long Count);

/// <summary>Deliveries that found no place: visible, explained, retryable, never dropped.</summary>
public static class DeadLetters
{
    public const int MostListed = 500;

    private const string StateOf = "case when dead then 'dead' when attempts > 0 then 'retrying' else 'waiting' end";

    public sealed record Waiting(Guid Id, string Platform, DateTimeOffset ReceivedAt, int Attempts, bool Dead, string? Problem, DateTimeOffset? DueAt = null)
    {
        public string? Explanation => Problem is null ? null : InboxProblems.What(Problem);

        public string? WhatToDo => Problem is null ? null : InboxProblems.Do(Problem);
    }

    public sealed record RetryAll(string? Problem, string? Platform);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/deliveries", async (string? platform, string? state, string? problem, Caller caller, Databases databases, Secrecy.ProtectedDeliveries hidden, CancellationToken ct) =>
        {
            if (!MayList(caller)) return Problems.Refused(No);
            if (state is not null && !InboxFilter.States.Contains(state, StringComparer.Ordinal)) return Problems.Refused(Refusal.Input("state-unknown", $"Läget är ett av: {string.Join(", ", InboxFilter.States)}."));
            return (IResult)TypedResults.Ok(new { items = await List(databases, new(platform, state, problem), hidden, caller, ct), counts = await Counts(databases, ct) });
        }).WithName("deliveries");
        routes.MapPost("/api/v1/deliveries/{id:guid}/retry", async (Guid id, Caller caller, Databases databases, Secrecy.ProtectedDeliveries hidden, InboxBell bell, CancellationToken ct) =>
            !MayRetry(caller) ? Problems.Refused(No)
            : !await hidden.IsHidden(id, caller, ct) && await Retry(id, databases, bell, ct) ? TypedResults.Accepted((string?)null)
            : (IResult)Problems.Refused(Refusal.Unknown("delivery", "Leveransen väntar inte i inkorgen."))).WithName("retry-delivery");
        routes.MapPost("/api/v1/deliveries/retry", async (RetryAll command, Caller caller, Databases databases, InboxBell bell, CancellationToken ct) =>
            !MayRetry(caller) ? Problems.Refused(No)
            : command.Problem is not { Length: > 0 and <= 500 } problem ? Problems.Refused(Refusal.Input("problem-missing", "Ange vilket hinder (problem) de leveranser har som ska läsas in igen, som det står i listan."))
            : (IResult)TypedResults.Ok(new { retried = await RetryEvery(problem, command.Platform, databases, bell, ct) })).WithName("retry-deliveries");
        DiscardDelivery.Map(routes);
        OpenDelivery.Map(routes);
        DeliveryView.Map(routes);
        RawDisposal.Map(routes);
    }

    public static bool MayList(Caller caller) => caller.MayAnywhere(Role.Admin, Role.Kommunikator, Role.Moderator);

    public static bool MayRetry(Caller caller) => caller.MayAnywhere(Role.Admin, Role.Kommunikator);

    internal static Refusal No => Refusal.NotAllowed("Bara kommunikatör eller administratör får läsa in en leverans igen, och bara de och moderatorer ser inkorgen.");

    public static Task<List<Waiting>> List(Databases databases, CancellationToken ct) => List(databases, new(), ct);

    /// <summary>Those the caller may know of.</summary>
    public static async Task<List<Waiting>> List(Databases databases, InboxFilter filter, Secrecy.ProtectedDeliveries walled, Caller caller, CancellationToken ct)
    {
        var all = await List(databases, filter, ct);
        var hidden = await walled.Hidden([.. all.Select(w => w.Id)], caller, ct);
        return [.. all.Where(w => !hidden.Contains(w.Id))];
    }

    public static async Task<List<Waiting>> List(Databases databases, InboxFilter filter, CancellationToken ct)
    {
        var sql = new SqlText();
        sql.Add("select delivery_id, platform, received_at, attempts, dead, problem, due_at from work.inbox where true");
        if (filter.Platform is { Length: > 0 } platform) sql.Add($"and platform = {sql.Value(platform)}");
        if (filter.State is { Length: > 0 } state) sql.Add($"and {StateOf} = {sql.Value(state)}");
        if (filter.Problem is { Length: > 0 } problem) sql.Add($"and problem = {sql.Value(problem)}");
        sql.Add($"order by received_at desc limit {MostListed}");
        await using var query = sql.Command(databases.Staff);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Waiting>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetInt32(3), rows.GetBoolean(4), rows.IsDBNull(5) ? null : rows.GetString(5), rows.GetFieldValue<DateTimeOffset>(6)));
        return found;
    }

    /// <summary>All that stands in the inbox, counted.</summary>
    public static async Task<List<InboxCount>> Counts(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"select platform, {StateOf} as state, problem, count(*) from work.inbox group by 1, 2, 3 order by 4 desc, 1, 2, 3");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<InboxCount>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetString(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2), rows.GetInt64(3)));
        return found;
    }

    /// <summary>Reads a waiting delivery again, or one that was discarded and is not destroyed; false for any other.</summary>
    public static async Task<bool> Retry(Guid id, Databases databases, InboxBell bell, CancellationToken ct)
    {
        if (await Import.Imports.Retry(id, databases, ct)) return true;
        await using var again = databases.Writer.CreateCommand("""
            with discarded as (delete from work.discarded_deliveries where delivery_id = $1 returning delivery_id, platform, received_at)
            insert into work.inbox (delivery_id, platform, received_at)
            select delivery_id, platform, received_at from discarded
            union all
            select delivery_id, platform, received_at from work.inbox where delivery_id = $1
            on conflict (delivery_id) do update set dead = false, attempts = 0, due_at = clock_timestamp()
            """);
        again.Parameters.Add(new() { Value = id });
        var found = await again.ExecuteNonQueryAsync(ct) > 0;
        bell.Ring();
        return found;
    }

    /// <summary>Reads all that wait for the same reason again; how many.</summary>
    public static async Task<int> RetryEvery(string problem, string? platform, Databases databases, InboxBell bell, CancellationToken ct)
    {
        await using var again = databases.Writer.CreateCommand(
            "update work.inbox set dead = false, attempts = 0, due_at = clock_timestamp() where problem = $1 and (dead or attempts > 0) and ($2::text is null or platform = $2)");
        again.Parameters.Add(new() { Value = problem });
        again.Parameters.Add(new() { Value = platform ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        var found = await again.ExecuteNonQueryAsync(ct);
        bell.Ring();
        return found;
    }
}
