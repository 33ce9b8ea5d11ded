using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Cases;

/// <summary>
/// What the documents say that a case has of its own: tjänsteanteckningar, decisions, and appeals on paper. Their numbers and dates, marks and releases stand in
/// <c>archive.case_documents</c>, written with the events; the two together make the diary's rows.
/// </summary>
internal static class CaseDocumentTables
{
    /// <summary>What the public diary shows instead of the subject, where the writer gave it.</summary>
    public const string PublicPart = "publicSubject";

    private sealed record Row(Recorded At, int Number, string Kind, string? Counterpart, string? Subject, string? Public, string? Content);

    public static async Task Write(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        var rows = page.Select(r => Of(r, opened.GetValueOrDefault(r.Id)?.Parts)).OfType<Row>().ToList();
        if (rows.Count > 0)
        {
            // Behind the innermost wall until it is placed, in this transaction.
            await using var insert = new NpgsqlCommand($"""
                insert into {schema}.all_case_documents (entry_id, wall, authority_id, case_id, diary_number, document_number, kind, counterpart, subject, public_subject, content, destroyed, seq)
                select d.entry_id, 'secret', d.authority_id, d.case_id, c.diary_number, d.document_number, d.kind, n.counterpart, n.subject, n.public_subject, n.content, n.destroyed, n.seq
                from unnest($1, $2, $3, $4, $5, $6, $7, $8) n(case_id, document_number, counterpart, subject, public_subject, content, destroyed, seq)
                join archive.case_documents d using (case_id, document_number) join archive.cases c using (case_id)
                """, transaction.Connection, transaction);
            insert.Parameters.Add(new() { Value = rows.Select(r => r.At.StreamId).ToArray() });
            insert.Parameters.Add(new() { Value = rows.Select(r => r.Number).ToArray() });
            insert.Parameters.Add(Texts(rows.Select(r => r.Counterpart)));
            insert.Parameters.Add(Texts(rows.Select(r => r.Subject)));
            insert.Parameters.Add(Texts(rows.Select(r => r.Public)));
            insert.Parameters.Add(Texts(rows.Select(r => r.Content)));
            insert.Parameters.Add(new() { Value = rows.Select(r => opened.GetValueOrDefault(r.At.Id) is { IsDestroyed: true }).ToArray() });
            insert.Parameters.Add(new() { Value = rows.Select(r => r.At.Sequence).ToArray() });
            await insert.ExecuteNonQueryAsync(ct);
        }

        var touched = page.Where(r => r.Event is CaseDocumentAdded or CaseDocumentTransferred or CaseClosed or CaseNoteWritten or CaseDecisionMade or CaseProtocolRegistered or CaseAppealReceived { Record: null }
                or CaseDocumentMarked or CaseDocumentMarkLifted or CaseTitleMarked or CaseTitleMarkLifted or CaseDocumentReleased or CaseDocumentWithheld)
            .Select(r => r.StreamId).Distinct().ToArray();
        if (touched.Length == 0) return;
        await using var place = new NpgsqlCommand($"select {schema}.place_case_documents($1)", transaction.Connection, transaction);
        place.Parameters.Add(new() { Value = touched });
        await place.ExecuteNonQueryAsync(ct);
    }

    private static Row? Of(Recorded at, Parts? parts) => at.Event switch
    {
        CaseNoteWritten e => new(at, e.DocumentNumber, "note", parts?["with"], parts is null ? null : "Tjänsteanteckning", null, parts?[Parts.Text]),
        CaseDecisionMade e => new(
            at, e.DocumentNumber, "decision", null, parts is null ? null : parts[Parts.Subject] ?? "Beslut", parts?[PublicPart],
            string.Join('\n', new[] { parts?[Parts.Text], parts?[Parts.Motivation] }.OfType<string>()) is { Length: > 0 } said ? said : null),
        CaseProtocolRegistered e => new(at, e.DocumentNumber, "protocol", null, parts is null ? null : parts[Parts.Subject] ?? "Gallringsprotokoll", null, null),
        CaseAppealReceived { Record: null } e => new(at, e.DocumentNumber, "appeal", parts?["appellant"], parts is null ? null : parts[Parts.Subject] ?? "Överklagande", parts?[PublicPart], null),
        _ => null,
    };

    private static NpgsqlParameter Texts(IEnumerable<string?> texts) => new() { Value = texts.Select(RecordViewText.Clean).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
