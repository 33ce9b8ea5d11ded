using System.Diagnostics;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ArchiveService.AppTests.Hosting;

public sealed class The_embedded_database : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task starts_in_a_folder_with_a_difficult_name_and_stops_with_its_last_user()
    {
        var first = await Start();
        var second = await Start();
        var pid = first.Pid;
        Assert.Equal(pid, second.Pid);
        await using (var databases = new Databases(second.Connections))
            await databases.Check(CancellationToken.None);

        await first.DisposeAsync();
        Assert.Equal(pid, second.Pid);
        var socket = new NpgsqlConnectionStringBuilder(second.Superuser).Host!;
        await second.DisposeAsync();

        Assert.Equal(0, second.Pid);
        Assert.False(Directory.Exists(socket));
    }

    [Fact]
    public async Task keeps_what_was_stored()
    {
        await using (var before = await Start())
            await Execute(before.Connections.Owner, "create schema t; create table t.kept as select 'kvar' as word");

        await using var after = await Start();

        Assert.Equal("kvar", await Ask(after.Connections.Owner, "select word from t.kept"));
    }

    [Fact]
    public async Task keeps_its_files_and_passwords_to_itself()
    {
        await using var server = await Start();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Data, "postgres.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Log));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(folder.Data, "postgres")));
        Assert.Equal("", await Ask(server.Superuser, "select current_setting('listen_addresses')"));
        await Assert.ThrowsAsync<PostgresException>(() => Ask(server.Connections.Owner + ";Password=wrong", "select ''"));
    }

    [Fact]
    public async Task runs_with_the_settings_that_the_promises_rest_on()
    {
        await using var server = await EmbeddedPostgres.Start(folder.Data, NullLogger.Instance, CancellationToken.None);

        foreach (var (setting, value) in new[]
        {
            ("max_prepared_transactions", "0"), ("data_checksums", "on"), ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"),
            ("server_encoding", "UTF8"), ("lc_collate", "C.UTF-8"), ("wal_recycle", "off"),
            ("log_parameter_max_length", "0"), ("log_parameter_max_length_on_error", "0"), ("log_error_verbosity", "terse"), ("log_min_error_statement", "panic"),
        })
        {
            Assert.Equal((setting, value), (setting, await Ask(server.Superuser, $"show {setting}")));
        }
    }

    [Fact]
    public async Task writes_no_persons_text_into_its_log()
    {
        await using var server = await Start();
        foreach (var sql in new[] { "select 'Beda Skrivare'::bigint", "select * from \"Beda Skrivare\"", "do $$ begin raise exception 'Beda Skrivare'; end $$", "do $$ begin raise warning 'Beda Skrivare'; end $$ " })
            await Record.ExceptionAsync(() => Execute(server.Connections.Owner, sql));

        Assert.DoesNotContain("Beda", await File.ReadAllTextAsync(server.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task recovers_by_itself_after_the_server_was_killed()
    {
        await using var before = await EmbeddedPostgres.Start(folder.Data, NullLogger.Instance, CancellationToken.None);
        await Execute(before.Connections.Owner, "create schema t; create table t.kept as select 'kvar' as word");
        using (var server = Process.GetProcessById(before.Pid))
            server.Kill();

        await using var after = await Start();

        Assert.Equal("kvar", await Ask(after.Connections.Owner, "select word from t.kept"));
    }

    [Fact]
    public async Task is_not_fooled_by_a_pid_file_whose_number_another_program_has()
    {
        string cluster;
        await using (var before = await Start())
            cluster = before.Cluster;
        await File.WriteAllTextAsync(Path.Combine(cluster, "postmaster.pid"), $"{Environment.ProcessId}\n{cluster}\n1700000000\n5432\n/tmp\n\n  5432001         0\nready\n");

        await using var after = await Start();

        Assert.NotEqual(Environment.ProcessId, after.Pid);
        Assert.NotEqual(0, after.Pid);
    }

    [Fact]
    public async Task begins_again_after_an_interrupted_first_start()
    {
        await using (await Start())
        {
        }

        // As it is when the machine stopped while the cluster was being made.
        Directory.Move(Path.Combine(folder.Data, "postgres", "cluster"), Path.Combine(folder.Data, "postgres", "cluster.new"));

        await using var after = await Start();

        Assert.NotEqual(0, after.Pid);
    }

    [Fact]
    public async Task of_a_newer_PostgreSQL_is_refused_with_its_number()
    {
        string cluster;
        await using (var before = await Start())
            cluster = before.Cluster;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "99\n");

        var why = await Assert.ThrowsAsync<CannotStart>(Start);

        Assert.StartsWith("The data folder was made by PostgreSQL 99, but installed here: ", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_its_passwords_says_which_file_is_missing()
    {
        await using (await Start())
        {
        }

        File.Delete(Path.Combine(folder.Data, "postgres.json"));

        var why = await Assert.ThrowsAsync<CannotStart>(Start);

        Assert.Contains("postgres.json with its passwords is missing", why.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/data")]
    [InlineData("/dev/null/data")]
    public async Task in_a_folder_that_cannot_be_written_says_so(string place)
    {
        var why = await Assert.ThrowsAsync<CannotStart>(() => EmbeddedPostgres.Start(place, NullLogger.Instance, CancellationToken.None));

        Assert.StartsWith($"{place} cannot be written", why.Message, StringComparison.Ordinal);
        Assert.Contains("Archive__DataFolder", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task below_a_closed_folder_still_starts()
    {
        using var closed = new TemporaryFolder(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using var server = await EmbeddedPostgres.Start(closed.Data, ServerKind.Throwaway, NullLogger.Instance, CancellationToken.None);

        Assert.NotEqual(0, server.Pid);
    }

    [Fact]
    public async Task stops_what_it_had_started_when_the_start_is_cancelled()
    {
        foreach (var milliseconds in new[] { 1, 200, 600, 1_000 })
        {
            using var cancel = new CancellationTokenSource(milliseconds);
            try
            {
                await using var started = await EmbeddedPostgres.Start(folder.Data, ServerKind.Throwaway, NullLogger.Instance, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // The point of the test.
            }

            Assert.False(File.Exists(Path.Combine(folder.Data, "postgres", "cluster", "postmaster.pid")));
        }
    }

    private Task<EmbeddedPostgres> Start() => EmbeddedPostgres.Start(folder.Data, ServerKind.Throwaway, NullLogger.Instance, CancellationToken.None);

    private static async Task Execute(string connection, string sql)
    {
        await using var db = new NpgsqlConnection(connection + ";Pooling=false");
        await db.OpenAsync();
        await using var command = new NpgsqlCommand(sql, db);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> Ask(string connection, string sql)
    {
        await using var db = new NpgsqlConnection(connection + ";Pooling=false");
        await db.OpenAsync();
        await using var command = new NpgsqlCommand(sql, db);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
