using ArchiveService.EventStore;
using Npgsql;

namespace ArchiveService.Sealing;

/// <summary>Rows that stand beside events of some kinds whoever appends them, in the same transaction.</summary>
public interface IEventRows
{
    NpgsqlBatchCommand? For(IReadOnlyList<StreamChange> changes);
}
