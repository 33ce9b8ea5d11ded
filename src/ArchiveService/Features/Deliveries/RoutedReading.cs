using ArchiveService.Capture;

namespace ArchiveService.Features.Deliveries;

/// <summary>What a webhook's delivery says about one account.</summary>
/// <param name="Accounts">What the account may be called in the register, the likeliest first; none when the delivery does not say.</param>
public sealed record RoutedActs(IReadOnlyList<string> Accounts, IReadOnlyList<ReadAct> Acts);

/// <summary>Reads a platform's webhook deliveries, which say themselves which account they are about. Nothing is thrown because of what the body says.</summary>
public interface IRoutedReader
{
    string Platform { get; }

    IReadOnlyList<RoutedActs> Read(ReadOnlyMemory<byte> body, DateTimeOffset now);
}
