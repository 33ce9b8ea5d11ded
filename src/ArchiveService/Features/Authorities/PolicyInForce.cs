using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Authorities;

/// <summary>The policy in force, now or at an instant, each value with the requirement it comes from or as the authority's own choice; and all its versions.</summary>
public static class PolicyInForce
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/authorities/{code}/policy", async (string code, DateTimeOffset? at, Caller caller, AuthorityRegister register, PolicyVersions versions, CancellationToken ct) =>
        {
            if (await register.Find(code, ct) is not { } authority) return (IResult)Problems.Refused(Unknown(code));
            var history = await versions.Of(authority.Id, ct);
            return history.InForce(at ?? history.Now) is { } version
                ? TypedResults.Ok(Told(authority, history, version))
                : Problems.Refused(Refusal.Unknown("policy", $"{authority.Name} hade ingen policy då. Den första gäller från {PageParts.Swedish.DateAndClock(history.Versions[0].Since)}."));
        })
        .WithName("policy-in-force");

        routes.MapGet("/api/v1/authorities/{code}/policy/versions", async (string code, Caller caller, AuthorityRegister register, PolicyVersions versions, CancellationToken ct) =>
        {
            if (await register.Find(code, ct) is not { } authority) return (IResult)Problems.Refused(Unknown(code));
            var history = await versions.Of(authority.Id, ct);
            return TypedResults.Ok(new { authority.Code, authority.Name, items = history.Versions.OrderByDescending(v => v.Number).Select(v => Told(history, v)) });
        })
        .WithName("policy-versions");
    }

    private static Refusal Unknown(string code) => Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}.");

    private static object Told(Authority authority, PolicyHistory history, PolicyVersion version)
    {
        var preset = Preset.All[version.Policy.PresetName];
        return new
        {
            authority.Code,
            authority.Name,
            version = version.Number,
            preset = preset.Name,
            source = preset.Source,
            version.EffectiveFrom,
            inForceFrom = version.Since,
            standing = history.Standing(version),
            version.DecisionReference,
            version.DecidedAt,
            decidedBy = version.DecidedByName,
            values = version.Policy.Keys.Select(version.Policy.Of),
            contradictions = preset.Contradictions.Select(c => new { c.Key, c.Question, chosen = version.Policy[c.Key], @default = c.Chosen, c.Why, c.Readings }),
            references = preset.References,
            floor = Floor,
        };
    }

    private static object Told(PolicyHistory history, PolicyVersion version) => new
    {
        version = version.Number,
        preset = version.Policy.PresetName,
        standing = history.Standing(version),
        version.EffectiveFrom,
        inForceFrom = version.Since,
        version.DecisionReference,
        version.DecidedAt,
        decidedBy = version.DecidedByName,
        version.CarriedFrom,
        changes = history.Changes(version),
    };

    internal static IEnumerable<object> Floor => LegalFloor.Points.Select(p => new { p.Key, value = "true", p.Law, p.Paragraph, p.Why });
}
