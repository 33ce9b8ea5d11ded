using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Http;

namespace ArchiveService.Features.Cases;

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

    /// <summary>What search compares: case folded, every dash (U+2010–2015, U+2212) a hyphen, no-break spaces plain, spaces single and none around dash or slash.</summary>
    public static string Fold(string written)
    {
        var folded = new StringBuilder(written.Length);
        foreach (var letter in written.Trim())
        {
            folded.Append(letter switch
            {
                >= '\u2010' and <= '\u2015' or '\u2212' or '\uFE58' or '\uFE63' or '\uFF0D' => '-',
                '\u00A0' or '\u202F' or '\u2007' or '\t' => ' ',
                _ => char.ToLower(letter, CultureInfo.InvariantCulture),
            });
        }

        return Spaces.Replace(folded.ToString(), match => match.Value.Contains('-', StringComparison.Ordinal) ? "-" : match.Value.Contains('/', StringComparison.Ordinal) ? "/" : " ");
    }

    [GeneratedRegex(" *[-/] *| +")]
    private static partial Regex Spaces { get; }
}
