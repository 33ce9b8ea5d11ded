using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}: the record as it was, its versions, its conversation, what was done to it and why.</summary>
public sealed class RecordModel(RecordViews views, RecordReads reads, RecordViewFreshness freshness) : PageModel
{
    public RecordView Record { get; private set; } = null!;

    public IReadOnlyList<RecordViewVersion> Versions { get; private set; } = [];

    public IReadOnlyList<RecordViewFile> Files { get; private set; } = [];

    public IReadOnlyList<TimelineItem> Acts { get; private set; } = [];

    public IReadOnlyList<ThreadItem> Thread { get; private set; } = [];

    public int ThreadSize { get; private set; }

    private IReadOnlyList<RecordActRow> acts = [];

    public RecordViewRow Row => Record.Row;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        // On a page the latest that can be shown is better than a refusal: the wait is bounded all the same.
        await freshness.Reach(Request, ct);
        var caller = HttpContext.Caller();
        var sight = views.Sight(caller);
        if (await RecordViews.Find(sight, id, ct) is not { } record) return NotFound();
        await reads.Note(caller, [(id, record.Wall)], ct);
        Record = record;
        Versions = await RecordViews.Versions(sight, id, ct);
        acts = await RecordViews.Acts(sight, id, ct);
        Files = await RecordViews.Files(sight, id, Versions, acts, ct);
        var names = await RecordViews.Names(sight, acts.Select(a => a.ActorId).OfType<Guid>(), ct);
        Acts = [.. acts.OrderByDescending(a => a.ValidAt).ThenByDescending(a => a.Seq).Select(a => RecordViewWords.Act(a, names))];
        var thread = await RecordViews.Thread(sight, Row, ct);
        ThreadSize = thread.Count;
        Thread = Nested(thread, id);
        return Page();
    }

    /// <summary>What this reader may do with the record now; the commands themselves decide again.</summary>
    public IReadOnlyList<LinkButton> Ways
    {
        get
        {
            if (Row.Destroyed) return [];
            var caller = HttpContext.Caller();
            var ways = new List<LinkButton>();
            if (caller.May(Row.AuthorityId, Role.Moderator, Role.Kommunikator)) ways.Add(new("Ta ned", $"/handlingar/{Row.RecordId:D}/ta-ned"));
            if (caller.May(Row.AuthorityId, Role.Registrator) && Row.DiaryNumber is null) ways.Add(new("Registrera", $"/handlingar/{Row.RecordId:D}/registrera"));
            if (caller.May(Row.AuthorityId, Role.Registrator, Role.Moderator, Role.Arkivarie) && Record.Wall != "secret") ways.Add(new("Sekretessmarkera", $"/handlingar/{Row.RecordId:D}/sekretess"));
            return ways;
        }
    }

    public string Sender => RecordViewWords.Sender(Row.SenderName, Row.SenderHandle, Row.Destroyed);

    public string? Number => Row.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, Row.DocumentNumber) : null;

    public string Heading => $"{RecordViewWords.Kind(Row.Kind)} av {Sender}";

    public StateStrip Strip => StateStrip.Of(
        StateCell.Channel(RecordViewWords.Visibility(Row), Row.VisibilityAt is { } at ? Swedish.DateAndClock(at) : null),
        StateCell.Registration(Marks.Registration(Row.Registration, Number), Row.RegisteredAt is { } registered ? Swedish.Date(registered) : null),
        StateCell.Retention(Row.Destroyed ? Marks.Destroyed : Marks.NoRule.Saying("Bevaras"), Row.DisposedAt is { } disposed ? Swedish.Date(disposed) : null),
        Record.Wall switch
        {
            "secret" => StateCell.Secret(Row.SecrecyProvision),
            "unassessed" => new StateCell("Åtkomst", new Mark(Icon.Warning, "Obedömd", Tone.Attention), null, "bara den som bedömer ser den"),
            _ => StateCell.Open(),
        });

    public RecordPaper Paper => new(
        Versions.Count > 1 ? $"Senaste lydelsen, version {Versions.Count}" : "Så som den fångades",
        Row.CapturedAt, Sender, Record.ParentSender is { } parent ? $"svarade {parent}" : null, Row.Text is null ? null : RecordText.Plain(Row.Text))
    {
        Absence = Row.Destroyed ? $"Innehållet är gallrat{(Row.DisposedAt is { } at ? " " + Swedish.Date(at) : "")}. Uppgifterna om handlingen finns kvar."
            : !Row.ContentCaptured ? "Innehållet hann aldrig fångas: plattformen berättade bara vad som hände med det."
            : string.IsNullOrEmpty(Row.Text) ? "Handlingen har ingen text." : null,
        Foot =
        [
            $"På {RecordViewWords.Platform(Row.Platform)} {Swedish.DateAndClock(Row.OccurredAt)}",
            .. Versions.Count > 1 ? [$"Ändrad {string.Join(", ", Versions.Skip(1).Select(v => Swedish.DateAndClock(v.Row.ValidAt)))}"] : Array.Empty<string>(),
            .. Row.Reactions > 0 ? [Swedish.Count(Row.Reactions, "reaktion", "reaktioner")] : Array.Empty<string>(),
        ],
        Link = Row.Permalink is { } link && Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? new("Visa på plattformen", link) : null,
    };

    public VersionList VersionsShown => VersionList.Of(
        [.. Versions.Select(v => (v.Row.ValidAt, v.Row.Certainty == "inferred" ? "slutsats" : $"känd här {Swedish.DateAndClock(v.Row.RecordedAt)}", v.Row.Destroyed ? "[gallrad]" : v.Row.Text))]);

    public AttachmentList FilesShown => new([.. Files.Select(f => new AttachmentItem(
        f.Name is { Length: > 0 } name ? name : Row.Destroyed ? "Gallrad bilaga" : "Bilaga utan namn", f.MediaType, f.Bytes,
        f.Bytes is null ? "Filen fanns i kanalen men är inte sparad här." : null,
        f.Bytes is null || Row.Destroyed ? null : $"/api/v1/records/{Row.RecordId}/attachments/{f.Id}"))]);

    public FactList Registration
    {
        get
        {
            var diaryAct = acts.LastOrDefault(a => a.Name == "record_registered");
            return new(
            [
                new("Diarienummer", Number!, FactLook.DiaryNumber, $"/diarium?q={Uri.EscapeDataString(Row.DiaryNumber!)}"),
                Record.CaseTitle is { } title ? new("Ärende", title) : new("Ärende", "", FactLook.Omitted),
                new("Registrerad", Row.RegisteredAt is { } at ? Swedish.Date(at) : "–"),
                new("Saken", Row.Subject ?? (diaryAct is null ? "–" : "gallrad")),
                new("Handlingstyp", Row.RecordType),
            ]);
        }
    }

    public FactList Capture => new(
    [
        new("Myndighet", Record.AuthorityName),
        new("Kanal", $"{RecordViewWords.Platform(Row.Platform)}{(Record.ChannelHandle is { } handle ? " " + handle : "")}"),
        .. Row.AuthorId is { } account ? [new Fact("Konto", Row.SenderHandle ?? Sender, Href: $"/konton/{account}")] : Array.Empty<Fact>(),
        new("Riktning", RecordViewWords.Direction(Row.Direction).Word),
        new("Fångad", Swedish.DateAndClock(Row.CapturedAt)),
        .. Row.Flags.Length > 0 ? [new Fact("Anmärkningar", string.Join(", ", Row.Flags), FactLook.Code)] : Array.Empty<Fact>(),
        new("Handlingens id", Row.RecordId.ToString("D"), FactLook.Code),
    ]);

    /// <summary>Answers under what they answer, some levels deep; deeper ones stand level with the last.</summary>
    private static IReadOnlyList<ThreadItem> Nested(IReadOnlyList<(RecordViewRow Row, string Wall)> thread, Guid here)
    {
        const int Deepest = 5;
        var shown = thread.Select(t => t.Row.RecordId).ToHashSet();
        var children = thread.Where(t => t.Row.ParentId is { } parent && shown.Contains(parent) && parent != t.Row.RecordId).ToLookup(t => t.Row.ParentId!.Value);
        var placed = new HashSet<Guid>();

        List<ThreadItem> Under(IEnumerable<(RecordViewRow Row, string Wall)> rows, int depth)
        {
            var items = new List<ThreadItem>();
            foreach (var row in rows)
            {
                if (!placed.Add(row.Row.RecordId)) continue;
                var replies = Under(children[row.Row.RecordId], depth + 1);
                items.Add(Item(row.Row, row.Wall, here) with { Replies = depth < Deepest ? replies : [] });
                if (depth >= Deepest) items.AddRange(replies);
            }

            return items;
        }

        var roots = Under(thread.Where(t => t.Row.ParentId is not { } parent || !shown.Contains(parent) || parent == t.Row.RecordId), 0);
        roots.AddRange(Under(thread, 0));
        return roots;
    }

    private static ThreadItem Item(RecordViewRow row, string wall, Guid here) => new(
        RecordViewWords.Sender(row.SenderName, row.SenderHandle, row.Destroyed), RecordViewWords.Direction(row.Direction), row.OccurredAt, RecordText.Plain(row.Text))
    {
        Here = row.RecordId == here,
        Href = $"/handlingar/{row.RecordId}",
        Mark = row.Visibility == "visible" ? null : RecordViewWords.Visibility(row),
        IsSecret = wall == "secret",
        Absence = row.Destroyed ? "Gallrad." : wall != "open" && row.RecordId != here ? "Öppna handlingen för att läsa den. Läsningen antecknas."
            : string.IsNullOrEmpty(row.Text) ? "Ingen text." : null,
    };
}
