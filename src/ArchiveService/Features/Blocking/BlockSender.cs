using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Blocking;

/// <summary>
/// Blocks a sender (C13): grounds, motivation, why nothing milder will do, for how long, and the records it rests on. Trosa and Västarvet (V-07) may;
/// where a guideline is silent a manager decides.
/// </summary>
public sealed record BlockSender(
    IReadOnlyList<string>? Grounds, string? Motivation, string? Proportionality, DateOnly? Until, DateOnly? ReviewOn, IReadOnlyList<Guid>? Evidence,
    bool? ViewpointNeutral, string? ViewpointNote, string? LegalReference)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/accounts/{id:guid}/block", async (Guid id, BlockSender command, IfMatch expected, Caller caller, BlockingHandler handler, CancellationToken ct) =>
        {
            var (outcome, block) = await handler.Block(id, command, expected, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { block, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("block-sender");
        routes.MapPost("/api/v1/accounts/{id:guid}/unblock", async (Guid id, UnblockSender command, IfMatch expected, Caller caller, BlockingHandler handler, CancellationToken ct) =>
            (await handler.Unblock(id, command, expected, caller, ct)).Answer()).WithName("unblock-sender");
    }

    /// <summary>Pure. The block has been given its id beforehand; the evidence is known to be the account's.</summary>
    public Decision Decide(AccountState state, Policy policy, DateOnly today, Guid block)
    {
        if (policy.Blocking == "no") return new Refusal("blocking-not-allowed", "Myndighetens policy tillåter inte att avsändare blockeras (C13).");
        if (state.Disposed) return new Refusal("account-disposed", "Kontots uppgifter är gallrade.");
        if (state.Own) return new Refusal("own-account", "Det är kanalens eget konto.");
        if (state.Block is not null) return new Refusal("already-blocked", "Avsändaren är redan blockerad. Häv blockeringen innan du beslutar en ny.");
        if (Grounds is not { Count: > 0 }) return Refusal.Input("ground-missing", "Ange minst en grund för blockeringen.");
        if (Grounds.FirstOrDefault(g => !policy.KnowsGround(g)) is { } unknown) return Refusal.Input("ground-not-in-policy", $"Grunden {unknown} finns inte i myndighetens policy.");
        if (Motivation?.Trim() is not { Length: > 0 and <= 5000 } motivation) return Refusal.Input("motivation-missing", "Motivera blockeringen, högst 5000 tecken.");
        if (Proportionality?.Trim() is not { Length: > 0 and <= 5000 } proportionality) return Refusal.Input("proportionality-missing", "Skriv varför inget mildare räcker, högst 5000 tecken.");
        if (LegalReference is { Length: > 500 } || ViewpointNote is { Length: > 2000 }) return Refusal.Input("decision-data-too-long", "Lagrummet får vara högst 500 tecken och svaret om motsatt åsikt 2000.");
        if (Until is null == ReviewOn is null) return Refusal.Input("duration-missing", "Ange antingen till vilken dag blockeringen gäller, eller när en blockering tills vidare ska omprövas.");
        if ((Until ?? ReviewOn) <= today || (Until ?? ReviewOn) > today.AddYears(1)) return Refusal.Input("duration-out-of-range", "Dagen ska ligga i framtiden, högst ett år bort.");
        if (Evidence is not { Count: > 0 and <= 200 }) return Refusal.Input("evidence-missing", "Välj minst en handling som blockeringen vilar på.");
        if (ViewpointNeutral is not { } neutral) return Refusal.Input("viewpoint-missing", "Svara om avsändaren skulle blockeras också för motsatt åsikt (RF 2 kap. 1 §).");
        if (!neutral && !Grounds.All(TakeDownAdvice.OpinionIsIrrelevant))
            return new Refusal("viewpoint-not-neutral", "Avsändaren skulle inte blockeras för motsatt åsikt. Då är det åsikten som avgör, och den får inte vara skäl (RF 1 kap. 9 § och 2 kap. 1 §, JO 1248-2008).");

        var parts = new Parts().With(Parts.Motivation, motivation).With("proportionality", proportionality);
        foreach (var (part, text) in new[] { ("legalReference", LegalReference), ("viewpointNote", ViewpointNote) })
        {
            if (text?.Trim() is { Length: > 0 } said) parts.With(part, said);
        }

        return new Happened(
            new SenderBlocked(block, state.Authority, [.. Grounds.Distinct().Order(StringComparer.Ordinal)], Until, ReviewOn, [.. Evidence.Distinct().Order()], neutral, policy.Version), KeyClass.Account, parts);
    }

    public static Refusal? Refuse(Caller caller, Guid authority, Policy policy) =>
        policy.Blocking == "yes"
            ? caller is { IsService: false } && caller.May(authority, Role.Moderator, Role.Kommunikator, Role.Chef) ? null : Refusal.NotAllowed("Bara moderator, kommunikatör eller chef får blockera en avsändare.")
            : caller is { IsService: false } && caller.May(authority, Role.Chef) ? null : Refusal.NotAllowed("Riktlinjen reglerar inte blockering. Då beslutar en chef (C13).");
}

public sealed record UnblockSender(string? Reason)
{
    public Decision Decide(AccountState state, Policy policy) =>
        state.Block is not { } block ? new Refusal("not-blocked", "Avsändaren är inte blockerad.")
        : Reason?.Trim() is not { Length: > 0 and <= 5000 } reason ? Refusal.Input("reason-missing", "Ange varför blockeringen hävs, högst 5000 tecken.")
        // An account that is disposed of has no key any more: the fact is kept, the reason is not.
        : new Happened(new SenderUnblocked(block.Block, state.Authority, policy.Version), KeyClass.Account, state.Disposed ? null : new Parts().With("reason", reason));
}

public sealed class BlockingHandler(SealedLog log, Databases databases, AuthorityRegister authorities, DelegationCheck delegation, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("account", "Kontot finns inte, eller så får du inte se det.");

    public async Task<(Outcome Outcome, Guid Block)> Block(Guid id, BlockSender command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var block = Guid.CreateVersion7(clock.GetUtcNow());
        if (await Find(id, caller, ct) is not { } state) return (Unknown, block);
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        if (BlockSender.Refuse(caller, state.Authority, policy) is { } no) return (no, block);
        var today = Swedish.Day(clock.GetUtcNow());
        if (await new AssignmentDemand(policy, AssignmentUse.Moderate, ManagerToo: true).Missing(databases, state.Authority, state.Channel, caller, today, ct) is { } unassigned) return (unassigned, block);
        var delegated = await delegation.Under(state.Authority, DelegationKinds.BlockSender, caller, ct);
        if (delegated.Refused is { } undelegated) return (undelegated, block);
        if (expected.Version is { } version && version != state.Version) return (Refusal.ChangedMeanwhile(state.Version), block);
        var decision = command.Decide(state, policy, today, block);
        if (decision.Refused is not null) return (decision.Refused, block);
        var blocked = (SenderBlocked)decision.Events[0].Event;
        if (await Seen(id, blocked.Evidence, caller, ct) != blocked.Evidence.Count)
            return (Refusal.Input("evidence-not-of-account", "En av handlingarna är inte skriven av kontot, eller så får du inte se den."), block);

        NpgsqlBatchCommand row = new("""
            insert into archive.blocks (block_id, account_id, authority_id, channel_id, platform, grounds, until_day, review_on, blocked_at, blocked_by)
            select $1, $2, $3, $4, $5, $6, $7, $8, s.timestamp, $9 from archive.mt_streams s where s.id = $2
            """)
        {
            Parameters =
            {
                new() { Value = block }, new() { Value = id }, new() { Value = state.Authority }, new() { Value = state.Channel }, new() { Value = state.Platform },
                new() { Value = blocked.Grounds.ToArray() },
                new() { Value = (object?)blocked.Until ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = (object?)blocked.ReviewOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
                new() { Value = caller.PersonId },
            },
        };
        var (drafts, notes) = delegated.Noted("account", id, caller, policy.Version, clock.GetUtcNow());
        return (await Append(id, state, decision, drafts, [row, .. notes], expected, caller, () => new Refusal("already-blocked", "Avsändaren blockerades just av någon annan."), ct), block);
    }

    public async Task<Outcome> Unblock(Guid id, UnblockSender command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await Find(id, caller, ct) is not { } state) return Unknown;
        if (!caller.May(state.Authority, Role.Moderator, Role.Kommunikator, Role.Chef)) return Refusal.NotAllowed("Bara moderator, kommunikatör eller chef får häva en blockering.");
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        if (expected.Version is { } version && version != state.Version) return Refusal.ChangedMeanwhile(state.Version);
        var decision = command.Decide(state, policy);
        if (decision.Refused is not null) return decision.Refused;
        NpgsqlBatchCommand row = new("update archive.blocks b set lifted_at = s.timestamp from archive.mt_streams s where s.id = b.account_id and b.block_id = $1 and b.lifted_at is null")
        {
            Parameters = { new() { Value = state.Block!.Block } },
        };
        return await Append(id, state, decision, [], [row], expected, caller, () => new Refusal("not-blocked", "Blockeringen hävdes just av någon annan."), ct);
    }

    /// <summary>The account as far as the caller may know of it: somebody whose every word stands behind a wall is not there for them.</summary>
    public async Task<AccountState?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: AccountSeen }, ..]) return null;
        var state = history.Aggregate(AccountState.None, (s, h) => s.After((AccountEvent)h.Event));
        if (state.Protection is not null && !caller.MayReadSecret(state.Authority)) return null;
        return caller.IsStaffOf(state.Authority) && (state.Own || await Seen(id, null, caller, ct) > 0) ? state : null;
    }

    /// <summary>How many of these records, or of all, are the account's and may be known to the caller.</summary>
    private async Task<long> Seen(Guid account, IReadOnlyList<Guid>? records, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select record_id, authority_id, wall from archive.record_states where account_id = $1 and ($2::uuid[] is null or record_id = any ($2))
            """);
        query.Parameters.Add(new() { Value = account });
        query.Parameters.Add(new() { Value = (object?)records?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await using var rows = await query.ExecuteReaderAsync(ct);
        long seen = 0;
        while (await rows.ReadAsync(ct))
        {
            var (authority, wall) = (rows.GetGuid(1), rows.GetString(2));
            if (caller.IsStaffOf(authority) && (wall == "open" || (wall == "unassessed" ? caller.MayAssess(authority) : caller.MayReadSecret(authority)))) seen++;
        }

        return seen;
    }

    private async Task<Outcome> Append(Guid id, AccountState state, Decision decision, IReadOnlyList<Draft> drafts, IReadOnlyList<NpgsqlBatchCommand> rows, IfMatch expected, Caller caller, Func<Refusal> beaten, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var keys = await log.Keys([id], ct);
            var appended = await log.Append([new(id, "account", ExpectedVersion.Exactly(state.Version), decision.Events), .. drafts], keys, new(caller.PersonId.ToString("D")), rows, ct);
            if (appended is Appended.Done done) return new Outcome.Done(done.LastSequence, done.Versions[id]);

            // A name seen meanwhile changes nothing of what was decided; another block or its lifting does.
            var now = (await log.Store.ReadStream(id, ct: ct)).Aggregate(AccountState.None, (s, h) => s.After((AccountEvent)h.Event));
            if (expected.Version is not null || now.Disposed != state.Disposed || attempt == 5) return Refusal.ChangedMeanwhile(now.Version);
            if (now.Block != state.Block) return beaten();
            state = now;
        }
    }
}
