using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Features.Sources;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Completeness;

/// <summary>Lists all that a channel shows since a day, newest first: the other way than a poll, which goes on from where it was.</summary>
public interface ILister
{
    IReadOnlyList<string> Platforms { get; }

    /// <exception cref="PollProblem">The platform would not, or could not, answer: nothing is concluded then.</exception>
    IAsyncEnumerable<PolledPage> List(PollOrder order, DateTimeOffset since, CancellationToken ct);
}

/// <summary>
/// Lays what the platform lists beside the archive. What is new is captured like any delivery. What was listed before and no longer is may be hidden, filtered or
/// lost by a fault: only when two independent readings miss it, and the platform then says of its own id that there is no such item, is it recorded as deleted, and as
/// inferred (capture formats §0.4).
/// </summary>
public sealed partial class ComparePlatform(
    Databases databases, SealedLog log, KeyedIds ids, ChannelRegister channels, AuthorityRegister authorities, SourceRegister sources, SourceSecrets secrets, SourceClients clients,
    IEnumerable<ILister> listers, IEnumerable<IPoller> pollers, IEnumerable<IDeliveryReader> readers, Deliveries.Deliveries deliveries, InboxBell inbox, CaptureActs capture, TimeProvider clock, ILogger<ComparePlatform> logger)
{
    /// <summary>So far back the channel is read through.</summary>
    public static readonly TimeSpan Back = TimeSpan.FromDays(30);

    private const int MostPages = 200;

    /// <summary>A reading that misses more than this is likelier a fault of the platform than so many deletions; the rest is asked for next time.</summary>
    private const int MostAsked = 50;

    private static readonly string[] IdKinds = ["native", "uri"];

    public bool Can(string platform) => listers.Any(l => l.Platforms.Contains(platform)) && pollers.Any(p => p.Platforms.Contains(platform));

    /// <returns>Null when the channel has no running source, or its platform cannot be listed.</returns>
    public async Task<Compared?> Run(Guid id, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { ClosedAt: null } channel || listers.FirstOrDefault(l => l.Platforms.Contains(channel.Platform)) is not { } lister) return null;
        var (address, account) = await sources.Place(id, ct);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var where) || account is null) return null;
        var began = clock.GetUtcNow();
        var order = new PollOrder(channel, where, account, await secrets.Read(id, SourceSecrets.Token, ct), null, began, clients.Polls);
        var since = began - Back;
        var listed = new Dictionary<Guid, (string Form, DateTimeOffset At)>();
        string outcome;
        try
        {
            await ReadThrough(lister, order, since, listed, ct);
            outcome = "ok";
        }
        catch (PollProblem told)
        {
            outcome = told.Code;
        }
        catch (Exception error) when (SourceWorker.Fault(error, ct) is { } fault)
        {
            LogFault(logger, id, fault, error.GetType().Name);
            outcome = fault;
        }

        var (absent, gone, unclear) = outcome == "ok" ? await Missing(channel, order, since, listed, ct) : (0, 0, 0);
        var compared = new Compared(clock.GetUtcNow(), since, listed.Count, absent, gone, unclear, outcome);
        await log.Append(
            [new(ids.Completeness(id), "completeness", ExpectedVersion.Any, [new(new ChannelCompared(channel.Authority, id, since, listed.Count, absent, gone, unclear, outcome))])],
            log.NewKeySet(), new(Caller.System.PersonId.ToString("D")),
            [
                new("insert into archive.channel_comparisons (channel_id, from_at, listed, absent, gone, unclear, outcome) values ($1, $2, $3, $4, $5, $6, $7)")
                {
                    Parameters =
                    {
                        new() { Value = id }, new() { Value = since.ToUniversalTime() }, new() { Value = listed.Count }, new() { Value = absent }, new() { Value = gone }, new() { Value = unclear }, new() { Value = outcome },
                    },
                },
            ], ct);
        return compared;
    }

    private async Task ReadThrough(ILister lister, PollOrder order, DateTimeOffset since, Dictionary<Guid, (string Form, DateTimeOffset At)> listed, CancellationToken ct)
    {
        var pages = 0;
        await foreach (var page in lister.List(order, since, ct))
        {
            var context = new DeliveryContext(page.Form, page.Request, page.Headers);
            if ((await deliveries.Receive(order.Channel.Platform, "poll", order.Channel.Id, "none", page.Body, context, ct)).IsNew) inbox.Ring();
            foreach (var act in Acts(order.Channel.Platform, page.Form, page.Body, context))
            {
                if (act.OccurredAt is { } at) listed.TryAdd(ids.Record(order.Channel.Id, order.Channel.Platform, act.IdKind, act.NativeId), (page.Form, at));
            }

            // A reading that was cut short says nothing of what it did not come to.
            if (++pages >= MostPages) throw new PollProblem("too-long", "Kanalen har fler sidor än som läses igenom på en gång.");
        }
    }

    private IEnumerable<CapturedAct> Acts(string platform, string form, byte[] body, DeliveryContext context) =>
        (readers.FirstOrDefault(r => r.Platform == platform && r.Form == form)?.Read(body, context, clock.GetUtcNow()) ?? [])
        .OfType<ReadAct.Accepted>().Select(a => a.Act).Where(a => a.Act is ActKind.Create or ActKind.Share or ActKind.Edit);

    private async Task<(int Absent, int Gone, int Unclear)> Missing(Channel channel, PollOrder order, DateTimeOffset since, Dictionary<Guid, (string Form, DateTimeOffset At)> listed, CancellationToken ct)
    {
        await Note(channel.Id, listed, ct);
        var forms = listed.Values.Select(l => l.Form).Distinct().ToArray();
        var candidates = await Count(channel.Id, since, order.Now, forms, ct);
        var (gone, unclear) = (0, 0);
        var poller = pollers.First(p => p.Platforms.Contains(channel.Platform));
        foreach (var record in candidates.Where(c => Absence.IsWorthAsking(c.Absences)).Take(MostAsked))
        {
            if (await NativeId(channel, record.Id, ct) is not (string idKind, string nativeId)) continue;
            switch (await poller.Look(order, nativeId, ct))
            {
                case ItemPresence.Gone:
                    await Delete(channel, idKind, nativeId, ct);
                    gone++;
                    break;
                case ItemPresence.Unclear:
                    unclear++;
                    break;
                default:
                    await Forget(channel.Id, record.Id, ct);
                    break;
            }
        }

        return (candidates.Count, gone, unclear);
    }

    /// <summary>An act like any other, but inferred: told by nobody, by somebody unknown, at an unknown time.</summary>
    private async Task Delete(Channel channel, string idKind, string nativeId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var act = new CapturedAct
        {
            Act = ActKind.Delete,
            NativeActName = "absent",
            NativeId = nativeId,
            IdKind = idKind,
            Audience = Audience.Public,
            ObservedAt = now,
            Certainty = Certainty.Inferred,
            ActingParty = ActingParty.Unknown,
            OccurredAtSource = "none",
        };
        await capture.Capture(new(channel, policy.Version, null, Caller.System, now), [new ReadAct.Accepted(act, 1)], ct);
    }

    /// <summary>The kind of the id is in no event; that one of them gives the record's own id is proof enough.</summary>
    private async Task<(string IdKind, string NativeId)?> NativeId(Channel channel, Guid record, CancellationToken ct)
    {
        var captured = (await log.Store.ReadStream(record, ct: ct)).Where(h => h.Event is ItemCaptured).ToList();
        var opened = await log.Open(captured, ct);
        foreach (var one in captured)
        {
            if (opened.GetValueOrDefault(one.Id)?.Parts?[Parts.NativeId] is not { } id) continue;
            var generation = ((ItemCaptured)one.Event).Generation;
            if (IdKinds.FirstOrDefault(kind => ids.Record(channel.Id, channel.Platform, kind, id, generation) == record) is { } kind) return (kind, id);
        }

        return null;
    }

    private async Task Note(Guid channel, Dictionary<Guid, (string Form, DateTimeOffset At)> listed, CancellationToken ct)
    {
        await using var note = databases.Writer.CreateCommand("""
            insert into work.listed_items (channel_id, record_id, form, occurred_at, listed_at) select $1, i.record, i.form, i.at, clock_timestamp() from unnest($2, $3, $4) i(record, form, at)
            on conflict (channel_id, record_id) do update set form = excluded.form, listed_at = excluded.listed_at, absences = 0, counted_at = null
            """);
        note.Parameters.Add(new() { Value = channel });
        note.Parameters.Add(new() { Value = listed.Keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        note.Parameters.Add(new() { Value = listed.Values.Select(l => l.Form).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        note.Parameters.Add(new() { Value = listed.Values.Select(l => l.At.ToUniversalTime()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await note.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What was listed in an earlier reading, still stands in the archive as visible, and was not listed now.</summary>
    private async Task<IReadOnlyList<(Guid Id, int Absences)>> Count(Guid channel, DateTimeOffset since, DateTimeOffset began, string[] forms, CancellationToken ct)
    {
        await using var count = databases.Writer.CreateCommand("""
            update work.listed_items l set
              absences = l.absences + case when l.counted_at is null or l.counted_at <= $3 - $5::interval then 1 else 0 end,
              counted_at = case when l.counted_at is null or l.counted_at <= $3 - $5::interval then $3 else l.counted_at end
            from archive.record_states s
            where l.channel_id = $1 and l.occurred_at >= $2 and l.listed_at < $3 and l.form = any ($4)
              and s.record_id = l.record_id and s.visibility = 'visible' and s.disposed_at is null
            returning l.record_id, l.absences
            """);
        foreach (var value in (object[])[channel, since.ToUniversalTime(), began.ToUniversalTime(), forms, Absence.Apart]) count.Parameters.Add(new() { Value = value });
        await using var row = await count.ExecuteReaderAsync(ct);
        var found = new List<(Guid, int)>();
        while (await row.ReadAsync(ct)) found.Add((row.GetGuid(0), row.GetInt32(1)));
        return found;
    }

    private async Task Forget(Guid channel, Guid record, CancellationToken ct)
    {
        await using var forget = databases.Writer.CreateCommand("update work.listed_items set absences = 0, counted_at = null where channel_id = $1 and record_id = $2");
        forget.Parameters.Add(new() { Value = channel });
        forget.Parameters.Add(new() { Value = record });
        await forget.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1441, LogLevel.Warning, "Channel {Channel} could not be compared: {Fault} ({Error}).")]
    private static partial void LogFault(ILogger logger, Guid channel, string fault, string error);
}
