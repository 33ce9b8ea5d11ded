using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

/// <summary>What the accessibility tree tells, and what axe cannot see: that the page can be read when its colours, its size, its medium or its motion are the reader's own.</summary>
[Collection(nameof(BrowsedArchive))]
public sealed class Names_and_states(BrowsedArchive archive)
{
    private static BrowserNewContextOptions Desk => new() { ViewportSize = new() { Width = 1120, Height = 760 }, ReducedMotion = ReducedMotion.Reduce };

    private static async Task<IPage> Open(IBrowserContext window, string path)
    {
        var page = await window.NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }

    private Task<Guid> AComment() => archive.Id("select s.record_id from archive.record_states s join archive.authorities a using (authority_id) where a.code = 'KS' and s.wall = 'open' and s.direction = 'received' and s.disposed_at is null order by 1 limit 1");

    /// <summary>Landmarks, headings, names of controls: as they are read aloud.</summary>
    [ChromiumFact]
    public async Task Main_pages_say_where_things_are()
    {
        await using var window = await archive.Window(BrowsedArchive.Everything, new() { ViewportSize = new() { Width = 1120, Height = 760 } });
        var page = await Open(window, "/sok?q=isbanan");
        await Assertions.Expect(page.Locator("body")).ToMatchAriaSnapshotAsync("""
            - link "Till innehållet"
            - banner:
              - link "ArchiveService"
              - search:
                - searchbox "Sök i alla handlingar"
                - button "Sök"
              - button "Logga ut"
            - navigation "Huvudmeny":
              - heading "Arbete" [level=2]
              - list "Arbete":
                - listitem:
                  - link "Start"
            - main:
              - heading [level=1]
            """);
        foreach (var (path, table, column) in new[] { ("/arbetslista", "Kanaler", "Obesvarade"), ("/gallring", "Gallringsregler och vad som fallit för fristen", "Att gallra"), ("/diarium", "", ""), ($"/handlingar/{await AComment()}", "", ""), ("/granskning", "Kanaler", "Kanal"), ("/bevis", "", ""), ("/myndigheter", "", "") })
        {
            await page.GotoAsync(path);
            await Assertions.Expect(page.GetByRole(AriaRole.Banner)).ToHaveCountAsync(1);
            await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToHaveCountAsync(1);
            await Assertions.Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Huvudmeny" })).ToHaveCountAsync(1);
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveCountAsync(1);
            Assert.Equal(0, await page.EvaluateAsync<int>("[...document.querySelectorAll('nav, table, form.filter, fieldset, progress, [role=group]')].filter(e => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.querySelector('caption, legend'))).length"));
            if (table.Length > 0) await Assertions.Expect(page.GetByRole(AriaRole.Table, new() { Name = table }).First.GetByRole(AriaRole.Columnheader, new() { Name = column })).ToHaveCountAsync(1);
        }
    }

    /// <summary>A table that becomes cards on a phone is a table still.</summary>
    [ChromiumFact]
    public async Task Tables_stay_tables_on_a_phone()
    {
        await using var window = await archive.Window(null, Desk);
        var page = await Open(window, "/stil");
        var told = new List<string>();
        foreach (var width in new[] { 1120, 320 })
        {
            await page.SetViewportSizeAsync(width, 760);
            var table = page.GetByRole(AriaRole.Table, new() { Name = "Kanaler" });
            told.Add($"{await table.GetByRole(AriaRole.Row).CountAsync()} {await table.GetByRole(AriaRole.Columnheader).CountAsync()} {await table.GetByRole(AriaRole.Rowheader).CountAsync()}");
        }

        Assert.Equal(told[0], told[1]);
        Assert.Equal("5 7 4", told[0]);
        await Assertions.Expect(page.GetByRole(AriaRole.Progressbar)).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex(".+"));
        await Assertions.Expect(page.GetByRole(AriaRole.Group, new() { Name = "Godkänn gallring av 1 206 handlingar?" })).ToHaveCountAsync(1);
    }

    /// <summary>Colours chosen by the reader, print, and wider spacing (1.4.12): nothing is lost and nothing lies over anything.</summary>
    [ChromiumFact]
    public async Task The_style_page_stands_every_reader()
    {
        await using var window = await archive.Window(null, new() { ViewportSize = new() { Width = 1120, Height = 760 }, BypassCSP = true });
        var page = await Open(window, "/stil?fel=1");
        await archive.Picture(page, "stil-ljus", whole: true);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await archive.Picture(page, "stil-mork", whole: true);

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light, ForcedColors = ForcedColors.Active });
        await archive.Picture(page, "stil-tvingade-farger", whole: true);
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('.btn, .note, .chip, .m-sek, .in, .card, progress, .err-sum')].filter(e => e.checkVisibility() && (getComputedStyle(e).borderTopStyle === 'none' || getComputedStyle(e).borderTopWidth === '0px') && !e.matches('.btn-quiet')).map(e => e.outerHTML.slice(0, 120))
            """));
        await page.EmulateMediaAsync(new() { ForcedColors = ForcedColors.None, Media = Media.Print });
        Assert.False(await page.GetByRole(AriaRole.Navigation, new() { Name = "Huvudmeny" }).IsVisibleAsync());
        await archive.Picture(page, "stil-utskrift", whole: true);
        await page.EmulateMediaAsync(new() { Media = Media.Screen });

        await page.AddStyleTagAsync(new() { Content = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }" });
        await archive.Picture(page, "stil-glest");
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && !e.closest('.vh, svg, thead') && ['hidden', 'clip'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 2 && !e.matches('.say, textarea, progress')).map(e => e.outerHTML.slice(0, 120))
            """));
    }

    /// <summary>200 per cent of a window of 1280 (1.4.4); what moves does so only where it is wanted (2.3.3).</summary>
    [ChromiumFact]
    public async Task Pages_stand_zoom_and_do_not_move_for_who_wants_it_still()
    {
        await using var window = await archive.Window(BrowsedArchive.Everything, new() { ViewportSize = new() { Width = 640, Height = 400 }, DeviceScaleFactor = 2, ReducedMotion = ReducedMotion.Reduce });
        var page = await window.NewPageAsync();
        foreach (var (name, path) in new[] { ("zoom-start", "/"), ("zoom-handling", $"/handlingar/{await AComment()}"), ("zoom-sok", "/sok?q=isbanan"), ("zoom-gallring", "/gallring") })
        {
            await page.GotoAsync(path);
            Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{path} scrolls sideways at 200 per cent.");
            Assert.Equal("auto", await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).scrollBehavior"));
            await archive.Picture(page, name);
        }

        Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).animationName !== 'none' || parseFloat(getComputedStyle(e).transitionDuration) > 0).map(e => e.outerHTML.slice(0, 120))"));
    }

    /// <summary>Logging in asks for nothing that has to be remembered, copied by hand or solved (3.3.8), and help stands at the same place everywhere (3.2.6).</summary>
    [ChromiumFact]
    public async Task Logging_in_takes_what_is_pasted_and_help_stands_at_one_place()
    {
        await using var window = await archive.Window(null, Desk);
        var page = await Open(window, "/logga-in");
        foreach (var (label, purpose) in new[] { ("Användarnamn", "username"), ("Lösenord", "current-password") })
        {
            var field = page.GetByLabel(label);
            await Assertions.Expect(field).ToHaveAttributeAsync("autocomplete", purpose);
            Assert.True(await field.EvaluateAsync<bool>("e => e.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))"), $"{label} does not let anybody paste.");
        }

        Assert.Equal(0, await page.Locator("main img, main canvas, main iframe").CountAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Logga in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();

        foreach (var path in new[] { "/logga-in", "/public/diary", "/public/request", "/public/accessibility", "/stil", "/stil?ram=publik" })
        {
            await page.GotoAsync(path);
            Assert.Equal("Tillgänglighet", await page.EvaluateAsync<string>("document.querySelector('main > footer.foot a').textContent"));
        }
    }

    /// <summary>What was typed is not asked for again after a refusal (3.3.7).</summary>
    [ChromiumFact]
    public async Task A_refused_form_keeps_what_was_typed()
    {
        await using var window = await archive.Window(null, Desk);
        var page = await Open(window, "/public/request?authority=KS");
        await page.GetByLabel("Adress").FillAsync("Storgatan 1");
        await page.GetByRole(AriaRole.Radio, new() { Name = "En kopia" }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Skicka begäran" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByLabel("Adress")).ToHaveValueAsync("Storgatan 1");
        await Assertions.Expect(page.GetByRole(AriaRole.Radio, new() { Name = "En kopia" })).ToBeCheckedAsync();
        var wrong = page.GetByLabel("Vad vill du läsa");
        await Assertions.Expect(wrong).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(wrong).ToHaveAccessibleDescriptionAsync(new System.Text.RegularExpressions.Regex("Fel: Skriv vad som begärs"));
    }
}
