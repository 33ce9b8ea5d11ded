using System.IO.Compression;
using System.Text;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Removed;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Inspections;

/// <summary>A list of the pack: a file, and a table of the index.</summary>
public sealed record InspectionTable(string Title, string Path, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string?>> Rows);

public sealed record PackFile(string Path, byte[] Bytes);

public sealed record PackMade(Guid Id, DateOnly From, DateOnly To, bool Secret, DateTimeOffset MadeAt, string MadeBy);

/// <summary>
/// What JO and JK ask for, for a period: routines in force, how late things were registered, how fast documents were given out, decisions of gallring with
/// their frist, and what was removed with the motivation. The lists say what an uncleared reader may know; what is secret stands in a folder of its own.
/// </summary>
public sealed class InspectionPacks(
    SealedLog log, Databases databases, AuthorityRegister authorities, PolicyVersions policies, DelegationRegister delegations, ChannelView channels, RetentionRegister retention, DisposalRuns runs, DisclosureRegister disclosures,
    RemovedItems removed, RecordReads reads, Pdf pdf, TimeProvider clock)
{
    private const string StreamType = "inspection_pack";

    private const int MostRows = 100_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/authorities/{code}/inspection-packs", async (string code, MakeInspectionPack command, Caller caller, InspectionPacks packs, CancellationToken ct) =>
        {
            var (files, refused) = await packs.Make(code, command, caller, ct);
            return refused is not null ? (IResult)Problems.Refused(refused) : TypedResults.File(Zip(files), "application/zip", FileName(code, command));
        }).WithName("make-inspection-pack");
        routes.MapGet("/api/v1/authorities/{code}/inspection-packs", async (string code, Caller caller, AuthorityRegister authorities, InspectionPacks packs, CancellationToken ct) =>
            await authorities.Find(code, ct) is { } authority && May(caller, authority)
                ? TypedResults.Ok(new { items = await packs.Made(authority.Id, ct) })
                : (IResult)Problems.Refused(Unknown(code))).WithName("inspection-packs");
    }

    public static bool May(Caller caller, Authority authority) => ByCommandLine(caller) || (!caller.IsService && caller.May(authority.Id, Role.Arkivarie, Role.Chef, Role.Revisor));

    private static bool ByCommandLine(Caller caller) => caller.PersonId == CommandLineCaller.Caller.PersonId;

    public static string FileName(string code, MakeInspectionPack command) => $"tillsyn-{new string([.. code.Where(char.IsAsciiLetterOrDigit)])}-{Swedish.Date(command.From!.Value)}-{Swedish.Date(command.To!.Value)}.zip";

    private static Refusal Unknown(string code) => Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}.");

    /// <summary>The making is noted before anything is read; each secret record given out is noted as a reading too.</summary>
    public async Task<(IReadOnlyList<PackFile> Files, Refusal? Refused)> Make(string code, MakeInspectionPack command, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code.Trim(), ct) is not { } authority || (!caller.IsStaffOf(authority.Id) && !ByCommandLine(caller))) return ([], Unknown(code));
        if (!May(caller, authority)) return ([], Refusal.NotAllowed("Bara arkivarie, chef eller granskare tar fram underlag för tillsyn."));
        var now = clock.GetUtcNow();
        var decision = command.Decide(authority, caller.MayReadSecret(authority.Id), Swedish.Day(now));
        if (decision.Refused is { } why) return ([], why);
        var made = (InspectionPackMade)decision.Events[0].Event;
        var id = Guid.CreateVersion7(now);
        NpgsqlBatchCommand beside = new("""
            insert into archive.inspection_packs (pack_id, authority_id, from_day, to_day, secret, made_by, made_at)
            select $1, $2, $3, $4, $5, $6, s.timestamp from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters = { new() { Value = id }, new() { Value = authority.Id }, new() { Value = made.From }, new() { Value = made.To }, new() { Value = made.Secret }, new() { Value = caller.PersonId } },
        };
        if (await log.Append([new(id, StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is not Appended.Done) return ([], Refusal.ChangedMeanwhile(0));

        // As somebody who may know nothing of what is behind a wall, whoever asks.
        var open = caller with { Grants = [new(Role.Revisor, authority.Id)], Clearance = false, ClearedIn = [], IsService = false };
        List<InspectionTable> tables =
        [
            Policy(authority), await PolicyVersions(authority, made, ct), await Delegation(authority, ct), .. await Channels(authority, open, ct), await Registration(authority, made, ct),
            await Disclosure(authority, made, ct), await Decisions(authority, ct), await Runs(authority, made, ct), await Removed(authority, made, open, ct),
        ];
        var files = new List<PackFile>();
        files.AddRange(tables.Select(Csv));
        files.AddRange(await Index("index", Paper(authority, made, tables, now), authority, now, ct));
        if (made.Secret)
        {
            var secret = await SecretRemoved(authority, made, caller, ct);
            files.Add(Csv(secret));
            files.AddRange(await Index("sekretess/index", new PlainPaper($"Sekretess: underlag för tillsyn, {authority.Name}", "Innehåller uppgifter som kan omfattas av sekretess. Hålls åtskilt.").Table(secret.Title, secret.Header, secret.Rows), authority, now, ct));
        }

        return (files, null);
    }

    public async Task<IReadOnlyList<PackMade>> Made(Guid authority, CancellationToken ct) => await Read("""
        select i.pack_id, i.from_day, i.to_day, i.secret, i.made_at, coalesce(p.name, 'Kommandoraden')
        from archive.inspection_packs i left join views.persons p on p.person_id = i.made_by where i.authority_id = $1 order by i.made_at desc limit 200
        """, row => new PackMade(row.GetGuid(0), row.GetFieldValue<DateOnly>(1), row.GetFieldValue<DateOnly>(2), row.GetBoolean(3), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5)), ct, authority);

    public static byte[] Zip(IReadOnlyList<PackFile> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach (var file in files)
            {
                using var to = zip.CreateEntry(file.Path).Open();
                to.Write(file.Bytes);
            }
        }

        return bytes.ToArray();
    }

    private static PackFile Csv(InspectionTable table) => new(table.Path, CsvText.File(table.Header, table.Rows));

    /// <summary>The page always; the PDF where one can be made.</summary>
    private async Task<IReadOnlyList<PackFile>> Index(string name, PlainPaper paper, Authority authority, DateTimeOffset now, CancellationToken ct)
    {
        List<PackFile> files = [new($"{name}.html", Encoding.UTF8.GetBytes(paper.Html))];
        try
        {
            files.Add(new($"{name}.pdf", await pdf.Of(paper.Pdf(now, authority.Name), ct)));
        }
        catch (PdfUnavailable)
        {
            // The page prints as well.
        }

        return files;
    }

    private static PlainPaper Paper(Authority authority, InspectionPackMade made, List<InspectionTable> tables, DateTimeOffset now)
    {
        const int most = 500;
        var paper = new PlainPaper($"Underlag för tillsyn, {authority.Name}", $"Perioden {Swedish.LongDate(made.From)} till {Swedish.LongDate(made.To)}. Framtaget {Swedish.DateAndClock(now)}.{(made.Secret ? " Det som kan omfattas av sekretess ligger i mappen sekretess." : "")}");
        foreach (var table in tables)
        {
            paper.Heading(table.Title);
            if (table.Rows.Count == 0) paper.Paragraph("Inget i perioden.");
            else paper.Table(table.Rows.Count > most ? $"De {most} första av {Swedish.Number(table.Rows.Count)}; filen har alla" : Swedish.Count(table.Rows.Count, "rad", "rader"), table.Header, table.Rows.Take(most));
            paper.Link($"Som fil: {table.Path}", table.Path);
        }

        return paper;
    }

    private static InspectionTable Policy(Authority authority) => new("Riktlinjen i kraft", "rutiner/policy.csv", ["Område", "Fråga", "Värde", "Källa", "Anmärkning"],
        [.. PolicyKeys.All.Select(k => (Key: k, Value: authority.Policy.Of(k.Key))).Select(p => new[] { p.Key.Group, p.Key.Title, PolicyKeys.Word(p.Key.Key, p.Value.Value), p.Value.Requirement, p.Value.Note })]);

    private async Task<InspectionTable> PolicyVersions(Authority authority, InspectionPackMade made, CancellationToken ct) => new("Riktlinjens versioner", "rutiner/versioner.csv", ["Version", "Gäller från", "Beslutad", "Beslut", "Av"],
        [.. (await policies.Of(authority.Id, ct)).Versions.Where(v => Swedish.Day(v.DecidedAt) <= made.To).Select(v => new[] { $"{v.Number}", Swedish.Date(v.EffectiveFrom), Swedish.Date(v.DecidedAt), v.DecisionReference, v.DecidedByName })]);

    private async Task<InspectionTable> Delegation(Authority authority, CancellationToken ct)
    {
        var order = delegations.InForce(await delegations.Versions(authority.Id, ct));
        return new("Delegationsordning i kraft", "rutiner/delegation.csv", ["Punkt", "Slag", "Delegat", "Text", "Beslut"],
            [.. order?.Points.Select(p => new[] { p.Number, p.KindInWords, p.PersonName ?? Swedish.Role(p.Role ?? ""), p.Text, order.Decision }) ?? []]);
    }

    private async Task<IReadOnlyList<InspectionTable>> Channels(Authority authority, Caller open, CancellationToken ct)
    {
        var (texts, terms) = (new List<IReadOnlyList<string?>>(), new List<IReadOnlyList<string?>>());
        foreach (var id in await Read("select channel_id from archive.channels where authority_id = $1 order by 1", row => row.GetGuid(0), ct, authority.Id))
        {
            if (await channels.Read(id, open, ct) is not ({ } channel, _, _)) continue;
            var name = $"{RecordViewWords.Platform(channel.Platform)} {channel.Handle}";
            texts.AddRange(channel.Texts.Select(t => new[] { name, t.Title, t.Text, $"{t.Version}", Swedish.Date(t.WrittenAt) }));
            if (channel.Terms is { } reviewed) terms.Add([name, Swedish.Date(reviewed.ReviewedOn), reviewed.Terms, reviewed.ReviewedBy]);
        }

        return
        [
            new("Informationstexter i kanalerna", "rutiner/informationstexter.csv", ["Kanal", "Slag", "Text", "Version", "Skriven"], texts),
            new("Plattformarnas villkor, genomgångna", "rutiner/villkor.csv", ["Kanal", "Genomgångna", "Villkor", "Av"], terms),
        ];
    }

    /// <summary>OSL 5:1, R-14: as soon as may be. Counted in weekdays after the day it came in; the first is in time.</summary>
    private async Task<InspectionTable> Registration(Authority authority, InspectionPackMade made, CancellationToken ct) => new(
        "Registreringstider", "registreringstider.csv", ["Diarienummer", "Inkom eller upprättades", "Registrerades", "Vardagar", "I tid"],
        [
            .. await Read($"""
                select c.diary_number, e.document_number, e.received_at, e.registered_at from archive.diary_entries e join archive.cases c using (case_id)
                where e.authority_id = $1 and e.registered_at >= $2 and e.registered_at < $3 order by e.registered_at, c.diary_number, e.document_number limit {MostRows}
                """, row =>
            {
                var (received, registered) = (Swedish.Day(row.GetFieldValue<DateTimeOffset>(2)), Swedish.Day(row.GetFieldValue<DateTimeOffset>(3)));
                var lag = WeekdaysBetween(received, registered);
                return new[] { RecordViewWords.DocumentNumber(row.GetString(0), row.GetInt32(1)), Swedish.Date(received), Swedish.Date(registered), $"{lag}", lag <= 1 ? "ja" : "nej" };
            }, ct, authority.Id, Start(made), End(made)),
        ]);

    /// <summary>TF 2:16: at once or as soon as may be. Counted in the hours the office was open, without the time the asker was waited for.</summary>
    private async Task<InspectionTable> Disclosure(Authority authority, InspectionPackMade made, CancellationToken ct) => new(
        "Utlämnandetider", "utlamnandetider.csv", ["Begäran", "Kom in", "Väg in", "Besvarad", "Svar", "Senast", "Kontorstimmar", "Läge", "Skäl"],
        [
            .. (await disclosures.Times(authority.Id, made.From, made.To, ct)).Take(MostRows).Select(t => new[]
            {
                t.Reference[..4] + "…", Swedish.DateAndClock(t.ReceivedAt).Replace('\u00a0', ' '), DisclosureWords.Said(t.Channel),
                t.AnsweredAt is { } at ? Swedish.DateAndClock(at).Replace('\u00a0', ' ') : "inte besvarad", t.Answer is { } answer ? DisclosureWords.Said(answer) : "",
                Swedish.DateAndClock(t.Pace.Due).Replace('\u00a0', ' '), t.Pace.WorkedHours, t.Pace.InSwedish, string.Join(' ', t.Pace.Reasons).Replace('\u00a0', ' '),
            }),
        ]);

    private async Task<InspectionTable> Decisions(Authority authority, CancellationToken ct) => new("Gallringsbeslut", "gallringsbeslut.csv", ["Beteckning", "Beslutat av", "Beslutat", "Gäller", "Omfattar", "Frist"],
        [
            .. (await retention.DecisionsOf([authority.Id], ct)).Select(d => new[]
            {
                d.Reference, d.DecidingBody, Swedish.Date(d.DecidedOn), $"{Swedish.Date(d.ValidFrom)} – {(d.ValidUntil is { } until ? Swedish.Date(until) : "tills vidare")}",
                string.Join(", ", d.RecordTypes.Select(t => Words.RecordTypes.GetValueOrDefault(t, t))), d.Frist.InSwedish(),
            }),
        ]);

    private async Task<InspectionTable> Runs(Authority authority, InspectionPackMade made, CancellationToken ct) => new("Gallringar", "gallringar.csv", ["Föreslagen", "Läge", "Handlingar", "Äldsta", "Yngsta", "Godkänd", "Genomförd"],
        [
            .. (await runs.Of([authority.Id], 10_000, ct)).Where(r => Swedish.Day(r.ProposedAt) >= made.From && Swedish.Day(r.ProposedAt) <= made.To).Select(r => new[]
            {
                Swedish.Date(r.ProposedAt),
                r.State switch { RunState.Proposed => "föreslagen", RunState.Approved => "godkänd", RunState.Executing => "pågår", RunState.Completed => "genomförd", _ => "avbruten" },
                $"{r.Items}", Swedish.Date(r.Oldest), Swedish.Date(r.Newest), r.ApprovedAt is { } approved ? Swedish.Date(approved) : "", r.CompletedAt is { } completed ? Swedish.Date(completed) : "",
            }),
        ]);

    private async Task<InspectionTable> Removed(Authority authority, InspectionPackMade made, Caller open, CancellationToken ct) => new("Borttaget innehåll", "borttaget.csv", RemovedHeader,
        [
            .. (await removed.Find(new(authority.Code, From: made.From, To: made.To), open, MostRows, ct)).Items.Select(i => new[]
            {
                Swedish.DateAndClock(i.At).Replace('\u00a0', ' '), $"{RecordViewWords.Platform(i.Platform)} {i.Channel}", RemovedSearch.Acts[i.Act], string.Join(", ", i.Grounds.Select(RecordViewWords.Ground)), i.Motivation,
                i.LegalReference, i.ByName, i.Emergency ? "ja" : "nej", i.SenderTold ? "ja" : "nej", i.Restored ? "ja" : "nej", i.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, i.DocumentNumber) : "",
            }),
        ]);

    private static readonly string[] RemovedHeader = ["Tid", "Kanal", "Åtgärd", "Grund", "Motivering", "Lagrum", "Av", "Nödåtgärd", "Avsändaren underrättad", "Återställt", "Diarienummer"];

    /// <summary>What was removed and is marked secret. What nobody has assessed, and what is locked, goes into no pack.</summary>
    private async Task<InspectionTable> SecretRemoved(Authority authority, InspectionPackMade made, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Cleared.CreateCommand($"""
            select a.recorded_at, r.platform, a.name, a.grounds, a.motivation, a.legal_reference, p.name, r.diary_number, r.document_number, a.record_id, r.wall
            from views.all_acts a join views.all_records r on r.record_id = a.record_id left join views.persons p on p.person_id = a.actor_id
            where r.authority_id = $1 and r.wall = 'secret' and not r.locked and a.acted_by = 'authority' and cardinality(a.grounds) > 0
              and a.name in ('item_hidden', 'item_unpublished', 'item_deleted_from_channel') and a.recorded_at >= $2 and a.recorded_at < $3
            order by a.recorded_at, a.event_id limit {MostRows}
            """);
        query.Parameters.Add(new() { Value = authority.Id });
        query.Parameters.Add(new() { Value = Start(made) });
        query.Parameters.Add(new() { Value = End(made) });
        var rows = new List<IReadOnlyList<string?>>();
        var read = new List<(Guid, string)>();
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                rows.Add([
                    Swedish.DateAndClock(row.GetFieldValue<DateTimeOffset>(0)).Replace('\u00a0', ' '), RecordViewWords.Platform(row.GetString(1)), RemovedSearch.Acts[row.GetString(2)],
                    string.Join(", ", row.GetFieldValue<string[]>(3).Select(RecordViewWords.Ground)), row.Text(4), row.Text(5), row.Text(6), row.Text(7) is { } number ? RecordViewWords.DocumentNumber(number, row.GetFieldValue<int?>(8)) : "",
                ]);
                read.Add((row.GetGuid(9), row.GetString(10)));
            }
        }

        await reads.Note(caller, read.Distinct(), ct);
        return new("Borttaget innehåll som är sekretessmarkerat", "sekretess/borttaget.csv", ["Tid", "Plattform", "Åtgärd", "Grund", "Motivering", "Lagrum", "Av", "Diarienummer"], rows);
    }

    /// <summary>Weekdays after the first day, up to and with the last: 0 for the same day.</summary>
    public static int WeekdaysBetween(DateOnly first, DateOnly last)
    {
        var days = 0;
        for (var day = first.AddDays(1); day <= last; day = day.AddDays(1))
        {
            if (SwedishCalendar.IsWeekday(day)) days++;
        }

        return days;
    }

    private static DateTimeOffset Start(InspectionPackMade made) => Swedish.StartOf(made.From).ToUniversalTime();

    private static DateTimeOffset End(InspectionPackMade made) => Swedish.StartOf(made.To.AddDays(1)).ToUniversalTime();

    private async Task<List<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> of, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await rows.ReadAsync(ct)) found.Add(of(rows));
        return found;
    }
}
