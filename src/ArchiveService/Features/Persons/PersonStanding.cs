using ArchiveService.EventStore;

namespace ArchiveService.Features.Persons;

/// <summary>A person and the last event of their stream.</summary>
public sealed record PersonStanding(Person Person, long LastSequence)
{
    /// <summary>Kept folded: every reading behind a wall is an event of the reader's stream (domain §4.3), so that it grows long.</summary>
    public static Snapshot<PersonStanding> Folded(Guid id) => new("person", 2, new(new(id), 0), (standing, recorded) =>
        new(standing.Person.After(recorded.Event), recorded.Sequence));
}
