using System.Text.RegularExpressions;

namespace ArchiveService.Features.DataSubjects;

/// <summary>Masks other people than the one whose extract it is: a right to see what is kept about oneself shows nothing of anybody else (art. 15.4).</summary>
public sealed partial class OthersMasked
{
    public const string Mask = "[annan person]";

    private const int Shortest = 3;

    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> mine;
    private readonly Regex? names;

    /// <param name="own">Names and handles of the person and of the authority's own accounts.</param>
    /// <param name="others">Names and handles of everybody else who is in the same threads.</param>
    public OthersMasked(IEnumerable<string?> own, IEnumerable<string?> others)
    {
        mine = own.SelectMany(Words).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var theirs = others.SelectMany(Words).Where(w => !mine.Contains(w)).Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(w => w.Length).ToList();
        names = theirs.Count == 0 ? null : new Regex($@"(?<![\p{{L}}\p{{N}}_])(?:{string.Join('|', theirs.Select(Regex.Escape))})s?(?![\p{{L}}\p{{N}}_])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, AtMost);
    }

    [GeneratedRegex(@"@[\p{L}\p{N}_][\p{L}\p{N}_.\-]*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Handle { get; }

    [GeneratedRegex(@"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex PersonalNumber { get; }

    [GeneratedRegex(@"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Email { get; }

    public string? Apply(string? text)
    {
        if (text is null) return null;
        var said = Email.Replace(text, Mask);
        said = Handle.Replace(said, m => mine.Contains(m.Value[1..].TrimEnd('.')) ? m.Value : Mask);
        said = PersonalNumber.Replace(said, Mask);
        return names is null ? said : names.Replace(said, Mask);
    }

    /// <summary>The handle whole, and each word of a name.</summary>
    internal static IEnumerable<string> Words(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) yield break;
        var whole = name.Trim().TrimStart('@');
        if (whole.Length >= Shortest) yield return whole;
        foreach (var word in whole.Split([' ', ',', '\t', '\u00a0'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (word.Length >= Shortest && word.Length < whole.Length) yield return word;
        }
    }
}
