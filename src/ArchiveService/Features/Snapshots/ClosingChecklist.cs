using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Snapshots;

/// <summary>What closing a channel needs, and what the platform's closing destroys.</summary>
/// <param name="Required">By the policy (closing.snapshot) and because the channel has content.</param>
/// <param name="Lost">What the archive knows of in the channel, by kind and number, that a picture of the page seldom has; the platform has more of it that was never told.</param>
public sealed record ClosingChecks(
    bool TakenIntoUse, bool Required, string Requirement, IReadOnlyList<Guid> Snapshots, bool CoversContent, bool CoversLayout, IReadOnlyDictionary<string, long> Lost)
{
    /// <summary>H-30: content and layout are kept before the channel is closed. Pure.</summary>
    public Refusal? Refuse() => Required && !(CoversContent && CoversLayout)
        ? new Refusal(
            "closing-snapshot-missing",
            $"Spara en avslutande ögonblicksbild med {Missing} först (H-30, {Requirement}): när plattformen stänger kontot förstörs det som inte är sparat. Se kanalens sida Avsluta.",
            More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["coversContent"] = CoversContent, ["coversLayout"] = CoversLayout })
        : null;

    private string Missing => (CoversContent, CoversLayout) switch { (false, false) => "innehåll och layout", (false, true) => "innehållet", _ => "layouten" };

    public bool LosesSomething => Lost.Values.Any(n => n > 0);

    public static string Word(string kind) => kind switch
    {
        "directMessages" => "Direktmeddelanden",
        "hidden" => "Dolda kommentarer",
        "stories" => "Händelser, som försvinner av sig själva",
        "reactions" => "Reaktioner, som här bara är antal",
        "neverCaptured" => "Handlingar vars innehåll aldrig fångades",
        "published" => "Inlägg och kommentarer som syns i kanalen",
        _ => kind,
    };

    /// <summary>What of the kind is kept all the same.</summary>
    public static string Kept(string kind) => kind switch
    {
        "directMessages" => "De fångade finns kvar här. Det som inte har fångats går inte att hämta efteråt.",
        "hidden" => "De fångade finns kvar här. Att de syntes för avsändaren går inte att visa efteråt.",
        "stories" => "De fångade finns kvar här, utan det sammanhang de visades i.",
        "reactions" => "Antalet finns kvar här. Vilka som reagerade har aldrig sparats.",
        "neverCaptured" => "Inget innehåll finns här. Hämta det nu om det går.",
        _ => "De fångade finns kvar här.",
    };
}

public sealed class ClosingChecklist(SnapshotRegister register, AuthorityRegister authorities, Databases databases)
{
    public async Task<ClosingChecks> Of(Channel channel, Caller caller, CancellationToken ct)
    {
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var takenIntoUse = await register.TakenIntoUse(channel.Id, ct);
        // A secret one counts for everybody: that the channel is kept is no secret.
        var closing = (await register.Of(channel.Id, cleared: true, assesses: true, ct)).Where(s => s.Occasion == Occasion.Closing && s.DisposedAt is null).ToList();
        var lost = (await register.SeldomInPictures(channel.Id, RecordViewSight.Of(databases, caller), ct)).ToDictionary();
        // What the closing snapshot shows is not lost by the closing.
        if (closing.Any(s => s.CoversContent)) lost.Remove("published");
        return new(
            takenIntoUse, takenIntoUse && policy["closing.snapshot"] == "required", policy.Of("closing.snapshot").Requirement,
            [.. closing.Where(s => s.Wall != Wall.Secret || caller.MayReadSecret(channel.Authority)).Select(s => s.Id)], closing.Any(s => s.CoversContent), closing.Any(s => s.CoversLayout),
            lost);
    }
}
