using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>Somebody read a record, a document that a case has of its own, or a case, that stands behind a wall (domain §4.3: all reads of secret payload are logged). Why stands sealed, where it was said.</summary>
[EventName("record_opened")]
public sealed record RecordOpened(Guid Record, string Wall) : PersonEvent;

/// <summary>The read log: an event on the reader's own stream, durable before the content is given out.</summary>
public sealed class RecordReads(SealedLog log)
{
    public const string ReasonPart = "reason";

    public const int LongestReason = 1000;

    /// <param name="reason">Why the reader opens it.</param>
    public async Task Note(Caller caller, IEnumerable<(Guid Record, string Wall)> read, CancellationToken ct, string? reason = null)
    {
        var why = (reason ?? caller.ReadReason)?.Trim() is { Length: > 0 } said ? said[..Math.Min(said.Length, LongestReason)] : null;
        List<Happened> events =
        [
            .. read.Where(r => r.Wall != RecordStates.Stored(Wall.Open))
                .Select(r => new Happened(new RecordOpened(r.Record, r.Wall), KeyClass.Person, why is null ? null : new Parts().With(ReasonPart, why))),
        ];
        if (events.Count == 0) return;
        var draft = new Draft(caller.PersonId, Person.StreamType, ExpectedVersion.Any, events);
        for (var attempt = 1; ; attempt++)
        {
            // The last ones of the stream are those just written: it is locked until the end.
            Npgsql.NpgsqlBatchCommand row = new("""
                insert into archive.record_reads (event_id, record_id, person_id, version, wall, reasoned, read_at)
                select e.id, (e.data->>'record')::uuid, e.stream_id, e.version, e.data->>'wall', $3, e.timestamp
                from archive.mt_streams s join archive.mt_events e on e.stream_id = s.id and e.version > s.version - $2 where s.id = $1
                """)
            {
                Parameters = { new() { Value = caller.PersonId }, new() { Value = events.Count }, new() { Value = why is not null } },
            };

            // Only the very first event of a stream can meet another one; then the stream is there.
            if (await log.Append([draft], await log.Keys([caller.PersonId], ct), new(caller.PersonId.ToString("D")), [row], ct) is Appended.Done || attempt == 2) return;
        }
    }
}
