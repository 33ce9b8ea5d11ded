using System.Diagnostics;
using System.Reflection;
using ArchiveService.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Testing;

/// <summary>
/// A node with one plain projection, a process of its own that can be killed. It is the program that starts it once more, with <see cref="Word"/>
/// as its first argument, and ends by itself when that program does.
/// </summary>
public sealed class ProjectionNode : IDisposable
{
    public const string Word = "projection-node";

    private const string Connection = "ConnectionStrings__Archive";

    private readonly Process process;

    private ProjectionNode(string name, Process process) => (Name, this.process) = (name, process);

    public string Name { get; }

    public bool HasEnded => process.HasExited;

    /// <summary>The table of what the nodes have seen: the order, the event, and which node it was.</summary>
    public static async Task MakeTable(TestDatabase database)
    {
        await using var command = database.Owner.CreateCommand("""
            create table archive.witnessed (nth bigint generated always as identity, seq_id bigint not null, by text not null);
            grant select, insert on archive.witnessed to archive_writer
            """);
        await command.ExecuteNonQueryAsync();
    }

    /// <param name="program">The program, whose <c>Main</c> calls <see cref="Serve"/>.</param>
    /// <param name="database">With <see cref="MakeTable"/>.</param>
    /// <param name="name">Written beside every event.</param>
    /// <param name="knows">Where the event types are that this build knows.</param>
    public static ProjectionNode Start(Assembly program, TestDatabase database, string name, params Assembly[] knows)
    {
        var start = new ProcessStartInfo("dotnet", [program.Location, Word, name, .. knows.Select(assembly => assembly.FullName!)]) { UseShellExecute = false, RedirectStandardInput = true };
        start.Environment[Connection] = new NpgsqlConnectionStringBuilder(database.Connections.Writer) { ApplicationName = name }.ConnectionString;
        return new(name, Process.Start(start)!);
    }

    /// <summary>SIGKILL: nothing in it gets to say or mend anything.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    /// <summary>What the started program does instead of its own work.</summary>
    public static async Task<int> Serve(string[] args)
    {
        if (args is not [Word, var name, .. var assemblies]) return 2;
        using var stop = new CancellationTokenSource();
        await using var db = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(Connection)!);
        var worker = new ProjectionWorker(db, new([.. assemblies.Select(Assembly.Load)]), [new Witness(name)], new() { PageSize = Witness.PageSize });
        var running = worker.Run(stop.Token);
        await Console.In.ReadToEndAsync(CancellationToken.None);
        await stop.CancelAsync();
        await running;
        return 0;
    }

    /// <summary>Writes down what it sees. Nothing in the table or in here would refuse an event that comes twice or in another order.</summary>
    public sealed class Witness(string node) : Projection
    {
        internal const int PageSize = 10;

        public override string Name => "witness";

        public override async Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct)
        {
            if (page.FirstOrDefault(recorded => recorded.Event is UnknownEvent) is { } unknown) throw new NotSupportedException($"This build does not know {unknown.Name}.");

            // The pause makes most of the moments at which it can be killed lie inside a page.
            await using var insert = new NpgsqlCommand("""
                with seen as (insert into archive.witnessed (seq_id, by) select n, $2 from unnest($1) with ordinality u(n, place) order by place)
                select pg_sleep(0.01)
                """, transaction.Connection, transaction);
            insert.Parameters.Add(new() { Value = page.Select(recorded => recorded.Sequence).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            insert.Parameters.Add(new() { Value = node });
            await insert.ExecuteNonQueryAsync(ct);
        }
    }
}
