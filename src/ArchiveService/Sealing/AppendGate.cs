namespace ArchiveService.Sealing;

/// <summary>Closed, nothing is appended: the archive is read-only until it is known where its log goes on.</summary>
public sealed class AppendGate
{
    private volatile bool closed;

    public bool IsClosed => closed;

    public void Close() => closed = true;

    public void Open() => closed = false;

    /// <exception cref="ArchiveIsReadOnly">It is closed.</exception>
    public void Pass()
    {
        if (closed) throw new ArchiveIsReadOnly();
    }
}

/// <summary>Nothing was appended, and nothing will be until somebody has said where the log goes on.</summary>
public sealed class ArchiveIsReadOnly() : Exception("The archive came back from an older copy and is read-only until the log is resumed: see /bevis or ./run resume-log.");
