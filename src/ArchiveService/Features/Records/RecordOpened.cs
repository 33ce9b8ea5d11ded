using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Somebody read a record that stands behind a wall (domain §4.3: all reads of secret payload are logged).</summary>
[EventName("record_opened")]
public sealed record RecordOpened(Guid Record, string Wall) : PersonEvent;

/// <summary>The read log: an event on the reader's own stream, durable before the content is given out.</summary>
public sealed class RecordReads(SealedLog log)
{
    public async Task Note(Caller caller, IEnumerable<(Guid Record, string Wall)> read, CancellationToken ct)
    {
        List<Happened> events = [.. read.Where(r => r.Wall != RecordStates.Stored(Wall.Open)).Select(r => new Happened(new RecordOpened(r.Record, r.Wall), KeyClass.Person))];
        if (events.Count == 0) return;
        var draft = new Draft(caller.PersonId, Person.StreamType, ExpectedVersion.Any, events);
        if (await log.Append([draft], log.NewKeySet(), new(caller.PersonId.ToString("D")), ct: ct) is not Appended.Done)
        {
            // Only the very first event of a stream can meet another one; then the stream is there.
            await log.Append([draft], log.NewKeySet(), new(caller.PersonId.ToString("D")), ct: ct);
        }
    }
}
