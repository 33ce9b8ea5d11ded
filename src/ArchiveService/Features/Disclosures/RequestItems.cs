using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Disclosures;

/// <summary>What there is that answers to a request, as far as the caller may know of it.</summary>
public sealed class RequestItems(Databases databases, OriginalDocuments documents, CaseDocuments caseDocuments)
{
    public async Task<(IReadOnlyList<(FoundKind Kind, Guid Target, Guid? Case)> Found, Refusal? Refused)> Gather(DisclosureState request, FindItems command, Caller caller, CancellationToken ct)
    {
        var found = new List<(FoundKind Kind, Guid Target, Guid? Case)>();
        var wanted = new List<Guid>(command.Records ?? []);
        if (wanted.Count > FindItems.Most) return ([], new Refusal("too-many-items", $"En begäran kan hålla högst {FindItems.Most} handlingar."));
        var caseId = command.Case;
        if (command.DiaryNumber is { } typed)
        {
            caseId = await CaseOf(request.Authority, typed, ct);
            if (caseId is null)
            {
                // A document's own number: that record, or that note, decision or appeal on paper, with the case it stands in.
                if (await DocumentOf(request.Authority, typed, ct) is not { } document) return ([], Refusal.Unknown("case", "Det finns inget ärende och ingen handling med det numret hos myndigheten."));
                wanted.Add(document.Record ?? document.Entry!.Value);
            }
        }

        if (caseId is { } one)
        {
            var within = new List<Guid>();
            await using (var query = databases.Writer.CreateCommand("select c.authority_id, s.record_id from archive.cases c left join archive.record_states s on s.case_id = c.case_id and s.disposed_at is null where c.case_id = $1"))
            {
                query.Parameters.Add(new() { Value = one });
                await using var rows = await query.ExecuteReaderAsync(ct);
                var known = false;
                while (await rows.ReadAsync(ct))
                {
                    known = rows.GetGuid(0) == request.Authority;
                    if (known && !rows.IsDBNull(1)) within.Add(rows.GetGuid(1));
                }

                if (!known) return ([], Refusal.Unknown("case", "Ärendet finns inte hos myndigheten."));
            }

            found.Add((FoundKind.Case, one, null));
            foreach (var record in within)
            {
                if (await documents.Find(record, caller, ct) is not null) wanted.Add(record);
            }

            // Notes of a case that is still handled are working material (TF 2:12): one is added by its own number, where the authority gives it out all the same.
            foreach (var own in await caseDocuments.Of(one, caller, ct))
            {
                if (own.Entered) wanted.Add(own.Entry);
            }
        }

        foreach (var record in wanted.Distinct())
        {
            if (await documents.Find(record, caller, ct) is not { } state || state.Authority != request.Authority)
                return ([], Refusal.Unknown("record", "Handlingen finns inte hos myndigheten, eller så får du inte se den."));
            if (await caseDocuments.Find(record, caller, ct) is { } own)
            {
                // Its key is the case's, so the case is held with it.
                found.Add((FoundKind.Case, own.Case, null));
                found.Add((FoundKind.Document, record, own.Case));
                continue;
            }

            if (state.DisposedAt is not null) return ([], new Refusal("record-disposed", "Handlingen är gallrad. Svara att den inte finns, och under vilket beslut den gallrades."));
            found.Add((FoundKind.Record, record, null));
        }

        if (found.Count == 0) return ([], Refusal.Input("items-missing", "Ange handlingar (records), ett ärende (case) eller ett diarienummer (diaryNumber)."));
        return (found, null);
    }

    /// <summary>Whether the caller may know that this was found: a case where everything stands behind a wall they may not look over is no item for them, as a record is not.</summary>
    public async Task<bool> MaySee(FoundItem item, Caller caller, CancellationToken ct)
    {
        if (item.Kind != FoundKind.Case) return await documents.Find(item.Target, caller, ct) is not null;
        await using var query = databases.Writer.CreateCommand("""
            select s.authority_id, s.wall from archive.cases c left join archive.record_states s on s.case_id = c.case_id where c.case_id = $1 group by 1, 2
            """);
        query.Parameters.Add(new() { Value = item.Target });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var any = false;
        while (await rows.ReadAsync(ct))
        {
            // A case without documents has nothing to hide.
            if (rows.IsDBNull(0)) return true;
            var (authority, wall) = (rows.GetGuid(0), rows.GetString(1));
            any |= caller.IsStaffOf(authority) && (wall == RecordStates.Stored(Wall.Open) || (wall == RecordStates.Stored(Wall.Secret) ? caller.MayReadSecret(authority) : caller.MayAssess(authority)));
        }

        return any;
    }

    public async Task<Guid?> CaseOf(Guid authority, string typed, CancellationToken ct)
    {
        if (!Diary.DiaryNumberKey.MayBe(typed)) return null;
        await using var query = databases.Writer.CreateCommand("select case_id from archive.cases where authority_id = $1 and folded_number = $2");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = Diary.DiaryNumberKey.Of(typed) });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    private async Task<(Guid? Record, Guid? Entry)?> DocumentOf(Guid authority, string typed, CancellationToken ct)
    {
        var key = Diary.DiaryNumberKey.Of(typed);
        var dash = key.LastIndexOf('-');
        if (dash <= 0 || !int.TryParse(key.AsSpan(dash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)) return null;
        await using var query = databases.Writer.CreateCommand("""
            select e.record_id, d.entry_id from archive.cases c
            left join archive.diary_entries e on e.case_id = c.case_id and e.document_number = $3
            left join archive.case_documents d on d.case_id = c.case_id and d.document_number = $3
            where c.authority_id = $1 and c.folded_number = $2 and (e.record_id is not null or d.case_id is not null)
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = key[..dash] });
        query.Parameters.Add(new() { Value = number });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetFieldValue<Guid?>(0), row.GetFieldValue<Guid?>(1)) : null;
    }
}
