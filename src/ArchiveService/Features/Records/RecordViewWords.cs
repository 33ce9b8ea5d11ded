using System.Text.Json.Nodes;
using ArchiveService.Capture;
using ArchiveService.Capture.Exports;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>What stored words are called in Swedish. A word that has no name is shown as it stands.</summary>
public static class RecordViewWords
{
    public static IReadOnlyList<(string Word, string Text)> Kinds { get; } =
    [
        ("post", "Inlägg"), ("comment", "Kommentar"), ("reply", "Svar"), ("dm", "Direktmeddelande"), ("story", "Händelse"), ("video", "Film"), ("live", "Livesändning"),
        ("share", "Delning"), ("poll", "Omröstning"), ("review", "Omdöme"), ("mention", "Omnämnande"), ("snapshot", "Ögonblicksbild"), ("consent", "Samtycke"),
        ("unknown", "Okänt slag"),
    ];

    public static IReadOnlyList<(string Word, string Text)> Platforms { get; } =
    [
        ("facebook", "Facebook"), ("instagram", "Instagram"), ("linkedin", "LinkedIn"), ("mastodon", "Mastodon"), ("messenger", "Messenger"), ("threads", "Threads"),
        ("tiktok", "TikTok"), ("x", "X"), ("youtube", "YouTube"), ("other", "Annan plattform"),
    ];

    public static IReadOnlyList<(string Word, string Text)> States { get; } =
        [("visible", "Synlig"), ("hidden", "Dold"), ("unpublished", "Avpublicerad"), ("deleted", "Raderad i kanalen"), ("disposed", "Gallrad")];

    public static IReadOnlyList<(string Word, string Text)> Registrations { get; } =
        [("registered", "Registrerad"), ("keptOrdered", "Hålls ordnad"), ("captured", "Ej bedömd"), ("exempt", "Ringa betydelse"), ("routed", "Överlämnad")];

    public static IReadOnlyList<(string Word, string Text)> Directions { get; } = [("received", "Inkomna"), ("drawnUp", "Upprättade")];

    public static IReadOnlyList<(string Word, string Text)> Grounds { get; } = [.. PolicyKeys.Grounds.Select(g => (g.Key, g.Value)).OrderBy(g => g.Value, StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];

    /// <summary>Who could see a record in its channel.</summary>
    public static IReadOnlyList<(string Word, string Text)> Audiences { get; } =
        [("public", "Alla"), ("unlisted", "Alla som har länken"), ("followers", "Kontots följare"), ("direct", "Bara mottagaren"), ("unpublished", "Ingen ännu")];

    public static string Kind(string word) => Named(Kinds, word);

    public static string Platform(string word) => Named(Platforms, word);

    public static string Ground(string word) => PolicyKeys.Grounds.GetValueOrDefault(word, word);

    public static Mark Direction(string word) => word switch
    {
        "received" => Marks.Incoming,
        "drawnUp" => Marks.Drafted,
        _ => new(Icon.Info, "Riktning okänd"),
    };

    public static Mark Visibility(RecordViewRow row) => Marks.Visibility(row.Visibility, row.Edited, row.VisibilityBy);

    public static string Sender(string? name, string? handle, bool destroyed = false) =>
        name is { Length: > 0 } ? name : handle is { Length: > 0 } ? handle : destroyed ? "Gallrad avsändare" : "Okänd avsändare";

    public static string DocumentNumber(string diaryNumber, int? document) => document is { } n ? $"{diaryNumber}-{n}" : diaryNumber;

    /// <summary>A remark of the capture.</summary>
    public static string Flag(string word) => word switch
    {
        ActFlags.UnknownAct => "Plattformen meddelade något som saknar plats här",
        ActFlags.UnknownKind => "Slaget är okänt",
        ActFlags.UnknownAudience => "Okänt vilka som kunde se den",
        ActFlags.UnknownHint => "En uppgift från plattformen gick inte att tolka",
        ActFlags.SyntheticId => "Plattformen gav inget id",
        ActFlags.SuspiciousTime => "Tiden från plattformen är orimlig",
        ActFlags.LoneSurrogateReplaced or ActFlags.NulReplaced or ActFlags.InvalidUtf8Replaced => "Tecken som inte går att visa är ersatta; originalet är sparat",
        ActFlags.DuplicateKeys => "Plattformen angav samma uppgift flera gånger",
        ActFlags.TextCut => "Texten är kortad; originalet är sparat",
        ActFlags.UnsafeAttachmentPath => "En bilaga hade en otillåten sökväg och togs inte med",
        ActFlags.AttachmentMissing => "En bilaga fanns inte med i exporten",
        ActFlags.AuthorDiffers => "Avsändaren är en annan än exportens konto",
        ActFlags.ContentNotDelivered => "Plattformen skickade inte innehållet",
        ActFlags.HiddenOnArrival => "Dold redan när den fångades",
        ActFlags.EarlierVersionsMissing => "Ändrad före fångsten; tidigare lydelser saknas",
        ExportFlags.EncodingRepaired => "Texten var felkodad i exporten och är rättad; originalet är sparat",
        ExportFlags.EncodingLeft => "Exportens text kunde inte avgöras vara felkodad och är som den kom",
        ExportFlags.EntriesMerged => "Flera lika poster i exporten är en",
        ExportFlags.TextJoined => "Den långa texten stod i en annan fil i exporten",
        ExportFlags.TextCutByPlatform => "Plattformen har kortat texten",
        ExportFlags.HeldForReview => "Plattformen höll kvar den för granskning",
        ActFlags.TimeUncertain => "Tiden är osäker",
        ActFlags.ByHand => "Inskriven för hand av någon som såg den",
        "told-in-parts" => "Plattformen berättade i flera delar",
        "channel-closed" => "Kom in efter att kanalen avslutats",
        "secrecy-hint" => "Innehåller något som kan omfattas av sekretess, som ett personnummer",
        Hints.ProtectedIdentityFlag => "Kan handla om skyddade personuppgifter",
        Hints.DangerFlag => "Kan handla om akut fara",
        _ => word,
    };

    /// <summary>"Kommentar, Facebook".</summary>
    public static string Place(string kind, string platform, string? channel) => $"{Kind(kind)}, {Platform(platform)}{(channel is { Length: > 0 } ? " " + channel : "")}";

    public static string? By(string? actedBy) => actedBy switch
    {
        "author" => "avsändaren",
        "platform" => "plattformen",
        "authority" => null,
        "unknown" => "okänt av vem",
        _ => actedBy,
    };

    /// <summary>An act as a line of the time line: newest first is the page's business.</summary>
    public static TimelineItem Act(RecordActRow act, IReadOnlyDictionary<Guid, string> names)
    {
        var facts = JsonNode.Parse(act.Facts)!.AsObject();
        string? Fact(string name) => facts[name]?.ToString();
        var (icon, title) = act.Name switch
        {
            "item_captured" => (Icon.Incoming, "Fångad"),
            "item_edited" => (Icon.Pen, "Ändrad i kanalen"),
            "item_hidden" => (Icon.Hidden, "Dold"),
            "item_unpublished" => (Icon.Unpublished, "Avpublicerad"),
            "item_deleted_from_channel" => (Icon.Deleted, "Raderad i kanalen"),
            "item_restored" => (Icon.Visible, "Synlig igen"),
            "emergency_confirmed" => (Icon.Ok, Fact("upheld") == "true" ? "Nödåtgärden bekräftad" : "Nödåtgärden upphävd"),
            "unknown_act_observed" => (Icon.Info, "Plattformen meddelade något som saknar plats här"),
            "attachment_stored" => (Icon.File, "Bilaga sparad"),
            "attachment_fetch_ended" => Fact("outcome") == "fetched" ? (Icon.File, "Bilaga hämtad från plattformen") : (Icon.Warning, $"Bilaga inte hämtad: {Media.MediaWords.Outcome(Fact("outcome") ?? "")}"),
            "record_assessed" => (Icon.Ok, "Bedömd"),
            "assessment_detailed" => (Icon.Ok, "Bedömningen i detalj"),
            "record_settled_by_rule" => (Fact("to") == "exempt" ? Icon.Minor : Icon.KeptOrdered, Fact("to") == "exempt" ? "Undantagen av en regel, uppenbart ringa betydelse" : "Hålls ordnad av en regel"),
            "rule_settlement_withdrawn" => (Icon.Warning, Fact("why") == "edited" ? "Regeln gäller inte längre: innehållet är ändrat" : "Regeln gäller inte längre: någon har bedömt handlingen"),
            "danger_escalated" => (Icon.Warning, Fact("to") switch { "emergencyNumber" => "Larmat 112", "onCall" => "Jouren kontaktad", _ => "Larmat vid akut fara" }),
            "record_registered" => (Icon.Registered, $"Registrerad som {DocumentNumber(Fact("diaryNumber") ?? "", (int?)facts["documentNumber"])}"),
            "registration_corrected" => (Icon.Pen, $"Registreringen rättad: {Corrected(facts["changed"] as JsonArray)}"),
            "record_transferred" => (Icon.Routed, $"Omregistrerad från {DocumentNumber(Fact("fromDiaryNumber") ?? "", (int?)facts["fromDocumentNumber"])} till {DocumentNumber(Fact("toDiaryNumber") ?? "", (int?)facts["toDocumentNumber"])}"),
            "record_kept_ordered" => (Icon.KeptOrdered, "Hålls ordnad"),
            "record_exempted" => (Icon.Minor, "Undantagen, uppenbart ringa betydelse"),
            "record_routed" => (Icon.Routed, $"Överförd till {RouteRecord.TargetWord(Fact("target") ?? "")}"),
            "record_joined_registration" => (Icon.Registered, $"Registrerad med tråden som {DocumentNumber(Fact("diaryNumber") ?? "", (int?)facts["documentNumber"])}"),
            "thread_registered" => (Icon.Registered, $"Registreringen gäller en hel tråd: {Swedish.Count((int?)facts["members"] ?? 0, "handling till", "handlingar till")}"),
            "diary_entry_released" => (Icon.Eye, "Avsändare och sak visas i det publika diariet"),
            "diary_entry_withheld" => (Icon.Lock, "Avsändare och sak utelämnas i det publika diariet"),
            "secrecy_marked" => (Icon.Lock, "Sekretessmarkerad"),
            "secrecy_reviewed" => (Icon.Lock, Fact("outcome") switch { "stands" => "Sekretessen prövad på nytt: markeringen står kvar", "changed" => "Sekretessen prövad på nytt: en annan bestämmelse", _ => "Sekretessen prövad på nytt" }),
            "secrecy_lifted" => (Icon.Lock, "Sekretessmarkeringen borttagen"),
            "record_answered" => (Icon.Ok, "Besvarad"),
            "record_forwarded" => (Icon.Routed, "Vidarebefordrad, väntar på svar"),
            "record_closed_unanswered" => (Icon.Minor, "Avslutad utan svar"),
            "record_misdirected" => (Icon.Routed, "Fel adressat, lämnad vidare till rätt myndighet"),
            "record_allotted" => (Icon.Routed, "Fördelad"),
            "allotment_received" => (Icon.Ok, "Mottagen av handläggaren"),
            "allotment_declined" => (Icon.Stop, "Inte mottagen, ska fördelas om"),
            "record_no_longer_current" => (Icon.Clock, $"Inaktuell från {Fact("from")}"),
            "records_linked" => (Icon.Ok, Fact("basis") == "person" ? "Samma inlägg som en annan handling, enligt den som jämförde dem" : "Samma inlägg som en annan handling: samma text inom en sekund"),
            "records_unlinked" => (Icon.Stop, "Inte samma inlägg som den andra handlingen"),
            "take_down_proposed" => (Icon.Clock, $"Föreslagen: {Proposed(Fact("act"))}"),
            "take_down_proposal_withdrawn" => (Icon.Stop, "Förslaget att ta ned genomförs inte"),
            "notice_sent" => (Icon.Ok, "Avsändaren har fått besked"),
            "police_report_made" => (Icon.Warning, "Polisanmäld, gallringen är stoppad"),
            "content_locked" => (Icon.Lock, "Innehållet låst"),
            "snapshot_taken" => (Icon.Camera, $"Ögonblicksbild, {Fact("from")} till {Fact("to")}"),
            "consent_given" => (Icon.Ok, $"Samtycke lämnat {Fact("givenOn")}"),
            "consent_withdrawn" => (Icon.Struck, $"Samtycke återkallat {Fact("withdrawnOn")}"),
            "consent_used" => (Icon.Image, "Knutet till ett eget inlägg"),
            "rights_stated" => (Icon.Seal, "Upphovsrätt angiven"),
            "paper_copy_produced" => (Icon.Print, $"Papperskopia, {Fact("pages")} sidor{(Fact("isArchival") == "true" ? ", arkivexemplar" : "")}"),
            "item_disposed" => (Icon.Destroyed, "Gallrad"),
            _ => (Icon.Info, act.Name),
        };
        var person = act.ActorId is { } id && act.ActedBy is null or "authority" ? names.GetValueOrDefault(act.ActorId!.Value) : null;
        List<string> said = [];
        if (act.Grounds.Length > 0) said.Add($"Grund: {string.Join(", ", act.Grounds.Select(Ground))}.");
        if (act.LegalReference is not null) said.Add($"Lagrum: {act.LegalReference}.");
        if (act.Emergency == true) said.Add("Nödåtgärd, ska bekräftas i efterhand.");
        if (act.Name == "emergency_confirmed" && Fact("samePerson") == "true") said.Add("Prövad av samma person som gjorde den.");
        if (act.Grounds.Length > 0 && act.ActedBy is null or "authority") said.AddRange(Basis(facts));
        if (act.Name == "secrecy_marked") said.Add($"Bestämmelse: {Fact("provision")}.");
        if (act.Name == "record_answered" && Fact("reply") is { Length: > 0 }) said.Add("Svaret är fångat och står i tråden.");
        if (act is { Name: "record_forwarded", Note: { } owner }) said.Add($"Till: {owner}.{(Fact("toldInChannel") == "true" ? "" : " Inte sagt i kanalen.")}");
        if (act.Name == "record_routed" && Fact("receivedOn") is { Length: > 0 } received) said.Add($"Mottagen {received}.");
        if (act.Name == "record_assessed")
        {
            said.Add(Fact("secrecySuspected") == "true" ? "Kan omfattas av sekretess." : Fact("minor") == "true" ? "Av ringa betydelse." : "Ingen sekretess misstänkt.");
            if (Fact("isQuestion") == "true") said.Add("En fråga som vill ha svar.");
        }

        if (act.Name == "assessment_detailed") said.AddRange(AssessmentWords.Said(facts));
        if (act.Name is "record_settled_by_rule" or "rule_settlement_withdrawn") said.Add($"Regelns version {Fact("ruleVersion")}.");

        var observed = act.Name is "item_captured" || act.ActedBy is not null and not "authority";
        if (observed && act.RecordedAt - act.ValidAt > TimeSpan.FromSeconds(1)) said.Add($"{(act.Certainty == "inferred" ? "Slutsats av att den saknades" : "Känt här")} {Swedish.DateAndClock(act.RecordedAt)}.");
        return new(act.ValidAt, icon, title, act.Name is "item_captured" or "record_settled_by_rule" ? null : By(act.ActedBy) ?? person)
        {
            Facts = said,
            Reason = act.Name == "record_forwarded" ? act.Motivation : act.Motivation is { } why && act.Note is { } more ? $"{why}\n{more}" : act.Motivation ?? act.Note,
        };
    }

    private static string Proposed(string? act) => act switch { "hide" => "dölja", "unpublish" => "avpublicera", _ => "radera" };

    /// <summary>What was answered before something was taken down; what nobody answered is said too.</summary>
    private static IEnumerable<string> Basis(JsonObject facts)
    {
        if (facts["decision"] is not JsonObject decision) yield break;
        var basis = decision["basis"] as JsonObject;
        foreach (var duty in basis?["duties"]?.AsArray() ?? [])
            yield return $"Policyn om {Ground(duty!["ground"]!.ToString())}: {TakeDownAdvice.DutyWord(duty["duty"]!.ToString())}.";
        if (basis?["thresholdMet"] is { } met) yield return (bool)met ? "Bedömt nå tröskeln." : "Bedömt inte nå tröskeln.";
        yield return basis?["viewpointNeutral"] is not { } neutral ? "Frågan om motsatt åsikt är inte besvarad."
            : (bool)neutral ? "Skulle tas ned också om det uttryckte motsatt åsikt." : "Åsikten saknar betydelse för grunden.";
        if (basis?["proposedBy"] is not null) yield return "Bekräftat av en andra person.";
    }

    /// <summary>What a correction changed.</summary>
    public static IReadOnlyList<(string Word, string Text)> Facts { get; } =
    [
        (RegistrationCorrected.Subject, "saken"), (RegistrationCorrected.SenderRecipient, "avsändare eller mottagare"), (RegistrationCorrected.OfType, "handlingstyp"),
        (RegistrationCorrected.ClassCode, "klass"), (RegistrationCorrected.Received, "datum"), (RegistrationCorrected.PublicSubject, "saken i det publika diariet"),
    ];

    private static string Corrected(JsonArray? changed) => Corrected([.. (changed ?? []).Select(c => c!.ToString())]);

    public static string Corrected(IReadOnlyList<string> changed) => string.Join(", ", changed.Select(c => Named(Facts, c)));

    private static string Named(IReadOnlyList<(string Word, string Text)> words, string word) => words.FirstOrDefault(w => w.Word == word).Text ?? word;
}
