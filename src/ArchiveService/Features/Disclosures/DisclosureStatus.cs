using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Disclosures;

/// <summary>What somebody who has the reference is told: how far it has come, and nothing of what was asked.</summary>
public sealed record DisclosureStatus(string Reference, string Authority, DateTimeOffset ReceivedAt, string Stage, DateTimeOffset? AnsweredAt)
{
    /// <summary>How it stands against the demand to be quick; the reasons tell of secrecy and are the staff's.</summary>
    public required Pace Pace { get; init; }

    /// <summary>What the asker is waited for with: a clarification, or the fee; null when the authority has it.</summary>
    public PauseReason? WaitsFor { get; init; }

    public string InSwedish => WaitsFor is { } waits && AnsweredAt is null
        ? waits == PauseReason.Clarification ? "Myndigheten väntar på att du förtydligar vilka handlingar du menar. Du behöver inte säga vem du är." : "Myndigheten väntar på att du betalar avgiften för kopiorna."
        : Stage switch
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

public sealed class DisclosureStatuses(Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/public/requests/{code}.json", async (string code, HttpResponse response, DisclosureStatuses statuses, CancellationToken ct) =>
        {
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Robots-Tag"] = "noindex";
            return await statuses.Find(code, ct) is { } status
                ? (IResult)TypedResults.Ok(new { status.Reference, status.Authority, status.ReceivedAt, status.Stage, status.AnsweredAt, status.Pace.Due, late = status.Pace.Late, status.WaitsFor, said = status.InSwedish })
                : Problems.Refused(Refusal.Unknown("request", "Det finns ingen begäran med den koden."));
        }).AllowAnonymous().WithName("get-public-request");

    /// <summary>By the code as people type it: any case, with or without dashes.</summary>
    public async Task<DisclosureStatus?> Find(string code, CancellationToken ct)
    {
        var letters = new string([.. code.Where(char.IsAsciiLetterOrDigit)]).ToUpperInvariant();
        if (letters.Length != 12) return null;
        var reference = $"{letters[..4]}-{letters[4..8]}-{letters[8..]}";
        await using var query = databases.Public.CreateCommand("select authority_id, authority, received_at, answered_at, answer, examined, secrecy, pauses from archive.disclosure_status($1)");
        query.Parameters.Add(new() { Value = reference });
        Guid authority;
        string name, stage;
        ClockFacts facts;
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return null;
            (authority, name, stage) = (row.GetGuid(0), row.GetString(1), row.Text(4) ?? (row.GetBoolean(5) ? "examined" : "received"));
            facts = new(row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset?>(3), row.GetBoolean(6), PlainlyOpen: false, DisclosureRegister.Pauses(row.GetString(7)));
        }

        var pace = DisclosureClock.Of((await authorities.Find(authority, ct))!.Policy).At(facts, clock.GetUtcNow());
        return new(reference, name, facts.ReceivedAt, stage, facts.AnsweredAt) { Pace = pace, WaitsFor = facts.Pauses.FirstOrDefault(p => p.Until is null)?.Reason };
    }
}
