using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/ratta: the registration put right by a new entry, with every earlier one beside it (arkivförordningen 3 §).</summary>
public sealed class CorrectPageModel(SealedLog log, CorrectRegistrationHandler handler, Databases databases) : RecordActPage(log)
{
    [BindProperty]
    public string? Subject { get; set; }

    [BindProperty]
    public string? PublicSubject { get; set; }

    [BindProperty]
    public bool AcceptWarnings { get; set; }

    /// <summary>The new subject holds something to look at; asked once before it is saved.</summary>
    public bool Asked { get; private set; }

    [BindProperty]
    public string? SenderRecipient { get; set; }

    [BindProperty]
    public string? RecordType { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public DateOnly? ReceivedOn { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public IReadOnlyList<RegistrationVersion> Versions { get; private set; } = [];

    public RegistrationVersion? Now => Versions.Count > 0 ? Versions[^1] : null;

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        Versions = await RegistrationVersion.Read(Id, HttpContext.Caller(), Log, ct) ?? [];
        if (Now is not { } now || HttpMethods.IsPost(Request.Method)) return;
        (Subject, PublicSubject, SenderRecipient, RecordType, ReceivedOn) = (now.Subject, now.PublicSubject, now.SenderRecipient, now.RecordType, Swedish.Day(now.ReceivedAt));
        await using var query = databases.Staff.CreateCommand("select class_code from archive.cases where case_id = $1");
        query.Parameters.Add(new() { Value = now.Case });
        ClassCode = await query.ExecuteScalarAsync(ct) as string;
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();

        // The day as the form shows it: the hour is touched only with it.
        var received = ReceivedOn is { } day && Now is { } now && day != Swedish.Day(now.ReceivedAt) ? Noon(day) : (DateTimeOffset?)null;
        var command = new CorrectRegistration(Subject ?? "", SenderRecipient ?? "", string.IsNullOrWhiteSpace(RecordType) ? null : RecordType, ClassCode ?? "", received, Reason, PublicSubject ?? "", AcceptWarnings);
        var outcome = await handler.Correct(Id, command, Expected, HttpContext.Caller(), ct, ask: true);
        Asked = outcome is Outcome.Refused { Why.Code: "subject-not-neutral" };
        return await After(
            outcome, Notice.Done("Registreringen är rättad", "Den tidigare anteckningen står kvar och syns bland versionerna."),
            code => code switch
            {
                "subject-missing" or "subject-not-neutral" => nameof(Subject),
                "public-subject-too-long" => nameof(PublicSubject),
                "sender-too-long" => nameof(SenderRecipient),
                "record-type" => nameof(RecordType),
                "case-class" => nameof(ClassCode),
                "received-date" => nameof(ReceivedOn),
                "reason-missing" => nameof(Reason),
                _ => null,
            }, ct, to: $"/handlingar/{Id:D}/ratta");
    }

    private static DateTimeOffset Noon(DateOnly day) => new(day, new TimeOnly(11, 0), TimeSpan.Zero);
}
