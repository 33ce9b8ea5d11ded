using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Channels;

/// <summary>What a decision about a channel is taken under: the policy in force, by whom, and which day it is.</summary>
public sealed record ChannelWorld(Policy Policy, Caller Caller, DateOnly Today)
{
    /// <summary>Those who prepare and run a channel.</summary>
    public Refusal? MustPrepare(ChannelLife life) =>
        !Caller.May(life.Authority, Role.Kommunikator, Role.Chef, Role.Admin) ? Refusal.NotAllowed("Bara kommunikatör, chef eller administratör ändrar en kanals plan och uppgifter (H-04).") : life.Open;
}

/// <summary>Loads a channel, lets a pure decision speak, and writes what it says.</summary>
public sealed class ChannelStreams(SealedLog log, AuthorityRegister authorities, TimeProvider clock)
{
    public static Refusal Unknown { get; } = Refusal.Unknown("channel", "Kanalen finns inte i förteckningen.");

    /// <param name="beside">Statements that belong in the same transaction.</param>
    public async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Func<ChannelLife, ChannelWorld, Decision> decide, IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var life = ChannelLife.From(await log.Store.ReadStream(id, ct: ct));
            if (!life.Exists || !caller.IsStaffOf(life.Authority)) return Unknown;
            if (expected.Version is { } version && version != life.Version) return Refusal.ChangedMeanwhile(life.Version);
            var decision = decide(life, new((await authorities.Find(life.Authority, ct))!.Policy, caller, Swedish.Day(clock.GetUtcNow())));
            if (decision.Refused is { } why) return why;
            if (decision.Events.Count == 0) return new Outcome.Done(0, life.Version);

            var draft = new Draft(id, "channel", ExpectedVersion.Exactly(life.Version), decision.Events);
            if (await log.Append([draft], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done) return new Outcome.Done(done.LastSequence, done.Versions[id]);
            if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(life.Version + 1);
        }
    }
}
