using System.Text.RegularExpressions;

namespace ArchiveService.Features.Records;

/// <summary>What makes an item unassessed until a person has looked at it: a personnummer or samordningsnummer with a right check digit.</summary>
public static partial class SecrecyHints
{
    /// <summary>Stands with the act whose content had the hint.</summary>
    public const string Flag = "secrecy-hint";

    [GeneratedRegex(@"(?<!\d)(?:\d{2})?(?<date>\d{6})[-+ ]?(?<last>\d{4})(?!\d)", RegexOptions.ExplicitCapture)]
    private static partial Regex Candidate { get; }

    public static bool Any(string? text)
    {
        if (string.IsNullOrEmpty(text)) return false;
        foreach (var match in Candidate.EnumerateMatches(text))
        {
            var digits = Candidate.Match(text, match.Index, match.Length);
            if (digits.Success && IsPersonalNumber(digits.Groups["date"].Value + digits.Groups["last"].Value)) return true;
        }

        return false;
    }

    /// <summary>Ten digits with the Luhn check digit; a samordningsnummer has 60 added to the day, and may have month or day unknown (00).</summary>
    private static bool IsPersonalNumber(string ten)
    {
        int month = Two(2), day = Two(4);
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

        int Two(int at) => ((ten[at] - '0') * 10) + ten[at + 1] - '0';
    }
}
