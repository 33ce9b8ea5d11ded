using ArchiveService.Features.Records;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Answering;

/// <summary>
/// What came in and may wait for somebody, with the facts that clocks start and stop by, written in the transaction of the events. By what and when it left the morning list,
/// and who it was allotted to, stand here too. When it is due is not here: that is computed when asked, so that another policy, plan or calendar counts at once for everything (ADR 0007). A row stays when nothing waits any more.
/// </summary>
public static class OpenItems
{
    // Of the channel's own posts only those are here that may hold something secret or were acted on: they wait for no answer. Snapshots and consents are made here and wait for nobody.
    private const string Upsert = """
        insert into archive.open_items (record_id, authority_id, channel_id, received_at, incoming, is_question, reviewed_at, answered_at, forwarded_at, closed_at, secrecy_since, emergency_since, version,
                                        arrived_at, outcome, outcome_at, by_rule, entered_at, allotment_id, officer_id, allotted_at, allotment_received_at, allotment_declined_at)
        select w.record_id, w.authority_id, w.channel_id, coalesce(w.received_at, s.created), w.incoming, w.is_question,
               case when w.reviewed then coalesce(w.reviewed_at, s.timestamp) end, w.answered_at, w.forwarded_at, w.closed_at,
               case when w.secret then coalesce(w.secrecy_since, s.timestamp) end, w.emergency_since, w.version,
               s.created, w.outcome, case when w.outcome is not null then coalesce(w.outcome_at, s.timestamp) end, w.by_rule, case when w.entered then coalesce(w.entered_at, s.timestamp) end,
               w.allotment_id, w.officer_id, w.allotted_at, w.allotment_received_at, w.allotment_declined_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
          w(record_id, authority_id, channel_id, received_at, incoming, is_question, reviewed, reviewed_at, answered_at, forwarded_at, closed_at, secret, secrecy_since, emergency_since, version,
            outcome, outcome_at, by_rule, entered, entered_at, allotment_id, officer_id, allotted_at, allotment_received_at, allotment_declined_at)
        cross join lateral (select created, timestamp from archive.mt_streams where id = w.record_id offset 0) s
        on conflict (record_id) do update set
          authority_id = excluded.authority_id, received_at = excluded.received_at, incoming = excluded.incoming, is_question = excluded.is_question, reviewed_at = excluded.reviewed_at,
          answered_at = excluded.answered_at, forwarded_at = excluded.forwarded_at, closed_at = excluded.closed_at,
          secrecy_since = excluded.secrecy_since, emergency_since = excluded.emergency_since, version = excluded.version,
          outcome = excluded.outcome, outcome_at = excluded.outcome_at, by_rule = excluded.by_rule, entered_at = excluded.entered_at,
          allotment_id = excluded.allotment_id, officer_id = excluded.officer_id, allotted_at = excluded.allotted_at,
          allotment_received_at = excluded.allotment_received_at, allotment_declined_at = excluded.allotment_declined_at
        where open_items.version < excluded.version
        """;

    public static NpgsqlBatchCommand Statement(IReadOnlyList<(Guid Id, RecordState State)> states)
    {
        IReadOnlyList<(Guid Id, RecordState State)> kept = [.. states.Where(s => !MadeHere.Is(s.State.RecordType))
            .Where(s => s.State.Direction == Direction.Received || s.State.SecrecySince is not null || s.State.ReviewedAt is not null)];
        return new(Upsert)
        {
            Parameters =
            {
                RecordStates.Column(kept, x => x.Id),
                RecordStates.Column(kept, x => x.State.Authority),
                RecordStates.Column(kept, x => x.State.Channel),
                RecordStates.Times(kept, x => x.State.ReceivedAt),
                RecordStates.Column(kept, x => x.State.Direction == Direction.Received),
                RecordStates.Column(kept, x => x.State.IsQuestion),
                RecordStates.Column(kept, x => x.State.ReviewedAt is not null),
                RecordStates.Times(kept, x => x.State.ReviewedAt),
                RecordStates.Times(kept, x => x.State.AnsweredAt),
                RecordStates.Times(kept, x => x.State.ForwardedAt),
                RecordStates.Times(kept, x => x.State.ClosedUnansweredAt),
                RecordStates.Column(kept, x => x.State.SecrecySince is not null),
                RecordStates.Times(kept, x => x.State.SecrecySince),
                RecordStates.Times(kept, x => x.State.EmergencySince),
                RecordStates.Column(kept, x => x.State.Version),
                new() { Value = kept.Select(x => x.State.MorningOutcome).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                RecordStates.Times(kept, x => x.State.OutcomeAt),
                RecordStates.Column(kept, x => x.State.SettledByRule is not null),
                RecordStates.Column(kept, x => x.State.EnteredAt is not null),
                RecordStates.Times(kept, x => x.State.EnteredAt),
                Ids(kept, x => x.Allotment?.Id),
                Ids(kept, x => x.Allotment?.Officer),
                RecordStates.Times(kept, x => x.State.Allotment?.At),
                RecordStates.Times(kept, x => x.State.Allotment?.ReceivedAt),
                RecordStates.Times(kept, x => x.State.AllotmentDeclinedAt),
            },
        };
    }

    private static NpgsqlParameter Ids(IReadOnlyList<(Guid Id, RecordState State)> kept, Func<RecordState, Guid?> of) =>
        new() { Value = kept.Select(x => of(x.State)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
}
