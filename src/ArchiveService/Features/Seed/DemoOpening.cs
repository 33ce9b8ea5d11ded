using ArchiveService.Access;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Opening;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Seed;

/// <summary>A signed emptying, and of what is registered some that somebody has been given: a unit's queue, one received, one that waits, one sent back. The rest waits for its officer.</summary>
public sealed class DemoOpening(InboxEmptyings emptyings, AllotmentHandler allotments, SealedLog log, Databases databases)
{
    /// <summary>How many things were done now.</summary>
    internal async Task<int> Run(Authority authority, DateTimeOffset today, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var (rut, moa, kim, done) = (staff["rut"], staff["moa"], staff["kim"], 0);
        if ((await emptyings.Of(authority.Id, rut, 1, ct)).Count == 0)
        {
            DemoArchive.Must((await emptyings.Sign(authority, new(today, null), rut, ct)).Refused);
            done++;
        }

        foreach (var (nth, id) in (await Registered(authority.Id, ct)).Index())
        {
            var history = await log.Store.ReadStream(id, ct: ct);
            var (state, was) = (RecordState.From(history), history.Any(h => h.Event is RecordAllotted));
            if (!was)
            {
                Must(await allotments.Allot(id, nth == 0 ? new(null, "Medborgarkontoret", "Demo") : new((nth == 1 ? moa : kim).PersonId, null), default, rut, ct));
                done++;
            }

            if (nth == 1 && state.Allotment is not { ReceivedAt: not null })
            {
                Must(await allotments.Receive(id, default, moa, ct));
                done++;
            }

            if (nth == 3 && !history.Any(h => h.Event is AllotmentDeclined))
            {
                Must(await allotments.Decline(id, new("Frågan hör till en annan enhet."), default, kim, ct));
                done++;
            }
        }

        return done;
    }

    private async Task<List<Guid>> Registered(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select record_id from archive.record_states where authority_id = $1 and direction = 'received' and registration = 'registered' and wall = 'open' and visibility = 'visible' order by received_at, record_id limit 4");
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    private static void Must(Outcome outcome) => DemoArchive.Must((outcome as Outcome.Refused)?.Why);
}
