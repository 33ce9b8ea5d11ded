using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Http;

namespace ArchiveService.Features.Sources.Meta;

/// <param name="State"><c>unchecked</c>, <c>whole</c>, <c>broken</c> or <c>unknown</c>: Meta could not be asked.</param>
/// <param name="Wanted">The fields that both have to have.</param>
public sealed record SubscriptionsShown(
    Guid Channel, string State, DateTimeOffset? CheckedAt, DateTimeOffset? BrokenSince, SubscriptionSide? App, SubscriptionSide? Page, IReadOnlyList<string> Wanted, bool MayCheck)
{
    /// <summary>What is wrong, in words for whoever tends the channel; null where there is nothing to do.</summary>
    public string? Trouble => State switch
    {
        "broken" => $"{Words("Appens prenumeration", App)}{Words("Sidans prenumeration", Page)}Det som händer i kanalen berättas inte av Meta förrän det är rättat, och hämtas bara när kanalen frågas av.".Trim(),
        "unknown" => $"{Words("Appens prenumeration", App)}{Words("Sidans prenumeration", Page)}".Trim(),
        _ => null,
    };

    public static string Words(string which, SubscriptionSide? side) => side switch
    {
        null or { IsWhole: true } => "",
        { Problem: SubscriptionSide.Absent } => $"{which} saknas. ",
        { Problem: SubscriptionSide.Inactive } => $"{which} är avstängd av Meta, som den blir när leveranser inte tagits emot. ",
        { Problem: SubscriptionSide.NotConfigured } => $"{which} kan inte läsas: Meta__AppId eller Meta__AppSecret saknas. ",
        { Problem: "token-dead" } => $"{which} kan inte läsas: åtkomstnyckeln gäller inte längre. ",
        { Problem: "not-permitted" } => $"{which} kan inte läsas: åtkomstnyckeln saknar rättigheten pages_manage_metadata. ",
        { Problem: { } problem } => $"{which} kunde inte läsas ({problem}). ",
        { Missing: var missing } => $"{which} saknar fälten {string.Join(", ", missing)}. ",
    };
}

/// <summary>Shows how a channel's subscriptions stand, and asks anew.</summary>
public sealed class SubscriptionView(SubscriptionRows rows, SubscriptionChecks checks, ChannelRegister channels)
{
    private static readonly Role[] Readers = [Role.Kommunikator, Role.Admin, Role.Moderator, Role.Registrator, Role.Chef, Role.Revisor];

    private static readonly Role[] Keepers = [Role.Kommunikator, Role.Admin];

    public static Refusal NoChannel => Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    public static Refusal NotMetas => Refusal.Unknown("subscriptions", "Bara kanaler hos Facebook, Instagram och Messenger har prenumerationer.");

    public static Refusal NoSource => new("source-missing", "Kanalen har ingen källa att fråga med. Ställ in adress, konto och åtkomstnyckel först.");

    public static Refusal OnlyKeepers => Refusal.NotAllowed("Bara kommunikatör eller administratör får fråga Meta om prenumerationerna.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/sources/{channel:guid}/subscriptions", async (Guid channel, Caller caller, SubscriptionView view, CancellationToken ct) =>
            await view.Show(channel, caller, ct) is var (shown, refused) && shown is not null ? TypedResults.Ok(shown) : (IResult)Problems.Refused(refused!)).WithName("source-subscriptions");
        routes.MapPost("/api/v1/sources/{channel:guid}/subscriptions", async (Guid channel, Caller caller, SubscriptionView view, CancellationToken ct) =>
            await view.Check(channel, caller, ct) is { } refused ? Problems.Refused(refused)
            : await view.Show(channel, caller, ct) is var (shown, hidden) && shown is not null ? TypedResults.Ok(shown) : (IResult)Problems.Refused(hidden!)).WithName("check-source-subscriptions");
    }

    public async Task<(SubscriptionsShown? Shown, Refusal? Refused)> Show(Guid id, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || caller.IsService || !caller.May(channel.Authority, Readers)) return (null, NoChannel);
        if (!IsMetas(channel)) return (null, NotMetas);
        var standing = await rows.Find(id, ct);
        var state = standing is null ? "unchecked" : standing.BrokenSince is not null ? "broken" : standing.App.IsWhole && standing.Page.IsWhole ? "whole" : "unknown";
        return (new(id, state, standing?.CheckedAt, standing?.BrokenSince, standing?.App, standing?.Page, Subscriptions.Wanted(channel.Platform), caller.May(channel.Authority, Keepers)), null);
    }

    public async Task<Refusal?> Check(Guid id, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || caller.IsService || !caller.May(channel.Authority, Readers)) return NoChannel;
        if (!caller.May(channel.Authority, Keepers)) return OnlyKeepers;
        return !IsMetas(channel) ? NotMetas : await checks.Check(id, ct) is null ? NoSource : null;
    }

    private static bool IsMetas(Channel channel) => channel.Platform is "facebook" or "instagram" or "messenger";
}
