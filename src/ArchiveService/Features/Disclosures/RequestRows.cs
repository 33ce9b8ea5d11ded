using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Disclosures;

/// <summary>The inline rows of a request, written in the transaction of its events.</summary>
internal static class RequestRows
{
    /// <summary>What changed in the inline rows. Times are the transaction's own, as of its events.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Of(Guid id, DisclosureState before, DisclosureState after)
    {
        foreach (var item in after.Items.Where(i => before.Find(i.Target) is null))
        {
            yield return new("""
                insert into archive.disclosure_items (request_id, place, authority_id, kind, target_id, added_at)
                select $1, $2, $3, $4, $5, s.timestamp from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = item.Place }, new() { Value = after.Authority }, new() { Value = DisclosureWords.Stored(item.Kind) }, new() { Value = item.Target },
                },
            };
        }

        foreach (var gone in before.Items.Where(i => after.Find(i.Target) is null))
        {
            yield return new("update archive.disclosure_items i set released_at = s.timestamp from archive.mt_streams s where s.id = $1 and i.request_id = $1 and i.place = $2 and i.released_at is null")
            {
                Parameters = { new() { Value = id }, new() { Value = gone.Place } },
            };
        }

        foreach (var item in after.Items.Where(i => before.Find(i.Target) is { } was && (was.Outcome != i.Outcome || was.Steps.Count != i.Steps.Count || was.MayBeSecret != i.MayBeSecret)))
        {
            yield return new("update archive.disclosure_items set outcome = $3, examined = $4, may_be_secret = $5 where request_id = $1 and place = $2 and released_at is null")
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = item.Place },
                    new() { Value = (object?)(item.Outcome is { } outcome ? DisclosureWords.Stored(outcome) : null) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                    new() { Value = item.Steps.Count > 0 }, new() { Value = (object?)item.MayBeSecret ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Boolean },
                },
            };
        }

        foreach (var (item, attachment, copy) in after.Items.SelectMany(i => i.Copies.Select(c => (i, c.Key, c.Value))).Where(c => before.Find(c.i.Target)?.Copies.GetValueOrDefault(c.Key)?.Id != c.Value.Id))
        {
            yield return new("insert into archive.disclosure_copies (copy_id, request_id, item_id, attachment_id, object_id, bytes, media_type) values ($1, $2, $3, $4, $5, $6, $7)")
            {
                Parameters =
                {
                    new() { Value = copy.Id }, new() { Value = id }, new() { Value = item.Target }, new() { Value = attachment }, new() { Value = copy.Object }, new() { Value = copy.Bytes }, new() { Value = copy.MediaType },
                },
            };
        }

        foreach (var (place, pause) in after.Pauses.Index().Skip(before.Pauses.Count))
        {
            yield return new("insert into archive.disclosure_pauses (request_id, place, reason, since) values ($1, $2, $3, $4)")
            {
                Parameters = { new() { Value = id }, new() { Value = place }, new() { Value = DisclosureWords.Stored(pause.Reason) }, new() { Value = pause.Since } },
            };
        }

        if (before.Paused && after.Pauses[before.Pauses.Count - 1].Until is { } until)
        {
            yield return new("update archive.disclosure_pauses set until = $3 where request_id = $1 and place = $2")
            {
                Parameters = { new() { Value = id }, new() { Value = before.Pauses.Count - 1 }, new() { Value = until } },
            };
        }

        if (before.Case != after.Case || before.AppealedOn is null != after.AppealedOn is null)
        {
            yield return new("update archive.disclosure_requests set case_id = $2, appealed = $3 where request_id = $1")
            {
                Parameters = { new() { Value = id }, new() { Value = (object?)after.Case ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = after.AppealedOn is not null } },
            };
        }

        if (after.Answer is { } answer && (before.Answer != answer || before.ClosedAt != after.ClosedAt))
        {
            // Given out is answered when the asker had it; everything else when it was written.
            yield return new("""
                update archive.disclosure_requests r set answer = $2, answered_at = coalesce(r.answered_at, $3, s.timestamp), closed_at = case when $4 then s.timestamp end
                from archive.mt_streams s where s.id = $1 and r.request_id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = DisclosureWords.Stored(answer) },
                    new() { Value = before.AnsweredAt is null && answer is RequestAnswer.Given or RequestAnswer.GivenInPart ? after.AnsweredAt!.Value : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                    new() { Value = after.ClosedAt is not null },
                },
            };
        }

        if (before.ClosedAt is null && after.ClosedAt is not null)
        {
            yield return new("update archive.disclosure_items i set released_at = s.timestamp from archive.mt_streams s where s.id = $1 and i.request_id = $1 and i.released_at is null")
            {
                Parameters = { new() { Value = id } },
            };
        }
    }
}
