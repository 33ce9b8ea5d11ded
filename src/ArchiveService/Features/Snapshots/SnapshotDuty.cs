using ArchiveService.Features.Authorities;
using ArchiveService.Features.Retention;

namespace ArchiveService.Features.Snapshots;

/// <summary>An order that no snapshot has answered.</summary>
public sealed record OpenOrder(Guid Id, Occasion Occasion, DateOnly DueOn);

/// <summary>When a channel is to be documented next (C7), and why.</summary>
public sealed record SnapshotDuty(DateOnly? DueOn, bool Overdue, IReadOnlyList<OpenOrder> Orders)
{
    /// <summary>
    /// Pure. Counted from the last snapshot, or from the day the channel was entered in the register; a closed channel owes nothing more.
    /// An extra one that somebody ordered comes first when its day does.
    /// </summary>
    public static SnapshotDuty Of(Policy policy, DateOnly registered, DateOnly? last, DateOnly? closed, IReadOnlyList<OpenOrder> orders, DateOnly today)
    {
        if (closed is not null) return new(null, false, []);
        // H-28 at least every half-year; T-19 every half-year or on major change; the others say nothing.
        DateOnly? scheduled = Period.Parse(policy["snapshot.interval"]) is { } interval ? interval.After(last ?? registered) : null;
        var ordered = orders.Count > 0 ? orders.Min(o => o.DueOn) : (DateOnly?)null;
        var due = scheduled is null || ordered < scheduled ? ordered : scheduled;
        return new(due, due < today, orders);
    }

    /// <summary>Besides the schedule, as the guideline says.</summary>
    public static IReadOnlyList<Occasion> Extra(Policy policy) => policy["snapshot.triggers"] switch
    {
        "debate" => [Occasion.Debate],
        "major-change" => [Occasion.MajorChange],
        "debate-or-change" => [Occasion.Debate, Occasion.MajorChange],
        _ => [],
    };
}
