using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ArchiveService.Testing;

/// <summary>The whole service, put together as <c>./run</c> does it, on a database of its own and a free port of this machine.</summary>
public sealed partial class ServedArchive : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Installation installation;
    private readonly DirectoryInfo folder;
    private readonly List<HttpClient> clients = [];

    private ServedArchive(TestDatabase? database, WebApplication app, Installation installation, DirectoryInfo folder)
    {
        this.app = app;
        this.installation = installation;
        this.folder = folder;
        Database = database;
    }

    /// <summary>Null in the embedded mode, which has a server of its own.</summary>
    public TestDatabase? Database { get; }

    public Databases Databases => installation.Databases;

    public IServiceProvider Services => app.Services;

    public Uri Address => new(app.Urls.First());

    public string DataFolder => folder.FullName;

    /// <param name="with">Changes to what is registered, such as the clock.</param>
    /// <param name="more">Further endpoints.</param>
    /// <param name="embedded">The trial mode, with a PostgreSQL of its own in the data folder.</param>
    /// <param name="settings">Configuration on top.</param>
    public static async Task<ServedArchive> Start(
        Action<WebApplicationBuilder>? with = null, Action<WebApplication>? more = null, bool embedded = false, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-served-");
        var database = embedded ? null : await PostgresServer.NewDatabase();
        if (database is not null) KeyFile.Create(Path.Combine(folder.FullName, "keys.json"), TimeProvider.System);
        return await Serve(folder, database, with, more, settings);
    }

    /// <summary>Stops, and starts twice: two archives with one past, the same keys and the same ids, that go on each for itself. This one is gone afterwards.</summary>
    public async Task<(ServedArchive One, ServedArchive Other)> Split(Action<WebApplicationBuilder>? with = null)
    {
        await Stop();
        await Database!.Leave();
        var (database, copied) = (await Database.Copy(), await Database.Copy());
        await Database.DisposeAsync();
        var beside = Directory.CreateTempSubdirectory("archiveservice-served-");
        foreach (var file in folder.GetFiles("*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(beside.FullName, Path.GetRelativePath(folder.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            file.CopyTo(to);
        }

        return (await Serve(folder, database, with), await Serve(beside, copied, with));
    }

    private static async Task<ServedArchive> Serve(
        DirectoryInfo folder, TestDatabase? database, Action<WebApplicationBuilder>? with = null, Action<WebApplication>? more = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        // The pages are compiled into the service's assembly, which is not the one that runs the tests.
        var builder = WebHost.NewBuilder(["--urls=http://127.0.0.1:0", "--applicationName=ArchiveService", $"--contentRoot={ContentRoot()}", "--environment=Production"]);
        builder.LogTo(standardError: true, LogLevel.Error);
        var configuration = new Dictionary<string, string?> { ["Archive:DataFolder"] = folder.FullName, ["Media:Fetch"] = "false" };
        if (database is not null)
        {
            foreach (var (name, value) in database.Settings) configuration[name] = value;
            configuration["Keys:MasterKeyFile"] = Path.Combine(folder.FullName, "keys.json");
            configuration["Erasure:Ledger"] = Path.Combine(folder.FullName, "erasure-ledger.jsonl");
            configuration["Access:LocalAccounts"] = "true";
        }

        foreach (var (name, value) in settings ?? new Dictionary<string, string?>()) configuration[name] = value;
        builder.Configuration.AddInMemoryCollection(configuration);
        var installation = await Installation.Open(builder.Configuration, CancellationToken.None);
        builder.AddArchive(installation);
        with?.Invoke(builder);
        var app = builder.Build();
        app.MapArchive();
        more?.Invoke(app);
        await app.StartAsync();
        return new(database, app, installation, folder);
    }

    /// <summary>A program: sends no cookies, follows no redirect; with a token it sends that.</summary>
    public HttpClient Program(string? token = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        clients.Add(client);
        return client;
    }

    /// <summary>A browser: keeps cookies, and shows redirects instead of following them.</summary>
    public HttpClient Browser(CookieContainer? cookies = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new() }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        clients.Add(client);
        return client;
    }

    /// <summary>A token for the person of that name: the roles everywhere, or each at the authority named.</summary>
    public async Task<string> Token(string name, IReadOnlyList<RoleAt> roles, bool clearance = false, IReadOnlyList<Guid>? channels = null, TimeSpan? lasts = null)
    {
        var asked = new TokenVerb.TokenAsked(name, roles, clearance, channels ?? [], lasts ?? TimeSpan.FromDays(1));
        var (token, refused) = await TokenVerb.Issue(asked, Services.GetRequiredService<PersonRegister>(), Services.GetRequiredService<RoleWords>(), CancellationToken.None);
        return token ?? throw new InvalidOperationException(refused!.Explanation);
    }

    /// <summary>A person with a local account.</summary>
    /// <remarks>The password is stored as the service stores it, but derived in few rounds: the real number takes a sixth of a second, at every log-in too.</remarks>
    public async Task<Guid> User(string name, string username, string password, params IReadOnlyList<Grant> grants)
    {
        var register = Services.GetRequiredService<PersonRegister>();
        if (await register.Ensure(name, null, null, grants, clearance: false, CommandLineCaller.Caller, CancellationToken.None) is not Registered.Done { Id: var id })
            throw new InvalidOperationException($"{name} was refused.");
        if (PersonName.FoldUsername(username) is { } folded && Password.Objection(password, folded) is null && await Value<long>($"select count(*) from archive.users where person_id = '{id}'") == 0)
            await OpenAccount(id, folded, password);
        else if (await register.Ensure(name, username, password, [], clearance: false, CommandLineCaller.Caller, CancellationToken.None) is not Registered.Done)
            throw new InvalidOperationException($"{username} was refused.");
        return id;
    }

    private async Task OpenAccount(Guid id, string username, string password)
    {
        const int Rounds = 1000;
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, Rounds, HashAlgorithmName.SHA512, 64);
        var account = new NpgsqlBatchCommand("insert into archive.users (person_id, username, password_hash) values ($1, $2, $3)")
        {
            Parameters = { new() { Value = id }, new() { Value = username }, new() { Value = $"$pbkdf2-sha512$i={Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}" } },
        };
        var log = Services.GetRequiredService<SealedLog>();
        var by = CommandLineCaller.Caller;
        while (true)
        {
            var (standing, version) = await log.Store.Fold(id, PersonStanding.Folded(id), CancellationToken.None);
            var draft = new Draft(id, Person.StreamType, ExpectedVersion.Exactly(version), new SetPassword(username).Decide(standing.Person, by).Events);
            if (await log.Append([draft], await log.Keys([id], CancellationToken.None), new(by.PersonId.ToString("D")), [account]) is Appended.Done) return;
        }
    }

    /// <summary>What a page's form sends along to show that it comes from that page.</summary>
    public static async Task<string> FormToken(HttpClient browser, string page)
    {
        var html = await browser.GetStringAsync(new Uri(page, UriKind.Relative));
        return FormTokenField.Match(html) is { Success: true } found ? WebUtility.HtmlDecode(found.Groups[1].Value) : throw new InvalidOperationException($"{page} has no form token.");
    }

    public static async Task<HttpResponseMessage> Post(HttpClient browser, string page, string action, params IEnumerable<(string Name, string Value)> fields)
    {
        var token = await FormToken(browser, page);
        var form = fields.Append(("__RequestVerificationToken", token)).Select(field => KeyValuePair.Create(field.Item1, field.Item2));
        return await browser.PostAsync(new Uri(action, UriKind.Relative), new FormUrlEncodedContent(form));
    }

    public static Task<HttpResponseMessage> LogIn(HttpClient browser, string username, string password, string returnUrl = "/anvandare") =>
        Post(browser, "/logga-in", "/logga-in", ("Username", username), ("Password", password), ("returnUrl", returnUrl));

    public async Task<T?> Value<T>(string sql)
    {
        await using var query = Databases.Owner.CreateCommand(sql);
        return await query.ExecuteScalarAsync() is T value ? value : default;
    }

    private async Task Stop()
    {
        foreach (var client in clients) client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await installation.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        if (Database is not null) await Database.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static string ContentRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return Path.Combine(at.FullName, "src", "ArchiveService");
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormTokenField { get; }
}
