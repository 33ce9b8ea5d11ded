namespace ArchiveService.Features.Authorities;

/// <summary>A key in all guidelines, one cell each in their order.</summary>
public sealed record ComparedKey(PolicyKey Key, IReadOnlyList<ComparedCell> Cells)
{
    public int Different => Cells.Select(c => c.Value.Value).Distinct(StringComparer.Ordinal).Count();
}

/// <param name="Departs">Says something else than the commonest value does; where no value is commonest, all depart.</param>
public sealed record ComparedCell(Preset Preset, PolicyValue Value, bool Departs);

/// <summary>The presets as data, and side by side.</summary>
public static class PolicyPresets
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/policy-presets", () => TypedResults.Ok(new
        {
            presets = Preset.All.Values.OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => new { p.Name, p.Title, p.Source, values = PolicyKeys.All.Select(k => p.Values[k.Key]), p.Contradictions, p.References }),
            keys = PolicyKeys.All.Select(k => new { k.Key, k.Group, k.Title, values = k.Words, open = k.Words is null || k.Open, k.ForPeople }),
            floor = PolicyInForce.Floor,
        }))
        .WithName("policy-presets");

    public static IReadOnlyList<ComparedKey> Compare(IReadOnlyList<Preset> presets) =>
    [
        .. PolicyKeys.All.Select(key =>
        {
            var values = presets.Select(p => p.Values[key.Key]).ToList();
            var counts = values.CountBy(v => v.Value, StringComparer.Ordinal).OrderByDescending(c => c.Value).ToList();
            // A tie has no majority to depart from.
            var common = counts.Count > 1 && counts[0].Value == counts[1].Value ? null : counts[0].Key;
            return new ComparedKey(key, [.. presets.Zip(values, (preset, value) => new ComparedCell(preset, value, value.Value != common))]);
        }),
    ];
}
