using System.Text.Json.Nodes;
using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Records;

/// <summary><c>GET /api/v1/records/{id}</c> with <c>/versions</c>, <c>/events</c> and <c>/thread</c>. What the caller may not know of is 404.</summary>
public static class RecordViewRoutes
{
    private static readonly Refusal Unknown = Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/records/{id:guid}", One).WithName("get-record");
        routes.MapGet("/api/v1/records/{id:guid}/versions", Versions).WithName("get-record-versions");
        routes.MapGet("/api/v1/records/{id:guid}/events", Events).WithName("get-record-events");
        routes.MapGet("/api/v1/records/{id:guid}/thread", Thread).WithName("get-record-thread");
    }

    private static async Task<IResult> One(
        Guid id, HttpContext http, Caller caller, RecordViews views, RecordReads reads, RecordViewFreshness freshness, CancellationToken ct)
    {
        if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return Problems.Refused(Unknown);
        await reads.Note(caller, [(id, record.Wall)], ct, ReadReasons.Said(http.Request));
        var files = await RecordViews.Files(sight, id, await RecordViews.Versions(sight, id, ct), await RecordViews.Acts(sight, id, ct), ct);
        http.Response.Headers.ETag = $"\"{record.Row.Version}\"";
        return TypedResults.Ok(Json(record, files));
    }

    private static async Task<IResult> Versions(Guid id, HttpContext http, Caller caller, RecordViews views, RecordReads reads, RecordViewFreshness freshness, CancellationToken ct)
    {
        if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return Problems.Refused(Unknown);
        await reads.Note(caller, [(id, record.Wall)], ct, ReadReasons.Said(http.Request));
        return TypedResults.Ok(new
        {
            items = (await RecordViews.Versions(sight, id, ct)).Select(v => new
            {
                v.Number,
                v.Row.ValidAt,
                v.Row.RecordedAt,
                v.Row.Certainty,
                v.Row.Text,
                v.Row.Destroyed,
                attachments = v.Row.AttachmentIds.Select((a, i) => new { id = a, fileName = v.Row.AttachmentNames?.ElementAtOrDefault(i) }),
            }),
        });
    }

    /// <summary>What happened, with what officials wrote of it; what anybody said in the channel stands with the versions.</summary>
    private static async Task<IResult> Events(Guid id, HttpContext http, Caller caller, RecordViews views, RecordReads reads, RecordViewFreshness freshness, CancellationToken ct)
    {
        if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return Problems.Refused(Unknown);
        await reads.Note(caller, [(id, record.Wall)], ct, ReadReasons.Said(http.Request));
        return TypedResults.Ok(new
        {
            items = (await RecordViews.Acts(sight, id, ct)).Select(a => new
            {
                id = a.EventId,
                sequence = a.Seq,
                type = a.Name,
                a.ValidAt,
                a.RecordedAt,
                actor = a.ActorId,
                a.ActedBy,
                a.Certainty,
                a.Grounds,
                a.Emergency,
                a.Motivation,
                a.LegalReference,
                a.Note,
                facts = JsonNode.Parse(a.Facts),
            }),
        });
    }

    private static async Task<IResult> Thread(Guid id, HttpContext http, Caller caller, RecordViews views, RecordReads reads, RecordViewFreshness freshness, CancellationToken ct)
    {
        if (await freshness.Reach(http.Request, ct) is { } early) return Problems.Refused(early);
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return Problems.Refused(Unknown);
        var thread = await RecordViews.Thread(sight, record.Row, ct);
        await reads.Note(caller, thread.Select(t => (t.Row.RecordId, t.Wall)), ct, ReadReasons.Said(http.Request));
        return TypedResults.Ok(new
        {
            items = thread.Select(t => new
            {
                id = t.Row.RecordId,
                t.Row.Kind,
                t.Row.Direction,
                t.Row.OccurredAt,
                sender = new { name = t.Row.SenderName, handle = t.Row.SenderHandle, account = t.Row.AuthorId },
                t.Row.Text,
                parent = t.Row.ParentId,
                state = t.Row.Destroyed ? "disposed" : t.Row.Visibility,
                access = t.Wall,
            }),
        });
    }

    private static object Json(RecordView record, IReadOnlyList<RecordViewFile> files)
    {
        var row = record.Row;
        return new
        {
            id = row.RecordId,
            row.Version,
            row.Kind,
            row.Direction,
            row.Audience,
            row.RecordType,
            row.OccurredAt,
            row.CapturedAt,
            authority = new { id = row.AuthorityId, code = record.AuthorityCode, name = record.AuthorityName },
            channel = new { id = row.ChannelId, row.Platform, handle = record.ChannelHandle, url = record.ChannelUrl },
            sender = new { name = row.SenderName, handle = row.SenderHandle, account = row.AuthorId },
            row.Text,
            row.Permalink,
            row.Edited,
            textAt = row.TextAt,
            row.ContentCaptured,
            row.SenderCaptured,
            row.Flags,
            row.Reactions,
            parent = row.ParentId,
            root = row.RootId,
            conversation = row.ConversationId,
            row.Generation,
            state = row.Destroyed ? "disposed" : row.Visibility,
            row.Visibility,
            row.VisibilityBy,
            row.VisibilityAt,
            row.Grounds,
            row.Registration,
            row.DiaryNumber,
            row.DocumentNumber,
            row.RegisteredAt,
            caseId = row.CaseId,
            caseTitle = record.CaseTitle,
            row.Subject,
            access = record.Wall,
            secrecy = row.SecrecyAt is { } marked ? new { provision = row.SecrecyProvision, markedAt = marked } : null,
            row.Locked,
            row.Destroyed,
            row.DisposedAt,
            attachments = files.Select(f => new { id = f.Id, fileName = f.Name, f.Bytes, f.MediaType, fetch = f.Fetch is { } fetch ? new { fetch.Status, fetch.Attempts, fetch.Problem, fetch.EndedAt } : null, f.Infected, href = f.Bytes is null || row.Locked ? null : $"/api/v1/records/{row.RecordId}/attachments/{f.Id}" }),
        };
    }
}
