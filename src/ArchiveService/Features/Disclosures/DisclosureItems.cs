using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Disclosures;

/// <summary>Something found, as a reader who may know of it sees it in a list.</summary>
/// <param name="Begins">Who wrote it and how it begins; nothing of what stands behind a wall.</param>
public sealed record SeenItem(FoundItem Item, RecordState? Record, string Title, string? Begins)
{
    public Mark Mark => Item switch
    {
        { Kind: FoundKind.Case } => new(Icon.Held, "Hålls kvar", Tone.Hold),
        { Refused: true } => Marks.Attention("Avslag beslutat"),
        { Delivered: true } => Marks.Done("Utlämnad"),
        { Declined: true } => Marks.Attention("Nekad"),
        { Outcome: { } outcome } => Marks.Waiting(ExaminationWords.Said(outcome)),
        { Steps.Count: > 0 } => Marks.Waiting("Prövas"),
        _ => Marks.Waiting("Inte prövad"),
    };

    /// <summary>Where it is read as it is.</summary>
    public string Href => Item switch
    {
        { Kind: FoundKind.Case } => $"/arenden/{Item.Target:D}",
        { Kind: FoundKind.Document } => $"/arenden/{Item.Case:D}#handling-{Record?.DocumentNumber}",
        _ => $"/handlingar/{Item.Target:D}",
    };

    /// <summary>What the mark leaves unsaid.</summary>
    public string? More => Item switch
    {
        { Kind: FoundKind.Case } => null,
        { Delivered: true, Outcome: ItemOutcome.Mask or ItemOutcome.Reservation } => $"{ExaminationWords.Said(Item.Outcome.Value)}{(Item.Declined ? ", besked om beslut givet" : "")}",
        { Outcome: not null, Provisions.Length: > 0 } => string.Join(", ", Item.Provisions),
        { IsMasked: true } => Item.Hidden,
        _ => null,
    };
}

/// <summary>What is in a request, in words. What the reader may not know of is no item for them.</summary>
public sealed class DisclosureItems(Databases databases, OriginalDocuments documents, RequestItems items)
{
    public async Task<IReadOnlyList<SeenItem>> Seen(DisclosureState state, Caller caller, CancellationToken ct)
    {
        var found = new List<(FoundItem Item, RecordState? Record)>();
        foreach (var item in state.Items)
        {
            if (item.Kind == FoundKind.Case)
            {
                if (await items.MaySee(item, caller, ct)) found.Add((item, null));
            }
            else if (await documents.Find(item.Target, caller, ct) is { } record) found.Add((item, record));
        }

        var numbers = await Numbers([.. found.Where(f => f.Record is null).Select(f => f.Item.Target)], ct);
        var begins = await Beginnings([.. found.Where(f => f.Record is { Wall: Wall.Open, DisposedAt: null }).Select(f => f.Item.Target)], ct);
        return [.. found.Select(f => new SeenItem(f.Item, f.Record, f.Record is { } record ? Title(record) : $"Ärende {numbers.GetValueOrDefault(f.Item.Target)}".TrimEnd(), begins.GetValueOrDefault(f.Item.Target)))];
    }

    /// <summary>"Kommentar, inkommen 2026-03-01, KS 2026/17-3": nothing but what a diary always shows.</summary>
    public static string Title(RecordState record) => string.Join(", ", new[]
    {
        CaseDocuments.Said(record.RecordType) ?? Swedish.Sentence(Retention.Words.RecordTypes.GetValueOrDefault(record.RecordType, "handling")),
        $"{(record.Direction == Direction.DrawnUp ? "upprättad" : "inkommen")} {Swedish.Date(record.ReceivedAt)}",
        record.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, record.DocumentNumber) : null,
    }.OfType<string>());

    private async Task<Dictionary<Guid, string>> Numbers(Guid[] cases, CancellationToken ct)
    {
        var numbers = new Dictionary<Guid, string>();
        if (cases.Length == 0) return numbers;
        await using var query = databases.Staff.CreateCommand("select case_id, diary_number from archive.cases where case_id = any ($1)");
        query.Parameters.Add(new() { Value = cases });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) numbers[rows.GetGuid(0)] = rows.GetString(1);
        return numbers;
    }

    private async Task<Dictionary<Guid, string>> Beginnings(Guid[] open, CancellationToken ct)
    {
        var found = new Dictionary<Guid, string>();
        if (open.Length == 0) return found;
        await using var query = databases.Staff.CreateCommand("select record_id, sender_name, sender_handle, left(text, 120) from views.record_view where record_id = any ($1)");
        query.Parameters.Add(new() { Value = open });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = $"{RecordViewWords.Sender(rows.Text(1), rows.Text(2))}{(rows.Text(3) is { Length: > 0 } text ? $": {text}" : "")}";
        return found;
    }

    /// <summary>What people are called, by the actor of an event.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Names(IEnumerable<string?> actors, CancellationToken ct)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        Guid[] ids = [.. actors.Select(a => Guid.TryParse(a, out var id) ? id : (Guid?)null).OfType<Guid>().Distinct()];
        if (ids.Length == 0) return names;
        await using var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0).ToString("D")] = rows.GetString(1);
        return names;
    }
}
