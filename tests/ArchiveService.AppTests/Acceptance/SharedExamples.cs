using System.Text.Json;

namespace ArchiveService.AppTests.Acceptance;

/// <summary>shared/data/examples.json, its single values read as sets (readings.json).</summary>
internal static class SharedExamples
{
    private static readonly Dictionary<string, string[]> Codes = new(StringComparer.Ordinal)
    {
        // H, N, T and V put different degrees on the three that the code book has as one.
        ["DEFAMATION_ATTACK"] = ["DEFAMATION", "PERSONAL_ATTACK", "INSULT"],
        ["HARASSMENT_SEXIST_RACIST_HOMOPHOBIC"] = ["HARASSMENT"],
        ["VIOLENCE_OR_PORNOGRAPHY"] = ["VIOLENCE", "PORNOGRAPHY"],
        ["MISSING_CONSENT"] = ["PERSONAL_DATA_VIOLATION"],
    };

    public static IReadOnlyList<(AcceptanceItem Item, Allowed Allowed)> Under(string preset)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(SharedData.PathOf("examples.json")));
        return [.. file.RootElement.GetProperty("items").EnumerateArray().Select(e => (Item(e), Read(e, preset)))];
    }

    private static AcceptanceItem Item(JsonElement e) => new(
        e.GetProperty("id").GetString()!, e.GetProperty("kind").GetString()!, e.GetProperty("author").GetProperty("role").GetString() == "official", e.GetProperty("author").GetProperty("displayName").GetString()!,
        e.TryGetProperty("revisions", out var revisions) ? [.. revisions.EnumerateArray().Select(r => r.GetProperty("text").GetString()!)] : [e.GetProperty("text").GetString()!],
        e.TryGetProperty("meta", out var meta) && meta.TryGetProperty("platformState", out var state) && state.GetString() == "DELETED_BY_AUTHOR", e.TryGetProperty("attachments", out _));

    private static Allowed Read(JsonElement e, string preset)
    {
        var id = e.GetProperty("id").GetString()!;
        var expected = e.GetProperty("expected");
        var over = expected.TryGetProperty("policyOverrides", out var overrides) && overrides.TryGetProperty(preset, out var own) ? own : default;
        var removal = expected.GetProperty("removal");
        var overRemoval = over.ValueKind == JsonValueKind.Object && over.TryGetProperty("removal", out var changed) ? changed : default;
        var secret = expected.GetProperty("secrecy");
        var secrecy = !secret.GetProperty("suspected").GetBoolean() ? SecrecyOf.None : secret.GetProperty("markAs").GetString() == "ASSESS" ? SecrecyOf.Assess : SecrecyOf.Marked;

        var minor = expected.GetProperty("retentionClass").GetString() == "R0_RINGA";
        var registration = over.ValueKind == JsonValueKind.Object && over.TryGetProperty("registration", out var other) ? other.GetString()! : expected.GetProperty("registration").GetString()!;
        IReadOnlyList<string> ways = registration switch
        {
            "REGISTER_OR_SEARCHABLE_STORE" => ["REGISTER", "KEEP_ORDERED"],
            "ROUTE_TO_RECORD_FILE" => ["ROUTE", "REGISTER"],
            var one => [one],
        };

        var required = removal.GetProperty("required").GetBoolean();
        if (overRemoval.ValueKind == JsonValueKind.Object) required = overRemoval.GetProperty("required").GetBoolean();
        var permitted = overRemoval.ValueKind == JsonValueKind.Object && overRemoval.TryGetProperty("permitted", out var may) && may.GetBoolean();
        var (down, grounds) = (required ? TakingDown.Required : permitted ? TakingDown.Permitted : TakingDown.None, Grounds(removal).Concat(Grounds(overRemoval)).Distinct().ToList());

        foreach (var reading in Reading.Of(id, preset))
        {
            ways = reading.Registration ?? ways;
            if (reading.TakingDown is { } word) down = Enum.Parse<TakingDown>(word);
            grounds = reading.Grounds?.ToList() ?? grounds;
            minor = reading.Minor ?? minor;
        }

        // What no ground of the guideline's own covers may still be against law, which all of them have.
        var known = grounds.Where(g => Allowed.Knows(preset, g)).ToList();
        if (down != TakingDown.None && known.Count == 0) known.Add("OTHER_UNLAWFUL");
        var detected = expected.GetProperty("personalData").GetProperty("detected").EnumerateArray().Select(d => d.GetString()!).ToList();
        return new(
            Allowed.Ways(preset, minor, secrecy, ways), down, known, [.. grounds.Where(g => !Allowed.Knows(preset, g))], secrecy,
            secrecy == SecrecyOf.Marked ? secret.GetProperty("provision").GetString() : null, minor,
            detected.Any(d => d.StartsWith("PERSONNUMMER", StringComparison.Ordinal) || d.StartsWith("SAMORDNINGSNUMMER", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Grounds(JsonElement removal) => removal.ValueKind == JsonValueKind.Object && removal.TryGetProperty("grounds", out var grounds)
        ? grounds.EnumerateArray().SelectMany(g => Codes.TryGetValue(g.GetString()!, out var codes) ? codes : [g.GetString()!])
        : [];
}
