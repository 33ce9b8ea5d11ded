using System.Diagnostics;
using ArchiveService.EventStore;
using ArchiveService.Hosting.Embedded;
using Npgsql;

namespace ArchiveService.Testing;

/// <summary>
/// What a hole costs once nobody can fill it any more: beside an idle foreign transaction and a dump without end, some transactions append and roll back
/// one after the other while a reader waits; timed from the end of the last of them.
/// </summary>
public static class PassedHoles
{
    private const int Candidates = 4;

    public static async Task<(IReadOnlyList<TimeSpan> Passed, int Dumps)> Time(int holes)
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var db = NpgsqlDataSource.Create(database.Connections.Writer);
        var types = new EventTypes(typeof(StoreSoak).Assembly);
        var store = new PostgresEventStore(db, types);
        await using var foreign = await database.Superuser.OpenConnectionAsync();
        await using var idle = await foreign.BeginTransactionAsync();
        await using (var work = new NpgsqlCommand("create table public.foreign_work (n int); insert into public.foreign_work values (1)", foreign, idle)) await work.ExecuteNonQueryAsync();

        using var over = new CancellationTokenSource();
        var dumping = Dump(await PostgresBinaries.Find(null, default), database.SuperuserConnection, over.Token);
        var passed = new List<TimeSpan>();
        await using var reader = new HoleSafeReader(db, types);
        var at = 0L;
        for (var n = 0; n < holes; n++)
        {
            var connections = new List<NpgsqlConnection>();
            var candidates = new List<NpgsqlTransaction>();
            for (var c = 0; c < Candidates; c++)
            {
                var connection = await db.OpenConnectionAsync();
                connections.Add(connection);
                candidates.Add(await connection.BeginTransactionAsync());
                await store.Append(candidates[^1], [StoreSoak.New(1)], new());
            }

            var last = ((Appended.Done)await store.Append([StoreSoak.New(1)], new())).LastSequence;
            if ((await reader.Read(at, 100)).UpTo >= last) throw new InvalidOperationException("The reader did not wait for the appenders.");
            foreach (var candidate in candidates) await candidate.RollbackAsync();
            var ended = Stopwatch.GetTimestamp();
            while ((at = (await reader.Read(at, 100)).UpTo) < last) await Task.Delay(1);
            passed.Add(Stopwatch.GetElapsedTime(ended));
            foreach (var connection in connections) await connection.DisposeAsync();
        }

        await over.CancelAsync();
        return (passed, await dumping);
    }

    private static async Task<int> Dump(PostgresBinaries binaries, string database, CancellationToken over)
    {
        var dumps = 0;
        for (; !over.IsCancellationRequested; dumps++)
        {
            using var dump = Process.Start(StoreSoak.Program(binaries, "pg_dump", database, "--file", "/dev/null"))!;
            await dump.WaitForExitAsync(CancellationToken.None);
            if (dump.ExitCode != 0) throw new InvalidOperationException($"pg_dump ended with {dump.ExitCode}.");
        }

        return dumps;
    }
}
