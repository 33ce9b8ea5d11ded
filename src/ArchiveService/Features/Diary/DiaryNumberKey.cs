using System.Text;

namespace ArchiveService.Features.Diary;

/// <summary>
/// A diary number as people type it, folded: any dash, any space, any case gives the same key. The same fold as <c>views.fold_number</c>.
/// Single spaces between figures stay, since what follows them is a class code: <c>KS 116/2020 956</c> becomes <c>ks116/2020 956</c>.
/// </summary>
public static class DiaryNumberKey
{
    public static string Of(string number)
    {
        var key = new StringBuilder(number.Length);
        var space = false;
        foreach (var c in number.ToLowerInvariant())
        {
            switch (c)
            {
                case '\u00AD' or '\u200B' or '\u200C' or '\u200D' or '\u2060' or '\uFEFF':
                    break;
                case '-' or (>= '\u2010' and <= '\u2015') or '\u2212' or '\uFE58' or '\uFE63' or '\uFF0D':
                    space = false;
                    key.Append('-');
                    break;
                case '/' or '\u2044' or '\u2215':
                    space = false;
                    key.Append('/');
                    break;
                case (>= '\t' and <= '\r') or ' ' or '\u0085' or '\u00A0' or '\u1680' or (>= '\u2000' and <= '\u200A') or '\u2028' or '\u2029' or '\u202F' or '\u205F' or '\u3000':
                    space = key.Length > 0 && key[^1] is not ('-' or '/');
                    break;
                default:
                    if (space && !(char.IsLetter(key[^1]) && char.IsAsciiDigit(c))) key.Append(' ');
                    space = false;
                    key.Append(c);
                    break;
            }
        }

        return key.ToString();
    }

    /// <summary>Whether what was typed may be a diary number at all: letters and figures, as all formats have.</summary>
    public static bool MayBe(string typed) =>
        typed.Length <= 100 && typed.Any(char.IsLetter) && typed.Any(char.IsAsciiDigit);
}
