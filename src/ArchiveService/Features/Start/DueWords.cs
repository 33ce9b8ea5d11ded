using ArchiveService.Access;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Outgoing;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Sources;

namespace ArchiveService.Features.Start;

/// <summary>What an item of a list is called, and where something is done about it.</summary>
public static class DueWords
{
    private static readonly IReadOnlyDictionary<string, string> Functions = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["administrator"] = "administrera kanalen",
        ["moderator"] = "moderera",
        ["answers"] = "svara",
    };

    public static string Href(DueItem item) => item.Kind switch
    {
        "record" => $"/handlingar/{item.Id:D}",
        "emergency" => $"/handlingar/{item.Id:D}/nodatgard",
        "secrecy" => $"/handlingar/{item.Id:D}/prova-sekretess",
        "note" => $"/arenden/{item.Id:D}/arbetsmaterial",
        "request" => $"/utlamnanden/{item.Id:D}",
        "outgoing" => "/diarium/utgaende",
        "delivery" => $"/insamling/{item.Id:D}",
        "source" => $"/kallor/{item.Id:D}",
        "subscription" => $"/kanaler/{item.Id:D}/prenumerationer",
        "silence" => $"/kanaler/{item.Id:D}/tackning",
        "consent" => $"/samtycken/{item.Id:D}",
        "assignment" when item.Channel is { } channel => $"/kanaler/{channel:D}/uppdrag",
        "assignment" => "/behoriga",
        "decision" => $"/delegation?myndighet={Uri.EscapeDataString(item.AuthorityCode ?? "")}",
        "run" => $"/gallring/{item.Id:D}",
        "rule" => $"/gallring/regler/{item.Id:D}",
        "reading" => $"/granskning/ovanliga-lasningar#h-{item.Id:N}",
        "policy" => $"/myndigheter/{Uri.EscapeDataString(item.AuthorityCode ?? "")}",
        "grant" or "clearance" => $"/granskning/person/{item.Id:D}",
        "hold" => "/gallring/stopp",
        "delegation" => $"/delegation?myndighet={Uri.EscapeDataString(item.AuthorityCode ?? "")}",
        "projection" => "/drift",
        "webhook" => "/insamling",
        _ => $"/anvandare/{item.Id:D}",
    };

    public static string What(DueItem item) => item.Kind switch
    {
        "record" or "emergency" or "secrecy" => Swedish.Sentence(Words.RecordTypes.GetValueOrDefault(item.About ?? "", "handling")),
        "note" => $"Utkast i {item.About}",
        "request" => "Begäran om handlingar",
        "outgoing" => OutgoingPageModel.What(item.About ?? ""),
        "delivery" => $"Leverans från {RecordViewWords.Platform(item.About ?? "")}",
        "source" => "Källan hämtas inte",
        "subscription" => "Prenumerationen är inte hel",
        "silence" => "Kanalen har tystnat",
        "consent" => "Samtycke",
        "assignment" => $"Uppdrag att {Functions.GetValueOrDefault(item.About ?? "", "agera")}",
        "decision" => $"Punkt {item.About}",
        "run" => item.Note is { } items && long.TryParse(items, out var n) ? $"Gallring av {Swedish.Count(n, "handling", "handlingar")}" : "Gallring",
        "rule" => item.About ?? "Regel",
        "reading" => UnusualReadRules.Of(item.About ?? "").Title,
        "policy" => $"Policyversion {item.About}",
        "grant" => $"{item.Person ?? "(namnet är gallrat)"} är {Swedish.Role(item.About ?? "")}",
        "clearance" => $"{item.Person ?? "(namnet är gallrat)"} får läsa det som är hemligt",
        "hold" => "Gallringsstopp hävt",
        "delegation" => $"Delegationsordning, version {item.About}",
        "projection" => Operations.IndexModel.Title(item.About ?? ""),
        "webhook" => $"Leveranser från {RecordViewWords.Platform(item.About ?? "")}",
        "token" => $"Nyckel {item.About} för {item.Person}",
        _ => item.Person ?? "(namnet är gallrat)",
    };

    public static string? Note(DueItem item) => item.Kind switch
    {
        "source" when item.About is { } alarm => SourceWords.Problem(alarm),
        "delivery" when item.Note is { } problem => InboxProblems.What(problem),
        "outgoing" => OutgoingPageModel.Problem(item.Note),
        "decision" => item.Note is { } kind ? Swedish.Sentence(DelegationKinds.InSwedish(kind)) : null,
        "webhook" => item.Note is { } refused && long.TryParse(refused, out var n) ? $"{Swedish.Number(n)} avvisade" : null,
        "rule" or "record" or "request" => item.Note,
        _ => null,
    };

    public static string Channel(DueItem item) => $"{RecordViewWords.Platform(item.Platform!)}{(item.Handle is { Length: > 0 } handle ? " " + handle : "")}";
}
