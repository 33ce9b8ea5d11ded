using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>Who an item was for, from its recipients: what is for neither everybody nor the followers is a direct message.</summary>
internal static class MastodonAudience
{
    public static Audience Of(JsonFields item, MastodonAccount account)
    {
        var to = item.Many("to").Select(JsonFields.IdOf).OfType<string>().ToList();
        var cc = item.Many("cc").Select(JsonFields.IdOf).OfType<string>().ToList();
        if (to.Exists(IsEverybody)) return Audience.Public;
        if (cc.Exists(IsEverybody)) return Audience.Unlisted;
        return to.Concat(cc).Any(account.IsFollowers) ? Audience.Followers : Audience.Direct;
    }

    private static bool IsEverybody(string recipient) =>
        recipient is "https://www.w3.org/ns/activitystreams#Public" or "as:Public" or "Public";
}
