using System.Text.Json;

namespace ArchiveService.Features.Disclosures;

/// <summary>How what is stored is said.</summary>
public static class DisclosureWords
{
    /// <summary>As in the event's JSON and in the tables.</summary>
    public static string Stored<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static T Parse<T>(string stored) where T : struct, Enum => Enum.Parse<T>(stored, ignoreCase: true);

    public static string Said(RequestChannel channel) => ReceiveRequest.Channels.First(c => c.Channel == channel).Said;

    public static string Said(WantedForm form) => ReceiveRequest.Forms.First(f => f.Form == form).Said;

    public static string Said(RequestAnswer answer) => answer switch
    {
        RequestAnswer.Given => "Utlämnat",
        RequestAnswer.GivenInPart => "Utlämnat i del",
        RequestAnswer.NothingFound => "Inget funnet",
        RequestAnswer.Declined => "Nekat av handläggaren",
        RequestAnswer.Refused => "Avslag beslutat",
        _ => "Återkallat av den som frågade",
    };
}
