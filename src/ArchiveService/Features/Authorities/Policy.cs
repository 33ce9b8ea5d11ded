using System.Globalization;

namespace ArchiveService.Features.Authorities;

/// <summary>A version of an authority's policy: the values decided, above its preset's for keys that came later, and the legal floor below.</summary>
public sealed record Policy(int Version, string PresetName, IReadOnlyDictionary<string, string> Values)
{
    public string this[string key] => Values.TryGetValue(key, out var value) ? value : Preset.All[PresetName].Whole[key];

    public int Days(string key) => int.Parse(this[key], CultureInfo.InvariantCulture);

    public string RegistrationDefault => this["registration.default"];

    public string RemovalRegister => this["removal.register"];

    public string CollectiveCase => this["removal.collectiveCase"];

    public string DeleteRequires => this["removal.deleteRequires"];

    public string SecondPerson => this["removal.secondPerson"];

    public string Notice => this["removal.notice"];

    public string Blocking => this["blocking.allowed"];

    public string DiaryTemplate => this["diary.template"];

    public string DefaultClass => this["diary.defaultClass"];

    public int CoolingOffDays => Days("disposal.coolingOffDays");

    public int FinalDays => Days("disposal.finalDays");

    public int MinAdministrators => Days("channel.minAdministrators");

    public int ReviewDays => Days("channel.reviewDays");

    /// <summary>Every key, in order: those decided and those only the preset has.</summary>
    public IReadOnlyList<string> Keys => [.. Preset.All[PresetName].Whole.Keys.Union(Values.Keys).Order(StringComparer.Ordinal)];

    public Dictionary<string, string> Whole() => Keys.ToDictionary(key => key, key => this[key], StringComparer.Ordinal);

    /// <summary>The grounds this policy knows, with their thresholds (C9–C11).</summary>
    public IEnumerable<(string Ground, string Threshold)> Grounds =>
        Keys.Where(k => k.StartsWith("ground.", StringComparison.Ordinal)).Select(k => (k["ground.".Length..], this[k])).Where(g => g.Item2 != "none");

    /// <summary>What is said of taking down on this ground: must, law, may, human-choice, contact-sender or inferred.</summary>
    public string DutyOf(string ground) => this[$"duty.{ground}"];

    public string ThresholdOf(string ground) => this[$"ground.{ground}"];

    public bool KnowsGround(string ground) =>
        (Values.TryGetValue($"ground.{ground}", out var own) ? own : Preset.All[PresetName].Values.GetValueOrDefault($"ground.{ground}")?.Value) is { } threshold && threshold != "none";

    /// <summary>Whether this policy asks for it before a channel is active: required, advised or none.</summary>
    public string Activation(string code) => this[$"activation.{code}"];

    /// <summary>Whether this policy asks that the channel tells it: required, advised or none.</summary>
    public string InfoText(string kind) => this[$"infoText.{kind}"];

    /// <summary>The value with the requirement it comes from, or as the authority's own choice.</summary>
    public PolicyValue Of(string key)
    {
        var preset = Preset.All[PresetName];
        var value = this[key];
        if (preset.Contradiction(key) is { } contradiction) return new(key, value, contradiction.Find(value)?.Requirement ?? OwnChoice, value == contradiction.Chosen ? null : $"eget val (annars: {contradiction.Chosen})");
        if (!preset.Values.TryGetValue(key, out var given)) return new(key, value, OwnChoice);
        if (given.Value == value) return given;
        return Sets(preset, key, value) is { } reading
            ? new(key, value, reading.Requirement, $"följer av vald läsning (förlagan: {given.Value}, {given.Requirement})")
            : new(key, value, $"{OwnChoice} (förlagan: {given.Value}, {given.Requirement})");
    }

    private const string OwnChoice = "eget val";

    private Reading? Sets(Preset preset, string key, string value) =>
        preset.Contradictions.Select(c => c.Find(this[c.Key])).FirstOrDefault(r => r?.Sets?.GetValueOrDefault(key) == value);
}
