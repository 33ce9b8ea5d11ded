using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Warc;

/// <summary>What is asked for, by page and API alike.</summary>
/// <param name="From">The first day of capture.</param>
/// <param name="To">The last day of capture.</param>
/// <param name="Form"><c>warc</c> (as when it is not said) or <c>wacz</c>.</param>
/// <param name="Walled">What is secret, and for a registrator also what is unassessed, goes with it.</param>
/// <param name="Reason">Why; must be said with <paramref name="Walled"/>.</param>
public sealed record TakeOutChannel(DateOnly? From, DateOnly? To, string? Form, bool? Walled, string? Reason)
{
    /// <summary>Pure: what is wrong with what was asked.</summary>
    public Refusal? Refuse(Guid authority, Caller caller)
    {
        if (!caller.May(authority, Role.Arkivarie, Role.Registrator)) return Refusal.NotAllowed("Bara arkivarie eller registrator tar ut en kanal som webbarkiv.");
        if (!caller.MayReadSecret(authority)) return Refusal.NotAllowed("Den som tar ut en hel kanal ska vara behörig att läsa det hemliga i den (OSL 8 kap. 1 §).");
        if (Form is not (null or "" or "warc" or "wacz")) return Refusal.Input("form-unknown", "Formen kan vara warc eller wacz.");
        if (From > To) return Refusal.Input("period-wrong", "Perioden ska sluta tidigast den dag den börjar.");
        return Walled == true && Why(caller) is null
            ? Refusal.Input("reason-missing", "Skriv varför det hemliga och det obedömda ska tas med. Varje sådan handling loggas som läst.")
            : null;
    }

    public WarcOrder Order(Channel channel, Caller caller) => new(
        channel, $"{channel.Platform} {channel.Id:D}", From, To, Secret: Walled == true && caller.MayReadSecret(channel.Authority), Unassessed: Walled == true && caller.MayAssess(channel.Authority), AsPackage: Form == "wacz");

    public string? Why(Caller caller) => Reason?.Trim() is { Length: > 0 } said ? said : caller.ReadReason;
}

public static class ChannelWarcRoutes
{
    public static IServiceCollection AddWarc(this IServiceCollection services) => services.AddSingleton<ChannelWarc>();

    public static void MapWarc(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{id:guid}/warc", (Guid id, TakeOutChannel command, HttpContext http, Caller caller, ChannelRegister channels, ChannelWarc warc, CancellationToken ct) => Send(id, command, http, caller, channels, warc, ct))
            .WithName("take-out-channel");
        routes.MapGet("/api/v1/channels/{id:guid}/warc", (Guid id, DateOnly? from, DateOnly? to, string? form, bool? walled, HttpContext http, Caller caller, ChannelRegister channels, ChannelWarc warc, CancellationToken ct) =>
                Send(id, new(from, to, form, walled, ReadReasons.Said(http.Request)), http, caller, channels, warc, ct))
            .WithName("channel-as-warc");
    }

    /// <summary>Streams: what goes wrong after the first byte breaks the answer off, so that nobody takes it for whole.</summary>
    internal static async Task<IResult> Send(Guid id, TakeOutChannel command, HttpContext http, Caller caller, ChannelRegister channels, ChannelWarc warc, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (command.Refuse(channel.Authority, caller) is { } refused) return Problems.Refused(refused);
        var order = command.Order(channel, caller);
        await warc.Note(order, caller, ct);
        var response = http.Response;
        response.ContentType = order.AsPackage ? "application/wacz" : "application/warc";
        response.Headers.CacheControl = "private, no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentDisposition = FileNames.Disposition($"{channel.Platform}-{channel.Id:D}.{(order.AsPackage ? "wacz" : "warc.gz")}");

        await warc.Write(order, caller with { ReadReason = command.Why(caller) }, response.Body, ct);
        return Results.Empty;
    }
}
