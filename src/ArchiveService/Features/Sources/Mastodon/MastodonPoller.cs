using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>How far a Mastodon account has been read.</summary>
/// <param name="Account">The account's id at the server, looked up once from its name.</param>
/// <param name="Prefix">What the addresses of its own statuses begin with.</param>
/// <param name="Status">The newest status read; paging goes by ids, never by page numbers.</param>
/// <param name="Notification">The newest notification read.</param>
/// <param name="Conversation">The newest message of a conversation read.</param>
/// <param name="Edited">When statuses were edited whose versions have been read, by id.</param>
/// <param name="Replies">How many answers statuses had when their threads were read, by id.</param>
/// <param name="Recent">The ids of the newest statuses at the last poll, and of those that have been missing since.</param>
/// <param name="Missing">Of those, the ones that were not there at the last poll.</param>
public sealed record MastodonMark(
    string? Account = null, string? Prefix = null, string? Status = null, string? Notification = null, string? Conversation = null,
    IReadOnlyDictionary<string, string>? Edited = null, IReadOnlyDictionary<string, long>? Replies = null, IReadOnlyList<string>? Recent = null, IReadOnlyList<string>? Missing = null)
{
    private const int MostKept = 400;

    public static MastodonMark Read(string? mark)
    {
        try
        {
            return mark is null ? new() : JsonSerializer.Deserialize<MastodonMark>(mark, JsonSerializerOptions.Web) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public MastodonMark WithEdited(string id, string at) => this with { Edited = Kept(Edited, id, at) };

    public MastodonMark WithReplies(string id, long replies) => this with { Replies = Kept(Replies, id, replies) };

    private static Dictionary<string, T> Kept<T>(IReadOnlyDictionary<string, T>? before, string id, T value)
    {
        var all = new Dictionary<string, T>(before ?? new Dictionary<string, T>(), StringComparer.Ordinal) { [id] = value };
        while (all.Count > MostKept) all.Remove(all.Keys.MinBy(MastodonPoller.Order)!);
        return all;
    }
}

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
    private const int MostLooks = 10;

    /// <summary>So many questions are left for others who use the same token.</summary>
    private const int LeastRemaining = 5;

    /// <summary>A server says that it lives every fifteen seconds.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

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

        // Absent is not deleted: what is missing at two polls is asked for by itself, and only the server's own word that there is no such status counts.
        var (missingNow, looks) = (Absent(mark, latest), 0);
        var stillMissing = new List<string>();
        foreach (var id in missingNow)
        {
            if (mark.Missing?.Contains(id) != true || order.Token is null || looks++ >= MostLooks)
            {
                stillMissing.Add(id);
                continue;
            }

            var (isThere, gone) = await asking.Look(id, ct);
            if (gone is null && !isThere) stillMissing.Add(id);

            // What the archive knows as taken away is expected to be gone.
            if (gone is not null && await items.IsStanding(order.Channel.Id, Platform, id, ct) && await items.Find(order.Channel.Id, Platform, id, ct) is { } item)
                yield return new(MastodonForms.Absence, gone.Request, Kept(gone, new(item, id, OwnAccount: mark.Account, OwnPrefix: mark.Prefix)), gone.Body, null);
        }

        List<string> here = [.. latest.Select(s => s.Id), .. stillMissing];
        changed |= !here.SequenceEqual(mark.Recent ?? []) || !stillMissing.SequenceEqual(mark.Missing ?? []);
        mark = mark with { Recent = here, Missing = stillMissing };

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

    public async IAsyncEnumerable<PolledPage?> Listen(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        const string asked = "/api/v1/streaming/user";
        var mark = MastodonMark.Read(order.Mark);
        var account = mark.Account ?? await AccountOf(new(order, clock), ct);
        using var request = Request(order, asked);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await order.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!answer.IsSuccessStatusCode) throw Problem(answer.StatusCode, null);
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        yield return null;
        await foreach (var told in MastodonEvents.Read(new Patient(stream, LongestSilence), ct))
        {
            if (told.Name is null)
            {
                yield return null;
                continue;
            }

            var around = new MastodonAround(OwnAccount: account, OwnPrefix: mark.Prefix);
            if (told.Name == "delete")
            {
                // Of others' items the stream tells too: what is not known here is none of the channel's.
                if (await items.Find(order.Channel.Id, Platform, told.Data.Trim(), ct) is not { } item) continue;
                around = around with { Item = item };
            }
            else
            {
                var statuses = MastodonAnswer.Glance(System.Text.Encoding.UTF8.GetBytes(told.Data));
                if (told.Name is "update" or "status.update")
                {
                    // The user's stream is their whole home page: the account's own, what answers it, and what is known already.
                    if (statuses is not [var one]) continue;
                    if (one.Account != account && one.ParentAccount != account && await items.Find(order.Channel.Id, Platform, one.Id, ct) is null) continue;
                }
                else if (told.Name is not ("notification" or "conversation"))
                {
                    continue;
                }

                await items.Remember(order.Channel.Id, Platform, "uri", [.. statuses.Select(s => (s.Id, s.Uri))], ct);
            }

            yield return new(MastodonForms.Event, asked, MastodonForms.Headers(around), told.Raw.ToArray(), null);
        }
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

    /// <summary>What stood among the newest and does not any more, though older ones do.</summary>
    private static IReadOnlyList<string> Absent(MastodonMark mark, IReadOnlyList<MastodonGlance> latest)
    {
        var here = latest.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var oldest = latest.Count < PageSize ? "0" : latest.MinBy(s => Order(s.Id))!.Id;
        return [.. (mark.Recent ?? []).Distinct(StringComparer.Ordinal).Where(id => !here.Contains(id) && Order(id).CompareTo(Order(oldest)) > 0)];
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

    private static HttpRequestMessage Request(PollOrder order, string asked)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(order.Address.AbsoluteUri.TrimEnd('/') + asked));
        if (order.Token is { } token) request.Headers.Authorization = new("Bearer", token);
        return request;
    }

    private static DateTimeOffset? Reset(Dictionary<string, string> headers) =>
        headers.TryGetValue("X-RateLimit-Reset", out var written) && DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var reset) ? reset : null;

    private static PollProblem Problem(HttpStatusCode status, DateTimeOffset? reset) => status switch
    {
        HttpStatusCode.Unauthorized => new("token-dead", "The server no longer takes the token."),
        HttpStatusCode.Forbidden => new("not-permitted", "The token does not reach so far."),
        HttpStatusCode.UnprocessableEntity => new("not-permitted", "The server will not answer that."),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new("not-found", "The server knows of no such thing, or does not show it."),
        HttpStatusCode.TooManyRequests => new("throttled", "Too many questions for now.", reset),
        >= HttpStatusCode.InternalServerError => new("unreachable", $"The server answers {(int)status}."),
        _ => new("unreadable", $"The server answers {(int)status}."),
    };

    /// <summary>One poll's questions: when the server says that there are few left, the next one is not asked.</summary>
    private sealed class Asking(PollOrder order, TimeProvider clock)
    {
        private DateTimeOffset? pausedUntil;

        public PollOrder Order => order;

        /// <summary>Whether a status stands; the server's word that there is none, to a token that it still takes; neither: proof of nothing.</summary>
        public async Task<(bool IsThere, Answer? Gone)> Look(string id, CancellationToken ct)
        {
            try
            {
                var answer = await Ask($"/api/v1/statuses/{Uri.EscapeDataString(id)}", ct);
                if (answer.Status != HttpStatusCode.NotFound) return (true, null);
                if (order.Token is null) return (false, null);
                await Get("/api/v1/accounts/verify_credentials", ct);
                return (false, answer);
            }
            catch (PollProblem told) when (told.Code is "not-permitted" or "not-found" or "unreadable")
            {
                return (false, null);
            }
        }

        public async Task<Answer> Get(string asked, CancellationToken ct) =>
            await Ask(asked, ct) is { Status: not HttpStatusCode.NotFound } answer ? answer : throw Problem(HttpStatusCode.NotFound, null);

        /// <summary>An answer, or the server's word that there is no such thing.</summary>
        private async Task<Answer> Ask(string asked, CancellationToken ct)
        {
            if (pausedUntil is { } until && until > clock.GetUtcNow()) throw new PollProblem("throttled", "Few questions are left for now.", until);
            using var request = Request(order, asked);
            using var answer = await order.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var name in (string[])["Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"])
            {
                if (answer.Headers.TryGetValues(name, out var values)) headers[name] = string.Join(", ", values);
            }

            var reset = Reset(headers);
            if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.NotFound) throw Problem(answer.StatusCode, reset);
            var body = await answer.Content.ReadAsByteArrayAsync(ct);
            if (answer.StatusCode == HttpStatusCode.NotFound) return new(asked, headers, body, answer.StatusCode);
            try
            {
                using var json = JsonDocument.Parse(body);
            }
            catch (JsonException)
            {
                throw new PollProblem("unreadable", "The answer is not JSON: the address may not be that of a Mastodon server.");
            }

            if (headers.TryGetValue("X-RateLimit-Remaining", out var left) && int.TryParse(left, CultureInfo.InvariantCulture, out var remaining) && remaining < LeastRemaining) pausedUntil = reset;
            return new(asked, headers, body, answer.StatusCode);
        }

        /// <summary>Null when there is no such thing (any more), or the token does not reach so far: what it does reach is asked for all the same.</summary>
        public async Task<Answer?> Found(string asked, CancellationToken ct)
        {
            try
            {
                return await Get(asked, ct);
            }
            catch (PollProblem told) when (told.Code is "not-found" or "not-permitted")
            {
                return null;
            }
        }
    }

    /// <summary>A stream that fails when nothing comes for too long: a connection that is gone does not always say so.</summary>
    private sealed class Patient(Stream inner, TimeSpan longest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(longest);
            return await inner.ReadAsync(buffer, limit.Token);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed record Answer(string Request, IReadOnlyDictionary<string, string> Headers, byte[] Body, HttpStatusCode Status);

    /// <summary>The value of a query member in the address that a Link header gives under a name; the address itself is never followed.</summary>
    private static string? Paged(Answer answer, string rel, string member)
    {
        if (!answer.Headers.TryGetValue("Link", out var links)) return null;
        foreach (var link in links.Split(','))
        {
            if (!link.Contains($"rel=\"{rel}\"", StringComparison.Ordinal)) continue;
            var (from, to) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
            if (from < 0 || to <= from || !Uri.TryCreate(link[(from + 1)..to], UriKind.Absolute, out var address)) continue;
            if (Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query).TryGetValue(member, out var value) && value.ToString() is { Length: > 0 and < 40 } id && id.All(char.IsAsciiDigit)) return id;
        }

        return null;
    }
}
