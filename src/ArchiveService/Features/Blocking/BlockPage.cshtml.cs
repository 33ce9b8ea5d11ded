using ArchiveService.Access;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Blocking;

/// <summary>/konton/{id}/blockera: a sender is blocked, or the block is lifted.</summary>
public sealed class BlockPageModel(BlockingHandler handler, AuthorityRegister authorities, Databases databases) : PageModel
{
    public static IReadOnlyList<Choice> Kinds { get; } = [new("until", "Till en dag"), new("review", "Tills vidare", "Med en dag då den omprövas.")];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    [BindProperty]
    public List<string> Grounds { get; set; } = [];

    [BindProperty]
    public List<Guid> Evidence { get; set; } = [];

    [BindProperty]
    public string? Motivation { get; set; }

    [BindProperty]
    public string? Proportionality { get; set; }

    [BindProperty]
    public string? Viewpoint { get; set; }

    [BindProperty]
    public string? ViewpointNote { get; set; }

    [BindProperty]
    public string? Kind { get; set; } = "until";

    [BindProperty]
    public DateOnly? Day { get; set; }

    [BindProperty]
    public string? LegalReference { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public AccountState State { get; private set; } = AccountState.None;

    public string Name { get; private set; } = "";

    public string Rule { get; private set; } = "";

    /// <summary>Why this reader may not block anybody here.</summary>
    public string? Why { get; private set; }

    public IReadOnlyList<Choice> AllGrounds { get; private set; } = [];

    public IReadOnlyList<Choice> Records { get; private set; } = [];

    public FactList Standing(SenderBlocked block) => new(
    [
        new("Grund", Swedish.Sentence(string.Join(", ", block.Grounds.Select(RecordViewWords.Ground)))),
        block.Until is { } until ? new("Gäller till", Swedish.Date(until)) : new("Omprövas", Swedish.Date(block.ReviewOn!.Value)),
        new("Vilar på", Swedish.Count(block.Evidence.Count, "handling", "handlingar"), Href: $"/sok?account={Id:D}"),
        new("Motsatt åsikt", block.ViewpointNeutral ? "Skulle blockeras ändå" : "Saknar betydelse för grunden"),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Load(ct) ? Page() : NotFound();

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (ModelState.ErrorCount > 0) return Page();
        IfMatch expected = new(Version == 0 ? null : Version);
        var blocked = State.Block is not null;
        var outcome = blocked
            ? await handler.Unblock(Id, new(Reason), expected, HttpContext.Caller(), ct)
            : (await handler.Block(Id, new(
                Grounds, Motivation, Proportionality, Kind == "until" ? Day : null, Kind == "review" ? Day : null, Evidence,
                Viewpoint switch { "yes" => true, "no" => false, _ => null }, ViewpointNote, LegalReference), expected, HttpContext.Caller(), ct)).Outcome;
        if (outcome is Outcome.Done done)
        {
            TempData.Tell(blocked ? Notice.Done("Blockeringen är hävd", "Har du inte redan gjort det, häv den på plattformen också.") : Notice.Done("Blockeringen är antecknad", "Har du inte redan gjort det, blockera på plattformen också."));
            return LocalRedirect($"/blockerade?after={done.LastSequence}");
        }

        var why = ((Outcome.Refused)outcome).Why;
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(why.Code switch
        {
            "ground-missing" or "ground-not-in-policy" => nameof(Grounds),
            "motivation-missing" => nameof(Motivation),
            "proportionality-missing" => nameof(Proportionality),
            "duration-missing" or "duration-out-of-range" => nameof(Day),
            "evidence-missing" or "evidence-not-of-account" => nameof(Evidence),
            "viewpoint-missing" or "viewpoint-not-neutral" => nameof(Viewpoint),
            "reason-missing" => nameof(Reason),
            _ => "",
        }, why.Explanation);
        if (why.Status == StatusCodes.Status412PreconditionFailed)
        {
            Response.StatusCode = why.Status;
            Version = State.Version;
            ModelState.Remove(nameof(Version));
        }

        return Page();
    }

    private async Task<bool> Load(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await handler.Find(Id, caller, ct) is not { } state) return false;
        State = state;
        if (Version == 0) Version = state.Version;
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        var value = policy.Of("blocking.allowed");
        Rule = $"Blockering: {PolicyKeys.Word(value.Key, value.Value)} ({value.Requirement}).";
        Why = state.Own ? "Det är kanalens eget konto."
            : policy.Blocking == "no" ? "Myndighetens policy tillåter inte blockering."
            : BlockSender.Refuse(caller, state.Authority, policy)?.Explanation;
        AllGrounds = [.. policy.Grounds.Select(g => new Choice(g.Ground, Swedish.Sentence(PolicyKeys.Grounds.GetValueOrDefault(g.Ground, g.Ground))))];
        await Read(RecordViewSight.Of(databases, caller), ct);
        return true;
    }

    /// <summary>What the account is called and last wrote, as far as the reader may know; behind a wall nothing of the text.</summary>
    private async Task Read(RecordViewSight sight, CancellationToken ct)
    {
        var sql = new SqlText();
        sql.Add($"""
            select r.record_id, r.kind, r.occurred_at, case when r.wall = 'open' then left(r.text, 120) end, r.sender_name, r.sender_handle, r.visibility
            from {sight.Records} r where r.author_id = {sql.Value(Id)} and {sight.Allows(sql, "r")} order by r.occurred_at desc, r.record_id desc limit 25
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var records = new List<Choice>();
        while (await rows.ReadAsync(ct))
        {
            if (records.Count == 0) Name = RecordViewWords.Sender(rows.Text(4), rows.Text(5));
            records.Add(new(
                rows.GetGuid(0).ToString("D"), $"{RecordViewWords.Kind(rows.GetString(1))} {Swedish.DateAndClock(rows.GetFieldValue<DateTimeOffset>(2))}",
                $"{Marks.Visibility(rows.GetString(6)).Word}. {rows.Text(3)}".Trim()));
        }

        Records = records;
    }
}
