using Microsoft.AspNetCore.Http.Extensions;

namespace ArchiveService.Features.PageParts;

/// <summary>A link that looks like a button; <paramref name="Main"/> for the one main act of a view.</summary>
public sealed record LinkButton(string Text, string Href, bool Main = false, Icon? Icon = null);

/// <summary>Where the page stands; the last crumb is the page itself.</summary>
public sealed record Crumbs(IReadOnlyList<Crumb> Items) : Part
{
    /// <summary>Pairs of text and address; the last has no address.</summary>
    public static Crumbs To(string here, params (string Text, string Href)[] above) =>
        new([.. above.Select(up => new Crumb(up.Text, up.Href)), new Crumb(here, null)]);
}

public sealed record Crumb(string Text, string? Href);

/// <summary>Parts of a page, or views of the same thing; each is a link with an address.</summary>
public sealed record Tabs(string Label, IReadOnlyList<Tab> Items) : Part;

public sealed record Tab(string Text, string Href, long? Count = null, bool Current = false);

/// <summary>Keyset paging: earlier and later, never page numbers.</summary>
public sealed record Pager(string? PreviousHref, string? NextHref) : Part
{
    public string PreviousText { get; init; } = "Föregående";

    public string NextText { get; init; } = "Nästa";

    /// <summary>"Visar 26–50 av 128", "Visar 50 av minst 1 000".</summary>
    public string? Showing { get; init; }

    public string Label { get; init; } = "Bläddra";
}

/// <summary>What a list is narrowed to; each chip is the link that takes its filter away.</summary>
public sealed record FilterChips(IReadOnlyList<Chip> Chips, string ClearHref) : Part;

public sealed record Chip(string Name, string Value, string RemoveHref);

/// <summary>A message that stays on the page.</summary>
public sealed record Notice(Tone Tone, string Title, string? Text = null, LinkButton? Link = null) : Part
{
    public static Notice Done(string title, string? text = null, LinkButton? link = null) => new(Tone.Good, title, text, link);

    public static Notice Info(string title, string? text = null, LinkButton? link = null) => new(Tone.Plain, title, text, link);

    public static Notice Attention(string title, string? text = null, LinkButton? link = null) => new(Tone.Attention, title, text, link);

    public static Notice Refused(string title, string? text = null, LinkButton? link = null) => new(Tone.Bad, title, text, link);
}

/// <summary>Nothing here, and what to do about it.</summary>
public sealed record EmptyState(Icon Icon, string Title, string Text, IReadOnlyList<LinkButton>? Links = null) : Part;

/// <summary>Addresses of the same page with one thing changed, for chips, sorting and paging.</summary>
public static class QueryLinks
{
    /// <summary>This address with <paramref name="name"/> set; the names in <paramref name="drop"/> (a cursor, say) are left out.</summary>
    public static string With(this HttpRequest request, string name, string value, params string[] drop) =>
        Build(request, [name, .. drop], (name, value));

    /// <summary>This address without these names.</summary>
    public static string Without(this HttpRequest request, params string[] names) => Build(request, names, null);

    private static string Build(HttpRequest request, string[] leftOut, (string Name, string Value)? added)
    {
        var query = new QueryBuilder(request.Query
            .Where(pair => !leftOut.Contains(pair.Key, StringComparer.OrdinalIgnoreCase))
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value ?? ""))
            .Where(pair => pair.Value.Length > 0));
        if (added is var (name, value) && value.Length > 0)
        {
            query.Add(name, value);
        }

        return request.PathBase + request.Path + query.ToQueryString();
    }
}
