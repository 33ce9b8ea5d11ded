using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>The second person's word (removal.secondPerson): what was proposed is carried out.</summary>
public sealed record ConfirmTakeDown(ExternalNumber? External = null)
{
    public static Refusal None { get; } = new("no-proposal", "Det finns inget förslag att ta ställning till.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/confirm-take-down", async (Guid id, ConfirmTakeDown command, IfMatch expected, Caller caller, TakeDownHandler handler, CancellationToken ct) =>
        {
            var (outcome, registered) = await handler.Confirm(id, command, expected, caller, ct);
            return outcome is Outcome.Done done
                ? TypedResults.Ok(new { registered?.DiaryNumber, caseId = registered?.Case, done.LastSequence, done.Version })
                : outcome.Answer();
        }).WithName("confirm-take-down");
        routes.MapPost("/api/v1/records/{id:guid}/withdraw-take-down", async (Guid id, WithdrawTakeDown command, IfMatch expected, Caller caller, RecordMeasures handler, CancellationToken ct) =>
            (await handler.Withdraw(id, command, expected, caller, ct)).Answer()).WithName("withdraw-take-down");
    }

    public static Refusal? Refuse(RecordState state, Caller caller) =>
        state.Proposal is not { } proposal ? None
        : caller.IsService || !caller.May(state.Authority, Role.Moderator, Role.Kommunikator, Role.Chef) ? Refusal.NotAllowed("Bara en moderator, kommunikatör eller chef får bekräfta att något tas ned.")
        : proposal.ProposedBy == caller.PersonId ? new("same-person", "Du har själv föreslagit det. En annan person ska bekräfta.")
        : null;
}

/// <summary>The proposal is turned down, by a second person, or taken back by whoever made it.</summary>
public sealed record WithdrawTakeDown(string? Reason)
{
    public Decision Decide(RecordState state, Policy policy) =>
        state.Proposal is null ? ConfirmTakeDown.None
        : string.IsNullOrWhiteSpace(Reason) || Reason.Length > 5000 ? Refusal.Input("reason-missing", "Ange varför förslaget inte genomförs, högst 5000 tecken.")
        : new Happened(new TakeDownProposalWithdrawn(policy.Version), KeyClass.Register, new Parts().With("note", Reason.Trim()));
}
