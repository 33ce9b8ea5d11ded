using Npgsql;

namespace ArchiveService.EventStore;

/// <summary>
/// A view kept from the log: every event once, in order, its rows in the same transaction as its position. Write it as a pure fold: no clock, no
/// random id and no other view inside, so that a rebuild gives the same rows. One page at a time, on one node at a time.
/// </summary>
public abstract class Projection
{
    /// <summary>Name of the view in lower case, such as <c>record-view</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Raised when the rows would come out differently; a new version starts from the beginning of the log.</summary>
    public virtual int Version => 1;

    /// <summary>The row of <c>mt_event_progression</c> that holds the position. Never one of Marten's own names.</summary>
    public string Checkpoint => $"archive:{Name}:v{Version}";

    /// <summary>Work before the transaction, such as opening sealed content. Called again for the same events when a page is tried again.</summary>
    public virtual Task Prepare(IReadOnlyList<Recorded> page, CancellationToken ct) => Task.CompletedTask;

    /// <summary>
    /// Writes the rows of a page; the worker moves the position and commits. An exception rolls the page back. One that another try may mend
    /// (a lost connection, a deadlock) is tried again; any other stops the projection at the event that causes it. An event that is of no
    /// interest is passed over here; one that cannot be handled, an <see cref="UnknownEvent"/> for instance, is thrown at.
    /// </summary>
    public abstract Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct);

    /// <summary>Drop what was kept in memory between pages: leadership begins, or the last page did not commit.</summary>
    public virtual void Forget()
    {
    }
}

/// <summary>How the worker runs.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Most events in a page.</summary>
    public int PageSize { get; init; } = 2000;

    /// <summary>How often the log is looked at when no signal comes.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a missing number is looked at.</summary>
    public TimeSpan HoleRetry { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How often a node that does not lead tries to, and how soon a lost connection is opened again.</summary>
    public TimeSpan LeaderRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told when a projection stops. May be called from any thread; must not throw.</summary>
    public Action<ProjectionStop>? Alarm { get; init; }
}

/// <summary>A projection stopped.</summary>
/// <param name="Name">Which.</param>
/// <param name="Sequence">The event it could not take.</param>
/// <param name="Error">Type of the error and SQLSTATE, never its text: that may hold content.</param>
/// <param name="Cause">The error itself, for a log that may hold it.</param>
public sealed record ProjectionStop(string Name, long Sequence, string Error, Exception Cause);

/// <summary>What a projection is doing, seen from this node.</summary>
public enum ProjectionState
{
    /// <summary>Not running yet, or no longer.</summary>
    Idle,

    /// <summary>Another node leads.</summary>
    StandingBy,

    /// <summary>This node leads.</summary>
    Leading,

    /// <summary>An error that may pass; tried again by itself.</summary>
    Retrying,

    /// <summary>Stopped on an event, on whatever node led. Needs <see cref="ProjectionWorker.Resume"/> or a restart.</summary>
    Stopped,
}

/// <summary>Where a projection stands.</summary>
/// <param name="Name">See <see cref="Projection.Name"/>.</param>
/// <param name="Version">See <see cref="Projection.Version"/>.</param>
/// <param name="Position">Everything up to this number is in the view.</param>
/// <param name="HeadSequence">The last number in the log.</param>
/// <param name="LagSeconds">Age of the oldest event that is not in the view; 0 when there is none.</param>
/// <param name="State">What it is doing.</param>
/// <param name="LastError">Type of the last error, or null.</param>
/// <param name="StoppedAt">The event it stopped on, or null.</param>
public sealed record ProjectionStatus(
    string Name, int Version, long Position, long HeadSequence, double LagSeconds, ProjectionState State, string? LastError, long? StoppedAt)
{
    /// <summary>Numbers between the position and the head, dead ones included.</summary>
    public long LagEvents => Math.Max(0, HeadSequence - Position);

    /// <summary>When it stopped, or null.</summary>
    public DateTimeOffset? StoppedSince { get; init; }

    /// <summary>Whether this node is the one that runs it, or would if it were not stopped.</summary>
    public bool LedHere { get; init; }

    /// <summary>This node leads and cannot go on: a number is missing and a transaction that may have drawn it has not ended. For milliseconds that is nothing; for long, that session hangs.</summary>
    public bool WaitsAtHole { get; init; }
}
