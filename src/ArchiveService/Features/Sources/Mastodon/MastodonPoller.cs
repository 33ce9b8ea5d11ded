using System.Runtime.CompilerServices;
using System.Text.Json;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>
/// Asks a Mastodon server over its REST API: the account's own statuses, all versions of those that were edited, the answers under the recent ones, and, where the token lets it,
/// mentions, reactions and direct messages. Listens to the account's stream.
/// </summary>
public sealed partial class MastodonPoller(SourceItems items, TimeProvider clock) : IPoller, IStreamer, Completeness.ILister
{
    private const string Platform = "mastodon";
    private const int PageSize = 40;
    private const int MostVersions = 60;
    private const int MostThreads = 20;

    public IReadOnlyList<string> Platforms { get; } = [Platform];

    /// <summary>Snowflakes are numbers without leading zeros: the longer one is the greater.</summary>
    internal static (int, string) Order(string id) => (id.Length, id);

    public async IAsyncEnumerable<PolledPage> Poll(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        var asking = new Asking(order, clock);
        var mark = MastodonMark.Read(order.Mark);
        mark = mark with { Account = mark.Account ?? await AccountOf(asking, ct) };
        var account = Uri.EscapeDataString(mark.Account!);
        var versions = 0;
        var threads = new List<MastodonGlance>();

        // Forwards from the oldest, so that a poll that is broken off has left nothing out.
        while (true)
        {
            var since = mark.Status ?? "0";
            var page = await asking.Get($"/api/v1/accounts/{account}/statuses?limit={PageSize}&min_id={since}", ct);
            var statuses = MastodonAnswer.Glance(page.Body);
            if (statuses.Count == 0) break;
            mark = Own(mark, statuses);
            foreach (var edited in statuses.Where(s => IsNewlyEdited(mark, s)))
            {
                if (await History(asking, mark, edited, ct) is { } history) yield return history;
                mark = mark.WithEdited(edited.Id, edited.EditedAt!);
            }

            var newest = statuses.MaxBy(s => Order(s.Id))!.Id;
            var next = Paged(page, "prev", "min_id") is { } linked && Order(linked).CompareTo(Order(newest)) > 0 ? linked : newest;
            var isMore = Order(next).CompareTo(Order(since)) > 0;
            mark = mark with { Status = next };
            yield return await Page(asking, MastodonForms.Statuses, page, new(OwnAccount: mark.Account, OwnPrefix: mark.Prefix), mark, statuses, ct);
            if (!isMore) break;
        }

        // The recent ones once more: what was edited or answered since.
        var recent = await asking.Get($"/api/v1/accounts/{account}/statuses?limit={PageSize}", ct);
        var latest = MastodonAnswer.Glance(recent.Body);
        mark = Own(mark, latest);
        var changed = false;
        foreach (var edited in latest.Where(s => IsNewlyEdited(mark, s)))
        {
            if (versions++ >= MostVersions) break;
            if (await History(asking, mark, edited, ct) is { } history) yield return history;
            mark = mark.WithEdited(edited.Id, edited.EditedAt!);
            changed = true;
        }

        // What is no longer among them is not taken for deleted here: that is for the comparison, by two readings and the server's own word (Completeness).
        List<string> here = [.. latest.Select(s => s.Id)];
        changed |= !here.SequenceEqual(mark.Recent ?? []);
        mark = mark with { Recent = here };

        // The same statuses with other counts are no news.
        if (changed) yield return await Page(asking, MastodonForms.Statuses, recent, new(OwnAccount: mark.Account, OwnPrefix: mark.Prefix), mark, latest, ct);
        threads.AddRange(latest.Where(s => !s.IsShare && s.Replies > 0 && (mark.Replies?.GetValueOrDefault(s.Id) ?? 0) != s.Replies));

        if (order.Token is not null)
        {
            await foreach (var page in Notified(asking, mark, ct))
            {
                mark = MastodonMark.Read(page.Mark);
                yield return page;
            }

            while (await asking.Found($"/api/v1/conversations?limit={PageSize}&min_id={mark.Conversation ?? "0"}", ct) is { } page)
            {
                var last = MastodonAnswer.Glance(page.Body);
                if (last.Count == 0) break;
                threads.AddRange(last);
                var newest = last.MaxBy(s => Order(s.Id))!.Id;
                if (Order(newest).CompareTo(Order(mark.Conversation ?? "0")) <= 0) break;
                mark = mark with { Conversation = newest };
                yield return await Page(asking, MastodonForms.Conversations, page, new(OwnAccount: mark.Account, OwnPrefix: mark.Prefix), mark, last, ct);
            }
        }

        foreach (var status in threads.DistinctBy(s => s.Id).Take(MostThreads))
        {
            if (await asking.Found($"/api/v1/statuses/{Uri.EscapeDataString(status.Id)}/context", ct) is not { } page) continue;
            var thread = MastodonAnswer.Glance(page.Body);
            foreach (var edited in thread.Where(s => IsNewlyEdited(mark, s)))
            {
                if (versions++ >= MostVersions) break;
                if (await History(asking, mark, edited, ct) is { } history) yield return history;
                mark = mark.WithEdited(edited.Id, edited.EditedAt!);
            }

            mark = mark.WithReplies(status.Id, status.Replies);
            yield return await Page(asking, MastodonForms.Context, page, new(status.Uri, status.Id, OwnAccount: mark.Account, OwnPrefix: mark.Prefix), mark, thread, ct);
        }
    }

    /// <summary>404 means deleted or not visible: it is gone only when a token that works says so.</summary>
    public async Task<ItemPresence> Look(PollOrder order, string nativeId, CancellationToken ct)
    {
        var asking = new Asking(order, clock);
        if (await LocalId(asking, nativeId, ct) is not { } local) return ItemPresence.Unclear;
        var (isThere, gone) = await asking.Look(local, ct);
        return isThere ? ItemPresence.Present : gone is not null ? ItemPresence.Gone : ItemPresence.Unclear;
    }

    private async IAsyncEnumerable<PolledPage> Notified(Asking asking, MastodonMark mark, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await asking.Found($"/api/v1/notifications?limit={PageSize}&min_id={mark.Notification ?? "0"}", ct) is { } page)
        {
            var told = MastodonAnswer.Ids(page.Body);
            if (told.Count == 0) yield break;
            var newest = told.MaxBy(Order)!;
            if (Order(newest).CompareTo(Order(mark.Notification ?? "0")) <= 0) yield break;
            var statuses = MastodonAnswer.Glance(page.Body);
            foreach (var edited in statuses.Where(s => IsNewlyEdited(mark, s)).Take(MostThreads))
            {
                if (await History(asking, mark, edited, ct) is { } history) yield return history with { Mark = mark.Write() };
                mark = mark.WithEdited(edited.Id, edited.EditedAt!);
            }

            mark = mark with { Notification = newest };
            yield return await Page(asking, MastodonForms.Notifications, page, new(OwnAccount: mark.Account, OwnPrefix: mark.Prefix), mark, statuses, ct);
        }
    }

    private async Task<PolledPage> Page(Asking asking, string form, Answer answer, MastodonAround around, MastodonMark mark, IReadOnlyList<MastodonGlance> statuses, CancellationToken ct)
    {
        await items.Remember(asking.Order.Channel.Id, Platform, "uri", [.. statuses.Select(s => (s.Id, s.Uri))], ct);
        return new(form, answer.Request, Kept(answer, around), answer.Body, mark.Write());
    }

    /// <summary>Null when the status has gone since it was listed.</summary>
    private async Task<PolledPage?> History(Asking asking, MastodonMark mark, MastodonGlance status, CancellationToken ct)
    {
        if (await asking.Found($"/api/v1/statuses/{Uri.EscapeDataString(status.Id)}/history", ct) is not { } answer) return null;
        var parent = status.ParentId is { } id ? status.ParentAccount == mark.Account && mark.Prefix is { } prefix ? prefix + id : await items.Find(asking.Order.Channel.Id, Platform, id, ct) : null;
        var around = new MastodonAround(status.Uri, status.Id, status.Visibility, parent, status.ParentId is not null, status.IsPoll, mark.Account, mark.Prefix);
        return new(MastodonForms.History, answer.Request, Kept(answer, around), answer.Body, null);
    }

    private static bool IsNewlyEdited(MastodonMark mark, MastodonGlance status) => status is { EditedAt: { } at, IsShare: false } && mark.Edited?.GetValueOrDefault(status.Id) != at;

    private static MastodonMark Own(MastodonMark mark, IReadOnlyList<MastodonGlance> statuses) =>
        mark.Prefix is null && statuses.FirstOrDefault(s => s.Account == mark.Account && s.Uri.EndsWith("/" + s.Id, StringComparison.Ordinal)) is { } own ? mark with { Prefix = own.Uri[..^own.Id.Length] } : mark;

    private static Dictionary<string, string> Kept(Answer answer, MastodonAround around)
    {
        var kept = MastodonForms.Headers(around);
        foreach (var (name, value) in answer.Headers) kept[name] = value;
        return kept;
    }

    private async Task<string> AccountOf(Asking asking, CancellationToken ct)
    {
        if (asking.Order.Account.All(char.IsAsciiDigit)) return asking.Order.Account;
        var answer = await asking.Get($"/api/v1/accounts/lookup?acct={Uri.EscapeDataString(asking.Order.Account.TrimStart('@'))}", ct);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("id", out var id) && id.ToString() is { Length: > 0 } found
            ? found
            : throw new PollProblem("not-found", "The server knows no account of that name.");
    }

    private async Task<string?> LocalId(Asking asking, string nativeId, CancellationToken ct)
    {
        if (!Uri.TryCreate(nativeId, UriKind.Absolute, out var uri)) return null;
        var last = uri.Segments[^1].Trim('/');
        if (uri.Authority == asking.Order.Address.Authority && last.Length > 0 && last.All(char.IsAsciiDigit)) return last;
        if (asking.Order.Token is null) return null;
        var found = await asking.Get($"/api/v2/search?type=statuses&resolve=false&limit=1&q={Uri.EscapeDataString(nativeId)}", ct);
        return MastodonAnswer.Glance(found.Body).FirstOrDefault(s => s.Uri == nativeId)?.Id;
    }
}
