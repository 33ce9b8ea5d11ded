using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.ByHand;

/// <summary>What became of it: the record, or why not; and what may be the same item.</summary>
public sealed record ByHandOutcome(Guid? Record, bool WasKnown, Refusal? Refused, IReadOnlyList<Guid> Same)
{
    public static ByHandOutcome No(Refusal why) => new(null, false, why, []);
}

public sealed class CaptureByHandHandler(
    ChannelRegister channels, ChannelList list, KeyedIds ids, Deliveries.Deliveries deliveries, InboxWorker worker, SealedLog log, RecordViews views, TimeProvider clock)
{
    public static readonly Role[] Writers = [Role.Moderator, Role.Registrator, Role.Kommunikator, Role.Admin];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/captures-by-hand", async (Guid id, HttpContext http, Caller caller, CaptureByHandHandler handler, CancellationToken ct) =>
        {
            if (UploadForm.Of(http, CaptureByHand.MostBytes) is not { } form)
                return Problems.Refused(new("media-type", "Skicka multipart/form-data: fälten först och filerna (file) sist.", StatusCodes.Status415UnsupportedMediaType));
            var done = await handler.Capture(id, form, () => Task.FromResult<Refusal?>(null), caller, ct);
            return done.Refused is { } why ? Problems.Refused(why)
                : done.WasKnown ? TypedResults.Ok(new { id = done.Record, wasKnown = true }) : (IResult)TypedResults.Created($"/api/v1/records/{done.Record:D}", new { id = done.Record, wasKnown = false });
        })
        .DisableAntiforgery().WithName("capture-by-hand");

    public async Task<ByHandOutcome> Capture(Guid id, UploadForm form, Func<Task<Refusal?>> allowed, Caller caller, CancellationToken ct)
    {
        var files = new List<ByHandFile>();
        try
        {
            var next = await form.Next(ct);
            if (await allowed() is { } no) return ByHandOutcome.No(no);
            if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return ByHandOutcome.No(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
            if (caller.IsService || !caller.May(channel.Authority, Writers)) return ByHandOutcome.No(Refusal.NotAllowed("Bara moderator, registrator, kommunikatör eller administratör får föra in ett inlägg för hand."));
            for (; next is not null; next = await form.Next(ct))
            {
                if (files.Count == CaptureByHand.MostFiles) return ByHandOutcome.No(Refusal.Input("too-many-attachments", $"Högst {CaptureByHand.MostFiles} filer får bifogas."));
                using var content = new MemoryStream();
                await next.Content.CopyToAsync(content, ct);
                files.Add(new(next.Name, content.ToArray()));
            }

            return await Capture(channel, CaptureByHand.Read(form), files, caller, ct);
        }
        catch (Exception error) when (UploadForm.Refused(error, new(CaptureByHand.MostBytes)) is not null)
        {
            return ByHandOutcome.No(UploadForm.Refused(error, new(CaptureByHand.MostBytes))!);
        }
    }

    private async Task<ByHandOutcome> Capture(Channel channel, CaptureByHand command, IReadOnlyList<ByHandFile> files, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var own = command.Own ? (await list.For(caller, ct)).FirstOrDefault(c => c.Id == channel.Id)?.NativeAccountId : null;
        var context = new ByHandContext(channel.Platform, own, Guid.CreateVersion7(now).ToString("D"), now);
        var (act, refused) = command.Decide(context, files.Count);
        if (refused is not null) return ByHandOutcome.No(refused);
        var same = await Same(channel, command, context, caller, ct);
        if (same.Count > 0 && !command.EvenSo)
        {
            return new(null, false, new(
                "already-captured", "Inlägget verkar redan finnas: en handling har samma adress eller id. Titta på den först. Är det ändå något annat, kryssa i att det ska sparas.",
                StatusCodes.Status409Conflict, new Dictionary<string, object?>(StringComparer.Ordinal) { ["records"] = same }), same);
        }

        var (delivery, _) = await deliveries.Receive(channel.Platform, "manual", channel.Id, "none", command.Body(act!, files), new(Form: CaptureByHand.Form), caller, ct);
        await worker.WorkOne(delivery, ct);
        var record = ids.Record(channel.Id, channel.Platform, act!.IdKind, act.NativeId);
        return (await log.Store.ReadStream(delivery, ct: ct)).Select(h => h.Event).LastOrDefault(e => e is DeliveryProcessed or DeliveryFailed) switch
        {
            DeliveryProcessed { Accepted: 0 } => new(record, true, null, same),
            DeliveryFailed failed => ByHandOutcome.No(new(failed.Problem, $"{InboxProblems.What(failed.Problem)}. Det du förde in ligger kvar förseglat i inkorgen. {InboxProblems.Do(failed.Problem)}")),
            _ => new(record, false, null, same),
        };
    }

    /// <summary>Records that may be the same item, of those the caller may know of.</summary>
    private async Task<IReadOnlyList<Guid>> Same(Channel channel, CaptureByHand command, ByHandContext context, Caller caller, CancellationToken ct)
    {
        var keyed = command.Identities(context).Select(i => ids.Record(channel.Id, channel.Platform, i.IdKind, i.NativeId)).Distinct().ToArray();
        var sight = views.Sight(caller);
        var sql = new SqlText();
        // By identity from the inline table, which knows of it at once; by address from the view.
        sql.Add($"select s.record_id from archive.record_states s where s.record_id = any ({sql.Value(keyed)}) and {sight.AllowsAmongAll(sql, "s")}");
        if (command.Permalink is { } link)
        {
            sql.Add($"union select r.record_id from {sight.Records} r where r.channel_id = {sql.Value(channel.Id)} and {sight.Allows(sql, "r")}")
                .Add($"and r.permalink = any ({sql.Value(new[] { link, CaptureByHand.Address(link) ?? link, link.TrimEnd('/'), link + "/" })})");
        }

        sql.Add("limit 20");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }
}
