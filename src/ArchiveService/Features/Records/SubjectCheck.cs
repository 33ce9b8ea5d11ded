using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;

namespace ArchiveService.Features.Records;

public enum SubjectWarningKind
{
    /// <summary>Whoever wrote what is registered.</summary>
    Sender,

    /// <summary>Somebody who works here.</summary>
    Employee,

    /// <summary>Two words that look like the name of a person.</summary>
    Name,
    Personnummer,
    Samordningsnummer,
    Health,
}

/// <summary>Something in a subject that the diary should say otherwise. <paramref name="In"/> is the field: <c>subject</c>, <c>publicSubject</c> or <c>title</c>.</summary>
public sealed record SubjectWarning(SubjectWarningKind Kind, string In, string Found, int At)
{
    public string Title => Kind switch
    {
        SubjectWarningKind.Sender => "avsändarens namn",
        SubjectWarningKind.Employee => "namnet på någon som arbetar här",
        SubjectWarningKind.Name => "ser ut som ett personnamn",
        SubjectWarningKind.Personnummer => "ett personnummer",
        SubjectWarningKind.Samordningsnummer => "ett samordningsnummer",
        _ => "ett ord om hälsa eller sociala förhållanden",
    };

    public string InSwedish => In switch { SubjectCheck.InPublicSubject => "saken i det publika diariet", SubjectCheck.InTitle => "ärendemeningen", _ => "vad handlingen rör" };
}

/// <summary>
/// Whether what a registration says of the matter is neutral: it stands in diaries that many read (OSL 5:2, dataskyddslagen 3:10). Pure: words and
/// check digits. A warning and nothing more: whoever registers decides.
/// </summary>
public static partial class SubjectCheck
{
    public const string InSubject = "subject";

    public const string InPublicSubject = "publicSubject";

    public const string InTitle = "title";

    private static readonly SubjectWords Words = Load();

    private static readonly Regex HealthWords = new(
        $@"\b({string.Join('|', Words.Health.SelectMany(h => h.Words).Select(w => w.EndsWith('*') ? Regex.Escape(w[..^1]) + @"\w*" : Regex.Escape(w) + @"\b"))})",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    // Two words with a capital first, and what may stand between a first and a last name.
    [GeneratedRegex(@"(?<![\p{L}\p{N}])(?<first>\p{Lu}\p{Ll}+(-\p{Lu}\p{Ll}+)?)(\ (av|af|von|de|van|al|el))?\ (?<last>\p{Lu}\p{Ll}+(-\p{Lu}\p{Ll}+)?)(?!\p{L})", RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex TwoNames { get; }

    /// <param name="sender">Name and handle of whoever wrote it.</param>
    /// <param name="employees">Whole names of the staff.</param>
    /// <param name="known">Names that are no person's, as those of the authorities.</param>
    public static IReadOnlyList<SubjectWarning> In(string field, string? text, IReadOnlyCollection<string> sender, IReadOnlyCollection<string> employees, IReadOnlyCollection<string>? known = null)
    {
        if (string.IsNullOrWhiteSpace(text)) return [];
        var found = new List<SubjectWarning>();
        found.AddRange(SecrecyHints.Numbers(text).Select(n => new SubjectWarning(
            n.Coordination ? SubjectWarningKind.Samordningsnummer : SubjectWarningKind.Personnummer, field, text.Substring(n.At, n.Length), n.At)));
        foreach (var name in sender.Where(s => s.Trim().Length >= 3)) Named(SubjectWarningKind.Sender, name.Trim());
        foreach (var name in employees) Named(SubjectWarningKind.Employee, name);
        foreach (Match match in TwoNames.Matches(text))
        {
            var (first, last) = (match.Groups["first"].Value, match.Groups["last"].Value);
            if (Words.NotNames.First.Contains(first, StringComparer.Ordinal) || Words.NotNames.LastEnds.Any(e => last.EndsWith(e, StringComparison.OrdinalIgnoreCase))) continue;
            if (known?.Any(k => k.Contains(match.Value, StringComparison.OrdinalIgnoreCase)) == true) continue;
            Add(SubjectWarningKind.Name, match.Index, match.Length);
        }

        foreach (Match match in HealthWords.Matches(text)) Add(SubjectWarningKind.Health, match.Index, match.Length);
        return [.. found.OrderBy(w => w.At).ThenBy(w => w.Kind)];

        void Named(SubjectWarningKind kind, string name)
        {
            var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || (at > 0 && char.IsLetterOrDigit(text[at - 1])) || (at + name.Length < text.Length && char.IsLetterOrDigit(text[at + name.Length]))) return;
            Add(kind, at, name.Length);
        }

        // The same place is told once, by what is surest.
        void Add(SubjectWarningKind kind, int at, int length)
        {
            if (!found.Any(w => at < w.At + w.Found.Length && w.At < at + length)) found.Add(new(kind, field, text.Substring(at, length), at));
        }
    }

    /// <summary>What the policy says of warnings nobody has accepted; null lets it pass.</summary>
    public static Refusal? Refuse(IReadOnlyList<SubjectWarning> warnings, bool accepted, Policy policy) =>
        warnings.Count == 0 || accepted || policy["registration.subjectCheck"] != "demand" ? null : Asked(warnings);

    /// <summary>The question to whoever registers, with what was found.</summary>
    public static Refusal Asked(IReadOnlyList<SubjectWarning> warnings) => new(
        "subject-not-neutral", Said(warnings) + " Skriv om det, eller bekräfta att det ska stå så (acceptWarnings).", StatusCodes.Status422UnprocessableEntity,
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["warnings"] = Told(warnings) });

    public static string Said(IReadOnlyList<SubjectWarning> warnings) =>
        string.Join(" ", warnings.GroupBy(w => w.In).Select(g => $"{Swedish.Sentence(g.First().InSwedish)} innehåller {string.Join(", ", g.Select(w => $"”{w.Found}” ({w.Title})"))}."));

    public static IReadOnlyList<object> Told(IReadOnlyList<SubjectWarning> warnings) =>
        [.. warnings.Select(w => new { kind = RecordStates.Stored(w.Kind), @in = w.In, found = w.Found, at = w.At, title = w.Title })];

    private static SubjectWords Load()
    {
        using var stream = typeof(SubjectCheck).Assembly.GetManifestResourceStream("records/subject-words.json")!;
        return JsonSerializer.Deserialize<SubjectWords>(stream, JsonSerializerOptions.Web)!;
    }

    private sealed record SubjectWords(IReadOnlyList<SourcedWords> Health, NoNames NotNames);

    private sealed record SourcedWords(string Source, IReadOnlyList<string> Words);

    private sealed record NoNames(string Source, IReadOnlyList<string> First, IReadOnlyList<string> LastEnds);
}

/// <summary>The check with what this archive knows: who wrote the record, who works here, what the authorities are called.</summary>
public sealed class SubjectChecks(StaffNames staff, AuthorityRegister authorities, Sealing.SealedLog log)
{
    /// <param name="texts">Field and text.</param>
    public async Task<IReadOnlyList<SubjectWarning>> In(Guid record, Access.Caller caller, IEnumerable<(string Field, string? Text)> texts, CancellationToken ct)
    {
        List<(string Field, string? Text)> given = [.. texts.Where(t => !string.IsNullOrWhiteSpace(t.Text))];
        return given.Count == 0 ? [] : await In(await RecordGlance.Read(record, caller, log, ct), given, ct);
    }

    /// <summary>The same of a record that has been looked at already.</summary>
    public async Task<IReadOnlyList<SubjectWarning>> In(RecordGlance? glance, IEnumerable<(string Field, string? Text)> texts, CancellationToken ct)
    {
        List<(string Field, string? Text)> given = [.. texts.Where(t => !string.IsNullOrWhiteSpace(t.Text))];
        List<string> sender = [.. new[] { glance?.Author, glance?.Handle }.OfType<string>()];
        var employees = await staff.All(ct);
        var known = await authorities.Names(ct);
        return [.. given.SelectMany(t => SubjectCheck.In(t.Field, t.Text, sender, employees, known))];
    }
}
