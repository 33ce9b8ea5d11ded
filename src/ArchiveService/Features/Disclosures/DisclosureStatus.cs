using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Disclosures;

/// <summary>What somebody who has the reference is told: how far it has come, and nothing of what was asked.</summary>
public sealed record DisclosureStatus(string Reference, string Authority, DateTimeOffset ReceivedAt, string Stage, DateTimeOffset? AnsweredAt)
{
    public string InSwedish => Stage switch
    {
        "received" => "Begäran har kommit in och väntar på att behandlas.",
        "examined" => "Handlingarna prövas.",
        "given" => "Handlingarna är utlämnade.",
        "givenInPart" => "Handlingarna är utlämnade i del. Du har rätt att få ett skriftligt beslut om det som inte lämnades ut.",
        "nothingFound" => "Det du begärde finns inte hos myndigheten.",
        "declined" => "Handläggaren har svarat nej. Du kan begära att myndigheten prövar frågan och få ett skriftligt beslut, som går att överklaga (OSL 6 kap. 3 §).",
        "refused" => "Myndigheten har beslutat att inte lämna ut. Hur du överklagar står i beslutet.",
        _ => "Begäran är återkallad.",
    };
}

public sealed class DisclosureStatuses(Databases databases)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/public/requests/{code}.json", async (string code, HttpResponse response, DisclosureStatuses statuses, CancellationToken ct) =>
        {
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Robots-Tag"] = "noindex";
            return await statuses.Find(code, ct) is { } status
                ? (IResult)TypedResults.Ok(new { status.Reference, status.Authority, status.ReceivedAt, status.Stage, status.AnsweredAt, said = status.InSwedish })
                : Problems.Refused(Refusal.Unknown("request", "Det finns ingen begäran med den koden."));
        }).AllowAnonymous().WithName("get-public-request");

    /// <summary>By the code as people type it: any case, with or without dashes.</summary>
    public async Task<DisclosureStatus?> Find(string code, CancellationToken ct)
    {
        var letters = new string([.. code.Where(char.IsAsciiLetterOrDigit)]).ToUpperInvariant();
        if (letters.Length != 12) return null;
        var reference = $"{letters[..4]}-{letters[4..8]}-{letters[8..]}";
        await using var query = databases.Public.CreateCommand("select authority, received_at, answered_at, answer, closed_at, examined from archive.disclosure_status($1)");
        query.Parameters.Add(new() { Value = reference });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        return new(reference, row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.Text(3) ?? (row.GetBoolean(5) ? "examined" : "received"), row.GetFieldValue<DateTimeOffset?>(2));
    }
}
