using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>The account that an archive belongs to, from its <c>actor.json</c>.</summary>
/// <param name="ActorId">The account's address in the fediverse, its lasting id.</param>
/// <param name="Handle">In the form <c>@name@server</c>.</param>
/// <param name="DisplayName">The shown name.</param>
/// <param name="Url">The profile page.</param>
/// <param name="Followers">The address that stands for "my followers" among recipients.</param>
public sealed record MastodonAccount(string? ActorId, string? Handle, string? DisplayName, string? Url, string? Followers)
{
    internal static MastodonAccount Unknown { get; } = new(null, null, null, null, null);

    internal static MastodonAccount? Read(ReadOnlyMemory<byte> actorJson)
    {
        try
        {
            using var json = JsonDocument.Parse(actorJson, new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            var actor = JsonFields.Of(json.RootElement);
            var id = actor.Id("id");
            return id is null ? null : new MastodonAccount(id, HandleOf(actor.Id("preferredUsername"), id), actor.Id("name"), actor.Id("url"), actor.Id("followers"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal bool IsFollowers(string recipient) => recipient == Followers || recipient.EndsWith("/followers", StringComparison.Ordinal);

    private static string? HandleOf(string? name, string id) =>
        name is not null && Uri.TryCreate(id, UriKind.Absolute, out var address) ? $"@{name}@{address.Host}" : name;
}
