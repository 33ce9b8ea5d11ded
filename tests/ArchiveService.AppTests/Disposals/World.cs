using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>The service's own parts on a real database, not served: no worker runs by itself, so a test stops and goes on where it wants.</summary>
public sealed class World : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly Installation installation;
    private readonly WebApplication app;
    private readonly CancellationTokenSource ending = new();
    private Task projecting = Task.CompletedTask;

    private World(TestDatabase database, DirectoryInfo folder, Installation installation, WebApplication app) =>
        (Database, this.folder, this.installation, this.app) = (database, folder, installation, app);

    public TestDatabase Database { get; }

    public Caller Anna { get; } = Archivist("Anna Arkivarie", "0199aaaa-0000-7000-8000-000000000001");

    public Caller Bo { get; } = Archivist("Bo Arkivarie", "0199aaaa-0000-7000-8000-000000000002");

    public Caller Registrar { get; } = new(Guid.Parse("0199aaaa-0000-7000-8000-000000000003"), "Rut Registrator", [new(Role.Registrator, null), new(Role.Moderator, null)], Clearance: true, IsService: false, []);

    public Caller Boss { get; } = new(Guid.Parse("0199aaaa-0000-7000-8000-000000000004"), "Ada Admin", [new(Role.Admin, null)], Clearance: false, IsService: false, []);

    public Authority Authority { get; private set; } = null!;

    public Channel Channel { get; private set; } = null!;

    public string DataFolder => folder.FullName;

    public static Caller Archivist(string name, string id) => new(Guid.Parse(id), name, [new(Role.Arkivarie, null)], Clearance: true, IsService: false, []);

    public IServiceProvider Services => app.Services;

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<World> Make(int coolingOffDays = 0, bool projecting = true)
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-disposals-");
        var database = await PostgresServer.NewDatabase();
        KeyFile.Create(Path.Combine(folder.FullName, "keys.json"), TimeProvider.System);
        var builder = WebHost.NewBuilder(["--applicationName=ArchiveService", "--environment=Production"]);
        builder.LogTo(standardError: true, LogLevel.Error);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(database.Settings)
        {
            ["Archive:DataFolder"] = folder.FullName,
            ["Keys:MasterKeyFile"] = Path.Combine(folder.FullName, "keys.json"),
            ["Erasure:Ledger"] = Path.Combine(folder.FullName, "erasure-ledger.jsonl"),
        });
        var installation = await Installation.Open(builder.Configuration, CancellationToken.None);
        builder.AddArchive(installation);
        var world = new World(database, folder, installation, builder.Build());
        await world.Get<IObjectStore>().Probe(CancellationToken.None);
        await world.SetUp(coolingOffDays);
        if (projecting) world.Project();
        return world;
    }

    public void Project() => projecting = Get<ProjectionHost>().Worker.Run(ending.Token);

    private async Task SetUp(int coolingOffDays)
    {
        var put = new PutAuthority("Kommunstyrelsen", "custom", null, new Dictionary<string, string> { ["disposal.coolingOffDays"] = $"{coolingOffDays}" }, null);
        Authority = (await Get<PutAuthorityHandler>().Put("KS", put, Boss, default)).Authority!;
        var (id, _, refused) = await Get<RegisterChannelHandler>().Register(new("KS", "facebook", "page-1", "@kommunen", null, "Dialog", null), Boss, default);
        Assert.Null(refused);
        Channel = (await Get<ChannelRegister>().Find(id, default))!;
    }

    /// <summary>A comment written years ago.</summary>
    public static object Comment(string nativeId, string text = "Hej", string author = "author-1", string at = "2020-03-01T12:00:00Z", params object[] attachments) => new
    {
        act = "create",
        nativeId,
        kind = "comment",
        author = new { nativeId = author, displayName = $"Namn {author}", handle = $"@{author}" },
        audience = "public",
        occurredAt = at,
        certainty = "observed",
        actingParty = "author",
        text,
        textFormat = "plain",
        permalink = $"https://example.se/{nativeId}",
        attachments,
    };

    public async Task<List<Guid>> Capture(params IReadOnlyList<object> acts) => await Capture(null, acts);

    public async Task<List<Guid>> Capture(Guid? delivery, IReadOnlyList<object> acts)
    {
        var (result, records) = await Send(delivery, acts);
        Assert.Equal((acts.Count, 0), (result.Accepted, result.Rejected.Count));
        return records;
    }

    public async Task<(CaptureResult Result, List<Guid> Records)> Send(Guid? delivery, IReadOnlyList<object> acts)
    {
        var lines = string.Join('\n', acts.Select(a => JsonSerializer.Serialize(a)));
        var now = DateTimeOffset.Parse("2026-06-01T00:00:00Z");
        var read = await ActReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(lines)), now, ActForm.Lines).ToListAsync();
        var result = await Get<CaptureActs>().Capture(new(Channel, 1, delivery, Registrar, now), read, default);
        return (result, [.. read.OfType<ReadAct.Accepted>().Select(a => Record(a.Act.NativeId))]);
    }

    public Guid Record(string nativeId) => Get<KeyedIds>().Record(Channel.Id, Channel.Platform, "native", nativeId);

    public Guid Account(string author = "author-1") => Get<KeyedIds>().Account(Channel.Id, Channel.Platform, "native", author);

    public async Task<Guid> Decision(string frist = "P2Y", params string[] types)
    {
        var (id, _, refused) = await Get<RecordDecisionHandler>().Record(
            new("KS", "KS § 94/2020-05-25", "nämnden", new(2020, 5, 25), null, null, types is [] ? ["comment", "post", "direct-message"] : types, frist, null, null), Anna, default);
        Assert.Null(refused);
        return id;
    }

    /// <summary>Two years from when it came in, unless said otherwise.</summary>
    public async Task<Guid> Rule(Guid? decision = null, string from = "received", string? frist = null, string[]? classes = null, string[]? types = null)
    {
        var (rule, _, refused) = await Get<AdoptRuleHandler>().Adopt(null, new("KS", decision ?? await Decision(), "Kommentarer", types, from, frist, classes ?? ["content", "register"]), Anna, default);
        Assert.Null(refused);
        return rule!.Id;
    }

    public async Task<DisposalRun> Proposed(Guid rule)
    {
        var (run, _, refused) = await Get<ProposeDisposalHandler>().Propose(new(rule, new DateOnly(2026, 6, 1)), Anna, default);
        Assert.Null(refused);
        return run!;
    }

    public async Task<DisposalRun> Approved(Guid rule)
    {
        var (run, _, refused) = await Get<RunCommands>().Approve((await Proposed(rule)).Id, Bo, default);
        Assert.Null(refused);
        return run!;
    }

    public async Task<DisposalRun> Started(Guid rule)
    {
        var (run, _, refused) = await Get<RunCommands>().Start((await Approved(rule)).Id, Anna, default);
        Assert.Null(refused);
        return run!;
    }

    /// <summary>Propose, approve, start, carry through.</summary>
    public async Task<DisposalRun> Executed(Guid rule)
    {
        var run = await Started(rule);
        var completed = await Get<DisposalExecutor>().Run(run.Id, default);
        run = (await Get<DisposalRuns>().Find(run.Id, default))!;
        Assert.True(completed, run.Problem);
        return run;
    }

    public async Task<(int Batch, int Destroyed, int Skipped)> Batch(Guid run, IReadOnlyList<Guid> items, NpgsqlDataSource? by = null)
    {
        await using var command = (by ?? Database.Writer).CreateCommand("select coalesce(batch, 0), destroyed, skipped from archive.dispose_batch($1, $2)");
        command.Parameters.Add(new() { Value = run });
        command.Parameters.Add(new() { Value = items.ToArray() });
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2));
    }

    public async Task<Guid> Hold(Guid? record = null, Guid? @case = null, Guid? account = null)
    {
        var (id, _, _, refused) = await Get<HoldHandler>().Place(new("KS", record, @case, account, "police", "Polisen har begärt det."), Anna, default);
        Assert.Null(refused);
        return id;
    }

    /// <summary>What sessions do: the owner does not see that of other logins.</summary>
    public async Task<long> Sessions(string that)
    {
        await using var query = Database.Superuser.CreateCommand($"select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and {that}");
        return (long)(await query.ExecuteScalarAsync())!;
    }

    public async Task<T> Ask<T>(string sql, params object[] values)
    {
        await using var query = Database.Owner.CreateCommand(sql);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        return (T)(await query.ExecuteScalarAsync())!;
    }

    public async Task Do(NpgsqlDataSource login, string sql, params object[] values)
    {
        await using var command = login.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public Task<long> Keys(Guid stream) => Ask<long>("select count(*) from archive.record_keys where stream_id = $1", stream);

    public Task<long> Ciphertexts(Guid stream) =>
        Ask<long>("select count(*) from archive.sealed_content c join archive.mt_events e on e.id = c.event_id where e.stream_id = $1", stream);

    public async Task<bool> IsDisposed(Guid record) => await Ask<bool>("select disposed_at is not null from archive.record_states where record_id = $1", record);

    public Task<string?> Reason(Guid run, Guid record) => Ask<string?>("select coalesce(reason, state) from archive.disposal_items where run_id = $1 and record_id = $2", run, record);

    public async Task<bool> Projected()
    {
        var last = await Ask<long>("select max(seq_id) from archive.mt_events");
        return await Get<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromSeconds(20), default);
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        try
        {
            await projecting;
        }
        catch (OperationCanceledException)
        {
        }

        await app.DisposeAsync();
        await installation.DisposeAsync();
        await Database.DisposeAsync();
        folder.Delete(recursive: true);
        ending.Dispose();
    }
}
