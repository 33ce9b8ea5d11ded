using System.Text.Json.Nodes;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>The words of an assessment: as programs say them and as people read them.</summary>
public static class AssessmentWords
{
    public static IReadOnlyDictionary<string, (Significance Significance, string Text)> Significances { get; } = new Dictionary<string, (Significance, string)>(StringComparer.Ordinal)
    {
        ["minor"] = (Significance.ObviouslyMinor, "av uppenbart ringa betydelse"),
        ["ordinary"] = (Significance.Ordinary, "vanlig"),
        ["important"] = (Significance.Important, "viktig"),
    };

    public static IReadOnlyDictionary<string, (CaseRelation Relation, string Text)> CaseRelations { get; } = new Dictionary<string, (CaseRelation, string)>(StringComparer.Ordinal)
    {
        ["none"] = (CaseRelation.None, "hör inte till något ärende"),
        ["belongsToCase"] = (CaseRelation.BelongsToCase, "hör till ett pågående ärende"),
        ["startsCase"] = (CaseRelation.StartsCase, "ger upphov till ett nytt ärende"),
    };

    /// <summary>What was found of personal data, as codes.</summary>
    public static IReadOnlyDictionary<string, string> PersonalData { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["personnummer"] = "personnummer",
        ["samordningsnummer"] = "samordningsnummer",
        ["protectedIdentity"] = "skyddade personuppgifter",
        ["health"] = "hälsa",
        ["child"] = "barn",
        ["employee"] = "namngiven anställd",
        ["thirdParty"] = "någon annan enskild",
        ["contactDetails"] = "kontaktuppgifter",
    };

    internal static IEnumerable<string> Said(JsonObject facts)
    {
        if (facts["significance"]?.ToString() is { } significance && Significances.Values.FirstOrDefault(s => RecordStates.Stored(s.Significance) == significance) is { Text: { } weight })
            yield return Swedish.Sentence(weight) + ".";
        if (facts["caseRelation"]?.ToString() is { } relation && CaseRelations.Values.FirstOrDefault(r => RecordStates.Stored(r.Relation) == relation) is { Text: { } related })
            yield return Swedish.Sentence(related) + ".";
        if (facts["personalData"] is JsonArray { Count: > 0 } found) yield return $"Personuppgifter: {string.Join(", ", found.Select(f => PersonalData.GetValueOrDefault(f!.ToString(), f.ToString())))}.";
        if (ResponseChart.Outcome(facts["chartNode"]?.ToString()) is { } outcome) yield return $"Svarsschemat (T-22): {outcome.Title}.";
        if (facts["thread"] is not null) yield return "Bedömd tillsammans med hela tråden.";
    }
}
