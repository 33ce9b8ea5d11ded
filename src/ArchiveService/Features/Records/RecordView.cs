using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>A record as it is opened: what it says, where it stands, and the names of what surrounds it.</summary>
public sealed record RecordView(
    RecordViewRow Row, string Wall, string AuthorityCode, string AuthorityName, string? ChannelHandle, string? ChannelUrl, string? CaseTitle, bool? DiaryReleased, string? ParentSender);

/// <summary>A file of a record: what it was called, and whether its bytes are here.</summary>
public sealed record RecordViewFile(Guid Id, string? Name, long? Bytes, string? MediaType)
{
    /// <summary>What became of fetching it, where it came by address only.</summary>
    public Media.MediaStatus? Fetch { get; init; }

    /// <summary>What the virus scanner found in it.</summary>
    public string? Infected { get; init; }
}

public sealed record RecordViewVersion(int Number, RecordVersionRow Row);

/// <summary>Reads one record with what belongs to it, as far as the caller may know of it.</summary>
public sealed class RecordViews(Databases databases)
{
    private const int MostOfThread = 200;

    public RecordViewSight Sight(Access.Caller caller) => RecordViewSight.Of(databases, caller);

    public static async Task<RecordView?> Find(RecordViewSight sight, Guid id, CancellationToken ct)
    {
        var sql = new SqlText();
        sql.Add($"select {RecordViewTables.Prefixed("r")}, r.wall, a.code, a.name, c.handle, c.url, k.title,")
            .Add("d.released, case when p.wall = 'open' then coalesce(p.sender_name, p.sender_handle) end")
            .Add($"from {sight.Records} r join archive.authorities a using (authority_id) left join views.channel_register c using (channel_id)")
            .Add($"left join {sight.Cases} k on k.case_id = r.case_id and {sight.Allows(sql, "k")}")
            .Add($"left join {sight.Diary} d on d.record_id = r.record_id")
            .Add($"left join {sight.Records} p on p.record_id = r.parent_id")
            .Add($"where r.record_id = {sql.Value(id)} and {sight.Allows(sql, "r")}");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        var at = RecordViewTables.ColumnCount;
        return new(
            RecordViewTables.Read(row), row.GetString(at), row.GetString(at + 1), row.GetString(at + 2), row.Text(at + 3), row.Text(at + 4),
            row.Text(at + 5), row.GetFieldValue<bool?>(at + 6), row.Text(at + 7));
    }

    public static async Task<IReadOnlyList<RecordViewVersion>> Versions(RecordViewSight sight, Guid id, CancellationToken ct) =>
        [.. RecordVersionRow.Versions(await Observations(sight, id, ct)).Select((row, i) => new RecordViewVersion(i + 1, row))];

    /// <summary>Every observation of its content, those too that say what was known already.</summary>
    public static async Task<IReadOnlyList<RecordVersionRow>> Observations(RecordViewSight sight, Guid id, CancellationToken ct)
    {
        await using var query = sight.Db.CreateCommand(
            $"select event_id, seq, valid_at, recorded_at, certainty, content, text, attachment_ids, attachment_names, destroyed from {sight.Versions} where record_id = $1");
        query.Parameters.Add(new() { Value = id });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var observed = new List<RecordVersionRow>();
        while (await rows.ReadAsync(ct))
        {
            observed.Add(new(
                id, rows.GetGuid(0), rows.GetInt64(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetString(4), rows.GetString(5),
                rows.Text(6), rows.GetFieldValue<Guid[]>(7), rows.Texts(8), rows.GetBoolean(9)));
        }

        return observed;
    }

    public static async Task<IReadOnlyList<RecordActRow>> Acts(RecordViewSight sight, Guid id, CancellationToken ct)
    {
        await using var query = sight.Db.CreateCommand($"""
            select event_id, seq, name, valid_at, recorded_at, actor_id, acted_by, certainty, grounds, emergency, facts, key_class, motivation, legal_reference, note
            from {sight.Acts} a where record_id = $1
              and (name not in ('records_linked', 'records_unlinked') or exists (select from {sight.Records} o where o.record_id = (a.facts->>'other')::uuid))
            order by seq
            """);
        query.Parameters.Add(new() { Value = id });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var acts = new List<RecordActRow>();
        while (await rows.ReadAsync(ct))
        {
            acts.Add(new(
                id, rows.GetGuid(0), rows.GetInt64(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset>(4), rows.GetFieldValue<Guid?>(5),
                rows.Text(6), rows.Text(7), rows.GetFieldValue<string[]>(8), rows.GetFieldValue<bool?>(9), rows.GetString(10),
                rows.Text(11), rows.Text(12), rows.Text(13), rows.Text(14)));
        }

        return acts;
    }

    /// <summary>The conversation a record stands in, as far as the caller may know of it, oldest first.</summary>
    public static async Task<IReadOnlyList<(RecordViewRow Row, string Wall)>> Thread(RecordViewSight sight, RecordViewRow of, CancellationToken ct)
    {
        var sql = new SqlText();
        var root = sql.Value(of.RootId ?? of.RecordId);
        var related = $"(r.record_id = {root} or r.root_id = {root}";
        if (of.ParentId is { } parent) related += $" or r.record_id = {sql.Value(parent)} or r.parent_id = {sql.Value(parent)}";
        if (of.ConversationId is { } conversation) related += $" or r.conversation_id = {sql.Value(conversation)}";
        related += $" or r.parent_id = {sql.Value(of.RecordId)})";

        // The nearest in time when there are more than can be shown.
        sql.Add($"select {RecordViewTables.Prefixed("r")}, r.wall from {sight.Records} r where {related} and r.channel_id = {sql.Value(of.ChannelId)} and {sight.Allows(sql, "r")}")
            .Add($"order by abs(extract(epoch from r.occurred_at - {sql.Value(of.OccurredAt.ToUniversalTime())})) limit {sql.Value(MostOfThread)}");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(RecordViewRow Row, string Wall)>();
        while (await rows.ReadAsync(ct)) found.Add((RecordViewTables.Read(rows), rows.GetString(RecordViewTables.ColumnCount)));
        return [.. found.OrderBy(f => f.Row.OccurredAt).ThenBy(f => f.Row.RecordId)];
    }

    /// <summary>The files of the versions, each once, with what the archive holds of them.</summary>
    public static async Task<IReadOnlyList<RecordViewFile>> Files(RecordViewSight sight, Guid id, IReadOnlyList<RecordViewVersion> versions, IReadOnlyList<RecordActRow> acts, CancellationToken ct)
    {
        var stored = new Dictionary<Guid, (long Bytes, string MediaType)>();
        await using (var query = sight.Db.CreateCommand("select attachment_id, bytes, media_type from archive.attachments where record_id = $1 order by attachment_id"))
        {
            query.Parameters.Add(new() { Value = id });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) stored[rows.GetGuid(0)] = (rows.GetInt64(1), rows.GetString(2));
        }

        var files = new List<RecordViewFile>();
        foreach (var version in versions)
        {
            foreach (var (i, attachment) in version.Row.AttachmentIds.Index())
            {
                if (files.Any(f => f.Id == attachment)) continue;
                var name = version.Row.AttachmentNames?.ElementAtOrDefault(i);
                files.Add(stored.Remove(attachment, out var bytes) ? new(attachment, name, bytes.Bytes, bytes.MediaType) : new(attachment, name, null, null));
            }
        }

        // What was added by hand belongs to no version; its name stands with the act.
        files.AddRange(stored.Select(s => new RecordViewFile(
            s.Key, acts.FirstOrDefault(a => a.Name == "attachment_stored" && a.Facts.Contains(s.Key.ToString("D"), StringComparison.Ordinal))?.Note, s.Value.Bytes, s.Value.MediaType)));
        var fetches = await Media.MediaStatus.Of(sight.Db, id, ct);
        var infected = await Media.AttachmentScans.FoundIn(sight.Db, id, ct);
        return fetches.Count + infected.Count == 0 ? files : [.. files.Select(f => f with { Fetch = fetches.GetValueOrDefault(f.Id), Infected = infected.GetValueOrDefault(f.Id) })];
    }

    /// <summary>Names of people on the staff, for the acts they did.</summary>
    public static async Task<IReadOnlyDictionary<Guid, string>> Names(RecordViewSight sight, IEnumerable<Guid> persons, CancellationToken ct)
    {
        var names = new Dictionary<Guid, string> { [Access.Caller.System.PersonId] = Access.Caller.System.Name };
        await using var query = sight.Db.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons.Distinct().ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }
}
