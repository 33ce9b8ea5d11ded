using ArchiveService.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Records;

/// <summary>The rows of records, versions and acts in schema <c>views</c>: loaded and written a page at a time.</summary>
internal static class RecordViewTables
{
    private const string Columns = """
        record_id, authority_id, channel_id, platform, kind, direction, audience, record_type, author_id, parent_id, root_id, conversation_id, generation,
        occurred_at, captured_at, content_captured, sender_captured, flags, content, text_at, text, edited, sender_at, sender_name, sender_handle, permalink,
        file_names, attachment_ids, reactions, visibility, visibility_by, visibility_at, grounds, registration, registered_at, case_id, diary_number,
        document_number, subject, secrecy_provision, secrecy_at, destroyed, disposed_at, version, seq, locked
        """;

    public static int ColumnCount { get; } = Columns.Split(',').Length;

    public static string Prefixed(string alias) => string.Join(", ", Columns.Split(',').Select(column => $"{alias}.{column.Trim()}"));

    /// <summary>Where each record stands now, with its row when it has one. Read under the wall lock.</summary>
    public static async Task<IReadOnlyDictionary<Guid, (RecordViewRow? Row, string Wall)>> Load(NpgsqlTransaction transaction, string schema, Guid[] records, CancellationToken ct)
    {
        var found = new Dictionary<Guid, (RecordViewRow? Row, string Wall)>(records.Length);
        if (records.Length == 0) return found;
        await using (var walls = new NpgsqlCommand("""
            select s.* from unnest($1) w(id) cross join lateral (select record_id, wall from archive.record_states where record_id = w.id offset 0) s
            """, transaction.Connection, transaction))
        {
            walls.Parameters.Add(new() { Value = records });
            await using var rows = await walls.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = (null, rows.GetString(1));
        }

        var moved = new List<Guid>();
        await using (var query = new NpgsqlCommand($"""
            select {Prefixed("r")}, r.wall from unnest($1) w(id) cross join lateral (select * from {schema}.all_records where record_id = w.id offset 0) r
            """, transaction.Connection, transaction))
        {
            query.Parameters.Add(new() { Value = records });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var row = Read(rows);
                var wall = found.TryGetValue(row.RecordId, out var known) ? known.Wall : RecordStates.Stored(Wall.Secret);
                found[row.RecordId] = (row, wall);
                if (wall != rows.GetString(rows.GetOrdinal("wall"))) moved.Add(row.RecordId);
            }
        }

        // A capture that brings content to a record known only by an act may put it behind a wall without a command that moves its rows.
        if (moved.Count > 0)
        {
            await using var place = new NpgsqlCommand($"select {schema}.place_records($1)", transaction.Connection, transaction);
            place.Parameters.Add(new() { Value = moved.ToArray() });
            await place.ExecuteNonQueryAsync(ct);
        }

        return found;
    }

    public static async Task Write(NpgsqlTransaction transaction, string schema, RecordViewPage page, CancellationToken ct)
    {
        var changed = page.Changed.ToList();
        var old = changed.Where(row => !page.IsNew(row.RecordId)).Select(row => row.RecordId).ToArray();
        if (old.Length > 0)
        {
            await using var delete = new NpgsqlCommand($"delete from {schema}.all_records where record_id = any ($1)", transaction.Connection, transaction);
            delete.Parameters.Add(new() { Value = old });
            await delete.ExecuteNonQueryAsync(ct);
        }

        await transaction.Copy($"{schema}.all_records (wall, {Columns})", changed, (to, row) => Write(to, row, page.WallOf(row.RecordId)), ct);
        await transaction.Copy(
            $"{schema}.all_versions (record_id, wall, event_id, seq, valid_at, recorded_at, certainty, content, text, attachment_ids, attachment_names, destroyed)",
            page.Versions, (to, row) => Write(to, row, page.WallOf(row.RecordId)), ct);
        await Move(transaction, schema, page.Moved, ct);
        await transaction.Copy(
            $"{schema}.all_acts (record_id, wall, event_id, seq, name, valid_at, recorded_at, actor_id, acted_by, certainty, grounds, emergency, facts, key_class, motivation, legal_reference, note, channel_id, author_id, placed_at, placed_kind, placed_direction, placed_until)",
            page.Acts, (to, row) => Write(to, row, page.WallOf(row.RecordId)), ct);
        await Count(transaction, schema, [.. page.Counted], ct);
    }

    /// <summary>The place that a record had until this page, it had until that event.</summary>
    private static async Task Move(NpgsqlTransaction transaction, string schema, IReadOnlyDictionary<Guid, long> moved, CancellationToken ct)
    {
        if (moved.Count == 0) return;
        await using var update = new NpgsqlCommand($"""
            update {schema}.all_acts a set placed_until = m.seq from unnest($1, $2) m(record_id, seq)
            where a.record_id = m.record_id and a.placed_at is not null and a.placed_until is null
            """, transaction.Connection, transaction);
        update.Parameters.Add(new() { Value = moved.Keys.ToArray() });
        update.Parameters.Add(new() { Value = moved.Values.ToArray() });
        await update.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What the page's disposals destroyed is blanked here too, so that a rebuild gives the rows that dispose_batch left.</summary>
    public static async Task Forget(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        foreach (var alike in page.Where(r => r.Event is ItemDisposed).GroupBy(r => string.Join(',', ((ItemDisposed)r.Event).Classes.Order(StringComparer.Ordinal))))
        {
            await using var forget = new NpgsqlCommand($"select {schema}.forget_records($1, $2)", transaction.Connection, transaction);
            forget.Parameters.Add(new() { Value = alike.Select(r => r.StreamId).ToArray() });
            forget.Parameters.Add(new() { Value = alike.Key.Split(',') });
            await forget.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>What is locked stays blank, also where an event from before the lock is folded after it.</summary>
    public static async Task Lock(NpgsqlTransaction transaction, string schema, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        var records = page.Where(r => r.Event is RecordEvent).Select(r => r.StreamId).Distinct().ToArray();
        if (records.Length == 0) return;
        await using var query = new NpgsqlCommand("select coalesce(array_agg(record_id), '{}') from archive.record_states where locked and record_id = any ($1)", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = records });
        if ((Guid[])(await query.ExecuteScalarAsync(ct))! is not { Length: > 0 } locked) return;
        await using var blank = new NpgsqlCommand($"select {schema}.lock_records($1)", transaction.Connection, transaction);
        blank.Parameters.Add(new() { Value = locked });
        await blank.ExecuteNonQueryAsync(ct);
    }

    private static async Task Count(NpgsqlTransaction transaction, string schema, IReadOnlyList<(Guid Record, int Delta, Recorded Last)> counted, CancellationToken ct)
    {
        if (counted.Count == 0) return;
        await using var update = new NpgsqlCommand($"""
            update {schema}.all_records r set reactions = r.reactions + c.delta, version = c.version, seq = c.seq
            from unnest($1, $2, $3, $4) c(record_id, delta, version, seq) where r.record_id = c.record_id
            """, transaction.Connection, transaction);
        update.Parameters.Add(new() { Value = counted.Select(c => c.Record).ToArray() });
        update.Parameters.Add(new() { Value = counted.Select(c => (long)c.Delta).ToArray() });
        update.Parameters.Add(new() { Value = counted.Select(c => c.Last.Version).ToArray() });
        update.Parameters.Add(new() { Value = counted.Select(c => c.Last.Sequence).ToArray() });
        await update.ExecuteNonQueryAsync(ct);
    }

    private static async Task Write(Copying.Row to, RecordViewRow row, string wall)
    {
        await to.Text(wall);
        await to.Id(row.RecordId);
        await to.Id(row.AuthorityId);
        await to.Id(row.ChannelId);
        await to.Text(row.Platform);
        await to.Text(row.Kind);
        await to.Text(row.Direction);
        await to.Text(row.Audience);
        await to.Text(row.RecordType);
        await to.Id(row.AuthorId);
        await to.Id(row.ParentId);
        await to.Id(row.RootId);
        await to.Id(row.ConversationId);
        await to.Long(row.Generation);
        await to.Time(row.OccurredAt);
        await to.Time(row.CapturedAt);
        await to.Flag(row.ContentCaptured);
        await to.Flag(row.SenderCaptured);
        await to.Texts(row.Flags);
        await to.Text(row.Content);
        await to.Time(row.TextAt);
        await to.Text(row.Text);
        await to.Flag(row.Edited);
        await to.Time(row.SenderAt);
        await to.Text(row.SenderName);
        await to.Text(row.SenderHandle);
        await to.Text(row.Permalink);
        await to.Text(row.FileNames);
        await to.Ids(row.AttachmentIds);
        await to.Long(row.Reactions);
        await to.Text(row.Visibility);
        await to.Text(row.VisibilityBy);
        await to.Time(row.VisibilityAt);
        await to.Texts(row.Grounds);
        await to.Text(row.Registration);
        await to.Time(row.RegisteredAt);
        await to.Id(row.CaseId);
        await to.Text(row.DiaryNumber);
        await to.Int(row.DocumentNumber);
        await to.Text(row.Subject);
        await to.Text(row.SecrecyProvision);
        await to.Time(row.SecrecyAt);
        await to.Flag(row.Destroyed);
        await to.Time(row.DisposedAt);
        await to.Long(row.Version);
        await to.Long(row.Seq);
        await to.Flag(row.Locked);
    }

    /// <summary>A row whose first columns are <see cref="Columns"/>.</summary>
    public static RecordViewRow Read(NpgsqlDataReader row)
    {
        var at = 0;
        return new()
        {
            RecordId = row.GetGuid(at++),
            AuthorityId = row.GetGuid(at++),
            ChannelId = row.GetGuid(at++),
            Platform = row.GetString(at++),
            Kind = row.GetString(at++),
            Direction = row.GetString(at++),
            Audience = row.GetString(at++),
            RecordType = row.GetString(at++),
            AuthorId = row.GetFieldValue<Guid?>(at++),
            ParentId = row.GetFieldValue<Guid?>(at++),
            RootId = row.GetFieldValue<Guid?>(at++),
            ConversationId = row.GetFieldValue<Guid?>(at++),
            Generation = row.GetInt64(at++),
            OccurredAt = row.GetFieldValue<DateTimeOffset>(at++),
            CapturedAt = row.GetFieldValue<DateTimeOffset>(at++),
            ContentCaptured = row.GetBoolean(at++),
            SenderCaptured = row.GetBoolean(at++),
            Flags = row.GetFieldValue<string[]>(at++),
            Content = row.GetString(at++),
            TextAt = row.GetFieldValue<DateTimeOffset?>(at++),
            Text = row.Text(at++),
            Edited = row.GetBoolean(at++),
            SenderAt = row.GetFieldValue<DateTimeOffset?>(at++),
            SenderName = row.Text(at++),
            SenderHandle = row.Text(at++),
            Permalink = row.Text(at++),
            FileNames = row.Text(at++),
            AttachmentIds = row.GetFieldValue<Guid[]>(at++),
            Reactions = row.GetInt64(at++),
            Visibility = row.GetString(at++),
            VisibilityBy = row.Text(at++),
            VisibilityAt = row.GetFieldValue<DateTimeOffset?>(at++),
            Grounds = row.GetFieldValue<string[]>(at++),
            Registration = row.GetString(at++),
            RegisteredAt = row.GetFieldValue<DateTimeOffset?>(at++),
            CaseId = row.GetFieldValue<Guid?>(at++),
            DiaryNumber = row.Text(at++),
            DocumentNumber = row.GetFieldValue<int?>(at++),
            Subject = row.Text(at++),
            SecrecyProvision = row.Text(at++),
            SecrecyAt = row.GetFieldValue<DateTimeOffset?>(at++),
            Destroyed = row.GetBoolean(at++),
            DisposedAt = row.GetFieldValue<DateTimeOffset?>(at++),
            Version = row.GetInt64(at++),
            Seq = row.GetInt64(at++),
            Locked = row.GetBoolean(at),
        };
    }

    private static async Task Write(Copying.Row to, RecordVersionRow row, string wall)
    {
        await to.Id(row.RecordId);
        await to.Text(wall);
        await to.Id(row.EventId);
        await to.Long(row.Seq);
        await to.Time(row.ValidAt);
        await to.Time(row.RecordedAt);
        await to.Text(row.Certainty);
        await to.Text(row.Content);
        await to.Text(row.Text);
        await to.Ids(row.AttachmentIds);
        await to.Texts(row.AttachmentNames);
        await to.Flag(row.Destroyed);
    }

    private static async Task Write(Copying.Row to, RecordActRow row, string wall)
    {
        await to.Id(row.RecordId);
        await to.Text(wall);
        await to.Id(row.EventId);
        await to.Long(row.Seq);
        await to.Text(row.Name);
        await to.Time(row.ValidAt);
        await to.Time(row.RecordedAt);
        await to.Id(row.ActorId);
        await to.Text(row.ActedBy);
        await to.Text(row.Certainty);
        await to.Texts(row.Grounds);
        await to.Flag(row.Emergency);
        await to.Json(row.Facts);
        await to.Text(row.KeyClass);
        await to.Text(row.Motivation);
        await to.Text(row.LegalReference);
        await to.Text(row.Note);
        await to.Id(row.ChannelId);
        await to.Id(row.AuthorId);
        await to.Time(row.Placed?.OccurredAt);
        await to.Text(row.Placed?.Kind);
        await to.Text(row.Placed?.Direction);
        await to.Long(row.PlacedUntil);
    }
}
