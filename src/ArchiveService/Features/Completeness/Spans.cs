using System.Runtime.InteropServices;

namespace ArchiveService.Features.Completeness;

/// <summary>A stretch of time: from, and until but not including.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Span(DateTimeOffset From, DateTimeOffset To)
{
    public bool IsEmpty => From >= To;

    public TimeSpan Length => IsEmpty ? TimeSpan.Zero : To - From;

    public bool Meets(Span other) => From < other.To && other.From < To;

    public Span And(Span other) => new(From > other.From ? From : other.From, To < other.To ? To : other.To);
}

/// <summary>What is left of stretches of time when others are taken away.</summary>
public static class Spans
{
    public static IReadOnlyList<Span> Without(this IEnumerable<Span> spans, IEnumerable<Span> taken)
    {
        var left = spans.Where(span => !span.IsEmpty).ToList();
        foreach (var gone in taken.Where(span => !span.IsEmpty))
            left = [.. left.SelectMany(span => !span.Meets(gone) ? [span] : ((Span[])[new(span.From, gone.From), new(gone.To, span.To)]).Where(part => !part.IsEmpty))];
        return left;
    }

    public static IReadOnlyList<Span> Within(this IEnumerable<Span> spans, Span frame) => [.. spans.Select(span => span.And(frame)).Where(span => !span.IsEmpty)];

    public static TimeSpan Total(this IEnumerable<Span> spans) => spans.Aggregate(TimeSpan.Zero, (sum, span) => sum + span.Length);
}
