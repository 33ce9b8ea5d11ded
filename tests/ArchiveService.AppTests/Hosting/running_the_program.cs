using System.Net;
using System.Net.Sockets;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace ArchiveService.AppTests.Hosting;

public sealed class Running_the_program : IAsyncLifetime
{
    private TemporaryFolder folder = null!;

    public async Task InitializeAsync() => folder = await TemporaryFolder.WithDatabase();

    public Task DisposeAsync()
    {
        folder.Dispose();
        return Task.CompletedTask;
    }

    private string PidFile => Path.Combine(folder.Data, "postgres", "cluster", "postmaster.pid");

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task serves_until_told_to_stop_and_then_stops_its_database(string signal)
    {
        await using var service = RunningProgram.Serving(folder.Data);
        using var http = new HttpClient { BaseAddress = await service.Ready() };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);

        var (code, said) = await service.Stop(signal);

        Assert.Equal(0, code);
        Assert.Contains($"Data folder: {folder.Data}", said, StringComparison.Ordinal);
        Assert.False(File.Exists(PidFile));
        Assert.False(File.Exists(Path.Combine(folder.Data, "service.json")));
    }

    [Fact]
    public async Task twice_on_one_folder_is_refused_with_who_has_it()
    {
        await using var first = RunningProgram.Serving(folder.Data);
        var address = await first.Ready();

        await using var second = RunningProgram.Serving(folder.Data);
        var (code, said) = await second.Ended();

        Assert.Equal(1, code);
        Assert.Contains($"An ArchiveService already serves {folder.Data} (process {first.Pid}, {address.ToString().TrimEnd('/')})", said, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = address };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task with_a_verb_leaves_a_running_service_and_its_database_alone()
    {
        await using var service = RunningProgram.Serving(folder.Data);
        using var http = new HttpClient { BaseAddress = await service.Ready() };

        await using var verb = new RunningProgram(folder.Data, "migrate");
        var (code, said) = await verb.Ended();

        Assert.Equal(0, code);
        Assert.StartsWith("0 migrations applied", said, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task with_a_verb_alone_makes_the_database_and_stops_it()
    {
        using var empty = new TemporaryFolder();
        await using var verb = new RunningProgram(empty.Data, "migrate");
        var (code, said) = await verb.Ended();

        Assert.Equal(0, code);
        Assert.StartsWith($"{Migrations.BuiltIn.Count} migrations applied", said, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(empty.Postgres, "cluster")));
        Assert.False(File.Exists(Path.Combine(empty.Postgres, "cluster", "postmaster.pid")));
    }

    [Fact]
    public async Task after_it_was_killed_takes_its_database_over()
    {
        await using var killed = RunningProgram.Serving(folder.Data);
        await killed.Ready();
        var postmaster = (await File.ReadAllLinesAsync(PidFile))[0];
        await killed.KillAtOnce();

        await using var next = RunningProgram.Serving(folder.Data);
        await next.Ready();
        Assert.Equal(postmaster, (await File.ReadAllLinesAsync(PidFile))[0]);
        await next.Stop();

        Assert.False(File.Exists(PidFile));
    }

    /// <summary>It announces itself in the folder, then greets: told to stop between the two, it must not stay with a database that is gone.</summary>
    [Fact]
    public async Task ends_when_it_is_told_to_while_it_greets()
    {
        await using var service = RunningProgram.Serving(folder.Data);
        var note = Path.Combine(folder.Data, "service.json");
        while (!File.Exists(note) || !(await File.ReadAllTextAsync(note)).Contains("http", StringComparison.Ordinal)) await Task.Delay(1);
        var (code, said) = await service.Stop();

        Assert.True(code == 0, said);
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task on_an_address_in_use_says_which_and_stops_its_database()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        await using var service = new RunningProgram(folder.Data, $"--urls={address}");
        var (code, said) = await service.Ended();

        Assert.Equal(1, code);
        Assert.Contains($"Another program already listens there: Failed to bind to address {address}", said, StringComparison.Ordinal);
        Assert.Contains("ASPNETCORE_URLS=", said, StringComparison.Ordinal);
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task with_an_unknown_verb_lists_the_known_ones()
    {
        using var untouched = new TemporaryFolder();
        await using var typo = new RunningProgram(untouched.Data, "migrat");
        var (code, said) = await typo.Ended();

        Assert.Equal(1, code);
        Assert.Contains("migrate", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(untouched.Data));
    }

    [Fact]
    public async Task leaves_the_database_to_a_verb_that_is_still_at_work()
    {
        await using var service = RunningProgram.Serving(folder.Data);
        await service.Ready();
        var verb = await EmbeddedPostgres.Start(folder.Data, NullLogger.Instance, CancellationToken.None);

        await service.Stop();
        Assert.True(File.Exists(PidFile));
        await verb.DisposeAsync();

        Assert.False(File.Exists(PidFile));
    }
}
