using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Secrecy;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Snapshots;

/// <summary>Keeps an ögonblicksbild of a channel (H-28, T-19, H-30): files that show it as it looked in a period, taken and looked through by a person.</summary>
/// <param name="Screened">Somebody looked through it for what is secret.</param>
/// <param name="Provision">It does hold something secret: the provision. It goes behind the wall.</param>
public sealed record TakeSnapshot(
    DateOnly? From, DateOnly? To, string? Occasion, bool CoversContent, bool CoversLayout, bool Screened, bool ContainsSecret, string? Provision, Guid? Order, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/snapshots", async (Guid id, HttpContext http, Caller caller, TakeSnapshotHandler handler, AttachmentLimit limit, CancellationToken ct) =>
        {
            if (UploadForm.Of(http, TakeSnapshotHandler.MostBytes(limit)) is not { } form)
                return Problems.Refused(new("media-type", "Skicka ögonblicksbilden som multipart/form-data: fälten först, sedan filerna.", StatusCodes.Status415UnsupportedMediaType));
            var (snapshot, outcome) = await handler.Take(id, form, null, caller, ct);
            if (outcome is Outcome.Refused { Why.Status: StatusCodes.Status503ServiceUnavailable }) http.Response.Headers.RetryAfter = "30";
            return outcome is Outcome.Done done
                ? (IResult)TypedResults.Created($"/api/v1/records/{snapshot}", new { id = snapshot, done.LastSequence, done.Version })
                : outcome.Answer();
        })
        .DisableAntiforgery().WithName("take-snapshot");

    public static TakeSnapshot Read(UploadForm form) => new(
        Day(form["from"]), Day(form["to"]), form["occasion"], form.Ticked("coversContent"), form.Ticked("coversLayout"), form.Ticked("screened"), form.Ticked("containsSecret"), form["provision"],
        Guid.TryParse(form["order"], out var order) ? order : form["order"] is null ? null : Guid.Empty, form["note"]);

    public static IReadOnlyList<(string Word, Occasion Occasion, string Said)> Occasions { get; } =
    [
        ("scheduled", Snapshots.Occasion.Scheduled, "Enligt intervallet"), ("debate", Snapshots.Occasion.Debate, "En fråga debatteras"),
        ("major-change", Snapshots.Occasion.MajorChange, "Större förändring"), ("closing", Snapshots.Occasion.Closing, "Kanalen ska avslutas"), ("other", Snapshots.Occasion.Other, "Annat"),
    ];

    public static string Said(Occasion occasion) => Occasions.First(o => o.Occasion == occasion).Said;

    /// <summary>Pure: what is stated, before any file is stored. <paramref name="order"/> is the open order named, null when none is.</summary>
    public Refusal? Refuse(Channel channel, OpenOrder? order, DateOnly today)
    {
        if (channel.ClosedAt is not null) return new("channel-closed", "Kanalen är avslutad. Ögonblicksbilden skulle ha tagits innan (H-30).");
        if (From is not { } from || To is not { } to) return Refusal.Input("period-missing", "Ange vilken tid ögonblicksbilden täcker: från och till, som 2026-01-01.");
        if (to < from || to > today) return Refusal.Input("period-wrong", "Perioden ska sluta tidigast den dag den börjar, och senast i dag.");
        if (Occasions.All(o => o.Word != (Occasion ?? "scheduled"))) return Refusal.Input("occasion-unknown", $"Anledningen kan vara: {string.Join(", ", Occasions.Select(o => o.Word))}.");
        if (!CoversContent && !CoversLayout) return Refusal.Input("coverage-missing", "Säg vad bilden visar: innehållet, layouten eller båda (H-30).");
        // A recording holds the text of comments that others have written, secret ones too.
        if (!Screened) return Refusal.Input("snapshot-not-screened", "Gå igenom ögonblicksbilden innan den sparas: finns något som kan omfattas av sekretess? Säg sedan att det är gjort (OSL 5 kap. 5 §).");
        if (ContainsSecret && Provision is not { Length: > 0 and <= 200 }) return Refusal.Input("provision-missing", "Ange vilken bestämmelse det hemliga kan omfattas av, till exempel OSL 25 kap. 1 § (OSL 5 kap. 5 §).");
        if (Order is not null && order is null) return Refusal.Input("order-unknown", "Det finns ingen sådan begäran om ögonblicksbild som väntar i kanalen.");
        return Note is { Length: > 5000 } ? Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.") : null;
    }

    /// <summary>What happened, when the files are stored.</summary>
    public SnapshotTaken Taken(Channel channel, IReadOnlyList<Artefact> artefacts, Policy policy) => new(
        channel.Id, From!.Value, To!.Value, Occasions.First(o => o.Word == (Occasion ?? "scheduled")).Occasion, CoversContent, CoversLayout, Screened, artefacts, Order, policy.Version);

    private static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}

public sealed class TakeSnapshotHandler(
    SealedLog log, ChannelRegister channels, AuthorityRegister authorities, SnapshotRegister register, AttachmentIntake intake, AttachmentLimit limit, Databases databases, EventSignal signal, TimeProvider clock)
{
    private const int MostFiles = 20;

    public static long MostBytes(AttachmentLimit limit) => (limit.Bytes * 4) + (1024 * 1024);

    /// <param name="allowed">Asked when the fields have been read, before the first file: null lets it go on.</param>
    public async Task<(Guid Id, Outcome Outcome)> Take(Guid channelId, UploadForm form, Func<Task<Refusal?>>? allowed, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (await channels.Find(channelId, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return (id, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (!caller.May(channel.Authority, SnapshotCalendar.Takers)) return (id, Refusal.NotAllowed("Bara kommunikatör, moderator eller arkivarie sparar en ögonblicksbild (H-28)."));
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var making = new RecordMaking(log, intake, id);
        try
        {
            var file = await form.Next(ct);
            if (allowed is not null && await allowed() is { } not) return (id, not);
            var command = TakeSnapshot.Read(form);
            var open = command.Order is { } order ? (await register.Channels(null, channel.Id, ct)).SelectMany(c => c.Orders).FirstOrDefault(o => o.Id == order) : null;
            if (command.Refuse(channel, open, Swedish.Day(clock.GetUtcNow())) is { } refused) return (id, refused);

            var (artefacts, unusable) = await Files(making, form, file, policy, ct);
            if (unusable is not null)
            {
                await making.Abandon();
                return (id, unusable);
            }

            return (id, await Write(making, id, channel, policy, command, artefacts, caller, ct));
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

    private async Task<(List<Artefact> Artefacts, Refusal? Refused)> Files(RecordMaking making, UploadForm form, UploadedFile? file, Policy policy, CancellationToken ct)
    {
        var artefacts = new List<Artefact>();
        for (; file is not null; file = await form.Next(ct))
        {
            if (ArtefactFormats.Kind(file.Field) is not { } kind)
                return (artefacts, Refusal.Input("artefact-kind-unknown", $"Filfältet ska heta {string.Join(", ", ArtefactFormats.Kinds.Select(k => k.Field))}."));
            if (artefacts.Count == MostFiles) return (artefacts, Refusal.Input("too-many-files", $"En ögonblicksbild har högst {MostFiles} filer."));
            await using var begun = await BegunStream.Begin(file.Content, ArtefactFormats.Look, ct);
            var allowed = ArtefactFormats.Allowed(kind, policy["snapshot.formats"]);
            if (ArtefactFormats.Recognise(begun.Start) is not { } format || !allowed.Contains(format))
            {
                return (artefacts, new("artefact-format",
                    $"{ArtefactFormats.Word(kind)} kan vara {string.Join(", ", allowed)}. Filen är något annat, vad den än heter (H-29). Inget har sparats.", StatusCodes.Status415UnsupportedMediaType,
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["kind"] = file.Field, ["allowed"] = allowed }));
            }

            var attachment = Guid.CreateVersion7(clock.GetUtcNow());
            await making.Take(attachment, file.Name, begun, ct);
            artefacts.Add(new(attachment, kind, format));
        }

        // C7: the kind the guideline names must be among them; what else there is comes on top.
        var wanted = policy["snapshot.kind"];
        if (artefacts.Count == 0) return (artefacts, Refusal.Input("file-missing", "Skicka minst en fil, efter fälten."));
        return wanted != "any" && artefacts.All(a => a.Kind != ArtefactFormats.Kind(wanted))
            ? (artefacts, Refusal.Input("snapshot-kind", $"Riktlinjen vill ha en {ArtefactFormats.Word(ArtefactFormats.Kind(wanted)!.Value).ToLowerInvariant()} ({policy.Of("snapshot.kind").Requirement}). Lägg till den."))
            : (artefacts, null);
    }

    private async Task<Outcome> Write(RecordMaking making, Guid id, Channel channel, Policy policy, TakeSnapshot command, List<Artefact> artefacts, Caller caller, CancellationToken ct)
    {
        var taken = command.Taken(channel, artefacts, policy);
        var text = $"Ögonblicksbild av {RecordViewWords.Platform(channel.Platform)}, {Swedish.LongDate(taken.From)} till {Swedish.LongDate(taken.To)}. {TakeSnapshot.Said(taken.Occasion)}. {string.Join(", ", artefacts.Select(a => ArtefactFormats.Word(a.Kind)).Distinct())}.";
        var made = new MadeHere(id, channel, ItemKind.Snapshot, Direction.DrawnUp, text, policy, clock.GetUtcNow(), command.ContainsSecret ? command.Provision : null);
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        IReadOnlyList<Happened> events = made.Events(making.Key, making.Files, new Happened(taken, KeyClass.Content, new Parts().With("note", command.Note)));
        if (await CoveredSnapshots.Enter(transaction, channel.Id, ct) is { } flag) events = [.. events, new(new RecordProtected(flag.Protection, flag.Account, flag.Provision, AtCapture: true, policy.Version))];
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
        if (command.Order is { } order)
        {
            beside.Add(new("update archive.snapshot_orders set snapshot_id = $2 where order_id = $1 and snapshot_id is null") { Parameters = { new() { Value = order }, new() { Value = id } } });
        }

        var outcome = await making.Write(transaction, events, beside, caller, ct);
        if (outcome is not Outcome.Done) return outcome;
        await transaction.CommitAsync(ct);
        signal.Appended();
        return outcome;
    }
}
