namespace ArchiveService.Features.Disposals;

/// <summary>A run as the API shows it.</summary>
public sealed class DisposalPresentation(DisposalRuns runs, WhoActed who)
{
    public async Task<object> Of(DisposalRun run, long? lastSequence, CancellationToken ct)
    {
        var progress = await runs.Progress(run.Id, ct);
        var roles = await who.Of(run, ct);
        return new
        {
            run.Id,
            run.Authority,
            run.Rule,
            run.RuleVersion,
            run.Decision,
            run.DueBefore,
            state = run.State.ToString().ToLowerInvariant(),
            manifest = new { digest = run.ManifestDigest, run.Items, run.Oldest, run.Newest, run.Size },
            proposed = new { by = run.ProposedBy, at = run.ProposedAt, role = roles.Proposed?.Role, roleGiven = roles.Proposed?.Given },
            approved = run.ApprovedBy is { } approver ? new { by = approver, at = run.ApprovedAt, run.CoolingOffUntil, role = roles.Approved?.Role, roleGiven = roles.Approved?.Given, roles.RoleGivenByTheOther } : null,
            executed = run.StartedBy is { } executor ? new { by = executor, at = run.StartedAt, role = roles.Executed?.Role, roleGiven = roles.Executed?.Given } : null,
            progress = new
            {
                progress.Pending,
                progress.Destroyed,
                skipped = progress.Skipped,
                progress.Batches,
                progress.BatchesOutsideLedger,
                progress.ObjectsLeft,
                progress.DeliveriesLeft,
            },
            run.DestroyedAt,
            run.VerifiedAt,
            run.CompletedAt,
            run.ScrubbedAt,
            run.FinalOn,
            run.Problem,
            run.Version,
            lastSequence,
        };
    }
}
