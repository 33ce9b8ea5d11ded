using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

/// <summary>Who sits at the screen: what is said of a control, as the accessibility tree says it, and with what it is reached.</summary>
internal enum Hand
{
    Pointer,

    /// <summary>Tab, arrows, Enter and Space alone; each step of the way is looked at.</summary>
    Keys,
}

/// <summary>
/// Somebody who does a job on the pages by the names that are read aloud. By keys, whatever has the focus has to be seen (2.4.7), not lie under something else (2.4.11),
/// and let go of it again (2.1.2).
/// </summary>
internal sealed class Visitor(IPage page, Hand hand)
{
    private const string Focused = """
        target => {
          const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
          if (e === document.body) return 'nowhere';
          const at = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) => document.elementFromPoint(r.left + r.width * x, r.top + r.height * y));
          const own = top => top && (top === e || e.contains(top) || top.contains(e) || [...(e.labels ?? [])].some(l => l.contains(top)));
          if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2) return 'unseen: ' + e.outerHTML.slice(0, 200);
          if (!at.some(own)) return 'covered: ' + e.outerHTML.slice(0, 200);
          const same = window.heldFocus === e;
          window.heldFocus = e;
          return e === target ? 'here' : same && !(e.type ?? '').startsWith('date') ? 'held: ' + e.outerHTML.slice(0, 200) : 'elsewhere';
        }
        """;

    public IPage Page => page;

    public async Task Open(string path)
    {
        var answer = await page.GotoAsync(path);
        Assert.True(answer!.Ok, $"{path} answers {answer.Status}.");
    }

    public async Task Heading(string name) => await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);

    /// <summary>What has been done is announced as a status.</summary>
    public async Task Told(string what) => await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync(what);

    /// <summary>A form that was refused: the summary is announced, has the focus, and leads to each field.</summary>
    public async Task Refused(string what)
    {
        var summary = page.GetByRole(AriaRole.Alert);
        await Assertions.Expect(summary).ToContainTextAsync(what);
        await Assertions.Expect(summary).ToBeFocusedAsync();
        await Assertions.Expect(page).ToHaveTitleAsync(new Regex("^Fel: "));
        foreach (var link in await summary.GetByRole(AriaRole.Link).AllAsync())
            Assert.Equal(1, await page.Locator((await link.GetAttributeAsync("href"))!).CountAsync());
    }

    public async Task Press(string button) => await Activate(page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).First, "Enter");

    public async Task Follow(string link) => await Activate(page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First, "Enter");

    public async Task Unfold(string summary) => await Activate(page.Locator("summary").Filter(new() { HasText = summary }).First, "Enter");

    public async Task Write(string label, string text)
    {
        var field = page.GetByLabel(label).First;
        if (hand == Hand.Pointer)
        {
            await field.FillAsync(text);
            return;
        }

        await Reach(field);
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync(text);
    }

    public async Task Select(string label, string option)
    {
        var field = page.GetByLabel(label, new() { Exact = true }).First;
        if (hand == Hand.Keys)
        {
            await Reach(field);
            await page.Keyboard.TypeAsync(option);
        }
        else
        {
            await field.SelectOptionAsync(new SelectOptionValue { Label = option });
        }

        Assert.StartsWith(option, await field.EvaluateAsync<string>("e => e.selectedOptions[0].text"), StringComparison.Ordinal);
    }

    public async Task Tick(string label)
    {
        var box = page.GetByRole(AriaRole.Checkbox, new() { NameRegex = Beginning(label) }).First;
        if (hand == Hand.Pointer)
        {
            await box.CheckAsync();
        }
        else
        {
            await Reach(box);
            if (!await box.IsCheckedAsync()) await page.Keyboard.PressAsync("Space");
        }

        await Assertions.Expect(box).ToBeCheckedAsync();
    }

    /// <summary>One of a group, which is one stop of the Tab key; the arrows go between.</summary>
    public async Task Choose(string group, string option)
    {
        var choices = page.GetByRole(AriaRole.Group, new() { NameRegex = Beginning(group) }).First;
        var choice = choices.GetByRole(AriaRole.Radio, new() { NameRegex = Beginning(option) }).First;
        if (hand == Hand.Pointer)
        {
            await choice.CheckAsync();
        }
        else
        {
            var chosen = choices.Locator("input:checked");
            await Reach(await chosen.CountAsync() > 0 ? chosen.First : choices.GetByRole(AriaRole.Radio).First);
            for (var i = 0; i < 20 && !await choice.EvaluateAsync<bool>("e => e === document.activeElement"); i++) await page.Keyboard.PressAsync("ArrowDown");
            if (!await choice.IsCheckedAsync()) await page.Keyboard.PressAsync("Space");
        }

        await Assertions.Expect(choice).ToBeCheckedAsync();
    }

    /// <summary>Past the menu: the first stop of every page, and the focus goes where it says.</summary>
    public async Task SkipToContent()
    {
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("here", await Seen(page.GetByRole(AriaRole.Link, new() { Name = "Till innehållet" })));
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.closest('main') !== null"), "The link past the menu does not lead into the content.");
    }

    private async Task Activate(ILocator what, string key)
    {
        if (hand == Hand.Pointer)
        {
            await what.ClickAsync();
        }
        else
        {
            await Reach(what);
            await page.Keyboard.PressAsync(key);
        }

        await page.WaitForLoadStateAsync();
    }

    private async Task Reach(ILocator what)
    {
        await what.WaitForAsync();
        if (await page.EvaluateAsync<bool>("document.activeElement === document.body")) await SkipToContent();
        for (var stops = 0; stops < 400; stops++)
        {
            var seen = await Seen(what);
            if (seen == "here") return;
            Assert.True(seen is "nowhere" or "elsewhere" || stops == 0, $"{page.Url}: the focus is {seen}.");
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{page.Url}: the Tab key never gets to {what}.");
    }

    private async Task<string> Seen(ILocator what) => await page.EvaluateAsync<string>(Focused, await what.ElementHandleAsync());

    private static Regex Beginning(string text) => new("^" + Regex.Escape(text));
}
