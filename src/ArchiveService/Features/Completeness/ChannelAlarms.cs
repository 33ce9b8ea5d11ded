using ArchiveService.Access;
using ArchiveService.Features.Sources;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Completeness;

/// <summary>Something about a channel that somebody has to see to, or it is not kept whole.</summary>
/// <param name="Kind"><c>silent</c>, <c>unsubscribed</c>, <c>token-lost</c> or <c>source</c>: it does not answer for another reason.</param>
/// <param name="Title">What the channel is called; its platform where no name is known.</param>
/// <param name="Since">Since when, as far as is known.</param>
/// <param name="Page">Where to see to it.</param>
public sealed record ChannelAlarm(string Kind, Guid Channel, Guid Authority, string Title, DateTimeOffset Since, string Page)
{
    public string InSwedish => Kind switch
    {
        "silent" => "har tystnat",
        "unsubscribed" => "får inte allt som händer: plattformens prenumeration saknas eller har gått ut",
        "token-lost" => "har en åtkomstnyckel som inte längre gäller",
        _ => "svarar inte som den ska",
    };
}

/// <summary>The alarms of channels that a caller may know of: codes, times and the names in the channel register.</summary>
public sealed class ChannelAlarms(Databases databases)
{
    private const string Statement = """
        with alarms as (
          select 'silent' as kind, channel_id, last_heard_at as since, 'tackning' as page from archive.channel_silences
          union all
          select 'unsubscribed', channel_id, from_at, case when k.platform <> 'youtube' then 'prenumerationer' end from archive.subscription_gaps join archive.channels k using (channel_id) where to_at is null
          union all
          select case when alarm = 'token-dead' then 'token-lost' else 'source' end, channel_id, alarm_at, null from archive.sources where alarm is not null)
        select a.kind, a.channel_id, c.authority_id, coalesce(r.handle, c.platform), a.since, coalesce('/kanaler/' || a.channel_id || '/' || a.page, '/kallor/' || a.channel_id)
        from alarms a join archive.channels c using (channel_id) left join views.channel_register r using (channel_id)
        where c.closed_at is null and ($1::uuid[] is null or c.authority_id = any ($1)) and ($2::text is null or a.kind = $2)
        order by a.since, a.channel_id, a.kind
        """;

    public static Role[] Readers { get; } = CompletenessRoutes.Readers;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/channel-alarms", async (Caller caller, ChannelAlarms alarms, CancellationToken ct) =>
            caller.IsService || !caller.MayAnywhere(Readers) ? Problems.Refused(Refusal.NotAllowed("Bara de som arbetar med kanalerna eller arkivet ser vad som är fel med dem."))
            : (IResult)TypedResults.Ok(new { items = await alarms.Of(caller, ct) })).WithName("channel-alarms");

    /// <summary>All of them, the oldest first; none for whoever works with no channels.</summary>
    public Task<IReadOnlyList<ChannelAlarm>> Of(Caller caller, CancellationToken ct) => Read(caller, null, ct);

    /// <summary>Channels that used to speak and have fallen silent.</summary>
    public Task<IReadOnlyList<ChannelAlarm>> Silent(Caller caller, CancellationToken ct) => Read(caller, "silent", ct);

    /// <summary>Channels of which the platform does not tell everything.</summary>
    public Task<IReadOnlyList<ChannelAlarm>> Unsubscribed(Caller caller, CancellationToken ct) => Read(caller, "unsubscribed", ct);

    private async Task<IReadOnlyList<ChannelAlarm>> Read(Caller caller, string? kind, CancellationToken ct)
    {
        if (caller.IsService || caller.AuthoritiesWith(Readers) is []) return [];
        await using var query = databases.Staff.CreateCommand(Statement);
        query.Parameters.Add(Retention.RetentionRegister.Authorities(caller.AuthoritiesWith(Readers)));
        query.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = kind });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<ChannelAlarm>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetString(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5)));
        return found;
    }
}
