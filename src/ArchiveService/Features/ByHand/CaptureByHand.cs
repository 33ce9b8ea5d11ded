using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;

namespace ArchiveService.Features.ByHand;

/// <summary>A file that came with it, such as a screenshot.</summary>
public sealed record ByHandFile(string Name, byte[] Content);

/// <summary>What surrounds the act: asked before the decision, so that the decision stays pure.</summary>
/// <param name="OwnAccount">The platform's id of the channel's own account, where the register has it.</param>
/// <param name="Fresh">An id for what has none.</param>
public sealed record ByHandContext(string Platform, string? OwnAccount, string Fresh, DateTimeOffset Now);

/// <summary>
/// An item that somebody saw on a platform and writes down, with screenshots: for what no connection can capture. It becomes a captured record like any other, flagged as written by hand;
/// what was filled in and the files are its delivery. (T-08: content and sender are saved before anything is removed; H-13: what reaches an official otherwise is captured too.)
/// </summary>
public sealed record CaptureByHand(
    string? Kind, string? AuthorName, string? AuthorHandle, string? AuthorNativeId, bool Own, string? Text, string? Permalink, string? NativeId, string? Day, string? Clock, bool TimeUncertain,
    string? Audience, string? Certainty, string? SeenBy, string? SeenDay, string? Note, bool EvenSo)
{
    public const int MostFiles = 10;

    public const long MostBytes = 64L * 1024 * 1024;

    public const string Form = "by-hand";

    private const int LongestLine = 500;

    public static IReadOnlyDictionary<string, string> Kinds { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["post"] = "Inlägg",
        ["comment"] = "Kommentar",
        ["reply"] = "Svar på kommentar",
        ["dm"] = "Direktmeddelande",
        ["story"] = "Händelse (story)",
        ["video"] = "Film",
        ["live"] = "Livesändning",
        ["share"] = "Delning",
        ["poll"] = "Omröstning",
        ["review"] = "Omdöme",
        ["mention"] = "Omnämnande",
    };

    public static IReadOnlyDictionary<string, string> Audiences { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["public"] = "Alla",
        ["followers"] = "Kontots följare",
        ["direct"] = "Bara de som det skickades till",
    };

    public static IReadOnlyDictionary<string, string> Certainties { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["observed"] = "Sedd på plattformen",
        ["inferred"] = "Berättad av någon annan, eller en slutsats",
    };

    public static CaptureByHand Read(UploadForm form) => new(
        form["kind"], form["authorName"], form["authorHandle"], form["authorNativeId"], form.Ticked("own"), form["text"], form["permalink"], form["nativeId"], form["day"], form["clock"], form.Ticked("timeUncertain"),
        form["audience"], form["certainty"], form["seenBy"], form["seenDay"], form["note"], form.Ticked("evenSo"));

    /// <summary>The act it becomes, without its files; or why not.</summary>
    public (CapturedAct? Act, Refusal? Refused) Decide(ByHandContext context, int files)
    {
        if (Kind is null || !Kinds.ContainsKey(Kind)) return No("kind-unknown", $"Ange slag: {string.Join(", ", Kinds.Keys)}.");
        if (string.IsNullOrWhiteSpace(Text) && files == 0) return No("content-missing", "Skriv av texten eller bifoga en skärmbild: annars finns inget att spara.");
        if (Text?.Length > CaptureLimits.MaxTextChars) return No("text-too-long", $"Texten får vara högst {Swedish.Number(CaptureLimits.MaxTextChars)} tecken.");
        foreach (var line in new[] { AuthorName, AuthorHandle, AuthorNativeId, NativeId, SeenBy })
        {
            if (line?.Length > LongestLine) return No("value-too-long", $"Namn och id får vara högst {LongestLine} tecken.");
        }

        if (Note?.Length > 5000) return No("note-too-long", "Anteckningen får vara högst 5 000 tecken.");
        if (string.IsNullOrWhiteSpace(SeenBy)) return No("seen-by-missing", "Ange vem som såg inlägget.");
        if (Audience is not null && !Audiences.ContainsKey(Audience)) return No("audience-unknown", $"Ange vilka som kunde se det: {string.Join(", ", Audiences.Keys)}.");
        if (Certainty is not null && !Certainties.ContainsKey(Certainty)) return No("certainty-unknown", $"Ange säkerhet: {string.Join(", ", Certainties.Keys)}.");
        if (Permalink is not null && Address(Permalink) is null) return No("permalink-unreadable", "Adressen ska börja med https:// eller http://.");
        if (Own && context.OwnAccount is null && AuthorNativeId is null) return No("own-account-unknown", "Kanalens eget konto har inget id i förteckningen. Ange kontots id, eller skriv kontot som avsändare.");
        if (!Time(Day, Clock, context.Now, out var at, out var wholeDay)) return No("time-unreadable", "Ange dag som 2026-03-01 och klockslag som 12:30, inte före 1990 och inte i framtiden.");
        if (!Time(SeenDay, null, context.Now, out var seen, out _)) return No("seen-day-unreadable", "Ange dagen då det sågs som 2026-03-01, inte i framtiden.");

        var kind = Enum.Parse<ItemKind>(Kind, ignoreCase: true);
        var (nativeId, idKind) = Identity(context);
        List<string> flags = [ActFlags.ByHand];
        if (TimeUncertain || at is null || wholeDay) flags.Add(ActFlags.TimeUncertain);
        if (idKind == "by-hand") flags.Add(ActFlags.SyntheticId);
        return (new CapturedAct
        {
            Act = kind == ItemKind.Dm ? ActKind.Message : kind == ItemKind.Share ? ActKind.Share : ActKind.Create,
            NativeId = nativeId,
            IdKind = idKind,
            Kind = kind,
            Author = Own ? new(AuthorNativeId ?? context.OwnAccount, AuthorName, AuthorHandle, true, null)
                : (AuthorName ?? AuthorHandle ?? AuthorNativeId) is null ? null : new(AuthorNativeId, AuthorName, AuthorHandle, false, null),
            Audience = Audience switch { "followers" => ArchiveService.Capture.Audience.Followers, "direct" => ArchiveService.Capture.Audience.Direct, null when kind == ItemKind.Dm => ArchiveService.Capture.Audience.Direct, _ => ArchiveService.Capture.Audience.Public },
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ObservedAt = seen ?? context.Now,
            Certainty = Certainty == "inferred" ? ArchiveService.Capture.Certainty.Inferred : ArchiveService.Capture.Certainty.Observed,
            Text = Text,
            Permalink = Permalink,
            Flags = flags,
        }, null);
    }

    /// <summary>Every identity it may have been captured under already, its own first.</summary>
    public IEnumerable<(string IdKind, string NativeId)> Identities(ByHandContext context)
    {
        yield return Identity(context) is var (id, kind) ? (kind, id) : default;
        if (NativeId is { } native)
        {
            yield return ("native", native);
            yield return ("uri", native);
        }

        if (Permalink is not { } given || Address(given) is not { } address) yield break;
        yield return ("url", address);
        yield return ("uri", given);
        yield return ("native", given);
    }

    /// <summary>The same page is the same address, however its host is written and wherever on it one stood.</summary>
    public static string? Address(string written) =>
        Uri.TryCreate(written.Trim(), UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" ? uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped).TrimEnd('/') : null;

    /// <summary>Form and files as they came, to be sealed as the delivery.</summary>
    public byte[] Body(CapturedAct act, IReadOnlyList<ByHandFile> files)
    {
        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WritePropertyName("form");
            JsonSerializer.Serialize(json, this, Web);
            json.WriteString("nativeId", act.NativeId);
            json.WriteString("idKind", act.IdKind);
            json.WriteString("ownAccount", Own ? act.Author?.NativeId : null);
            json.WriteString("at", act.ObservedAt!.Value.ToString("O", CultureInfo.InvariantCulture));
            json.WriteStartArray("files");
            foreach (var file in files)
            {
                json.WriteStartObject();
                json.WriteString("fileName", file.Name);
                json.WriteBase64String("contentBase64", file.Content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return written.ToArray();
    }

    internal static JsonSerializerOptions Web { get; } = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private (string NativeId, string IdKind) Identity(ByHandContext context) =>
        NativeId is { } native ? (native, context.Platform == "mastodon" && native.StartsWith("http", StringComparison.Ordinal) ? "uri" : "native")
        : Permalink is { } given && Address(given) is { } address ? (address, "url")
        : (context.Fresh, "by-hand");

    private static bool Time(string? day, string? clock, DateTimeOffset now, out DateTimeOffset? at, out bool wholeDay)
    {
        (at, wholeDay) = (null, false);
        if (day is null) return clock is null;
        if (!DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return false;
        var time = TimeOnly.MinValue;
        if (clock is not null && !TimeOnly.TryParseExact(clock, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time)) return false;
        wholeDay = clock is null;
        var local = date.ToDateTime(time);
        if (Stockholm.IsInvalidTime(local)) local = local.AddHours(1);
        at = new DateTimeOffset(local, Stockholm.IsAmbiguousTime(local) ? Stockholm.GetAmbiguousTimeOffsets(local).Max() : Stockholm.GetUtcOffset(local)).ToUniversalTime();
        return at >= CaptureLimits.EarliestTime && at <= now.AddMinutes(10);
    }

    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    private static (CapturedAct?, Refusal?) No(string code, string explanation) => (null, Refusal.Input(code, explanation));
}
