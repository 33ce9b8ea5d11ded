using ArchiveService.Access;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Secrecy;

/// <summary>
/// Raw deliveries that brought something written by somebody with a protected identity. What a delivery holds is known by the records it made, so there is nothing
/// to examine: while the flag stands it is there for those only who are cleared at the authority whose flag it is.
/// </summary>
public sealed class ProtectedDeliveries(Databases databases)
{
    /// <summary>Which of them the caller may not know of.</summary>
    public async Task<IReadOnlySet<Guid>> Hidden(IReadOnlyCollection<Guid> deliveries, Caller caller, CancellationToken ct)
    {
        var hidden = new HashSet<Guid>();
        if (deliveries.Count == 0) return hidden;
        hidden.UnionWith(await OfFlagged(deliveries, caller, ct));
        hidden.UnionWith(await OfOthers(deliveries, caller, ct));
        return hidden;
    }

    private async Task<List<Guid>> OfFlagged(IReadOnlyCollection<Guid> deliveries, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select distinct d.delivery_id, p.authority_id from archive.delivery_records d join archive.record_states s using (record_id) join archive.protected_accounts p using (account_id)
            where d.delivery_id = any ($1)
            """);
        query.Parameters.Add(new() { Value = deliveries.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct))
        {
            if (caller.IsService || !caller.MayReadSecret(rows.GetGuid(1))) found.Add(rows.GetGuid(0));
        }

        return found;
    }

    /// <summary>Those that are known to have brought something, and nothing to an authority of the caller's. What nothing is known of yet may be anybody's.</summary>
    private async Task<IEnumerable<Guid>> OfOthers(IReadOnlyCollection<Guid> deliveries, Caller caller, CancellationToken ct)
    {
        if (caller.IsStaffOf(Guid.Empty)) return [];
        var whose = new List<(Guid Delivery, Guid Authority)>();
        await using var query = databases.Writer.CreateCommand("""
            select d.delivery_id, s.authority_id from archive.delivery_records d join archive.record_states s using (record_id) where d.delivery_id = any ($1)
            union select i.delivery_id, i.authority_id from work.imports i where i.delivery_id = any ($1)
            """);
        query.Parameters.Add(new() { Value = deliveries.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) whose.Add((rows.GetGuid(0), rows.GetGuid(1)));
        return whose.GroupBy(w => w.Delivery).Where(of => !of.Any(w => caller.IsStaffOf(w.Authority))).Select(of => of.Key);
    }

    /// <summary>It brought something, and nothing to an authority of the caller's.</summary>
    public async Task<bool> IsOfOthers(Guid delivery, Caller caller, CancellationToken ct) => (await OfOthers([delivery], caller, ct)).Any();

    public async Task<bool> IsHidden(Guid delivery, Caller caller, CancellationToken ct) => (await Hidden([delivery], caller, ct)).Count > 0;
}
