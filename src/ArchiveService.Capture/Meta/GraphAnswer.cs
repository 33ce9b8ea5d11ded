using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>What one who pages has to know of an answer: which ids stand in it, and whether and where it goes on.</summary>
/// <param name="Ids">The ids of the elements; those without one are named by their address or time.</param>
/// <param name="Next">The query of the next page, without any token; null where the platform names none.</param>
/// <param name="Within">Lists within the elements that go on: the element, the name of the list and the query of its next page.</param>
/// <param name="Oldest">The earliest time of an element.</param>
/// <param name="Newest">The latest time of an element.</param>
public sealed record GraphAnswer(IReadOnlyList<string> Ids, string? Next, IReadOnlyList<(string Id, string List, string Next)> Within, DateTimeOffset? Oldest, DateTimeOffset? Newest)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    /// <summary>What may be taken over from an address of the platform: where to go on, never who asks and what for.</summary>
    private static readonly string[] Paging = ["after", "until", "since", "__paging_token", "offset", "pagination_token"];

    /// <summary>Null when it is no list.</summary>
    public static GraphAnswer? Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Options);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            var root = JsonFields.Of(json.RootElement);
            if (root.Find("data") is not { ValueKind: JsonValueKind.Array } data) return null;
            var elements = data.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object).Select(JsonFields.Of).ToList();
            var times = elements.Select(Time).OfType<DateTimeOffset>().ToList();
            return new(
                [.. elements.Select(one => one.Id("id") ?? one.Id("permalink_url") ?? one.Id("created_time") ?? "").Where(id => id.Length > 0)],
                NextOf(root),
                [.. elements.SelectMany(Lists)],
                times.Count > 0 ? times.Min() : null,
                times.Count > 0 ? times.Max() : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Id, string List, string Next)> Lists(JsonFields element)
    {
        if (element.Id("id") is not { } id) yield break;
        foreach (var name in new[] { "comments", "replies", "messages" })
        {
            var list = element.Object(name);
            if (NextOf(list) is { } next) yield return (id, name, next);
            foreach (var within in list.Many("data").Where(one => one.ValueKind == JsonValueKind.Object).SelectMany(one => Lists(JsonFields.Of(one)))) yield return within;
        }
    }

    /// <summary>Only an address says that there is more: the last page has cursors as well.</summary>
    private static string? NextOf(JsonFields list)
    {
        var paging = list.Object("paging");
        if (paging.Id("next") is not { } next) return null;
        if (paging.Object("cursors").Id("after") is { } after) return $"after={Uri.EscapeDataString(after)}";
        if (!Uri.TryCreate(next, UriKind.Absolute, out var address)) return null;
        var kept = address.Query.TrimStart('?').Split('&').Where(part => Paging.Contains(part.Split('=', 2)[0])).ToList();
        return kept.Count > 0 ? string.Join('&', kept) : null;
    }

    private static DateTimeOffset? Time(JsonFields element) =>
        (element.Id("created_time") ?? element.Id("timestamp") ?? element.Id("updated_time")) is { } written ? PlatformTime.Iso(written) : null;
}

/// <summary>The Graph API's own refusal.</summary>
/// <param name="Code">Its number; 0 where there was none.</param>
/// <param name="Subcode">Its further number.</param>
/// <param name="AsksForLess">The platform would have answered a smaller question.</param>
public sealed record GraphFault(int Code, int? Subcode, bool AsksForLess)
{
    /// <summary>Null where the body holds none.</summary>
    public static GraphFault? Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object || JsonFields.Of(json.RootElement).Find("error") is not { ValueKind: JsonValueKind.Object } found) return null;
            var error = JsonFields.Of(found);
            var code = Number(error.Id("code")) ?? 0;
            return new(code, Number(error.Id("error_subcode")), code is 1 && error.Id("message")?.Contains("reduce the amount", StringComparison.OrdinalIgnoreCase) == true);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Why it did not answer, in the words of a poll.</summary>
    public string Reason => Code switch
    {
        190 or 102 or 463 or 467 => "token-dead",
        4 or 17 or 32 or 341 or 368 or 613 or (>= 80000 and <= 80014) => "throttled",
        3 or 10 or (>= 200 and <= 299) => "not-permitted",
        100 or 803 => "not-found",
        _ => "unreadable",
    };

    private static int? Number(string? written) => int.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>How much of what Meta allows is used up, in per cent, and when it says that more is allowed again.</summary>
/// <param name="Percent">The highest of the figures.</param>
/// <param name="Wait">How long Meta says that it lasts.</param>
public sealed record GraphUsage(int Percent, TimeSpan? Wait)
{
    /// <summary>The headers that tell it.</summary>
    public static IReadOnlyList<string> Headers { get; } = ["X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage", "X-Ad-Account-Usage"];

    /// <summary>From the values of those headers; what cannot be read counts as nothing.</summary>
    public static GraphUsage Of(IEnumerable<string> values)
    {
        var usage = new GraphUsage(0, null);
        foreach (var value in values)
        {
            try
            {
                using var json = JsonDocument.Parse(value, new JsonDocumentOptions { MaxDepth = 8 });
                usage = usage.And(json.RootElement);
            }
            catch (JsonException)
            {
            }
        }

        return usage;
    }

    private GraphUsage And(JsonElement json)
    {
        var usage = this;
        switch (json.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var one in json.EnumerateArray()) usage = usage.And(one);
                return usage;
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    var name = JsonText.NameOf(member);
                    if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetDouble(out var number) && number is >= 0 and < 1_000_000)
                    {
                        if (name is "call_count" or "total_time" or "total_cputime" or "acc_id_util_pct") usage = usage with { Percent = Math.Max(usage.Percent, (int)number) };
                        else if (name == "estimated_time_to_regain_access" && number > 0) usage = usage with { Wait = TimeSpan.FromMinutes(Math.Max(number, usage.Wait?.TotalMinutes ?? 0)) };
                    }
                    else
                    {
                        usage = usage.And(member.Value);
                    }
                }

                return usage;
            default:
                return usage;
        }
    }
}
