using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Secrecy;

/// <summary>
/// Sets and lifts the flag of protected identity: the accounts' events, their inline rows, an event on every record they wrote and every picture of the channel that may show it, the inline rows of these and the
/// move of everything that people read, in one transaction (docs/adr/0018). So it holds from the commit on, whole, and a crash before it leaves nothing.
/// </summary>
/// <remarks>
/// Lock order: the gate (4714), which captures come through before they lock anything; the streams, in id order; inline rows; the wall (4711). While the gate is
/// shut no record by these accounts can be added, so the list of their records is whole; whoever writes to one of them meanwhile makes a conflict, and all
/// is read and decided anew.
/// </remarks>
public sealed class Protections(SealedLog log, Databases databases, AuthorityRegister authorities, ProtectedNames names, EventSignal signal, TimeProvider clock)
{
    public const long GateKey = 4714;

    private const int MostAttempts = 20;

    /// <summary>To set it must be easy: whoever may mark a record may.</summary>
    public static Role[] Setters => [Role.Registrator, Role.Moderator, Role.Arkivarie, Role.Chef];

    public static Role[] Lifters => [Role.Registrator, Role.Arkivarie];

    private static readonly Refusal Unknown = Refusal.Unknown("account", "Kontot finns inte, eller så får du inte se det.");

    public async Task<Flagged> Protect(Guid id, ProtectIdentity command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } state) return Unknown;
        if (caller.IsService || !caller.May(state.Authority, Setters)) return Refusal.NotAllowed("Bara registrator, moderator, arkivarie eller chef får flagga ett konto för skyddad identitet.");
        var (policy, today) = ((await authorities.Find(state.Authority, ct))!.Policy, Swedish.Day(clock.GetUtcNow()));
        if (command.Refuse(today) is { } no) return no;
        Guid[] accounts = [id, .. (command.Accounts ?? []).Where(a => a != id).Distinct()];
        foreach (var other in accounts[1..])
        {
            if (await Find(other, caller, ct) is not { } of) return Refusal.Unknown("account", $"Kontot {other:D} finns inte, eller så får du inte se det.");
            if (of.Authority != state.Authority) return Refusal.Input("account-of-another-authority", $"Kontot {other:D} hör till en annan myndighet. Flaggan gäller inom en myndighet (OSL 8 kap. 1 §).");
        }

        var protection = Guid.CreateVersion7(clock.GetUtcNow());
        var known = await names.Of(accounts, ct);
        var mentions = await names.Mentioned(state.Authority, known, ct);
        return await Write(id, protection, accounts, expected, caller, (account, of) =>
        {
            var decision = command.Decide(of, policy, today, protection);
            return decision.Refused is not null ? decision : new([.. decision.Events, .. mentions.Where(m => m.Account == account).Select(m => new Happened(new ProtectedIdentityMentioned(protection, of.Authority, m.Record, policy.Version)))]);
        },
        (record, account, flags, _) => record.Protection is null && flags[account] is { } flag
            ? [new(new RecordProtected(protection, account, flag.Provision, AtCapture: false, policy.Version))]
            : [],
        CoveredSnapshots.Of,
        [
            Row(accounts, caller.PersonId),
            ProtectedNames.Row([.. mentions]),
        ], ct);
    }

    public async Task<Flagged> Review(Guid id, ReviewProtection command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Cleared(id, caller, ct) is not { } state) return Unknown;
        if (!caller.May(state.Authority, Lifters)) return Refusal.NotAllowed("Bara registrator eller arkivarie får ompröva en skyddad identitet.");
        if (state.Protection is not { } flag) return ProtectionRefusals.NotProtected;
        var (policy, today) = ((await authorities.Find(state.Authority, ct))!.Policy, Swedish.Day(clock.GetUtcNow()));
        var accounts = await Together(flag.Protection, ct);
        return await Write(id, flag.Protection, accounts, expected, caller, (_, of) => command.Decide(of, policy, today),
            // A picture that nobody has looked at and that was open before pictures went along.
            (record, account, flags, _) => record.Protection is null && !record.ProtectionsLifted.Contains(flag.Protection) && flags[account] is { } now
                ? [new(new RecordProtected(flag.Protection, account, now.Provision, AtCapture: false, policy.Version))]
                : [],
            CoveredSnapshots.Of,
        [
            new("update archive.protected_accounts p set until_day = $2, review_on = $3, reviewed_at = s.timestamp from archive.mt_streams s where s.id = p.account_id and p.protection_id = $1")
            {
                Parameters =
                {
                    new() { Value = flag.Protection }, new() { Value = (object?)command.Until ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
                    new() { Value = (object?)command.ReviewOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
                },
            },
        ], ct);
    }

    public async Task<Flagged> Lift(Guid id, LiftProtection command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Cleared(id, caller, ct) is not { } state) return Unknown;
        if (!caller.May(state.Authority, Lifters)) return Refusal.NotAllowed("Bara registrator eller arkivarie får häva en skyddad identitet.");
        if (state.Protection is not { } flag) return ProtectionRefusals.NotProtected;
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        var accounts = await Together(flag.Protection, ct);
        return await Write(id, flag.Protection, accounts, expected, caller, (_, of) => command.Decide(of, policy),
            (record, account, _, others) => record.Protection != flag.Protection ? []
                : others.FirstOrDefault(o => !record.ProtectionsLifted.Contains(o.Protection)) is { } still
                    ? [Lifted(record, account), new(new RecordProtected(still.Protection, still.Account, still.Provision, AtCapture: false, policy.Version))]
                    : [Lifted(record, account)],
            CoveredSnapshots.Beside,
        [
            new("delete from archive.protected_mentions where account_id = any ($1)") { Parameters = { new() { Value = accounts } } },
            new("delete from archive.protected_accounts where protection_id = $1") { Parameters = { new() { Value = flag.Protection } } },
        ], ct);

        Happened Lifted(RecordState record, Guid account) => new(new RecordProtectionLifted(flag.Protection, record.ProtectionAccount ?? account, policy.Version));
    }

    /// <summary>The account as far as the caller may know of it: a flagged one, and one whose every word stands behind a wall, is there for the cleared only.</summary>
    public async Task<AccountState?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: AccountSeen }, ..]) return null;
        var state = history.Aggregate(AccountState.None, (s, h) => s.After((AccountEvent)h.Event));
        if (!caller.IsStaffOf(state.Authority)) return null;
        if (caller.MayReadSecret(state.Authority)) return state;
        if (state.Protection is not null) return null;
        await using var query = databases.Writer.CreateCommand("select exists (select from archive.record_states where account_id = $1 and (wall = 'open' or ($2 and wall = 'unassessed')))");
        query.Parameters.Add(new() { Value = id });
        query.Parameters.Add(new() { Value = caller.MayAssess(state.Authority) });
        return state.Own || (bool)(await query.ExecuteScalarAsync(ct))! ? state : null;
    }

    /// <summary>Who is not cleared gets the same answer whether or not there is a flag.</summary>
    private async Task<AccountState?> Cleared(Guid id, Caller caller, CancellationToken ct) =>
        await Find(id, caller, ct) is { } state && !caller.IsService && caller.MayReadSecret(state.Authority) ? state : null;

    private async Task<Guid[]> Together(Guid protection, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select account_id from archive.protected_accounts where protection_id = $1 order by account_id");
        query.Parameters.Add(new() { Value = protection });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return [.. found];
    }

    private async Task<Flagged> Write(
        Guid id, Guid protection, Guid[] accounts, IfMatch expected, Caller caller, Func<Guid, AccountState, Decision> decide,
        Func<RecordState, Guid, IReadOnlyDictionary<Guid, IdentityProtected?>, IEnumerable<CoveringFlag>, IReadOnlyList<Happened>>? each,
        Func<NpgsqlTransaction, Guid[], CancellationToken, Task<Dictionary<Guid, Guid>>>? pictures, IReadOnlyList<NpgsqlBatchCommand> rows, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            if (each is not null)
            {
                await using var gate = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection, transaction) { Parameters = { new() { Value = GateKey } } };
                await gate.ExecuteNonQueryAsync(ct);
            }

            var drafts = new List<Draft>();
            var flags = new Dictionary<Guid, IdentityProtected?>();
            foreach (var (account, history) in await log.Store.ReadStreams(accounts, ct: ct))
            {
                var state = history.Aggregate(AccountState.None, (s, h) => s.After((AccountEvent)h.Event));
                if (account == id && expected.Version is { } version && version != state.Version) return Refusal.ChangedMeanwhile(state.Version);
                var decision = decide(account, state);
                if (decision.Refused is { } no) return no;
                drafts.Add(new(account, "account", ExpectedVersion.Exactly(state.Version), decision.Events));
                flags[account] = decision.Events.Aggregate(state, (s, e) => s.After((AccountEvent)e.Event)).Protection;
            }

            if (drafts.Count != accounts.Length) return Unknown;
            List<NpgsqlBatchCommand> statements = [.. rows.Select(Copy)];
            var records = new List<(Guid Id, RecordState State)>();
            if (each is not null)
            {
                var shown = pictures is null ? new Dictionary<Guid, Guid>() : await pictures(transaction, accounts, ct);
                var others = await CoveredSnapshots.Others(transaction, [.. shown.Keys], protection, ct);
                foreach (var (record, history) in await log.Store.ReadStreams([.. await Written(transaction, accounts, ct), .. shown.Keys], ct: ct))
                {
                    var state = RecordState.From(history);
                    if (state.DisposedAt is not null) continue;
                    var happened = each(state, shown.TryGetValue(record, out var of) ? of : state.Account!.Value, flags, others[record]);
                    if (happened.Count == 0) continue;
                    drafts.Add(new(record, "record", ExpectedVersion.Exactly(state.Version), happened));
                    records.Add((record, happened.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded))));
                }

                if (records.Count > 0) statements.AddRange([RecordStates.Statement(records), Answering.OpenItems.Statement(records)]);
                statements.AddRange(Walls.Moving(accounts, [.. records.Select(r => r.Id)]));
            }

            if (await log.Append(transaction, drafts, await log.Keys(accounts, ct), new(caller.PersonId.ToString("D")), statements, ct) is Appended.Done done)
            {
                await transaction.CommitAsync(ct);
                signal.Appended();
                return new(new Outcome.Done(done.LastSequence, done.Versions[id]), protection, accounts.Length, records.Count);
            }

            await transaction.RollbackAsync(ct);
            if (attempt == MostAttempts) return Refusal.ChangedMeanwhile(0);
            await Task.Delay(Random.Shared.Next(1, 5 * attempt), ct);
        }
    }

    private static async Task<List<Guid>> Written(NpgsqlTransaction transaction, Guid[] accounts, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select record_id from archive.record_states where account_id = any ($1) and disposed_at is null", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = accounts });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    /// <summary>The rows of accounts flagged in this transaction, from the events just written to their streams.</summary>
    internal static NpgsqlBatchCommand Row(Guid[] accounts, Guid by) => new("""
        insert into archive.protected_accounts (account_id, protection_id, authority_id, channel_id, basis, provision, decided_on, until_day, review_on, protected_at, protected_by)
        select e.stream_id, (e.data->>'protection')::uuid, (e.data->>'authority')::uuid, (f.data->>'channel')::uuid, e.data->>'basis', e.data->>'provision', (e.data->>'decidedOn')::date,
               (e.data->>'until')::date, (e.data->>'reviewOn')::date, e.timestamp, $2
        from unnest($1) a(id)
        cross join lateral (select * from archive.mt_events where stream_id = a.id and type = 'identity_protected' order by version desc limit 1) e
        join archive.mt_events f on f.stream_id = a.id and f.version = 1
        """)
    {
        Parameters = { new() { Value = accounts }, new() { Value = by } },
    };

    /// <summary>A statement belongs to one batch; a further attempt needs its own.</summary>
    private static NpgsqlBatchCommand Copy(NpgsqlBatchCommand of)
    {
        var copy = new NpgsqlBatchCommand(of.CommandText);
        foreach (NpgsqlParameter parameter in of.Parameters) copy.Parameters.Add(parameter.Clone());
        return copy;
    }
}
