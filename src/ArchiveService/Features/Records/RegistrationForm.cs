using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Records;

/// <summary>
/// What every page asks that makes an entry in the diary: the subject, and a case, new, existing, or numbered by another system (OSL 5:2). The fields
/// stand in the partial view <c>_RegistrationFields</c>.
/// </summary>
public sealed class RegistrationForm
{
    private static readonly Choice New = new("new", "Nytt ärende", "Får nästa nummer i serien");

    private static readonly Choice Existing = new("existing", "Befintligt ärende");

    public string? Subject { get; set; }

    public string? PublicSubject { get; set; }

    public string? Where { get; set; }

    public string? CaseNumber { get; set; }

    public string? Title { get; set; }

    public string? ClassCode { get; set; }

    public string? Series { get; set; }

    public string? ExternalSystem { get; set; }

    public string? ExternalNumber { get; set; }

    public DateOnly? ExternalDay { get; set; }

    public string? SenderRecipient { get; set; }

    /// <summary>Whoever registers has read the warnings of the subject.</summary>
    public bool AcceptWarnings { get; set; }

    /// <summary>The subject holds something to look at; asked once before it is saved.</summary>
    public bool Asked { get; internal set; }

    /// <summary>The page asks for the sender: of a thread there are many.</summary>
    public bool NamesSender { get; internal set; }

    /// <summary>An entry stands already, and what is left empty says what it says.</summary>
    public bool Again { get; internal set; }

    public string DiaryMode { get; internal set; } = "own";

    /// <summary>The series a new case may be opened in; none where there is nothing to choose.</summary>
    public IReadOnlyList<Choice> AllSeries { get; internal set; } = [];

    /// <summary>The classes that may be chosen today; empty when the authority has no plan.</summary>
    public IReadOnlyList<Choice> Classes { get; internal set; } = [];

    /// <summary>Where the diary is kept in another system the number is given there, and only noted here.</summary>
    public IReadOnlyList<Choice> Ways => DiaryMode switch
    {
        "external" => [new("external", "Nummer från ett annat diariesystem", "Myndighetens diarium förs där")],
        "own" => [New, Existing],
        _ => [New, Existing, new("external", "Nummer från ett annat diariesystem")],
    };

    public NewCase? Fresh => Where == "new" ? new(Title, Given(ClassCode), Given(Series)) : null;

    public ExternalNumber? External => Where == "external" ? ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay) ?? new(null, null, null) : null;

    /// <summary>The field a refusal is about; null for none.</summary>
    public string? FieldOf(string code, IReadOnlyList<SubjectWarning>? warnings = null) => code switch
    {
        "subject-missing" => nameof(Subject),
        "subject-not-neutral" => warnings is [var first, ..] ? first.In switch { SubjectCheck.InPublicSubject => nameof(PublicSubject), SubjectCheck.InTitle => nameof(Title), _ => nameof(Subject) } : nameof(Subject),
        "public-subject-too-long" => nameof(PublicSubject),
        "case-title" => nameof(Title),
        "class-unknown" or "class-closed" or "class-not-yet" => nameof(ClassCode),
        "series-closed" or "series-unknown" => nameof(Series),
        "case-closed" or "case-voided" or "same-case" when External is null => nameof(CaseNumber),
        "external-number" or "external-number-taken" or "case-closed" or "case-voided" or "same-case" => nameof(ExternalNumber),
        _ => null,
    };

    internal static IReadOnlyList<Choice> SeriesChoices(IReadOnlyList<DiarySeries> all, DateOnly today)
    {
        var open = all.Where(s => s.IsOpenOn(today)).ToList();
        return open.Count < 2 ? [] : [new("", "Myndighetens vanliga serie"), .. open.Select(s => new Choice(s.Organ, s.Default ? $"{s.Organ} (förvald)" : s.Organ))];
    }

    internal static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>What the form may be filled in with at one authority.</summary>
public sealed class RegistrationForms(Classification.ClassificationPlans plans, CaseNumbers numbers, SeriesHandler series, TimeProvider clock)
{
    public const string CaseUnknown = "Det finns inget ärende med det diarienumret hos myndigheten.";

    public async Task Prepare(RegistrationForm form, Authority authority, CancellationToken ct)
    {
        form.DiaryMode = authority.Policy["diary.mode"];
        form.AllSeries = RegistrationForm.SeriesChoices(await series.Of(authority, ct), Swedish.Day(clock.GetUtcNow()));
        form.Classes = await plans.Choices(authority.Id, ct);
        form.Where ??= form.Ways[0].Value;
    }

    /// <summary>The case that an existing number names; null when another way is chosen. Not known: the page asks again.</summary>
    public async Task<(Guid? Case, bool Unknown)> CaseOf(RegistrationForm form, Authority authority, CancellationToken ct)
    {
        if (form.Where != "existing") return (null, false);
        var found = await numbers.Find(authority, form.CaseNumber ?? "", ct);
        return (found, found is null);
    }
}
