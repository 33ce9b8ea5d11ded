using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ArchiveService.Features.Search;

/// <summary>Where the next page begins: after the last row shown, by the order's own key and the record's id, so that what arrives meanwhile moves nothing.</summary>
public sealed record SearchCursor(SearchOrder Order, DateTimeOffset At, string Sender, Guid Id)
{
    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(int)Order}|{At.UtcTicks}|{Id:N}|{Sender}")));

    public static SearchCursor? Read(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|', 4);
            return parts.Length == 4 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var order) && Enum.IsDefined((SearchOrder)order)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
                && Guid.TryParseExact(parts[2], "N", out var id) && !parts[3].Contains('\0', StringComparison.Ordinal)
                ? new((SearchOrder)order, new(ticks, TimeSpan.Zero), parts[3], id)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
