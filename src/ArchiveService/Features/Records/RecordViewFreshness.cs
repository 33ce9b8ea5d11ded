using System.Globalization;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Records;

/// <summary><c>?after=&lt;sequence&gt;</c>: waits, bounded, until the views show one's own write.</summary>
public sealed class RecordViewFreshness(ProjectionHost projections)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(5);

    /// <returns>A refusal when the value is none, or the views have not come so far in time.</returns>
    public async Task<Refusal?> Reach(HttpRequest request, CancellationToken ct)
    {
        var after = request.Query["after"].ToString();
        if (after.Length == 0) return null;
        if (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return BadParameter.Of("after", "after ska vara ett löpnummer, som lastSequence i ett svar.");
        return await projections.Worker.WaitFor(RecordViewProjection.ProjectionName, sequence, AtMost, ct)
            ? null
            : new Refusal("view-behind", "Sökningen har inte hunnit visa det senaste än. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>A value in the address that cannot be used; the problem names the parameter.</summary>
public static class BadParameter
{
    public static Refusal Of(string parameter, string explanation) => Input.BadParameter(parameter, explanation);
}
