namespace ArchiveService.EventStore;

/// <summary>
/// An event type that is only read any more. It keeps its stored name and shape for ever; readers get what <see cref="Newer"/> makes of it, and so on
/// until a type that is not older. It cannot be appended.
/// </summary>
public interface IOlderVersion
{
    /// <summary>The same happening in the next version's shape. Pure: the same event gives the same answer in every program at every time.</summary>
    object Newer();
}
