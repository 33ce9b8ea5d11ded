using Npgsql;

namespace ArchiveService.Features.Operations;

/// <summary>
/// Counts of the log, range by range, each made when every reader had passed the range: from then on nothing may come into it or go out of it.
/// A number that appears later is a late-comer, which no projection will ever see by itself (event-store.md §3).
/// </summary>
public static class LogRanges
{
    // An archive's whole log in some thousand ranges; the ranges of a quiet night are shorter.
    private const int Longest = 100_000;

    /// <summary>Ranges that no longer hold what was counted in them: first, last, events counted, events now.</summary>
    public const string Differing = """
        select r.first_seq, r.last_seq, r.events, count(e.seq_id)
        from archive.log_ranges r left join archive.mt_events e on e.seq_id between r.first_seq and r.last_seq
        group by r.first_seq having count(e.seq_id) <> r.events or coalesce(sum(e.seq_id), 0) <> r.numbers
        order by r.first_seq
        """;

    /// <summary>Counts what lies between the last range and a position that a projection has passed.</summary>
    public static async Task Extend(NpgsqlTransaction snapshot, long passed, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            insert into archive.log_ranges (first_seq, last_seq, events, numbers)
            select r.first, least(r.first + $2 - 1, $1), count(e.seq_id), coalesce(sum(e.seq_id), 0)
            from (select coalesce(max(last_seq), 0) + 1 as next from archive.log_ranges) counted
            cross join lateral generate_series(counted.next, $1, $2) r(first)
            left join archive.mt_events e on e.seq_id between r.first and least(r.first + $2 - 1, $1)
            group by r.first
            """, snapshot.Connection, snapshot)
        { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = passed });
        command.Parameters.Add(new() { Value = (long)Longest });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>In words, and with its code.</summary>
    public static (string Code, string What) Said(long first, long last, long counted, long now) =>
        now > counted ? ("late-comer", $"The numbers {first} to {last} held {counted} events when they were counted, now {now}: {now - counted} came behind the readers.")
        : now < counted ? ("events-gone", $"The numbers {first} to {last} held {counted} events when they were counted, now {now}: {counted - now} are gone.")
        : ("events-exchanged", $"The numbers {first} to {last} hold {counted} events as when they were counted, but not the same ones.");
}
