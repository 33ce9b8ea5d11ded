using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.DataSubjects;

/// <summary>The inline rows of a request, written in the transaction of its events.</summary>
internal static class SubjectRows
{
    /// <summary>What changed in the inline rows. Times are the transaction's own, as of its events.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Of(Guid id, SubjectState before, SubjectState after)
    {
        foreach (var link in after.Links.Where(l => before.Find(l.Target) is null))
        {
            yield return new("""
                insert into archive.subject_links (request_id, place, authority_id, kind, target_id, added_at)
                select $1, $2, $3, $4, $5, s.timestamp from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = link.Place }, new() { Value = after.Authority }, new() { Value = SubjectWords.Stored(link.Kind) }, new() { Value = link.Target },
                },
            };
        }

        foreach (var gone in before.Links.Where(l => after.Find(l.Target) is null))
        {
            yield return new("update archive.subject_links l set released_at = s.timestamp from archive.mt_streams s where s.id = $1 and l.request_id = $1 and l.place = $2 and l.released_at is null")
            {
                Parameters = { new() { Value = id }, new() { Value = gone.Place } },
            };
        }

        foreach (var record in after.Supplemented.Skip(before.Supplemented.Count))
        {
            yield return new("""
                insert into archive.subject_supplements (event_id, request_id, authority_id, record_id, noted_at)
                select e.id, $1, $2, $3, e.timestamp from archive.mt_streams s join archive.mt_events e on e.stream_id = s.id and e.version = s.version where s.id = $1
                """)
            {
                Parameters = { new() { Value = id }, new() { Value = after.Authority }, new() { Value = record } },
            };
        }

        yield return new("""
            update archive.subject_requests r set due_on = $2, extended = $3, identified = $4, case_id = $5, answer = $6, answered_on = $7, closed_at = case when $8 then s.timestamp end
            from archive.mt_streams s where s.id = $1 and r.request_id = $1
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = after.DueOn }, new() { Value = after.Extended }, new() { Value = after.IsIdentified },
                new() { Value = (object?)after.Case ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (object?)(after.Answer is { } answer ? SubjectWords.Stored(answer) : null) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)after.AnsweredOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = after.ClosedAt is not null },
            },
        };
        if (before.ClosedAt is null && after.ClosedAt is not null)
        {
            yield return new("update archive.subject_links l set released_at = s.timestamp from archive.mt_streams s where s.id = $1 and l.request_id = $1 and l.released_at is null")
            {
                Parameters = { new() { Value = id } },
            };
        }
    }
}
