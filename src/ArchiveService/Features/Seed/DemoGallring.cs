using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;

namespace ArchiveService.Features.Seed;

/// <summary>
/// One gallring, whole: a decision with a frist, rules, a proposal, another archivist's approval (nobody approves their own), execution.
/// Two further rules keep what matters: what stands in a case stays until the case has been closed for five years, and what was
/// taken down two years, whatever the rule for everyday comments says.
/// </summary>
public sealed class DemoGallring(AuthorityRegister authorities, RetentionRegister register, RecordDecisionHandler decisions, AdoptRuleHandler rules, ProposeDisposalHandler propose, DisposalRuns runs, RunCommands commands, DisposalExecutor executor, InformationPlans plans, AdoptInformationPlanHandler planned)
{
    private const string Reference = "KS § 12 (demo)";

    private static readonly (string Name, string From, string Frist)[] Rules =
    [
        ("Vardagliga kommentarer", "received", "P3M"),
        ("Kommentarer i diarieförda ärenden", "case-closed", "P5Y"),
        ("Nedtagna kommentarer", "removed", "P2Y"),
    ];

    private const string Plan = """
        handlingstyp;benämning;klass;hantering;åtgärd;räknas från;dag;frist;lagstöd
        kommentar;Vardagliga kommentarer;;Hålls ordnade i systemet;gallras;received;;3 månader;KS § 12
        kommentar;Kommentarer i ärenden;1.7;Registreras;gallras;case-closed;;5 år;KS § 12
        inlägg;Myndighetens inlägg;;Hålls ordnade i systemet;bevaras;;;;
        ögonblicksbild;Ögonblicksbilder av kanalerna;;Tas varje halvår;bevaras;;;;
        direktmeddelande;Direktmeddelanden;;Registreras;granskas;received;;2 år;
        """;

    /// <summary>How many records were destroyed now.</summary>
    internal async Task<long> Run(DemoAuthority one, DateOnly today, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var authority = (await authorities.Find(one.Code, ct))!.Id;
        var (arvid, alma) = (staff["arvid"], staff["alma"]);
        var decision = (await register.DecisionsOf([authority], ct)).FirstOrDefault(d => d.Reference == Reference)?.Id;
        if (decision is null)
        {
            (decision, _, var refused) = await decisions.Record(new(one.Code, Reference, null, today.AddDays(-200), null, null, ["comment"], "P3M", "Kommentarer av ringa betydelse i myndighetens kanaler", null,
                Consulted: new(today.AddDays(-210), "Kommunarkivet", "Ingen erinran"),
                Appraisal: new("Insynen tillgodoses av diariet", "Har ingen betydelse för rättskipningen", "Behövs inte efter tre månader", "Urval bevaras som ögonblicksbilder", "Urval bevaras som ögonblicksbilder")), arvid, ct);
            DemoArchive.Must(refused);
        }

        var inForce = await register.RulesInForce([authority], ct);
        foreach (var (name, from, frist) in Rules.Where(r => inForce.All(known => known.Name != r.Name)))
            DemoArchive.Must((await rules.Adopt(null, new(one.Code, decision, name, ["comment"], from, frist, ["content", "register"]), arvid, ct)).Refused);

        if (await plans.Of(authority, ct) is null) DemoArchive.Must((await planned.Adopt(one.Code, AdoptInformationPlan.FromCsv(Plan, Reference, dryRun: false), arvid, ct)).Refused);

        var rule = (await register.RulesInForce([authority], ct)).First(r => r.Name == Rules[0].Name);
        var run = (await runs.Of([authority], 10, ct)).FirstOrDefault(r => r.Rule == rule.Id);
        if (run is { State: RunState.Completed or RunState.Cancelled }) return 0;
        if (run is null)
        {
            (run, _, var refused) = await propose.Propose(new(rule.Id, today.AddDays(-60)), arvid, ct);
            DemoArchive.Must(refused);
        }

        if (run!.State is RunState.Proposed) DemoArchive.Must((await commands.Approve(run.Id, alma, ct)).Refused);
        if (run.State is RunState.Proposed or RunState.Approved) DemoArchive.Must((await commands.Start(run.Id, arvid, ct)).Refused);
        await executor.Run(run.Id, ct);
        return (await runs.Progress(run.Id, ct)).Destroyed;
    }
}
