using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Proofs;

/// <summary>/handlingar/{id}/bevis: what can be proved of the record, and the bundle to fetch.</summary>
public sealed class RecordProofPageModel(Records.Records records, SealedLog log, ReadReasons reasons) : PageModel
{
    public Guid Id { get; private set; }

    public bool Locked { get; private set; }

    public bool Destroyed { get; private set; }

    /// <summary>The run that destroyed it, where the reader may see runs.</summary>
    public Guid? Run { get; private set; }

    /// <summary>What a copy can show, by the names in the log.</summary>
    public IReadOnlyList<string> PartNames { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        var caller = HttpContext.Caller();
        if (await records.Find(id, caller, ct) is not { } state) return NotFound();
        if (state.Wall == Wall.Secret && !await reasons.Given(caller.PersonId, id, ct)) return LocalRedirect($"/handlingar/{id:D}/oppna");
        var history = await log.Store.ReadStream(id, ct: ct);
        (Locked, Destroyed) = (state.Locked, state.DisposedAt is not null);
        Run = caller.May(state.Authority, Retention.Worklist.Readers) ? history.Select(h => h.Event).OfType<ItemDisposed>().LastOrDefault()?.Run : null;
        PartNames = [.. history.Select(h => h.Event).OfType<SealableEvent>().SelectMany(e => e.Sealed?.Cm.Keys ?? []).Distinct(StringComparer.Ordinal).OrderBy(p => p.StartsWith("attachment/", StringComparison.Ordinal)).ThenBy(Said, StringComparer.CurrentCulture)];
        return Page();
    }

    public static string Said(string part) => part switch
    {
        Parts.Raw => "Allt som plattformen sände, ordagrant",
        Parts.Text => "Text",
        Parts.AuthorDisplayName => "Avsändarens namn",
        Parts.AuthorHandle => "Avsändarens konto",
        Parts.AuthorNativeId => "Avsändarens id på plattformen",
        Parts.NativeId => "Handlingens id på plattformen",
        Parts.Permalink => "Adress i kanalen",
        Parts.Motivation => "Motivering",
        Parts.Subject => "Saken",
        _ when part.EndsWith("/bytes", StringComparison.Ordinal) => $"Bilagan {part[11..19]}",
        _ when part.EndsWith("/fileName", StringComparison.Ordinal) => $"Filnamnet till bilagan {part[11..19]}",
        _ when part.EndsWith("/altText", StringComparison.Ordinal) => $"Beskrivningen av bilagan {part[11..19]}",
        _ => part,
    };
}
