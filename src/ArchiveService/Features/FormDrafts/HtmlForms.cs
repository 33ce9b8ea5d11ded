using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ArchiveService.Features.FormDrafts;

/// <summary>What somebody typed into a form and sent.</summary>
/// <param name="Action">The path it was sent to.</param>
/// <param name="Query">The rest of the address, as <see cref="HtmlForms.Query"/> writes it: the handler, and what the form is about where the address says it; null for none.</param>
/// <param name="Fields">In the order they were sent.</param>
/// <param name="Files">The names of files that were chosen; a browser lets nobody choose them again on somebody's behalf.</param>
public sealed record SentForm(string Action, string? Query, IReadOnlyList<(string Name, string Value)> Fields, IReadOnlyList<string> Files);

/// <summary>
/// Puts what was typed back into the form of a page that this service has written, as the browser would have shown it: text, long text, choices and ticks. Passwords, files and
/// hidden fields are left as they are. The page is read as the plain HTML it is, whatever the page's model knows: no page has to remember to keep what was typed.
/// </summary>
public static class HtmlForms
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Hidden fields that say how things stood when the page was made.</summary>
    private static readonly HashSet<string> OfTheMoment = new(StringComparer.OrdinalIgnoreCase) { "__RequestVerificationToken", FormOwner.Field, "Version", "Seen", "Row" };

    private static readonly HashSet<string> Untouched = new(StringComparer.OrdinalIgnoreCase) { "password", "file", "hidden", "submit", "button", "image", "reset" };

    /// <summary>The names of fields whose content is a password.</summary>
    public static IReadOnlyList<string> Passwords(string html) => !html.Contains("type=\"password\"", StringComparison.OrdinalIgnoreCase) ? []
        : [.. Tags(html).Where(t => t is { Name: "input", Closing: false } && Is(t, "type", "password")).Select(t => t["name"]).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <param name="html">A page, or a part of one.</param>
    /// <param name="address">The path and query that a form without an address of its own is sent to.</param>
    /// <param name="sent">What was typed.</param>
    /// <returns>The page, and the fields there was no place for; null when the form is not on the page.</returns>
    public static (string Html, IReadOnlyList<(string Name, string Value)>? Left) Refill(string html, (string Path, string? Query) address, SentForm sent)
    {
        var tags = Tags(html);
        var forms = Forms(tags);
        var form = forms
            .Where(f => f.Posts && f.SentTo(address) is var to && Same(to.Path, sent.Action) && (to.Query ?? "") == (sent.Query ?? ""))
            .FirstOrDefault(f => HoldsTheSame(f, sent));
        if (form is null) return (html, null);

        var values = sent.Fields.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Key, g => g.Select(f => f.Value).ToList(), StringComparer.OrdinalIgnoreCase);
        var used = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var edits = new List<(int From, int To, string Text)>();
        var placed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var control in form.Controls)
        {
            if (control.Tag["name"] is not { Length: > 0 } name || control.Tag.Has("disabled")) continue;
            placed.Add(name);
            switch (control.Tag.Name)
            {
                case "textarea" when Next(name) is { } text:
                    edits.Add((control.Tag.End, control.Close, "\n" + Encoder.Encode(text)));
                    break;
                case "select" when values.TryGetValue(name, out var chosen):
                    foreach (var option in control.Options)
                    {
                        var value = option.Tag["value"] ?? WebUtility.HtmlDecode(html[option.Tag.End..option.Close]).Trim();
                        Mark(option.Tag, "selected", chosen.Contains(value, StringComparer.Ordinal));
                    }

                    break;
                case "input" when Is(control.Tag, "type", "checkbox") || Is(control.Tag, "type", "radio"):
                    Mark(control.Tag, "checked", values.TryGetValue(name, out var ticked) && ticked.Contains(control.Tag["value"] ?? "on", StringComparer.Ordinal));
                    break;
                case "input" when !Untouched.Contains(control.Tag["type"] ?? "text") && Next(name) is { } line && line != (control.Tag["value"] ?? ""):
                    edits.Add((control.Tag.Start, control.Tag.End, control.Tag.With("value", line)));
                    break;
            }
        }

        var written = new StringBuilder(html);
        foreach (var (from, to, text) in edits.OrderByDescending(e => e.From)) written.Remove(from, to - from).Insert(from, text);
        return (written.ToString(), [.. sent.Fields.Where(f => !placed.Contains(f.Name) && !OfTheMoment.Contains(f.Name) && f.Value.Trim().Length > 0)]);

        string? Next(string name)
        {
            if (!values.TryGetValue(name, out var given)) return null;
            var at = used.GetValueOrDefault(name);
            used[name] = at + 1;
            return at < given.Count ? given[at] : null;
        }

        void Mark(Tag tag, string attribute, bool on)
        {
            if (tag.Has(attribute) == on) return;
            edits.Add((tag.Start, tag.End, on ? tag.With(attribute, attribute) : tag.Without(attribute)));
        }
    }

    // Rows of one list have forms alike but for the row they are about: words meant for one row are never put into another's.
    private static bool HoldsTheSame(Form form, SentForm sent)
    {
        var hidden = form.Controls.Where(c => c.Tag.Name == "input" && Is(c.Tag, "type", "hidden") && c.Tag["name"] is { } name && !OfTheMoment.Contains(name)).ToList();
        // A tick box brings a hidden "false" with it, and is asked by the tick box.
        var ticks = form.Controls.Where(c => Is(c.Tag, "type", "checkbox")).Select(c => c.Tag["name"]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return hidden.Where(h => !ticks.Contains(h.Tag["name"])).All(h => sent.Fields.Any(f => Same(f.Name, h.Tag["name"]!) && f.Value == (h.Tag["value"] ?? "")));
    }

    private static bool Same(string one, string other) => string.Equals(one.TrimEnd('/'), other.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

    private static bool Is(Tag tag, string attribute, string value) => string.Equals(tag[attribute], value, StringComparison.OrdinalIgnoreCase);

    /// <summary>A query written so that two that say the same are the same.</summary>
    public static string? Query(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> query) =>
        string.Join('&', query.SelectMany(q => q.Value, (q, value) => $"{q.Key.ToLowerInvariant()}={value}").Where(q => !q.EndsWith('=')).Order(StringComparer.Ordinal)) is { Length: > 0 } written ? written : null;

    /// <summary>The path and the query of an address of ours.</summary>
    public static (string Path, string? Query) Parted(string address)
    {
        var hash = address.IndexOf('#', StringComparison.Ordinal);
        if (hash >= 0) address = address[..hash];
        var question = address.IndexOf('?', StringComparison.Ordinal);
        if (question < 0) return (Uri.UnescapeDataString(address), null);
        return (Uri.UnescapeDataString(address[..question]), Query(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address[question..])));
    }

    private sealed class Form(Tag tag)
    {
        public List<Control> Controls { get; } = [];

        public string? Id => tag["id"];

        public bool Posts => Is(tag, "method", "post");

        public (string Path, string? Query) SentTo((string Path, string? Query) address) =>
            tag["action"] is not { Length: > 0 } action ? address : action.StartsWith('?') ? (address.Path, Parted(action).Query) : Parted(action);
    }

    /// <param name="Close">Where the closing tag begins.</param>
    private sealed record Control(Tag Tag, int Close, IReadOnlyList<(Tag Tag, int Close)> Options);

    private static List<Form> Forms(List<Tag> tags)
    {
        var forms = new List<Form>();
        var named = new Dictionary<string, Form>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            if (tag is not { Name: "form", Closing: false }) continue;
            var form = new Form(tag);
            forms.Add(form);
            if (form.Id is { } id) named.TryAdd(id, form);
        }

        Form? within = null;
        var next = 0;
        for (var i = 0; i < tags.Count; i++)
        {
            var tag = tags[i];
            if (tag.Name == "form")
            {
                within = tag.Closing ? null : forms[next++];
                continue;
            }

            if (tag.Closing || tag.Name is not ("input" or "textarea" or "select")) continue;
            var owner = tag["form"] is { } of ? named.GetValueOrDefault(of) : within;
            if (owner is null) continue;
            var close = tag.End;
            var options = new List<(Tag, int)>();
            if (tag.Name != "input")
            {
                var end = tags.FindIndex(i + 1, t => t.Name == tag.Name && t.Closing);
                if (end < 0) continue;
                close = tags[end].Start;
                for (var o = i + 1; o < end; o++)
                {
                    if (tags[o] is { Name: "option", Closing: false } option) options.Add((option, tags[o + 1].Start));
                }
            }

            owner.Controls.Add(new(tag, close, options));
        }

        return forms;
    }

    private sealed record Tag(string Name, bool Closing, int Start, int End, IReadOnlyList<(string Name, string? Value)> Attributes, bool SelfClosed)
    {
        public string? this[string attribute]
        {
            get
            {
                foreach (var (name, value) in Attributes)
                {
                    if (string.Equals(name, attribute, StringComparison.OrdinalIgnoreCase)) return value ?? "";
                }

                return null;
            }
        }

        public bool Has(string attribute) => this[attribute] is not null;

        public string With(string attribute, string value) => Written([.. Attributes.Where(a => !string.Equals(a.Name, attribute, StringComparison.OrdinalIgnoreCase)), (attribute, value)]);

        public string Without(string attribute) => Written([.. Attributes.Where(a => !string.Equals(a.Name, attribute, StringComparison.OrdinalIgnoreCase))]);

        private string Written(IReadOnlyList<(string Name, string? Value)> attributes)
        {
            var text = new StringBuilder("<").Append(Name);
            foreach (var (name, value) in attributes)
            {
                text.Append(' ').Append(name);
                if (value is not null) text.Append("=\"").Append(Encoder.Encode(value)).Append('"');
            }

            return text.Append(SelfClosed ? " />" : ">").ToString();
        }
    }

    private static List<Tag> Tags(string html)
    {
        var tags = new List<Tag>();
        var at = 0;
        while ((at = html.IndexOf('<', at)) >= 0)
        {
            if (html.AsSpan(at).StartsWith("<!--"))
            {
                var end = html.IndexOf("-->", at + 4, StringComparison.Ordinal);
                if (end < 0) break;
                at = end + 3;
                continue;
            }

            if (ReadTag(html, at) is not { } tag)
            {
                at++;
                continue;
            }

            tags.Add(tag);
            at = tag.End;
            // Their content is text, whatever it looks like.
            if (!tag.Closing && !tag.SelfClosed && tag.Name is "textarea" or "script" or "style" or "title")
            {
                var end = html.IndexOf("</" + tag.Name, at, StringComparison.OrdinalIgnoreCase);
                if (end < 0) break;
                at = end;
            }
        }

        return tags;
    }

    private static Tag? ReadTag(string html, int start)
    {
        var at = start + 1;
        var closing = at < html.Length && html[at] == '/';
        if (closing) at++;
        var from = at;
        while (at < html.Length && (char.IsAsciiLetterOrDigit(html[at]) || html[at] == '-')) at++;
        if (at == from || !char.IsAsciiLetter(html[from])) return null;
        var name = html[from..at].ToLowerInvariant();
        var attributes = new List<(string, string?)>();
        var selfClosed = false;
        while (at < html.Length)
        {
            var letter = html[at];
            if (letter == '>') return new(name, closing, start, at + 1, attributes, selfClosed);
            if (letter == '/')
            {
                selfClosed = true;
                at++;
                continue;
            }

            if (char.IsWhiteSpace(letter))
            {
                at++;
                continue;
            }

            var begins = at;
            while (at < html.Length && !char.IsWhiteSpace(html[at]) && html[at] is not ('=' or '>' or '/')) at++;
            if (at == begins)
            {
                at++;
                continue;
            }

            var attribute = html[begins..at];
            while (at < html.Length && char.IsWhiteSpace(html[at])) at++;
            if (at >= html.Length || html[at] != '=')
            {
                attributes.Add((attribute, null));
                continue;
            }

            at++;
            while (at < html.Length && char.IsWhiteSpace(html[at])) at++;
            if (at >= html.Length) return null;
            if (html[at] is '"' or '\'')
            {
                var end = html.IndexOf(html[at], at + 1);
                if (end < 0) return null;
                attributes.Add((attribute, WebUtility.HtmlDecode(html[(at + 1)..end])));
                at = end + 1;
            }
            else
            {
                begins = at;
                while (at < html.Length && !char.IsWhiteSpace(html[at]) && html[at] != '>') at++;
                attributes.Add((attribute, WebUtility.HtmlDecode(html[begins..at])));
            }
        }

        return null;
    }
}
