using System.Globalization;
using System.Runtime.InteropServices;

namespace ArchiveService.Evidence;

/// <summary>Which tile of a tree, and how much of it (C2SP tlog-tiles).</summary>
/// <param name="Level">0 holds hashes of leaves; each hash of the level above is that of a full tile of the level below.</param>
/// <param name="Index">The tile's place in its level, from 0.</param>
/// <param name="Width">Hashes in it: 256, or fewer at the right edge.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TileAddress(int Level, long Index, int Width)
{
    /// <summary>Hashes in a full tile.</summary>
    public const int Full = 256;

    /// <summary>Levels of the tree that a tile spans.</summary>
    public const int Height = 8;

    /// <summary>Whether later leaves may still widen it.</summary>
    public bool IsPartial => Width < Full;

    /// <summary>The tile of a level that has an index, as wide as it is in a tree of a size; null when that tree has none.</summary>
    public static TileAddress? In(long size, int level, long index)
    {
        var hashes = level * Height >= 63 ? 0 : size >> (level * Height);
        var width = Math.Min(hashes - index * Full, Full);
        return width > 0 ? new(level, index, (int)width) : null;
    }

    /// <summary>All tiles that a tree of a size has and one of a smaller size has not, or has narrower.</summary>
    public static IEnumerable<TileAddress> Between(long oldSize, long size)
    {
        for (var level = 0; level * Height < 63 && size >> (level * Height) > 0; level++)
        {
            var before = oldSize >> (level * Height);
            var after = size >> (level * Height);
            if (before == after) continue;
            for (var index = before / Full; In(size, level, index) is { } tile; index++) yield return tile;
        }
    }

    /// <summary><c>0/x001/x234/067.p/8</c>: what follows <c>tile/</c> in an address.</summary>
    public override string ToString()
    {
        var index = Index.ToString("D3", CultureInfo.InvariantCulture);
        index = index.PadLeft((index.Length + 2) / 3 * 3, '0');
        var elements = Enumerable.Range(0, index.Length / 3).Select(i => string.Concat(i < index.Length / 3 - 1 ? "x" : "", index.AsSpan(i * 3, 3)));
        return string.Create(CultureInfo.InvariantCulture, $"{Level}/{string.Join('/', elements)}{(IsPartial ? $".p/{Width}" : "")}");
    }

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else: each tile has one address.</summary>
    public static bool TryParse(string path, out TileAddress tile)
    {
        tile = default;
        var (rest, width) = (path, Full);
        if (path.IndexOf(".p/", StringComparison.Ordinal) is >= 0 and var at)
        {
            if (!int.TryParse(path.AsSpan(at + 3), NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= Full) return false;
            rest = path[..at];
        }

        var elements = rest.Split('/');
        if (elements.Length is < 2 or > 8 || !int.TryParse(elements[0], NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level > 63) return false;
        long index = 0;
        for (var i = 1; i < elements.Length; i++)
        {
            var element = i < elements.Length - 1 ? elements[i].StartsWith('x') ? elements[i][1..] : "" : elements[i];
            if (element.Length != 3 || !int.TryParse(element, NumberStyles.None, CultureInfo.InvariantCulture, out var digits)) return false;
            index = index * 1000 + digits;
        }

        tile = new(level, index, width);
        return string.Equals(tile.ToString(), path, StringComparison.Ordinal);
    }
}
