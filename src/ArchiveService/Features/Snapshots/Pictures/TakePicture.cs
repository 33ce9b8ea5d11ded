using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture;
using ArchiveService.Capture.Warc;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>Lets the service take the ögonblicksbild of a page (H-28, T-19), where the platform's terms allow a program to.</summary>
/// <param name="Address">The page.</param>
/// <param name="From">The first day that it covers; the day it is taken when absent.</param>
/// <param name="To">The last day; the day it is taken when absent.</param>
public sealed record TakePicture(string? Address, DateOnly? From, DateOnly? To, string? Occasion, Guid? Order, string? Note)
{
    /// <summary>Pure: what is asked, before the page is fetched.</summary>
    public Refusal? Refuse(Channel channel, OpenOrder? order, DateOnly today)
    {
        if (Page is not { } page) return Refusal.Input("address-missing", "Ange sidans adress, som börjar med https://.");
        if (PlatformTerms.Of(channel.Platform, page) is { MayTake: false } term)
            return new("platform-terms", term.Sentence, StatusCodes.Status409Conflict, new Dictionary<string, object?>(StringComparer.Ordinal) { ["platform"] = term.Platform, ["source"] = term.Source });
        return Stated(today).Refuse(channel, order, today);
    }

    public Uri? Page => Uri.TryCreate(Address?.Trim(), UriKind.Absolute, out var page) && page.Scheme is "http" or "https" && page.UserInfo.Length == 0 && Address!.Length <= 2000 ? page : null;

    /// <summary>As what a person states of a file. Nobody has looked through it yet: it stands behind the wall until somebody who assesses has.</summary>
    public TakeSnapshot Stated(DateOnly today) => new(From ?? today, To ?? today, Occasion, CoversContent: true, CoversLayout: true, Screened: true, ContainsSecret: false, Provision: null, Order, Note);
}

/// <summary>Takes it, keeps it, and says what differs from the one before.</summary>
public sealed class TakePictureHandler(
    SealedLog log, ChannelRegister channels, AuthorityRegister authorities, SnapshotRegister register, AttachmentIntake intake, AttachmentLimit limit, PageCamera camera, TimeProvider clock)
{
    public async Task<(Guid Id, Outcome Outcome)> Take(Guid channelId, TakePicture command, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (await channels.Find(channelId, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return (id, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (!caller.May(channel.Authority, SnapshotCalendar.Takers)) return (id, Refusal.NotAllowed("Bara kommunikatör, moderator eller arkivarie sparar en ögonblicksbild (H-28)."));
        var today = Swedish.Day(clock.GetUtcNow());
        var order = command.Order is { } named ? (await register.Channels(null, channel.Id, ct)).SelectMany(c => c.Orders).FirstOrDefault(o => o.Id == named) : null;
        if (command.Refuse(channel, order, today) is { } refused) return (id, refused);
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var formats = Wanted(policy);
        if (formats.Count == 0) return (id, new Refusal("artefact-format", "Riktlinjen tillåter varken PNG, PDF eller WACZ (H-29).", StatusCodes.Status409Conflict));

        // C7: the kind that the guideline names must be among them, as when a person takes it.
        var wanted = policy["snapshot.kind"];
        if (wanted != "any" && formats.All(f => f.Kind != ArtefactFormats.Kind(wanted)))
            return (id, new Refusal("snapshot-kind", $"Riktlinjen vill ha en {ArtefactFormats.Word(ArtefactFormats.Kind(wanted)!.Value).ToLowerInvariant()} ({policy.Of("snapshot.kind").Requirement}). Den spelar en människa in.", StatusCodes.Status409Conflict));
        var (picture, failed) = await camera.Take(command.Page!, ct);
        if (picture is null) return (id, failed!);

        var making = new RecordMaking(log, intake, id);
        try
        {
            var artefacts = new List<Artefact>();
            foreach (var (kind, format) in formats)
            {
                var attachment = Guid.CreateVersion7(clock.GetUtcNow());
                var bytes = format switch { "png" => picture.Png, "pdf" => picture.Pdf, _ => picture.Wacz };
                await making.Take(attachment, string.Create(CultureInfo.InvariantCulture, $"ogonblicksbild-{today:yyyy-MM-dd}.{format}"), new MemoryStream(bytes, writable: false), ct);
                artefacts.Add(new(attachment, kind, format));
            }

            return (id, await Write(making, id, channel, policy, command.Stated(today), artefacts, command.Page!, caller, ct));
        }
        catch (Exception error) when (UploadForm.Refused(error, limit) is { } why)
        {
            await making.Abandon();
            return (id, why);
        }
        catch
        {
            await making.AbandonUnlessRecorded();
            throw;
        }
    }

    /// <summary>What the policy allows of what can be taken.</summary>
    public static IReadOnlyList<(ArtefactKind Kind, string Format)> Wanted(Policy policy) => [.. Taken.Where(a => ArtefactFormats.Allowed(a.Kind, policy["snapshot.formats"]).Contains(a.Format))];

    private static readonly (ArtefactKind Kind, string Format)[] Taken = [(ArtefactKind.Screenshot, "png"), (ArtefactKind.Pdf, "pdf"), (ArtefactKind.WebArchive, "wacz")];

    private async Task<Outcome> Write(RecordMaking making, Guid id, Channel channel, Policy policy, TakeSnapshot stated, List<Artefact> artefacts, Uri page, Caller caller, CancellationToken ct)
    {
        var taken = stated.Taken(channel, artefacts, policy) with { Screened = false };
        var text = $"Ögonblicksbild av {RecordViewWords.Platform(channel.Platform)}, {Swedish.LongDate(taken.From)} till {Swedish.LongDate(taken.To)}. {TakeSnapshot.Said(taken.Occasion)}. Tagen av programmet: {string.Join(", ", artefacts.Select(a => ArtefactFormats.Word(a.Kind)))}.";
        var made = new MadeHere(id, channel, ItemKind.Snapshot, Direction.DrawnUp, text, policy, clock.GetUtcNow(), Wall: Wall.Unassessed);
        var events = made.Events(making.Key, making.Files, new Happened(taken, KeyClass.Content, new Parts().With("note", stated.Note).With("address", page.AbsoluteUri)));
        var beside = new List<NpgsqlBatchCommand>
        {
            new("""
                insert into archive.snapshots (record_id, channel_id, period_from, period_to, occasion, covers_content, covers_layout, taken_at)
                select $1, $2, $3, $4, $5, $6, $7, s.created from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = channel.Id }, new() { Value = taken.From }, new() { Value = taken.To }, new() { Value = RecordStates.Stored(taken.Occasion) },
                    new() { Value = taken.CoversContent }, new() { Value = taken.CoversLayout },
                },
            },
        };
        if (stated.Order is { } order)
            beside.Add(new("update archive.snapshot_orders set snapshot_id = $2 where order_id = $1 and snapshot_id is null") { Parameters = { new() { Value = order }, new() { Value = id } } });
        return await making.Write(events, [], beside, caller, ct);
    }
}

/// <summary>A picture beside the one before it in the same channel, as far as the reader may read both.</summary>
public sealed class PictureComparisons(Databases databases, SealedLog log, Records.Records records, RecordReads reads, IObjectStore store)
{
    private const int MostBytes = 128 << 20;

    public async Task<(Guid? Earlier, PictureComparison? Comparison, Refusal? Refused)> Of(Guid snapshot, Caller caller, CancellationToken ct)
    {
        var unknown = Refusal.Unknown("snapshot", "Ögonblicksbilden finns inte, eller så får du inte se den.");
        if (await records.Find(snapshot, caller, ct) is not { } state || state.RecordType != MadeHere.Snapshot || state.Locked) return (null, null, unknown);
        if (state.DisposedAt is not null) return (null, null, new("record-disposed", "Ögonblicksbilden är gallrad.", StatusCodes.Status410Gone));
        var (text, pixels, picture) = await Read(snapshot, ct);
        if (text is null && pixels is null) return (null, null, new("not-comparable", "Ögonblicksbilden har varken webbarkiv eller PNG-bild tagna av programmet att jämföra.", StatusCodes.Status409Conflict));
        foreach (var (id, _) in await Before(state.Channel, snapshot, ct))
        {
            // One that the reader may not know of is passed over as if it were not there.
            if (await records.Find(id, caller, ct) is not { Locked: false, DisposedAt: null } earlier) continue;
            var (was, drawn, before) = await Read(id, ct);
            if (was is null && drawn is null) continue;
            await reads.Note(caller, [(snapshot, RecordStates.Stored(state.Wall)), (id, RecordStates.Stored(earlier.Wall))], ct);
            return (id, PictureComparison.Of(was, text, drawn, pixels) with { EarlierPicture = before, LaterPicture = picture }, null);
        }

        return (null, null, new("nothing-before", "Det finns ingen tidigare ögonblicksbild att jämföra med.", StatusCodes.Status409Conflict));
    }

    private async Task<List<(Guid Id, DateTimeOffset At)>> Before(Guid channel, Guid snapshot, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.record_id, p.taken_at from archive.snapshots p
            where p.channel_id = $1 and (p.taken_at, p.record_id) < (select taken_at, record_id from archive.snapshots where record_id = $2)
            order by p.taken_at desc, p.record_id desc limit 20
            """);
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = snapshot });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid Id, DateTimeOffset At)>();
        while (await row.ReadAsync(ct)) found.Add((row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1)));
        return found;
    }

    /// <summary>The page's text from its web archive, and its picture.</summary>
    private async Task<(string? Text, PngPixels? Pixels, Guid? Picture)> Read(Guid record, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(record, ct: ct);
        if (history.Select(e => e.Event).OfType<SnapshotTaken>().FirstOrDefault() is not { } taken) return (null, null, null);
        var keys = await log.Keys([record], ct);
        if (keys.Find(record, KeyClass.Content) is not { } key) return (null, null, null);
        string? text = null;
        PngPixels? pixels = null;
        Guid? picture = null;
        foreach (var artefact in taken.Artefacts)
        {
            if (artefact.Format is not ("png" or "wacz") || history.Select(e => e.Event).OfType<AttachmentStored>().FirstOrDefault(a => a.Attachment == artefact.Attachment) is not { Bytes: <= MostBytes } file) continue;
            await using var plain = await store.OpenSealed(AttachmentIntake.ObjectKey(file.Object), key.AttachmentKey(file.Attachment), SealedObjects.PlaceOf(record, file.Attachment), ct);
            using var bytes = new MemoryStream();
            await plain.CopyToAsync(bytes, ct);
            if (artefact.Format == "wacz")
            {
                text ??= TextOf(bytes);
            }
            else if (pixels is null && PngPixels.Read(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)) is { } read)
            {
                (pixels, picture) = (read, artefact.Attachment);
            }
        }

        return (text, pixels, picture);
    }

    /// <summary>Only of a package that this program made; what others made says its text nowhere in particular.</summary>
    private static string? TextOf(MemoryStream wacz)
    {
        try
        {
            wacz.Position = 0;
            using var zip = new System.IO.Compression.ZipArchive(wacz, System.IO.Compression.ZipArchiveMode.Read, leaveOpen: true);
            if (zip.GetEntry("archive/data.warc.gz") is not { } entry) return null;
            using var reader = new WarcReader(entry.Open());
            while (reader.Next() is { } record)
            {
                if (record.Type == WarcTypes.Conversion && record.Headers["Content-Type"] == PageCamera.TextType && record.ReadAll(8 << 20) is { } block) return System.Text.Encoding.UTF8.GetString(block);
            }
        }
        catch (InvalidDataException)
        {
            // Not a zip after all.
        }

        return null;
    }
}

public static class PictureRoutes
{
    public static IServiceCollection AddPictures(this IServiceCollection services) => services.AddSingleton<TakePictureHandler>().AddSingleton<PictureComparisons>()
        .AddSingleton(s => new PageCamera(s.GetRequiredService<Printing.PdfOptions>(), s.GetRequiredService<Printing.Pdf>(), s.GetRequiredService<TimeProvider>()));

    public static void MapPictures(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{id:guid}/snapshots/pictures", async (Guid id, TakePicture command, HttpContext http, Caller caller, TakePictureHandler handler, CancellationToken ct) =>
        {
            var (picture, outcome) = await handler.Take(id, command, caller, ct);
            if (outcome is Outcome.Refused { Why.Status: StatusCodes.Status503ServiceUnavailable }) http.Response.Headers.RetryAfter = "30";
            return outcome is Outcome.Done done ? (IResult)TypedResults.Created($"/api/v1/records/{picture}", new { id = picture, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("take-picture");
        routes.MapGet("/api/v1/records/{id:guid}/snapshot-comparison", async (Guid id, Caller caller, PictureComparisons comparisons, CancellationToken ct) =>
        {
            var (earlier, comparison, refused) = await comparisons.Of(id, caller, ct);
            return refused is null ? (IResult)TypedResults.Ok(new
            {
                snapshot = id,
                earlier,
                comparison!.PictureShare,
                comparison.Added,
                comparison.Removed,
                comparison.EarlierPicture,
                comparison.LaterPicture,
                text = TextDiff.Told(comparison.Text).Select(line => line is null ? null : new { fate = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(line.Fate.ToString()), line.Line }),
            }) : Problems.Refused(refused);
        }).WithName("compare-snapshots");
        routes.MapGet("/api/v1/snapshots/terms", () => TypedResults.Ok(new { items = PlatformTerms.All })).WithName("snapshot-terms");
    }
}
