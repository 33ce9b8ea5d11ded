using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Weeding;

public static class WeedingWords
{
    public static IReadOnlyDictionary<string, WorkingNoteKind> Kinds { get; } = new Dictionary<string, WorkingNoteKind> { ["draft"] = WorkingNoteKind.Draft, ["memo"] = WorkingNoteKind.Memo };

    public static IReadOnlyDictionary<string, ArchivedAs> ArchivedAs { get; } = new Dictionary<string, ArchivedAs> { ["archived"] = Weeding.ArchivedAs.Archived, ["dispatched"] = Weeding.ArchivedAs.Dispatched };

    public static string Said(WorkingNoteKind kind) => kind is WorkingNoteKind.Draft ? "Utkast" : "Minnesanteckning";

    public static string Said(WorkingNote note) => note switch
    {
        { WeededAt: { } at } => $"Rensad {PageParts.Swedish.DateAndClock(at)}",
        { ArchivedAt: { } at, ArchivedAs: "dispatched" } => $"Expedierad {PageParts.Swedish.Date(at)}",
        { ArchivedAt: { } at, ArchivedAs: "case-closed" } => $"Arkiverad när ärendet avslutades {PageParts.Swedish.Date(at)}",
        { ArchivedAt: { } at } => $"Omhändertagen för arkivering {PageParts.Swedish.Date(at)}",
        _ => "Arbetsmaterial",
    };

    internal static string Stored<T>(T word)
        where T : struct, Enum => RecordStates.Stored(word);
}

public static class WeedingRoutes
{
    public static IServiceCollection AddWeeding(this IServiceCollection services) => services.AddSingleton<WorkingNotes>();

    public static void MapWeeding(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/working-notes", async (Guid id, WriteWorkingNote command, Caller caller, WorkingNotes notes, CancellationToken ct) =>
        {
            var (note, outcome) = await notes.Write(id, command, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Created($"/api/v1/working-notes/{note}", new { id = note, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("write-working-note");

        routes.MapGet("/api/v1/cases/{id:guid}/working-notes", async (Guid id, Caller caller, WorkingNotes notes, CancellationToken ct) =>
            await notes.Of(id, caller, ct) is { } of ? TypedResults.Ok(new { items = of.Notes, weedings = of.Weedings }) : (IResult)Problems.Refused(CaseActs.Unknown)).WithName("working-notes");

        routes.MapPost("/api/v1/working-notes/{id:guid}/archive", async (Guid id, ArchiveWorkingNote command, Caller caller, WorkingNotes notes, CancellationToken ct) =>
            (await notes.Archive(id, command, caller, ct)).Answer()).WithName("archive-working-note");

        routes.MapPost("/api/v1/cases/{id:guid}/weed", async (Guid id, WeedDrafts command, Caller caller, WorkingNotes notes, CancellationToken ct) =>
        {
            var (act, outcome) = await notes.Weed(id, command, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { act, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("weed-drafts");
    }
}
