using System.Text.RegularExpressions;

namespace ArchiveService.Features.Records;

/// <summary>
/// What makes an item unassessed until a person has looked at it: a personnummer or samordningsnummer with a right check digit, or words that say
/// that somebody's data are protected. <see cref="Hints"/> knows more; only these put an item behind the wall by themselves.
/// </summary>
public static partial class SecrecyHints
{
    /// <summary>Stands with the act whose content had the hint.</summary>
    public const string Flag = "secrecy-hint";

    // Only figures 0-9, and only the centuries people live in: what is longer is another number.
    [GeneratedRegex(@"(?<![0-9])(?<century>18|19|20)?(?<date>[0-9]{6})(?<sign>[-+–−‐‑ ])?(?<last>[0-9]{4})(?![0-9])", RegexOptions.ExplicitCapture)]
    private static partial Regex Candidate { get; }

    /// <summary>A personnummer or samordningsnummer stands in the text.</summary>
    public static bool Any(string? text) => !string.IsNullOrEmpty(text) && Numbers(text).Any();

    /// <summary>The text is not for everybody on the staff before somebody has assessed it.</summary>
    public static bool KeepBehindWall(string? text) => Any(text) || Hints.TellsOfProtectedIdentity(text);

    internal static IEnumerable<PersonalNumber> Numbers(string text)
    {
        foreach (Match found in Candidate.Matches(text))
        {
            var ten = found.Groups["date"].Value + found.Groups["last"].Value;
            if (IsPersonalNumber(ten)) yield return new(found.Index, found.Length, Two(ten, 4) >= 60, found.Groups["sign"].Value == "+");
        }
    }

    /// <summary>Ten digits with the Luhn check digit; a samordningsnummer has 60 added to the day, and may have month or day unknown (00).</summary>
    private static bool IsPersonalNumber(string ten)
    {
        int month = Two(ten, 2), day = Two(ten, 4);
        if (month > 12 || (day > 31 && day is < 60 or > 91)) return false;
        if ((month == 0 || day == 0) && day < 60) return false;
        var sum = 0;
        for (var i = 0; i < 10; i++)
        {
            var digit = ten[i] - '0';
            if (i % 2 == 0 && (digit *= 2) > 9) digit -= 9;
            sum += digit;
        }

        return sum % 10 == 0;
    }

    private static int Two(string ten, int at) => ((ten[at] - '0') * 10) + ten[at + 1] - '0';
}

/// <summary>Where a number stands in a text.</summary>
/// <param name="Coordination">A samordningsnummer: 60 is added to the day.</param>
/// <param name="AtLeastHundred">Written with +, as from the year one turns a hundred.</param>
internal readonly record struct PersonalNumber(int At, int Length, bool Coordination, bool AtLeastHundred);
