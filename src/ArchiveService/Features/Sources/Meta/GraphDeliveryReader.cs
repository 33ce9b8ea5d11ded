using System.Globalization;
using ArchiveService.Capture;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>Reads a page that <see cref="MetaPoller"/> has fetched.</summary>
public sealed class GraphDeliveryReader(string platform) : IDeliveryReader
{
    public const string FormName = "graph-api";

    /// <summary>Kept among the headers: an answer does not say whose it is, and messages are told apart by it.</summary>
    public const string Account = "Archive-Account";

    public string Platform => platform;

    public string Form => FormName;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now)
    {
        // When the platform answered, not when its answer was read: a delivery may have waited.
        var answered = Header(context, "Date") is { } date && DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at <= now ? at : now;
        return MetaGraph.Read(body, GraphContext.OfRequest(context.Request, Header(context, Account), answered), now);
    }

    private static string? Header(DeliveryContext context, string name) =>
        context.Headers?.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
