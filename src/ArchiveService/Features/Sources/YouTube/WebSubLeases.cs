using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.YouTube;
using ArchiveService.Features.Completeness;
using ArchiveService.Features.Deliveries;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using Quartz;

namespace ArchiveService.Features.Sources.YouTube;

/// <param name="Callback">Where the hub reaches this service from outside: the address before <c>/api/v1/webhooks/youtube</c>. Null: nothing is subscribed to by itself.</param>
/// <param name="Hub">The hub that YouTube publishes to.</param>
public sealed record WebSubOptions(Uri? Callback, Uri Hub)
{
    private const string YouTubesHub = "https://pubsubhubbub.appspot.com/subscribe";

    public static WebSubOptions From(IConfiguration configuration) => new(Address(configuration, "YouTube:Callback"), Address(configuration, "YouTube:Hub") ?? new Uri(YouTubesHub));

    private static Uri? Address(IConfiguration configuration, string name) => configuration[name] is not { Length: > 0 } given ? null
        : Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? address
        : throw new CannotStart($"{name.Replace(":", "__", StringComparison.Ordinal)} is {given}; it takes an address such as https://arkiv.kommunen.se.");
}

/// <summary>Where a subscription stands. Pure.</summary>
public sealed record WebSubLease(DateTimeOffset? AskedAt, DateTimeOffset? ConfirmedAt, DateTimeOffset? Until)
{
    /// <summary>What is asked for: the hub gives ten days at the most.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(10);

    /// <summary>A hub that takes a question and never comes back with its own is asked again after this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(3);

    /// <summary>Whether to ask now: there is no lease, or a third of it or less is left.</summary>
    public bool IsDue(DateTimeOffset now) =>
        (AskedAt is not { } asked || now - asked >= Patience)
        && (Until is not { } until || ConfirmedAt is not { } confirmed || until - now <= (until - confirmed) / 3);

    public bool HasEnded(DateTimeOffset now) => Until <= now;
}

/// <summary>
/// Keeps the subscriptions at YouTube's hub: asks for them before they end, and notes the hub's own question in return, which says how long they last. One that has ended is a gap in
/// the channel's ledger until the hub confirms another.
/// </summary>
public sealed partial class WebSubLeases(
    Databases databases, WebSubOptions options, YouTubeOptions webhook, SourceRegister sources, SourceClients clients, SubscriptionGaps gaps, KeyedIds ids, TimeProvider clock, ILogger<WebSubLeases> logger)
{
    public async Task<WebSubLease> Find(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select asked_at, confirmed_at, lease_until from work.websub_leases where channel_id = $1");
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetFieldValue<DateTimeOffset?>(0), row.GetFieldValue<DateTimeOffset?>(1), row.GetFieldValue<DateTimeOffset?>(2)) : new(null, null, null);
    }

    /// <returns>How many subscriptions were asked for.</returns>
    public async Task<int> Renew(CancellationToken ct)
    {
        var asked = 0;
        foreach (var channel in await Subscribing(ct))
        {
            var lease = await Find(channel, ct);
            if (lease.HasEnded(clock.GetUtcNow())) await Ended(channel, lease.Until!.Value, ct);
            if (options.Callback is null || webhook.WebSubSecret is not { Length: > 0 } || !lease.IsDue(clock.GetUtcNow())) continue;
            if (await sources.Place(channel, ct) is not (_, { } account) || WebSubHandshake.ChannelOf(WebSubHandshake.TopicOf(account)) is null) continue;
            await Ask(channel, account, ct);
            asked++;
        }

        return asked;
    }

    /// <summary>What only the hub was told: a question with it answers one of ours.</summary>
    public string Ours(Guid channel) => ids.Question("youtube", channel, "websub", "").ToString("N");

    /// <summary>The hub asked whether the subscription is ours, and was told that it is. One that somebody else asked for is theirs to keep.</summary>
    public async Task Confirmed(Guid channel, string? lease, string? leaseSeconds, CancellationToken ct)
    {
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(lease ?? ""), Encoding.UTF8.GetBytes(Ours(channel)))) return;
        var length = long.TryParse(leaseSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 366L * 86_400 ? TimeSpan.FromSeconds(seconds) : WebSubLease.Longest;
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Do(transaction, """
            insert into work.websub_leases (channel_id, answered, confirmed_at, lease_until) values ($1, 'confirmed', clock_timestamp(), clock_timestamp() + $2)
            on conflict (channel_id) do update set answered = excluded.answered, confirmed_at = excluded.confirmed_at, lease_until = excluded.lease_until
            """, ct, channel, length);
        await gaps.End(transaction, channel, ct);
        await transaction.CommitAsync(ct);
    }

    private async Task Ended(Guid channel, DateTimeOffset until, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Under the row's lock the hub's confirmation comes before this or after it.
        if (await Do(transaction, "update work.websub_leases set answered = 'ended' where channel_id = $1 and lease_until = $2", ct, channel, until.ToUniversalTime()) == 0) return;
        await gaps.Begin(transaction, channel, until, ["lease-ended"], [], ct);
        await transaction.CommitAsync(ct);
    }

    private async Task Ask(Guid channel, string account, CancellationToken ct)
    {
        string answered;
        try
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["hub.mode"] = "subscribe",
                ["hub.topic"] = WebSubHandshake.TopicOf(account),
                ["hub.callback"] = new Uri(options.Callback!, $"/api/v1/webhooks/youtube?lease={Ours(channel)}").AbsoluteUri,
                ["hub.verify"] = "async",
                ["hub.secret"] = webhook.WebSubSecret!,
                ["hub.lease_seconds"] = ((long)WebSubLease.Longest.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            });
            using var answer = await clients.Polls.PostAsync(options.Hub, form, ct);
            answered = answer.IsSuccessStatusCode ? "asked" : "refused";
        }
        catch (Exception error) when (SourceWorker.Fault(error, ct) is { } fault)
        {
            answered = fault;
        }

        if (answered != "asked") LogRefused(logger, channel, answered);
        await using var note = databases.Writer.CreateCommand("""
            insert into work.websub_leases (channel_id, asked_at, answered) values ($1, clock_timestamp(), $2)
            on conflict (channel_id) do update set asked_at = excluded.asked_at,
              answered = case when work.websub_leases.confirmed_at > clock_timestamp() - interval '1 minute' then work.websub_leases.answered else excluded.answered end
            """);
        note.Parameters.Add(new() { Value = channel });
        note.Parameters.Add(new() { Value = answered });
        await note.ExecuteNonQueryAsync(ct);
    }

    /// <summary>YouTube channels with a source: it says the channel's id at YouTube.</summary>
    private async Task<List<Guid>> Subscribing(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select s.channel_id from archive.sources s join archive.channels c using (channel_id) where c.platform = 'youtube' and c.closed_at is null and s.enabled order by 1
            """);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await row.ReadAsync(ct)) found.Add(row.GetGuid(0));
        return found;
    }

    private static async Task<int> Do(NpgsqlTransaction transaction, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1393, LogLevel.Warning, "YouTube's hub did not take the subscription of channel {Channel}: {Answer}. It is asked again.")]
    private static partial void LogRefused(ILogger logger, Guid channel, string answer);
}

/// <summary>Every hour, on one node.</summary>
[DisallowConcurrentExecution]
public sealed class RenewWebSub(WebSubLeases leases, AppendGate gate) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (!gate.IsClosed) await leases.Renew(cancellationToken);
    }
}
