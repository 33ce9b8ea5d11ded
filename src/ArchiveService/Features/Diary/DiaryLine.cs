using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.Features.Diary;

/// <summary>
/// A line of the diary with the four facts of OSL 5:2. Date and number are always there; <paramref name="Withheld"/> says that the third and fourth,
/// sender or recipient and what it concerns, are kept apart from this reader. Then there is no record to open either.
/// </summary>
public sealed record DiaryLine(
    string DiaryNumber, int DocumentNumber, DateOnly Date, DateTimeOffset RegisteredAt, string Direction, string? Sender, string? Subject, bool Withheld, bool Destroyed,
    Guid? RecordId, Guid CaseId, string Authority, string? RecordType, string? Platform, string? ExternalSystem, string? Access)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public Guid EntryId { get; init; }

    /// <summary>record; or note, decision, appeal: a document the case has of its own, which is opened in the case.</summary>
    public string Kind { get; init; } = DiaryKinds.Record;

    /// <summary>Where the reader opens it; nowhere what is kept apart.</summary>
    internal string? Href => RecordId is { } record ? $"/handlingar/{record:D}" : Kind != DiaryKinds.Record && !Withheld ? $"/arenden/{CaseId:D}#handling-{DocumentNumber}" : null;

    /// <summary>What became of the entry: never overwritten, never taken away (arkivförordningen 3 §).</summary>
    public required EntryFate Fate { get; init; }

    /// <summary>Every version of the entry, for one number at a time.</summary>
    public IReadOnlyList<RegistrationVersion>? Versions { get; init; }
}

/// <summary>What kind of document an entry is of; its kind is as open as its number (OSL 5:2).</summary>
internal static class DiaryKinds
{
    public const string Record = "record";

    /// <summary>Null for a record, which says what it is itself.</summary>
    public static string? Said(string kind) => kind switch
    {
        "note" => "Tjänsteanteckning",
        "decision" => "Beslut",
        "appeal" => "Överklagande på papper",
        "protocol" => "Gallringsprotokoll",
        _ => null,
    };
}

/// <summary>
/// What became of an entry of the diary: where the document was transferred to or from, how often the entry was put right, which dates stood
/// there before, and whether the number has been voided (utgår).
/// </summary>
public sealed record EntryFate(string? TransferredTo, string? TransferredFrom, int Corrections, IReadOnlyList<DateOnly> EarlierDates, bool Voided)
{
    /// <summary>For the columns that <see cref="Columns"/> gives, from <paramref name="at"/> on.</summary>
    internal static EntryFate Read(NpgsqlDataReader row, int at) => new(
        row.IsDBNull(at) ? null : RecordViewWords.DocumentNumber(row.GetString(at), row.GetInt32(at + 1)),
        row.IsDBNull(at + 2) ? null : RecordViewWords.DocumentNumber(row.GetString(at + 2), row.GetInt32(at + 3)),
        row.GetInt32(at + 4), [.. row.GetFieldValue<DateTime[]>(at + 5).Select(t => Swedish.Day(new(t, TimeSpan.Zero))).Distinct()], row.GetBoolean(at + 6))
    {
        DateCorrections = row.GetFieldValue<DateTime[]>(at + 5).Length,
    };

    internal const string Columns = """
        t.to_number, t.to_document_number, f.from_number, f.document_number,
        (select count(*)::int from archive.diary_corrections k where k.case_id = p.case_id and k.document_number = p.document_number),
        array(select k.received_before from archive.diary_corrections k where k.case_id = p.case_id and k.document_number = p.document_number and k.received_before <> k.received_after order by k.correction),
        exists (select from archive.voided_numbers v where v.case_id = p.case_id)
        """;

    internal const string Joins = """
        left join archive.diary_transfers t on t.case_id = p.case_id and t.document_number = p.document_number
        left join archive.diary_transfers f on f.to_case_id = p.case_id and f.to_document_number = p.document_number
        """;

    /// <summary>How many of the corrections changed the date.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int DateCorrections { get; init; }

    /// <summary>What is left where sender and matter are withheld: how often those were put right tells of them, how often the date was does not (OSL 5:2).</summary>
    public EntryFate Known(bool withheld) => withheld ? this with { Corrections = DateCorrections } : this;

    /// <summary>In words, for the page.</summary>
    internal IEnumerable<string> Said()
    {
        if (TransferredTo is not null) yield return $"Utgår: överförd till {TransferredTo}";
        if (TransferredFrom is not null) yield return $"Överförd från {TransferredFrom}";
        if (Voided) yield return "Numret har utgått";
        if (Corrections > 0) yield return Corrections == 1 ? "Rättad" : $"Rättad {Corrections} gånger";
        if (EarlierDates.Count > 0) yield return $"Tidigare datum: {string.Join(", ", EarlierDates.Select(PageParts.Swedish.Date))}";
    }
}
