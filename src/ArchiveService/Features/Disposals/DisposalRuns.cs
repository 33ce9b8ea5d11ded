using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Disposals;

/// <summary>How far a run has come: items by state, and what is left outside the database.</summary>
public sealed record RunProgress(
    long Pending, long Destroyed, IReadOnlyDictionary<string, long> Skipped, long Batches, long BatchesOutsideLedger, long ObjectsLeft, long ObjectsDestroyed, long DeliveriesLeft,
    long Accounts, long Deliveries, long Keys, long Ciphertexts, long? LastSequence, string? ObjectProblem);

/// <summary>A record of the frozen list, and what became of it.</summary>
public sealed record ListedItem(int Place, Guid Record, string RecordType, DateTimeOffset ReceivedAt, string Wall, DateOnly DueOn, string State, string? Reason, bool Held)
{
    /// <summary>The open request for documents that holds it; what else holds it stands among the holds.</summary>
    public (Guid Id, string Reference)? Request { get; init; }

    /// <summary>Why it is held now, each ground once.</summary>
    public IReadOnlyList<string> Grounds { get; init; } = [];

    /// <summary>What reviewers said of it, oldest first.</summary>
    public IReadOnlyList<ItemRemark> Remarks { get; init; } = [];
}

/// <summary>A batch that is committed; without a number in the erasure ledger it does not count as done yet.</summary>
public sealed record DoneBatch(int Batch, DateTimeOffset At, int Records, int Skipped, int Keys, int Objects, long? LedgerEntry);

/// <summary>A reviewer's word about an item.</summary>
public sealed record ItemRemark(bool Keeps, Guid By, string? Name, string Role, DateTimeOffset At, string? Remark);


/// <summary>The runs as they stand in the inline tables.</summary>
public sealed class DisposalRuns(Databases databases, SealedLog log)
{
    private const string Rows = """
        select r.run_id, r.authority_id, r.rule_id, r.rule_version, r.decision_id, r.due_before, r.state, r.manifest_digest, r.items, r.oldest, r.newest,
               r.proposed_by, r.proposed_at, r.approved_by, r.approved_at, r.cooling_off_until, r.started_by, r.started_at,
               r.destroyed_at, r.verified_at, r.completed_at, r.scrubbed_at, r.final_on, r.problem, s.version, r.content_bytes, r.attachments, r.attachment_bytes
        from archive.disposal_runs r join archive.mt_streams s on s.id = r.run_id and r.kind = 'gallring'
        """;

    public async Task<DisposalRun?> Find(Guid id, CancellationToken ct) =>
        (await Read($"{Rows} where r.run_id = $1", ct, new NpgsqlParameter { Value = id })).SingleOrDefault();

    public Task<List<DisposalRun>> Of(IReadOnlyList<Guid>? authorities, int limit, CancellationToken ct) =>
        Read($"{Rows} where $1::uuid[] is null or r.authority_id = any ($1) order by r.proposed_at desc, r.run_id limit $2", ct,
            Retention.RetentionRegister.Authorities(authorities), new() { Value = limit });

    /// <summary>Runs that were begun and have no certificate yet: taken up again after a stop or a crash.</summary>
    public async Task<List<Guid>> Unfinished(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select run_id from archive.disposal_runs where state = 'executing' order by started_at, run_id");
        return await Ids(query, ct);
    }

    /// <summary>Completed runs that were not scrubbed since.</summary>
    public async Task<List<Guid>> Unscrubbed(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select run_id from archive.disposal_runs where state = 'completed' and scrubbed_at is null order by completed_at, run_id");
        return await Ids(query, ct);
    }

    /// <summary>Runs whose records' bytes came again in a delivery after they were destroyed, or stood in one that was in work then.</summary>
    public async Task<List<Guid>> WithLateDeliveries(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select distinct m.run_id
            from archive.record_keys k
            join archive.delivery_records d on d.delivery_id = k.stream_id
            join archive.destruction_marks m on m.stream_id = d.record_id and m.class = 'content'
            where k.class = 'delivery'
            """);
        query.CommandTimeout = 0;
        return await Ids(query, ct);
    }

    public async Task<List<Guid>> NextPending(Guid run, int limit, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select record_id from archive.disposal_items where run_id = $1 and state = 'pending' order by place limit $2");
        query.Parameters.Add(new() { Value = run });
        query.Parameters.Add(new() { Value = limit });
        return await Ids(query, ct);
    }

    /// <summary>Those of the items that are requests for documents.</summary>
    public async Task<List<Guid>> Requests(IReadOnlyList<Guid> items, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select request_id from archive.disclosure_requests where request_id = any ($1)");
        query.Parameters.Add(new() { Value = items.ToArray() });
        return await Ids(query, ct);
    }

    /// <summary>A page of the frozen list, in its order.</summary>
    public async Task<List<ListedItem>> Items(Guid run, int after, int limit, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select i.place, i.record_id, coalesce(s.record_type, 'disclosure-request'), coalesce(s.received_at, q.received_at), coalesce(s.wall, 'open'), i.due_on, i.state, i.reason,
                   i.state = 'pending' and archive.is_held(coalesce(s.authority_id, q.authority_id), i.record_id, coalesce(s.case_id, q.case_id), s.account_id), h.request_id, h.reference, case when i.state = 'pending' then array(
                     select distinct w.ground from archive.why_held(coalesce(s.authority_id, q.authority_id), i.record_id, coalesce(s.case_id, q.case_id), s.account_id) w order by 1) end
            from archive.disposal_items i left join archive.record_states s using (record_id) left join archive.disclosure_requests q on q.request_id = i.record_id
            left join lateral (
              select r.request_id, r.reference from archive.disclosure_items d join archive.disclosure_requests r using (request_id)
              where i.state = 'pending' and d.released_at is null and d.target_id in (i.record_id, s.case_id) order by d.added_at limit 1) h on true
            where i.run_id = $1 and i.place > $2 order by i.place limit $3
            """);
        query.Parameters.Add(new() { Value = run });
        query.Parameters.Add(new() { Value = after });
        query.Parameters.Add(new() { Value = limit });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ListedItem>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetInt32(0), rows.GetGuid(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetString(4), rows.GetFieldValue<DateOnly>(5), rows.GetString(6),
                rows.IsDBNull(7) ? null : rows.GetString(7), rows.GetBoolean(8))
            {
                Request = rows.IsDBNull(9) ? null : (rows.GetGuid(9), rows.GetString(10)),
                Grounds = rows.IsDBNull(11) ? [] : rows.GetFieldValue<string[]>(11),
            });
        }

        return found;
    }

    /// <summary>One item of the list, without its remarks; null when the list has no such record.</summary>
    public async Task<ListedItem?> Item(Guid run, Guid record, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select place - 1 from archive.disposal_items where run_id = $1 and record_id = $2");
        query.Parameters.Add(new() { Value = run });
        query.Parameters.Add(new() { Value = record });
        return await query.ExecuteScalarAsync(ct) is int before ? (await Items(run, before, 1, ct)).SingleOrDefault() : null;
    }

    /// <summary>The items with what reviewers said of them, as it stands sealed in the run's own events.</summary>
    public async Task<IReadOnlyList<ListedItem>> WithRemarks(Guid run, IReadOnlyList<ListedItem> items, CancellationToken ct)
    {
        var wanted = items.Select(i => i.Record).ToHashSet();
        var said = (await log.Store.ReadStream(run, ct: ct)).Where(r => r.Event is DisposalItemReviewed e && wanted.Contains(e.Record)).ToList();
        if (said.Count == 0) return items;
        var opened = await log.Open(said, ct);
        var remarks = said.ToLookup(r => ((DisposalItemReviewed)r.Event).Record, r =>
        {
            var (e, parts) = ((DisposalItemReviewed)r.Event, opened.GetValueOrDefault(r.Id)?.Parts);
            return new ItemRemark(e.Keeps, Guid.Parse(r.Actor!), parts?[DisposalRun.ActorName], e.Role, r.Time, parts?["remark"]);
        });
        return [.. items.Select(i => i with { Remarks = [.. remarks[i.Record]] })];
    }

    /// <summary>The batches, newest first.</summary>
    public async Task<List<DoneBatch>> Batches(Guid run, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select batch, destroyed_at, records, skipped, keys, objects, ledger_entry from archive.disposal_batches where run_id = $1 order by batch desc limit 200");
        query.Parameters.Add(new() { Value = run });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DoneBatch>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetInt32(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetInt32(2), rows.GetInt32(3), rows.GetInt32(4), rows.GetInt32(5), rows.IsDBNull(6) ? null : rows.GetInt64(6)));
        return found;
    }

    public async Task<RunProgress> Progress(Guid run, CancellationToken ct)
    {
        await using var batch = databases.Writer.CreateBatch();
        foreach (var sql in (string[])
        [
            "select state, coalesce(reason, ''), count(*) from archive.disposal_items where run_id = $1 group by 1, 2",
            """
            select count(*), count(*) filter (where ledger_entry is null and records + deliveries > 0), coalesce(sum(accounts), 0), coalesce(sum(deliveries), 0), coalesce(sum(keys), 0),
                   coalesce(sum(ciphertexts), 0), max(last_seq) from archive.disposal_batches where run_id = $1
            """,
            "select count(*) filter (where done_at is null), count(*) filter (where done_at is not null), max(problem) filter (where done_at is null) from archive.object_deletions where run_id = $1",
            """
            select count(distinct k.key_id) from archive.destruction_marks m join archive.delivery_records d on d.record_id = m.stream_id
            join archive.record_keys k on k.stream_id = d.delivery_id and k.class = 'delivery' where m.run_id = $1 and m.class = 'content'
            """,
        ])
        {
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = run } } });
        }

        await using var rows = await batch.ExecuteReaderAsync(ct);
        long pending = 0, destroyed = 0;
        var skipped = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct))
        {
            switch (rows.GetString(0))
            {
                case "pending": pending = rows.GetInt64(2); break;
                case "destroyed": destroyed = rows.GetInt64(2); break;
                default: skipped[rows.GetString(1)] = rows.GetInt64(2); break;
            }
        }

        await rows.NextResultAsync(ct);
        await rows.ReadAsync(ct);
        var (batches, outside, accounts, deliveries, keys, ciphertexts) = (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt64(5));
        long? last = rows.IsDBNull(6) ? null : rows.GetInt64(6);
        await rows.NextResultAsync(ct);
        await rows.ReadAsync(ct);
        var (left, done, problem) = (rows.GetInt64(0), rows.GetInt64(1), rows.IsDBNull(2) ? null : rows.GetString(2));
        await rows.NextResultAsync(ct);
        await rows.ReadAsync(ct);
        return new(pending, destroyed, skipped, batches, outside, left, done, rows.GetInt64(0), accounts, deliveries, keys, ciphertexts, last, problem);
    }

    private static async Task<List<Guid>> Ids(NpgsqlCommand query, CancellationToken ct)
    {
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    private async Task<List<DisposalRun>> Read(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.AddRange(parameters);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DisposalRun>();
        while (await rows.ReadAsync(ct)) found.Add(Of(rows));
        return found;
    }

    private static DisposalRun Of(NpgsqlDataReader row)
    {
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
        Guid? Id(int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
        return new(
            row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetInt32(3), row.GetGuid(4), row.GetFieldValue<DateOnly>(5), Enum.Parse<RunState>(row.GetString(6), ignoreCase: true),
            row.GetString(7), row.GetInt32(8), row.GetFieldValue<DateOnly>(9), row.GetFieldValue<DateOnly>(10),
            row.GetGuid(11), row.GetFieldValue<DateTimeOffset>(12), Id(13), Time(14), Time(15), Id(16), Time(17), Time(18), Time(19), Time(20), Time(21),
            row.IsDBNull(22) ? null : row.GetFieldValue<DateOnly>(22), row.IsDBNull(23) ? null : row.GetString(23), row.GetInt64(24))
        {
            Size = row.IsDBNull(25) ? null : new(row.GetInt64(25), row.GetInt32(26), row.GetInt64(27)),
        };
    }

    internal static NpgsqlBatchCommand Set(string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value switch
            {
                null => new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown },
                _ => new NpgsqlParameter { Value = value },
            });
        }

        return command;
    }
}
