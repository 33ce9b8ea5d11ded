using System.Runtime.CompilerServices;
using ArchiveService.Capture;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>The account's statuses backwards from the newest, for comparing with the archive.</summary>
public sealed partial class MastodonPoller
{
    public async IAsyncEnumerable<PolledPage> List(PollOrder order, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        var asking = new Asking(order, clock);
        var mark = new MastodonMark(await AccountOf(asking, ct));
        string? before = null;
        while (true)
        {
            var page = await asking.Get($"/api/v1/accounts/{Uri.EscapeDataString(mark.Account!)}/statuses?limit={PageSize}" + (before is null ? "" : $"&max_id={before}"), ct);
            var statuses = MastodonAnswer.Glance(page.Body);
            if (statuses.Count == 0) yield break;
            mark = Own(mark, statuses);
            var around = new MastodonAround(OwnAccount: mark.Account, OwnPrefix: mark.Prefix);
            yield return await Page(asking, MastodonForms.Statuses, page, around, mark, statuses, ct) with { Mark = null };

            var oldest = statuses.MinBy(s => Order(s.Id))!.Id;
            if (before is not null && Order(oldest).CompareTo(Order(before)) >= 0) yield break;
            before = oldest;
            if (MastodonAnswer.Read(page.Body, around, order.Now).OfType<ReadAct.Accepted>().Select(a => a.Act.OccurredAt).Min() is { } at && at < since) yield break;
        }
    }
}
