using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>A record beside a form: what it says now, who wrote it, and the state the decision will stand on.</summary>
public sealed record RecordGlance(Guid Id, RecordState State, string? Text, string? Author, DateTimeOffset? At)
{
    /// <summary>The sender's handle, where one is known.</summary>
    public string? Handle { get; init; }

    /// <summary>The capture a decision rests on: when it was made, its place in the log, and the checksum of what is sealed.</summary>
    public FactList? Evidence { get; init; }

    public RecordPaper Paper() => new("Handlingen", State.CapturedAt, Author ?? "Okänd avsändare", null, Text is null ? null : RecordText.Plain(Text))
    {
        Link = new LinkButton("Öppna handlingen", $"/handlingar/{Id:D}"),
        Absence = State.DisposedAt is not null ? "Innehållet är gallrat."
            : State.Locked ? "Innehållet är låst. Ingen får öppna det."
            : !State.ContentCaptured ? "Innehållet hann aldrig fångas."
            : string.IsNullOrEmpty(Text) ? "Handlingen har ingen text." : null,
        Small = true,
    };

    /// <summary>Where it stands now: the three regions and access, each for itself.</summary>
    public FactList Now() => new(
    [
        new("I kanalen", Marks.Of(State.Visibility, removedBy: State.RemovedBy).Word),
        new("Registrering", State.DiaryNumber ?? Marks.Of(State.Registration).Word, State.DiaryNumber is null ? FactLook.Text : FactLook.DiaryNumber),
        new("Åtkomst", State.Wall switch { Wall.Open => "Öppen", Wall.Unassessed => "Obedömd", _ => "Sekretess" }),
    ]);

    /// <summary>The third fact of OSL 5:2 where nobody has said otherwise: who sent what came in.</summary>
    public static async Task<string?> Sender(Guid id, RecordState state, Caller caller, SealedLog log, CancellationToken ct) =>
        state.Direction == Direction.Received ? (await Read(id, caller, log, ct))?.SenderOf(state) : null;

    public string? SenderOf(RecordState state) => state.Direction == Direction.Received ? Author : null;

    public static async Task<RecordGlance?> Read(Guid id, Caller caller, SealedLog log, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        var state = RecordState.From(history);
        if (Records.Invisible(state, caller)) return null;
        var contents = history.Where(h => h.Event is ItemCaptured { ContentCaptured: true } or ItemEdited).OrderBy(ShownAt).ToList();
        if (contents is not [.., var latest]) return new(id, state, null, null, null);
        var parts = (await log.Open([latest], ct)).GetValueOrDefault(latest.Id)?.Parts;
        var text = state.Locked ? null : parts?[Parts.Text];
        var html = latest.Event is ItemCaptured { TextFormat: TextFormat.Html } or ItemEdited { TextFormat: TextFormat.Html };
        return new(id, state, html && text is not null ? RecordViewText.FromHtml(text) : text, parts?[Parts.AuthorDisplayName] ?? parts?[Parts.AuthorHandle], ShownAt(latest)) { Evidence = EvidenceOf(latest), Handle = parts?[Parts.AuthorHandle] };
    }

    private static FactList EvidenceOf(EventStore.Recorded latest) => new(
    [
        new("Fångad", Swedish.DateAndClock(latest.Time)),
        new("Plats i loggen", latest.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture), FactLook.Number),
        new("Händelse", latest.Id.ToString("D"), FactLook.Code),
        .. latest.Event is SealableEvent { Sealed: { } sealedContent } ? [new Fact("Kontrollsumma (SHA-256) för det förseglade", sealedContent.Ct, FactLook.Checksum)] : Array.Empty<Fact>(),
    ], Stacked: true);

    private static DateTimeOffset ShownAt(EventStore.Recorded recorded) => recorded.Event switch
    {
        ItemCaptured e => e.EditedAt ?? e.Observed.OccurredAt ?? recorded.Time,
        ItemEdited e => e.Observed.OccurredAt ?? recorded.Time,
        _ => recorded.Time,
    };
}
