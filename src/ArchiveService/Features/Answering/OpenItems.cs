using ArchiveService.Features.Records;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Answering;

/// <summary>
/// What came in and may wait for somebody, with the facts that clocks start and stop by, written in the transaction of the events. When it is due is not
/// here: that is computed when asked, so that another policy, plan or calendar counts at once for everything (ADR 0007). A row stays when nothing waits any more.
/// </summary>
public static class OpenItems
{
    // Of the channel's own posts only those are here that may hold something secret or were acted on: they wait for no answer. Snapshots and consents are made here and wait for nobody.
    private const string Upsert = """
        insert into archive.open_items (record_id, authority_id, channel_id, received_at, incoming, is_question, reviewed_at, answered_at, forwarded_at, closed_at, secrecy_since, emergency_since, version)
        select w.record_id, w.authority_id, w.channel_id, coalesce(w.received_at, s.created), w.incoming, w.is_question,
               case when w.reviewed then coalesce(w.reviewed_at, s.timestamp) end, w.answered_at, w.forwarded_at, w.closed_at,
               case when w.secret then coalesce(w.secrecy_since, s.timestamp) end, w.emergency_since, w.version
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
          w(record_id, authority_id, channel_id, received_at, incoming, is_question, reviewed, reviewed_at, answered_at, forwarded_at, closed_at, secret, secrecy_since, emergency_since, version)
        cross join lateral (select created, timestamp from archive.mt_streams where id = w.record_id offset 0) s
        on conflict (record_id) do update set
          authority_id = excluded.authority_id, received_at = excluded.received_at, incoming = excluded.incoming, is_question = excluded.is_question, reviewed_at = excluded.reviewed_at,
          answered_at = excluded.answered_at, forwarded_at = excluded.forwarded_at, closed_at = excluded.closed_at,
          secrecy_since = excluded.secrecy_since, emergency_since = excluded.emergency_since, version = excluded.version
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
            },
        };
    }
}
