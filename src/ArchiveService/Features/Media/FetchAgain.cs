using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Media;

/// <summary>Somebody wants a file that could not be fetched to be tried once more, as when the platform had a bad day.</summary>
public static class FetchAgain
{
    public static IServiceCollection AddMedia(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(MediaOptions.From(configuration)).AddSingleton<MediaQueue>().AddSingleton<MediaClient>().AddSingleton<FetchMedia>().AddSingleton<Thumbnails>()
        .AddSingleton(ScanOptions.From(configuration)).AddSingleton<ClamdClient>().AddSingleton<ScanWorker>().AddHostedService(s => s.GetRequiredService<ScanWorker>())
        .AddSingleton<MediaWorker>().AddHostedService(s => s.GetRequiredService<MediaWorker>());

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/attachments/{attachment:guid}/fetch", async (Guid id, Guid attachment, Caller caller, Records.Records records, MediaQueue queue, CancellationToken ct) =>
            await Ask(id, attachment, caller, records, queue, ct) is { } refused ? Problems.Refused(refused) : Results.Accepted()).WithName("fetch-attachment-again");
        routes.MapPost("/handlingar/{id:guid}/bilagor/{attachment:guid}/hamta", async (Guid id, Guid attachment, Caller caller, Records.Records records, MediaQueue queue, CancellationToken ct) =>
            await Ask(id, attachment, caller, records, queue, ct) is { } refused ? Problems.Refused(refused) : Results.LocalRedirect($"/handlingar/{id:D}#bilagor")).WithName("fetch-attachment-again-page");
    }

    public static bool May(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Registrator, Role.Kommunikator);

    private static async Task<Refusal?> Ask(Guid id, Guid attachment, Caller caller, Records.Records records, MediaQueue queue, CancellationToken ct)
    {
        var unknown = Refusal.Unknown("attachment", "Bilagan finns inte, eller så får du inte se den.");
        if (await records.Find(id, caller, ct) is not { } state) return unknown;
        if (!May(caller, state.Authority)) return Refusal.NotAllowed("Bara moderator, kommunikatör eller registrator får be om att en bilaga hämtas.");
        if (state.DisposedAt is not null) return new("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den.");
        if (state.Locked) return RestrictContent.Refused("Ingen fil kan hämtas.");
        if (!await queue.Knows(id, attachment, ct)) return unknown;
        return await queue.Again(id, attachment, ct) ? null : new("attachment-not-failed", "Bilagan är redan hämtad, eller väntar på att hämtas.");
    }
}
