using ArchiveService.EventStore;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Audit;

/// <summary>The row of the log of administration, in the transaction of its event.</summary>
public sealed class AuditRows(EventTypes types) : IEventRows
{
    public NpgsqlBatchCommand? For(IReadOnlyList<StreamChange> changes)
    {
        List<Guid>? streams = null, events = null;
        foreach (var change in changes)
        {
            foreach (var happened in change.Events)
            {
                var type = happened.Data.GetType();
                if (!AuditKinds.Covers(types.NameOf(type), type)) continue;
                (streams ??= []).Add(change.StreamId);
                (events ??= []).Add(happened.Id);
            }
        }

        return streams is null ? null : Row(streams, events!);
    }

    /// <summary>For what is appended past the sealed log.</summary>
    public static NpgsqlBatchCommand Row(IReadOnlyList<Guid> streams, IReadOnlyList<Guid> events) => new("select archive.note_audit($1, $2)")
    {
        Parameters = { new() { Value = streams.ToArray() }, new() { Value = events.ToArray() } },
    };
}
