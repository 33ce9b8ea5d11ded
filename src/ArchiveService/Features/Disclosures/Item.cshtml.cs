using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/handlingar/{nr}: one record, examined step by step, and what becomes of it.</summary>
public sealed class ItemModel(
    Requests requests, DisclosureRegister register, RecordReads reads, OriginalDocuments documents, DisclosureItems items, AuthorityRegister authorities)
    : DisclosureItemPage(requests, register, reads, documents)
{
    public sealed class StepForm
    {
        public string? Finding { get; set; }

        public string? Provision { get; set; }

        public string? Test { get; set; }

        public string? Note { get; set; }
    }

    public sealed class OpinionForm
    {
        public string? Agrees { get; set; }

        public string? Note { get; set; }
    }

    public sealed class OutcomeForm
    {
        public string? Outcome { get; set; }

        public string? Terms { get; set; }

        public bool NothingCanBeGiven { get; set; }
    }

    public sealed class DropForm
    {
        public string? Reason { get; set; }
    }

    /// <summary>The step that is asked for; otherwise the first one without an answer.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Steg { get; set; }

    [BindProperty]
    public StepForm Step { get; set; } = new();

    [BindProperty]
    public OpinionForm Opinion { get; set; } = new();

    [BindProperty]
    public OutcomeForm Decide { get; set; } = new();

    [BindProperty]
    public DropForm Drop { get; set; } = new();

    public IReadOnlyDictionary<string, string> Names { get; private set; } = new Dictionary<string, string>();

    public bool SecondOpinionRequired { get; private set; }

    /// <summary>Whether anything can still be done with it here.</summary>
    public bool IsOpen => MayHandle && !Item.Delivered;

    public bool HasPossible => Item.Of(ExaminationStep.Provision) is { Finding: "possible" };

    /// <summary>The steps that this examination has, in their order (c 12).</summary>
    public IReadOnlyList<(string Word, ExaminationStep Step, string Said, string Question)> Steps =>
        [.. ExaminationWords.Steps.Where(s => s.Step == ExaminationStep.Provision || (HasPossible && (s.Step != ExaminationStep.Asker || Item.Of(ExaminationStep.Harm) is { Finding: "depends" })))];

    public (string Word, ExaminationStep Step, string Said, string Question)? Now =>
        Steps.Where(s => s.Word == Steg).Concat(Steps.Where(s => Item.Of(s.Step) is null)).Select(s => ((string, ExaminationStep, string, string)?)s).FirstOrDefault();

    public bool Examined => Item.Steps.Count > 0 && Steps.All(s => Item.Of(s.Step) is not null);

    public RunSteps StepsShown => new([.. Steps.Select(s => new RunStep(s.Said, Item.Of(s.Step) is { } taken ? ExaminationWords.Said(s.Step, taken.Finding) : null, Now?.Step == s.Step ? StepState.Now : Item.Of(s.Step) is null ? StepState.Coming : StepState.Done)),
        new RunStep("Beslut", Item.Outcome is { } outcome ? ExaminationWords.Said(outcome) : null, Item.Outcome is not null ? StepState.Done : Now is null ? StepState.Now : StepState.Coming)])
    { Label = "Prövningens steg" };

    public IReadOnlyList<Choice> Findings(ExaminationStep step) => [.. ExaminationWords.Findings[step].Select(f => new Choice(f.Word, f.Said))];

    public static IReadOnlyList<Choice> Tests { get; } = [.. ExaminationWords.Tests.Select(t => new Choice(t.Word, t.Said))];

    public static IReadOnlyList<Choice> Agreements { get; } = [new("true", "Ja, samma bedömning"), new("false", "Nej, en annan")];

    /// <summary>What the examination leaves open; what it shuts out says why.</summary>
    public IReadOnlyList<Choice> Outcomes
    {
        get
        {
            var none = Item.Of(ExaminationStep.Provision) is { Finding: "none" };
            var (harm, waiver) = (Item.Of(ExaminationStep.Harm), Item.Of(ExaminationStep.Waiver));
            var whole = none || harm is { Finding: "no-harm" } || waiver is { Finding: "given" };
            var withheld = whole ? "prövningen visar inget hinder" : null;
            var mask = withheld ?? (!Item.IsMasked ? "maska först" : null);
            var reservation = withheld ?? (harm is { Test: "absolute" } ? "inte vid absolut sekretess" : null);
            var disclose = !whole && harm is { Finding: "harm" } ? "prövningen visar skada" : null;
            return
            [
                new("disclose", "Lämnas ut hel", disclose, disclose is not null), new("mask", "Lämnas ut maskad", mask ?? Item.Hidden, mask is not null),
                new("reservation", "Lämnas ut med förbehåll", reservation, reservation is not null), new("refuse", "Lämnas inte ut", withheld, withheld is not null),
            ];
        }
    }

    public string Name(string? actor) => Names.GetValueOrDefault(actor ?? "", "okänd person");

    public IReadOnlyList<(int Number, DocumentVersion Version)> Versions => [.. (Original?.Versions ?? []).Select((v, i) => (i + 1, v)).Reverse()];

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        if (!await base.Prepare(ct)) return false;
        Names = await items.Names([.. Item.Steps.Values.Select(s => s.By), .. Item.Opinions.Select(o => o.By)], ct);
        SecondOpinionRequired = (await authorities.Find(State.Authority, ct))!.Policy["disclosure.secondOpinion"] == "required";
        return true;
    }

    /// <summary>What was answered before stands in the form again.</summary>
    public override async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Now is { } now && Item.Of(now.Step) is { } taken) (Step.Finding, Step.Provision, Step.Test, Step.Note) = (taken.Finding, taken.Provision, taken.Test, Word(taken.EventId, "note"));
        (Decide.Outcome, Decide.Terms) = (ExaminationWords.Outcomes.Where(o => o.Outcome == Item.Outcome).Select(o => o.Word).FirstOrDefault(), Word(Item.DecidedIn, "terms"));
        return Page();
    }

    public async Task<IActionResult> OnPostStep(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Step.Finding is null) return Ask("Step.Finding", "Välj ett svar.");
        if (Steg == "harm" && Step.Test is null) return Ask("Step.Test", "Välj hur bestämmelsen är skriven.");
        var outcome = await Commands.Examine(Id, Item.Target, new(Steg, Step.Finding, Step.Provision, Step.Test, Step.Note), Expected, HttpContext.Caller(), ct);
        return await After(outcome, nameof(Step), code => code switch
        {
            "finding-unknown" or "absolute-secrecy" or "asking-not-allowed" => "Finding",
            "provision-missing" => "Provision",
            "test-unknown" => "Test",
            "note-missing" or "note-too-long" => "Note",
            _ => null,
        }, Notice.Done("Steget är antecknat"), ItemAddress, ct);
    }

    public async Task<IActionResult> OnPostOpinion(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        var outcome = await Commands.Second(Id, Item.Target, new(bool.TryParse(Opinion.Agrees, out var agrees) ? agrees : null, Opinion.Note), Expected, HttpContext.Caller(), ct);
        return await After(outcome, nameof(Opinion), code => code switch { "agrees-missing" => "Agrees", "note-missing" => "Note", _ => null }, Notice.Done("Bedömningen är antecknad"), ItemAddress, ct);
    }

    public async Task<IActionResult> OnPostDecide(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Decide.Outcome is null) return Ask("Decide.Outcome", "Välj vad som ska ske med handlingen.");
        var outcome = await Commands.DecideItem(Id, Item.Target, new(Decide.Outcome, Decide.Terms, Decide.NothingCanBeGiven), Expected, HttpContext.Caller(), ct);
        return await After(outcome, nameof(Decide), code => code switch
        {
            "terms-missing" => "Terms",
            "rest-not-considered" => "NothingCanBeGiven",
            "outcome-unknown" or "no-ground" or "harm-found" or "absolute-secrecy" or "masks-missing" => "Outcome",
            _ => null,
        }, Notice.Done($"Handling {Place} är prövad"), Address, ct);
    }

    public async Task<IActionResult> OnPostDrop(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        var outcome = await Commands.Drop(Id, Item.Target, new(Drop.Reason), Expected, HttpContext.Caller(), ct);
        return await After(outcome, nameof(Drop), code => code == "reason-missing" ? "Reason" : null, Notice.Done($"Handling {Place} är borttagen ur begäran"), Address, ct);
    }
}
