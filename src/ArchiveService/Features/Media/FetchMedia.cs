using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Media;

/// <summary>Fetches one file and ties it to its attachment: sealed and streamed like every other, with the event that says where it came from.</summary>
public sealed class FetchMedia(SealedLog log, MediaQueue queue, MediaClient client, MediaOptions options, AttachmentIntake intake, AuthorityRegister authorities, TimeProvider clock)
{
    private const int Appends = 20;

    public async Task Fetch(WaitingMedia media, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(media.Record, ct: ct);
        var state = history.Count == 0 ? RecordState.None : RecordState.From(history);
        if (!state.Exists || state.DisposedAt is not null || state.Locked || await Told(history, media.Attachment, ct) is not { } told)
        {
            await queue.Drop(media.Attachment, ct);
            return;
        }

        if (state.AttachmentsStored.Contains(media.Attachment))
        {
            await queue.Settle(media.Attachment, FetchOutcome.Fetched, ct);
            return;
        }

        if (!Uri.TryCreate(told.Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            await End(media, state, told, new(FetchOutcome.Refused, "scheme"), ct);
            return;
        }

        var (opened, verdict) = await client.Open(address, ct);
        if (opened is not null)
        {
            await using (opened) verdict = await Take(media, address, told, opened, ct);
        }

        if (verdict is not null) await Settle(media, state, told, verdict, ct);
    }

    /// <summary>Where the file was said to lie; null when no event of the record says it any more.</summary>
    private async Task<ToldOf?> Told(IReadOnlyList<Recorded> history, Guid attachment, CancellationToken ct)
    {
        var telling = history.LastOrDefault(h => h.Event switch
        {
            ItemCaptured captured => captured.Attachments.Any(a => a.Id == attachment),
            ItemEdited edited => edited.Attachments.Any(a => a.Id == attachment),
            _ => false,
        });
        if (telling is null || (await log.Open([telling], ct)).GetValueOrDefault(telling.Id)?.Parts is not { } parts) return null;
        return parts[$"attachment/{attachment:D}/url"] is { Length: > 0 } url ? new(url, parts[Parts.AttachmentFileName(attachment)]) : null;
    }

    /// <summary>Null: it is stored. Else what is to be said of it, or why it must be tried again.</summary>
    private async Task<FetchVerdict?> Take(WaitingMedia media, Uri address, ToldOf told, OpenedMedia opened, CancellationToken ct)
    {
        var keys = await log.Keys([media.Record], ct);
        if (keys.Find(media.Record, KeyClass.Content) is not { } key) return new(null, "record-changed");
        using var hash = SHA256.Create();
        await using var hashed = new CryptoStream(opened.Bytes, hash, CryptoStreamMode.Read, leaveOpen: true);
        TakenIn taken;
        try
        {
            taken = await intake.Take(media.Record, key, media.Attachment, told.FileName is { Length: > 0 } name ? name : MediaAnswers.FileName(address), hashed, ct);
        }
        catch (ObjectStoreUnavailable)
        {
            return new(null, StoreUnavailable);
        }
        catch (AttachmentTooLarge)
        {
            return new(FetchOutcome.TooLarge, "too-long");
        }
        catch (Exception error) when (MediaClient.Verdict(error, ct) is { } verdict)
        {
            return verdict;
        }

        var parts = Address(media.Attachment, told).With(AttachmentFetchEnded.DeclaredTypePart(media.Attachment), opened.DeclaredType)
            .With(AttachmentFetchEnded.HashPart(media.Attachment), Convert.ToHexStringLower(hash.Hash!));
        try
        {
            if (await Append(media, FetchOutcome.Fetched, null, parts, taken, keys, ct)) return null;
        }
        catch
        {
            await intake.TakeBackUnlessRecorded([taken]);
            throw;
        }

        await intake.TakeBack([taken]);
        return new(null, "record-changed");
    }

    private const string StoreUnavailable = "store-unavailable";

    private async Task Settle(WaitingMedia media, RecordState state, ToldOf told, FetchVerdict verdict, CancellationToken ct)
    {
        // The store that cannot be reached is our own fault, and uses up none of the file's attempts.
        if (verdict.Problem is StoreUnavailable or "record-changed") await queue.Later(media, TimeSpan.FromMinutes(1), verdict.Problem, counted: false, ct);
        else if (verdict.Outcome is null && media.Attempts < options.Attempts) await queue.Later(media, verdict.After is { } after && after > MediaOptions.Wait(media.Attempts) ? after : MediaOptions.Wait(media.Attempts), verdict.Problem, counted: true, ct);
        else await End(media, state, told, verdict, ct);
    }

    private async Task End(WaitingMedia media, RecordState state, ToldOf told, FetchVerdict verdict, CancellationToken ct)
    {
        var outcome = verdict.Outcome ?? (Uri.TryCreate(told.Url, UriKind.Absolute, out var address) && MediaAnswers.HasExpired(address, clock.GetUtcNow()) ? FetchOutcome.Expired : FetchOutcome.Failed);
        var keys = await log.Keys([media.Record], ct);
        if (keys.Find(media.Record, KeyClass.Content) is null || !await Append(media, outcome, verdict.Problem, Address(media.Attachment, told), null, keys, ct))
            await queue.Later(media, TimeSpan.FromMinutes(1), "record-changed", counted: false, ct);
    }

    private static Parts Address(Guid attachment, ToldOf told) => new Parts().With(AttachmentFetchEnded.UrlPart(attachment), told.Url);

    /// <summary>False when the record is destroyed, locked, or has the file already: then nothing was written.</summary>
    private async Task<bool> Append(WaitingMedia media, FetchOutcome outcome, string? problem, Parts parts, TakenIn? taken, KeySet keys, CancellationToken ct)
    {
        for (var attempt = 1; attempt <= Appends; attempt++)
        {
            var state = RecordState.From(await log.Store.ReadStream(media.Record, ct: ct));
            if (state.DisposedAt is not null || state.Locked || state.AttachmentsStored.Contains(media.Attachment)) return false;
            var policy = (await authorities.Find(state.Authority, ct))!.Policy;
            var ended = new Happened(new AttachmentFetchEnded(media.Attachment, outcome, clock.GetUtcNow(), media.Attempts, policy.Version), KeyClass.Content, parts);
            IReadOnlyList<Happened> events = taken is null ? [ended] : [taken.Event, ended];
            var after = events.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
            List<NpgsqlBatchCommand> beside = [RecordStates.Statement([(media.Record, after)]), Answering.OpenItems.Statement([(media.Record, after)]), MediaQueue.Ended(media.Attachment, outcome, problem)];
            if (taken is not null) beside.Insert(0, taken.Row);
            var appended = await log.Append([new(media.Record, "record", ExpectedVersion.Exactly(state.Version), events)], keys, new(Caller.System.PersonId.ToString("D")), beside, ct);
            if (appended is Appended.Done) return true;
            await Task.Delay(Random.Shared.Next(1, 10 * attempt), ct);
        }

        return false;
    }

    private sealed record ToldOf(string Url, string? FileName);
}
