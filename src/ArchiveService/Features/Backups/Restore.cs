using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>What came back.</summary>
public sealed record Restored(Guid Restore, BackupManifest Manifest, Replayed Replayed, IReadOnlyList<ResumedSeries> Resumed, bool NumbersAsked);

/// <summary>Whether a backup can be brought back here, found out before anything changes.</summary>
public static class RestoreCheck
{
    /// <summary>Key file, ledger and backup belong together, and nothing in the backup has been cut or altered.</summary>
    /// <param name="say">Told what is not wrong but has to be known before anything changes.</param>
    /// <exception cref="CannotStart">With what is wrong.</exception>
    public static async Task<BackupManifest> Look(string folder, KeyFile keys, ErasureLedger ledger, Action<string> say, CancellationToken ct)
    {
        var manifest = BackupManifest.Read(folder, keys);
        say($"The backup {manifest.Id} was taken {manifest.TakenAt:yyyy-MM-dd HH:mm} UTC and goes up to event {manifest.LastSequence}. What came later will be lost.");
        MustOpen(manifest, keys, say);
        MustHaveLedger(manifest, ledger);
        await BackupTrial.Intact(folder, manifest, ct);
        return manifest;
    }

    private static void MustOpen(BackupManifest manifest, KeyFile keys, Action<string> say)
    {
        foreach (var kek in manifest.KeysByKek.Keys.Select(Guid.Parse).Where(kek => keys.Find(kek) is null))
        {
            throw new BackupProblem(keys.Destroyed.FirstOrDefault(d => d.Id == kek) is { } gone
                ? $"The backup is older than the rotation of {gone.Destroyed:yyyy-MM-dd HH:mm} UTC, which destroyed epoch key {kek}: it can be opened by nobody. Nothing has been changed. Use a backup taken after that."
                : $"The backup needs epoch key {kek}, which is not in the key file and was not destroyed by it. Nothing has been changed. Put the key file in place that belongs to the backup (Keys__MasterKeyFile).");
        }

        if (manifest.KeysByKek.Keys.Any(kek => Guid.Parse(kek) != keys.Current.Id))
            say("The backup is older than the last rotation of the epoch key; this key file still opens it. Run ./run keys rotate afterwards.");
    }

    private static void MustHaveLedger(BackupManifest manifest, ErasureLedger ledger)
    {
        if (!File.Exists(ledger.Path))
            throw new BackupProblem($"The erasure ledger {ledger.Path} is not there (Erasure__Ledger): without it nobody knows what was destroyed after the backup. Nothing has been changed. Put its newest copy there.");
        try
        {
            var lines = ledger.Read().ToList();
            if (lines.Count < manifest.LedgerLines || (manifest.LedgerLines > 0 && lines[(int)manifest.LedgerLines - 1].Hash != manifest.LedgerHash))
                throw new BackupProblem($"The erasure ledger {ledger.Path} has {lines.Count} lines, but when the backup was taken it had {manifest.LedgerLines}, which are not all among them. It was cut or is another one. Nothing has been changed. Put its newest copy there.");
        }
        catch (ErasureLedgerBroken why)
        {
            throw new BackupProblem($"{why.Message} Nothing has been changed. Put the newest copy of {ledger.Path} there.", why);
        }
    }
}

/// <summary>
/// Brings a backup back into an empty database: the log in one transaction, then what the erasure ledger says was destroyed since is destroyed again, then the attachments,
/// and what can be derived is built anew. Until all of it is done the database bears a mark, and nobody is served. Broken off, it is run again.
/// </summary>
public sealed class Restore(
    Databases databases, IObjectStore store, ErasureLedger ledger, LedgerReplay replay, KeyRotation rotation, PersonNames persons, ProjectionHost projections, SealedLog log,
    IServiceProvider services, TimeProvider clock)
{
    /// <param name="folder">The backup.</param>
    /// <param name="manifest">As it was looked at before (<see cref="RestoreCheck"/>).</param>
    /// <param name="by">The name of whoever brings it back; stands sealed beside the event.</param>
    /// <param name="known">The highest numbers known outside; null when nothing is said of them yet.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="ct">Breaks it off.</param>
    public async Task<Restored> Run(string folder, BackupManifest manifest, string by, IReadOnlyList<KnownOutside>? known, IProgress<(string What, long Done, long Of)>? progress, CancellationToken ct)
    {
        await Begin(manifest, ct);
        if (!await Holds("select to_regclass('archive.mt_events') is not null", ct))
        {
            progress?.Report(("Bringing back the log", 0, 1));
            var tools = await PostgresTools.Find(databases.Connections.Owner, (int)await Number("select current_setting('server_version_num')::bigint", ct), ct);

            // The views are empty, so their projections begin at the beginning. With the log: a restore that is broken off later goes on with them.
            await tools.Restore(Path.Combine(folder, BackupManifest.DumpName), "delete from archive.mt_event_progression where name like 'archive:%'", ct);
            progress?.Report(("Bringing back the log", 1, 1));
        }

        await Migrations.Apply(databases.Owner, ct);
        if (manifest.LastSequence > 0 && await Number("select coalesce(max(seq_id), 0) from archive.mt_events", ct) < manifest.LastSequence)
            throw new BackupProblem($"The log ends before event {manifest.LastSequence}, which the backup is said to hold. The backup is damaged.");

        await rotation.EndKnown(CommandLineCaller.Caller, ct);
        progress?.Report(("Destroying again what was destroyed since", 0, 1));
        var replayed = await replay.Run(CommandLineCaller.Caller, ct);
        progress?.Report(("Destroying again what was destroyed since", 1, 1));
        await Objects(folder, progress, ct);
        await persons.Fill(ct);
        await Inbox(ct);
        await Project(progress, ct);

        var id = await Note(manifest, replayed, by, ct);
        await Do($"comment on database {await Database(ct)} is null", ct);
        var resumption = known is null ? new Resumption([]) : await ActivatorUtilities.CreateInstance<ResumeLog>(services).Run(known, dryRun: false, CommandLineCaller.Caller, ct);
        return resumption.Refused is not { } refused
            ? new(id, manifest, replayed, resumption.Resumed, known is not null)
            : throw new CannotStart($"The archive is back, but its numbers do not go on yet: {refused.Explanation} Run ./run resume-log.");
    }

    /// <summary>An empty database, or one that this very backup is being brought back into.</summary>
    private async Task Begin(BackupManifest manifest, CancellationToken ct)
    {
        var mark = Installation.RestoringMark(manifest.Id);
        if (await Installation.MarkOf(databases.Owner, ct) is { } other && other != mark)
            throw new BackupProblem("Another backup is being brought back into this database and was not finished. Finish that, or begin with an empty database.");
        var isMarked = await Installation.MarkOf(databases.Owner, ct) == mark;
        if (!isMarked && await Holds("select exists (select from pg_namespace where nspname in ('archive', 'views', 'work'))", ct))
            throw new BackupProblem("The database is not empty: it holds an archive. Nothing has been changed. A backup is brought back into an empty database (embedded: an empty data folder with the key file and the erasure ledger in it).");
        if (!isMarked) await Do($"comment on database {await Database(ct)} is '{mark}'", ct);
    }

    private async Task Objects(string folder, IProgress<(string, long, long)>? progress, CancellationToken ct)
    {
        // Those of destroyed things are not brought back, whether the backup or the ledger knows of it.
        var destroyed = ledger.Read().SelectMany(line => line.Entry.Objects).ToHashSet(StringComparer.Ordinal);
        await using (var query = databases.Owner.CreateCommand("select object_key from archive.object_deletions"))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) destroyed.Add(rows.GetString(0));
        }

        var objects = BackupTrial.Objects(folder).ToList();
        for (var n = 0; n < objects.Count; n++)
        {
            var one = objects[n];
            if (!destroyed.Contains(one.Name) && await store.Length(one.Name, ct) is null)
            {
                await using var file = File.OpenRead(Path.Combine(folder, "objects", one.Name.Replace('/', '.')));
                await store.Put(one.Name, file, one.Bytes, ct);
            }

            progress?.Report(("Bringing back attachments", n + 1, objects.Count));
        }

        foreach (var key in destroyed) await store.DestroyEverything(key, ct);
    }

    /// <summary>The queue is the delivery streams that nothing has ended; those that had been given up come back as dead letters.</summary>
    private async Task Inbox(CancellationToken ct)
    {
        await Do("""
            insert into work.inbox (delivery_id, platform, received_at, attempts, dead, problem)
            select e.stream_id, e.data->>'platform', e.timestamp, coalesce((f.data->>'attempts')::int, 0), f.data is not null, f.data->>'problem'
            from archive.mt_events e
            left join lateral (select f.data from archive.mt_events f where f.stream_id = e.stream_id and f.type = 'delivery_failed' order by f.version desc limit 1) f on true
            where e.type = 'delivery_received' and e.data->>'means' <> 'import'
              and not exists (select from archive.mt_events d where d.stream_id = e.stream_id and d.type in ('delivery_processed', 'delivery_discarded', 'delivery_disposed'))
            on conflict (delivery_id) do nothing
            """, ct);

        // A file whose import nothing has ended is read anew: what is there already counts as duplicates.
        await Do("""
            insert into work.imports (import_id, channel_id, authority_id, form, delivery_id, requested_by, requested_at, bytes)
            select gen_random_uuid(), c.channel_id, c.authority_id, e.data->>'platform', e.stream_id, e.user_name::uuid, e.timestamp, (e.data->>'bytes')::bigint
            from archive.mt_events e join archive.channels c on c.channel_id = (e.data->>'channel')::uuid
            where e.type = 'delivery_received' and e.data->>'means' = 'import' and e.user_name ~ '^[0-9a-f-]{36}$'
              and not exists (select from archive.mt_events d where d.stream_id = e.stream_id and d.type in ('delivery_processed', 'delivery_failed', 'delivery_discarded', 'delivery_disposed'))
              and not exists (select from work.imports i where i.delivery_id = e.stream_id)
            """, ct);
        await Do("""
            insert into work.discarded_deliveries (delivery_id, platform, received_at, discarded_at, reason)
            select e.stream_id, e.data->>'platform', e.timestamp, d.timestamp, d.data->>'reason'
            from archive.mt_events d join archive.mt_events e on e.stream_id = d.stream_id and e.type = 'delivery_received'
            where d.type = 'delivery_discarded' and not exists (select from archive.mt_events l where l.stream_id = d.stream_id and l.version > d.version and l.type <> 'delivery_opened')
            on conflict (delivery_id) do nothing
            """, ct);
        await Do("select work.requeue_media()", ct);
    }

    private async Task Project(IProgress<(string, long, long)>? progress, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = projections.Worker.Run(stop.Token);
        try
        {
            while (true)
            {
                var status = await projections.Worker.Status(ct);
                if (status.FirstOrDefault(p => p.State == ProjectionState.Stopped) is { } stopped)
                    throw new CannotStart($"The view {stopped.Name} stopped at event {stopped.StoppedAt}: {stopped.LastError}. The log is back; mend the cause and run the restore again.");
                progress?.Report(("Building the views", status.Min(p => p.Position), Math.Max(1, status[0].HeadSequence)));
                if (status.All(p => p.Position >= p.HeadSequence)) return;
                await Task.Delay(100, ct);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
    }

    private async Task<Guid> Note(BackupManifest manifest, Replayed replayed, string by, CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        await using (var noted = new NpgsqlCommand("select restore_id from archive.restores where backup_id = $1", owner) { Parameters = { new() { Value = manifest.Id } } })
        {
            // Killed between this and the end.
            if (await noted.ExecuteScalarAsync(ct) is Guid before) return before;
        }

        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await using var transaction = await owner.BeginTransactionAsync(ct);
        var row = new NpgsqlBatchCommand("insert into archive.restores (restore_id, backup_id, taken_at, restored_at, last_seq) values ($1, $2, $3, $4, $5)")
        {
            Parameters = { new() { Value = id }, new() { Value = manifest.Id }, new() { Value = manifest.TakenAt.ToUniversalTime() }, new() { Value = now.ToUniversalTime() }, new() { Value = manifest.LastSequence } },
        };
        var happened = new BackupRestored(id, manifest.Id, manifest.TakenAt, now, manifest.LastSequence, replayed.Lines, replayed.LinesReplayed, replayed.Streams, replayed.Keys);
        var draft = new Draft(id, "log", ExpectedVersion.NewStream, [new(happened, KeyClass.Office, new Parts().With("actor.name", by))]);
        await log.Append(transaction, [draft], log.NewKeySet(), new(CommandLineCaller.Caller.PersonId.ToString("D")), [row], ct);
        await transaction.CommitAsync(ct);
        return id;
    }

    private async Task<string> Database(CancellationToken ct)
    {
        await using var query = databases.Owner.CreateCommand("select quote_ident(current_database())");
        return (string)(await query.ExecuteScalarAsync(ct))!;
    }

    private async Task<bool> Holds(string sql, CancellationToken ct)
    {
        await using var query = databases.Owner.CreateCommand(sql);
        return await query.ExecuteScalarAsync(ct) is true;
    }

    private async Task<long> Number(string sql, CancellationToken ct)
    {
        await using var query = databases.Owner.CreateCommand(sql);
        return Convert.ToInt64(await query.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task Do(string sql, CancellationToken ct)
    {
        await using var command = databases.Owner.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(ct);
    }
}
