using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

public sealed record Signature(string? Name, string Role, Guid Person, DateTimeOffset At);

public sealed record CertificateStep(string Step, string Status, DateTimeOffset? At, DateOnly? AtLatest);

public sealed record CertificateCounts(
    int Items, int Destroyed, int Skipped, IReadOnlyDictionary<string, long> SkippedBecause, int Accounts, int Deliveries, int Keys, int Ciphertexts, int Objects);

/// <summary>
/// Gallringsprotokoll with gallringsbevis (domain §2.12): who, under what, how much, how and what may still be left. Nothing of what was destroyed.
/// Until the epoch keys are rotated it says raderad, never förstörd (architecture §4).
/// </summary>
public sealed record Certificate(
    string Kind, Guid Run, DateTimeOffset IssuedAt, string Status,
    object Authority, object Decision, object Rule, DateOnly Oldest, DateOnly Newest, CertificateCounts Counts, object Manifest,
    Signature Proposed, Signature Approved, Signature Executed, IReadOnlyList<string> Method, object Verification, IReadOnlyList<CertificateStep> Steps,
    IReadOnlyList<string> RemainsIn, DateOnly UnreadableEverywhereFrom, object ErasureLedger);

public sealed class Certificates(SealedLog log, AuthorityRegister authorities, RetentionRegister register, DisposalRuns runs)
{
    /// <summary>Null until the run is completed.</summary>
    public async Task<Certificate?> Of(DisposalRun run, CancellationToken ct)
    {
        if (run.State is not RunState.Completed) return null;
        var history = await log.Store.ReadStream(run.Id, ct: ct);
        var opened = await log.Open([.. history], ct);
        var progress = await runs.Progress(run.Id, ct);
        var authority = (await authorities.Find(run.Authority, ct))!;
        var decision = (await register.FindDecision(run.Decision, ct))!;
        var rule = (await register.FindRule(run.Rule, run.RuleVersion, ct))!;
        T Last<T>() => history.Select(h => h.Event).OfType<T>().Last();
        var (destroyed, verified, issued) = (Last<DisposalDestroyed>(), Last<DisposalVerified>(), Last<DisposalProtocolIssued>());
        var final = issued.FinalOn;

        return new(
            "gallringsbevis", run.Id, run.CompletedAt!.Value, $"raderad, slutförs senast {Swedish.Date(final)}",
            new { authority.Code, authority.Name, preset = authority.Policy.PresetName },
            new
            {
                decision.Id,
                decision.Reference,
                decision.DecidingBody,
                decision.DecidedOn,
                decision.ValidFrom,
                decision.ValidUntil,
                decision.RecordTypes,
                frist = decision.Frist.ToIso(),
                legalBasis = "arkivlagen (1990:782) 10 §",
            },
            new
            {
                rule.Id,
                rule.Version,
                rule.Name,
                rule.RecordTypes,
                countedFrom = rule.CountedFrom.Stored(),
                frist = rule.Frist.ToIso(),
                inWords = $"{rule.Frist.InSwedish()} {Words.CountedFromInSwedish[rule.CountedFrom.Stored()]}",
                rule.Classes,
                run.DueBefore,
            },
            run.Oldest, run.Newest,
            new(run.Items, destroyed.Records, destroyed.Skipped, progress.Skipped, destroyed.Accounts, destroyed.Deliveries, destroyed.Keys, destroyed.Ciphertexts, destroyed.Objects),
            new { algorithm = "SHA-256", digest = run.ManifestDigest },
            Signed<DisposalProposed>(history, opened, e => e.Role), Signed<DisposalApproved>(history, opened, e => e.Role), Signed<DisposalExecutionStarted>(history, opened, e => e.Role),
            [
                "Krypteringsnycklarna och den förseglade texten raderades i samma transaktion som händelsen om gallring skrevs.",
                "Härledda uppgifter (sökindex, handlingsvyer, kontonamn) tömdes i samma transaktion.",
                "Alla versioner av bilagor och mottagna leveranser togs bort ur objektlagret.",
                "Gallringsstopp, regel, beslut, frist och godkännande prövades på nytt för varje handling i den transaktionen.",
            ],
            new { verified.ByReference, sampledByContent = verified.ByContent, at = run.VerifiedAt },
            [
                new("logisk", "genomförd", run.DestroyedAt, null),
                run.ScrubbedAt is { } scrubbed ? new("fysisk", "genomförd", scrubbed, null) : new("fysisk", "väntar på ./run scrub", null, null),
                new("slutlig", "väntar på byte av epoknyckel", null, final),
            ],
            [.. issued.RemainsIn.Select(where => Where(where, final))], final,
            new { lastEntry = destroyed.LedgerEntry, destroyed.Batches });
    }

    /// <summary>The same as a document to print; null until the run is completed.</summary>
    public async Task<Printing.PdfDocument?> OnPaper(DisposalRun run, CancellationToken ct)
    {
        if (await Of(run, ct) is not { } certificate) return null;
        var authority = (await authorities.Find(run.Authority, ct))!;
        var decision = (await register.FindDecision(run.Decision, ct))!;
        var rule = (await register.FindRule(run.Rule, run.RuleVersion, ct))!;
        return CertificatePaper.Of(
            certificate, authority.Name, new(decision.Reference, decision.DecidingBody, decision.DecidedOn), Swedish.Sentence(GallringModel.Types(rule.RecordTypes)),
            $"{rule.Frist.InSwedish()} {Words.CountedFromInSwedish.Said(rule.CountedFrom.Stored())}", run.ManifestDigest);
    }

    private static Signature Signed<T>(IReadOnlyList<Recorded> history, IReadOnlyDictionary<Guid, Opened> opened, Func<T, string> role)
        where T : DisposalEvent
    {
        var signed = history.Last(h => h.Event is T);
        var name = opened.TryGetValue(signed.Id, out var content) ? content.Parts?[DisposalRun.ActorName] : null;
        return new(name, role((T)signed.Event), Guid.Parse(signed.Actor!), signed.Time);
    }

    private static string Where(string where, DateOnly final) => where.Split(':') switch
    {
        ["channel", var platform, var count] => $"kanalen själv ({RecordViewWords.Platform(platform)}): {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} av handlingarna låg kvar där vid gallringen",
        ["backups"] => $"säkerhetskopior från tiden före gallringen: läsbara tills epoknyckeln bytts, senast {Swedish.Date(final)}",
        ["snapshots", var count] => $"ögonblicksbilder av kanalen från den tiden: {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} finns kvar här, som handlingar med egen frist",
        ["paper", var count] => $"papperskopior: {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} är antecknade och ska förstöras för sig",
        ["snapshots"] => "ögonblicksbilder av kanalen, om sådana har tagits",
        ["paper"] => "papperskopior, om sådana har skrivits ut",
        ["disclosed-copies"] => "kopior som har lämnats ut, och andras svar som citerar",
        _ => where,
    };
}
