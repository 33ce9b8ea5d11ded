using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

/// <summary>Writes a text that the channel shows its visitors (BBS-lagen 3 §, N-02, R-07, R-18, V-05). Each version is kept.</summary>
public sealed record WriteChannelText(string? Text)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/channels/{id:guid}/texts/{kind}", async (Guid id, string kind, WriteChannelText command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, (life, world) => command.Decide(kind, life, world), ct: ct)).Answer())
        .WithName("write-channel-text");

    public Decision Decide(string? kind, ChannelLife life, ChannelWorld world)
    {
        if (!ChannelDemands.IsTextKind(kind)) return Refusal.Unknown("text-kind", $"Det finns ingen informationstext {kind}. Möjliga: {string.Join(", ", ChannelDemands.ByLaw.Keys.Concat(Authorities.PolicyKeys.InfoTexts.Keys))}.");
        if (world.MustPrepare(life) is { } no) return no;
        if (string.IsNullOrWhiteSpace(Text) || Text.Length > 4000) return Refusal.Input("text-missing", "Skriv texten som den står i kanalen, högst 4000 tecken.");
        return new Happened(new ChannelTextWritten(kind!, life.Texts.GetValueOrDefault(kind!) + 1, world.Policy.Version), KeyClass.Channel, new Parts().With(Parts.Text, Text.Trim()));
    }
}

/// <summary>Notes that the platform's terms of use were gone through: a contract that the authority enters (N-17, R-17).</summary>
public sealed record ReviewTerms(DateOnly? ReviewedOn, string? Terms, string? ReviewedBy = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/terms-reviews", async (Guid id, ReviewTerms command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("review-channel-terms");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (world.MustPrepare(life) is { } no) return no;
        if (ReviewedOn is not { } day || day > world.Today) return Refusal.Input("terms-day", "Ange dagen då villkoren gicks igenom. Den kan inte vara i framtiden.");
        if (string.IsNullOrWhiteSpace(Terms) || Terms.Length > 2000) return Refusal.Input("terms-missing", "Ange vilka villkor som gicks igenom, med datum eller version, högst 2000 tecken (N-17).");
        if (ReviewedBy is { Length: > 200 }) return Refusal.Input("terms-missing", "Namnet får vara högst 200 tecken.");
        return new Happened(new ChannelTermsReviewed(day, world.Policy.Version), KeyClass.Channel,
            new Parts().With("terms", Terms.Trim()).With("reviewedBy", ReviewedBy?.Trim() is { Length: > 0 } by ? by : world.Caller.Name));
    }
}

/// <summary>Says who holds the login details and where they are kept (H-07, H-14, T-12, T-21, V-08). The details themselves are refused.</summary>
public sealed partial record StateLoginCustody(string? Holder, string? Place)
{
    [GeneratedRegex(@"\b(lösenord(et)?|lösen|password|passwd|pwd|pin(-?kod)?|engångskod)\b\s*(:|=|är)\s*\S", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SaysTheSecret { get; }

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/channels/{id:guid}/login-custody", async (Guid id, StateLoginCustody command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("state-login-custody");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        if (world.MustPrepare(life) is { } no) return no;
        if (string.IsNullOrWhiteSpace(Holder) || Holder.Length > 500) return Refusal.Input("custody-holder", "Ange vem eller vilken enhet som har inloggningsuppgifterna, högst 500 tecken (H-14, V-08).");
        if (string.IsNullOrWhiteSpace(Place) || Place.Length > 500) return Refusal.Input("custody-place", "Ange var inloggningsuppgifterna förvaras, högst 500 tecken (T-21).");
        if (LooksLikeASecret(Holder) || LooksLikeASecret(Place))
            return Refusal.Input("custody-holds-secret", "Det där ser ut som ett lösenord. Skriv bara vem som har uppgifterna och var de förvaras, aldrig uppgifterna själva: det som skrivs här finns kvar.");
        return new Happened(new ChannelLoginCustodyStated(world.Policy.Version), KeyClass.Channel, new Parts().With("holder", Holder.Trim()).With("place", Place.Trim()));
    }

    /// <summary>A word that says it is one, or one that mixes small and capital letters, figures and signs as passwords do and words do not.</summary>
    public static bool LooksLikeASecret(string text) => SaysTheSecret.IsMatch(text) || text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Any(word =>
        word.Length is >= 8 and <= 64 && word.Any(char.IsLower) && word.Any(char.IsUpper) && word.Any(char.IsDigit) && word[..^1].Any(c => !char.IsLetterOrDigit(c) && !"-–/.,:;()@_".Contains(c, StringComparison.Ordinal)));
}

/// <summary>Answers an item of the checklist (T-06, V-12, R-17, H-22).</summary>
public sealed record AnswerCheck(bool? Done, string? Note = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/channels/{id:guid}/checklist/{item}", async (Guid id, string item, AnswerCheck command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, (life, world) => command.Decide(item, life, world), ct: ct)).Answer())
        .WithName("answer-channel-check");

    public Decision Decide(string? item, ChannelLife life, ChannelWorld world)
    {
        if (item is null || !ChannelDemands.Checks.ContainsKey(item)) return Refusal.Unknown("check", $"Checklistan har ingen punkt {item}. Möjliga: {string.Join(", ", ChannelDemands.Checks.Keys)}.");
        if (world.MustPrepare(life) is { } no) return no;
        if (Done is not { } done) return Refusal.Input("check-answer", "Svara ja eller nej.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        var note = Note?.Trim() is { Length: > 0 } said ? said : null;
        if (note is null && life.Checks.TryGetValue(item, out var before) && before == done) return Decision.Nothing;
        return new Happened(new ChannelCheckAnswered(item, done, world.Policy.Version), KeyClass.Channel, new Parts().With("note", note));
    }
}
