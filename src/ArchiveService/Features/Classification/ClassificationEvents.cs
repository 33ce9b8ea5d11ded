using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Classification;

/// <summary>A class of the plan (klass): a process of the authority's in KLASSA or its own diarieplan.</summary>
/// <param name="Code">As it is written after the diary number, such as 1.7.9 or 003.</param>
/// <param name="ValidFrom">First day it may be chosen; null means always.</param>
/// <param name="ValidUntil">Last day it may be chosen; null means without end.</param>
/// <param name="Replaces">Codes of earlier plans that it takes over from.</param>
public sealed record RecordClass(string Code, string Title, DateOnly? ValidFrom, DateOnly? ValidUntil, IReadOnlyList<string> Replaces)
{
    public bool IsValidOn(DateOnly day) => (ValidFrom is not { } from || from <= day) && (ValidUntil is not { } until || day <= until);
}

/// <summary>A version of an authority's classification plan, whole. It holds no personal data: a plan is decided and published.</summary>
[EventName("classification_plan_adopted")]
public sealed record ClassificationPlanAdopted(Guid Authority, int Version, IReadOnlyList<RecordClass> Classes, string? DecisionReference, int PolicyVersion) : SealableEvent;
