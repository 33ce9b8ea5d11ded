using System.Text.Json.Nodes;
using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>What stored words are called in Swedish. A word that has no name is shown as it stands.</summary>
public static class RecordViewWords
{
    public static IReadOnlyList<(string Word, string Text)> Kinds { get; } =
    [
        ("post", "Inlägg"), ("comment", "Kommentar"), ("reply", "Svar"), ("dm", "Direktmeddelande"), ("story", "Händelse"), ("video", "Film"), ("live", "Livesändning"),
        ("share", "Delning"), ("poll", "Omröstning"), ("review", "Omdöme"), ("mention", "Omnämnande"), ("unknown", "Okänt slag"),
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
        "told-in-parts" => "Plattformen berättade i flera delar",
        "channel-closed" => "Kom in efter att kanalen avslutats",
        "secrecy-hint" => "Innehåller något som liknar ett personnummer",
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
            "record_assessed" => (Icon.Ok, "Bedömd"),
            "record_registered" => (Icon.Registered, $"Registrerad som {DocumentNumber(Fact("diaryNumber") ?? "", (int?)facts["documentNumber"])}"),
            "registration_corrected" => (Icon.Pen, $"Registreringen rättad: {Corrected(facts["changed"] as JsonArray)}"),
            "record_transferred" => (Icon.Routed, $"Omregistrerad från {DocumentNumber(Fact("fromDiaryNumber") ?? "", (int?)facts["fromDocumentNumber"])} till {DocumentNumber(Fact("toDiaryNumber") ?? "", (int?)facts["toDocumentNumber"])}"),
            "record_kept_ordered" => (Icon.KeptOrdered, "Hålls ordnad"),
            "record_exempted" => (Icon.Minor, "Undantagen, uppenbart ringa betydelse"),
            "record_routed" => (Icon.Routed, "Överlämnad"),
            "diary_entry_released" => (Icon.Eye, "Avsändare och sak visas i det publika diariet"),
            "diary_entry_withheld" => (Icon.Lock, "Avsändare och sak utelämnas i det publika diariet"),
            "secrecy_marked" => (Icon.Lock, "Sekretessmarkerad"),
            "secrecy_lifted" => (Icon.Lock, "Sekretessmarkeringen borttagen"),
            "record_no_longer_current" => (Icon.Clock, $"Inaktuell från {Fact("from")}"),
            "item_disposed" => (Icon.Destroyed, "Gallrad"),
            _ => (Icon.Info, act.Name),
        };
        var person = act.ActorId is { } id && act.ActedBy is null or "authority" ? names.GetValueOrDefault(act.ActorId!.Value) : null;
        List<string> said = [];
        if (act.Grounds.Length > 0) said.Add($"Grund: {string.Join(", ", act.Grounds.Select(Ground))}.");
        if (act.LegalReference is not null) said.Add($"Lagrum: {act.LegalReference}.");
        if (act.Emergency == true) said.Add("Nödåtgärd, ska bekräftas i efterhand.");
        if (act.Name == "secrecy_marked") said.Add($"Bestämmelse: {Fact("provision")}.");
        if (act.Name == "record_routed") said.Add($"Till: {Fact("target")}.");
        if (act.Name == "record_assessed")
        {
            said.Add(Fact("secrecySuspected") == "true" ? "Kan omfattas av sekretess." : Fact("minor") == "true" ? "Av ringa betydelse." : "Ingen sekretess misstänkt.");
            if (Fact("isQuestion") == "true") said.Add("En fråga som vill ha svar.");
        }

        var observed = act.Name is "item_captured" || act.ActedBy is not null and not "authority";
        if (observed && act.RecordedAt - act.ValidAt > TimeSpan.FromSeconds(1)) said.Add($"{(act.Certainty == "inferred" ? "Slutsats av att den saknades" : "Känt här")} {Swedish.DateAndClock(act.RecordedAt)}.");
        return new(act.ValidAt, icon, title, act.Name is "item_captured" ? null : By(act.ActedBy) ?? person)
        {
            Facts = said,
            Reason = act.Motivation ?? act.Note,
        };
    }

    /// <summary>What a correction changed.</summary>
    public static IReadOnlyList<(string Word, string Text)> Facts { get; } =
    [
        (RegistrationCorrected.Subject, "saken"), (RegistrationCorrected.SenderRecipient, "avsändare eller mottagare"), (RegistrationCorrected.OfType, "handlingstyp"),
        (RegistrationCorrected.ClassCode, "klass"), (RegistrationCorrected.Received, "datum"),
    ];

    private static string Corrected(JsonArray? changed) => Corrected([.. (changed ?? []).Select(c => c!.ToString())]);

    public static string Corrected(IReadOnlyList<string> changed) => string.Join(", ", changed.Select(c => Named(Facts, c)));

    private static string Named(IReadOnlyList<(string Word, string Text)> words, string word) => words.FirstOrDefault(w => w.Word == word).Text ?? word;
}
