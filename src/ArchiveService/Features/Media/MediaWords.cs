using ArchiveService.Features.PageParts;
using Npgsql;

namespace ArchiveService.Features.Media;

/// <summary>Where the fetching of one attachment stands.</summary>
public sealed record MediaStatus(string Status, int Attempts, string? Problem, DateTimeOffset QueuedAt, DateTimeOffset DueAt, DateTimeOffset? EndedAt)
{
    public bool MayBeAskedAgain => Status is not ("waiting" or "fetched");

    public static async Task<IReadOnlyDictionary<Guid, MediaStatus>> Of(NpgsqlDataSource db, Guid record, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select attachment_id, status, attempts, problem, queued_at, due_at, ended_at from work.media_fetches where record_id = $1");
        query.Parameters.Add(new() { Value = record });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, MediaStatus>();
        while (await rows.ReadAsync(ct))
        {
            found[rows.GetGuid(0)] = new(
                rows.GetString(1), rows.GetInt32(2), rows.IsDBNull(3) ? null : rows.GetString(3), rows.GetFieldValue<DateTimeOffset>(4), rows.GetFieldValue<DateTimeOffset>(5), rows.IsDBNull(6) ? null : rows.GetFieldValue<DateTimeOffset>(6));
        }

        return found;
    }

    /// <summary>A sentence for whoever looks at the record.</summary>
    public string Said => Status switch
    {
        "waiting" => Attempts == 0 ? "Filen visas av plattformen och väntar på att hämtas." : $"Filen kunde inte hämtas ({Swedish.Count(Attempts, "försök", "försök")}). Nästa försök {Swedish.DateAndClock(DueAt)}.",
        "fetched" => $"Hämtad från plattformen {(EndedAt is { } at ? Swedish.DateAndClock(at) : "")}".TrimEnd() + ".",
        _ => $"Filen visades av plattformen men är inte sparad här: {MediaWords.Outcome(Status)}{(EndedAt is { } at ? $" {Swedish.DateAndClock(at)}" : "")}.",
    };
}

/// <summary>What the outcomes are called.</summary>
public static class MediaWords
{
    public static string Outcome(string word) => word switch
    {
        "fetched" => "hämtad",
        "expired" => "adressen hade slutat gälla",
        "forbidden" => "plattformen lämnade inte ut filen",
        "missing" => "det fanns ingen fil på adressen",
        "tooLarge" => "filen är större än gränsen",
        "refused" => "adressen leder dit inget får hämtas",
        "notAFile" => "adressen leder till en webbsida",
        "failed" => "alla försök misslyckades",
        _ => word,
    };
}
