using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace ArchiveService.Features.PageParts;

/// <summary>A message that is shown once, on the next page. It travels in a cookie: facts of the act, never content.</summary>
public static class Flash
{
    private const string Key = "besked";

    public static void Tell(this ITempDataDictionary tempData, Notice notice) =>
        tempData[Key] = JsonSerializer.Serialize(notice);

    /// <summary>The message left by the page before, which is then gone.</summary>
    public static Notice? Told(this ITempDataDictionary tempData) =>
        tempData[Key] is string json ? JsonSerializer.Deserialize<Notice>(json) : null;
}
