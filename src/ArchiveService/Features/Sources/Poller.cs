using ArchiveService.Features.Channels;

namespace ArchiveService.Features.Sources;

/// <summary>
/// Asks one platform what a channel holds. It fetches and pages, and keeps nothing: every page is sealed as a delivery before the next one is asked for,
/// and a reader of the page's form says afterwards what stands in it.
/// </summary>
public interface IPoller
{
    /// <summary>The platforms of the channel register that it can ask.</summary>
    IReadOnlyList<string> Platforms { get; }

    /// <summary>The pages, in the order asked for. A poll that was broken off goes on from the <see cref="PolledPage.Mark"/> of the last page that was kept.</summary>
    /// <exception cref="PollProblem">The platform would not, or could not, answer.</exception>
    IAsyncEnumerable<PolledPage> Poll(PollOrder order, CancellationToken ct);

    /// <summary>Whether one item still stands, asked for by its own id: the second half of "absent is not deleted".</summary>
    /// <exception cref="PollProblem">The platform would not, or could not, answer.</exception>
    Task<ItemPresence> Look(PollOrder order, string nativeId, CancellationToken ct);
}

/// <param name="Address">Where the platform's API answers.</param>
/// <param name="Account">The platform's id of the channel's account.</param>
/// <param name="Token">The access token; it goes in a header, and never into <see cref="PolledPage.Request"/> or a body that is kept.</param>
/// <param name="Mark">Where the last poll ended; null for the first one.</param>
/// <param name="Http">Guarded against private addresses, with limits on time and size.</param>
public sealed record PollOrder(Channel Channel, Uri Address, string Account, string? Token, string? Mark, DateTimeOffset Now, HttpClient Http);

/// <param name="Form">Which reader reads the body, such as <c>mastodon-statuses</c>.</param>
/// <param name="Request">Path and query as asked, without any token.</param>
/// <param name="Headers">Those of the answer worth keeping, such as the usage and paging headers.</param>
/// <param name="Body">As it came, but for tokens in paging addresses.</param>
/// <param name="Mark">Where the next poll may begin once this page is kept; null: not yet.</param>
public sealed record PolledPage(string Form, string Request, IReadOnlyDictionary<string, string> Headers, byte[] Body, string? Mark);

public enum ItemPresence
{
    Present,

    /// <summary>The platform said that there is no such item.</summary>
    Gone,

    /// <summary>No permission, hidden, filtered or a fault: proof of nothing.</summary>
    Unclear,
}

/// <summary>Why a platform did not answer.</summary>
/// <param name="code"><c>token-dead</c>, <c>throttled</c>, <c>not-permitted</c>, <c>not-found</c>, <c>unreachable</c>, <c>unreadable</c>.</param>
/// <param name="detail">A sentence for whoever tends the channel; never content, never a token.</param>
/// <param name="notBefore">When it is worth asking again, where the platform said so.</param>
public sealed class PollProblem(string code, string detail, DateTimeOffset? notBefore = null) : Exception(detail)
{
    public string Code { get; } = code;

    public DateTimeOffset? NotBefore { get; } = notBefore;
}
