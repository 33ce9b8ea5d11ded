using ArchiveService.Hosting;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.Persons;

/// <summary>
/// views.persons is left out of backups. At start, and after a restore, the names that are missing are opened from the persons' own events;
/// one whose key has been destroyed stays without.
/// </summary>
public sealed class PersonNames(SealedLog log, Databases databases) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Fill(cancellationToken);

    public async Task Fill(CancellationToken ct)
    {
        var missing = new List<Guid>();
        await using (var query = databases.Writer.CreateCommand("select person_id from archive.persons p where not exists (select 1 from views.persons n where n.person_id = p.person_id)"))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) missing.Add(rows.GetGuid(0));
        }

        foreach (var some in missing.Chunk(500))
        {
            var registered = (await log.Store.ReadStreams(some, ct: ct)).Values.SelectMany(events => events).Where(recorded => recorded.Event is PersonRegistered or PersonRenamed).ToList();
            var opened = await log.Open(registered, ct);
            var names = registered
                .Select(recorded => (recorded.StreamId, Name: opened.TryGetValue(recorded.Id, out var parts) && !parts.IsDestroyed ? parts.Parts![PersonName.Part] : null))
                .Where(person => person.Name is not null)
                .GroupBy(person => person.StreamId)
                .Select(person => person.Last())
                .ToList();
            await using var insert = databases.Writer.CreateCommand("insert into views.persons (person_id, name) select * from unnest($1, $2) on conflict (person_id) do nothing");
            insert.Parameters.Add(new() { Value = names.Select(person => person.StreamId).ToArray() });
            insert.Parameters.Add(new() { Value = names.Select(person => person.Name!).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            await insert.ExecuteNonQueryAsync(ct);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
