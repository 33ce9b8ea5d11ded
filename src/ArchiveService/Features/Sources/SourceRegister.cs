using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Sources;

/// <param name="Means">Null where no source is set up.</param>
/// <param name="Supported">The platform can be asked.</param>
public sealed record SourceListed(
    Guid Channel, Guid Authority, string AuthorityName, string Platform, string? Handle, DateTimeOffset? ClosedAt, bool Supported, string? Means, int IntervalMinutes, bool Enabled, bool Stopped, string? Alarm,
    DateTimeOffset? AlarmAt, DateTimeOffset? CredentialAt, string? CredentialBy, DateTimeOffset? DueAt, DateTimeOffset? LastOkAt, string? Problem, DateTimeOffset? ProblemAt, DateTimeOffset? HeardAt,
    long OpenGaps, string? Address = null, string? Account = null)
{
    public bool IsSetUp => Means is not null;
}

public sealed record SourcePoll(DateTimeOffset StartedAt, DateTimeOffset? EndedAt, int Pages, int Items, string? Outcome);

public sealed record SourceGap(DateTimeOffset From, DateTimeOffset? To, string Reason, DateTimeOffset? FilledAt);

/// <summary>The sources as they stand in the tables; the address and the account are opened from the log.</summary>
public sealed class SourceRegister(Databases databases, SealedLog log, KeyedIds ids, SourceMeans means)
{
    /// <summary>Every open channel of the caller that can be asked, and those that have been.</summary>
    public async Task<IReadOnlyList<SourceListed>> All(Caller caller, CancellationToken ct) =>
        [.. (await Read(caller.IsService ? [] : caller.AuthoritiesWith(SourceHandler.Readers), null, ct)).Where(s => s.IsSetUp || (s.Supported && s.ClosedAt is null))];

    public async Task<SourceListed?> Find(Guid channel, Caller caller, CancellationToken ct)
    {
        if ((await Read(null, channel, ct)).SingleOrDefault() is not { } source || !caller.IsStaffOf(source.Authority)) return null;
        if (!source.IsSetUp) return source;
        var (address, account) = await Place(channel, ct);
        return source with { Address = address, Account = account };
    }

    /// <summary>Where the source is asked, opened from the last time that it was set up.</summary>
    public async Task<(string? Address, string? Account)> Place(Guid channel, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(ids.Source(channel), ct: ct);
        if (history.LastOrDefault(h => h.Event is SourceSetUp) is not { } settings) return (null, null);
        var parts = (await log.Open([settings], ct)).GetValueOrDefault(settings.Id)?.Parts;
        return (parts?["address"], parts?["account"]);
    }

    public async Task<long> Alarms(Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select count(*) from archive.sources where alarm is not null and ($1::uuid[] is null or authority_id = any ($1))");
        query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(SourceHandler.Keepers)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyList<SourcePoll>> Polls(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select started_at, ended_at, pages, items, outcome from work.source_polls where channel_id = $1 order by started_at desc limit 30");
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<SourcePoll>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset?>(1), row.GetInt32(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetString(4)));
        return found;
    }

    public async Task<IReadOnlyList<SourceGap>> Gaps(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select from_at, to_at, reason, filled_at from archive.source_gaps where channel_id = $1 order by from_at desc limit 30");
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<SourceGap>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset?>(1), row.GetString(2), row.GetFieldValue<DateTimeOffset?>(3)));
        return found;
    }

    public async Task Due(Guid channel, CancellationToken ct)
    {
        await using var due = databases.Writer.CreateCommand("insert into work.source_runs (channel_id) values ($1) on conflict (channel_id) do update set due_at = clock_timestamp()");
        due.Parameters.Add(new() { Value = channel });
        await due.ExecuteNonQueryAsync(ct);
    }

    private async Task<IReadOnlyList<SourceListed>> Read(IReadOnlyList<Guid>? authorities, Guid? channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select c.channel_id, c.authority_id, a.name, c.platform, r.handle, c.closed_at, s.means, s.interval_minutes, s.enabled, s.stopped, s.alarm, s.alarm_at, s.credential_at, n.name,
                   w.due_at, w.last_ok_at, w.problem, w.problem_at, w.stream_heard_at, (select count(*) from archive.source_gaps g where g.channel_id = c.channel_id and g.filled_at is null)
            from archive.channels c join archive.authorities a using (authority_id) left join views.channel_register r using (channel_id)
            left join archive.sources s using (channel_id) left join work.source_runs w using (channel_id) left join views.persons n on n.person_id = s.credential_by
            where ($1::uuid[] is null or c.authority_id = any ($1)) and ($2::uuid is null or c.channel_id = $2)
            order by a.name collate "sv-x-icu", c.platform, r.handle collate "sv-x-icu", c.channel_id
            """);
        query.Parameters.Add(new() { Value = (object?)authorities?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<SourceListed>();
        while (await row.ReadAsync(ct))
        {
            DateTimeOffset? At(int column) => row.GetFieldValue<DateTimeOffset?>(column);
            string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
            var isSetUp = !row.IsDBNull(6);
            found.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), Text(4), At(5), means.Polled.Contains(row.GetString(3)), Text(6), isSetUp ? row.GetInt32(7) : 0, isSetUp && row.GetBoolean(8),
                isSetUp && row.GetBoolean(9), Text(10), At(11), At(12), Text(13), At(14), At(15), Text(16), At(17), At(18), row.GetInt64(19)));
        }

        return found;
    }
}

/// <summary>What the API says of a source: of its token only that there is one, since when and by whom.</summary>
public static class SourceAnswer
{
    public static object Of(SourceListed source, IReadOnlyList<SourcePoll>? polls = null, IReadOnlyList<SourceGap>? gaps = null) => new
    {
        source.Channel,
        source.Platform,
        source.Handle,
        setUp = source.IsSetUp,
        source.Supported,
        source.Address,
        source.Account,
        source.Means,
        intervalMinutes = source.IsSetUp ? source.IntervalMinutes : (int?)null,
        source.Enabled,
        state = SourceWords.State(source),
        alarm = source.Alarm is { } problem ? new { problem, since = source.AlarmAt } : null,
        credential = source.CredentialAt is { } since ? new { since, by = source.CredentialBy } : null,
        nextPollAt = source is { Enabled: true, Stopped: false } ? source.DueAt : null,
        source.LastOkAt,
        lastProblem = source.Problem is { } code ? new { code, at = source.ProblemAt } : null,
        streamHeardAt = source.HeardAt,
        source.OpenGaps,
        polls,
        gaps,
    };
}

public static class SourceWords
{
    public static Refusal NoChannel => Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    public static Refusal NotSetUp => Refusal.Unknown("source", "Kanalen har ingen källa. Ställ in den först.");

    public static Refusal Closed => new("channel-closed", "Kanalen är avslutad.");

    public static string State(SourceListed source) =>
        !source.IsSetUp ? "not-set-up" : source.Stopped ? "stopped" : !source.Enabled ? "paused" : source.Alarm is not null ? "alarm" : source.LastOkAt is null ? "new" : "running";

    /// <summary>What a problem means and what to do about it.</summary>
    public static string Problem(string code) => code switch
    {
        "token-dead" => "Åtkomstnyckeln gäller inte längre. Skaffa en ny hos plattformen och sätt den här.",
        "throttled" => "Plattformen ber oss vänta. Källan frågar igen när den tiden gått.",
        "not-permitted" => "Åtkomstnyckeln saknar rätt till det som efterfrågas. Ge den fler rättigheter hos plattformen.",
        "not-found" => "Kontot finns inte på den adressen. Kontrollera adress och konto.",
        "unreachable" => "Plattformen går inte att nå. Källan försöker igen.",
        "unreadable" => "Svaret gick inte att läsa. Kontrollera att adressen leder till plattformens API.",
        "address-refused" => "Adressen leder in i ett eget nät, och dit frågas inte (Sources__AllowPrivate).",
        "not-supported" => "Plattformen kan inte frågas automatiskt.",
        _ => $"Tekniskt fel ({code}). Källan försöker igen.",
    };

    public static string Outcome(string? code) => code switch
    {
        null => "pågår",
        "ok" => "klar",
        "more" => "fortsätter",
        "broken-off" => "avbruten, fortsätter från märket",
        "token-dead" => "nyckeln gäller inte",
        "throttled" => "plattformen bad oss vänta",
        "not-permitted" => "rättighet saknas",
        "not-found" => "kontot finns inte",
        "unreachable" => "gick inte att nå",
        "unreadable" => "gick inte att läsa",
        "address-refused" => "adressen är inte tillåten",
        _ => code,
    };

    public static string Gap(string reason) => reason switch
    {
        "stream-broken" => "strömmen bröts",
        "not-running" => "tjänsten lyssnade inte",
        _ => reason,
    };
}
