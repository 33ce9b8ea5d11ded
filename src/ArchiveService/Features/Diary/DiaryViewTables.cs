using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Diary;

/// <summary>The diary's rows: one a registration, and its masked twin for everybody.</summary>
internal static class DiaryViewTables
{
    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    public static async Task Write(
        NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, RecordViewPage records, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        await Register(transaction, schema, [.. page.Where(r => r.Event is RecordRegistered)], records, opened, ct);
        await Correct(transaction, schema, page, opened, ct);
        await Release(transaction, schema, page, ct);
        await Publish(transaction, schema, page, ct);
    }

    private static async Task Register(
        NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> registered, RecordViewPage records, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        await transaction.Copy(
            $"""
            {schema}.all_diary (record_id, wall, entry_id, authority_id, case_id, diary_number, document_number, direction, diary_date, received_at, registered_at,
              record_type, platform, external_system, sender, subject, public_subject, released, destroyed, seq)
            """,
            registered,
            async (to, recorded) =>
            {
                var entry = (RecordRegistered)recorded.Event;
                var sealedParts = opened.GetValueOrDefault(recorded.Id);
                await to.Id(recorded.StreamId);
                await to.Text(records.WallOf(recorded.StreamId));
                await to.Id(recorded.Id);
                await to.Id(entry.Authority);
                await to.Id(entry.Case);
                await to.Text(entry.DiaryNumber);
                await to.Int(entry.DocumentNumber);
                await to.Text(RecordStates.Stored(entry.Direction));
                await to.Day(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(entry.ReceivedAt, Stockholm).DateTime));
                await to.Time(entry.ReceivedAt);
                await to.Time(entry.RegisteredAt);
                await to.Text(entry.RecordType);
                await to.Text(records.Find(recorded.StreamId)!.Platform);
                await to.Text(entry.ExternalSystem);
                await to.Text(RecordViewText.Clean(sealedParts?.Parts?["senderRecipient"]));
                await to.Text(RecordViewText.Clean(sealedParts?.Parts?[Parts.Subject]));
                await to.Text(RecordViewText.Clean(sealedParts?.Parts?[RegistrationVersion.PublicPart]));
                await to.Flag(false);
                await to.Flag(sealedParts is { IsDestroyed: true });
                await to.Long(recorded.Sequence);
            },
            ct);
    }

    /// <summary>The row says what holds now; the earlier entries stand in the log, and the pages show them beside it.</summary>
    private static async Task Correct(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        foreach (var recorded in page)
        {
            if (recorded.Event is not RegistrationCorrected corrected) continue;
            var content = opened.GetValueOrDefault(recorded.Id);
            await using var update = new NpgsqlCommand($"""
                update {schema}.all_diary set
                  subject = case when $4 then $5 else subject end, sender = case when $6 then $7 else sender end,
                  record_type = $8, received_at = $9, diary_date = $10, destroyed = destroyed or $11, public_subject = case when $12 then $13 else public_subject end
                where record_id = $1 and case_id = $2 and document_number = $3
                """, transaction.Connection, transaction);
            update.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = recorded.StreamId }, new() { Value = corrected.Case }, new() { Value = corrected.DocumentNumber },
                new() { Value = corrected.Changed.Contains(RegistrationCorrected.Subject) }, Text(content?.Parts?[Parts.Subject]),
                new() { Value = corrected.Changed.Contains(RegistrationCorrected.SenderRecipient) }, Text(content?.Parts?[RegistrationVersion.SenderPart]),
                new() { Value = corrected.RecordType }, new() { Value = corrected.ReceivedAt.ToUniversalTime() },
                new() { Value = Swedish.Day(corrected.ReceivedAt) }, new() { Value = content is { IsDestroyed: true } },
                new() { Value = corrected.Changed.Contains(RegistrationCorrected.PublicSubject) }, Text(content?.Parts?[RegistrationVersion.PublicPart]),
            });
            await update.ExecuteNonQueryAsync(ct);
        }
    }

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)RecordViewText.Clean(text) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    /// <summary>A mark takes a release back: what is lifted later has to be examined anew. So has a corrected fact, and an entry in another diary.</summary>
    private static async Task Release(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        var last = page.Where(r => r.Event is DiaryEntryReleased or DiaryEntryWithheld or SecrecyMarked or RecordProtected or RecordTransferred or RegistrationCorrected { ChangesFacts: true }).GroupBy(r => r.StreamId).Select(r => r.Last()).ToList();
        if (last.Count == 0) return;
        await using var release = new NpgsqlCommand($"""
            update {schema}.all_diary d set released = r.released from unnest($1, $2) r(record_id, released) where d.record_id = r.record_id
            """, transaction.Connection, transaction);
        release.Parameters.Add(new() { Value = last.Select(r => r.StreamId).ToArray() });
        release.Parameters.Add(new() { Value = last.Select(r => r.Event is DiaryEntryReleased).ToArray() });
        await release.ExecuteNonQueryAsync(ct);
    }

    private static async Task Publish(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        var touched = page.Where(r => r.Event is RecordRegistered or RegistrationCorrected or RecordTransferred or DiaryEntryReleased or DiaryEntryWithheld or SecrecyMarked or RecordProtected or RecordProtectionLifted).Select(r => r.StreamId).Distinct().ToArray();
        if (touched.Length == 0) return;
        await using var publish = new NpgsqlCommand($"select {schema}.publish_diary($1)", transaction.Connection, transaction);
        publish.Parameters.Add(new() { Value = touched });
        await publish.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>Cases' titles, which stand where the record stands that they were opened for.</summary>
internal static class CaseTitles
{
    public static async Task Write(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, IReadOnlyDictionary<Guid, Opened> opened, CancellationToken ct)
    {
        await transaction.Copy(
            $"{schema}.all_cases (case_id, wall, authority_id, diary_number, class_code, title, opened_at, external_system, documents, destroyed, public_title)",
            page.Where(r => r.Event is Cases.CaseOpened).ToList(),
            async (to, recorded) =>
            {
                var opening = (Cases.CaseOpened)recorded.Event;
                var content = opened.GetValueOrDefault(recorded.Id);
                await to.Id(recorded.StreamId);
                // One opened without a document was given its title by the authority, of nothing that is behind a wall.
                await to.Text(RecordStates.Stored(opening.Initiative is null ? Wall.Secret : Wall.Open));
                await to.Id(opening.Authority);
                await to.Text(opening.DiaryNumber);
                await to.Text(opening.ClassCode);
                await to.Text(RecordViewText.Clean(content?.Parts?["title"]));
                await to.Time(opening.OpenedAt);
                await to.Text(opening.ExternalSystem);
                await to.Int(0);
                await to.Flag(content is { IsDestroyed: true });
                await to.Text(RecordViewText.Clean(content?.Parts?[Cases.CaseRenamed.PublicTitle]));
            },
            ct);

        foreach (var recorded in page)
        {
            if (recorded.Event is not Cases.CaseClassCorrected corrected) continue;
            await using var put = new NpgsqlCommand($"update {schema}.all_cases set class_code = $2 where case_id = $1", transaction.Connection, transaction);
            put.Parameters.Add(new() { Value = recorded.StreamId });
            put.Parameters.Add(new() { Value = corrected.To });
            await put.ExecuteNonQueryAsync(ct);
        }

        foreach (var recorded in page)
        {
            if (recorded.Event is not Cases.CaseRenamed) continue;
            foreach (var (part, column) in new[] { (Cases.CaseRenamed.Title, "title"), (Cases.CaseRenamed.PublicTitle, "public_title") })
            {
                if (opened.GetValueOrDefault(recorded.Id)?.Parts?[part] is not { } title) continue;
                await using var put = new NpgsqlCommand($"update {schema}.all_cases set {column} = $2 where case_id = $1", transaction.Connection, transaction);
                put.Parameters.Add(new() { Value = recorded.StreamId });
                put.Parameters.Add(new() { Value = (object?)RecordViewText.Clean(title) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
                await put.ExecuteNonQueryAsync(ct);
            }
        }

        var titled = page.Where(r => r.Event is Cases.CaseOpened or Cases.CaseRenamed or Cases.CaseTitleMarked or Cases.CaseTitleMarkLifted).Select(r => r.StreamId).Distinct().ToArray();
        if (titled.Length > 0)
        {
            await using var publish = new NpgsqlCommand($"select {schema}.place_cases($1)", transaction.Connection, transaction);
            publish.Parameters.Add(new() { Value = titled });
            await publish.ExecuteNonQueryAsync(ct);
        }

        var added = page.Where(r => r.Event is Cases.CaseDocumentAdded).Select(r => (Case: r.StreamId, Added: (Cases.CaseDocumentAdded)r.Event)).ToList();
        if (added.Count == 0) return;
        await using var update = new NpgsqlCommand($"""
            update {schema}.all_cases c set documents = greatest(c.documents, a.documents), lead_record = coalesce(a.lead, c.lead_record)
            from (select case_id, max(nth) as documents, (array_agg(record_id) filter (where nth = 1))[1] as lead
                  from unnest($1, $2, $3) a(case_id, record_id, nth) group by case_id) a
            where c.case_id = a.case_id
            """, transaction.Connection, transaction);
        update.Parameters.Add(new() { Value = added.Select(a => a.Case).ToArray() });
        update.Parameters.Add(new() { Value = added.Select(a => a.Added.Record).ToArray() });
        update.Parameters.Add(new() { Value = added.Select(a => a.Added.DocumentNumber).ToArray() });
        await update.ExecuteNonQueryAsync(ct);
        await using var place = new NpgsqlCommand($"select {schema}.place_cases($1)", transaction.Connection, transaction);
        place.Parameters.Add(new() { Value = added.Select(a => a.Case).Distinct().ToArray() });
        await place.ExecuteNonQueryAsync(ct);
    }
}
