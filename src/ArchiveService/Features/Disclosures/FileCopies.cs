using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// A copy masked by hand stands in for a file in what is given out: a film cut, a page blacked out and scanned again, a sound distorted. For what no program here can clean or mask it
/// is the only way to give out the rest (TF 2:15). The original is never touched.
/// </summary>
/// <param name="Note">How it was masked.</param>
/// <param name="Checked">Whoever masked it has seen that the copy carries nothing hidden: not under the black, not in its properties.</param>
public sealed record ReplaceFile(string? Provision, string? Note = null, bool Checked = false)
{
    /// <summary>Pure; what can be said before the copy is taken in.</summary>
    public Refusal? Check(DisclosureState state, Guid target, Guid attachment, OriginalDocument document)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { Kind: not FoundKind.Case } item) return Requests.NoItem;
        if (document.Files.All(f => f.Id != attachment)) return NoFile;
        if (item.Delivered) return new Refusal("item-delivered", "Handlingen är utlämnad i den här begäran.");
        if (item.Of(ExaminationStep.Provision) is not { Finding: "possible" }) return new Refusal("provision-first", "Ange först vilken bestämmelse som kan gälla: det som ingen bestämmelse skyddar maskas inte.");
        if (Provision?.Trim() is not { Length: > 0 and <= 200 }) return Refusal.Input("provision-missing", "Ange vilken bestämmelse maskningen har stöd i, högst 200 tecken (TF 2 kap. 20 §).");
        if (Note is { Length: > 4000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 4 000 tecken.");
        return Checked ? null : Refusal.Input("copy-not-checked", "Bekräfta att kopian är kontrollerad: att det maskade inte går att få fram, och att filens egenskaper inte säger mer än den visar.");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(DisclosureState state, Guid target, Guid attachment, OriginalDocument document, KeptFile kept, string fileName, Policy policy) =>
        Check(state, target, attachment, document) is { } no
            ? no
            : kept.Bytes == 0
                ? Refusal.Input("file-missing", "Filen är tom.")
                : new Happened(
                    new DisclosureFileReplaced(target, attachment, kept.File, kept.Object, kept.Bytes, kept.MediaType, Provision!.Trim(), policy.Version), KeyClass.Request,
                    new Parts().With("fileName", fileName).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()))
                {
                    EventId = kept.EventId,
                    Commitments = new Dictionary<string, string>(StringComparer.Ordinal) { [Parts.AttachmentBytes(kept.File)] = kept.Commitment },
                };

    /// <summary>Pure. The original is given out again, or masked in another way.</summary>
    public static Decision Withdraw(DisclosureState state, Guid target, Guid attachment, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { } item) return Requests.NoItem;
        if (item.Delivered) return new Refusal("item-delivered", "Handlingen är utlämnad i den här begäran.");
        return item.Copies.ContainsKey(attachment) ? new Happened(new DisclosureFileCopyWithdrawn(target, attachment, policy.Version), KeyClass.Request) : NoFile;
    }

    private static readonly Refusal NoFile = Refusal.Unknown("attachment", "Bilagan finns inte i handlingen, eller har ingen maskad kopia.");
}

/// <summary>The masked copies: sealed under the request's key, and gone with it.</summary>
public sealed class FileCopies(IObjectStore store, AttachmentIntake intake, SealedLog log)
{
    /// <exception cref="ObjectStoreUnavailable">Nothing has been noted; try again later.</exception>
    /// <exception cref="AttachmentTooLarge">Over the limit; nothing has been noted.</exception>
    public Task<KeptFile> Keep(Guid request, RecordKey key, Stream bytes, CancellationToken ct) => intake.Keep(request, key, null, bytes, ct);

    public Task TakeBack(KeptFile kept) => intake.TakeBack([kept]);

    public Task TakeBackUnlessRecorded(KeptFile kept) => intake.TakeBackUnlessRecorded([kept]);

    /// <summary>Null when the request's key is gone.</summary>
    public async Task<byte[]?> Open(Guid request, FileCopy copy, CancellationToken ct)
    {
        if ((await log.Keys([request], ct)).Find(request, KeyClass.Request) is not { } key) return null;
        using var whole = new MemoryStream((int)copy.Bytes);
        await store.OpenSealedRange(AttachmentIntake.ObjectKey(copy.Object), copy.Bytes, 0, copy.Bytes, key.AttachmentKey(copy.Id), SealedObjects.PlaceOf(request, copy.Id), whole, ct);
        return whole.ToArray();
    }

    public async Task<bool> Write(Guid request, FileCopy copy, Stream into, CancellationToken ct)
    {
        if ((await log.Keys([request], ct)).Find(request, KeyClass.Request) is not { } key) return false;
        await store.OpenSealedRange(AttachmentIntake.ObjectKey(copy.Object), copy.Bytes, 0, copy.Bytes, key.AttachmentKey(copy.Id), SealedObjects.PlaceOf(request, copy.Id), into, ct);
        return true;
    }
}
