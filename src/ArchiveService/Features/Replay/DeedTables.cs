using System.Collections.Concurrent;
using System.Reflection;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.Features.Replay;

/// <summary>What persons did elsewhere than with records, by person: the log itself has no index by who did it (docs/adr/0001).</summary>
internal static class DeedTables
{
    /// <summary>Kinds of streams in which nothing can be secret. What belongs to a case, an account, a request or anything new stands behind the wall.</summary>
    private static readonly HashSet<string> Open = new(StringComparer.Ordinal) { "authority", "channel", "assignment", "inbox_emptying", "archive_description" };

    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Authorities = new();

    public static async Task Write(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        var deeds = page
            .Where(r => r.Event is not (RecordEvent or AccountSeen or DeliveryEvent))
            .Select(r => (Recorded: r, Actor: Guid.TryParse(r.Actor, out var actor) ? actor : Guid.Empty))
            .Where(d => d.Actor != Guid.Empty && d.Actor != Caller.System.PersonId && d.Actor != d.Recorded.StreamId)
            .ToList();
        if (deeds.Count == 0) return;

        var streams = new Dictionary<Guid, (string Type, Guid? Authority)>();
        await using (var query = new NpgsqlCommand("""
            select s.id, s.type, coalesce(c.authority_id, k.authority_id) from archive.mt_streams s
            left join archive.channels c on c.channel_id = s.id left join archive.cases k on k.case_id = s.id where s.id = any ($1)
            """, transaction.Connection, transaction))
        {
            query.Parameters.Add(new() { Value = deeds.Select(d => d.Recorded.StreamId).Distinct().ToArray() });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) streams[rows.GetGuid(0)] = (rows.IsDBNull(1) ? "" : rows.GetString(1), rows.GetFieldValue<Guid?>(2));
        }

        await transaction.Copy(
            $"{schema}.all_deeds (event_id, wall, seq, actor_id, stream_id, stream_type, authority_id, name, recorded_at)", deeds,
            async (to, deed) =>
            {
                var (recorded, actor) = deed;
                var (type, known) = streams.GetValueOrDefault(recorded.StreamId, ("", null));
                await to.Id(recorded.Id);
                await to.Text(Open.Contains(type) ? "open" : "secret");
                await to.Long(recorded.Sequence);
                await to.Id(actor);
                await to.Id(recorded.StreamId);
                await to.Text(type);
                await to.Id(AuthorityOf(recorded.Event) ?? known ?? (type == "authority" ? recorded.StreamId : null));
                await to.Text(recorded.Name);
                await to.Time(recorded.Time);
            },
            ct);
    }

    private static Guid? AuthorityOf(object happened) => Authorities.GetOrAdd(happened.GetType(), type => type.GetProperty("Authority"))?.GetValue(happened) is Guid one ? one : null;
}
