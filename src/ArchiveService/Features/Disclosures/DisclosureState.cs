using System.Collections.Immutable;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Disclosures;

/// <summary>A request as its decisions see it.</summary>
public sealed record DisclosureState
{
    public const string StreamType = "disclosure_request";

    public static DisclosureState None { get; } = new();

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public string Reference { get; init; } = "";

    public RequestChannel Channel { get; init; }

    public WantedForm Form { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }

    public bool Exists => Version > 0;

    public static DisclosureState From(IReadOnlyList<Recorded> history) =>
        history.Aggregate(None, (state, recorded) => state.After((DisclosureRequestEvent)recorded.Event, recorded) with { Version = recorded.Version });

    private DisclosureState After(DisclosureRequestEvent happened, Recorded recorded) => happened switch
    {
        DisclosureRequested e => this with { Authority = e.Authority, Reference = e.Reference, Channel = e.Channel, Form = e.Form, ReceivedAt = e.ReceivedAt },
        _ => throw new System.Diagnostics.UnreachableException($"{recorded.Name}"),
    };
}
