using System.Net;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Channels;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>Whether a page has a channel of its own in the register: then its messages belong there, and not to a channel for Messenger.</summary>
public delegate Task<bool> PageIsRegistered(string account, CancellationToken ct);

/// <summary>Polls Facebook pages, Messenger and Instagram by the Graph API.</summary>
public sealed class MetaPoller(MetaGraphOptions options, PageIsRegistered isRegistered) : IPoller
{
    /// <summary>Paging cursors do not hold for ever.</summary>
    private static readonly TimeSpan CursorsHold = TimeSpan.FromHours(24);

    public IReadOnlyList<string> Platforms { get; } = ["facebook", "instagram", "messenger"];

    public async IAsyncEnumerable<PolledPage> Poll(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        var platform = order.Channel.Platform;
        if (platform == "messenger" && await isRegistered(order.Account, ct)) yield break;

        var client = new GraphClient(order.Http, order.Address, order.Token, options, order.Now);
        var mark = MetaMark.Read(order.Mark);
        if (mark.Begun is { } begun && order.Now - begun > CursorsHold) mark = new(mark.Done);
        PollProblem? withheld = null;
        foreach (var part in MetaPart.Of(platform, Uri.EscapeDataString(order.Account), options).OrderBy(part => part.Name == mark.Part ? 0 : 1))
        {
            var walk = new MetaWalk(client, part, mark, order, platform);
            while (true)
            {
                PolledPage? page;
                try
                {
                    page = await walk.Next(ct);
                }
                catch (PollProblem problem) when (problem.Code is "not-permitted" or "not-found")
                {
                    // A right that is missing for one part is told when the others have been read.
                    withheld ??= problem;
                    break;
                }

                if (page is null) break;
                yield return page;
            }

            mark = walk.Mark with { Part = null, Begun = null, Next = null, Todo = null };
        }

        if (withheld is not null) throw withheld;
    }

    /// <summary>
    /// Error 100 says the same of what is gone and of what may not be seen. It counts only where the platform says further that there is no such item (404, 803), or
    /// where the same token is shown another item of the same list: then it was no right that was missing.
    /// </summary>
    public async Task<ItemPresence> Look(PollOrder order, string nativeId, CancellationToken ct)
    {
        if (nativeId.Length is 0 or > 300 || nativeId.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or ':' or '='))) return ItemPresence.Unclear;
        var client = new GraphClient(order.Http, order.Address, order.Token, options, order.Now);
        var isMessage = nativeId.StartsWith("m_", StringComparison.Ordinal) || nativeId.StartsWith("mid.", StringComparison.Ordinal) || nativeId.StartsWith("aWdf", StringComparison.Ordinal);
        var answered = await client.Ask(Uri.EscapeDataString(nativeId.StartsWith("mid.", StringComparison.Ordinal) ? $"m_{nativeId}" : nativeId), "fields=id", ct);
        if (client.Refusal(answered) is not { } refused) return ItemPresence.Present;
        if (refused.Code == "not-permitted") return ItemPresence.Unclear;
        if (refused.Code != "not-found") throw refused;

        // Of older messages the platform says that they are deleted whatever they are.
        if (isMessage) return ItemPresence.Unclear;
        var saysGone = answered.Status == HttpStatusCode.NotFound || answered.Fault?.Code == 803;
        return await Beside(client, order, nativeId, ct) switch
        {
            Neighbours.Itself => ItemPresence.Unclear,
            Neighbours.Shown => ItemPresence.Gone,
            Neighbours.None when saysGone => ItemPresence.Gone,
            _ => ItemPresence.Unclear,
        };
    }

    private enum Neighbours
    {
        /// <summary>The account itself is shown, but nothing of the same sort.</summary>
        None,

        /// <summary>Another item of the same list is shown.</summary>
        Shown,

        /// <summary>The list still names the item.</summary>
        Itself,

        /// <summary>Nothing is shown.</summary>
        Hidden,
    }

    private static async Task<Neighbours> Beside(GraphClient client, PollOrder order, string nativeId, CancellationToken ct)
    {
        var account = Uri.EscapeDataString(order.Account);
        var (path, query) = order.Channel.Platform == "instagram" ? ($"{account}/media", "fields=id,comments.limit(5){id}&limit=10")
            : nativeId.StartsWith($"{order.Account}_", StringComparison.Ordinal) || !nativeId.Contains('_', StringComparison.Ordinal) ? ($"{account}/feed", "fields=id&limit=10")
            : ($"{account}_{nativeId.Split('_')[0]}/comments", "fields=id&filter=stream&limit=10");
        var list = await client.Ask(path, query, ct);
        if (client.Refusal(list) is null)
        {
            var ids = MetaGraphIds.Of(list.Body, order.Channel.Platform == "instagram");
            if (ids.Contains(nativeId)) return Neighbours.Itself;
            foreach (var other in ids.Take(1))
            {
                if (client.Refusal(await client.Ask(Uri.EscapeDataString(other), "fields=id", ct)) is null) return Neighbours.Shown;
            }
        }

        return client.Refusal(await client.Ask(account, "fields=id", ct)) is null ? Neighbours.None : Neighbours.Hidden;
    }

    internal static PageIsRegistered Registered(ChannelRegister channels, KeyedIds ids) => async (account, ct) => await channels.FindByRoute(ids.Route("facebook", account), ct) is not null;
}

/// <summary>Which items a list shows: of Instagram comments only, as seeing media proves no right to see comments.</summary>
internal static class MetaGraphIds
{
    public static IReadOnlyList<string> Of(byte[] body, bool commentsOnly) => commentsOnly
        ? [.. MetaGraph.Read(body, new("", "media")).OfType<Capture.ReadAct.Accepted>().Where(read => read.Act.Kind is Capture.ItemKind.Comment or Capture.ItemKind.Reply).Select(read => read.Act.NativeId)]
        : GraphAnswer.Of(body)?.Ids ?? [];
}
