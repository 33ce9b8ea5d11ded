using System.Diagnostics.Metrics;

namespace ArchiveService.EventStore;

/// <summary>What the store counts in this process, for whoever listens to the meter. No label says who or what.</summary>
public static class StoreMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "ArchiveService.EventStore";

    /// <summary>Appends that went through; a retry that got the first one's answer is not counted again.</summary>
    public const string Appends = "archive.appends";

    /// <summary>Events in them.</summary>
    public const string AppendedEvents = "archive.appended_events";

    /// <summary>Appends refused because a stream did not stand where the writer thought.</summary>
    public const string Conflicts = "archive.append_conflicts";

    /// <summary>Times a projection stopped; tagged <c>projection</c>.</summary>
    public const string Stops = "archive.projection_stops";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> CountedAppends = Meter.CreateCounter<long>(Appends);
    private static readonly Counter<long> CountedEvents = Meter.CreateCounter<long>(AppendedEvents);
    private static readonly Counter<long> CountedConflicts = Meter.CreateCounter<long>(Conflicts);
    private static readonly Counter<long> CountedStops = Meter.CreateCounter<long>(Stops);

    internal static Appended Counted(Appended outcome, int events)
    {
        if (outcome is Appended.Conflict)
        {
            CountedConflicts.Add(1);
            return outcome;
        }

        CountedAppends.Add(1);
        CountedEvents.Add(events);
        return outcome;
    }

    internal static void Stopped(string projection) => CountedStops.Add(1, new KeyValuePair<string, object?>("projection", projection));
}
