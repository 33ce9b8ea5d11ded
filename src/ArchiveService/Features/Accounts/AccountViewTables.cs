using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Accounts;

/// <summary>Accounts as they are called now, and every name they were seen under.</summary>
internal static class AccountViewTables
{
    public static async Task Write(
        NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, RecordViewPage records, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        var seen = page.Where(r => r.Event is AccountSeen).Select(r => Row.Of(r, (AccountSeen)r.Event, opened.GetValueOrDefault(r.Id))).ToList();
        await Upsert(transaction, schema, seen, ct);
        await transaction.Copy(
            $"{schema}.all_account_names (account_id, wall, event_id, seq, valid_at, recorded_at, profile, name, handle, destroyed)", seen,
            async (to, row) =>
            {
                await to.Id(row.Account);
                await to.Text(RecordStates.Stored(row.Event.Own ? Wall.Open : Wall.Secret));
                await to.Id(row.EventId);
                await to.Long(row.Seq);
                await to.Time(row.ValidAt);
                await to.Time(row.RecordedAt);
                await to.Text(row.Event.Profile);
                await to.Text(row.Name);
                await to.Text(row.Handle);
                await to.Flag(row.Destroyed);
            },
            ct);

        // A new record may be the first open one of its author, so that the author may be known too.
        var touched = seen.Select(row => row.Account).Union(records.Changed.Where(r => records.IsNew(r.RecordId)).Select(r => r.AuthorId).OfType<Guid>()).ToArray();
        if (touched.Length > 0)
        {
            await using var place = new NpgsqlCommand($"select {schema}.place_accounts($1)", transaction.Connection, transaction);
            place.Parameters.Add(new() { Value = touched });
            await place.ExecuteNonQueryAsync(ct);
        }

        var disposed = page.Where(r => r.Event is AccountDisposed).Select(r => r.StreamId).ToArray();
        if (disposed.Length > 0)
        {
            await using var forget = new NpgsqlCommand($"select {schema}.forget_accounts($1)", transaction.Connection, transaction);
            forget.Parameters.Add(new() { Value = disposed });
            await forget.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>The name last in valid time is the account's name; of two at the same time the one recorded later, however the pages fall.</summary>
    private static async Task Upsert(NpgsqlTransaction transaction, string schema, List<Row> seen, CancellationToken ct)
    {
        if (seen.Count == 0) return;
        var accounts = seen.GroupBy(row => row.Account).Select(names => new
        {
            Id = names.Key,
            Latest = names.OrderBy(n => n.ValidAt).ThenBy(n => n.Seq).Last(),
            First = names.Min(n => n.ValidAt),
            Destroyed = names.Any(n => n.Destroyed),
        }).ToList();
        await using var upsert = new NpgsqlCommand($"""
            with arriving as (
              select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) a(account_id, authority_id, channel_id, platform, own, seen_at, name, handle, first_seen_at, destroyed)
            ), known as (
              update {schema}.all_accounts k set
                name = case when a.seen_at >= k.seen_at then a.name else k.name end,
                handle = case when a.seen_at >= k.seen_at then a.handle else k.handle end,
                seen_at = greatest(a.seen_at, k.seen_at), first_seen_at = least(a.first_seen_at, k.first_seen_at), destroyed = k.destroyed or a.destroyed
              from arriving a where k.account_id = a.account_id
              returning k.account_id
            )
            insert into {schema}.all_accounts (account_id, wall, authority_id, channel_id, platform, own, seen_at, name, handle, first_seen_at, destroyed)
            select account_id, case when own then 'open' else 'secret' end, authority_id, channel_id, platform, own, seen_at, name, handle, first_seen_at, destroyed
            from arriving a where not exists (select from known k where k.account_id = a.account_id)
            """, transaction.Connection, transaction);
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Id).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Event.Authority).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Event.Channel).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Event.Platform).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Event.Own).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.ValidAt.ToUniversalTime()).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Name).ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Latest.Handle).ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.First.ToUniversalTime()).ToArray() });
        upsert.Parameters.Add(new() { Value = accounts.Select(a => a.Destroyed).ToArray() });
        await upsert.ExecuteNonQueryAsync(ct);
    }

    private sealed record Row(
        Guid Account, Guid EventId, long Seq, AccountSeen Event, DateTimeOffset ValidAt, DateTimeOffset RecordedAt, string? Name, string? Handle, bool Destroyed)
    {
        public static Row Of(Recorded recorded, AccountSeen seen, Opened? opened) => new(
            recorded.StreamId, recorded.Id, recorded.Sequence, seen, seen.SeenAt ?? recorded.Time, recorded.Time,
            RecordViewText.Clean(opened?.Parts?[Parts.AuthorDisplayName]), RecordViewText.Clean(opened?.Parts?[Parts.AuthorHandle]), opened is { IsDestroyed: true });
    }
}
