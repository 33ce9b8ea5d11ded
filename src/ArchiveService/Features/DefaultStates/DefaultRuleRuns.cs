using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;

namespace ArchiveService.Features.DefaultStates;

/// <param name="Matching">How many of the <paramref name="Looked"/> the rule would settle.</param>
/// <param name="All">Everything that waits was looked at.</param>
public sealed record RulePreview(long Looked, long Matching, bool All, IReadOnlyList<RuleExample> Examples);

public sealed record RuleExample(Guid Id, string Text);

/// <param name="Next">Where to go on; null when all that waits has been looked at.</param>
public sealed record RuleRun(long Looked, long Settled, Guid? Next);

/// <summary>
/// Follows the rules: when something is captured, and over what waits. A run goes through what waits in batches of one transaction each; stopped in the
/// middle it has settled what it has settled, and the next one goes on with the rest.
/// </summary>
public sealed class DefaultRuleRuns(DefaultRules rules, AuthorityRegister authorities, RecordBatches batches, Databases databases, TimeProvider clock)
{
    private const int BatchSize = 250;
    private const int MostLookedAt = 20_000;
    private const int MostExamples = 10;

    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(15);

    /// <summary>The rules that what is captured now goes by.</summary>
    public async Task<IReadOnlyList<DefaultRule>> ForCapture(Guid authority, CancellationToken ct)
    {
        var inForce = await rules.InForce(authority, ct);
        if (inForce.Count == 0) return [];
        var policy = (await authorities.Find(authority, ct))!.Policy;
        return [.. inForce.Where(rule => DefaultRule.Unlawful(rule.To, policy) is null)];
    }

    public async Task<RulePreview> Preview(DefaultRule rule, Caller caller, CancellationToken ct)
    {
        long looked = 0, matching = 0;
        Guid? after = null;
        var examples = new List<RuleExample>();
        var since = clock.GetTimestamp();
        while (looked < MostLookedAt && clock.GetElapsedTime(since) < AtMost)
        {
            var waiting = await Waiting(rule, after, ct);
            if (waiting.Count == 0) return new(looked, matching, true, examples);
            foreach (var item in await batches.Read(waiting, ct))
            {
                looked++;
                if (!rule.Matches(item.State, item.Text)) continue;
                matching++;
                if (examples.Count < MostExamples && !Records.Records.Invisible(item.State, caller)) examples.Add(new(item.Id, item.Text ?? ""));
            }

            after = waiting[^1];
        }

        return new(looked, matching, false, examples);
    }

    public async Task<RuleRun> Apply(DefaultRule rule, Policy policy, Guid? after, Caller caller, CancellationToken ct)
    {
        long looked = 0, settled = 0;
        var since = clock.GetTimestamp();
        while (clock.GetElapsedTime(since) < AtMost)
        {
            var waiting = await Waiting(rule, after, ct);
            if (waiting.Count == 0) return new(looked, settled, null);
            settled += await batches.Each(waiting, caller.PersonId, item => rule.Matches(item.State, item.Text) ? [rule.Settle(policy.Version)] : [], null, ct);
            looked += waiting.Count;
            after = waiting[^1];
        }

        return new(looked, settled, after);
    }

    private async Task<List<Guid>> Waiting(DefaultRule rule, Guid? after, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select record_id from archive.record_states
            where authority_id = $1 and record_type = any ($2) and registration = 'captured' and wall = 'open' and visibility = 'visible' and direction = 'received'
              and disposed_at is null and record_id > $3
            order by record_id limit $4
            """);
        query.Parameters.Add(new() { Value = rule.Authority });
        query.Parameters.Add(new() { Value = rule.RecordTypes.ToArray() });
        query.Parameters.Add(new() { Value = after ?? Guid.Empty });
        query.Parameters.Add(new() { Value = BatchSize });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }
}
