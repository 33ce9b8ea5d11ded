using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

public abstract record DiarySeriesEvent : SealableEvent;

/// <summary>How a series stands from now on; the last one said holds. The one that is the default takes that from the others of the authority.</summary>
[EventName("diary_series_set")]
public sealed record DiarySeriesSet(Guid Authority, string Organ, string? Template, DateOnly? From, DateOnly? Until, bool Default, int PolicyVersion) : DiarySeriesEvent;

/// <summary>The local calendar, which years of series and days of validity go by: the year turns at midnight in Stockholm.</summary>
public static class LocalYear
{
    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    public static int Of(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Stockholm).Year;
}

/// <summary>A diary's number series: its own organ code, its own template or the policy's, and the days new cases may be opened in it.</summary>
public sealed record DiarySeries(Guid Id, Guid Authority, string Organ, string? Template, DateOnly? From, DateOnly? Until, bool Default)
{
    public bool IsOpenOn(DateOnly day) => (From is not { } from || day >= from) && (Until is not { } until || day <= until);

    public string TemplateUnder(Policy policy) => Template ?? policy.DiaryTemplate;

    /// <summary>Pure: the series named; else the default, and when its days are over the one that took its place.</summary>
    public static (DiarySeries? Series, Refusal? Refused) Choose(IReadOnlyList<DiarySeries> all, string? organ, DateOnly day)
    {
        if (organ is not null)
        {
            if (all.FirstOrDefault(s => string.Equals(s.Organ, organ.Trim(), StringComparison.OrdinalIgnoreCase)) is not { } named)
                return (null, Refusal.Input("series-unknown", $"Myndigheten har ingen diarieserie {organ.Trim()}. Möjliga: {string.Join(", ", all.Select(s => s.Organ))}."));
            return named.IsOpenOn(day) ? (named, null) : (null, Closed(named));
        }

        var standing = all.Single(s => s.Default);
        if (standing.IsOpenOn(day)) return (standing, null);
        return all.Where(s => s.IsOpenOn(day)).MaxBy(s => s.From ?? DateOnly.MinValue) is { } successor ? (successor, null) : (null, Closed(standing));
    }

    private static Refusal Closed(DiarySeries series) => new("series-closed", $"Diarieserien {series.Organ} gäller inte i dag. Välj en annan serie, eller låt en administratör ändra dess dagar.");

    internal static async Task<List<DiarySeries>> Of(NpgsqlCommand query, Guid authority, CancellationToken ct)
    {
        query.CommandText = "select series_id, authority_id, organ, template, from_day, until_day, is_default from archive.diary_series where authority_id = $1 order by is_default desc, organ";
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DiarySeries>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetString(3),
                rows.IsDBNull(4) ? null : rows.GetFieldValue<DateOnly>(4), rows.IsDBNull(5) ? null : rows.GetFieldValue<DateOnly>(5), rows.GetBoolean(6)));
        }

        return found;
    }
}
