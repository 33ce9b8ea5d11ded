using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.DataSubjects;

/// <summary>/registerutdrag/{id}/utdrag: what has to be examined first, and the extract itself when it has been made. Reading it is making it: an event each time.</summary>
public sealed class ExtractPageModel(SubjectRequests requests, SubjectRegister register, Extracts extracts) : PageModel
{
    public Guid Id { get; private set; }

    public SubjectState State { get; private set; } = SubjectState.None;

    public SubjectRow Row { get; private set; } = null!;

    public Extract? Extract { get; private set; }

    public string? Wrong { get; private set; }

    public bool MayProduce { get; private set; }

    public bool MayWork => State is { ClosedAt: null, Answer: null } && HttpContext.Caller().May(State.Authority, SubjectRequests.Handlers);

    public IReadOnlyList<TheirRecord> Records { get; private set; } = [];

    /// <summary>What in the running texts may be about others.</summary>
    public IReadOnlyList<MarkedVersion> Marked { get; private set; } = [];

    public int Undecided => Marked.Sum(m => m.Undecided);

    public static string Said(TextMarkKind kind) => kind switch
    {
        TextMarkKind.Sender => "har skrivit till myndigheten",
        TextMarkKind.Staff => "arbetar här",
        TextMarkKind.Handle => "ett konto",
        TextMarkKind.PersonalNumber => "som ett personnummer",
        TextMarkKind.Phone => "som ett telefonnummer",
        TextMarkKind.Email => "en e-postadress",
        _ => "skrivet som ett namn",
    };

    public static string Value(SubjectPassage passage) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{passage.Start}-{passage.Length}");

    public IReadOnlyList<TheirRecord> ToExamine => [.. Records.Where(r => r.Locked || r.BehindWall)];

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct) => await Load(id, ct) ? Page() : NotFound();

    public async Task<IActionResult> OnPostExamine(Guid id, Guid record, bool? release, string? provision, CancellationToken ct)
    {
        if (!await Load(id, ct)) return NotFound();
        return await requests.Examine(id, record, new(release, provision), default, HttpContext.Caller(), ct) is Outcome.Refused { Why: var why } ? Refused(why) : LocalRedirect($"/registerutdrag/{id:D}/utdrag");
    }

    /// <param name="marks">Every mark that was shown; <paramref name="stand"/> those that were ticked.</param>
    public async Task<IActionResult> OnPostPassages(Guid id, Guid record, Guid version, string[] marks, string[] stand, string? words, CancellationToken ct)
    {
        if (!await Load(id, ct)) return NotFound();
        List<SubjectPassage> standing = [.. stand.Select(Read).OfType<SubjectPassage>()];
        ExaminePassages command = new(version, [.. marks.Select(Read).OfType<SubjectPassage>().Except(standing)], standing, words?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return await requests.ExaminePassages(id, record, command, default, HttpContext.Caller(), ct) is Outcome.Refused { Why: var why } ? Refused(why) : LocalRedirect($"/registerutdrag/{id:D}/utdrag#h-andra");

        static SubjectPassage? Read(string value) => value.Split('-') is [var start, var length]
            && int.TryParse(start, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var from)
            && int.TryParse(length, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var many) ? new(from, many) : null;
    }

    public async Task<IActionResult> OnPostProduce(Guid id, string? form, CancellationToken ct)
    {
        if (!await Load(id, ct)) return NotFound();
        var (produced, outcome) = await requests.Produce(id, new(form), default, HttpContext.Caller(), ct);
        if (outcome is Outcome.Refused { Why: var why }) return Refused(why);
        Response.Headers.CacheControl = "private, no-store";
        if (produced!.Pdf is { } paper) return File(paper, "application/pdf", SubjectRoutes.FileName(produced, "pdf"));
        if (produced.Package is { } package) return File(package, "application/zip", SubjectRoutes.FileName(produced, "zip"));
        if (form == "json") return File(produced.Json, "application/json", SubjectRoutes.FileName(produced, "json"));
        Extract = produced.Extract;
        return Page();
    }

    private async Task<bool> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await requests.Find(id, caller, ct) is not { } state || await register.Find(id, caller, ct) is not { } row) return false;
        (Id, State, Row, MayProduce) = (id, state, row, SubjectRequests.MayProduce(state.Authority, caller));
        if (SubjectRequests.RefuseUnidentified(state) is { } unidentified) Wrong = unidentified.Explanation;
        else if (MayProduce)
        {
            Records = await extracts.Theirs(state, ct);
            Marked = (await requests.Marks(id, caller, ct)).Marked ?? [];
        }

        return true;
    }

    private IActionResult Refused(Refusal why)
    {
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        (Wrong, Response.StatusCode) = (why.Explanation, why.Status);
        return Page();
    }
}
