using System.Collections.Concurrent;
using System.Globalization;
using ArchiveService.Access;
using Deque.AxeCore.Commons;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

/// <summary>
/// axe over every page, in a real browser, with the demo archive behind it: WCAG 2.2 A and AA, light and dark, wide and as narrow as a phone,
/// where no page may scroll sideways either (1.4.10). Each page is loaded once.
/// </summary>
/// <remarks>
/// Every rule is asked of every page once, wide and in light. What colours do depends on nothing but the colours, sizes and grounds, all of which the style sheets
/// give: so each combination, in light and in dark, is asked about where it first turns up. Narrow, what depends on width is asked again: of every page how large
/// what one presses is and what scrolls, of every frame (staff, log-in, public, terminal) where its landmarks are.
/// </remarks>
[Collection(nameof(BrowsedArchive))]
public sealed class Every_page(BrowsedArchive archive)
{
    private const int Wide = 1200;

    /// <summary>1280 pixels at 400 per cent (1.4.10).</summary>
    private const int Narrow = 320;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>In the page before its own scripts: axe, and what is asked of it. Only what is wrong is brought home.</summary>
    private const string Looking = """
        (() => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
          const colours = ['color-contrast', 'link-in-text-block'];
          axe.configure({ rules: [{ id: colours[0], selector: '[data-fresh]' }, { id: colours[1], selector: 'a[href][data-fresh]' }] });
          const ofWidth = ['target-size', 'scrollable-region-focusable'];
          const ofFrame = ['region', 'landmark-unique', 'landmark-one-main', 'aria-hidden-focus', 'link-name', 'button-name', 'label', 'heading-order', 'page-has-heading-one', 'empty-heading', 'bypass', 'skip-link'];
          const ask = (of, only, except) => axe.run(of, {
            ...(only ? { runOnly: { type: 'rule', values: only } } : { runOnly: { type: 'tag', values: tags }, rules: Object.fromEntries(except.map(r => [r, { enabled: false }])) }),
            resultTypes: ['violations'], preload: false, selectors: false, pingWaitTime: 0,
          });
          const remembered = name => new Set(JSON.parse(localStorage[name] ?? '[]'));
          const remember = (name, all) => localStorage[name] = JSON.stringify([...all]);

          // What somebody reads, with its colours: the ground is every ground behind it up to one that lets nothing through.
          const coloured = () => {
            const behind = new Map();
            const ground = e => {
              if (!e) return '';
              if (behind.has(e)) return behind.get(e);
              const s = getComputedStyle(e), own = s.backgroundColor + (s.backgroundImage === 'none' ? '' : s.backgroundImage) + (s.opacity === '1' ? '' : s.opacity) + (s.position === 'static' || s.position === 'relative' ? '' : s.position);
              const solid = /^rgb\(/.test(s.backgroundColor) && s.opacity === '1';
              const all = solid ? own : own + '<' + ground(e.parentElement);
              behind.set(e, all);
              return all;
            };
            const known = remembered('colours'), found = [];
            for (const e of document.body.querySelectorAll('*')) {
              const reads = e.matches('input, select, textarea') || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
              if (!reads || !e.checkVisibility()) continue;
              const s = getComputedStyle(e);
              const key = [s.color, s.fontSize, s.fontWeight, s.textDecorationLine, s.textShadow, e.closest('a') ? 'a' + getComputedStyle(e.parentElement).color : '', ground(e)].join('|');
              if (known.has(key)) continue;
              known.add(key);
              found.push(e);
            }
            remember('colours', known);
            return found;
          };

          window.lookedAt = async (wide, width) => {
            if (innerWidth !== width || matchMedia('(prefers-color-scheme: light)').matches !== wide) throw new Error('The page is not shown as wide as was asked.');
            const fresh = coloured();
            for (const e of fresh) e.setAttribute('data-fresh', '');
            const frames = remembered('frames'), frame = document.documentElement.className + '/' + document.body.className;
            const seen = wide ? await ask(document, null, ['css-orientation-lock']) : await ask(document, [...ofWidth, ...(fresh.length ? colours : []), ...(frames.has(frame) ? [] : ofFrame)]);
            if (!wide) remember('frames', frames.add(frame));
            for (const e of fresh) e.removeAttribute('data-fresh');
            const said = seen.violations.map(v => `${v.id}, ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`);
            if (document.documentElement.scrollWidth > document.documentElement.clientWidth) said.push('scrolls sideways: ' + [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(' | '));
            if (wide) {
              // An id is for machines: where people have to see one it stands as code.
              const shown = document.body.cloneNode(true);
              for (const code of shown.querySelectorAll('code, .mono, .vh')) code.remove();
              if (/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/.test(shown.textContent)) said.push('shows an id as if it were a word');
            }
            return [String(seen.passes.length), ...said];
          };
        })()
        """;

    [ChromiumFact]
    public async Task for_everybody_has_no_faults_that_axe_can_see()
    {
        List<string> paths = ["/logga-in", "/public/diary", "/public/diary?q=finns-inte", "/public/diary?date=2001-01-01", "/public/request", "/public/request?terminal=true", "/public/terminal", "/public/terminal?q=finns-inte", "/public/authorities", "/public/authorities/KS", "/public/channels", "/public/takedowns", "/public/takedowns?year=fel", "/public/accessibility", "/public/accessibility?authority=KS", "/stil", "/stil?fel=1", "/stil?ram=publik", "/fel/404", "/fel/403", "/fel/500"];

        Assert.Empty(await Faults(paths, username: null));
    }

    /// <summary>The eyes are tried: what is asked only once of each colour, and only of what is pressed, is still found.</summary>
    [ChromiumFact]
    public async Task would_be_told_of_if_it_were_faulty()
    {
        await using var window = await archive.Window(null);
        await window.AddInitScriptAsync(Axe);
        await window.AddInitScriptAsync(Looking);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/fel/404");
        foreach (var (wide, colour) in new[] { (true, "#ccc"), (false, "#333") })
        {
            await Shown(page, wide);
            await page.EvaluateAsync("colour => { const p = document.createElement('p'); p.textContent = 'Blek'; p.style.color = colour; document.querySelector('main').append(p, document.createElement('button')); }", colour);
            var seen = await page.EvaluateAsync<string[]>($"wide => lookedAt(wide, {(wide ? Wide : Narrow)})", wide);
            Assert.Contains(seen, fault => fault.StartsWith("color-contrast", StringComparison.Ordinal) && fault.Contains("Blek", StringComparison.Ordinal));
            Assert.Contains(seen, fault => fault.StartsWith("button-name", StringComparison.Ordinal));
        }
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
        var code = await archive.Served.Value<string>("select a.code from archive.authorities a join archive.policy_versions v using (authority_id) where v.preset = 'herrljunga' limit 1");
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
            $"/kallor/{await Id("select channel_id from archive.sources order by 1 limit 1")}", $"/import/{await Id("select import_id from work.imports order by 1 limit 1")}",
            "/", "/kortkommandon", "/sok/sparade", "/import", $"/kanaler/{active}/registrera-inlagg", $"/kanaler/{active}", $"/kanaler/{active}/plan", $"/kanaler/{planned}", $"/kanaler/{planned}/plan", $"/kanaler/{paused}", "/sok", "/sok?q=finns-inte-alls", "/sok?from=fel", "/sok?q=skolan&sort=relevance", "/sok?q=diagnos", "/sok?q=bibliotket", "/sok?editedSince=2026-01-01&audience=public", "/min-logg", "/diarium", "/konton", "/kanaler", "/insamling", "/kallor", $"/kallor/{active}", $"/kanaler/{active}/tackning", "/myndigheter", "/myndigheter/jamfor", "/myndigheter/jamfor?skillnader=true", $"/myndigheter/{code}", "/mitt-losenord", "/drift", "/bevis", "/bevis/loggen", $"/handlingar/{open}/bevis", $"/handlingar/{destroyed}/bevis", "/gallring", "/gallring/plan", "/gallring/granskning",
            "/behoriga", "/ersattare", "/delegation", "/delegation?myndighet=KS", $"/kanaler/{await Id("select channel_id from archive.assignments where channel_id is not null limit 1")}/uppdrag",
            $"/myndigheter/{code}/klasser", $"/myndigheter/{code}/arkivbeskrivning", $"/myndigheter/{code}/arkivbeskrivning?andra=true", $"/myndigheter/{code}/tillsyn", "/diarium/postlista", "/diarium/postlista?from=2001-01-01&to=2001-01-02",
            "/ogonblicksbilder", $"/kanaler/{documented}/ogonblicksbilder", $"/kanaler/{await Id("select channel_id from archive.snapshot_orders order by 1 limit 1")}/ogonblicksbilder", $"/kanaler/{documented}/ogonblicksbilder/ny", $"/kanaler/{documented}/ogonblicksbilder/ta", $"/kanaler/{documented}/webbarkiv", $"/kanaler/{documented}/avsluta", $"/kanaler/{documented}/publicering", "/samtycken", "/samtycken/nytt", $"/samtycken/{await Id("select record_id from archive.consents order by 1 limit 1")}", $"/handlingar/{own}/rattigheter", $"/handlingar/{taken}/papperskopia", $"/handlingar/{await Id("select record_id from archive.snapshots order by 1 limit 1")}", $"/handlingar/{await Id("select record_id from archive.snapshots order by 1 limit 1")}/prova-bilden", "/",
            "/postoppning", "/postoppning?state=overdue", "/fordelning", "/fordelning?state=mine", "/fordelning?state=unit", $"/handlingar/{open}/fel-adressat", $"/handlingar/{registered}/fordela",
            "/registerutdrag", "/registerutdrag/ny", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where identified")}?q=an", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where not identified")}", $"/registerutdrag/{await Id("select request_id from archive.subject_requests where identified")}/utdrag",
            $"/handlingar/{open}/samma", "/arbetslista", "/arbetslista?state=overdue", "/arbetslista?state=fel", $"/kanaler/{channel}/bemanning", $"/kanaler/{await Id("select channel_id from archive.channels where platform = 'facebook' order by 1 limit 1")}/prenumerationer", $"/handlingar/{open}/besvara", $"/handlingar/{open}/vidarebefordra", $"/handlingar/{open}/avsluta-utan-svar",
            "/gallring/stopp", "/gallring/prova", $"/arenden/{await Id("select case_id from archive.cases where closed_at is null and voided_at is null order by 1 limit 1")}/arbetsmaterial",
            $"/gallring?omfattar=record&id={open}", $"/gallring/{await Id("select run_id from archive.disposal_runs limit 1")}", $"/arenden/{await Id("select case_id from archive.cases order by 1 limit 1")}", $"/arenden/{await Id("select case_id from archive.cases order by 1 limit 1")}/utskrift",
            $"/konton/{await Id("select account_id from archive.record_states where account_id is not null and disposed_at is null order by 1 limit 1")}?at=2026-08-01T00:00:00Z",
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
            await archive.Served.Value<string>("select coalesce((select '/arenden/' || case_id || '/handling?nr=' || document_number from archive.case_documents order by 1 limit 1), '/arenden')") ?? "",
            "/att-gora?lista=postoppning", "/att-gora?lista=utkast", "/utlamnanden?lage=oppna", "/hjalp", "/hjalp?q=gallringsstopp", "/hjalp/moderering", "/hjalp/startsidan",
            "/granskning", "/granskning/logg", "/granskning/logg?kind=fel%20ord", "/granskning/lasningar", "/granskning/lasningar?from=fel", "/granskning/ovanliga-lasningar?state=all", $"/granskning/konto/{flagged}", $"/granskning/kanal/{active}", $"/granskning/kanal/{channel}?visa=tidpunkt", $"/granskning/kanal/{channel}?visa=jamfor&from=2026-01-01", $"/granskning/kanal/{active}?visa=kunskap", $"/gallring/regler/{await Id("select rule_id from archive.retention_rules where ended_at is null order by 1 limit 1")}", $"/granskning/handling/{taken}", $"/granskning/handling/{taken}?visa=tidpunkt",
            $"/granskning/person/{await Id("select person_id from archive.assignments limit 1")}", $"/granskning/person/{await Id("select person_id from archive.assignments limit 1")}?visa=tidpunkt",
            $"/handlingar/{registered}/ratta", $"/handlingar/{registered}/omregistrera",
        ];

        var faults = await Faults(paths, BrowsedArchive.Everything);
        faults.AddRange(await Faults([
            "/anvandare", "/kom-igang?steg=1", "/kom-igang?steg=2", "/kom-igang?steg=4", "/kom-igang?steg=5",
            $"/myndigheter/{code}?andra=registration.default",
            $"/myndigheter/{code}?andra=reading.removal",
            $"/anvandare/{await Id("select person_id from archive.assignments limit 1")}",
            $"/anvandare/{await Id("select person_id from views.persons order by 1 limit 1")}",
            $"/myndigheter/{code}?serie=_ny",
        ], "adam"));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Somebody in the demo archive whose identity is protected; last, for what they wrote is behind the wall then.</summary>
    private async Task<Guid> Flagged()
    {
        var account = await Id("select s.account_id from archive.record_states s where s.direction = 'received' and s.account_id is not null and s.disposed_at is null group by 1 order by bool_or(s.wall = 'open'), 1 limit 1");
        var registrator = new Caller(await Id("select person_id from views.persons where name = 'Alva Allkunnig'"), "Alva Allkunnig", [new(Role.Registrator, null)], Clearance: true, IsService: false, []);
        var flagged = await archive.Served.Services.GetRequiredService<ArchiveService.Features.Secrecy.Protections>().Protect(account, new("secrecyMark", null, null, null, null, "Underrättelse från Skatteverket.", null), default, registrator, default);
        Assert.IsType<ArchiveService.Http.Outcome.Done>(flagged.Outcome);
        return account;
    }

    private Task<Guid> Request(string channel) => Id($"select request_id from archive.disclosure_requests where channel = '{channel}' order by noted_at limit 1");

    private static IEnumerable<string> Under(Guid request, params IEnumerable<string> pages) => pages.Select(page => $"/utlamnanden/{request}{page}");

    private Task<Guid> Id(string sql) => archive.Id(sql);

    private Task<Guid> Channel(string preset) => Id($"select c.channel_id from archive.channels c join archive.policy_versions v using (authority_id) where v.preset = '{preset}' order by 1 limit 1");

    /// <summary>Two pages of one window share the paths. Each goes on as the page before it ended: wide and light first, then narrow and dark, and the other way about.</summary>
    private async Task<List<string>> Faults(IReadOnlyList<string> paths, string? username)
    {
        var (next, found) = (-1, new ConcurrentQueue<string>());
        await using var window = await archive.Window(username);
        await window.AddInitScriptAsync(Axe);
        await window.AddInitScriptAsync(Looking);
        await Task.WhenAll(Tab(), Tab());
        return [.. found.Order(StringComparer.Ordinal)];

        async Task Tab()
        {
            var page = await window.NewPageAsync();
            var wide = true;
            await Shown(page, wide);
            while (Interlocked.Increment(ref next) is var at && at < paths.Count)
            {
                await Look(page, paths[at], wide, found);
                wide = !wide;
            }
        }
    }

    private static readonly string[] NotFound = ["/finns-inte", "/fel/404", "/fel/403", "/fel/500", "fel", "/handling?nr="];

    private static async Task Look(IPage page, string path, bool wide, ConcurrentQueue<string> faults)
    {
        var answer = await page.GotoAsync(path);
        if (answer!.Status != 200 && !NotFound.Any(path.Contains)) faults.Enqueue($"{path}: answers {answer.Status}");
        await page.EvaluateAsync("for (const d of document.querySelectorAll('details')) d.open = true");
        foreach (var now in new[] { wide, !wide })
        {
            if (now != wide) await Shown(page, now);
            var seen = await page.EvaluateAsync<string[]>($"wide => lookedAt(wide, {(now ? Wide : Narrow)})", now);
            Assert.True(int.Parse(seen[0], CultureInfo.InvariantCulture) > (now ? 10 : -1), $"axe saw nothing on {path}.");
            foreach (var fault in seen.Skip(1)) faults.Enqueue($"{path} ({(now ? Wide : Narrow)}): {fault}");
        }
    }

    private static async Task Shown(IPage page, bool wide)
    {
        await page.EmulateMediaAsync(new() { ColorScheme = wide ? ColorScheme.Light : ColorScheme.Dark });
        await page.SetViewportSizeAsync(wide ? Wide : Narrow, 800);
    }
}
