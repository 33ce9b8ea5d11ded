using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

/// <summary>Somebody whom the policy asks about a new channel (C15): one of the functions, in the manner named.</summary>
public sealed record ChannelApprover(IReadOnlyList<string> Functions, string Manner)
{
    public bool Decides => Manner == ChannelApprovers.Decides;

    /// <summary>A report follows on the decision; the rest comes with it or before.</summary>
    public bool BeforeApproved => Manner != ChannelApprovers.Reported;

    public string Code => string.Join('|', Functions);

    public string InSwedish => ChannelApprovers.InSwedish(this);
}

/// <summary>channel.approval: functions after each other by comma, alternatives by |, and after a colon samrad, forvag or rapport where the function does not decide.</summary>
public static class ChannelApprovers
{
    public const string Decides = "decides";
    public const string Consulted = "consulted";
    public const string Informed = "informed";
    public const string Reported = "reported";

    private static readonly Dictionary<string, (string InSwedish, Role[] Roles)> Functions = new(StringComparer.Ordinal)
    {
        ["forvaltningschef"] = ("förvaltningschefen", [Role.Chef]),
        ["vd"] = ("vd", [Role.Chef]),
        ["ansvarig-chef"] = ("ansvarig chef", [Role.Chef]),
        ["narmaste-chef"] = ("närmaste chef", [Role.Chef]),
        ["kommunikationschef"] = ("kommunikationschefen", [Role.Kommunikator]),
        ["kommunikation"] = ("kommunikationsenheten", [Role.Kommunikator]),
        ["informationsansvarig"] = ("informationsansvarig", [Role.Kommunikator]),
    };

    private static readonly Dictionary<string, (string Manner, string InSwedish)> Manners = new(StringComparer.Ordinal)
    {
        ["samrad"] = (Consulted, "samråd"),
        ["forvag"] = (Informed, "informeras i förväg"),
        ["rapport"] = (Reported, "underrättas"),
    };

    public static IReadOnlyList<ChannelApprover> Of(Policy policy) => Read(policy["channel.approval"]);

    public static string FunctionInSwedish(string function) => Functions.TryGetValue(function, out var known) ? known.InSwedish : function;

    public static string MannerInSwedish(string manner) => manner == Decides ? "godkänner" : Manners.Values.Where(m => m.Manner == manner).Select(m => m.InSwedish).FirstOrDefault() ?? manner;

    public static string InSwedish(ChannelApprover approver) =>
        $"{string.Join(" eller ", approver.Functions.Select(FunctionInSwedish))}{(approver.Decides ? "" : $" ({MannerInSwedish(approver.Manner)})")}";

    public static string InSwedish(string value) => string.Join(", ", Read(value).Select(InSwedish));

    /// <summary>Who may say it in the function: who decides or is consulted says so; that somebody was told, manager or communications notes.</summary>
    public static bool May(Caller caller, Guid authority, string function, string manner) => manner is Decides or Consulted
        ? caller.May(authority, Functions[function].Roles)
        : caller.May(authority, Role.Chef, Role.Kommunikator);

    public static Refusal? Check(string value)
    {
        foreach (var item in Split(value))
        {
            var (functions, manner) = Parted(item);
            if (functions.Length == 0 || !Array.TrueForAll(functions, Functions.ContainsKey) || (manner is not null && !Manners.ContainsKey(manner)))
            {
                return Refusal.Input("policy-value-unknown",
                    $"channel.approval kan inte innehålla {item}. Skriv funktioner åtskilda av komma, alternativ med |, och efter kolon samrad, forvag eller rapport för den som inte beslutar. Möjliga funktioner: {string.Join(", ", Functions.Keys)}.");
            }
        }

        return Read(value).Any(a => a.Decides) ? null : Refusal.Input("policy-value-unknown", "channel.approval ska namnge minst en som beslutar, till exempel ansvarig-chef.");
    }

    private static List<ChannelApprover> Read(string value) => [.. Split(value).Select(Parted).Select(p => new ChannelApprover(p.Functions, p.Manner is { } manner && Manners.TryGetValue(manner, out var known) ? known.Manner : Decides))];

    private static string[] Split(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static (string[] Functions, string? Manner) Parted(string item) => item.Split(':', 2, StringSplitOptions.TrimEntries) is [var functions, var manner]
        ? (functions.Split('|', StringSplitOptions.TrimEntries), manner)
        : (item.Split('|', StringSplitOptions.TrimEntries), null);
}

/// <summary>Approves a proposed channel, or notes that somebody was consulted or told, in one of the functions that the policy names (C15: H-06, N-04, T-04, R-05, V-12).</summary>
public sealed record ApproveChannel(string? Function, string? Note = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/approvals", async (Guid id, ApproveChannel command, IfMatch expected, Caller caller, ChannelStreams channels, CancellationToken ct) =>
            (await channels.Decide(id, expected, caller, command.Decide, ct: ct)).Answer())
        .WithName("approve-channel");

    public Decision Decide(ChannelLife life, ChannelWorld world)
    {
        var approvers = ChannelApprovers.Of(world.Policy);
        if (approvers.FirstOrDefault(a => Function is not null && a.Functions.Contains(Function)) is not { } approver)
            return Refusal.Input("approval-not-asked", $"Policyn frågar inte efter {Function ?? "en funktion utan namn"}. Den frågar efter {ChannelApprovers.InSwedish(world.Policy["channel.approval"])} ({string.Join(", ", approvers.SelectMany(a => a.Functions))}; C15).");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (!ChannelApprovers.May(world.Caller, life.Authority, Function!, approver.Manner))
            return Refusal.NotAllowed(approver.Decides ? "Bara den som har rollen chef eller kommunikatör godkänner en kanal, i den funktion policyn anger (C15)." : "Det här antecknar en chef eller kommunikatör (C15).");
        if (life.Open is { } closed) return closed;
        if (life.IsGiven(approver)) return Decision.Nothing;

        var by = world.Caller.PersonId.ToString("D");
        if (approver.Decides && world.Policy["channel.ownApproval"] != "allowed")
        {
            if (life.Proposer == by) return new Refusal("own-proposal", "Du har själv föreslagit kanalen. Någon annan godkänner den.");
            if (life.Approvals.Any(a => a.Manner == ChannelApprovers.Decides && a.By == by))
                return new Refusal("approval-needs-another", "Du har redan godkänt kanalen i en annan funktion. Policyn vill att två personer gör det.");
        }

        return new Happened(new ChannelApproved(Function!, approver.Manner, world.Policy.Version), KeyClass.Channel, new Parts().With("note", Note?.Trim() is { Length: > 0 } note ? note : null));
    }
}
