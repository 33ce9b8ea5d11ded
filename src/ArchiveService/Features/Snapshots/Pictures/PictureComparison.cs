namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>What differs between two pictures of a page.</summary>
/// <param name="Added">Lines of text that the later one has and the earlier had not.</param>
/// <param name="Removed">Lines that the earlier one had.</param>
/// <param name="PictureShare">Share of the pixels that differ, from 0 to 1; null when one of the pictures cannot be read. Where one is higher, what it has more differs.</param>
public sealed record PictureComparison(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, double? PictureShare)
{
    /// <summary>The text of both line by line; empty where one of them has none.</summary>
    public IReadOnlyList<DiffLine> Text { get; init; } = [];

    /// <summary>The picture of each, where there is one.</summary>
    public Guid? EarlierPicture { get; init; }

    public Guid? LaterPicture { get; init; }

    /// <summary>Differences smaller than that are of the drawing, not of the page.</summary>
    private const int Threshold = 24;

    private const int MostLines = 500;

    /// <summary>Pure.</summary>
    public static PictureComparison Of(string? earlier, string? later, PngPixels? before, PngPixels? after)
    {
        var was = Counted(earlier ?? "");
        var now = Counted(later ?? "");
        return new([.. More(now, was).Take(MostLines)], [.. More(was, now).Take(MostLines)], before is null || after is null ? null : Share(before, after))
        {
            Text = earlier is null || later is null ? [] : TextDiff.Of(earlier, later),
        };
    }

    private static Dictionary<string, int> Counted(string text)
    {
        var counted = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) counted[line] = counted.GetValueOrDefault(line) + 1;
        return counted;
    }

    private static IEnumerable<string> More(Dictionary<string, int> these, Dictionary<string, int> those) =>
        these.SelectMany(line => Enumerable.Repeat(line.Key, Math.Max(0, line.Value - those.GetValueOrDefault(line.Key))));

    private static double Share(PngPixels before, PngPixels after)
    {
        var (width, height) = (Math.Max(before.Width, after.Width), Math.Max(before.Height, after.Height));
        var (common, low) = (Math.Min(before.Width, after.Width), Math.Min(before.Height, after.Height));
        var differs = ((long)width * height) - ((long)common * low);
        for (var y = 0; y < low; y++)
        {
            for (var x = 0; x < common; x++)
            {
                var one = before.Rgb.AsSpan(((y * before.Width) + x) * 3, 3);
                var two = after.Rgb.AsSpan(((y * after.Width) + x) * 3, 3);
                if (Math.Abs(one[0] - two[0]) > Threshold || Math.Abs(one[1] - two[1]) > Threshold || Math.Abs(one[2] - two[2]) > Threshold) differs++;
            }
        }

        return (double)differs / ((long)width * height);
    }
}
