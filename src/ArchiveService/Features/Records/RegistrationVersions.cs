using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// An entry of the diary as it has stood since <paramref name="At"/>: made, put right, or moved. Earlier ones are never overwritten (arkivförordningen 3 §).
/// <paramref name="Changed"/> is empty for the first of a number; <paramref name="TransferredTo"/> is where a document went, <paramref name="TransferredFrom"/> where it came from.
/// </summary>
public sealed record RegistrationVersion(
    int Number, string DiaryNumber, int DocumentNumber, DateTimeOffset At, string? Subject, string? SenderRecipient, string RecordType, DateTimeOffset ReceivedAt,
    IReadOnlyList<string> Changed, string? Reason, string? TransferredTo, string? TransferredFrom)
{
    /// <summary>What the public diary shows instead of the subject once the entry is released; null where it shows the subject.</summary>
    public string? PublicSubject { get; init; }

    internal Guid Authority { get; init; }

    internal Guid Case { get; init; }

    /// <summary>Every version, the newest last. Null for who may not know of the record.</summary>
    public static async Task<IReadOnlyList<RegistrationVersion>?> Read(Guid record, Caller caller, SealedLog log, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(record, ct: ct);
        return Records.Invisible(RecordState.From(history), caller) ? null : await Of(history, log, ct);
    }

    internal static async Task<IReadOnlyList<RegistrationVersion>> Of(IReadOnlyList<Recorded> history, SealedLog log, CancellationToken ct)
    {
        var entries = history.Where(h => h.Event is RecordRegistered or RegistrationCorrected or RecordTransferred).ToList();
        var opened = await log.Open(entries, ct);
        return Fold([.. entries.Select(e => (e, opened.GetValueOrDefault(e.Id)?.Parts))]);
    }

    /// <summary>Pure.</summary>
    internal static IReadOnlyList<RegistrationVersion> Fold(IReadOnlyList<(Recorded Recorded, Parts? Parts)> entries)
    {
        var versions = new List<RegistrationVersion>();
        RecordTransferred? left = null;
        foreach (var (recorded, parts) in entries)
        {
            switch (recorded.Event)
            {
                case RecordRegistered e:
                    versions.Add(new(
                        versions.Count + 1, e.DiaryNumber, e.DocumentNumber, e.RegisteredAt, parts?[Parts.Subject], parts?[SenderPart], e.RecordType, e.ReceivedAt, [], parts?[Parts.Motivation],
                        null, left is null ? null : RecordViewWords.DocumentNumber(left.FromDiaryNumber, left.FromDocumentNumber))
                    { Authority = e.Authority, Case = e.Case, PublicSubject = parts?[PublicPart] });
                    left = null;
                    break;
                case RegistrationCorrected e:
                    var before = versions[^1];
                    versions.Add(before with
                    {
                        Number = versions.Count + 1,
                        At = e.CorrectedAt,
                        Subject = e.Changed.Contains(RegistrationCorrected.Subject) ? parts?[Parts.Subject] : before.Subject,
                        SenderRecipient = e.Changed.Contains(RegistrationCorrected.SenderRecipient) ? parts?[SenderPart] : before.SenderRecipient,
                        PublicSubject = e.Changed.Contains(RegistrationCorrected.PublicSubject) ? parts?[PublicPart] : before.PublicSubject,
                        RecordType = e.RecordType,
                        ReceivedAt = e.ReceivedAt,
                        Changed = e.Changed,
                        Reason = parts?[Parts.Motivation],
                    });
                    break;
                case RecordTransferred e:
                    left = e;
                    versions.Add(versions[^1] with
                    {
                        Number = versions.Count + 1,
                        At = recorded.Time,
                        Changed = [],
                        Reason = parts?[Parts.Motivation],
                        TransferredTo = RecordViewWords.DocumentNumber(e.ToDiaryNumber, e.ToDocumentNumber),
                    });
                    break;
            }
        }

        return versions;
    }

    internal const string SenderPart = "senderRecipient";

    internal const string PublicPart = "publicSubject";
}
