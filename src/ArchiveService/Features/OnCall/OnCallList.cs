using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.OnCall;

/// <summary>Somebody to call. What is shown has been opened: the tables hold no name and no number.</summary>
public sealed record OnCallContact(Guid Id, Guid Authority, long Version, string Name, string Function, string Phone, string? Hours)
{
    public string Said => $"{Name}, {Function}, {Phone}";
}

/// <summary>The people to call, per authority; read from the log each time, for the list is short and must be right.</summary>
public sealed class OnCallList(SealedLog log, Databases databases)
{
    public async Task<IReadOnlyList<OnCallContact>> Of(Guid authority, CancellationToken ct)
    {
        var ids = new List<Guid>();
        await using (var query = databases.Writer.CreateCommand("select contact_id from archive.on_call_contacts where authority_id = $1 and removed_at is null"))
        {
            query.Parameters.Add(new() { Value = authority });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) ids.Add(rows.GetGuid(0));
        }

        if (ids.Count == 0) return [];
        var streams = await log.Store.ReadStreams(ids, ct: ct);
        var latest = streams.Values.Select(events => events[^1]).Where(last => last.Event is OnCallContactListed).ToList();
        var opened = await log.Open(latest, ct);
        return [.. latest.Select(last => Contact(last, opened.GetValueOrDefault(last.Id)?.Parts)).OfType<OnCallContact>().OrderBy(c => c.Name, StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];
    }

    private static OnCallContact? Contact(Recorded recorded, Parts? parts) => parts is null ? null : new(
        recorded.StreamId, ((OnCallContactListed)recorded.Event).Authority, recorded.Version, parts["name"] ?? "", parts["function"] ?? "", parts["phone"] ?? "", parts["hours"]);
}
