using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/handlingar/{nr}/kopior: files that a copy masked by hand stands in for, and why.</summary>
[RequestSizeLimit(AttachmentLimit.Default + (1024 * 1024))]
[RequestFormLimits(MultipartBodyLengthLimit = AttachmentLimit.Default + (1024 * 1024))]
public sealed class CopiesModel(Requests requests, DisclosureRegister register, RecordReads reads, OriginalDocuments documents, AttachmentLimit limit) : DisclosureItemPage(requests, register, reads, documents)
{
    public sealed class ReplaceForm
    {
        public Guid? Attachment { get; set; }

        public string? Provision { get; set; }

        public string? Note { get; set; }

        public bool Checked { get; set; }

        public IFormFile? File { get; set; }
    }

    [BindProperty]
    public ReplaceForm Replace { get; set; } = new();

    public bool MayReplace => MayHandle && !Item.Delivered && Item.Of(ExaminationStep.Provision) is { Finding: "possible" };

    public IReadOnlyList<Choice> Choices => [.. Original!.Files.Select(f => new Choice(f.Id.ToString("D"), f.Name ?? "Fil utan namn", $"{f.MediaType}, {Swedish.Bytes(f.Bytes)}"))];

    /// <summary>What a masked copy of the record would give out of the file.</summary>
    public string Said(DocumentFile file) =>
        Map.OfAttachment(file.Id) is { } hidden ? $"inte alls, {hidden.Provision}"
        : Item.Copies.GetValueOrDefault(file.Id) is { } copy ? $"ersatt av maskad kopia ({copy.Provision}, {Swedish.Bytes(copy.Bytes)})"
        : CleanFile.MayBe(file.MediaType, file.Bytes) ? "rensad från dolda uppgifter, om det går" : "går inte att rensa: ersätt den, eller maska den hel";

    protected override async Task<bool> Prepare(CancellationToken ct) => await base.Prepare(ct) && Original is { Files.Count: > 0 };

    public override async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        Replace.Provision = Provision;
        if (Original!.Files.Count == 1) Replace.Attachment = Original.Files[0].Id;
        return Page();
    }

    public async Task<IActionResult> OnPostReplace(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Replace.Attachment is not { } attachment) return Ask("Replace.Attachment", "Välj vilken bilaga kopian ersätter.");
        if (Replace.File is not { Length: > 0 } file) return Ask("Replace.File", "Välj den maskade kopian.");
        await using var bytes = file.OpenReadStream();
        Http.Outcome outcome;
        try
        {
            outcome = await Commands.Replace(Id, Item.Target, attachment, new(Replace.Provision, Replace.Note, Replace.Checked), FileCopyRoutes.NameOf(file), bytes, Expected, HttpContext.Caller(), ct);
        }
        catch (Exception error) when (FileCopyRoutes.Refused(error, limit) is not null)
        {
            var why = FileCopyRoutes.Refused(error, limit)!;
            Response.StatusCode = why.Status;
            return Ask("Replace.File", why.Explanation);
        }

        return await After(outcome, nameof(Replace), code => code switch
        {
            "provision-missing" => "Provision",
            "note-too-long" => "Note",
            "copy-not-checked" => "Checked",
            "file-missing" => "File",
            _ => null,
        }, Notice.Done("Bilagan är ersatt av den maskade kopian", "Originalet är orört. Besluta nu om handlingen."), $"{ItemAddress}/kopior", ct);
    }

    public async Task<IActionResult> OnPostWithdraw(Guid attachment, CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        return await After(await Commands.WithdrawCopy(Id, Item.Target, attachment, Expected, HttpContext.Caller(), ct), "Withdraw", _ => null, Notice.Done("Kopian används inte mer", "Filen själv rensas eller maskas i stället."), $"{ItemAddress}/kopior", ct);
    }
}
