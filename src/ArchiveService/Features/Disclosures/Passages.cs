using System.Globalization;

namespace ArchiveService.Features.Disclosures;

/// <summary>Something in a text that can be ticked to be hidden: a sentence, or a word.</summary>
/// <param name="Start">UTF-16 units from the beginning of the part.</param>
public sealed record Passage(int Start, string Text)
{
    public int End => Start + Text.Length;
}

/// <summary>A sentence with its words, numbered from 1.</summary>
public sealed record Sentence(int Number, Passage Whole, IReadOnlyList<Passage> Words);

/// <summary>Divides a text where a person would, so that masks can be ticked without counting letters.</summary>
public static class Passages
{
    public static IReadOnlyList<Sentence> Of(string text)
    {
        var sentences = new List<Sentence>();
        var words = new List<Passage>();
        void Close()
        {
            if (words.Count == 0) return;
            var start = words[0].Start;
            sentences.Add(new(sentences.Count + 1, new(start, text[start..words[^1].End]), words));
            words = [];
        }

        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                if (text[at] == '\n') Close();
                at++;
                continue;
            }

            var end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            words.Add(new(at, text[at..end]));
            at = end;
            if (words[^1].Text.TrimEnd('"', '”', '’', ')', ']') is [.., '.' or '!' or '?' or '…']) Close();
        }

        Close();
        return sentences;
    }

    /// <summary>Spans with nothing but white space between them are one: what is shown between masks would tell how many words there were.</summary>
    public static IReadOnlyList<MaskSpan> Joined(IEnumerable<MaskSpan> spans, OriginalDocument document)
    {
        var joined = new List<MaskSpan>();
        foreach (var span in spans.OrderBy(s => s.Event).ThenBy(s => s.Part, StringComparer.Ordinal).ThenBy(s => s.Start))
        {
            if (joined is [.., { Start: { } start, Length: { } length } last] && span is { Start: { } next, Length: { } more } && (last.Event, last.Part, last.Provision) == (span.Event, span.Part, span.Provision)
                && document.Versions.FirstOrDefault(v => v.EventId == span.Event)?.Parts.GetValueOrDefault(span.Part) is { } text
                && (next <= start + length || (next <= text.Length && string.IsNullOrWhiteSpace(text[(start + length)..next]))))
            {
                joined[^1] = last with { Length = Math.Max(start + length, next + more) - start };
                continue;
            }

            joined.Add(span);
        }

        return joined;
    }

    /// <summary>What a tick box sends: version, part, start and length.</summary>
    public static string Value(Guid version, string part, Passage passage) => string.Create(CultureInfo.InvariantCulture, $"{version:N}/{part}/{passage.Start}/{passage.Text.Length}");

    public static MaskSpan? Read(string value, string provision) =>
        value.Split('/') is [var version, var part, var start, var length] && Guid.TryParse(version, out var id)
        && int.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var many)
            ? new(id, part, from, many, provision) : null;
}
