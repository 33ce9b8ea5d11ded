using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;

namespace ArchiveService.Features.Records;

/// <summary>
/// What the policy says before something is taken down: on which grounds, from which threshold, and whether it has to, may, or is a person's choice
/// (C9–C11, H-15–H-17, N-13, T-08, T-09, T-22, R-11, R-18, V-07, V-09). It is advice; the person decides, and it is stored with the act.
/// </summary>
public static class TakeDownAdvice
{
    /// <summary>Secret content, and what BBS-lagen 5 § names: there the law draws the line, and no opinion moves it.</summary>
    private static readonly HashSet<string> SameForEveryOpinion = new(StringComparer.Ordinal)
    {
        "SECRECY", "CHILD_ABUSE_MATERIAL", "UNLAWFUL_THREAT", "HATE_SPEECH", "INCITEMENT", "COPYRIGHT", "INTEGRITY_INTRUSION",
    };

    public const string ViewpointQuestion = "Skulle samma innehåll tas ned om det uttryckte motsatt åsikt?";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/records/{id:guid}/take-down-advice", async (Guid id, Caller caller, Records records, AuthorityRegister authorities, CancellationToken ct) =>
        {
            if (await records.Find(id, caller, ct) is not { } state) return Problems.Refused(Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
            var policy = (await authorities.Find(state.Authority, ct))!.Policy;
            return (IResult)TypedResults.Ok(new
            {
                policyVersion = policy.Version,
                grounds = policy.Grounds.Select(g => Of(g.Ground, policy)).Select(g => new
                {
                    g.Ground,
                    word = PolicyKeys.Grounds.GetValueOrDefault(g.Ground, g.Ground),
                    g.Threshold,
                    asksThreshold = IsThreshold(g.Threshold),
                    g.Duty,
                    dutyWord = DutyWord(g.Duty),
                    requirement = policy.Of($"duty.{g.Ground}").Requirement,
                    note = policy.Of($"duty.{g.Ground}").Note,
                    opinionIsIrrelevant = OpinionIsIrrelevant(g.Ground),
                }),
                notice = policy.Notice,
                secondPerson = policy.SecondPerson,
                viewpointQuestion = ViewpointQuestion,
            });
        })
        .WithName("take-down-advice");

    public static GroundDuty Of(string ground, Policy policy) => new(ground, policy.ThresholdOf(ground), policy.DutyOf(ground) is "none" ? "may" : policy.DutyOf(ground));

    public static bool OpinionIsIrrelevant(string ground) => SameForEveryOpinion.Contains(ground);

    /// <summary>The first of the grounds that holds only from a threshold which somebody has to judge.</summary>
    public static string? AsksThreshold(IEnumerable<string> grounds, Policy policy) => grounds.FirstOrDefault(g => IsThreshold(policy.ThresholdOf(g)));

    public static string ThresholdWord(string threshold) => threshold == "gross" ? "grovt" : "olagligt";

    public static string DutyWord(string duty) => PolicyKeys.Word("duty.OTHER_UNLAWFUL", duty);

    private static bool IsThreshold(string threshold) => threshold is "gross" or "unlawful";
}
