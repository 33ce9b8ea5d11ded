using ArchiveService.Access;
using ArchiveService.Features.Seed;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

[CollectionDefinition(nameof(BrowsedArchive))]
public sealed class BrowsedArchiveCollection : ICollectionFixture<BrowsedArchive>;

/// <summary>One served archive with the demo in it, a person for each role, and one browser: shared by everything that looks at pages.</summary>
public sealed class BrowsedArchive : IAsyncLifetime
{
    /// <summary>Everything but what runs the installation: nobody who administers may be arkivarie.</summary>
    public const string Everything = "alva";

    private const string Password = "ett långt lösenord 1";

    private static readonly DirectoryInfo Root = Find();

    private readonly Dictionary<string, string> cookies = [];
    private readonly List<string> pictures = [];

    private IPlaywright playwright = null!;

    public ServedArchive Served { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>Where the pictures of a run are left, for people to look at; git ignores it.</summary>
    public static DirectoryInfo Screens => new(Path.Combine(Root.FullName, "artifacts", "screens"));

    public static DirectoryInfo Images => new(Path.Combine(Root.FullName, "docs", "images"));

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null) return;
        Screens.Create();
        Served = await ServedArchive.Start();
        await Served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        await foreach (var _ in DemoArchive.Of(Served.Services).Load(default))
        {
        }

        await Served.User("Alva Allkunnig", Everything, Password, [.. Enum.GetValues<Role>().Where(r => r is not (Role.Connector or Role.Admin)).Select(r => new Grant(r, null))]);
        await Served.Token("Alva Allkunnig", [new("registrator")], clearance: true);
        foreach (var (username, name, roles, clearance) in DemoArchive.People)
        {
            await Served.User(name, username, Password, [.. roles.Select(r => new Grant(r, null))]);
            if (clearance) await Served.Token(name, [new(roles[0].ToString().ToLowerInvariant())], clearance: true);
        }

        await Served.User("Adam Admin Demo", "adam", Password, new Grant(Role.Admin, null));
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium.Path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--lang=sv-SE"],
            Env = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!).Append(new("LANGUAGE", "sv")).GroupBy(e => e.Key).ToDictionary(e => e.Key, e => e.Last().Value),
        });
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Path is null) return;
        if (pictures.Count > 0) await Console.Out.WriteLineAsync($"{pictures.Count} pictures of pages are in {Screens.FullName}.");
        await Browser.DisposeAsync();
        playwright.Dispose();
        await Served.DisposeAsync();
    }

    /// <summary>A window of somebody's own; logged in once, by the form.</summary>
    internal async Task<IBrowserContext> Window(string? username, BrowserNewContextOptions? options = null)
    {
        options ??= new();
        options.Locale ??= "sv-SE";
        options.BaseURL = Served.Address.ToString();
        if (username is not null && cookies.GetValueOrDefault(username) is { } state) options.StorageState = state;
        var window = await Browser.NewContextAsync(options);
        window.SetDefaultTimeout(15_000);
        if (username is null || options.StorageState is not null) return window;
        var page = await window.NewPageAsync();
        await LogIn(page, username);
        cookies[username] = await window.StorageStateAsync();
        await page.CloseAsync();
        return window;
    }

    internal static async Task LogIn(IPage page, string username)
    {
        await page.GotoAsync("/logga-in");
        await page.GetByLabel("Användarnamn").FillAsync(username);
        await page.GetByLabel("Lösenord").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Logga in" }).ClickAsync();
        await page.WaitForLoadStateAsync();
        Assert.DoesNotContain("logga-in", page.Url, StringComparison.Ordinal);
    }

    /// <summary>Left for people to look at. With <paramref name="guide"/> it stands in the users' guide too, and is written there when UPDATE_DOCS is 1.</summary>
    internal async Task Picture(IPage page, string name, bool whole = false, bool guide = false)
    {
        var file = Path.Combine(Screens.FullName, name + ".png");
        var bytes = await page.ScreenshotAsync(new() { FullPage = whole, Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
        await File.WriteAllBytesAsync(file, bytes);
        pictures.Add(name);
        if (guide && Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllBytesAsync(Path.Combine(Images.FullName, name + ".png"), bytes);
    }

    internal async Task<Guid> Id(string sql) => await Served.Value<Guid>(sql) is var id && id != Guid.Empty ? id : throw new InvalidOperationException($"The demo archive has none: {sql}");

    private static DirectoryInfo Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return at;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
