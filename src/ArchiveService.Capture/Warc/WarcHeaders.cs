using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ArchiveService.Capture.Warc;

/// <summary>The fields of a record's head, in order; names without regard to case.</summary>
public sealed class WarcHeaders
{
    private readonly List<KeyValuePair<string, string>> fields = [];

    /// <summary>All of them, as they stood, unfolded.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> All => fields;

    /// <summary>The first of that name.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (known, value) in fields)
            {
                if (known.Equals(name, StringComparison.OrdinalIgnoreCase)) return value;
            }

            return null;
        }
    }

    /// <summary>Adds one at the end.</summary>
    public WarcHeaders Add(string name, string value)
    {
        fields.Add(new(name, value));
        return this;
    }

    internal void Fold(string more)
    {
        var (name, value) = fields[^1];
        fields[^1] = new(name, value.Length == 0 ? more : more.Length == 0 ? value : $"{value} {more}");
    }

    /// <summary>A URI without the angle brackets that some writers put around it.</summary>
    public string? Uri(string name) => this[name] is { } value ? Bare(value) : null;

    internal static string Bare(string value) => value is ['<', .. var inner, '>'] ? inner : value;

    internal bool TryNumber(string name, out long number) => IsNumber(this[name], out number);

    internal static bool IsNumber([NotNullWhen(true)] string? value, out long number) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
