using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <param name="Title">Tjänstetitel where it was given; else the role that the act was done in.</param>
public sealed record Signature(string? Name, string Role, Guid Person, DateTimeOffset At, string? Title = null);

/// <summary>A protocol signed afterwards: by whoever controlled, or by arkivansvarig.</summary>
/// <param name="Form"><c>electronic</c> or <c>paper</c>; of a paper <paramref name="KeptAt"/> tells where it is.</param>
public sealed record ProtocolSignature(string Part, string Form, string? Name, string? Title, string Role, DateOnly SignedOn, DateTimeOffset NotedAt, string? KeptAt)
{
    /// <summary>Of the signed paper as it was read in; null while it is not.</summary>
    public string? ScanSha256 { get; init; }
}

public sealed record CertificateStep(string Step, string Status, DateTimeOffset? At, DateOnly? AtLatest);

public sealed record CertificateCounts(
    int Items, int Destroyed, int Skipped, IReadOnlyDictionary<string, long> SkippedBecause, int Accounts, int Deliveries, int Keys, int Ciphertexts, int Objects);

/// <summary>Where the protocol stands in the diary.</summary>
public sealed record CertificateEntry(Guid? Case, string? DiaryNumber, int? DocumentNumber, string? Number, string? NotRegistered)
{
    /// <summary>The other system whose diary gave the number.</summary>
    public string? System { get; init; }
}

public sealed record CertificateDecision(
    Guid Id, string Reference, string DecidingBody, DateOnly DecidedOn, DateOnly ValidFrom, DateOnly? ValidUntil, IReadOnlyList<string> RecordTypes, string Frist, string LegalBasis, string? Scope,
    string? Consultation);

public sealed record CertificateRule(
    Guid Id, int Version, string Name, IReadOnlyList<string> RecordTypes, string CountedFrom, string Frist, string InWords, IReadOnlyList<string> Classes, DateOnly DueBefore);

/// <summary>What was destroyed, by type, and the classes (klass) of the cases that it stood in.</summary>
public sealed record CertificateScope(IReadOnlyDictionary<string, long> RecordTypes, IReadOnlyList<string> Classes, string InWords);

/// <param name="Bytes">Null where it was not measured beforehand.</param>
public sealed record CertificateVolume(long Records, long? Bytes, string InWords);

/// <summary>How each due date was come by, and the first and last of them.</summary>
public sealed record CertificateFrist(string Frist, string TriggerEvent, string InWords, DateOnly? FirstDueOn, DateOnly? LastDueOn);

/// <param name="HeldAtProposal">Left out of the list because something held them.</param>
/// <param name="HeldAtExecution">Skipped when they were to be destroyed.</param>
public sealed record CertificateChecks(int HeldAtProposal, long HeldAtExecution, IReadOnlyList<string> Checked);

public sealed record CertificateSample(int Looked, int WithoutPassage, bool Lost, string InWords);

/// <param name="ByReference">For how many ids it was asked.</param>
/// <param name="ByContent">Whether all of it was read for the sample.</param>
public sealed record CertificatePlace(string Place, long ByReference, bool ByContent);

public sealed record CertificateLook(int ByReference, int SampledByContent, DateTimeOffset? At, CertificateSample Sample, IReadOnlyList<CertificatePlace> Places);

public sealed record CertificateCopy(string Kind, string InWords, long Count, string Where, string Rule);

public sealed record CertificateAuthority(string Code, string Name, string Preset);

/// <summary>
/// Gallringsprotokoll with gallringsbevis (domain §2.12): who, under what, how much, how and what may still be left. Nothing of what was destroyed.
/// Until the epoch keys are rotated it says raderad, never förstörd (architecture §4).
/// </summary>
public sealed record Certificate(
    string Kind, Guid Run, DateTimeOffset IssuedAt, string Status, CertificateEntry Diary,
    CertificateAuthority Authority, CertificateDecision Decision, CertificateRule Rule, CertificateScope Scope, DateOnly Oldest, DateOnly Newest, CertificateCounts Counts, CertificateVolume Volume,
    string Storage, CertificateFrist Frist, CertificateChecks Checks, object Manifest,
    Signature Proposed, Signature Approved, Signature Executed, IReadOnlyList<ProtocolSignature> Controlled, IReadOnlyList<ProtocolSignature> ArchivistInCharge,
    IReadOnlyList<string> Method, IReadOnlyList<string> Deviations, CertificateLook Verification, IReadOnlyList<CertificateStep> Steps,
    IReadOnlyList<string> RemainsIn, IReadOnlyList<CertificateCopy> Copies, DateOnly? UnreadableEverywhereFrom, string UnreadableEverywhere, object ErasureLedger)
{
    public required string ManifestDigest { get; init; }
}

/// <summary>What became of the epoch key that could open what the run destroyed.</summary>
/// <param name="DestroyedAt">Null: it still exists.</param>
/// <param name="Exports">When keys were exported that may hold it.</param>
public sealed record EpochFate(DateTimeOffset? DestroyedAt, IReadOnlyList<DateTimeOffset> Exports)
{
    public static EpochFate Unknown { get; } = new(null, []);
}

/// <summary>From when nothing of it can be read anywhere under the authority's control. Pure.</summary>
public static class Unreadable
{
    /// <summary>
    /// The last of: the day the epoch key is destroyed, after which no backup of the log can be opened; and the end of the retention of physical backups and of archived write-ahead log, which
    /// hold what the views said in the clear until the physical step. Null when one of these is not known.
    /// </summary>
    /// <param name="final">The day the epoch key was destroyed, or is to be at latest.</param>
    /// <param name="physical">The day of the physical step; the final day stands for one that is still to come.</param>
    /// <param name="physicalBackups">How long they are kept, as the policy says: <c>unknown</c>, <c>none</c> or a period.</param>
    /// <param name="walArchive">Likewise.</param>
    public static (DateOnly? From, string InWords) From(DateOnly final, DateOnly? physical, string physicalBackups, string walArchive)
    {
        var unknown = new[] { (physicalBackups, "fysiska säkerhetskopior"), (walArchive, "arkiverad transaktionslogg") }.Where(v => v.Item1 != "none" && Period.Parse(v.Item1) is null).Select(v => v.Item2).ToList();
        if (unknown.Count > 0) return (null, $"kan inte sägas: hur länge {string.Join(" och ", unknown)} sparas är inte känt (policyn säger det inte)");
        var from = new[] { final, End(physicalBackups), End(walArchive) }.Max();
        return (from, $"{Swedish.Date(from)}{(physical is null ? ", om den fysiska raderingen (./run scrub) är gjord senast då epoknyckeln förstörs" : "")}");

        DateOnly End(string kept) => Period.Parse(kept) is { } period ? period.After(physical ?? final) : final;
    }
}

public sealed class Certificates(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, DisposalRuns runs)
{
    /// <summary>For a reader without clearance.</summary>
    public Task<Certificate?> Of(DisposalRun run, CancellationToken ct) => Of(run, false, ct);

    /// <summary>Null until the run is completed.</summary>
    /// <param name="cleared">Whether the reader may know of copies that stand behind a wall.</param>
    public async Task<Certificate?> Of(DisposalRun run, bool cleared, CancellationToken ct)
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
        var counted = await Counted(run.Id, ct);
        var said = await Said(run.Decision, ct);
        var fate = await Fate(run, ct);
        var final = fate.DestroyedAt is { } gone ? Swedish.Day(gone) : issued.FinalOn;
        var (unreadable, unreadableInWords) = Unreadable.From(
            final, run.ScrubbedAt is { } at ? Swedish.Day(at) : null, authority.Policy["disposal.physicalBackups"], authority.Policy["disposal.walArchive"]);
        var scans = history.Where(h => h.Event is DisposalProtocolScanned && opened.GetValueOrDefault(h.Id)?.Parts?.Bytes(ScanProtocol.Scan) is not null)
            .GroupBy(h => ProtocolPaperHandler.PartOf(((DisposalProtocolScanned)h.Event).Part), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(opened[g.Last().Id].Parts!.Bytes(ScanProtocol.Scan)!)), StringComparer.Ordinal);
        var signed = history.Where(h => h.Event is DisposalProtocolSigned).Select(h => Signature(h, opened)).Select(s => s.Form == "paper" ? s with { ScanSha256 = scans.GetValueOrDefault(s.Part) } : s).ToList();
        var elsewhere = history.Select(h => h.Event).OfType<DisposalProtocolNumbered>().LastOrDefault();
        var copies = await Copies([.. (verified.Copies ?? []).Where(c => cleared || !c.Place.EndsWith(DisposalVerification.Behind, StringComparison.Ordinal))], ct);
        IReadOnlyList<string> remains =
        [
            .. issued.RemainsIn.Select(where => Where(where, issued.FinalOn, fate)),
            .. copies.Where(c => !issued.RemainsIn.Any(where => where.StartsWith(Stored(c.Kind), StringComparison.Ordinal))).Select(c => $"{c.InWords}: {Swedish.Number(c.Count)}; {c.Rule}"),
            .. fate.Exports.Select(e => $"nyckelexport {Swedish.Date(e)}: den som har exporten och en säkerhetskopia från tiden före gallringen kan läsa"),
        ];

        var counts = new CertificateCounts(
            run.Items, destroyed.Records, destroyed.Skipped, progress.Skipped, destroyed.Accounts, destroyed.Deliveries, destroyed.Keys, destroyed.Ciphertexts, destroyed.Objects);
        var frist = $"{rule.Frist.InSwedish()} {Words.CountedFromInSwedish.Said(rule.CountedFrom.Stored())}";
        return new(
            "gallringsbevis", run.Id, run.CompletedAt!.Value,
            fate.DestroyedAt is { } finished ? $"förstörd i arkivet {Swedish.Date(finished)}{(remains.Count > 0 ? "; finns kvar i: se nedan" : "")}" : $"raderad, slutförs senast {Swedish.Date(issued.FinalOn)}",
            new(issued.Case, issued.DiaryNumber ?? elsewhere?.DiaryNumber, issued.DocumentNumber, issued is { DiaryNumber: { } number, DocumentNumber: { } document } ? RecordViewWords.DocumentNumber(number, document) : elsewhere?.DiaryNumber,
                issued.DiaryNumber is not null || elsewhere is not null ? null : issued.NotRegistered switch
                {
                    null => "utfärdat innan protokoll registrerades här",
                    ProtocolRegistration.External => "diariet förs i ett annat system, som ger protokollet dess nummer",
                    var why => $"det kunde inte registreras ({why})",
                })
            {
                System = issued.DiaryNumber is null ? elsewhere?.System : null,
            },
            new(authority.Code, authority.Name, authority.Policy.PresetName),
            new(decision.Id, decision.Reference, decision.DecidingBody, decision.DecidedOn, decision.ValidFrom, decision.ValidUntil, decision.RecordTypes, decision.Frist.ToIso(), "arkivlagen (1990:782) 10 §", said.Scope, said.Consultation),
            new(rule.Id, rule.Version, rule.Name, rule.RecordTypes, rule.CountedFrom.Stored(), rule.Frist.ToIso(), frist, rule.Classes, run.DueBefore),
            new(counted.Types, counted.Classes,
                $"{string.Join(", ", counted.Types.Select(t => $"{Words.RecordTypes.Said(t.Key)} ({Swedish.Number(t.Value)})"))}; gallrar {string.Join(" och ", rule.Classes.Select(c => Words.Classes.Said(c)))}"),
            run.Oldest, run.Newest, counts,
            new(destroyed.Records, destroyed.Bytes, $"{Swedish.Count(destroyed.Records, "handling", "handlingar")}, {(destroyed.Bytes is { } bytes ? Swedish.Bytes(bytes) : "volymen mättes inte")}"),
            "ArchiveService: händelselogg, vyer och sökregister i PostgreSQL; bilagor och mottagna leveranser i bilagelagret",
            new(rule.Frist.ToIso(), rule.CountedFrom.Stored(), frist, counted.FirstDue, counted.LastDue),
            new(Last<DisposalProposed>().Held, progress.Skipped.GetValueOrDefault("held"),
                [
                    "gallringsstopp: på handlingen, ärendet och kontot",
                    "pågående ärenden: det som räknas från ärendets slut har ingen dag förrän det är avslutat",
                    "begäran om utlämnande: det som någon väntar på hålls kvar till den är avslutad",
                ]),
            new { algorithm = "SHA-256", digest = run.ManifestDigest },
            Signed<DisposalProposed>(history, opened, e => e.Role), Signed<DisposalApproved>(history, opened, e => e.Role), Signed<DisposalExecutionStarted>(history, opened, e => e.Role),
            [.. signed.Where(s => s.Part == "controller")], [.. signed.Where(s => s.Part == "archivist")],
            [
                "Krypteringsnycklarna och den förseglade texten raderades i samma transaktion som händelsen om gallring skrevs.",
                "Härledda uppgifter (sökindex, handlingsvyer, kontonamn) tömdes i samma transaktion.",
                "Alla versioner av bilagor och mottagna leveranser togs bort ur bilagelagret: tidigare versioner, borttagningsmärken och oavslutade uppladdningar med dem.",
                "Säkerhetskopior från tiden före gallringen kan inte öppnas när epoknyckeln är förstörd.",
                "Gallringsstopp, regel, beslut, frist och godkännande prövades på nytt för varje handling i den transaktionen.",
            ],
            Deviations(counts, history, verified, issued.NotRegistered is not null && elsewhere is null),
            new(verified.ByReference, verified.ByContent, run.VerifiedAt, Sample(verified), [.. (verified.Places ?? []).Select(p => new CertificatePlace(p.Place, p.ByReference, p.ByContent > 0 || verified.ByContent > 0))]),
            [
                new("logisk", "genomförd", run.DestroyedAt, null),
                run.ScrubbedAt is { } scrubbed ? new("fysisk", "genomförd", scrubbed, null) : new("fysisk", "väntar på ./run scrub", null, null),
                fate.DestroyedAt is { } rotated ? new("slutlig", "genomförd: epoknyckeln är förstörd", rotated, null) : new("slutlig", "väntar på byte av epoknyckel (./run keys rotate)", null, issued.FinalOn),
            ],
            remains, copies, unreadable, unreadableInWords, new { lastEntry = destroyed.LedgerEntry, destroyed.Batches })
        {
            ManifestDigest = run.ManifestDigest,
        };
    }

    /// <summary>The same as a document to print; null until the run is completed.</summary>
    public async Task<Printing.PdfDocument?> OnPaper(DisposalRun run, bool cleared, CancellationToken ct) => await Of(run, cleared, ct) is { } certificate ? CertificatePaper.Of(certificate) : null;

    private static Signature Signed<T>(IReadOnlyList<Recorded> history, IReadOnlyDictionary<Guid, Opened> opened, Func<T, string> role)
        where T : DisposalEvent
    {
        var signed = history.Last(h => h.Event is T);
        var parts = opened.TryGetValue(signed.Id, out var content) ? content.Parts : null;
        return new(parts?[DisposalRun.ActorName], role((T)signed.Event), Guid.Parse(signed.Actor!), signed.Time, parts?[SignProtocol.SignerTitle] ?? role((T)signed.Event));
    }

    private static ProtocolSignature Signature(Recorded at, IReadOnlyDictionary<Guid, Opened> opened)
    {
        var (signed, parts) = ((DisposalProtocolSigned)at.Event, opened.GetValueOrDefault(at.Id)?.Parts);
        return new(
            signed.Part is SigningPart.Controller ? "controller" : "archivist", signed.Form is SigningForm.Electronic ? "electronic" : "paper",
            parts?[SignProtocol.SignerName], parts?[SignProtocol.SignerTitle], signed.Role, signed.SignedOn, at.Time, parts?[SignProtocol.KeptAtPart]);
    }

    private static CertificateSample Sample(DisposalVerified verified)
    {
        var (without, lost) = (verified.WithoutPassage ?? 0, verified.SampleLost ?? false);
        var searched = verified.ByContent == 0 ? "" : $"en mening ur {Swedish.Count(verified.ByContent, "handling", "handlingar")} söktes i varje plats och fanns inte kvar";
        var words = (verified.ByContent, lost) switch
        {
            (0, true) => "stickprovet gick förlorat när körningen avbröts: det hålls bara i minnet, och när innehållet är borta går det inte att ta om",
            (_, true) => $"stickprovet gick förlorat när körningen avbröts och togs om på det som var kvar; {searched}",
            (0, false) => "inget i stickprovet sade något som var långt nog och bara dess eget",
            _ => searched,
        };
        return new(verified.ByContent, without, lost, without > 0 && verified.ByContent > 0 ? $"{words}; {Swedish.Number(without)} till hade inget långt nog som bara var deras" : words);
    }

    private static List<string> Deviations(CertificateCounts counts, IReadOnlyList<Recorded> history, DisposalVerified verified, bool unnumbered)
    {
        var found = counts.SkippedBecause.Select(s => $"{Swedish.Count(s.Value, "handling", "handlingar")} hoppades över: {RunModel.Reason(s.Key)}").ToList();
        found.AddRange(history.Where(h => h.Event is DisposalResidueFound).Select(h =>
            $"kontrollen {Swedish.DateAndClock(h.Time)} fann rester i {string.Join(", ", ((DisposalResidueFound)h.Event).Left.Select(l => l.What))}; de var borta när protokollet utfärdades"));
        if (verified.SampleLost is true) found.Add(Sample(verified).InWords);
        if (unnumbered) found.Add("Protokollet har inget nummer i det här diariet.");
        return found;
    }

    private sealed record Counts(IReadOnlyDictionary<string, long> Types, IReadOnlyList<string> Classes, DateOnly? FirstDue, DateOnly? LastDue);

    private async Task<Counts> Counted(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select coalesce(s.record_type, 'disclosure-request'), count(*), array_agg(distinct c.class_code) filter (where c.class_code <> ''), min(i.due_on), max(i.due_on)
            from archive.disposal_items i left join archive.record_states s using (record_id) left join archive.cases c on c.case_id = s.case_id
            where i.run_id = $1 and i.state = 'destroyed' group by 1 order by 1
            """);
        query.Parameters.Add(new() { Value = run });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var (types, classes, first, last) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal), DateOnly.MaxValue, DateOnly.MinValue);
        while (await rows.ReadAsync(ct))
        {
            types[rows.GetString(0)] = rows.GetInt64(1);
            classes.UnionWith(rows.Texts(2) ?? []);
            (first, last) = (Min(first, rows.GetFieldValue<DateOnly>(3)), Max(last, rows.GetFieldValue<DateOnly>(4)));
        }

        return new(types, [.. classes], types.Count == 0 ? null : first, types.Count == 0 ? null : last);

        static DateOnly Min(DateOnly a, DateOnly b) => a < b ? a : b;
        static DateOnly Max(DateOnly a, DateOnly b) => a > b ? a : b;
    }

    /// <summary>What the decision says in words: its scope, and the consultation before it (samråd).</summary>
    private async Task<(string? Scope, string? Consultation)> Said(Guid decision, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(decision, ct: ct);
        var opened = await log.Open([.. history], ct);
        string? Part(string name) => history.Select(h => opened.GetValueOrDefault(h.Id)?.Parts?[name]).LastOrDefault(said => said is not null);
        return (Part("scope"), Part("consultation"));
    }

    /// <summary>Where rotations of the epoch key are recorded: one begun after the run's logical step and carried through takes the key that could open it.</summary>
    private async Task<EpochFate> Fate(DisposalRun run, CancellationToken ct)
    {
        if (!await Exists("archive.key_rotations", ct)) return EpochFate.Unknown;
        DateTimeOffset? destroyed = null;
        string? after = null;
        await using (var query = databases.Writer.CreateCommand(
            "select destroyed_at, new_kek::text from archive.key_rotations where started_at >= $1 and destroyed_at is not null order by destroyed_at limit 1"))
        {
            query.Parameters.Add(new() { Value = run.DestroyedAt!.Value.ToUniversalTime() });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (await row.ReadAsync(ct)) (destroyed, after) = (row.GetFieldValue<DateTimeOffset>(0), row.GetString(1));
        }

        if (!await Exists("archive.key_exports", ct)) return new(destroyed, []);
        await using var exports = databases.Writer.CreateCommand(
            "select exported_at from archive.key_exports where ($1::timestamptz is null or exported_at <= $1) and kek_id::text is distinct from $2 order by exported_at");
        exports.Parameters.Add(new() { Value = (object?)destroyed?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        exports.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var rows = await exports.ExecuteReaderAsync(ct);
        var found = new List<DateTimeOffset>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetFieldValue<DateTimeOffset>(0));
        return new(destroyed, found);
    }

    private async Task<bool> Exists(string table, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select to_regclass($1) is not null");
        query.Parameters.Add(new() { Value = table });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private async Task<List<CertificateCopy>> Copies(IReadOnlyList<FoundCopy> found, CancellationToken ct)
    {
        var copies = new List<CertificateCopy>();
        foreach (var copy in found)
        {
            var kind = ContentPlaces.Kind(copy.Kind);
            var rule = copy is { Rule: { } id, RuleVersion: { } version } ? await register.FindRule(id, version, ct) : null;
            copies.Add(new(copy.Kind, kind.InSwedish, copy.Count, copy.Place, rule is null ? kind.Otherwise : $"regeln {rule.Name}, version {rule.Version}: {rule.Frist.InSwedish()} {Words.CountedFromInSwedish.Said(rule.CountedFrom.Stored())}"));
        }

        return copies;
    }

    /// <summary>The word that <c>RemainsIn</c> has for a kind of copy.</summary>
    private static string Stored(string kind) => kind switch
    {
        "snapshot" => "snapshots:",
        "paper" => "paper:",
        _ => $"{kind}:",
    };

    private static string Where(string where, DateOnly final, EpochFate fate) => where.Split(':') switch
    {
        ["channel", var platform, var count] => $"kanalen själv ({RecordViewWords.Platform(platform)}): {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} av handlingarna låg kvar där vid gallringen",
        ["backups"] => fate.DestroyedAt is { } gone
            ? $"säkerhetskopior från tiden före gallringen: kan inte läsas, epoknyckeln förstördes {Swedish.Date(gone)}"
            : $"säkerhetskopior från tiden före gallringen: läsbara tills epoknyckeln bytts, senast {Swedish.Date(final)}",
        ["snapshots", var count] => $"ögonblicksbilder av kanalen från den tiden: {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} finns kvar här, som handlingar med egen frist",
        ["paper", var count] => $"papperskopior: {Swedish.Number(long.Parse(count, CultureInfo.InvariantCulture))} är antecknade och ska förstöras för sig",
        ["snapshots"] => "ögonblicksbilder av kanalen, om sådana har tagits",
        ["paper"] => "papperskopior, om sådana har skrivits ut",
        ["disclosed-copies"] => "kopior som har lämnats ut, och andras svar som citerar",
        _ => where,
    };
}
