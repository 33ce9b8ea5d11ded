using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/registrera: into a new or an existing case (OSL 5:2).</summary>
public sealed class RegisterPageModel(SealedLog log, RegisterRecordHandler handler, AuthorityRegister authorities, Classification.ClassificationPlans plans, CaseNumbers numbers, SeriesHandler series, TimeProvider clock) : RecordActPage(log)
{
    /// <summary>Where the diary is kept in another system the number is given there, and only noted here.</summary>
    public IReadOnlyList<Choice> Ways => WaysOf(DiaryMode);

    internal static IReadOnlyList<Choice> WaysOf(string mode) => mode switch
    {
        "external" => [new("external", "Nummer från ett annat diariesystem", "Myndighetens diarium förs där")],
        "own" => [New, Existing],
        _ => [New, Existing, new("external", "Nummer från ett annat diariesystem")],
    };

    private static readonly Choice New = new("new", "Nytt ärende", "Får nästa nummer i serien");

    private static readonly Choice Existing = new("existing", "Befintligt ärende");

    /// <summary>The classes that may be chosen today; empty when the authority has no plan.</summary>
    public IReadOnlyList<Choice> Classes { get; private set; } = [];

    public string DiaryMode { get; private set; } = "own";

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    [BindProperty]
    public DateOnly? ExternalDay { get; set; }

    [BindProperty]
    public string? Subject { get; set; }

    [BindProperty]
    public string? Where { get; set; }

    [BindProperty]
    public string? CaseNumber { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public string? SenderRecipient { get; set; }

    [BindProperty]
    public string? PublicSubject { get; set; }

    /// <summary>Whoever registers has read the warnings of the subject.</summary>
    [BindProperty]
    public bool AcceptWarnings { get; set; }

    /// <summary>The subject holds something to look at; asked once before it is saved.</summary>
    public bool Asked { get; private set; }

    [BindProperty]
    public string? Series { get; set; }

    /// <summary>The series a new case may be opened in; none where there is nothing to choose.</summary>
    public IReadOnlyList<Choice> AllSeries { get; private set; } = [];

    internal static IReadOnlyList<Choice> SeriesChoices(IReadOnlyList<DiarySeries> all, DateOnly today)
    {
        var open = all.Where(s => s.IsOpenOn(today)).ToList();
        return open.Count < 2 ? [] : [new("", "Myndighetens vanliga serie"), .. open.Select(s => new Choice(s.Organ, s.Default ? $"{s.Organ} (förvald)" : s.Organ))];
    }

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var authority = (await authorities.Find(Glance!.State.Authority, ct))!;
        DiaryMode = authority.Policy["diary.mode"];
        AllSeries = SeriesChoices(await series.Of(authority, ct), Swedish.Day(clock.GetUtcNow()));
        Classes = await plans.Choices(authority.Id, ct);
        Where ??= Ways[0].Value;
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        Guid? caseId = null;
        if (Where == "existing")
        {
            caseId = await numbers.Find((await authorities.Find(Glance!.State.Authority, ct))!, CaseNumber ?? "", ct);
            if (caseId is null) return await Ask(nameof(CaseNumber), "Det finns inget ärende med det diarienumret hos myndigheten.", ct);
        }

        var sender = string.IsNullOrWhiteSpace(SenderRecipient) ? Glance!.Author : SenderRecipient.Trim();
        var fresh = Where == "new" ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode, string.IsNullOrWhiteSpace(Series) ? null : Series) : null;
        var external = Where == "external" ? ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay) ?? new(null, null, null) : null;
        var command = new RegisterRecord(caseId, fresh, external, Subject, sender, null, PublicSubject, AcceptWarnings);
        var (outcome, registered, warnings) = await handler.RegisterWarned(Id, command, Expected, HttpContext.Caller(), ct, ask: true);
        Asked = warnings.Count > 0;
        var about = warnings.Count == 0 ? nameof(Subject) : warnings[0].In switch { SubjectCheck.InPublicSubject => nameof(PublicSubject), SubjectCheck.InTitle => nameof(Title), _ => nameof(Subject) };
        return await After(
            outcome, Notice.Done(registered is null ? "Registrerad" : $"Registrerad som {RecordViewWords.DocumentNumber(registered.DiaryNumber, registered.DocumentNumber)}"),
            code => code switch { "subject-missing" => nameof(Subject), "subject-not-neutral" => about, "public-subject-too-long" => nameof(PublicSubject), "case-title" => nameof(Title), "class-unknown" or "class-closed" or "class-not-yet" => nameof(ClassCode), "series-closed" or "series-unknown" => nameof(Series), "case-closed" or "case-voided" when external is null => nameof(CaseNumber), "external-number" or "external-number-taken" or "case-closed" or "case-voided" => nameof(ExternalNumber), _ => null }, ct);
    }
}
