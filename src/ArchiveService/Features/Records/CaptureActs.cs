using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture;
using ArchiveService.Capture.Archives;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.DefaultStates;
using ArchiveService.Features.Secrecy;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

public sealed record Rejection(long Line, string Code, string Detail);

/// <param name="Rejected">The first thousand; <paramref name="RejectedCount"/> counts all.</param>
public sealed record CaptureResult(int Accepted, int Duplicates, int Disposed, int Unknown, IReadOnlyList<Rejection> Rejected, int RejectedCount, long LastSequence)
{
    public const int MostTold = 1000;

    public static CaptureResult None { get; } = new(0, 0, 0, 0, [], 0, 0);

    public CaptureResult Plus(CaptureResult more) => new(
        Accepted + more.Accepted, Duplicates + more.Duplicates, Disposed + more.Disposed, Unknown + more.Unknown,
        more.Rejected.Count == 0 || Rejected.Count >= MostTold ? Rejected : [.. Rejected.Concat(more.Rejected).Take(MostTold)],
        RejectedCount + more.RejectedCount, Math.Max(LastSequence, more.LastSequence));
}

/// <summary>Where captured acts come from, and where their media can be opened.</summary>
public sealed record CaptureSource(Channel Channel, int PolicyVersion, Guid? Delivery, Caller By, DateTimeOffset Now, Func<ActAttachment, CancellationToken, Task<Stream?>>? Media = null);

/// <summary>
/// Writes captured acts: one transaction a chunk, decided on the streams as they stand, loudly retried when somebody was first.
/// Every act is accepted, a duplicate, of a destroyed record, or rejected with a reason; none vanishes.
/// </summary>
public sealed class CaptureActs(SealedLog log, KeyedIds ids, AttachmentIntake attachments, Databases databases, DefaultRuleRuns defaults, ProtectedNames names, Backups.ErasedStreams erased)
{
    private const int ChunkSize = 250;

    /// <summary>SQLSTATE of <c>archive.enter_capture</c>.</summary>
    private const string FlaggedMeanwhile = "AS004";

    public async Task<CaptureResult> Capture(CaptureSource source, IEnumerable<ReadAct> acts, CancellationToken ct)
    {
        var result = CaptureResult.None;
        foreach (var chunk in acts.Chunk(ChunkSize)) result = result.Plus(await CaptureChunk(source, chunk, ct));
        return result;
    }

    private async Task<CaptureResult> CaptureChunk(CaptureSource source, ReadAct[] acts, CancellationToken ct)
    {
        var rules = await defaults.ForCapture(source.Channel.Authority, ct);
        var named = await names.OfAuthority(source.Channel.Authority, ct);
        for (var attempt = 1; ; attempt++)
        {
            var world = new CaptureWorld(log, ids, source);
            await world.Load([.. acts.OfType<ReadAct.Accepted>().Select(a => a.Act)], ct);
            var taken = new List<TakenIn>();
            try
            {
                var delivered = new HashSet<Guid>();
                var (result, statements) = await Decide(world, source, rules, named, acts, taken, delivered, ct);
                await world.Cover(day => Pictures(source.Channel.Id, day, ct), ct);
                var link = source.Delivery is { } delivery && delivered.Count > 0 ? Link(delivery, delivered) : null;
                var drafts = world.Drafts();
                if (drafts.Count == 0)
                {
                    if (link is not null) await Run(link, ct);
                    return result;
                }

                var states = world.TouchedStates();
                if (states.Count > 0) statements.AddRange([RecordStates.Statement(states), Answering.OpenItems.Statement(states)]);
                if (link is not null) statements.Add(link);
                statements.AddRange(world.ProtectionRows());
                statements.AddRange(Walls.Moving(world.WallsMoved()));
                var by = new AppendContext(source.By.PersonId.ToString("D"), source.Delivery?.ToString("D")) { Before = Entering(world) };
                if (await log.Append(drafts, world.Keys, by, statements, ct) is Appended.Done done)
                {
                    ProtectionMeter.Count(world.NewlyProtected);
                    return result with { LastSequence = done.LastSequence };
                }
            }
            catch (PostgresException error) when (error.SqlState == FlaggedMeanwhile)
            {
                // Nothing was written; all is read and decided anew with the flag known.
            }
            catch
            {
                await attachments.TakeBackUnlessRecorded(taken);
                throw;
            }

            await attachments.TakeBack(taken);
            if (attempt == 20) throw new CaptureContended();
            await Task.Delay(Random.Shared.Next(1, 5 * attempt), ct);
        }
    }

    private async Task<(CaptureResult Result, List<NpgsqlBatchCommand> Statements)> Decide(
        CaptureWorld world, CaptureSource source, IReadOnlyList<DefaultRule> rules, IReadOnlyList<ProtectedName> named, ReadAct[] acts, List<TakenIn> taken, HashSet<Guid> delivered, CancellationToken ct)
    {
        int accepted = 0, duplicates = 0, disposed = 0, unknown = 0;
        var gone = await erased.All(ct);
        var rejected = new List<Rejection>();
        var statements = new List<NpgsqlBatchCommand>();
        foreach (var read in acts)
        {
            switch (read)
            {
                case ReadAct.Rejected no:
                    rejected.Add(new(no.Place, no.Code, no.Detail));
                    break;
                case ReadAct.NotARecord:
                    duplicates++;
                    break;
                case ReadAct.Accepted { Act.Act: ActKind.AccessLost } lost:
                    if (world.AccessLost(lost.Act)) accepted++;
                    else duplicates++;
                    break;
                case ReadAct.Accepted { Act.Act: ActKind.ProfileChange } change:
                    if (world.SeeAuthor(change.Act)) accepted++;
                    else duplicates++;
                    break;
                case ReadAct.Accepted(var act, var place):
                    // The delivery holds the record's bytes, also when it says nothing new of it or comes after its gallring: it is destroyed with it.
                    var record = world.RecordOf(act);
                    if (record.State.Exists) delivered.Add(record.Id);
                    if (record.State.DisposedAt is not null)
                    {
                        disposed++;
                        break;
                    }

                    if (!record.State.Exists && gone.TryGetValue(record.Id, out var at)
                        && !(act.Act is ActKind.Create or ActKind.Edit or ActKind.Message && (act.EditedAt ?? act.OccurredAt) > at))
                    {
                        disposed++;
                        break;
                    }

                    var context = world.Context(act, record);
                    var events = CaptureDecision.Decide(record.State, act, context);
                    if (events.Count == 0)
                    {
                        duplicates++;
                        break;
                    }

                    var (stored, refused) = await TakeIn(source, record.Id, Expected(context, events), context.Key, ct);
                    taken.AddRange(stored);
                    if (refused is not null)
                    {
                        rejected.Add(new(place, refused.Value.Code, refused.Value.Detail));
                        break;
                    }

                    statements.AddRange(stored.Select(s => s.Row));
                    if (ToBeFetched(context, events, stored) is { Count: > 0 } fetches) statements.Add(Media.MediaQueue.Enqueue(record.Id, fetches));
                    // Who reacts is not kept, only that somebody did (data minimisation).
                    if (act.Act is not (ActKind.React or ActKind.Unreact)) world.SeeAuthor(act);
                    IReadOnlyList<Happened> protecting = [.. events, .. world.Protecting(record.State, events)];
                    world.Happen(record.Id, [.. protecting, .. stored.Select(s => s.Event), .. SettledAtCapture.Decide(record.State, act, protecting, rules, source.PolicyVersion)]);
                    if (events.Any(e => e.Event is ItemEdited or ItemCaptured { ContentCaptured: true })) world.Hear(record.Id, act, named);
                    delivered.Add(record.Id);
                    accepted++;
                    if (act.Act == ActKind.Unknown || act.Kind == ItemKind.Unknown) unknown++;
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"{read.GetType()}");
            }
        }

        return (new(accepted, duplicates, disposed, unknown, rejected, rejected.Count, 0), statements);
    }

    private async Task<IReadOnlyList<Guid>> Pictures(Guid channel, DateOnly from, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select p.record_id from archive.snapshots p join archive.record_states s using (record_id) where p.channel_id = $1 and p.period_to >= $2 and s.disposed_at is null");
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = from });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    /// <summary>
    /// The gate before the append's own locks (Protections): of whom this chunk writes, and which of them it knows to be flagged. So a flag set between the
    /// reading and the writing makes the chunk be decided anew, and one being set waits for the chunk.
    /// </summary>
    private static NpgsqlBatchCommand? Entering(CaptureWorld world)
    {
        var (authors, flagged) = world.Authors();
        return authors.Length == 0 ? null : new("call archive.enter_capture($1, $2)") { Parameters = { new() { Value = authors }, new() { Value = flagged } } };
    }

    /// <summary>The act's attachments that its events name.</summary>
    private static IEnumerable<(Guid Id, ActAttachment Attachment)> Expected(ActContext context, IReadOnlyList<Happened> events)
    {
        var named = events.SelectMany(e => e.Event switch
        {
            ItemCaptured captured => captured.Attachments,
            ItemEdited edited => edited.Attachments,
            _ => [],
        }).Select(a => a.Id).ToHashSet();
        return context.Attachments.Where(a => named.Contains(a.Id));
    }

    /// <summary>Those that came with an address and no bytes.</summary>
    private static List<Guid> ToBeFetched(ActContext context, IReadOnlyList<Happened> events, IReadOnlyList<TakenIn> stored) =>
        [.. Expected(context, events).Where(e => e.Attachment is { Url.Length: > 0, ArchivePath: null } && !stored.Any(s => s.Attachment == e.Id)).Select(e => e.Id)];

    private async Task<(List<TakenIn> Stored, (string Code, string Detail)? Refused)> TakeIn(
        CaptureSource source, Guid record, IEnumerable<(Guid Id, ActAttachment Attachment)> expected, RecordKey key, CancellationToken ct)
    {
        var stored = new List<TakenIn>();
        try
        {
            foreach (var (id, attachment) in expected)
            {
                await using var bytes = attachment.Content is { } content ? new MemoryStream(content.ToArray(), writable: false) : source.Media is { } media ? await media(attachment, ct) : null;
                if (bytes is not null) stored.Add(await attachments.Take(record, key, id, attachment.FileName, bytes, ct));
            }

            return (stored, null);
        }
        catch (Exception error) when (Refusal(error) is not null)
        {
            await attachments.TakeBack(stored);
            return ([], Refusal(error));
        }
        catch
        {
            await attachments.TakeBack(stored);
            throw;
        }
    }

    private static (string Code, string Detail)? Refusal(Exception error) => error switch
    {
        ObjectStoreUnavailable => ("attachment-store-unavailable", "Bilagelagret kan inte nås just nu. Skicka raden igen senare; inget av den har sparats."),
        AttachmentTooLarge => ("attachment-too-large", "En bilaga är större än vad som tas emot (Attachments__MaxBytes). Lämna den på annat sätt; inget av raden har sparats."),
        ArchiveLimitException => ("attachment-over-archive-limit", "En bilaga i arkivfilen packas upp till mer än gränsen. Inget av posten har sparats."),
        InvalidDataException or IOException => ("attachment-damaged", "En bilaga kunde inte läsas hel. Inget av posten har sparats; rätta filen och försök igen."),
        _ => null,
    };

    private static NpgsqlBatchCommand Link(Guid delivery, IReadOnlyCollection<Guid> records) => new("""
        insert into archive.delivery_records (record_id, delivery_id)
        select r.id, $2 from unnest($1) r(id)
        where not exists (select 1 from archive.delivery_records d where d.record_id = r.id and d.delivery_id = $2)
        """)
    {
        Parameters = { new() { Value = records.ToArray() }, new() { Value = delivery } },
    };

    private async Task Run(NpgsqlBatchCommand statement, CancellationToken ct)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(statement);
        await batch.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>The same streams were written by others again and again; the whole chunk can be sent again.</summary>
public sealed class CaptureContended() : Exception("The same records were written by others at the same time; nothing of this chunk was stored. Send it again.");
