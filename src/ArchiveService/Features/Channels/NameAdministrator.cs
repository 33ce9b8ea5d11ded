using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Channels;

/// <summary>Names a person for a channel (C16): the one responsible, an administrator, a substitute, or who runs it daily.</summary>
public sealed record NameAdministrator(Guid? Person, string? Function, string? Email = null, string? Phone = null)
{
    public const string Responsible = "responsible";
    public const string Administrator = "administrator";
    public const string Substitute = "substitute";
    public const string DailyOperator = "daily-operator";

    public static IReadOnlyDictionary<string, string> Functions { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Responsible] = "ansvarig",
        [Administrator] = "administratör",
        [Substitute] = "ersättare",
        [DailyOperator] = "sköter kanalen dagligen",
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{id:guid}/administrators", async (Guid id, NameAdministrator command, IfMatch expected, Caller caller, ChannelAdministrators administrators, CancellationToken ct) =>
            (await administrators.Name(id, command, expected, caller, ct)).Answer())
        .WithName("name-channel-administrator");
        routes.MapDelete("/api/v1/channels/{id:guid}/administrators/{person:guid}/{function}", async (Guid id, Guid person, string function, IfMatch expected, Caller caller, ChannelAdministrators administrators, CancellationToken ct) =>
            (await administrators.Release(id, person, function, expected, caller, ct)).Answer())
        .WithName("release-channel-administrator");
    }

    /// <summary>Pure. <paramref name="isStaff"/>: the person works at the channel's authority.</summary>
    public Decision Decide(ChannelLife life, ChannelWorld world, bool isStaff)
    {
        if (world.MustPrepare(life) is { } no) return no;
        if (Function is null || !Functions.ContainsKey(Function)) return Refusal.Input("channel-function-unknown", $"Funktionen ska vara en av {string.Join(", ", Functions.Keys)}.");
        if (Person is not { } person || !isStaff) return Refusal.Input("channel-person-unknown", "Välj en person som har en roll hos kanalens myndighet.");
        if (Email is { Length: > 320 } || Phone is { Length: > 100 }) return Refusal.Input("channel-person-input", "E-postadressen får vara högst 320 tecken och telefonnumret högst 100.");
        var parts = new Parts().With("email", Said(Email)).With("phone", Said(Phone));
        // Named again without anything new to say: nothing to do.
        if (parts.IsEmpty && life.Administrators.Contains(new(person, Function))) return Decision.Nothing;
        return new Happened(new ChannelAdministratorNamed(person, Function, world.Policy.Version), KeyClass.Channel, parts);
    }

    private static string? Said(string? text) => text?.Trim() is { Length: > 0 } said ? said : null;
}

/// <summary>archive.channel_administrators: who is named now, for whoever asks in SQL.</summary>
public sealed class ChannelAdministrators(ChannelStreams channels, ChannelRegister register, Databases databases)
{
    public async Task<Outcome> Name(Guid id, NameAdministrator command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await register.Find(id, ct) is not { } channel) return ChannelStreams.Unknown;
        var staff = command.Person is { } person && (await Staff(channel.Authority, ct)).Any(p => p.Id == person);
        return await channels.Decide(id, expected, caller, (life, world) => command.Decide(life, world, staff),
        [
            Row("insert into archive.channel_administrators (channel_id, person_id, function) values ($1, $2, $3) on conflict do nothing", id, command.Person ?? Guid.Empty, command.Function ?? ""),
        ], ct);
    }

    public Task<Outcome> Release(Guid id, Guid person, string function, IfMatch expected, Caller caller, CancellationToken ct) => channels.Decide(id, expected, caller,
        (life, world) => world.MustPrepare(life) is { } no ? no
            : life.Administrators.Contains(new(person, function)) ? new Happened(new ChannelAdministratorReleased(person, function, world.Policy.Version))
            : Refusal.Unknown("channel-administrator", "Personen har inte den funktionen för kanalen."),
        [Row("delete from archive.channel_administrators where channel_id = $1 and person_id = $2 and function = $3", id, person, function)], ct);

    /// <summary>People with a role at the authority.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> Staff(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.person_id, n.name from archive.persons p join views.persons n using (person_id)
            where p.closed_at is null and not p.is_service
              and exists (select from archive.grants g where g.person_id = p.person_id and g.role <> 'connector' and (g.authority_id is null or g.authority_id = $1))
            order by n.name collate "sv-x-icu", p.person_id
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var staff = new List<(Guid, string)>();
        while (await rows.ReadAsync(ct)) staff.Add((rows.GetGuid(0), rows.GetString(1)));
        return staff;
    }

    private static NpgsqlBatchCommand Row(string sql, Guid channel, Guid person, string function) =>
        new(sql) { Parameters = { new() { Value = channel }, new() { Value = person }, new() { Value = function } } };
}
