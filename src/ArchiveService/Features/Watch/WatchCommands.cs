using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Watch;

/// <summary>What the channel's plan says of watching: the interval in hours, and the days (T-21 field 7). Both may be left out.</summary>
public sealed record PlanWatch(int? IntervalHours, IReadOnlyList<DayOfWeek>? Days)
{
    public Decision Decide(Channel channel, int policyVersion) =>
        IntervalHours is < 1 or > 24 * 31 ? Refusal.Input("watch-interval", "Tiden mellan två genomgångar ska vara 1–744 timmar.")
        : new Happened(new WatchPlanned(channel.Authority, channel.Id, IntervalHours, RotaDays.InOrder(Days), policyVersion));
}

public sealed record EnterRota(Guid Person, DateOnly From, DateOnly? Until, IReadOnlyList<DayOfWeek>? Days)
{
    public Decision Decide(Channel channel, Guid entry, IReadOnlyCollection<Guid> watchers, int policyVersion) =>
        !watchers.Contains(Person) ? RotaDays.CannotWatch
        : Days is not { Count: > 0 } ? Refusal.Input("days-missing", "Ange minst en veckodag.")
        : Until < From ? Refusal.Input("period", "Sista dagen kan inte ligga före den första.")
        : new Happened(new WatchRotaEntered(channel.Authority, channel.Id, entry, Person, From, Until, RotaDays.InOrder(Days), policyVersion));
}

public sealed record EndRota(DateOnly? Last)
{
    public Decision Decide(Channel channel, RotaEntry? entry, DateOnly today, int policyVersion) =>
        entry is null ? Refusal.Unknown("rota-entry", "Raden finns inte i bemanningen.")
        : Last is { } given && given < entry.From.AddDays(-1) ? Refusal.Input("period", "Sista dagen kan inte ligga före den första.")
        : new Happened(new WatchRotaEnded(channel.Authority, channel.Id, entry.Id, Last ?? today.AddDays(-1), policyVersion));
}

/// <summary>Somebody on the rota is away. Without a substitute the page proposes to close the channel for comments .</summary>
public sealed record EnterAbsence(Guid Person, DateOnly From, DateOnly Until, Guid? Substitute)
{
    public Decision Decide(Channel channel, Guid absence, IReadOnlyCollection<Guid> watchers, Rota rota, int policyVersion) =>
        rota.Entries.All(e => e.Person != Person) ? Refusal.Input("not-on-rota", "Den som är borta står inte i kanalens bemanning.")
        : Until < From ? Refusal.Input("period", "Sista dagen kan inte ligga före den första.")
        : Substitute == Person ? Refusal.Input("substitute-self", "Ersättaren ska vara någon annan än den som är borta.")
        : Substitute is { } other && !watchers.Contains(other) ? RotaDays.CannotWatch
        : new Happened(new WatchAbsenceEntered(channel.Authority, channel.Id, absence, Person, From, Until, Substitute, policyVersion));
}

public sealed record KeepWatch(DateOnly? Day)
{
    public Decision Decide(Channel channel, DateOnly today, bool known, int policyVersion) =>
        Day > today ? Refusal.Input("day-to-come", "En dag som inte har varit kan inte vara genomgången.")
        // What nobody marked in a week is remembered by nobody.
        : Day < today.AddDays(-7) ? Refusal.Input("day-too-old", "En dag kan markeras som genomgången högst en vecka efteråt.")
        : known ? Decision.Nothing
        : new Happened(new WatchKept(channel.Authority, channel.Id, Day ?? today, policyVersion));
}

internal static class RotaDays
{
    public static IReadOnlyList<DayOfWeek> Week { get; } =
        [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday];

    public static IReadOnlyList<DayOfWeek> InOrder(IReadOnlyList<DayOfWeek>? days) => [.. Week.Where(d => days?.Contains(d) == true)];

    public static Refusal CannotWatch => Refusal.Input("person-cannot-watch", "Välj någon som är moderator eller kommunikatör hos myndigheten.");

    public static string InSwedish(DayOfWeek day) => day switch
    {
        DayOfWeek.Monday => "måndag",
        DayOfWeek.Tuesday => "tisdag",
        DayOfWeek.Wednesday => "onsdag",
        DayOfWeek.Thursday => "torsdag",
        DayOfWeek.Friday => "fredag",
        DayOfWeek.Saturday => "lördag",
        _ => "söndag",
    };
}

public sealed class WatchHandler(SealedLog log, KeyedIds ids, ChannelRegister channels, AuthorityRegister authorities, WatchRegister register, TimeProvider clock)
{
    private static readonly Refusal NoChannel = Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/channels/{id:guid}/watch", async (Guid id, Caller caller, WatchHandler handler, CancellationToken ct) =>
            await handler.Show(id, caller, ct) is { } shown ? TypedResults.Ok(shown) : (IResult)Problems.Refused(NoChannel)).WithName("channel-watch");
        routes.MapPut("/api/v1/channels/{id:guid}/watch/plan", async (Guid id, PlanWatch command, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.Plan(id, command, caller, ct)).Answer()).WithName("plan-watch");
        routes.MapPost("/api/v1/channels/{id:guid}/watch/rota", async (Guid id, EnterRota command, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.Enter(id, command, caller, ct)).Answer()).WithName("enter-watch-rota");
        routes.MapPost("/api/v1/channels/{id:guid}/watch/rota/{entry:guid}/end", async (Guid id, Guid entry, EndRota command, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.End(id, entry, command, caller, ct)).Answer()).WithName("end-watch-rota");
        routes.MapPost("/api/v1/channels/{id:guid}/watch/absences", async (Guid id, EnterAbsence command, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.Absent(id, command, caller, ct)).Answer()).WithName("enter-watch-absence");
        routes.MapPost("/api/v1/channels/{id:guid}/watch/absences/{absence:guid}/withdraw", async (Guid id, Guid absence, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.Withdraw(id, absence, caller, ct)).Answer()).WithName("withdraw-watch-absence");
        routes.MapPost("/api/v1/channels/{id:guid}/watch/days", async (Guid id, KeepWatch command, Caller caller, WatchHandler handler, CancellationToken ct) =>
            (await handler.Keep(id, command, caller, ct)).Answer()).WithName("keep-watch");
    }

    /// <summary>Who arranges the watch: set aside resources, name a substitute (H-07, N-11).</summary>
    public static bool MayArrange(Caller caller, Guid authority) => caller.May(authority, Role.Kommunikator, Role.Chef, Role.Admin);

    public static bool MayKeep(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator);

    public Task<Outcome> Plan(Guid id, PlanWatch command, Caller caller, CancellationToken ct) => Arrange(id, caller, (channel, version) => Task.FromResult(command.Decide(channel, version)), happened =>
        happened is WatchPlanned e
            ? new("insert into archive.watch_plans (channel_id, interval_hours, days) values ($1, $2, $3) on conflict (channel_id) do update set interval_hours = excluded.interval_hours, days = excluded.days")
            {
                Parameters = { new() { Value = id }, new() { Value = (object?)e.IntervalHours ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer }, Stored(e.Days) },
            }
            : null, ct);

    public Task<Outcome> Enter(Guid id, EnterRota command, Caller caller, CancellationToken ct) => Arrange(id, caller,
        async (channel, version) => command.Decide(channel, Guid.CreateVersion7(clock.GetUtcNow()), await Watchers(channel, ct), version), happened => happened is WatchRotaEntered e
            ? new("insert into archive.watch_rota (entry_id, channel_id, person_id, from_day, until_day, days) values ($1, $2, $3, $4, $5, $6)")
            {
                Parameters = { new() { Value = e.Entry }, new() { Value = id }, new() { Value = e.Person }, new() { Value = e.From }, Day(e.Until), Stored(e.Days) },
            }
            : null, ct);

    public Task<Outcome> End(Guid id, Guid entry, EndRota command, Caller caller, CancellationToken ct) => Arrange(id, caller,
        async (channel, version) => command.Decide(channel, (await register.Rotas([id], ct))[id].Entries.FirstOrDefault(e => e.Id == entry), register.Today, version), happened => happened is WatchRotaEnded e
            ? new("update archive.watch_rota set until_day = $2 where entry_id = $1") { Parameters = { new() { Value = e.Entry }, new() { Value = e.Last } } }
            : null, ct);

    public Task<Outcome> Absent(Guid id, EnterAbsence command, Caller caller, CancellationToken ct) => Arrange(id, caller,
        async (channel, version) => command.Decide(channel, Guid.CreateVersion7(clock.GetUtcNow()), await Watchers(channel, ct), (await register.Rotas([id], ct))[id], version), happened => happened is WatchAbsenceEntered e
            ? new("insert into archive.watch_absences (absence_id, channel_id, person_id, from_day, until_day, substitute_id) values ($1, $2, $3, $4, $5, $6)")
            {
                Parameters =
                {
                    new() { Value = e.Absence }, new() { Value = id }, new() { Value = e.Person }, new() { Value = e.From }, new() { Value = e.Until },
                    new() { Value = (object?)e.Substitute ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                },
            }
            : null, ct);

    public Task<Outcome> Withdraw(Guid id, Guid absence, Caller caller, CancellationToken ct) => Arrange(id, caller, async (channel, version) =>
        (await register.Rotas([id], ct))[id].Absences.Any(a => a.Id == absence)
            ? new Happened(new WatchAbsenceWithdrawn(channel.Authority, id, absence, version))
            : Refusal.Unknown("absence", "Frånvaron finns inte."), happened => happened is WatchAbsenceWithdrawn e
            ? new("update archive.watch_absences set withdrawn = true where absence_id = $1") { Parameters = { new() { Value = e.Absence } } }
            : null, ct);

    public async Task<Outcome> Keep(Guid id, KeepWatch command, Caller caller, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NoChannel;
        if (!MayKeep(caller, channel.Authority)) return Refusal.NotAllowed("Bara moderator eller kommunikatör kan markera en dag som genomgången (N-11, H-09).");
        var day = command.Day ?? register.Today;
        var known = (await register.WatchedDays([id], day, ct))[id].Any(w => w.Day == day && w.Person == caller.PersonId);
        return await Append(channel, caller, version => Task.FromResult(command.Decide(channel, register.Today, known, version)), happened => happened is WatchKept e
            ? new("insert into archive.watched_days (channel_id, day, person_id) values ($1, $2, $3) on conflict do nothing")
            {
                Parameters = { new() { Value = id }, new() { Value = e.Day }, new() { Value = caller.PersonId } },
            }
            : null, ct);
    }

    private async Task<object?> Show(Guid id, Caller caller, CancellationToken ct)
    {
        if (await register.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.AuthorityId)) return null;
        var rota = (await register.Rotas([id], ct))[id];
        var watched = (await register.WatchedDays([id], register.Today.AddDays(-31), ct))[id];
        var names = await register.Names([.. rota.Entries.Select(e => e.Person), .. rota.Absences.SelectMany(a => new[] { a.Person, a.Substitute ?? a.Person })], ct);
        Watcher Named(Guid person) => new(person, names.GetValueOrDefault(person, ""));
        var standing = WatchStanding.Of(channel, rota, watched.Select(w => w.Day).ToHashSet(), Swedish.Day(channel.RegisteredAt), register.Today);
        return new
        {
            plan = new { channel.Clocks.Plan.IntervalHours, channel.Clocks.Plan.Days },
            channel.Clocks.Daily,
            rota = rota.Entries.Select(e => new { e.Id, person = Named(e.Person), e.From, e.Until, e.Days }),
            absences = rota.Absences.Select(a => new { a.Id, person = Named(a.Person), a.From, a.Until, substitute = a.Substitute is { } other ? Named(other) : null }),
            watched = watched.Select(w => w.Day).Distinct(),
            standing.WatchedToday,
            standing.Unwatched,
            standing.Unstaffed,
            standing.LeftAlone,
        };
    }

    private async Task<HashSet<Guid>> Watchers(Channel channel, CancellationToken ct) => [.. (await register.Watchers(channel.Authority, ct)).Select(w => w.Id)];

    private async Task<Outcome> Arrange(Guid id, Caller caller, Func<Channel, int, Task<Decision>> decide, Func<SealableEvent, NpgsqlBatchCommand?> beside, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NoChannel;
        if (!MayArrange(caller, channel.Authority)) return Refusal.NotAllowed("Bara chef, kommunikatör eller administratör ordnar bemanningen (H-07).");
        if (channel.ClosedAt is not null) return new Refusal("channel-closed", "Kanalen är avslutad.");
        return await Append(channel, caller, version => decide(channel, version), beside, ct);
    }

    private async Task<Outcome> Append(Channel channel, Caller caller, Func<int, Task<Decision>> decide, Func<SealableEvent, NpgsqlBatchCommand?> beside, CancellationToken ct)
    {
        var decision = await decide((await authorities.Find(channel.Authority, ct))!.Policy.Version);
        if (decision.Refused is { } why) return why;
        if (decision.Events.Count == 0) return new Outcome.Done(0, 0);
        var stream = ids.Watch(channel.Id);
        NpgsqlBatchCommand[] statements = [.. decision.Events.Select(e => beside(e.Event)).OfType<NpgsqlBatchCommand>()];
        return await log.Append([new(stream, "watch", ExpectedVersion.Any, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), statements, ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[stream])
            : Refusal.ChangedMeanwhile(0);
    }

    private static NpgsqlParameter Stored(IReadOnlyList<DayOfWeek> days) => new() { Value = days.Select(d => (int)d).ToArray() };

    private static NpgsqlParameter Day(DateOnly? day) => new() { Value = (object?)day ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };
}
