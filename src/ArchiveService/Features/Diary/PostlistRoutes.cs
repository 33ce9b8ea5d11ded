using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Printing;

namespace ArchiveService.Features.Diary;

/// <summary>The postlista for the staff: with as much as each may know.</summary>
public static class PostlistRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/postlist", async (HttpRequest request, Caller caller, DiaryViews diary, RecordViewFreshness freshness, TimeProvider clock, CancellationToken ct) =>
        {
            var (search, refused) = Postlist.Parse(request.Query, Swedish.Day(clock.GetUtcNow()));
            refused ??= await freshness.Reach(request, ct);
            return refused is null ? TypedResults.Ok(new { from = search!.From, to = search.To, page = await diary.Find(search, caller, ct) }) : (IResult)Problems.Refused(refused);
        }).WithName("get-postlist");
        routes.MapGet("/diarium/postlista.csv", async (HttpRequest request, HttpResponse response, Caller caller, DiaryViews diary, TimeProvider clock, CancellationToken ct) =>
        {
            var (search, refused) = Postlist.Parse(request.Query, Swedish.Day(clock.GetUtcNow()));
            if (refused is not null) return (IResult)Problems.Refused(refused);
            response.Headers.CacheControl = "private, no-store";
            return TypedResults.File(Postlist.Csv(await diary.Find(search! with { After = null, Limit = Postlist.MostInFile }, caller.Reasoned(), ct)), CsvText.MediaType, Postlist.FileName(search!, "csv"));
        }).WithName("postlist-csv");
        routes.MapGet("/diarium/postlista.pdf", async (HttpRequest request, HttpResponse response, Caller caller, DiaryViews diary, Pdf pdf, TimeProvider clock, CancellationToken ct) =>
        {
            var now = clock.GetUtcNow();
            var (search, refused) = Postlist.Parse(request.Query, Swedish.Day(now));
            if (refused is not null) return Problems.Refused(refused);
            response.Headers.CacheControl = "private, no-store";
            var page = await diary.Find(search! with { After = null, Limit = Postlist.MostOnPaper }, caller.Reasoned(), ct);
            return await pdf.Answer(Postlist.Paper(page, search!, search!.Authority).Pdf(now), Postlist.FileName(search, "pdf"), ct);
        }).WithName("postlist-pdf");
    }
}
