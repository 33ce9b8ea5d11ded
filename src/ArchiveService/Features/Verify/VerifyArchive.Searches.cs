using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>
    /// The log of searches and the saved ones are no events, since their rows go by age or when their owner removes them: no row can be missed. What stands there
    /// must be somebody's, opened by its own key and of a time that has been; and nothing may be older than the decided frist by more than a night's work.
    /// </summary>
    private async Task Searches(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var rows = 0L;
        foreach (var (table, id, at) in new[] { ("archive.search_log", "search_id", "searched_at"), ("archive.saved_searches", "saved_id", "saved_at") })
        {
            await Each(snapshot, $"""
                select s.{id}, s.kek_id, s.sealed, p.person_id is not null, s.{at} <= clock_timestamp() + interval '5 minutes' from {table} s left join archive.persons p using (person_id)
                """, row =>
            {
                rows++;
                var (found, kek) = (row.GetGuid(0), row.GetGuid(1));

                // A key that was rotated away makes its rows unreadable for ever, which is what rotation is for.
                if (provider.Find(kek) is not null && Search.SealedNote.Open(provider, kek, found, row.GetFieldValue<byte[]>(2)) is null)
                    findings.Add(new(Severity.Error, "search-note-altered", $"Row {found} of {table} does not open under its key: it was altered or stands in another row's place.", found));
                if (!row.GetBoolean(3)) findings.Add(new(Severity.Error, "search-note-of-nobody", $"Row {found} of {table} belongs to nobody the log knows.", found));
                if (!row.GetBoolean(4)) findings.Add(new(Severity.Error, "search-note-of-tomorrow", $"Row {found} of {table} says that it was made at a time that has not been.", found));
            }, ct);
        }

        counts["searches noted and saved"] = rows;
    }

    /// <summary>Whether rows outlived what was decided, when a frist is configured (Search:LogDays).</summary>
    private async Task SearchesByAge(NpgsqlTransaction snapshot, int? days, CancellationToken ct)
    {
        if (days is not > 0) return;
        var late = await Scalar(snapshot, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"select count(*) from archive.search_log where searched_at < clock_timestamp() - {days.Value + 2} * interval '1 day'"), ct);
        if (late > 0) findings.Add(new(Severity.Warning, "search-log-overdue", $"{late} rows of archive.search_log are older than {days} days, the decided frist (Search:LogDays): the nightly work has not removed them.", null));
    }
}
