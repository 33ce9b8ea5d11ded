using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ArchiveService.Features.Search;

/// <summary>Where the next page begins: after the last row shown, by the order's own key and the record's id, so that what arrives meanwhile moves nothing.</summary>
public sealed record SearchCursor(SearchOrder Order, DateTimeOffset At, string Sender, Guid Id)
{
    /// <summary>In order of relevance: how relevant the last row was, and the newest hit of the first page, so that the hits in question stay the same.</summary>
    public (float Rank, DateTimeOffset NewestAt, Guid NewestId)? Window
    {
        get
        {
            var parts = Sender.Split('/');
            return parts.Length == 3 && float.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var rank) && float.IsFinite(rank)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Guid.TryParseExact(parts[2], "N", out var id)
                ? (rank, new(ticks, TimeSpan.Zero), id)
                : null;
        }
    }

    public static SearchCursor OfRank(DateTimeOffset at, Guid id, float rank, DateTimeOffset newestAt, Guid newestId) =>
        new(SearchOrder.Relevance, at, string.Create(CultureInfo.InvariantCulture, $"{rank:R}/{newestAt.UtcTicks}/{newestId:N}"), id);

    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(int)Order}|{At.UtcTicks}|{Id:N}|{Sender}")));

    public static SearchCursor? Read(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|', 4);
            return parts.Length == 4 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var order) && Enum.IsDefined((SearchOrder)order)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
                && Guid.TryParseExact(parts[2], "N", out var id) && !parts[3].Contains('\0', StringComparison.Ordinal)
                && new SearchCursor((SearchOrder)order, new(ticks, TimeSpan.Zero), parts[3], id) is var cursor && (cursor.Order != SearchOrder.Relevance || cursor.Window is not null)
                ? cursor
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
