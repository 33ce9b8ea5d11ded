using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Watch;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Opening;

/// <summary>What signing goes by beside the command: counted in the transaction that writes.</summary>
/// <param name="Last">Until which moment the list was signed before, by somebody who may read as much.</param>
public sealed record EmptyingWorld(Authority Authority, DateTimeOffset Now, DateTimeOffset? Last, DateTimeOffset? Since, DateTimeOffset CountedAt, EmptiedCounts Open, EmptiedCounts Unassessed, EmptiedCounts? Secret)
{
    public EmptiedCounts All => Open.Plus(Unassessed).Plus(Secret);
}

/// <summary>Signs that the morning list is emptied: what had come in until a moment has been gone through (amendment c 1).</summary>
/// <param name="Until">Absent means now.</param>
/// <param name="Note">Needed where the policy lets it be signed with something left.</param>
public sealed record EmptyInbox(DateTimeOffset? Until = null, string? Note = null)
{
    public Decision Decide(EmptyingWorld world, Caller caller)
    {
        var policy = world.Authority.Policy;
        var until = Until ?? world.Now;
        if (until > world.Now) return Refusal.Input("until-to-come", "Tömningen kan inte signeras för en tid som inte har varit.");
        if (world.Last >= until) return new Refusal("already-emptied", "Postöppningen är redan signerad till den tidpunkten eller senare.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (world.All.Left is > 0 and var left)
        {
            if (policy["inbox.left"] != "stated")
            {
                return new Refusal("inbox-not-empty", $"{PageParts.Swedish.Count(left, "handling", "handlingar")} som kommit in före tidpunkten saknar utfall. Registrera, håll ordnad, undanta, överlämna eller lämna vidare först.",
                    More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["left"] = left, ["list"] = $"/postoppning?authority={Uri.EscapeDataString(world.Authority.Code)}" });
            }

            if (string.IsNullOrWhiteSpace(Note)) return Refusal.Input("note-missing", "Skriv varför det som är kvar väntar: policyn låter tömningen signeras med det som är kvar angivet.");
        }

        return new Happened(
            new InboxEmptied(world.Authority.Id, caller.PersonId, until, world.Since, world.CountedAt, world.Open, world.Unassessed, world.Secret, policy.Version),
            KeyClass.Office, new Parts().With("note", AnswerRecord.Clean(Note)));
    }
}

/// <param name="Counts">What the reader may know of.</param>
public sealed record EmptyingListed(Guid Id, DateTimeOffset Until, DateTimeOffset SignedAt, Guid SignedBy, string Name, bool Cleared, EmptiedCounts Counts, string? Note);

public sealed class InboxEmptyings(SealedLog log, Databases databases, MorningList list, WatchRegister watch, TimeProvider clock)
{
    public const string StreamType = "inbox_emptying";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/authorities/{code}/inbox/emptyings", async (string code, EmptyInbox command, Caller caller, InboxEmptyings emptyings, CancellationToken ct) =>
        {
            var (authority, no) = await emptyings.Find(code, caller, ct);
            if (authority is null) return Problems.Refused(no!);
            var (emptied, last, refused) = await emptyings.Sign(authority, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new { id = emptied!.Id, until = emptied.Until, counts = emptied.Counts, lastSequence = last });
        }).WithName("empty-inbox");
        routes.MapGet("/api/v1/authorities/{code}/inbox/emptyings", async (string code, Caller caller, InboxEmptyings emptyings, CancellationToken ct) =>
        {
            var (authority, no) = await emptyings.Find(code, caller, ct);
            return authority is null ? Problems.Refused(no!) : (IResult)TypedResults.Ok(new { items = await emptyings.Of(authority.Id, caller, 200, ct) });
        }).WithName("inbox-emptyings");
    }

    public static bool MaySign(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    public async Task<(EmptyingListed? Emptied, long LastSequence, Refusal? Refused)> Sign(Authority authority, EmptyInbox command, Caller caller, CancellationToken ct)
    {
        if (!MaySign(caller, authority.Id)) return (null, 0, Refusal.NotAllowed("Bara en registrator signerar att postöppningen är tömd."));
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // One signs at a time: the next sees this one.
        await using (var hold = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('inbox ' || $1::text, 0))", connection, transaction) { Parameters = { new() { Value = authority.Id } } })
            await hold.ExecuteNonQueryAsync(ct);
        var world = await World(transaction, authority, command, caller.Clearance, ct);
        var decision = command.Decide(world, caller);
        if (decision.Refused is { } why) return (null, 0, why);
        var emptied = (InboxEmptied)decision.Events[0].Event;
        NpgsqlBatchCommand row = new("insert into archive.inbox_emptyings (emptying_id, authority_id, until, counted_at, cleared, signed_by, signed_at) select $1, $2, $3, $4, $5, $6, s.created from archive.mt_streams s where s.id = $1")
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = emptied.Until.ToUniversalTime() }, new() { Value = emptied.CountedAt }, new() { Value = emptied.Secret is not null }, new() { Value = caller.PersonId },
            },
        };
        if (await log.Append(transaction, [new(id, StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [row], ct) is not Appended.Done done)
            return (null, 0, Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (new(id, emptied.Until, done.RecordedAt, caller.PersonId, caller.Name, emptied.Secret is not null, world.All, command.Note), done.LastSequence, null);
    }

    /// <summary>The earlier emptyings, the latest first.</summary>
    public async Task<IReadOnlyList<EmptyingListed>> Of(Guid authority, Caller caller, int most, CancellationToken ct)
    {
        var rows = new List<(Guid Id, DateTimeOffset Until, DateTimeOffset At, Guid By)>();
        await using (var query = databases.Writer.CreateCommand("select emptying_id, until, signed_at, signed_by from archive.inbox_emptyings where authority_id = $1 order by signed_at desc, emptying_id desc limit $2"))
        {
            query.Parameters.Add(new() { Value = authority });
            query.Parameters.Add(new() { Value = most });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) rows.Add((row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetGuid(3)));
        }

        if (rows.Count == 0) return [];
        var events = (await log.Store.ReadStreams([.. rows.Select(r => r.Id)], ct: ct)).ToDictionary(s => s.Key, s => s.Value[0]);
        var opened = await log.Open([.. events.Values], ct);
        var names = await watch.Names(rows.Select(r => r.By), ct);
        return
        [
            .. rows.Select(r =>
            {
                var said = (InboxEmptied)events[r.Id].Event;
                // What nobody has assessed is known to those who assess, what is secret to the cleared.
                var counts = said.Open.Plus(caller.MayAssess(authority) ? said.Unassessed : null).Plus(caller.Clearance ? said.Secret : null);
                return new EmptyingListed(r.Id, r.Until, r.At, r.By, names.GetValueOrDefault(r.By) ?? "okänd person", said.Secret is not null, counts, opened.GetValueOrDefault(events[r.Id].Id)?.Parts?["note"]);
            }),
        ];
    }

    private Task<(Authority? Authority, Refusal? Refused)> Find(string code, Caller caller, CancellationToken ct) => list.Find(code, caller, ct);

    private async Task<EmptyingWorld> World(NpgsqlTransaction transaction, Authority authority, EmptyInbox command, bool cleared, CancellationToken ct)
    {
        DateTimeOffset now;
        DateTimeOffset? last, since;
        // Who may not read what is secret signs for the rest: it is signed anew by somebody who may.
        await using (var query = new NpgsqlCommand("""
            select clock_timestamp(), max(until) filter (where cleared or not $2), max(counted_at) filter (where cleared or not $2) from archive.inbox_emptyings where authority_id = $1
            """, transaction.Connection, transaction))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            query.Parameters.Add(new() { Value = cleared });
            await using var row = await query.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            (now, last, since) = (row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset?>(1), row.GetFieldValue<DateTimeOffset?>(2));
        }

        await using var counts = new NpgsqlCommand("""
            select s.wall, count(*) filter (where i.outcome = 'registered' and not i.by_rule), count(*) filter (where i.outcome = 'keptOrdered' and not i.by_rule), count(*) filter (where i.outcome = 'exempt' and not i.by_rule),
                   count(*) filter (where i.outcome = 'routed' and not i.by_rule), count(*) filter (where i.outcome = 'misdirected' and not i.by_rule), count(*) filter (where i.by_rule), count(*) filter (where i.outcome is null)
            from archive.open_items i join archive.record_states s using (record_id)
            where i.authority_id = $1 and i.incoming
              and ((i.outcome is not null and i.outcome_at > $2 and i.outcome_at <= $3) or (i.outcome is null and i.arrived_at <= $4 and s.disposed_at is null))
            group by 1
            """, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = authority.Id }, new() { Value = since ?? DateTimeOffset.UnixEpoch }, new() { Value = now }, new() { Value = (command.Until ?? now).ToUniversalTime() },
            },
        };
        var found = new Dictionary<string, EmptiedCounts>(StringComparer.Ordinal);
        await using (var row = await counts.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct)) found[row.GetString(0)] = new(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7));
        }

        EmptiedCounts Of(string wall) => found.GetValueOrDefault(wall) ?? EmptiedCounts.None;
        return new(authority, now, last, since, now, Of("open"), Of("unassessed"), cleared ? Of("secret") : null);
    }
}
