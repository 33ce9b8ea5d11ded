using System.Globalization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Proofs;

/// <summary>
/// Proof bundles of documents that are no records of their own: what a case has written itself (notes, decisions, appeals on paper), and what goes out with an
/// utlämnande (the written decision, the receipt). Each is one event of its case or its request, so the bundle is an excerpt of that stream.
/// </summary>
public sealed class DocumentProofs(SealedLog log, Databases databases, CaseDocuments documents, DisclosureDocuments papers, RecordReads reads, ReadReasons reasons, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Refusal NotVouched = new("not-vouched-yet", "Ingen kontrollpunkt går i god för det än. Den kommer inom en sekund när bevisloggen är igång. Försök igen.", StatusCodes.Status503ServiceUnavailable);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/cases/{id:guid}/documents/{nr:int}/proof", async (Guid id, int nr, HttpContext http, Caller caller, DocumentProofs proofs, CancellationToken ct, string? kind = null) =>
            Answer(http, await proofs.OfCase(id, nr, kind, caller, ReadReasons.Said(http.Request) ?? caller.ReadReason, ct), string.Create(CultureInfo.InvariantCulture, $"bevis-{id:N}-{nr}")))
            .WithName("case-document-proof").WithTags("Evidence").WithSummary("A proof bundle of a note, a decision or an appeal on paper of a case.");
        routes.MapGet("/api/v1/disclosures/{id:guid}/decision/proof", async (Guid id, HttpContext http, Caller caller, DocumentProofs proofs, CancellationToken ct, string? kind = null) =>
            Answer(http, await proofs.OfPaper(id, decision: true, kind, caller, ct), $"bevis-beslut-{id:N}")).WithName("disclosure-decision-proof").WithTags("Evidence").WithSummary("A proof bundle of the written decisions of a request.");
        routes.MapGet("/api/v1/disclosures/{id:guid}/receipt/proof", async (Guid id, HttpContext http, Caller caller, DocumentProofs proofs, CancellationToken ct, string? kind = null) =>
            Answer(http, await proofs.OfPaper(id, decision: false, kind, caller, ct), $"bevis-kvitto-{id:N}")).WithName("disclosure-receipt-proof").WithTags("Evidence").WithSummary("A proof bundle of what was given out.");
    }

    public async Task<(ProofBundle? Bundle, Refusal? Refused)> OfCase(Guid id, int number, string? kind, Caller caller, string? reason, CancellationToken ct)
    {
        if (Kind(kind) is not { } asked) return (null, UnknownKind);
        if ((await documents.Of(id, caller, ct)).FirstOrDefault(d => d.Number == number) is not { } place) return (null, Refusal.Unknown("case-document", "Handlingen finns inte i ärendet, eller så får du inte se den."));
        if (place.State.Wall == Wall.Secret && string.IsNullOrWhiteSpace(reason) && !await reasons.Given(caller.PersonId, place.Entry, ct))
            return (null, Refusal.Input("read-reason-missing", $"Handlingen är sekretessmarkerad. Ange varför den öppnas, i {ReadReasons.Header} eller reason."));
        await reads.Note(caller, [(place.Entry, RecordStates.Stored(place.State.Wall))], ct, reason);
        return await Of(id, asked, e => e switch
        {
            CaseNoteWritten n => n.DocumentNumber == number,
            CaseDecisionMade d => d.DocumentNumber == number,
            CaseAppealReceived { Record: null } a => a.DocumentNumber == number,
            _ => false,
        }, CaseDocuments.GivenParts, ct);
    }

    /// <summary>All decisions, or all receipts, of a request. To whoever may not know of everything in them there are none.</summary>
    public async Task<(ProofBundle? Bundle, Refusal? Refused)> OfPaper(Guid id, bool decision, string? kind, Caller caller, CancellationToken ct)
    {
        if (Kind(kind) is not { } asked) return (null, UnknownKind);
        if (await papers.Of(id, caller, ct) is not { } found) return (null, Requests.Unknown);
        var history = await log.Store.ReadStream(id, ct: ct);
        var whole = history.Count(e => decision ? e.Event is DisclosureRefused : e.Event is DisclosureDelivered);
        if (whole == 0 || whole != (decision ? found.Decisions.Count : found.Receipts.Count))
            return (null, decision ? Refusal.Unknown("disclosure-decision", "Det finns inget skriftligt beslut i begäran.") : Refusal.Unknown("disclosure-receipt", "Inget är utlämnat i begäran."));
        return await Of(id, asked, e => decision ? e is DisclosureRefused : e is DisclosureDelivered, null, ct);
    }

    private async Task<(ProofBundle? Bundle, Refusal? Refused)> Of(Guid stream, BundleKind kind, Func<object, bool> wanted, IReadOnlyList<string>? shown, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(stream, ct: ct);
        var own = history.Where(h => wanted(h.Event)).ToList();

        // That it existed is shown from the stream's first event on; a copy is an excerpt.
        var ids = (kind == BundleKind.Existed ? own.Prepend(history[0]) : own).Select(h => h.Id).ToHashSet();
        var places = new LogPlaces(databases.Writer);
        var maker = new BundleMaker(places);
        if (!await Vouched(places, maker, [.. (await places.Events([stream], ct)).Where(e => ids.Contains(e.Id))], ct)) return (null, NotVouched);
        if (kind == BundleKind.AuthenticCopy)
        {
            var opened = await log.Open(own, ct);
            foreach (var one in own.Where(o => o.Event is SealableEvent { Sealed: not null }))
            {
                if (opened.GetValueOrDefault(one.Id) is not { IsDestroyed: false, Parts: { } parts, Key: { } key }) return (null, new("document-disposed", "Innehållet är gallrat. Att handlingen har funnits går att bevisa (kind=existed)."));
                foreach (var part in ((SealableEvent)one.Event).Sealed!.Cm.Keys.Where(p => shown is null || shown.Contains(p)))
                {
                    if (parts.Bytes(part) is { } value) maker.Show(one.Id, new(part, Seal.Salt(key, one.Id, part), value, null));
                }
            }
        }

        return (await maker.Make(kind, stream, null, [], ct), null);
    }

    /// <summary>Adds events and a checkpoint that vouches for them; waits a little for one that is being signed.</summary>
    private async Task<bool> Vouched(LogPlaces places, BundleMaker maker, IReadOnlyList<StoredEvent> events, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        foreach (var one in events)
        {
            while (!await maker.Add(one, ct))
            {
                if (clock.GetElapsedTime(since) > Patience) return false;
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
            }
        }

        foreach (var last in maker.Places.GroupBy(p => p.Origin, StringComparer.Ordinal).Select(g => g.MaxBy(p => p.Index)!).ToList())
        {
            KeptCheckpoint? checkpoint;
            while ((checkpoint = await places.Latest(last.Origin, ct)) is null || checkpoint.Size <= last.Index)
            {
                if (clock.GetElapsedTime(since) > Patience) return false;
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
            }

            maker.Under(checkpoint);
        }

        return true;
    }

    private static BundleKind? Kind(string? kind) =>
        BundleKinds.ByWord.TryGetValue(kind ?? "authentic-copy", out var asked) && asked is BundleKind.AuthenticCopy or BundleKind.Existed ? asked : null;

    private static Refusal UnknownKind => Refusal.Input("proof-kind", "Ange kind=authentic-copy eller kind=existed.");

    private static IResult Answer(HttpContext http, (ProofBundle? Bundle, Refusal? Refused) made, string name)
    {
        if (made.Refused is { } no) return Problems.Refused(no);
        http.Response.Headers.CacheControl = "private, no-store";
        return Results.Bytes(made.Bundle!.Write(), "application/json", name + ".json");
    }
}
