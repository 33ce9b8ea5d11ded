using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Authorities;

/// <summary>The policy in force, each value with the requirement it comes from, or the authority's own choice.</summary>
public static class PolicyInForce
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/authorities/{code}/policy", async (string code, Caller caller, AuthorityRegister register, CancellationToken ct) =>
        {
            if (await register.Find(code, ct) is not { } authority) return (IResult)Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
            var preset = Preset.All[authority.Policy.PresetName];
            return TypedResults.Ok(new
            {
                authority.Code,
                authority.Name,
                version = authority.Policy.Version,
                preset = preset.Name,
                source = preset.Source,
                values = Values(authority.Policy),
                floor = PolicyKeys.Floor.Select(f => new { key = f.Key, value = "true", law = f.Value }),
            });
        })
        .WithName("policy-in-force");

    public static IEnumerable<PolicyValue> Values(Policy policy)
    {
        var preset = Preset.All[policy.PresetName].Values;
        return preset.Keys.Concat(policy.Values.Keys).Distinct().Order(StringComparer.Ordinal).Select(key =>
            policy.Values.TryGetValue(key, out var own) && (!preset.TryGetValue(key, out var given) || given.Value != own)
                ? new PolicyValue(key, own, preset.TryGetValue(key, out var replaced) ? $"eget val (förlagan: {replaced.Value}, {replaced.Requirement})" : "eget val")
                : preset[key]);
    }
}
