using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Bulk;

/// <summary>/flera/{id}: what was chosen in a list, what would come of each, and then what came of them.</summary>
public sealed class BulkPageModel(BulkRuns runs, AuthorityRegister authorities, RetentionRegister retention, AssignmentList people) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    /// <summary>The list it was chosen in.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Back { get; set; }

    /// <summary>The id and the version that was shown: <c>id.version</c>.</summary>
    [BindProperty]
    public List<string> Seen { get; set; } = [];

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public Guid? DisposalDecision { get; set; }

    [BindProperty]
    public Guid? Officer { get; set; }

    [BindProperty]
    public string? Unit { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public string? Owner { get; set; }

    [BindProperty]
    public string? Notice { get; set; }

    [BindProperty]
    public string? Target { get; set; }

    [BindProperty]
    public string? ReceivingUnit { get; set; }

    [BindProperty]
    public string? Receipt { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Ground { get; set; } = "other";

    [BindProperty]
    public string? Mandate { get; set; }

    public BulkRun? Run { get; private set; }

    public IReadOnlyList<BulkItem> Items { get; private set; } = [];

    public IReadOnlyList<BulkItem> Able => [.. Items.Where(i => i.Outcome is BulkOutcome.Done)];

    public IReadOnlyList<Choice> Decisions { get; private set; } = [];

    public IReadOnlyList<Choice> People { get; private set; } = [];

    public IReadOnlyList<Choice> Targets { get; private set; } = [];

    public IReadOnlyList<Choice> Grounds { get; } = [.. Words.HoldGrounds.Select(g => new Choice(g.Key, Swedish.Sentence(g.Value)))];

    public string? Wrong { get; private set; }

    public string ToList => Url.IsLocalUrl(Back) ? Back! : "/arbetslista";

    public string Address => $"/flera/{Id:D}{QueryString.Create("back", ToList)}";

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (Id is null) return LocalRedirect(ToList);
        return await Show(ct) ? Page() : NotFound();
    }

    /// <summary>What was chosen, from a list. It leads on to the page of what was chosen, which can be read again.</summary>
    public async Task<IActionResult> OnPost([FromForm] string? act, [FromForm] List<string>? record, [FromForm] List<string>? listed, [FromForm] string? all, CancellationToken ct)
    {
        if (Id is not null) return LocalRedirect(Address);
        List<Guid> ids = [.. ((all is null ? record : listed) ?? []).Select(r => Guid.TryParse(r, out var id) ? id : Guid.Empty).Where(i => i != Guid.Empty).Distinct()];
        var command = new BulkAct(act, ids);
        var caller = HttpContext.Caller();
        if (command.Check() is { } wrong)
        {
            (Wrong, Response.StatusCode) = (wrong.Explanation, wrong.Status);
            return Page();
        }

        if (!caller.MayAnywhere(BulkAct.KindOf(act)!.Roles)) return Forbid();
        Id = await runs.Choose(command, caller, ct);
        return LocalRedirect(Address);
    }

    public async Task<IActionResult> OnPostDo(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (Id is not { } id || await runs.Find(id, caller, ct) is not { } run) return NotFound();
        // Sent a second time: what the first one led to.
        if (run.StartedAt is not null) return LocalRedirect(Address);
        var seen = Seen.Select(Read).OfType<(Guid Id, long Version)>().DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => s.Version);
        var command = new BulkAct(run.Act, [.. run.Items.Select(i => i.Id)], seen, false, Reason, DisposalDecision, Officer, Unit, Note, Owner, Notice, Target, ReceivingUnit, Receipt, Provision, Ground, Mandate);
        if (ModelState.IsValid && await Missing(command, caller, ct) is { } missing)
        {
            ModelState.AddModelError(missing.Code switch
            {
                "reason-missing" => nameof(Reason),
                "disposal-decision-missing" => nameof(DisposalDecision),
                "owner-missing" => nameof(Owner),
                "notice-missing" or "notice-too-long" => nameof(Notice),
                "officer-or-unit" or "officer-closed" or "officer-unknown" or "officer-not-cleared" => nameof(Officer),
                "unit-too-long" => nameof(Unit),
                "note-too-long" => nameof(Note),
                "route-target" => nameof(Target),
                "receiving-unit-missing" => nameof(ReceivingUnit),
                "receipt-missing" => nameof(Receipt),
                "provision-missing" => nameof(Provision),
                "hold-ground-unknown" => nameof(Ground),
                "mandate-too-long" => nameof(Mandate),
                _ => "",
            }, missing.Explanation);
        }

        if (!ModelState.IsValid)
        {
            return await Show(ct) ? Page() : NotFound();
        }

        await runs.Begin(id, command, caller, ct);
        await runs.WaitFor(id, toTheEnd: false, ct);
        return LocalRedirect(Address);
    }

    /// <summary>Whether something is missing of what is written once for all: the form says it, instead of each record.</summary>
    private async Task<Refusal?> Missing(BulkAct command, Caller caller, CancellationToken ct)
    {
        var now = await runs.Preview(command with { Versions = null }, caller, ct);
        foreach (var item in now.Where(i => i.Outcome is BulkOutcome.Done))
        {
            var policy = (await authorities.Find(item.State!.Authority, ct))!.Policy;
            // The preview found nothing against it: with the words as they are it is refused only for the words.
            var world = new BulkWorld(item.Id, policy, item.State.CapturedAt, new(false, false, true, true), DecisionInForce: command.DisposalDecision is not null);
            if (command.Decide(item.State, world, caller).Refused is { } why) return why;
        }

        // Such as an officer who has left: it is said in the form, not of each.
        if (!now.Any(i => i.Outcome is BulkOutcome.Done) && now.FirstOrDefault(i => i.Outcome is BulkOutcome.Refused) is { } no) return new(no.Code!, no.Said!);
        return null;
    }

    public string Title => Run is null ? "Åtgärd på flera handlingar" : $"{Run.Kind.Said}: {Swedish.Count(Run.Items.Count, "handling", "handlingar")}";

    public IEnumerable<(string Id, string Heading, IReadOnlyList<BulkItem> Items, bool Why)> Groups()
    {
        var before = Run is { StartedAt: null };
        (string, BulkOutcome, string, bool)[] all = before
            ? [("h-gors", BulkOutcome.Done, "Kan göras", false), ("h-redan", BulkOutcome.Nothing, "Står redan så", false), ("h-inte", BulkOutcome.Refused, "Kan inte göras", true), ("h-okand", BulkOutcome.Unknown, "Finns inte för dig", true)]
            : [("h-gjort", BulkOutcome.Done, "Gjort", false), ("h-redan", BulkOutcome.Nothing, "Stod redan så", false), ("h-andrad", BulkOutcome.Changed, "Ändrad under tiden, lämnad orörd", true), ("h-inte", BulkOutcome.Refused, "Gick inte", true), ("h-okand", BulkOutcome.Unknown, "Finns inte för dig", true), ("h-kvar", BulkOutcome.Waiting, "Inte gjort", false)];
        foreach (var (id, outcome, heading, why) in all)
        {
            if (Items.Where(i => i.Outcome == outcome).ToList() is { Count: > 0 } some) yield return (id, $"{heading} ({Swedish.Number(some.Count)})", some, why);
        }
    }

    /// <summary>What stands behind a wall is opened on its own page, where the reading is noted.</summary>
    public static string Excerpt(BulkItem item) =>
        item.State is null ? "En handling" : item.State is not { Wall: Wall.Open, Locked: false } ? "Öppna handlingen för att läsa den" : item.Shown is { Length: > 0 } text ? ThreadPageModel.Short(text.ReplaceLineEndings(" ")) : "Utan text";

    private async Task<bool> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await runs.Find(Id!.Value, caller, ct) is not { } run) return false;
        Run = run;
        var seen = await runs.Preview(new(run.Act, [.. run.Items.Select(i => i.Id)]), caller, ct);
        if (run.StartedAt is not null)
        {
            var states = seen.ToDictionary(s => s.Id);
            Items = [.. run.Items.Select(i => i.Outcome is BulkOutcome.Unknown ? i : i with { State = states[i.Id].State, Text = states[i.Id].Text })];
            return true;
        }

        Items = seen;
        List<Guid> of = [.. Able.Select(i => i.State!.Authority).Distinct()];
        if (of.Count == 0) return true;
        if (run.Act is BulkAct.Exempt or BulkAct.Close)
            Decisions = [.. (await Task.WhenAll(of.Select(a => ExemptPageModel.DecisionChoices(retention, a, null, ct)))).SelectMany(c => c).DistinctBy(c => c.Value)];
        if (run.Act is BulkAct.Allot)
            People = [new("", "Ingen vald"), .. (await Task.WhenAll(of.Select(a => people.People(a, ct)))).SelectMany(c => c).DistinctBy(c => c.Value)];
        if (run.Act is BulkAct.Route)
        {
            var policies = new List<Policy>();
            foreach (var a in of) policies.Add((await authorities.Find(a, ct))!.Policy);
            Targets = [.. RouteRecord.Targets.Where(t => policies.All(p => RouteRecord.Holds(p, t.Target))).Select(t => new Choice(t.Target, Swedish.Sentence(t.Word)))];
            Target ??= Targets.Count == 1 ? Targets[0].Value : null;
        }

        return true;
    }

    private static (Guid Id, long Version)? Read(string sent) => sent.Split('.') is [var id, var version] && Guid.TryParse(id, out var known) && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? (known, at) : null;
}
