using ArchiveService.EventStore;

namespace ArchiveService.Features.Sources;

/// <summary>A source as its events say. Pure.</summary>
/// <param name="Settings">The event that has the address and the account sealed beside it.</param>
/// <param name="CredentialBy">Who set the token, as the log names them.</param>
public sealed record SourceState(
    long Version, Guid? Settings, string Means, int IntervalMinutes, bool Enabled, bool Stopped, string? Alarm, DateTimeOffset? AlarmAt, DateTimeOffset? CredentialAt, string? CredentialBy, string? LastProblem = null)
{
    public static SourceState None { get; } = new(0, null, "poll", 15, false, false, null, null, null, null);

    public bool Exists => Settings is not null;

    public bool HasCredential => CredentialAt is not null;

    public static SourceState From(IReadOnlyList<Recorded> history) => history.Aggregate(None, (state, recorded) => state.After(recorded));

    public SourceState After(Recorded recorded) => recorded.Event switch
    {
        SourceSetUp e => this with { Version = Version + 1, Settings = recorded.Id, Means = e.Means, IntervalMinutes = e.IntervalMinutes, Enabled = e.Enabled, Stopped = Stopped && !e.Enabled },
        SourcePaused => this with { Version = Version + 1, Enabled = false },
        SourceResumed => this with { Version = Version + 1, Enabled = true, Stopped = false },
        SourceCredentialSet => this with { Version = Version + 1, CredentialAt = recorded.Time, CredentialBy = recorded.Actor, Stopped = false },
        SourceCredentialRemoved => this with { Version = Version + 1, CredentialAt = null, CredentialBy = null },
        SourceAlarmRaised e => this with { Version = Version + 1, Stopped = e.Stopped, Alarm = e.Problem, AlarmAt = recorded.Time, LastProblem = e.Problem },
        SourceRecovered => this with { Version = Version + 1, Alarm = null, AlarmAt = null, Stopped = false },
        _ => throw new ArgumentOutOfRangeException(nameof(recorded), recorded.Event.GetType().Name, "Not an event of a source."),
    };
}
