using System.CommandLine;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>What a scrub did. <paramref name="OldLog"/> counts write-ahead log files from before it that the server still keeps.</summary>
public sealed record Scrubbed(int Tables, int Runs, long OldLog);

/// <summary>
/// The physical step of gallring, as the owner: deleted rows stay in heap pages, indexes, statistics and write-ahead log until these are rewritten.
/// Rewrites what holds derived content, and the keys and ciphertexts; never the log, which holds none.
/// </summary>
public sealed class Scrub(Databases databases, SealedLog log, DisposalRuns runs)
{
    public static Command Verb(OpenArchive open)
    {
        var verb = new Command("scrub", "Rewrites the tables that destroyed records stood in, so that their bytes leave the disk.");
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var done = await archive.Services.GetRequiredService<Scrub>().Run(Access.Caller.System, ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{done.Tables} tables rewritten, {done.Runs} disposal runs noted as scrubbed.");
            if (done.OldLog == 0) return 0;
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                $"{done.OldLog} write-ahead log files from before are still kept by the server (a replication slot, wal_keep_size or wal_recycle = on). They hold old bytes until they are gone; run scrub again then.");
            return 2;
        });
        return verb;
    }

    public async Task<Scrubbed> Run(Access.Caller by, CancellationToken ct)
    {
        // Runs that end while the tables are being rewritten are left for the next time.
        var concerned = await runs.Unscrubbed(ct);
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        var tables = await Tables(owner, ct);
        foreach (var table in tables) await Do(owner, $"vacuum (full, analyze) {table}", ct);

        // The planner's statistics of those tables, as they were: rewritten last, when nothing puts the old values there again.
        await Do(owner, "vacuum (full) pg_catalog.pg_statistic", ct);
        await Do(owner, "vacuum (full) pg_catalog.pg_statistic_ext_data", ct);
        var oldLog = await DropOldLog(owner, ct);
        if (oldLog > 0) return new(tables.Count, 0, oldLog);

        foreach (var run in concerned)
        {
            var follow = DisposalRuns.Set("update archive.disposal_runs r set scrubbed_at = s.timestamp from archive.mt_streams s where s.id = r.run_id and r.run_id = $1 and r.scrubbed_at is null", run);
            await log.Append([new(run, "disposal_run", ExpectedVersion.Any, [new(new DisposalScrubbed(tables.Count))])], log.NewKeySet(), new(by.PersonId.ToString("D")), [follow], ct);
        }

        return new(tables.Count, concerned.Count, 0);
    }

    private static async Task<List<string>> Tables(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select format('%I.%I', n.nspname, c.relname)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'm') and (n.nspname in ('views', 'work') or (n.nspname = 'archive' and c.relname in ('record_keys', 'sealed_content')))
            order by n.nspname, c.relname
            """, owner);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<string>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetString(0));
        return found;
    }

    /// <summary>Begins a new file of write-ahead log and writes a checkpoint after it: the server then removes what lies before.</summary>
    private static async Task<long> DropOldLog(NpgsqlConnection owner, CancellationToken ct)
    {
        await Do(owner, "select pg_switch_wal()", ct);
        await using var first = new NpgsqlCommand("select pg_walfile_name(pg_current_wal_insert_lsn() + 1)", owner);
        var begun = (string)(await first.ExecuteScalarAsync(ct))!;

        // The second one removes what the first one still needed.
        await Do(owner, "checkpoint", ct);
        await Do(owner, "select pg_switch_wal()", ct);
        await Do(owner, "checkpoint", ct);
        // A recycled file stands under a name of the future, with its old bytes.
        await using var kept = new NpgsqlCommand("""
            select count(*) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'
              and (substr(name, 9) < substr($1, 9) or (current_setting('wal_recycle') = 'on' and substr(name, 9) > substr(pg_walfile_name(pg_current_wal_insert_lsn()), 9)))
            """, owner);
        kept.Parameters.Add(new() { Value = begun });
        return (long)(await kept.ExecuteScalarAsync(ct))!;
    }

    private static async Task Do(NpgsqlConnection owner, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, owner) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
