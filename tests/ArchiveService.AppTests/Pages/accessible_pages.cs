using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Seed;
using ArchiveService.Testing;
using Deque.AxeCore.Commons;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

/// <summary>Chromium as the machine has it; nothing is downloaded. <c>CHROMIUM</c> may point to another.</summary>
internal static class Chromium
{
    public const string WhyAbsent = "chromium is not installed (CHROMIUM may point to it): the pages are not checked with axe.";

    public static string? Path { get; } = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
}

internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium.Path is null) Skip = Chromium.WhyAbsent;
    }
}

/// <summary>
/// axe over every page, in a real browser, with the demo archive behind it: WCAG 2.2 A and AA, light and dark, wide and as narrow as a phone,
/// where no page may scroll sideways either (1.4.10).
/// </summary>
public sealed class Every_page : IAsyncLifetime
{
    private const string Password = "ett långt lösenord 1";

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>How many rules passed, then a line a fault. Asked of the page itself: there are no frames, and only what is wrong is brought home.</summary>
    private const string Seen = """
        async (only) => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
          const seen = await axe.run(document, { runOnly: only ? { type: 'rule', values: only } : { type: 'tag', values: tags }, resultTypes: ['violations'] });
          return [String(seen.passes.length), ...seen.violations.map(v => `${v.id}, ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`)];
        }
        """;

    /// <summary>What width can change, when everything was looked at once. Colours are the same few on every page: in the dark every other page is enough.</summary>
    private static readonly string[] OfWidth =
    [
        "target-size", "scrollable-region-focusable", "region", "landmark-unique", "landmark-one-main", "aria-hidden-focus", "link-name", "button-name", "label", "heading-order", "page-has-heading-one",
        "empty-heading", "empty-table-header", "bypass", "skip-link", "tabindex", "meta-viewport", "css-orientation-lock",
    ];

    private static readonly string[] OfWidthAndColour = [.. OfWidth, "color-contrast", "link-in-text-block"];

    private ServedArchive archive = null!;

    private IPlaywright playwright = null!;

    private IBrowser browser = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null) return;
        archive = await ServedArchive.Start();
        await archive.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        await foreach (var _ in DemoArchive.Of(archive.Services).Load(default))
        {
        }

        await archive.User("Alva Allkunnig", "alva", Password, [.. Enum.GetValues<Role>().Where(r => r != Role.Connector).Select(r => new Grant(r, null))]);
        await archive.Token("Alva Allkunnig", [new("registrator")], clearance: true);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Path is null) return;
        await browser.DisposeAsync();
        playwright.Dispose();
        await archive.DisposeAsync();
    }

    [ChromiumFact]
    public async Task for_everybody_has_no_faults_that_axe_can_see()
    {
        List<string> paths = ["/logga-in", "/public/diary", "/public/diary?q=finns-inte", "/public/diary?date=2001-01-01", "/public/request", "/public/request?terminal=true", "/public/terminal", "/public/terminal?q=finns-inte", "/public/authorities", "/public/authorities/KS", "/public/channels", "/public/takedowns", "/public/takedowns?year=fel", "/stil", "/stil?fel=1", "/stil?ram=publik", "/fel/404", "/fel/403", "/fel/500"];

        Assert.Empty(await Faults(paths, loggedIn: false));
    }

    [ChromiumFact]
    public async Task behind_the_log_in_has_no_faults_that_axe_can_see()
    {
        var open = await Id("select record_id from archive.record_states where wall = 'open' and registration = 'captured' and visibility = 'visible' and disposed_at is null order by 1 limit 1");
        var taken = await Id("select record_id from archive.record_states where wall = 'open' and visibility = 'unpublished' and disposed_at is null order by 1 limit 1");
        var message = await Id("select record_id from archive.record_states where wall = 'unassessed' order by 1 limit 1");
        var registered = await Id("select record_id from archive.record_states where wall = 'open' and registration = 'registered' order by 1 limit 1");
        var secret = await Id("select record_id from archive.record_states where wall = 'secret' and disposed_at is null order by 1 limit 1");
        var destroyed = await Id("select record_id from archive.record_states where disposed_at is not null order by 1 limit 1");
        var code = await archive.Value<string>("select a.code from archive.authorities a join archive.policy_versions v using (authority_id) where v.preset = 'herrljunga' limit 1");
        var active = await Channel("herrljunga");
        var planned = await Channel("toreboda");
        var paused = await Channel("trosa");
        var documented = await Id("select channel_id from archive.snapshots order by 1 limit 1");
        var own = await Id("select record_id from archive.consent_uses order by 1 limit 1");
        var channel = await Id("select channel_id from archive.channels order by 1 limit 1");
        var (underExamination, givenOut, refused) = (await Request("visit"), await Request("phone"), await Request("letter"));
        var flagged = await Flagged();
        List<string> paths =
        [
            "/utlamnanden", "/utlamnanden/ny", "/utlamnanden/tider", .. Under(underExamination, "", "/hitta", "/hitta?q=kommunen", "/hitta?q=finnsintealls&from=2026-01-01", "/hitta?from=fel", "/lamna-ut", "/neka", "/handlingar/1", "/handlingar/1?steg=harm", "/handlingar/1/maska", "/handlingar/2"),
            .. Under(givenOut, "", "/kvitto", "/handlingar/1"), .. Under(refused, "", "/neka", "/beslut"),
            "/", "/import", $"/kanaler/{active}/registrera-inlagg", $"/kanaler/{active}", $"/kanaler/{active}/plan", $"/kanaler/{planned}", $"/kanaler/{planned}/plan", $"/kanaler/{paused}", "/sok", "/sok?q=finns-inte-alls", "/sok?from=fel", "/sok?q=skolan&sort=relevance", "/sok?q=diagnos", "/sok?q=bibliotket", "/sok?editedSince=2026-01-01&audience=public", "/min-logg", "/diarium", "/konton", "/kanaler", "/insamling", "/kallor", $"/kallor/{active}", $"/kanaler/{active}/tackning", "/myndigheter", "/myndigheter/jamfor", "/myndigheter/jamfor?skillnader=true", $"/myndigheter/{code}", $"/myndigheter/{code}?andra=registration.default", $"/myndigheter/{code}?andra=reading.removal", "/anvandare", "/mitt-losenord", "/drift", "/bevis", "/bevis/loggen", $"/handlingar/{open}/bevis", $"/handlingar/{destroyed}/bevis", "/gallring", "/gallring/plan", "/gallring/granskning",
            "/behoriga", "/delegation", "/delegation?myndighet=KS", $"/kanaler/{await Id("select channel_id from archive.assignments where channel_id is not null limit 1")}/uppdrag", $"/anvandare/{await Id("select person_id from archive.assignments limit 1")}",
            $"/myndigheter/{code}/klasser", $"/myndigheter/{code}/arkivbeskrivning", $"/myndigheter/{code}/arkivbeskrivning?andra=true", $"/myndigheter/{code}/tillsyn", "/diarium/postlista", "/diarium/postlista?from=2001-01-01&to=2001-01-02",
            "/ogonblicksbilder", $"/kanaler/{documented}/ogonblicksbilder", $"/kanaler/{await Id("select channel_id from archive.snapshot_orders order by 1 limit 1")}/ogonblicksbilder", $"/kanaler/{documented}/ogonblicksbilder/ny", $"/kanaler/{documented}/ogonblicksbilder/ta", $"/kanaler/{documented}/webbarkiv", $"/kanaler/{documented}/avsluta", $"/kanaler/{documented}/publicering", "/samtycken", "/samtycken/nytt", $"/samtycken/{await Id("select record_id from archive.consents order by 1 limit 1")}", $"/handlingar/{own}/rattigheter", $"/handlingar/{taken}/papperskopia", $"/handlingar/{await Id("select record_id from archive.snapshots order by 1 limit 1")}", $"/handlingar/{await Id("select record_id from archive.snapshots order by 1 limit 1")}/prova-bilden", "/",
            "/postoppning", "/postoppning?state=overdue", "/fordelning", "/fordelning?state=mine", "/fordelning?state=unit", $"/handlingar/{open}/fel-adressat", $"/handlingar/{registered}/fordela",
            "/registerutdrag", "/registerutdrag/ny", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where identified")}?q=an", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where not identified")}", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where identified")}/utdrag",
            $"/handlingar/{open}/samma", "/arbetslista", "/arbetslista?state=overdue", "/arbetslista?state=fel", $"/kanaler/{channel}/bemanning", $"/kanaler/{await Id("select channel_id from archive.channels where platform = 'facebook' order by 1 limit 1")}/prenumerationer", $"/handlingar/{open}/besvara", $"/handlingar/{open}/vidarebefordra", $"/handlingar/{open}/avsluta-utan-svar",
            "/gallring/stopp", "/gallring/prova", $"/arenden/{await Id("select case_id from archive.cases where closed_at is null and voided_at is null order by 1 limit 1")}/arbetsmaterial",
            $"/gallring?omfattar=record&id={open}", $"/gallring/{await Id("select run_id from archive.disposal_runs limit 1")}", $"/arenden/{await Id("select case_id from archive.cases order by 1 limit 1")}", $"/arenden/{await Id("select case_id from archive.cases order by 1 limit 1")}/utskrift",
            $"/konton/{await Id("select account_id from archive.record_states where account_id is not null and disposed_at is null order by 1 limit 1")}?at=2026-08-01T00:00:00Z",
            $"/anvandare/{await Id("select person_id from views.persons order by 1 limit 1")}",
            $"/handlingar/{open}", $"/handlingar/{taken}", $"/handlingar/{destroyed}", $"/handlingar/{message}", $"/handlingar/{message}/bedom", $"/handlingar/{message}/hall-ordnad",
            $"/handlingar/{open}/ta-ned", $"/handlingar/{open}/registrera", $"/handlingar/{open}/sekretess", $"/handlingar/{open}/hall-ordnad", $"/handlingar/{open}/undanta",
            $"/handlingar/{taken}/aterstall", $"/handlingar/{open}/nodatgard", $"/handlingar/{registered}/publicering", "/finns-inte",
            "/borttaget", "/borttaget?state=restored", "/blockerade", $"/konton/{await Id("select account_id from archive.blocks limit 1")}/blockera",
            $"/konton/{await Id("select s.account_id from archive.record_states s where s.wall = 'open' and s.direction = 'received' and s.disposed_at is null and s.account_id not in (select account_id from archive.blocks) order by 1 limit 1")}/blockera",
            $"/handlingar/{taken}/besked", $"/handlingar/{open}/polisanmalan", $"/handlingar/{open}/las", $"/handlingar/{open}/bekrafta",
            "/jour", "/standardlagen", $"/handlingar/{open}/akut", $"/handlingar/{open}/trad/bedom", $"/handlingar/{open}/svarsschema", $"/handlingar/{open}/svarsschema?steg=joke-how", $"/handlingar/{open}/svarsschema?steg=joke-observe", $"/handlingar/{open}/bedom?nod=joke-observe",
            "/skyddade-identiteter", $"/konton/{flagged}", $"/konton/{flagged}/skyddad-identitet", $"/konton/{await Id("select account_id from archive.record_states where wall = 'open' and direction = 'received' and account_id is not null and disposed_at is null order by 1 limit 1")}/skyddad-identitet",
            "/sekretess", $"/handlingar/{secret}/oppna", $"/handlingar/{secret}/prova-sekretess", $"/handlingar/{secret}/lasningar",
            $"/handlingar/{open}/for-till-akt", $"/handlingar/{open}/trad/registrera", "/diarium/utgaende",
            "/andamal", $"/arenden/{await Id("select case_id from archive.cases where closed_at is null and voided_at is null order by 1 limit 1")}/sekretess",
            "/arenden", "/arenden?state=fel", "/arenden/balans", "/arenden/nytt", $"/arenden/{await Id("select case_id from archive.cases where closed_at is null and voided_at is null order by 1 limit 1")}/handlagg", $"/arenden/{await Id("select case_id from archive.cases where closed_at is null and voided_at is null order by 1 limit 1")}/avsluta",
            await archive.Value<string>("select coalesce((select '/arenden/' || case_id || '/handling?nr=' || document_number from archive.case_documents order by 1 limit 1), '/arenden')") ?? "",
            "/att-gora?lista=postoppning", "/att-gora?lista=utkast", "/utlamnanden?lage=oppna", "/kom-igang?steg=1", "/kom-igang?steg=2", "/kom-igang?steg=4", "/kom-igang?steg=5", "/hjalp", "/hjalp?q=gallringsstopp", "/hjalp/moderering", "/hjalp/startsidan",
            "/granskning", "/granskning/lasningar", "/granskning/lasningar?from=fel", "/granskning/ovanliga-lasningar?state=all", $"/granskning/konto/{flagged}", $"/granskning/kanal/{active}", $"/granskning/kanal/{channel}?visa=tidpunkt", $"/granskning/kanal/{channel}?visa=jamfor&from=2026-01-01", $"/granskning/kanal/{active}?visa=kunskap", $"/gallring/regler/{await Id("select rule_id from archive.retention_rules where ended_at is null order by 1 limit 1")}", $"/granskning/handling/{taken}", $"/granskning/handling/{taken}?visa=tidpunkt",
            $"/granskning/person/{await Id("select person_id from archive.assignments limit 1")}", $"/granskning/person/{await Id("select person_id from archive.assignments limit 1")}?visa=tidpunkt",
            $"/handlingar/{registered}/ratta", $"/handlingar/{registered}/omregistrera", $"/myndigheter/{code}?serie=_ny",
        ];

        var faults = await Faults(paths, loggedIn: true);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Somebody in the demo archive whose identity is protected; last, for what they wrote is behind the wall then.</summary>
    private async Task<Guid> Flagged()
    {
        var account = await Id("select s.account_id from archive.record_states s where s.direction = 'received' and s.account_id is not null and s.disposed_at is null group by 1 order by bool_or(s.wall = 'open'), 1 limit 1");
        var registrator = new Caller(await Id("select person_id from views.persons where name = 'Alva Allkunnig'"), "Alva Allkunnig", [new(Role.Registrator, null)], Clearance: true, IsService: false, []);
        var flagged = await archive.Services.GetRequiredService<ArchiveService.Features.Secrecy.Protections>().Protect(account, new("secrecyMark", null, null, null, null, "Underrättelse från Skatteverket.", null), default, registrator, default);
        Assert.IsType<ArchiveService.Http.Outcome.Done>(flagged.Outcome);
        return account;
    }

    private Task<Guid> Request(string channel) => Id($"select request_id from archive.disclosure_requests where channel = '{channel}' order by noted_at limit 1");

    private static IEnumerable<string> Under(Guid request, params IEnumerable<string> pages) => pages.Select(page => $"/utlamnanden/{request}{page}");

    private async Task<Guid> Id(string sql) => await archive.Value<Guid>(sql) is var id && id != Guid.Empty ? id : throw new InvalidOperationException($"The demo archive has none: {sql}");

    private Task<Guid> Channel(string preset) => Id($"select c.channel_id from archive.channels c join archive.policy_versions v using (authority_id) where v.preset = '{preset}' order by 1 limit 1");

    /// <summary>Two browser windows share the paths. Each page is fetched once, and looked at wide and light, then narrow and dark.</summary>
    private async Task<List<string>> Faults(IReadOnlyList<string> paths, bool loggedIn)
    {
        var next = -1;
        var faults = await Task.WhenAll(Window(), Window());
        return [.. faults.SelectMany(f => f)];

        async Task<List<string>> Window()
        {
            var found = new List<string>();
            await using var context = await browser.NewContextAsync(new() { Locale = "sv-SE" });
            var page = await context.NewPageAsync();
            if (loggedIn) await LogIn(page);
            while (Interlocked.Increment(ref next) is var at && at < paths.Count) await Look(page, paths[at], at % 2 == 0 || paths[at] == "/stil" ? OfWidthAndColour : OfWidth, found);
            return found;
        }
    }

    private async Task Look(IPage page, string path, string[] again, List<string> faults)
    {
        await page.GotoAsync(new Uri(archive.Address, path).ToString());
        await page.EvaluateAsync("for (const d of document.querySelectorAll('details')) d.open = true");
        await page.EvaluateAsync(Axe);
        foreach (var (width, scheme) in new[] { (1200, ColorScheme.Light), (360, ColorScheme.Dark) })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, 800);
            Assert.True(await page.EvaluateAsync<bool>($"innerWidth === {width} && matchMedia('(prefers-color-scheme: {(scheme == ColorScheme.Dark ? "dark" : "light")})').matches"), $"{path} is not shown at {width}.");
            var seen = await page.EvaluateAsync<string[]>(Seen, width == 360 ? again : null);
            Assert.True(int.Parse(seen[0], CultureInfo.InvariantCulture) > (width == 360 ? 3 : 10), $"axe saw nothing on {path}.");
            faults.AddRange(seen.Skip(1).Select(fault => $"{path} ({width}): {fault}"));
            if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth")) faults.Add($"{path} ({width}): scrolls sideways");
            if (await page.EvaluateAsync<bool>(ShowsAnId)) faults.Add($"{path} ({width}): shows an id as if it were a word");
        }
    }

    /// <summary>An id is for machines: where people have to see one it stands as code.</summary>
    private const string ShowsAnId = """
        (() => {
          const shown = document.body.cloneNode(true);
          for (const code of shown.querySelectorAll('code, .mono, .vh')) code.remove();
          return /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/.test(shown.textContent);
        })()
        """;

    private async Task LogIn(IPage page)
    {
        await page.GotoAsync(new Uri(archive.Address, "/logga-in").ToString());
        await page.FillAsync("input[name=Username]", "alva");
        await page.FillAsync("input[name=Password]", Password);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForLoadStateAsync();
        Assert.DoesNotContain("logga-in", page.Url, StringComparison.Ordinal);
    }
}
