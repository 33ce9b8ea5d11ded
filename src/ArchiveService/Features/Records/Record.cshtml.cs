using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}: the record as it was, its versions, its conversation, what was done to it and why.</summary>
public sealed class RecordModel(RecordViews views, RecordReads reads, RecordViewFreshness freshness, AuthorityRegister authorities, RecordRetention kept, StaffNames staff, ReadReasons reasons, Secrecy.ProtectedIdentities protectedIdentities, DataSubjects.SubjectRegister beside) : PageModel
{
    public RecordView Record { get; private set; } = null!;

    public IReadOnlyList<RecordViewVersion> Versions { get; private set; } = [];

    public IReadOnlyList<RecordViewFile> Files { get; private set; } = [];

    public IReadOnlyList<TimelineItem> Acts { get; private set; } = [];

    public IReadOnlyList<ThreadItem> Thread { get; private set; } = [];

    public int ThreadSize { get; private set; }

    private IReadOnlyList<RecordActRow> acts = [];

    private RetentionOfRecord retention = null!;

    private Policy policy = null!;

    private IReadOnlyList<Hint> hints = [];

    /// <summary>For those who assess: what in the text to look at.</summary>
    public FactList? HintsShown => HintFacts.Of(hints, Row.Text, policy);

    /// <summary>Words of acute danger, found now or when it was captured.</summary>
    public bool Danger => !Row.Destroyed && (hints.Any(h => h.Kind == HintKind.Danger) || Row.Flags.Contains(Hints.DangerFlag)) && !acts.Any(a => a.Name == "danger_escalated");

    public RecordViewRow Row => Record.Row;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        // On a page the latest that can be shown is better than a refusal: the wait is bounded all the same.
        await freshness.Reach(Request, ct);
        var caller = HttpContext.Caller();
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return NotFound();
        if (record.Wall == "secret" && caller.ReadReason is null && !await reasons.Given(caller.PersonId, id, ct)) return LocalRedirect($"/handlingar/{id:D}/oppna");
        await reads.Note(caller, [(id, record.Wall)], ct);
        Record = record;
        Versions = await RecordViews.Versions(sight, id, ct);
        acts = await RecordViews.Acts(sight, id, ct);
        retention = await kept.Of(Row.RecordId, Row.AuthorityId, Row.CaseId, Row.AuthorId, caller.May(Row.AuthorityId, Worklist.Readers), caller.IsStaffOf(Row.AuthorityId), ct);
        policy = (await authorities.Find(Row.AuthorityId, ct))!.Policy;
        Protection = await protectedIdentities.OfRecord(id, Row.AuthorId, Row.AuthorityId, caller, ct);
        CoveredPicture = Row.Kind == "snapshot" && record.Wall == "secret" && await protectedIdentities.InChannel(Row.ChannelId, Row.AuthorityId, caller, ct);
        PaperOwed = PaperDuty.Of(AsSeen(), policy, kept: !retention.Rules.Any(r => r.Action is RuleAction.Destroy or RuleAction.Compulsory or RuleAction.Review));
        if (MayAssess && Row.Text is not null) hints = Hints.In(Row.Text, await staff.All(ct));
        Files = await RecordViews.Files(sight, id, Versions, acts, ct);
        if (Files.Any(f => Thumbnails.Makes(f.MediaType, f.Bytes))) AltTexts = await Media.ThumbnailRoutes.AltTexts(HttpContext.RequestServices.GetRequiredService<Sealing.SealedLog>(), id, ct);
        var names = await RecordViews.Names(sight, acts.Select(a => a.ActorId).OfType<Guid>(), ct);
        Acts = [.. acts.OrderByDescending(a => a.ValidAt).ThenByDescending(a => a.Seq).Select(a => RecordViewWords.Act(a, names))];
        var thread = await RecordViews.Thread(sight, Row, ct);
        ThreadSize = thread.Count;
        Thread = Nested(thread, id);
        Supplements = await beside.Supplements(id, ct);
        return Page();
    }

    /// <summary>For the cleared: a picture of a channel where somebody with a protected identity has written.</summary>
    public bool CoveredPicture { get; private set; }

    /// <summary>For the cleared: whether its author has a protected identity, and the flagged accounts it names.</summary>
    public (bool Author, IReadOnlyList<Guid> Named) Protection { get; private set; } = (false, []);

    /// <summary>What a person says is right, beside the record (GDPR art. 16).</summary>
    public IReadOnlyList<DataSubjects.Supplement> Supplements { get; private set; } = [];

    /// <summary>Whether a copy on paper is owed, and which copy is the arkivexemplar (C8).</summary>
    public PaperDuty PaperOwed { get; private set; } = null!;

    /// <summary>What the duty of paper asks about, as the rows show it: a record's stream may be long, and nothing here is decided on it.</summary>
    private RecordState AsSeen() => RecordState.None with
    {
        Version = Row.Version,
        RecordType = Row.RecordType,
        ContentCaptured = Row.ContentCaptured,
        Visibility = StoredWord.Find<Visibility>(Row.Visibility) ?? Visibility.Visible,
        TakenDownByAuthority = Row.VisibilityBy == RecordStates.Stored(ActedBy.Authority),
        Direction = StoredWord.Find<Direction>(Row.Direction) ?? Direction.Undetermined,
        Registration = StoredWord.Find<Registration>(Row.Registration) ?? default,
        AssessedMinor = acts.LastOrDefault(a => a.Name == "record_assessed")?.Facts.Contains("\"minor\":true", StringComparison.Ordinal) == true || Row.Registration == "exempt",
        SecrecyMarked = Row.SecrecyProvision is not null,
        PaperCopies = acts.Count(a => a.Name == "paper_copy_produced"),
        DisposedAt = Row.DisposedAt,
    };

    public bool MayNotePaper => !Row.Destroyed && HttpContext.Caller().May(Row.AuthorityId, Role.Registrator, Role.Arkivarie);

    /// <summary>Made here: it stands in no channel.</summary>
    private bool IsMadeHere => MadeHere.Is(Row.RecordType) || Row.Kind is "snapshot" or "consent";

    /// <summary>Its number is that of a thread, whose entry another record carries.</summary>
    private bool PartOfThread => acts.Any(a => a.Name == "record_joined_registration");

    /// <summary>Who decides what the public diary shows of it.</summary>
    public bool MayRelease => Row.DiaryNumber is not null && !PartOfThread && Record.Wall == "open" && !Row.Destroyed && HttpContext.Caller().May(Row.AuthorityId, Role.Registrator);

    public bool MayLink => !Row.Destroyed && HttpContext.Caller().May(Row.AuthorityId, LinkRecordsHandler.Linkers);

    public bool MayAssess => !Row.Destroyed && HttpContext.Caller().MayAssess(Row.AuthorityId);

    /// <summary>Taken down in an emergency, and nobody has examined it afterwards.</summary>
    public bool EmergencyWaits => !Row.Destroyed && acts.LastOrDefault(a => a.Emergency is not null || a.Name == "emergency_confirmed") is { Name: not "emergency_confirmed", Emergency: true };

    public bool PoliceReported => acts.Any(a => a.Name == "police_report_made");

    /// <summary>The authority has taken it down, and it is not back.</summary>
    private bool TakenDown => Row.Visibility != "visible" && acts.Any(a => a.ActedBy == "authority" && a.Grounds.Length > 0);

    private bool SenderTold => acts.Any(a => a.Name == "notice_sent" || (a.ActedBy == "authority" && a.Facts.Contains("\"senderNotified\":true", StringComparison.Ordinal)));

    /// <summary>N-12: nothing is left without a word, not what was taken down either.</summary>
    public bool NoticeWaits => !Row.Destroyed && TakenDown && policy.Notice == "required" && !SenderTold;

    public bool ProposalWaits => !Row.Destroyed && acts.LastOrDefault(a => a.Name is "take_down_proposed" or "take_down_proposal_withdrawn" || (a.ActedBy == "authority" && a.Grounds.Length > 0)) is { Name: "take_down_proposed" };

    private bool AnswerGiven => acts.Any(a => a.Name is "record_answered" or "record_closed_unanswered");

    /// <summary>What this reader may do with the record now, the nearest first; the commands themselves decide again.</summary>
    public IReadOnlyList<LinkButton> Ways
    {
        get
        {
            if (Row.Destroyed) return [new("Bevispaket", $"/handlingar/{Row.RecordId:D}/bevis")];
            var caller = HttpContext.Caller();
            var ways = new List<LinkButton>();
            void Way(bool open, string text, string to, bool main = false)
            {
                if (open) ways.Add(new(text, $"/handlingar/{Row.RecordId:D}/{to}", main));
            }

            var (isOpen, isSecret, hasDiary) = (Record.Wall == "open", Record.Wall == "secret", Row.Registration is "registered" or "routed");
            var assesses = caller.MayAssess(Row.AuthorityId);
            Way(Row.Locked && !PoliceReported, "Anteckna polisanmälan", "polisanmalan", main: true);
            Way(ProposalWaits && caller.May(Row.AuthorityId, Role.Moderator, Role.Kommunikator, Role.Chef), "Ta ställning till förslaget", "bekrafta", main: true);
            Way(assesses && EmergencyWaits, "Pröva nödåtgärden", "nodatgard", main: true);
            Way(assesses && Record.Wall == "unassessed", "Bedöm", "bedom", main: true);
            if (Row.Direction == "received" && !IsMadeHere)
            {
                Way(Answering.AnswerHandler.May(caller, Row.AuthorityId), "Besvara", "besvara");
                Way(Answering.AnswerHandler.May(caller, Row.AuthorityId) && !AnswerGiven, "Vidarebefordra", "vidarebefordra");
                Way(Answering.AnswerHandler.MayClose(caller, Row.AuthorityId) && !AnswerGiven, "Avsluta utan svar", "avsluta-utan-svar");
            }

            Way(caller.May(Row.AuthorityId, Role.Moderator, Role.Kommunikator) && !IsMadeHere && Row.Visibility is "visible" or "hidden", "Ta ned", "ta-ned");
            Way(caller.May(Row.AuthorityId, Role.Moderator, Role.Kommunikator) && !IsMadeHere && Row.Direction == "drawnUp", "Rättigheter", "rattigheter");
            if (Row.Kind == "consent" && caller.May(Row.AuthorityId, Consents.ConsentRegister.Readers)) ways.Add(new("Samtycket", $"/samtycken/{Row.RecordId:D}", Main: true));
            Way(assesses && !IsMadeHere && Row.Visibility is "hidden" or "unpublished" && !Row.Locked, "Återställ", "aterstall");
            Way(caller.May(Row.AuthorityId, Role.Registrator) && Row.Registration != "registered", "Registrera", "registrera");
            Way(caller.May(Row.AuthorityId, Role.Registrator) && Row.Registration == "registered" && !PartOfThread, "Rätta registreringen", "ratta");
            Way(caller.May(Row.AuthorityId, Role.Registrator) && !IsMadeHere && RouteRecord.HoldsAny(policy) && acts.All(a => a.Name != "record_routed"), "För till akt", "for-till-akt");
            Way(Allotments.AllotmentHandler.May(caller, Row.AuthorityId) && Row.Registration == "registered", "Fördela", "fordela");
            Way(assesses && Row.Direction == "received" && !IsMadeHere && (isOpen || Row.Registration == "registered") && !acts.Any(a => a.Name == "record_misdirected"), "Fel adressat", "fel-adressat");
            Way(assesses && isOpen && !hasDiary && Row.Registration != "keptOrdered" && policy.RegistrationDefault != "register", "Håll ordnad", "hall-ordnad");
            Way(assesses && isOpen && !hasDiary && Row.Registration != "exempt" && policy["ringa.keepOrdered"] != "true", "Undanta", "undanta");
            Way(assesses && isOpen, "Bedöm på nytt", "bedom");
            Way(assesses, "Bedöm hela tråden", "trad/bedom");
            Way(caller.May(Row.AuthorityId, Role.Registrator) && !IsMadeHere && ThreadSize > 1, "Registrera hela tråden", "trad/registrera");
            Way(true, "Akut fara", "akut");
            Way(caller.May(Row.AuthorityId, Role.Registrator, Role.Moderator, Role.Arkivarie) && !isSecret, "Sekretessmarkera", "sekretess");
            Way(caller.May(Row.AuthorityId, Role.Registrator, Role.Arkivarie) && Row.SecrecyProvision is not null, "Ta bort sekretessmarkeringen", "hav-sekretess");
            Way(caller.May(Row.AuthorityId, Role.Registrator, Role.Arkivarie) && Row.SecrecyProvision is not null, "Pröva sekretessen på nytt", "prova-sekretess");
            Way(CoveredPicture && caller.May(Row.AuthorityId, Secrecy.Protections.Lifters), "Pröva bilden", "prova-bilden", main: true);
            Way(!isOpen && caller.May(Row.AuthorityId, ReadReasons.Readers), "Läsningar", "lasningar");
            Way(true, "Bevispaket", "bevis");
            Way(TakenDown && caller.May(Row.AuthorityId, Role.Moderator, Role.Kommunikator, Role.Registrator, Role.Chef), SenderTold ? "Lämna besked igen" : "Besked till avsändaren", "besked");
            Way(!Row.Locked || PoliceReported, "Polisanmälan", "polisanmalan");
            Way(!Row.Locked, "Lås innehållet", "las");
            if (caller.May(Row.AuthorityId, Role.Registrator, Role.Arkivarie) && retention.Holds.Count == 0) ways.Add(new("Stoppa gallring", $"/gallring?omfattar=record&id={Row.RecordId:D}#stoppa"));
            if (caller.May(Row.AuthorityId, Role.Arkivarie) && retention.Preservations.Count == 0) ways.Add(new("Besluta om bevarande", $"/gallring/granskning?omfattar=record&id={Row.RecordId:D}#bevara"));
            if (caller.May(Row.AuthorityId, Role.Registrator, Role.Arkivarie) && retention.Rules.Any(r => r.CountedFrom == CountedFrom.EventDate))
                ways.Add(new("Anteckna dag för gallringsfristen", $"/gallring/granskning?omfattar=record&id={Row.RecordId:D}#dag"));
            return ways;
        }
    }

    public string Sender => RecordViewWords.Sender(Row.SenderName, Row.SenderHandle, Row.Destroyed);

    public string? Number => Row.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, Row.DocumentNumber) : null;

    public string Heading => Row.Kind switch
    {
        "snapshot" => $"Ögonblicksbild av {RecordViewWords.Platform(Row.Platform)} {Record.ChannelHandle}".Trim(),
        "consent" => "Samtycke till bild",
        _ => $"{RecordViewWords.Kind(Row.Kind)} av {Sender}",
    };

    public StateStrip Strip => StateStrip.Of(
        IsMadeHere ? StateCell.Channel(new(Icon.NotSeen, "Inte i kanalen", Tone.Plain), "gjord i arkivet") : StateCell.Channel(RecordViewWords.Visibility(Row), Row.VisibilityAt is { } at ? Swedish.DateAndClock(at) : null),
        StateCell.Registration(Marks.Registration(Row.Registration, Number), Row.RegisteredAt is { } registered ? Swedish.Date(registered) : null),
        Row.Destroyed ? StateCell.Retention(Marks.Destroyed, Row.DisposedAt is { } disposed ? Swedish.Date(disposed) : null) : Kept(),
        Record.Wall switch
        {
            "secret" => StateCell.Secret(Row.SecrecyProvision),
            "unassessed" => new StateCell("Åtkomst", new Mark(Icon.Warning, "Obedömd", Tone.Attention), null, "bara den som bedömer ser den"),
            _ => StateCell.Open(),
        });

    /// <summary>The longest period wins, a hold beats everything, and no date means keep.</summary>
    private StateCell Kept() => retention switch
    {
        { Run.State: RunState.Executing } => StateCell.Retention(Marks.DisposalApproved, "gallras nu"),
        { Holds: [var hold] } => StateCell.Retention(Marks.Held, Words.HoldGrounds.Said(hold.Ground)),
        { Holds: [], Requests.Count: > 0 } => StateCell.Retention(Marks.Held, Words.HoldGrounds.Said("disclosure-request")),
        { Holds: [], Automatic: [var going, ..] } => StateCell.Retention(Marks.Held, Words.HoldGrounds.Said(going.Ground)),
        { Holds: { Count: > 1 } holds } => StateCell.Retention(Marks.Held, Swedish.Count(holds.Count, "stopp", "stopp")),
        { Run: { State: RunState.Approved } run } => StateCell.Retention(Marks.DisposalApproved, run.CoolingOffUntil is { } until ? $"tidigast {Swedish.DateAndClock(until)}" : null),
        { Run: not null } => StateCell.Retention(Marks.TimePassed, "gallring föreslagen"),
        { Preservations: [var preserved, ..] } => StateCell.Retention(Marks.Kept, preserved.Reference),
        { Rules: [] } => StateCell.Retention(Marks.NoRule, "inget gallringsbeslut"),
        { Due: null } when retention.Rules.Any(r => r.Action == RuleAction.Preserve) => StateCell.Retention(Marks.Kept, "enligt regel"),
        { Due: null } when retention.Rules.Any(r => r.Action == RuleAction.Transfer) => StateCell.Retention(Marks.Kept, "till överlämnandet"),
        { Due: null } when retention.Rules.Any(r => r is { Action: RuleAction.Review, Reviewed: ReviewOutcome.Keep }) => StateCell.Retention(Marks.Kept, "granskad"),
        { Due: null } when retention.Rules.Any(r => r is { Action: RuleAction.Review, Reviewed: null } && r.ActsOn <= retention.Today) => StateCell.Retention(Marks.Waiting("Ska granskas"), null),
        { Due: null } => StateCell.Retention(Marks.Kept, "tills fristen börjar löpa"),
        { Due: { } due, Passed: true } => StateCell.Retention(Marks.TimePassed, Swedish.Date(due)),
        { Due: { } due } => StateCell.Retention(Marks.TimeRuns, $"till {Swedish.Date(due)}"),
    };

    /// <summary>What the strip says in a word, with its ground: decision and rule, holds with their reasons, the run.</summary>
    public FactList RetentionShown => new(
    [
        .. Row.Destroyed ? [new Fact("Gallrad", Row.DisposedAt is { } at ? Swedish.DateAndClock(at) : "ja")] : Array.Empty<Fact>(),
        .. retention.Holds.Select(h => new Fact("Gallringsstopp", Swedish.Sentence(Words.HoldGrounds.Said(h.Ground)), Href: "/gallring#stopp",
            Note: $"{(h.Reason is { } why ? why.TrimEnd('.') + ". " : "")}Omfattar {Covered(h.Kind)} sedan {Swedish.Date(h.PlacedAt)}.")),
        .. Row.Destroyed ? [] : retention.Automatic.Select(a => new Fact("Hålls kvar", Swedish.Sentence(Words.HoldGrounds.Said(a.Ground)),
            Href: a.Ground == "open-case" ? $"/arenden/{a.Source:D}" : null,
            Note: a.Ground == "open-case" ? "Gallras inte så länge ärendet är öppet." : "Gallras inte medan begäran är öppen.")),
        .. Row.Destroyed ? [] : retention.Requests.Select(r => new Fact("Begäran om utlämnande", r.Reference ?? "pågår", Href: r.Id is { } request ? $"/utlamnanden/{request:D}" : null,
            Note: $"Gallras inte medan begäran är öppen. Hålls sedan {Swedish.Date(r.Since)}.")),
        .. retention.Run is { } run ? [new Fact("Gallring", GallringModel.StateOf(run.State, run.Problem).Word, Href: $"/gallring/{run.Id:D}", Note: $"föreslagen {Swedish.Date(run.ProposedAt)}")] : Array.Empty<Fact>(),
        .. Row.Destroyed ? [] : retention.Preservations.Select(p => new Fact("Bevarandebeslut", p.Reference, Href: "/gallring/granskning#bevarande",
            Note: $"{(p.Reason is { } why ? why.TrimEnd('.') + ". " : "")}Omfattar {Covered(p.Kind)} sedan {Swedish.Date(p.DecidedAt)}.")),
        .. Row.Destroyed ? [] : retention.Rules.Select(r => new Fact("Regel", r.Name, Note: $"{Swedish.Sentence(r.Why)}, {r.DecisionReference}. {r.Standing(retention.Today)}")),
        .. Row.Destroyed ? [] : retention.Dates.Select(d => new Fact("Antecknad dag", $"{d.Name} {Swedish.Date(d.On ?? default)}", Note: d.OnCase ? "på ärendet" : null)),
        .. !Row.Destroyed && retention.Rules.Count + retention.Preservations.Count == 0 ? [new Fact("Beslut", "Inget gallringsbeslut omfattar handlingen", Note: "Utan beslut med frist bevaras allt (arkivlagen 10 §)")] : Array.Empty<Fact>(),
    ]);

    private static string Covered(PreservationKind kind) => kind switch
    {
        PreservationKind.Record => "handlingen",
        PreservationKind.Case => "hela ärendet",
        _ => "alla handlingar av typen",
    };

    private static string Covered(HoldKind kind) => kind switch
    {
        HoldKind.Record => "handlingen",
        HoldKind.Case => "hela ärendet",
        HoldKind.Search => "allt i ett urval",
        _ => "allt av kontot",
    };

    public RecordPaper Paper => new(
        Versions.Count > 1 ? $"Senaste lydelsen, version {Versions.Count}" : "Så som den fångades",
        Row.CapturedAt, Sender, Record.ParentSender is { } parent ? $"svarade {parent}" : null, Row.Text is null ? null : RecordText.Plain(Row.Text))
    {
        Absence = Row.Destroyed ? $"Innehållet är gallrat{(Row.DisposedAt is { } at ? " " + Swedish.Date(at) : "")}. Uppgifterna om handlingen finns kvar."
            : Row.Locked ? $"Innehållet är låst: misstänkt barnpornografibrott. Ingen får öppna det här, inte heller bilagorna. {acts.LastOrDefault(a => a.Name == "content_locked")?.Note}".Trim()
            : !Row.ContentCaptured ? "Innehållet hann aldrig fångas: plattformen berättade bara vad som hände med det."
            : string.IsNullOrEmpty(Row.Text) ? "Handlingen har ingen text." : null,
        Foot =
        [
            $"På {RecordViewWords.Platform(Row.Platform)} {Swedish.DateAndClock(Row.OccurredAt)}",
            .. Versions.Count > 1 ? [$"Ändrad {string.Join(", ", Versions.Skip(1).Select(v => Swedish.DateAndClock(v.Row.ValidAt)))}"] : Array.Empty<string>(),
            .. Row.Reactions > 0 ? [Swedish.Count(Row.Reactions, "reaktion", "reaktioner")] : Array.Empty<string>(),
        ],
        Link = Row.Permalink is { } link && Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? new("Visa på plattformen", link) : null,
    };

    public VersionList VersionsShown => VersionList.Of(
        [.. Versions.Select(v => (v.Row.ValidAt, v.Row.Certainty == "inferred" ? "slutsats" : $"känd här {Swedish.DateAndClock(v.Row.RecordedAt)}", v.Row.Destroyed ? "[gallrad]" : Row.Locked ? "[låst]" : v.Row.Text))]);

    private Media.Thumbnails Thumbnails => HttpContext.RequestServices.GetRequiredService<Media.Thumbnails>();

    private IReadOnlyDictionary<Guid, string> AltTexts { get; set; } = new Dictionary<Guid, string>();

    public AttachmentList FilesShown => new([.. Files.Select(f => new AttachmentItem(
        f.Name is { Length: > 0 } name ? name : Row.Destroyed ? "Gallrad bilaga" : "Bilaga utan namn", f.MediaType, f.Bytes,
        Row.Locked && f.Bytes is not null ? "Låst. Ingen får öppna filen." : f.Infected is { } found && !Row.Destroyed ? $"Virusskyddet hittade {found} i filen. Den är sparad som den kom." : f.Fetch is { } fetch && !Row.Destroyed ? fetch.Said : f.Bytes is null ? "Filen fanns i kanalen men är inte sparad här." : null,
        f.Bytes is null || Row.Destroyed || Row.Locked || f.Infected is not null ? null : $"/handlingar/{Row.RecordId}/bilagor/{f.Id}")
    {
        Dangerous = f.Infected is not null && !Row.Destroyed && !Row.Locked ? $"/handlingar/{Row.RecordId}/bilagor/{f.Id}?infected=open" : null,
        Thumbnail = f.Bytes is not null && f.Infected is null && !Row.Destroyed && !Row.Locked && Thumbnails.Makes(f.MediaType, f.Bytes) ? $"/handlingar/{Row.RecordId}/bilagor/{f.Id}/miniatyr" : null,
        AltText = AltTexts.GetValueOrDefault(f.Id),
        Again = f.Fetch is { MayBeAskedAgain: true } && !Row.Destroyed && !Row.Locked && Media.FetchAgain.May(HttpContext.Caller(), Row.AuthorityId) ? $"/handlingar/{Row.RecordId}/bilagor/{f.Id}/hamta" : null,
    })]);

    public FactList Registration
    {
        get
        {
            var diaryAct = acts.LastOrDefault(a => a.Name == "record_registered");
            return new(
            [
                new("Diarienummer", Number!, FactLook.DiaryNumber, $"/diarium?q={Uri.EscapeDataString(Row.DiaryNumber!)}"),
                Record.CaseTitle is { } title ? new("Ärende", title, Href: Row.CaseId is { } of ? $"/arenden/{of:D}" : null) : new("Ärende", "", FactLook.Omitted),
                new("Registrerad", Row.RegisteredAt is { } at ? Swedish.Date(at) : "–"),
                new("Saken", Row.Subject ?? (diaryAct is null ? "–" : "gallrad")),
                new("Handlingstyp", Swedish.Sentence(Words.RecordTypes.Said(Row.RecordType))),
            ]);
        }
    }

    public FactList Capture => new(
    [
        new("Myndighet", Record.AuthorityName),
        new("Kanal", $"{RecordViewWords.Platform(Row.Platform)}{(Record.ChannelHandle is { } handle ? " " + handle : "")}"),
        .. Row.AuthorId is { } account ? [new Fact("Konto", Row.SenderHandle ?? Sender, Href: $"/konton/{account}")] : Array.Empty<Fact>(),
        new("Riktning", RecordViewWords.Direction(Row.Direction).Word),
        new("Fångad", Swedish.DateAndClock(Row.CapturedAt)),
        .. Row.Flags.Length > 0 ? [new Fact("Anmärkningar", string.Join(". ", Row.Flags.Select(RecordViewWords.Flag)))] : Array.Empty<Fact>(),
        new("Handlingens id", Row.RecordId.ToString("D"), FactLook.Code),
    ]);

    /// <summary>Answers under what they answer, some levels deep; deeper ones stand level with the last.</summary>
    private static IReadOnlyList<ThreadItem> Nested(IReadOnlyList<(RecordViewRow Row, string Wall)> thread, Guid here)
    {
        const int Deepest = 5;
        var shown = thread.Select(t => t.Row.RecordId).ToHashSet();
        var children = thread.Where(t => t.Row.ParentId is { } parent && shown.Contains(parent) && parent != t.Row.RecordId).ToLookup(t => t.Row.ParentId!.Value);
        var placed = new HashSet<Guid>();

        List<ThreadItem> Under(IEnumerable<(RecordViewRow Row, string Wall)> rows, int depth)
        {
            var items = new List<ThreadItem>();
            foreach (var row in rows)
            {
                if (!placed.Add(row.Row.RecordId)) continue;
                var replies = Under(children[row.Row.RecordId], depth + 1);
                items.Add(Item(row.Row, row.Wall, here) with { Replies = depth < Deepest ? replies : [] });
                if (depth >= Deepest) items.AddRange(replies);
            }

            return items;
        }

        var roots = Under(thread.Where(t => t.Row.ParentId is not { } parent || !shown.Contains(parent) || parent == t.Row.RecordId), 0);
        roots.AddRange(Under(thread, 0));
        return roots;
    }

    private static ThreadItem Item(RecordViewRow row, string wall, Guid here) => new(
        RecordViewWords.Sender(row.SenderName, row.SenderHandle, row.Destroyed), RecordViewWords.Direction(row.Direction), row.OccurredAt, RecordText.Plain(row.Text))
    {
        Here = row.RecordId == here,
        Href = $"/handlingar/{row.RecordId}",
        Mark = row.Visibility == "visible" ? null : RecordViewWords.Visibility(row),
        IsSecret = wall == "secret",
        Absence = row.Destroyed ? "Gallrad." : row.Locked ? "Låst." : wall != "open" && row.RecordId != here ? "Öppna handlingen för att läsa den. Läsningen antecknas."
            : string.IsNullOrEmpty(row.Text) ? "Ingen text." : null,
    };
}
