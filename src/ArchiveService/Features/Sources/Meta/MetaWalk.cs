using System.Globalization;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>Reads one part of a channel page by page. After every page the mark says what is left, so that a poll that breaks off always has come a bit further.</summary>
internal sealed class MetaWalk(GraphClient client, MetaPart part, MetaMark mark, PollOrder order, string platform)
{
    /// <summary>A page may be empty and still have a next one; a list of nothing but those never ends.</summary>
    private const int MostEmpty = 10;

    private readonly Dictionary<string, Seen> lists = new(StringComparer.Ordinal);
    private readonly DateTimeOffset begun = mark.Part == part.Name ? mark.Begun ?? order.Now : order.Now;
    private List<MetaTodo> todo = mark.Part == part.Name ? [.. mark.Todo ?? []] : [];
    private string? next = mark.Part == part.Name ? mark.Next : "";
    private int limit = part.Limit;
    private MetaMark current = mark;

    /// <summary>Where the poll stands after the last page.</summary>
    public MetaMark Mark => current;

    private DateTimeOffset? Since => part.Since is { } back && current.DoneAt(part.Name) is { } done ? done - back : null;

    /// <summary>The next page; null when the part has been read.</summary>
    public async Task<PolledPage?> Next(CancellationToken ct)
    {
        while (todo.Count > 0)
        {
            if (await Within(todo[0], ct) is { } page) return page;
        }

        if (next is null) return null;
        var query = $"fields={part.Fields(limit)}&limit={limit.ToString(CultureInfo.InvariantCulture)}{part.More}";
        if (part.Filters && Since is { } since) query += $"&since={since.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}";
        if (next.Length > 0) query += $"&{next}";
        var answered = await client.Ask(part.Path, query, ct);
        if (answered.Fault is { AsksForLess: true } && limit > 1)
        {
            limit /= 2;
            return await Next(ct);
        }

        if (client.Refusal(answered) is { } refused) throw refused;
        var answer = GraphAnswer.Of(answered.Body) ?? throw new PollProblem("unreadable", "Meta svarade något annat än en lista.");
        var isOld = !part.Filters && Since is { } from && answer.Newest < from;
        next = isOld ? null : GoesOn(part.Name, next, answer);
        todo.AddRange(answer.Within.Where(list => !isOld).Select(list => new MetaTodo(list.Id, list.List, list.Next)));
        return Kept(answered);
    }

    private async Task<PolledPage?> Within(MetaTodo list, CancellationToken ct)
    {
        var answered = await client.Ask($"{Uri.EscapeDataString(list.Id)}/{list.List}", $"{MetaPart.Within(list.List, platform, Math.Max(limit, 50))}&{list.Next}", ct);
        var refused = client.Refusal(answered);

        // It was there a moment ago and is not any more, or its rest is not for us: the others are read all the same.
        if (refused is { Code: "not-found" or "not-permitted" })
        {
            todo.RemoveAt(0);
            return null;
        }

        if (refused is not null) throw refused;
        var answer = GraphAnswer.Of(answered.Body) ?? throw new PollProblem("unreadable", "Meta svarade något annat än en lista.");
        var isOld = list.List == "messages" && Since is { } since && answer.Newest < since;
        var rest = isOld ? null : GoesOn($"{list.Id}/{list.List}", list.Next, answer);
        todo = [.. rest is null ? Array.Empty<MetaTodo>() : [list with { Next = rest }], .. answer.Within.Select(within => new MetaTodo(within.Id, within.List, within.Next)), .. todo.Skip(1)];
        return Kept(answered);
    }

    private PolledPage Kept(GraphAnswered answered)
    {
        current = next is null && todo.Count == 0 ? current.Finished(part.Name, begun) : current.Within(part.Name, begun, next, [.. todo]);
        var headers = new Dictionary<string, string>(answered.Headers, StringComparer.OrdinalIgnoreCase) { [GraphDeliveryReader.Account] = order.Account };
        return new(GraphDeliveryReader.FormName, answered.Request, headers, answered.Body, current.Write());
    }

    /// <summary>Where the list goes on; null where it does not, says that it does and repeats itself, or gives nothing but empty pages.</summary>
    private string? GoesOn(string list, string asked, GraphAnswer answer)
    {
        if (!lists.TryGetValue(list, out var seen)) lists[list] = seen = new();
        seen.Queries.Add(asked);
        var added = answer.Ids.Count(seen.Ids.Add);
        seen.Empty = answer.Ids.Count == 0 ? seen.Empty + 1 : 0;
        var repeats = answer.Ids.Count > 0 && added == 0;
        return answer.Next is { } further && !repeats && seen.Empty <= MostEmpty && !seen.Queries.Contains(further) ? further : null;
    }

    private sealed class Seen
    {
        public HashSet<string> Queries { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        public int Empty { get; set; }
    }
}
