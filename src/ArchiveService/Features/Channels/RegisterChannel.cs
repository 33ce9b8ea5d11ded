using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using FluentValidation;
using Npgsql;

namespace ArchiveService.Features.Channels;

/// <summary>
/// Proposes a channel by entering it in the register (H-04, N-05, T-05). From here on it can be captured. The registered account ids decide what is upprättad and what is inkommen (I6).
/// </summary>
/// <param name="PrivateAccount">Whether the account is somebody's own (C14); absent where nobody has said.</param>
public sealed record RegisterChannel(string? Authority, string? Platform, string? NativeAccountId, string? Handle, string? Url, string? Purpose, string? TargetGroup, bool? PrivateAccount = null)
{
    public sealed class Validator : AbstractValidator<RegisterChannel>
    {
        public Validator()
        {
            RuleFor(x => x.Authority).NotEmpty().WithMessage("Ange myndighetens kod.");
            RuleFor(x => x.Platform).Must(p => Platforms.All.Contains(p)).WithMessage($"Plattformen ska vara en av {string.Join(", ", Platforms.All)}.");
            RuleFor(x => x.NativeAccountId).Must(id => id is { Length: <= 500 } && id.Trim().Length > 0).WithMessage("Ange kontots id på plattformen (för Facebook sidans id, för Mastodon kontots adress).");
            RuleFor(x => x.Handle).MaximumLength(200);
            RuleFor(x => x.Url).MaximumLength(2000).Must(url => url is null || IsAddress(url)).WithMessage("Adressen ska börja med https:// eller http://.");
            RuleFor(x => x.Purpose).Must(purpose => purpose is { Length: <= 2000 } && purpose.Trim().Length > 0).WithMessage("Ange kanalens ändamål (N-01).");
            RuleFor(x => x.TargetGroup).MaximumLength(2000);
        }
    }

    public static bool IsAddress(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels", async (RegisterChannel command, Caller caller, RegisterChannelHandler handler, CancellationToken ct) =>
        {
            var (id, last, refused) = await handler.Register(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/channels/{id}", new { id, lastSequence = last });
        })
        .WithName("register-channel");
}

public sealed class RegisterChannelHandler(SealedLog log, AuthorityRegister authorities, KeyedIds ids, TimeProvider clock)
{
    public async Task<(Guid Id, long LastSequence, Refusal? Refused)> Register(RegisterChannel command, Caller caller, CancellationToken ct)
    {
        var check = await new RegisterChannel.Validator().ValidateAsync(command, ct);
        if (!check.IsValid) return (default, 0, Refusal.Input("channel-input", string.Join(" ", check.Errors.Select(e => e.ErrorMessage).Distinct())));
        if (await authorities.Find(command.Authority!, ct) is not { } authority) return (default, 0, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}."));
        if (!caller.May(authority.Id, Role.Kommunikator, Role.Admin)) return (default, 0, Refusal.NotAllowed("Bara kommunikatör eller administratör kan föra in en kanal i förteckningen (H-04)."));
        // C14: what is handled in a private account the authority cannot disclose (H-14, T-11, R-17).
        if (command.PrivateAccount == true && authority.Policy["accounts.private"] == "forbidden")
            return (default, 0, new("private-account-forbidden", $"Privata konton får inte användas i tjänsten ({authority.Policy.Of("accounts.private").Requirement}). Skapa ett konto som är myndighetens."));

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var platform = command.Platform!;
        var native = command.NativeAccountId!.Trim();
        var route = ids.Route(platform, native);
        var own = new[] { native, command.Url?.Trim() }.OfType<string>().Where(a => a.Length > 0).Distinct().Select(a => ids.Account(id, platform, "native", a)).ToArray();
        var parts = new Parts().With(Parts.NativeId, native).With("handle", command.Handle).With("url", command.Url).With("purpose", command.Purpose).With("targetGroup", command.TargetGroup);
        var registered = new Happened(new ChannelRegistered(authority.Id, platform, own, route, authority.Policy.Version), KeyClass.Channel, parts);
        IReadOnlyList<Happened> events = command.PrivateAccount is { } isPrivate ? [registered, new(new ChannelCheckAnswered("ownAccount", !isPrivate, authority.Policy.Version))] : [registered];
        NpgsqlBatchCommand[] beside =
        [
            new("insert into archive.channels (channel_id, authority_id, platform, own_accounts) values ($1, $2, $3, $4)")
            {
                Parameters = { new() { Value = id }, new() { Value = authority.Id }, new() { Value = platform }, new() { Value = own } },
            },
            new("insert into archive.channel_routes (route, channel_id) values ($1, $2)") { Parameters = { new() { Value = route }, new() { Value = id } } },
        ];
        try
        {
            return await log.Append([new(id, "channel", ExpectedVersion.NewStream, events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done
                ? (id, done.LastSequence, null)
                : (default, 0, Refusal.ChangedMeanwhile(0));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "channel_routes_pkey" })
        {
            return (default, 0, new("channel-already-registered", "Kontot är redan infört som en kanal. Leta upp den i kanalförteckningen."));
        }
    }
}
