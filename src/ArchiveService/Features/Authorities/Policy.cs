using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using ArchiveService.Http;

namespace ArchiveService.Features.Authorities;

/// <summary>A policy value with the requirement it comes from.</summary>
public sealed record PolicyValue(string Key, string Value, string Requirement, string? Note = null);

public sealed record PresetSource(string Document, string? DiaryNumber, string? Decided, bool Historic);

/// <summary>One of the guidelines as data.</summary>
public sealed record Preset(string Name, string Title, PresetSource Source, IReadOnlyDictionary<string, PolicyValue> Values)
{
    public static FrozenDictionary<string, Preset> All { get; } = Load();

    private static FrozenDictionary<string, Preset> Load()
    {
        var assembly = typeof(Preset).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith("presets/", StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var file = JsonSerializer.Deserialize<PresetFile>(stream, JsonSerializerOptions.Web)!;
            return new Preset(file.Preset, file.Title, file.Source, file.Values.ToFrozenDictionary(v => v.Key));
        }).ToFrozenDictionary(p => p.Name);
    }

    private sealed record PresetFile(string Preset, string Title, PresetSource Source, IReadOnlyList<PolicyValue> Values);
}

/// <summary>A version of an authority's policy: its preset's values with the authority's own choices above them, and the legal floor below.</summary>
public sealed record Policy(int Version, string PresetName, IReadOnlyDictionary<string, string> Values)
{
    public string this[string key] => Values.TryGetValue(key, out var value) ? value : Preset.All[PresetName].Values[key].Value;

    public int Days(string key) => int.Parse(this[key], CultureInfo.InvariantCulture);

    public string RegistrationDefault => this["registration.default"];

    public string RemovalRegister => this["removal.register"];

    public string CollectiveCase => this["removal.collectiveCase"];

    public string DeleteRequires => this["removal.deleteRequires"];

    public string DiaryTemplate => this["diary.template"];

    public string DefaultClass => this["diary.defaultClass"];

    public int CoolingOffDays => Days("disposal.coolingOffDays");

    public int FinalDays => Days("disposal.finalDays");

    /// <summary>The grounds this policy knows, with their thresholds (C9–C11).</summary>
    public IEnumerable<(string Ground, string Threshold)> Grounds =>
        Values.Keys.Concat(Preset.All[PresetName].Values.Keys).Where(k => k.StartsWith("ground.", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)
            .Select(k => (k["ground.".Length..], this[k])).Where(g => g.Item2 != "none");

    public bool KnowsGround(string ground) =>
        (Values.TryGetValue($"ground.{ground}", out var own) ? own : Preset.All[PresetName].Values.GetValueOrDefault($"ground.{ground}")?.Value) is { } threshold && threshold != "none";
}

/// <summary>What may be chosen, and what no policy can weaken.</summary>
public static class PolicyKeys
{
    /// <summary>Allowed values per key; null means free text or a number checked by its own rule.</summary>
    private static readonly FrozenDictionary<string, string[]?> Allowed = new Dictionary<string, string[]?>
    {
        ["registration.default"] = ["not-unless-case", "register", "register-or-keep-ordered", "keep-ordered"],
        ["ringa.keepOrdered"] = ["true", "false"],
        ["dm.directionNote"] = null,
        ["removal.register"] = ["always", "when-preserved", "secrecy", "none"],
        ["removal.collectiveCase"] = ["ongoing", "per-year", "none"],
        ["removal.deleteRequires"] = ["decision", "decision-and-registration"],
        ["removal.paperCopy"] = ["true", "false", "when-preserved", "secrecy"],
        ["sla.reply"] = null,
        ["sla.moderate"] = null,
        ["diary.template"] = null,
        ["diary.defaultClass"] = null,
        ["diary.mode"] = ["own", "external", "both"],
        ["disposal.decidingBody"] = null,
        ["disposal.coolingOffDays"] = null,
        ["disposal.finalDays"] = null,
        ["raw.retentionDays"] = null,
    }.ToFrozenDictionary();

    private static readonly string[] Thresholds = ["any", "gross", "unlawful", "soft", "human-choice", "none"];

    public static FrozenDictionary<string, string> Grounds { get; } = new Dictionary<string, string>
    {
        ["DEFAMATION"] = "förtal",
        ["PERSONAL_ATTACK"] = "personangrepp",
        ["INSULT"] = "förolämpning",
        ["HATE_SPEECH"] = "hets mot folkgrupp",
        ["HARASSMENT"] = "trakasserier, sexistiskt, rasistiskt eller homofobt",
        ["VIOLENCE"] = "våldsskildring",
        ["PORNOGRAPHY"] = "pornografi",
        ["CHILD_ABUSE_MATERIAL"] = "barnpornografibrott",
        ["INCITEMENT"] = "uppmaning till brott, uppvigling",
        ["COPYRIGHT"] = "upphovsrättsintrång",
        ["SECRECY"] = "sekretessbelagd uppgift",
        ["PROFANITY"] = "svordomar eller obscena ord",
        ["COMMERCIAL"] = "kommersiellt budskap, reklam",
        ["SPAM"] = "skräppost",
        ["PERSONAL_DATA_VIOLATION"] = "kränkande eller olaglig behandling av personuppgifter",
        ["INDIVIDUAL_CASE_HANDLING"] = "ärendehandläggning mot enskild",
        ["SLANDER_MISLEADING"] = "grovt vilseledande smutskastning",
        ["UNLAWFUL_THREAT"] = "olaga hot",
        ["INTEGRITY_INTRUSION"] = "olaga integritetsintrång",
        ["OTHER_UNLAWFUL"] = "annat som strider mot lag",
    }.ToFrozenDictionary();

    /// <summary>The legal floor: capture before removal (T-08), secret content always registered or routed (OSL 5:1), no gallring without a decision (AL 10 §).</summary>
    public static FrozenDictionary<string, string> Floor { get; } = new Dictionary<string, string>
    {
        ["removal.captureFirst"] = "Innehåll och avsändare sparas alltid innan något tas ned (TF 2 kap., T-08).",
        ["secrecy.register"] = "Handlingar med sekretessreglerade uppgifter registreras alltid (OSL 5 kap. 1 §).",
        ["disposal.requireDecision"] = "Allmänna handlingar gallras bara efter ett gallringsbeslut med gallringsfrist (arkivlagen 10 §).",
    }.ToFrozenDictionary();

    public static Refusal? Check(string key, string value)
    {
        if (Floor.TryGetValue(key, out var law))
            return value == "true" ? null : Refusal.Input("legal-floor", $"{key} kan inte ändras. {law}");
        if (key.StartsWith("ground.", StringComparison.Ordinal))
        {
            if (!Grounds.ContainsKey(key["ground.".Length..])) return Refusal.Input("policy-key-unknown", $"Grunden {key} finns inte. Möjliga: {string.Join(", ", Grounds.Keys.Order(StringComparer.Ordinal))}.");
            return Thresholds.Contains(value) ? null : Refusal.Input("policy-value-unknown", $"{key} kan inte vara {value}. Möjliga: {string.Join(", ", Thresholds)}.");
        }

        if (!Allowed.TryGetValue(key, out var values))
            return Refusal.Input("policy-key-unknown", $"Policynyckeln {key} finns inte. Möjliga: {string.Join(", ", Allowed.Keys.Order(StringComparer.Ordinal))}.");
        if (values is not null && !values.Contains(value))
            return Refusal.Input("policy-value-unknown", $"{key} kan inte vara {value}. Möjliga: {string.Join(", ", values)}.");
        if (key.EndsWith("Days", StringComparison.Ordinal) && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days > 36_500))
            return Refusal.Input("policy-value-unknown", $"{key} ska vara ett antal dagar, 0–36500.");
        return key == "diary.template" ? Cases.DiaryNumber.CheckTemplate(value) : null;
    }
}
