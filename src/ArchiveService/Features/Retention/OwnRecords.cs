using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>What ends the life of something that the service keeps for itself.</summary>
public enum OwnFate
{
    /// <summary>Preserved until a gallringsbeslut covers it; null means keep.</summary>
    Kept,

    /// <summary>Goes with the record, the request or the account it belongs to, in a gallring run.</summary>
    WithRecord,

    /// <summary>Made from something else, and follows it.</summary>
    Derived,

    /// <summary>Taken away when it has done what it was for.</summary>
    Ends,

    /// <summary>Deleted by age, nightly.</summary>
    Swept,

    /// <summary>Not in the database: whoever runs the machine sees to it.</summary>
    ByPeople,
}

/// <param name="Tables">Patterns of schema and table; none for what stands outside the database.</param>
/// <param name="PolicyKey">The key of the policy that has its frist.</param>
/// <param name="By">What destroys it.</param>
public sealed record OwnRecord(string What, IReadOnlyList<string> Tables, OwnFate Fate, string? PolicyKey, string By);

/// <summary>
/// Every table and log the service keeps, with its rule and what destroys it (domain amendments part B, 17: logs are allmänna handlingar too). A table that is not here has no rule:
/// <c>verify</c> says so, and a test.
/// </summary>
public static class OwnRecords
{
    public static IReadOnlyList<OwnRecord> All { get; } =
    [
        new("Händelseloggen", ["archive.mt_events", "archive.schema_migrations", "archive.mt_streams", "archive.mt_event_progression", "archive.mt_high_water_skips", "archive.log_passed", "archive.log_ranges", "archive.projection_stops"],
            OwnFate.Kept, null, "Ingenting. Det som en handling sade försvinner när dess nyckel förstörs i en gallringskörning."),
        new("Bevisloggen, nyckelbyten och återläsningar", ["archive.evidence_*", "archive.key_rotations", "archive.key_exports", "archive.restores"], OwnFate.Kept, null, "Ingenting: den visar att loggen är hel, och innehåller inga uppgifter om någon."),
        new("Handlingars innehåll och nycklar", ["archive.record_keys", "archive.sealed_content", "archive.record_states", "archive.attachments", "archive.snapshots", "archive.consents", "archive.consent_uses", "archive.paper_copies", "archive.known_content"],
            OwnFate.WithRecord, null, "Gallringskörningen, enligt regeln för handlingstypen."),
        new("Rådata från plattformarna", ["archive.delivery_records", "archive.delivery_objects"], OwnFate.WithRecord, "raw.retentionDays", "Natten efter att fristen är ute, när leveransen är läst och inget stoppar det, och annars gallringskörningen, tillsammans med handlingarna som kom med leveransen."),
        new("Ärenden och diariet", ["archive.cases", "archive.case_*", "archive.diary_*", "archive.voided_numbers", "archive.thread_*", "archive.outgoing_*"], OwnFate.Kept, null, "Ingenting: diariet bevaras (arkivförordningen 3 §)."),
        new("Öppna punkter och dagens post", ["archive.open_items", "archive.inbox_emptyings", "archive.watch_*", "archive.watched_days", "archive.on_call_contacts"], OwnFate.Kept, null, "Ingenting. Öppna punkter försvinner när de är avgjorda."),
        new("Begäran om utlämnande", ["archive.disclosure_*"], OwnFate.WithRecord, "disclosure.retention", "Gallringskörningen, enligt regeln för begäranden."),
        new("Registerutdrag och andra begäranden enligt dataskyddsförordningen", ["archive.subject_*"], OwnFate.Kept, "own.subjectRequests", "Ingenting förrän ett gallringsbeslut omfattar dem."),
        new("Skyddade identiteter", ["archive.protected_*"], OwnFate.Ends, null, "Markeringen tas bort när skyddet upphör."),
        new("Register över myndigheter, kanaler, policy och planer",
            ["archive.authorities", "archive.channels", "archive.channel_*", "archive.policy_versions", "archive.classification_plans", "archive.record_classes", "archive.information_plan*", "archive.archive_descriptions", "archive.default_rules", "archive.snapshot_orders", "archive.publication_reviews", "archive.blocks"],
            OwnFate.Kept, null, "Ingenting: de visar vad som gällde."),
        new("Beslut, delegation och uppdrag", ["archive.delegat*", "archive.assignment*", "archive.substitut*", "archive.inspection_packs"], OwnFate.Kept, null, "Ingenting: de visar vem som fick besluta."),
        new("Gallringens beslut, regler, stopp och körningar",
            ["archive.retention_*", "archive.preservations", "archive.holds", "archive.disposal_*", "archive.destruction_marks", "archive.object_deletions", "archive.erased_streams", "archive.replayed_erasures", "archive.working_notes"],
            OwnFate.Kept, null, "Ingenting: gallringsprotokollet bevaras."),
        new("Användare och behörigheter", ["archive.persons", "archive.person_identities", "archive.users", "archive.tokens", "archive.grants", "archive.clearances"], OwnFate.Kept, null, "Ingenting: de visar vem som gjorde vad. Lösenord och sessioner tas bort när någon slutar."),
        new("Läslogg", ["archive.record_reads", "archive.unusual_reads"], OwnFate.Kept, "own.readLog", "Ingenting förrän ett gallringsbeslut omfattar den: den står i händelseloggen."),
        new("Loggen över administration och inloggningar", ["archive.audit_entries"], OwnFate.Kept, "own.readLog", "Ingenting förrän ett gallringsbeslut omfattar den: den står i händelseloggen. Bara id, koder och tider."),
        new("Räknade misslyckade inloggningar", ["archive.log_in_failures"], OwnFate.Swept, "own.checks", "Nattens städning. Händelseloggen har kvar den första varje timme."),
        new("Söklogg", ["archive.search_log"], OwnFate.Swept, "own.searchLog", "Nattens städning, när policyn har en frist."),
        new("Sparade sökningar", ["archive.saved_searches"], OwnFate.Swept, "own.savedSearches", "Den som sparade dem, och nattens städning."),
        new("Kontroller och avstämningar", ["archive.verifications", "archive.reconciliations"], OwnFate.Swept, "own.checks", "Nattens städning."),
        new("Upprepade anrop", ["archive.idempotency", "archive.append_keys"], OwnFate.Ends, null, "Tas bort efter 24 timmar."),
        new("Inkorgen och leveranser som inte gick att läsa", ["work.inbox", "work.discarded_deliveries"], OwnFate.Ends, "own.deadLetters", "Tas bort när leveransen är läst. Den som inte går att läsa läses in igen eller avfärdas av en människa, för den kan bära handlingar."),
        new("Kanalernas källor: inställningar och luckor", ["archive.sources", "archive.source_gaps", "archive.source_items"], OwnFate.Kept, null, "Ingenting: de visar hur kanalerna har hämtats och vad som kan saknas. Adress, konto och innehåll står förseglade i händelseloggen och i handlingarna."),
        new("Kanalernas täckning dag för dag", ["archive.channel_days", "archive.untrusted_periods", "archive.covered_periods", "archive.channel_comparisons", "archive.subscription_gaps"], OwnFate.Kept, null, "Ingenting: de visar hur hel varje kanal är i arkivet, och vad som saknas."),
        new("Kanaler som har tystnat", ["archive.channel_silences"], OwnFate.Ends, null, "Försvinner när kanalen hörs igen. Händelseloggen har kvar det."),
        new("Vad plattformarna senast visade", ["work.listed_items"], OwnFate.Ends, null, "Skrivs om vid varje jämförelse. Bara handlingarnas id och tider."),
        new("Kanalernas åtkomstnycklar", ["archive.source_secrets"], OwnFate.Ends, null, "Ersätts och tas bort av den som sköter källan. De står förseglade och i ingen händelse."),
        new("Källornas frågor", ["work.source_polls"], OwnFate.Swept, "own.checks", "Nattens städning: när och hur plattformarna har frågats."),
        new("Vad källorna senast svarade", ["work.poll_answers"], OwnFate.Swept, "own.checks", "Skrivs om vid varje nytt svar, och nattens städning. Bara nycklade id."),
        new("Källornas tider", ["work.source_runs"], OwnFate.Ends, null, "Skrivs om vid varje fråga."),
        new("Bilagor som ska hämtas eller är undersökta av virusskyddet", ["work.media_fetches", "work.attachment_scans"], OwnFate.WithRecord, null, "Gallringskörningen: raden försvinner med handlingen, och inget mer hämtas."),
        new("Inläsningar från webben", ["work.imports", "work.import_rejections"], OwnFate.Swept, "own.checks", "Nattens städning. Vad som blev av filen står i händelseloggen."),
        new("Räknare och larm för avvisade leveranser", ["work.refused_*", "work.webhook_alarms"], OwnFate.Swept, "own.checks", "Nattens städning. De innehåller inga adresser."),
        new("Karantänen", ["work.quarantine"], OwnFate.Swept, "own.quarantine", "Nattens städning: det som inte gick att lita på är ingen handling."),
        new("Sessioner", ["work.sessions"], OwnFate.Ends, null, "Tas bort när sessionen är slut."),
        new("Formulär som blev avbrutna av en utgången inloggning", ["work.kept_forms"], OwnFate.Ends, null, "Tas bort efter en timme, eller när formuläret skickas. Texten är krypterad med en nyckel som bara finns i skribentens webbläsare."),
        new("Åtgärder på många handlingar", ["work.bulk_runs", "work.bulk_items"], OwnFate.Swept, "own.checks", "Nattens städning. Vad som gjordes med varje handling står i händelseloggen."),
        new("Scheman, nycklar för kakor och mellanlagrade lägen", ["work.qrtz_*", "work.web_keys", "work.snapshots"], OwnFate.Derived, null, "Görs om av tjänsten; mellanlagrade lägen innehåller bara det loggen säger."),
        new("Prenumerationerna hos Meta, som de senast stod", ["work.meta_subscriptions"], OwnFate.Derived, null, "Frågas efter på nytt varje dag; bara det senaste svaret står kvar."),
        new("Prenumerationerna hos YouTubes nav", ["work.websub_leases"], OwnFate.Derived, null, "Frågas efter på nytt innan de går ut; bara det senaste svaret står kvar."),
        new("Sökindex, listor och vyer", ["views.*", "views_next.*"], OwnFate.Derived, null, "Följer handlingen: töms i gallringskörningen och byggs om ur loggen."),
        new("Programloggar", [], OwnFate.ByPeople, "own.programLog", "Den som driver maskinen roterar dem. De innehåller inga namn och inget innehåll."),
        new("Säkerhetskopior", [], OwnFate.ByPeople, "disposal.finalDays", "Den som driver maskinen låter dem gå ut; gallringsbeviset säger när."),
        new("Sparade exporter och inspektionspaket", [], OwnFate.ByPeople, "own.exports", "Tjänsten sparar inga: den som laddade ned filen svarar för den."),
    ];

    /// <param name="table">With its schema.</param>
    public static OwnRecord? Of(string table) => All.FirstOrDefault(own => own.Tables.Any(pattern =>
        pattern.EndsWith('*') ? table.StartsWith(pattern[..^1], StringComparison.Ordinal) : string.Equals(table, pattern, StringComparison.Ordinal)));

    public const string EveryTable = """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname in ('archive', 'views', 'views_next', 'work') order by 1
        """;

    /// <summary>The longest of what authorities say; one that keeps keeps for all, where rows tell no authority.</summary>
    public static Period? Longest(IEnumerable<string> values)
    {
        var fristar = values.Select(Period.Parse).ToList();
        return fristar.Count == 0 || fristar.Contains(null) ? null : fristar.Aggregate((a, b) => a!.IsAtLeast(b!) ? a : b);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/retention/own-records", (Caller caller) =>
            caller.IsService || caller.AuthoritiesWith(Worklist.Readers) is []
                ? Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser reglerna för systemets egna handlingar."))
                : (IResult)TypedResults.Ok(new { items = All.Select(o => new { o.What, o.Tables, fate = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(o.Fate.ToString()), o.PolicyKey, o.By }) }))
        .WithName("list-own-records");
}

/// <summary>Deletes what the policies say is deleted by age (docs/adr/0010: by Quartz, every night, on one node).</summary>
public sealed partial class OwnRecordSweep(
    Databases databases, AuthorityRegister authorities, SearchLog searches, Quarantine quarantine, RetentionRegister register, IConfiguration configuration, ILogger<OwnRecordSweep> logger)
{
    public async Task Sweep(CancellationToken ct)
    {
        var policies = (await authorities.All(ct)).Select(a => a.Policy).ToList();
        await Ended(ct);
        var today = await register.Today(ct);
        DateOnly? Before(IEnumerable<string> values) => OwnRecords.Longest(values) is { } frist ? Earlier(today, frist) : null;

        // The machine's own setting came before there was a policy for it, and still holds.
        if (configuration.GetValue<int?>("Search:LogDays") is > 0 and var days) await searches.DeleteOlderThan(TimeSpan.FromDays(days), ct);
        else if (Before(policies.Select(p => p["own.searchLog"])) is { } searched) await Delete("archive.search_log", "searched_at", searched, ct);
        if (Before(policies.Select(p => p["own.savedSearches"])) is { } saved) await Delete("archive.saved_searches", "saved_at", saved, ct);
        if (Before(policies.Select(p => p["own.checks"])) is { } since)
        {
            await Delete("archive.verifications", "finished_at", since, ct);
            await Delete("archive.reconciliations", "finished_at", since, ct);
            await Delete("work.source_polls", "started_at", since, ct);
            await Delete("work.poll_answers", "answered_at", since, ct);
            await Delete("work.imports", "finished_at", since, ct);
            await Delete("work.bulk_runs", "chosen_at", since, ct);
            await Delete("work.refused_deliveries", "last_at", since, ct);
            await Delete("work.webhook_alarms", "last_at", since, ct);
            await Delete("archive.log_in_failures", "hour", since, ct);
        }

        // Nobody's documents: with no authority there is no policy, and fourteen days.
        await quarantine.DeleteOlderThan(policies.Count == 0 ? today.AddDays(-14) : Before(policies.Select(p => p["own.quarantine"])), ct);
    }

    /// <summary>The last day of which everything has outlived the frist: the frist is counted forwards, as everywhere.</summary>
    public static DateOnly Earlier(DateOnly today, Period frist)
    {
        var day = today.AddMonths(-((frist.Years * 12) + frist.Months)).AddDays(-frist.Days);
        while (frist.After(day) > today) day = day.AddDays(-1);
        return day;
    }

    private async Task Ended(CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand("delete from work.kept_forms where ends_at < clock_timestamp()");
        await delete.ExecuteNonQueryAsync(ct);
    }

    private async Task Delete(string table, string column, DateOnly before, CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand($"delete from {table} where archive.swedish_date({column}) < $1");
        delete.Parameters.Add(new() { Value = before });
        var gone = await delete.ExecuteNonQueryAsync(ct);
        if (gone > 0) LogSwept(logger, gone, table, before);
    }

    [LoggerMessage(1316, LogLevel.Information, "{Rows} rows of {Table} from before {Day} were deleted: the policy's frist is over.")]
    private static partial void LogSwept(ILogger logger, int rows, string table, DateOnly day);
}
