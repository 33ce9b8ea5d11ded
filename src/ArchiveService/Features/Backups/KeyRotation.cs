using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Backups;

/// <summary>What a rotation came to. <paramref name="Resumed"/>: it had begun before and was broken off.</summary>
public sealed record Rotated(Guid Rotation, Guid OldKek, Guid NewKek, long Keys, long Notes, string? Backup, bool Resumed);

/// <summary>Somebody else is at it.</summary>
public sealed class RotationRunning() : CannotStart("A rotation of the epoch key is running already, here or on another node. Wait until it has ended.");

/// <summary>
/// The final step of gallring: surviving keys are wrapped under a new epoch key, a backup taken after that is opened on trial, and only then the old epoch key is destroyed.
/// After that no older backup can be opened by anybody. Key file, table and backup each say how far it has come: broken off at any moment it is taken up again there,
/// and until the last step both epoch keys open everything.
/// </summary>
public sealed class KeyRotation(Databases databases, IKeyProvider provider, SealedLog log, Backup backup, BackupTrial trial, TimeProvider clock)
{
    private const string Turn = "archive:key-rotation";
    private const int BatchSize = 2000;

    private sealed record Row(Guid Id, Guid Old, Guid New, DateTimeOffset StartedAt, bool Closed, DateTimeOffset? RewrappedAt, DateTimeOffset? TrialOpenedAt, Guid? Backup);

    /// <param name="by">In whose name.</param>
    /// <param name="backups">The folder that the backup is put into, in a folder of its own.</param>
    /// <param name="progress">Told of each step and how far it has come.</param>
    /// <param name="ct">Breaks it off; nothing is lost by that.</param>
    /// <exception cref="CannotStart">With what is wrong; the old epoch key is still there then.</exception>
    public async Task<Rotated> Run(Caller by, string backups, IProgress<(string What, long Done, long Of)>? progress, CancellationToken ct)
    {
        var file = provider as KeyFile ?? throw new CannotStart("The keys are not kept in a file: rotate them where they are kept.");
        file.MustBeWritable();
        await using var turn = await databases.Owner.OpenConnectionAsync(ct);
        if (!await Take(turn, ct)) throw new RotationRunning();
        try
        {
            var (row, resumed) = await Begin(turn, file, ct);
            if (file.Find(row.Old) is null) return await End(turn, row, by, null, resumed: true, ct);
            if (!row.Closed) await Close(turn, row, ct);
            var notes = row.RewrappedAt is null ? await Rewrap(turn, row, file, progress, ct) : 0;
            row = (await Unfinished(turn, ct))!;

            var folder = Path.Combine(Path.GetFullPath(backups), $"rotation-{row.Id:D}");
            if (row.TrialOpenedAt is null)
            {
                if (!Backup.IsFinished(folder)) await backup.Run(folder, progress, ct);
                progress?.Report(("Opening the backup on trial", 0, 1));
                var opened = await trial.Open(folder, file.Find(row.New)!, ct);
                progress?.Report(("Opening the backup on trial", 1, 1));
                await Do(turn, "update archive.key_rotations set trial_opened_at = clock_timestamp(), backup_id = $2 where rotation_id = $1", ct, row.Id, BackupManifest.Read(folder, provider).Id);
                row = (await Unfinished(turn, ct))!;
            }

            // The last look: from here there is no way back.
            if (await Left(turn, row, ct) is > 0 and var left) throw new CannotStart($"{left} keys are still wrapped under the old epoch key. Nothing has been destroyed; run ./run verify.");
            file.DestroyOldEpoch(new(row.Id, row.Old, row.New, row.StartedAt), clock);
            return await End(turn, row, by, (folder, notes), resumed, ct);
        }
        finally
        {
            await Do(turn, "select pg_advisory_unlock_all()", CancellationToken.None);
        }
    }

    /// <summary>
    /// Ends a rotation whose old epoch key is gone already: one that was killed after its last step, or one that stands unfinished in a backup that was taken on trial.
    /// Null when there is none.
    /// </summary>
    public async Task<Rotated?> EndKnown(Caller by, CancellationToken ct)
    {
        if (provider is not KeyFile file) return null;
        await using var turn = await databases.Owner.OpenConnectionAsync(ct);
        if (!await Take(turn, ct)) return null;
        try
        {
            return await Unfinished(turn, ct) is { } row && file.Find(row.Old) is null && file.Destroyed.Any(d => d.Id == row.Old) ? await End(turn, row, by, null, resumed: true, ct) : null;
        }
        finally
        {
            await Do(turn, "select pg_advisory_unlock_all()", CancellationToken.None);
        }
    }

    private async Task<(Row Row, bool Resumed)> Begin(NpgsqlConnection turn, KeyFile file, CancellationToken ct)
    {
        if (await Unfinished(turn, ct) is { } begun)
        {
            if (file.Find(begun.New) is null || (file.Find(begun.Old) is null && file.Destroyed.All(d => d.Id != begun.Old)))
                throw new KeyFileTooOld(file.Path, begun.Id);
            return (begun, true);
        }

        // The file first: whoever meets a key under the new epoch key finds it there.
        var pending = file.Rotation;
        var rotation = file.BeginRotation(clock);
        await Do(turn, "insert into archive.key_rotations (rotation_id, old_kek, new_kek, started_at) values ($1, $2, $3, $4)", ct,
            rotation.Id, $"{rotation.From:D}", $"{rotation.To:D}", rotation.Started.ToUniversalTime());
        return ((await Unfinished(turn, ct))!, pending is not null);
    }

    /// <summary>
    /// From here on nothing new is wrapped under the old epoch key. Every process has had the time to see the new one in the file; the table is locked for an instant, so that
    /// what is being written under the old one has been committed before, and is rewrapped with the rest.
    /// </summary>
    private static async Task Close(NpgsqlConnection turn, Row row, CancellationToken ct)
    {
        await Task.Delay(KeyFile.SeenWithin, ct);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await turn.BeginTransactionAsync(ct);

                // Writers that come while it waits wait behind it: rather give way and try again.
                await Do(turn, "set local lock_timeout = '300ms'", ct);
                await Do(turn, "lock table archive.record_keys, archive.search_log, archive.saved_searches, archive.source_secrets in share mode", ct);
                await Do(turn, "update archive.key_rotations set old_closed_at = clock_timestamp() where rotation_id = $1", ct, row.Id);
                await transaction.CommitAsync(ct);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected && attempt < 1000)
            {
                await Task.Delay(Random.Shared.Next(20, 200), ct);
            }
        }
    }

    private async Task<long> Rewrap(NpgsqlConnection turn, Row row, KeyFile file, IProgress<(string, long, long)>? progress, CancellationToken ct)
    {
        var (old, fresh) = (file.Find(row.Old)!, file.Find(row.New)!);
        var all = await Count(turn, "select count(*) from archive.record_keys", ct);
        long done = 0;
        await Each(turn, "select key_id, class, stream_id, kek_id, alg, wrapped, former_kek_id, former_wrapped from archive.record_keys where key_id > $1 and kek_id = $2 order by key_id limit $3", row.Old, async keys =>
        {
            var wraps = new WrappedKey[keys.Count];
            Parallel.For(0, keys.Count, n =>
            {
                var key = Unwrap(keys[n].Now, old);
                wraps[n] = key.Wrap(fresh);
            });
            await Batch("select archive.rewrap_keys($1, $2, $3)", row.Id, [.. wraps.Select(w => w.KeyId)], [.. wraps.Select(w => w.Wrapped)], ct);
            progress?.Report(("Wrapping keys anew", done += keys.Count, all));
        }, ct);

        // Read back: only a new wrap that gives the same key as the old one may take its place.
        done = 0;
        await Each(turn, "select key_id, class, stream_id, kek_id, alg, wrapped, former_kek_id, former_wrapped from archive.record_keys where key_id > $1 and former_kek_id = $2 order by key_id limit $3", row.Old, async keys =>
        {
            Parallel.For(0, keys.Count, n =>
            {
                if (!Unwrap(keys[n].Now, fresh).IsSameAs(Unwrap(keys[n].Before!, old)))
                    throw new CannotStart($"The new wrap of key {keys[n].Now.KeyId} does not give the key. Nothing has been destroyed; both wraps are kept. Run ./run verify.");
            });
            await Batch("select archive.settle_keys($1, $2)", row.Id, [.. keys.Select(k => k.Now.KeyId)], null, ct);
            progress?.Report(("Opening the new wraps", done += keys.Count, all));
        }, ct);
        var notes = await Notes(turn, "archive.search_log", "search_id", row, old, fresh, ct) + await Notes(turn, "archive.saved_searches", "saved_id", row, old, fresh, ct)
            + await Notes(turn, "archive.source_secrets", "secret_id", row, old, fresh, ct);
        await Do(turn, "update archive.key_rotations set rewrapped_at = clock_timestamp() where rotation_id = $1", ct, row.Id);
        return notes;
    }

    /// <summary>What is sealed under the epoch key itself: who searched for what. One that does not open has been unreadable before.</summary>
    private static async Task<long> Notes(NpgsqlConnection turn, string table, string id, Row row, EpochKey old, EpochKey fresh, CancellationToken ct)
    {
        long done = 0;
        var after = Guid.Empty;
        while (true)
        {
            var notes = new List<(Guid Id, byte[] Sealed)>();
            await using (var query = new NpgsqlCommand($"select {id}, sealed from {table} where {id} > $1 and kek_id = $2 order by {id} limit $3", turn) { CommandTimeout = 0 })
            {
                foreach (var value in (object[])[after, row.Old, BatchSize]) query.Parameters.Add(new() { Value = value });
                await using var rows = await query.ExecuteReaderAsync(ct);
                while (await rows.ReadAsync(ct)) notes.Add((rows.GetGuid(0), rows.GetFieldValue<byte[]>(1)));
            }

            if (notes.Count == 0) return done;
            after = notes[^1].Id;
            var again = notes.Select(n => (n.Id, Sealed: SealedNote.Open(old, n.Id, n.Sealed) is { } text ? SealedNote.Seal(fresh, n.Id, text) : n.Sealed)).ToList();
            await using var update = new NpgsqlCommand($"update {table} t set kek_id = $1, sealed = n.sealed from unnest($2, $3) n(id, sealed) where t.{id} = n.id", turn);
            update.Parameters.Add(new() { Value = row.New });
            update.Parameters.Add(new() { Value = again.Select(n => n.Id).ToArray() });
            update.Parameters.Add(new() { Value = again.Select(n => n.Sealed).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            done += await update.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task<Rotated> End(NpgsqlConnection turn, Row row, Caller by, (string Folder, long Notes)? backedUp, bool resumed, CancellationToken ct)
    {
        var byClass = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using (var query = new NpgsqlCommand("select class, count(*) from archive.record_keys where kek_id = $1 group by class", turn) { CommandTimeout = 0 })
        {
            query.Parameters.Add(new() { Value = row.New });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) byClass[rows.GetString(0)] = rows.GetInt64(1);
        }

        var notes = await Count(turn, "select (select count(*) from archive.search_log where kek_id = $1) + (select count(*) from archive.saved_searches where kek_id = $1) + (select count(*) from archive.source_secrets where kek_id = $1)", ct, row.New);
        var gone = provider is KeyFile file ? file.Destroyed.FirstOrDefault(d => d.Id == row.Old)?.Destroyed : null;
        var destroyedAt = (gone ?? clock.GetUtcNow()).ToUniversalTime();
        var happened = new KeysRotated(
            row.Id, row.Old, row.New, row.StartedAt, row.RewrappedAt ?? destroyedAt, row.TrialOpenedAt ?? destroyedAt, destroyedAt, row.Backup, byClass.Values.Sum(), byClass, notes);

        // As the owner: no other login may write in the table, and the event and the row come together.
        await using var transaction = await turn.BeginTransactionAsync(ct);
        var follow = new NpgsqlBatchCommand("""
            update archive.key_rotations set rewrapped_at = coalesce(rewrapped_at, $2), trial_opened_at = coalesce(trial_opened_at, $2), destroyed_at = $2 where rotation_id = $1
            """)
        { Parameters = { new() { Value = row.Id }, new() { Value = destroyedAt } } };
        await log.Append(transaction, [new(row.Id, "key_rotation", ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(by.PersonId.ToString("D")), [follow], ct);
        await transaction.CommitAsync(ct);
        return new(row.Id, row.Old, row.New, happened.Keys, notes, backedUp?.Folder, resumed);
    }

    private static RecordKey Unwrap(WrappedKey key, EpochKey epoch)
    {
        try
        {
            return RecordKey.Unwrap(key, epoch);
        }
        catch (CryptographicException error)
        {
            throw new CannotStart($"The {key.Class.Stored()} key {key.KeyId} of stream {key.StreamId} does not open under epoch key {epoch.Id}: it was altered or exchanged. Nothing has been destroyed; run ./run verify.", error);
        }
    }

    private static async Task Each(NpgsqlConnection turn, string sql, Guid kek, Func<List<(WrappedKey Now, WrappedKey? Before)>, Task> batch, CancellationToken ct)
    {
        var after = Guid.Empty;
        while (true)
        {
            var keys = new List<(WrappedKey Now, WrappedKey? Before)>(BatchSize);
            await using (var query = new NpgsqlCommand(sql, turn) { CommandTimeout = 0 })
            {
                foreach (var value in (object[])[after, kek, BatchSize]) query.Parameters.Add(new() { Value = value });
                await using var rows = await query.ExecuteReaderAsync(ct);
                while (await rows.ReadAsync(ct))
                {
                    var now = new WrappedKey(rows.GetGuid(0), Enum.GetValues<KeyClass>().First(c => c.Stored() == rows.GetString(1)), rows.GetGuid(2), rows.GetGuid(3), rows.GetString(4), rows.GetFieldValue<byte[]>(5));
                    keys.Add((now, rows.IsDBNull(6) ? null : now with { KekId = rows.GetGuid(6), Wrapped = rows.GetFieldValue<byte[]>(7) }));
                }
            }

            if (keys.Count == 0) return;
            after = keys[^1].Now.KeyId;
            try
            {
                await batch(keys);
            }
            catch (AggregateException several) when (several.InnerExceptions is [CannotStart why, ..])
            {
                throw why;
            }
        }
    }

    /// <summary>A gallring that destroys some of the same keys may stand in the way for a moment.</summary>
    private async Task Batch(string sql, Guid rotation, Guid[] keys, byte[][]? wrapped, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var command = databases.Owner.CreateCommand(sql);
                command.CommandTimeout = 300;
                command.Parameters.Add(new() { Value = rotation });
                command.Parameters.Add(new() { Value = keys });
                if (wrapped is not null) command.Parameters.Add(new() { Value = wrapped, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
                await command.ExecuteNonQueryAsync(ct);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < 10)
            {
                await Task.Delay(Random.Shared.Next(10, 100 * attempt), ct);
            }
        }
    }

    private static Task<long> Left(NpgsqlConnection turn, Row row, CancellationToken ct) => Count(turn, """
        select (select count(*) from archive.record_keys where kek_id = $1 or former_kek_id is not null)
             + (select count(*) from archive.search_log where kek_id = $1) + (select count(*) from archive.saved_searches where kek_id = $1)
             + (select count(*) from archive.source_secrets where kek_id = $1)
        """, ct, row.Old);

    private static async Task<Row?> Unfinished(NpgsqlConnection turn, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(
            "select rotation_id, old_kek, new_kek, started_at, old_closed_at is not null, rewrapped_at, trial_opened_at, backup_id from archive.key_rotations where destroyed_at is null", turn);
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(row.GetGuid(0), Guid.Parse(row.GetString(1)), Guid.Parse(row.GetString(2)), row.GetFieldValue<DateTimeOffset>(3), row.GetBoolean(4),
                row.GetFieldValue<DateTimeOffset?>(5), row.GetFieldValue<DateTimeOffset?>(6), row.GetFieldValue<Guid?>(7))
            : null;
    }

    private static async Task<bool> Take(NpgsqlConnection turn, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", turn) { Parameters = { new() { Value = Turn } } };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<long> Count(NpgsqlConnection turn, string sql, CancellationToken ct, params object[] values)
    {
        await using var query = new NpgsqlCommand(sql, turn) { CommandTimeout = 0 };
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        return Convert.ToInt64(await query.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task Do(NpgsqlConnection turn, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, turn) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>The database is in the middle of a rotation that the key file knows nothing of.</summary>
public sealed class KeyFileTooOld(string path, Guid rotation)
    : CannotStart($"The database is in the middle of rotation {rotation}, but {path} knows nothing of its epoch keys: it is an older copy. Put the newest key file in place.");
