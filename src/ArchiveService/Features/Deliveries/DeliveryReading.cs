using ArchiveService.Capture;

namespace ArchiveService.Features.Deliveries;

/// <summary>What is known of a delivery beside its body; sealed with it.</summary>
/// <param name="Form">Which reader reads the body, such as <c>mastodon-statuses</c>; null for a platform's webhook.</param>
/// <param name="Request">Path and query as asked, without any token.</param>
/// <param name="Headers">Those worth keeping.</param>
public sealed record DeliveryContext(string? Form = null, string? Request = null, IReadOnlyDictionary<string, string>? Headers = null);

/// <summary>Reads one form of what a platform delivers about one channel. Nothing is thrown because of what the body says.</summary>
public interface IDeliveryReader
{
    string Platform { get; }

    string Form { get; }

    IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now);
}
