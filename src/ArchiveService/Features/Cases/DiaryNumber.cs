using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Features.Diary;
using ArchiveService.Http;

namespace ArchiveService.Features.Cases;

/// <summary>What a diary number says by its template. Class and document are absent when they were not written.</summary>
public sealed record ReadNumber(long Number, int Year, string? ClassCode, int? Document);

/// <summary>Diary numbers by template (domain §2.8): <c>{organ}</c>, <c>{seq}</c>, <c>{seq:5}</c>, <c>{yyyy}</c>, <c>{class}</c>, <c>{class:3}</c>; everything else stands as written, dashes included.</summary>
public static partial class DiaryNumber
{
    [GeneratedRegex(@"\{(?<field>organ|seq|yyyy|class)(:(?<width>[1-9]))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Field { get; }

    public static string Format(string template, string organ, long number, int year, string classCode) => Field.Replace(template, match =>
    {
        var width = match.Groups["width"].Success ? int.Parse(match.Groups["width"].Value, CultureInfo.InvariantCulture) : 0;
        return match.Groups["field"].Value switch
        {
            "organ" => organ,
            "seq" => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'),
            "yyyy" => year.ToString("0000", CultureInfo.InvariantCulture),
            _ => classCode.PadLeft(width, '0'),
        };
    }).Trim();

    /// <summary>A number that no case got: what its class would have been nobody knows.</summary>
    public static string WithoutClass(string template, string organ, long number, int year) => Format(ClassField.Replace(template, ""), organ, number, year, "");

    [GeneratedRegex(@"\s*\{class(:[1-9])?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex ClassField { get; }

    /// <summary>
    /// Reads what somebody typed by the template of a series: any dash, space and case (<see cref="DiaryNumberKey"/>), leading zeros or none, with or without class code
    /// and with the document's number (handlingsnummer) after it or not. Null when it is no number of this series.
    /// </summary>
    public static ReadNumber? Read(string template, string organ, string typed)
    {
        var key = DiaryNumberKey.Of(typed);
        if (key.Length is 0 or > 120) return null;
        if (Regex.Match(key, Pattern(template, organ), RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) is not { Success: true } match) return null;
        return new(
            long.Parse(match.Groups["seq"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["yyyy"].Value, CultureInfo.InvariantCulture),
            match.Groups["class"] is { Success: true, Value: var code } ? code : null,
            match.Groups["document"] is { Success: true, Value: var document } ? int.Parse(document, CultureInfo.InvariantCulture) : null);
    }

    private static string Pattern(string template, string organ)
    {
        var pattern = new StringBuilder("^");
        var at = 0;
        foreach (Match field in Field.Matches(template))
        {
            var before = Literal(template[at..field.Index]);
            at = field.Index + field.Length;
            pattern.Append(field.Groups["field"].Value switch
            {
                "organ" => before + Literal(organ),
                "seq" => before + "0*(?<seq>[0-9]{1,15})",
                "yyyy" => before + "(?<yyyy>[0-9]{4})",
                _ => $"({before}(?<class>.+?))?",
            });
        }

        return pattern.Append(Literal(template[at..])).Append("(-(?<document>[0-9]{1,9}))?$").ToString();
    }

    /// <summary>As the fold leaves it: a space may be gone where it says nothing.</summary>
    private static string Literal(string written)
    {
        var pattern = new StringBuilder();
        foreach (var c in written) pattern.Append(char.IsWhiteSpace(c) ? " ?" : Regex.Escape(DiaryNumberKey.Of(c.ToString())));
        return pattern.ToString();
    }

    public static Refusal? CheckTemplate(string template)
    {
        if (template.Length > 100) return Refusal.Input("diary-template", "Mallen för diarienummer får vara högst 100 tecken.");
        if (!template.Contains("{yyyy}", StringComparison.Ordinal) || !template.Contains("{seq", StringComparison.Ordinal))
            return Refusal.Input("diary-template", "Mallen för diarienummer måste innehålla {yyyy} och {seq}, så att numret blir unikt per år. Exempel: {organ} {yyyy}/{seq}");
        var rest = Field.Replace(template, "");
        return rest.Contains('{', StringComparison.Ordinal) || rest.Contains('}', StringComparison.Ordinal)
            ? Refusal.Input("diary-template", "Mallen för diarienummer har ett okänt fält. Möjliga: {organ}, {seq}, {seq:5}, {yyyy}, {class}, {class:3}.")
            : null;
    }
}
