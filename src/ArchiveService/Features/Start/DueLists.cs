using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Opening;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Start;

/// <summary>Something that waits for a role: counted on the start page and listed at <c>/att-gora</c> by one and the same statement, so that the two agree.</summary>
/// <param name="Key">In the address.</param>
/// <param name="For">Whose work it is; the list holds what stands at the authorities where the reader has one of these roles.</param>
/// <param name="Name">On the start page.</param>
/// <param name="Says">What the list holds, and why.</param>
/// <param name="Sql">Columns kind, id, authority_id, channel_id, about, note, at, late.</param>
/// <param name="Work">Where such things are done many at a time.</param>
/// <param name="Late">What the late among them are called; null where being there is late.</param>
public sealed record DueList(string Key, Role[] For, string Name, string Says, Func<DueQuery, string> Sql, LinkButton? Work = null, (string One, string Many)? Late = null)
{
    /// <summary>What stands under the number.</summary>
    public required string Note { get; init; }

    public string Href => $"/att-gora?lista={Key}";
}

/// <summary>What a statement of a list is made of.</summary>
public sealed class DueQuery(SqlText sql, RecordViewSight sight, Caller caller, Role[] roles, DateTimeOffset now, IReadOnlyList<Authority> authorities)
{
    public string Now => sql.Value(now.ToUniversalTime());

    public string Today => sql.Value(Swedish.Day(now));

    public string Me => sql.Value(caller.PersonId);

    public string In(int days) => sql.Value(Swedish.Day(now).AddDays(days));

    public string Ago(int days) => sql.Value(now.AddDays(-days).ToUniversalTime());

    public string Value(object value) => sql.Value(value);

    /// <summary>The authorities where the reader has one of the list's roles.</summary>
    public string Mine(string alias) => Among(alias, caller.AuthoritiesWith(roles));

    /// <summary>Those where the reader may read what is secret.</summary>
    public string Cleared(string alias) => Among(alias, caller.ReadsSecretsOf);

    /// <summary>Rows with a wall that the reader may know of.</summary>
    public string Known(string alias) => sight.AllowsAmongAll(sql, alias);

    /// <summary>A case in which the reader may know of every document.</summary>
    public string KnownCase(string caseId) =>
        $"not exists (select from archive.diary_entries x join archive.record_states y using (record_id) where x.case_id = {caseId} and not {sight.AllowsAmongAll(sql, "y")})";

    /// <summary>Rows of a view, which the sight's own login reads one side of.</summary>
    public string Allowed(string alias) => sight.Allows(sql, alias);

    public RecordViewSight Sight => sight;

    /// <summary>What came in at this instant or before is late at the authority (ADR 0007).</summary>
    public string LatestToRegister =>
        $"unnest({sql.Value(authorities.Select(a => a.Id).ToArray())}, {sql.Value(authorities.Select(a => Outcomes.RegistrationClock(a.Policy).LatestDueBy(now).ToUniversalTime()).ToArray())}) k(authority_id, latest)";

    private string Among(string alias, IReadOnlyList<Guid>? these) => these switch
    {
        null => "true",
        [] => "false",
        _ => $"{alias}.authority_id = any ({sql.Value(these.ToArray())})",
    };
}

/// <summary>All lists. Nothing that somebody wrote stands in them: what may be read of a thing its own page decides.</summary>
public static class DueLists
{
    private const int SoonDays = 30;
    private const int TokenDays = 14;
    private const int NoteDays = 7;

    private static string Record(string at, string late, string note = "null") =>
        $"select 'record' as kind, s.record_id as id, s.authority_id, s.channel_id, s.record_type as about, {note}::text as note, {at} as at, {late} as late";

    public static IReadOnlyList<DueList> All { get; } =
    [
        new("nodatgarder", [Role.Moderator, Role.Registrator], "Nödåtgärder att pröva", "Nedtaget utan den vanliga ordningen, och ingen har prövat det efteråt (BBS 5 §, N-13, T-08).", q => $"""
            select 'emergency' as kind, s.record_id as id, s.authority_id, s.channel_id, s.record_type as about, null::text as note, i.emergency_since as at, true as late
            from archive.open_items i join archive.record_states s using (record_id)
            where i.emergency_since is not null and s.disposed_at is null and {q.Mine("s")} and {q.Known("s")}
            """) { Note = "nedtaget utan den vanliga ordningen" },
        new("antydningar", [Role.Moderator, Role.Registrator], "Nya med något att titta på", "Texten kan innehålla något som är hemligt: personnummer, hälsa, skyddade uppgifter. Bara ni som bedömer ser det tills någon har gjort det.", q => $"""
            {Record("s.received_at", "false")} from archive.record_states s
            where s.wall = 'unassessed' and s.disposed_at is null and s.record_type <> 'direct-message' and {q.Mine("s")} and {q.Known("s")}
            """) { Note = "kan vara hemligt, syns bara för den som bedömer" },
        new("direktmeddelanden", [Role.Moderator, Role.Registrator], "Direktmeddelanden att bedöma", "Direktmeddelanden som ingen har bedömt. Bara ni som bedömer ser dem.", q => $"""
            {Record("s.received_at", "false")} from archive.record_states s
            where s.wall = 'unassessed' and s.disposed_at is null and s.record_type = 'direct-message' and {q.Mine("s")} and {q.Known("s")}
            """) { Note = "syns bara för den som bedömer" },
        new("utkast", [Role.Moderator, Role.Registrator], "Dina utkast", "Utkast som du har skrivit i öppna ärenden och som varken är arkiverade eller rensade (TF 2 kap. 12 §).", q => $"""
            select 'note' as kind, w.case_id as id, w.authority_id, null::uuid as channel_id, c.diary_number as about, null::text as note, w.written_at as at, false as late
            from archive.working_notes w join archive.cases c using (case_id)
            where w.kind = 'draft' and w.archived_at is null and w.cleansed_at is null and c.closed_at is null and w.written_by = {q.Me} and {q.Mine("w")} and {q.KnownCase("w.case_id")}
            """) { Note = "arbetsmaterial i öppna ärenden" },

        // Overdue is for registrator and chef to see (R-14, OSL 5:1).
        new("postoppning", [Role.Registrator, Role.Chef], "I postöppningen", "Inkommet som varken är registrerat, ordnat, undantaget eller överlämnat (OSL 5 kap. 1 §).", q => $"""
            {Record("i.received_at", "i.received_at <= k.latest")}
            from archive.open_items i join archive.record_states s using (record_id) join {q.LatestToRegister} on k.authority_id = i.authority_id
            where i.incoming and i.outcome is null and s.disposed_at is null and {q.Mine("i")} and {q.Known("s")}
            """, new("Öppna posten", "/postoppning", Main: true), ("försenad", "försenade")) { Note = "ingen är försenad" },
        new("sekretess", [Role.Registrator, Role.Arkivarie], "Sekretess att pröva på nytt", "Sekretessmarkeringar, de som har stått längst utan att prövas först. En markering är en varning och ska tas bort när skälet har fallit (OSL 5 kap. 5 §).", q => $"""
            select m.kind, m.id, m.authority_id, m.channel_id, m.about, null::text as note, m.at, m.at <= {q.Ago(365)} as late from (
              select 'secrecy' as kind, v.record_id as id, v.authority_id, v.channel_id, v.record_type as about,
                     coalesce((select max(e.recorded_at) from {q.Sight.Acts} e where e.record_id = v.record_id and e.name = 'secrecy_reviewed'), v.secrecy_at) as at
              from {q.Sight.Records} v where v.secrecy_at is not null and not v.destroyed and {q.Mine("v")} and {q.Allowed("v")}) m
            """, new("Alla markeringar", "/sekretess"), ("inte prövad på ett år", "inte prövade på ett år")) { Note = "prövade det senaste året" },
        new("utgaende", [Role.Registrator, Role.Arkivarie, Role.Admin], "Nådde inte det andra diariet", "Registreringar som det mottagande systemet inte har tagit emot.", q => $"""
            select 'outgoing' as kind, o.event_id as id, o.authority_id, null::uuid as channel_id, o.type as about, o.problem as note, o.recorded_at as at, true as late
            from archive.outgoing_entries o where o.dead and o.sent_at is null and {q.Mine("o")}
              and not exists (select from archive.record_states s where s.record_id = o.record_id and not {q.Known("s")})
            """, new("Utgående", "/diarium/utgaende")) { Note = "måste sändas igen" },
        new("leveranser", [Role.Moderator, Role.Kommunikator, Role.Admin], "Leveranser som stannat", "Leveranser från plattformarna som inte gick att läsa in. De ligger förseglade och kan läsas in igen.", q => $"""
            select 'delivery' as kind, i.delivery_id as id, null::uuid as authority_id, null::uuid as channel_id, i.platform as about, i.problem as note, i.received_at as at, true as late
            from work.inbox i where i.dead and not exists (
              select from archive.delivery_records d join archive.record_states s using (record_id) join archive.protected_accounts p using (account_id)
              where d.delivery_id = i.delivery_id and not {q.Cleared("p")})
            """, new("Insamling", "/insamling?lage=dead")) { Note = "väntar på att någon ser efter" },

        new("kallor", [Role.Kommunikator, Role.Admin], "Källor med larm", "Kanaler som inte hämtas som de ska.", q => $"""
            select 'source' as kind, s.channel_id as id, s.authority_id, s.channel_id, s.alarm as about, null::text as note, s.alarm_at as at, true as late
            from archive.sources s where s.alarm is not null and {q.Mine("s")}
            """, new("Källor", "/kallor")) { Note = "hämtas inte som de ska" },
        new("prenumerationer", [Role.Kommunikator, Role.Admin], "Prenumerationer som brustit", "Meta berättar inte längre om allt som händer i kanalen.", q => $"""
            select 'subscription' as kind, m.channel_id as id, c.authority_id, m.channel_id, null::text as about, null::text as note, m.broken_since as at, true as late
            from work.meta_subscriptions m join archive.channels c using (channel_id) where m.broken_since is not null and c.closed_at is null and {q.Mine("c")}
            """) { Note = "Meta berättar inte om allt" },
        new("tysta-kanaler", [Role.Kommunikator, Role.Admin], "Kanaler som tystnat", "Kanaler som brukar höras, och inte har hörts på ovanligt länge. Se efter om hämtningen fungerar.", q => $"""
            select 'silence' as kind, s.channel_id as id, c.authority_id, s.channel_id, null::text as about, null::text as note, s.last_heard_at as at, true as late
            from archive.channel_silences s join archive.channels c using (channel_id) where c.closed_at is null and {q.Mine("c")}
            """) { Note = "ovanligt länge utan något nytt" },
        new("samtycken", [Role.Kommunikator], "Samtycken som går ut", $"Samtycken som slutar gälla inom {SoonDays} dagar, eller har gjort det medan något som vilar på dem står kvar.", q => $"""
            select 'consent' as kind, c.record_id as id, c.authority_id, null::uuid as channel_id, null::text as about, null::text as note, c.valid_until::timestamp at time zone 'Europe/Stockholm' as at, c.valid_until < {q.Today} as late
            from archive.consents c join archive.record_states s using (record_id)
            where c.withdrawn_on is null and s.disposed_at is null and c.valid_until <= {q.In(SoonDays)}
              and (c.valid_until >= {q.Today} or exists (select from archive.consent_uses u join archive.record_states p on p.record_id = u.record_id where u.consent_id = c.record_id and p.disposed_at is null and p.visibility in ('visible', 'hidden') and {q.Known("p")}))
              and {q.Mine("c")} and {q.Known("s")}
            """, new("Samtycken", "/samtycken"), ("har gått ut", "har gått ut")) { Note = $"inom {SoonDays} dagar" },

        new("uppdrag-att-godkanna", [Role.Chef], "Uppdrag att besluta om", "Uppdrag i kanaler som väntar på det andra beslutet.", q => $"""
            select 'assignment' as kind, coalesce(a.channel_id, a.person_id) as id, a.authority_id, a.channel_id, a.function as about, null::text as note, a.given_at as at, false as late
            from archive.assignments a where a.needs_authorisation and a.authorised_at is null and a.ended_at is null and {q.Mine("a")}
            """, new("Behöriga användare", "/behoriga")) { Note = "väntar på beslut" },
        new("uppdrag-som-slutar", [Role.Chef, Role.Kommunikator], "Uppdrag som går ut", $"Uppdrag vars sista dag är inom {SoonDays} dagar.", q => $"""
            select 'assignment' as kind, coalesce(a.channel_id, a.person_id) as id, a.authority_id, a.channel_id, a.function as about, null::text as note, a.valid_until::timestamp at time zone 'Europe/Stockholm' as at, false as late
            from archive.assignments a where a.ended_at is null and a.valid_until between {q.Today} and {q.In(SoonDays)} and {q.Mine("a")}
            """, new("Behöriga användare", "/behoriga")) { Note = $"inom {SoonDays} dagar" },
        new("delegationsbeslut", [Role.Chef, Role.Registrator], "Delegationsbeslut att anmäla", "Beslut fattade med stöd av delegation som inte har anmälts till nämnden (KL 6 kap. 40 §).", q => $"""
            select 'decision' as kind, d.decision_id as id, d.authority_id, null::uuid as channel_id, d.number as about, d.kind as note, d.decided_at as at, false as late
            from archive.delegated_decisions d where d.report_id is null and {q.Mine("d")}
              and (d.subject_kind <> 'record' or exists (select from archive.record_states s where s.record_id = d.subject_id and {q.Known("s")}))
            """, new("Delegation", "/delegation")) { Note = "till nästa sammanträde" },
        new("gallring-att-godkanna", [Role.Arkivarie, Role.Chef], "Gallringar att godkänna", "Föreslagna körningar. Den som har föreslagit en kan inte godkänna den.", q => $"""
            select 'run' as kind, r.run_id as id, r.authority_id, null::uuid as channel_id, null::text as about, r.items::text as note, r.proposed_at as at, false as late
            from archive.disposal_runs r where r.state = 'proposed' and r.proposed_by <> {q.Me} and {q.Mine("r")}
            """, new("Körningar", "/gallring#korningar")) { Note = "föreslagna av någon annan" },

        new("rester", [Role.Arkivarie], "Gallringar med rester", "Något av det som gallrats finns kvar någonstans. Körningen är inte klar förrän det är borta.", q => $"""
            select 'run' as kind, r.run_id as id, r.authority_id, null::uuid as channel_id, null::text as about, r.items::text as note, r.started_at as at, true as late
            from archive.disposal_runs r where r.state = 'executing' and starts_with(r.problem, {q.Value(Disposals.DisposalExecutor.StillThere)}) and {q.Mine("r")}
            """) { Note = "något av det gallrade finns kvar" },
        new("att-gallra", [Role.Arkivarie], "Att gallra", "Fristen har gått ut, inget gallringsstopp gäller och handlingen är inte med i någon körning.", q => $"""
            select case when x.record_type = 'disclosure-request' then 'request' else 'record' end as kind, x.record_id as id, x.authority_id, null::uuid as channel_id, x.record_type as about, r.name as note,
                   x.due_on::timestamp at time zone 'Europe/Stockholm' as at, false as late
            from archive.rules_of_records x join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
            where x.due_on <= {q.Today} and {q.Mine("x")} and {q.Known("x")}
              and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and (o.due_on is null or o.due_on > x.due_on or (o.due_on = x.due_on and o.rule_id > x.rule_id)))
              and not archive.is_held(x.authority_id, x.record_id, x.case_id, x.account_id)
              and not exists (select from archive.disposal_items i join archive.disposal_runs u using (run_id) where i.record_id = x.record_id and i.state = 'pending' and u.state in ('proposed', 'approved', 'executing'))
            """, new("Gallring", "/gallring#att-gallra")) { Note = "frist passerad, inte i någon körning" },
        new("att-granska", [Role.Arkivarie], "Att granska före gallring", "Handlingar som regeln säger att en arkivarie ska pröva en och en.", q => Waiting(q, "review"), new("Granskning och bevarande", "/gallring/granskning")) { Note = "prövas en och en" },
        new("att-overlamna", [Role.Arkivarie], "Att lämna över", "Handlingar som regeln säger ska lämnas till arkivmyndigheten.", q => Waiting(q, "transfer"), new("Granskning och bevarande", "/gallring/granskning")) { Note = "till arkivmyndigheten" },
        new("korningar-pagar", [Role.Arkivarie], "Gallringar på gång", "Godkända körningar som väntar ut betänketiden eller verkställs.", q => $"""
            select 'run' as kind, r.run_id as id, r.authority_id, null::uuid as channel_id, null::text as about, r.items::text as note, r.approved_at as at, false as late
            from archive.disposal_runs r where r.state in ('approved', 'executing') and not (r.state = 'executing' and coalesce(starts_with(r.problem, {q.Value(Disposals.DisposalExecutor.StillThere)}), false)) and {q.Mine("r")}
            """, new("Körningar", "/gallring#korningar")) { Note = "godkända eller verkställs" },
        new("regler-utan-beslut", [Role.Arkivarie], "Regler utan beslut i kraft", "Gallringsregler vars beslut inte gäller i dag. De gallrar ingenting förrän ett nytt beslut är infört (arkivlagen 10 §).", q => $"""
            select 'rule' as kind, r.rule_id as id, r.authority_id, null::uuid as channel_id, r.name as about, d.reference as note, r.adopted_at as at, true as late
            from archive.retention_rules r join archive.retention_decisions d using (decision_id)
            where r.ended_at is null and not ({q.Today} between d.valid_from and coalesce(d.valid_until, 'infinity')) and {q.Mine("r")}
            """, new("Regler", "/gallring#regler")) { Note = "gallrar inget förrän ett beslut gäller" },

        new("lasningar", [Role.Revisor], "Ovanliga läsningar", "Läsningar och sökningar som avviker från det vanliga, och som ingen har granskat.", q => $"""
            select 'reading' as kind, u.finding_id as id, u.authority_id, null::uuid as channel_id, u.rule as about, null::text as note, u.since as at, false as late
            from archive.unusual_reads u where u.examined_at is null and {q.Mine("u")} and (u.rule = {q.Value(Replay.UnusualReadRules.SamePerson)} or {q.Cleared("u")})
            """, new("Granska dem", "/granskning/ovanliga-lasningar")) { Note = "väntar på granskning" },
        new("andringar", [Role.Revisor], "Ändringar av vikt", $"De senaste {NoteDays} dagarnas ändringar av policy, gallringsregler, roller, behörigheter, gallringsstopp och delegation.", q =>
        {
            var since = q.Ago(NoteDays);
            return $"""
                select * from (
                  select 'policy' as kind, a.authority_id as id, a.authority_id, null::uuid as channel_id, v.version::text as about, null::text as note, v.decided_at as at, false as late
                  from archive.policy_versions v join archive.authorities a using (authority_id) where v.decided_at > {since}
                  union all select 'rule', r.rule_id, r.authority_id, null, r.name, null, coalesce(r.ended_at, r.adopted_at), false from archive.retention_rules r where coalesce(r.ended_at, r.adopted_at) > {since}
                  union all select 'run', r.run_id, r.authority_id, null, null, r.items::text, r.approved_at, false from archive.disposal_runs r where r.approved_at > {since}
                  union all select 'grant', g.person_id, g.authority_id, null, g.role, null, g.granted_at, false from archive.grants g where g.granted_at > {since}
                  union all select 'clearance', c.person_id, c.authority_id, null, c.role, null, c.granted_at, false from archive.clearances c where c.granted_at > {since}
                  union all select 'hold', h.authority_id, h.authority_id, null, null, null, h.lifted_at, false from archive.holds h where h.lifted_at > {since}
                  union all select 'delegation', d.authority_id, d.authority_id, null, d.version::text, null, d.adopted_at, false from archive.delegation_orders d where d.adopted_at > {since}) n
                where n.authority_id is null or {q.Mine("n")}
                """;
        }, new("Granskning", "/granskning")) { Note = $"de senaste {NoteDays} dagarna" },

        new("vyer", [Role.Admin], "Vyer som stannat", "Det som visas hinner inte med loggen förrän orsaken är åtgärdad.", _ => """
            select 'projection' as kind, md5(p.name)::uuid as id, null::uuid as authority_id, null::uuid as channel_id, p.name as about, null::text as note, p.stopped_at as at, true as late from archive.projection_stops p
            """, new("Drift", "/drift")) { Note = "det som visas står stilla" },
        new("fel-signatur", [Role.Admin], "Avvisade leveranser i mängd", "Många leveranser med fel signatur under en timme, den senaste veckan. Någon kan försöka skicka falskt, eller hemligheten är bytt.", q => $"""
            select 'webhook' as kind, w.alarm_id as id, null::uuid as authority_id, null::uuid as channel_id, w.platform as about, w.refused::text as note, w.last_at as at, true as late
            from work.webhook_alarms w where w.last_at > {q.Ago(7)}
            """, new("Insamling", "/insamling")) { Note = "fel signatur, den senaste veckan" },
        new("utan-roll", [Role.Admin], "Personer utan roll", "Öppna konton som inte har någon roll. Ge dem en, eller avsluta dem.", q => $"""
            select 'person' as kind, p.person_id as id, null::uuid as authority_id, null::uuid as channel_id, null::text as about, null::text as note, coalesce(u.last_login, m.created) as at, false as late
            from archive.persons p left join archive.users u using (person_id) left join archive.mt_streams m on m.id = p.person_id
            where not p.is_service and p.closed_at is null and not exists (select from archive.grants g where g.person_id = p.person_id)
            """, new("Användare", "/anvandare")) { Note = "kan inte göra något" },
        new("aldrig-inloggade", [Role.Admin], "Har aldrig loggat in", "Lokala konton med en roll, som ingen har loggat in med.", _ => """
            select 'person' as kind, p.person_id as id, null::uuid as authority_id, null::uuid as channel_id, null::text as about, null::text as note, m.created as at, false as late
            from archive.persons p join archive.users u using (person_id) left join archive.mt_streams m on m.id = p.person_id
            where not p.is_service and p.closed_at is null and u.last_login is null and exists (select from archive.grants g where g.person_id = p.person_id)
            """, new("Användare", "/anvandare")) { Note = "lokala konton med roll" },
        new("nycklar", [Role.Admin], "Nycklar som går ut", $"Nycklar för program som slutar gälla inom {TokenDays} dagar. Det som använder dem stannar då.", q => $"""
            select 'token' as kind, t.person_id as id, null::uuid as authority_id, null::uuid as channel_id, t.hint as about, null::text as note, t.expires_at as at, false as late
            from archive.tokens t where t.revoked_at is null and t.expires_at > {q.Now} and t.expires_at <= {q.Ago(-TokenDays)}
            """, new("Användare", "/anvandare")) { Note = $"inom {TokenDays} dagar" },
    ];

    public static DueList? Find(string? key) => All.FirstOrDefault(l => l.Key == key);

    private static string Waiting(DueQuery q, string action) => $"""
        select case when x.record_type = 'disclosure-request' then 'request' else 'record' end as kind, x.record_id as id, x.authority_id, null::uuid as channel_id, x.record_type as about, r.name as note,
               x.acts_on::timestamp at time zone 'Europe/Stockholm' as at, false as late
        from archive.rules_of_records x join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
        where x.action = '{action}' and x.acts_on <= {q.Today} and {q.Mine("x")} and {q.Known("x")}
          and (x.action = 'transfer' or not exists (select from archive.retention_reviews v where v.record_id = x.record_id and v.rule_id = x.rule_id))
        """;
}
