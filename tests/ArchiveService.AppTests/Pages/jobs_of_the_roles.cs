using System.Globalization;
using Microsoft.Playwright;

namespace ArchiveService.AppTests.Pages;

/// <summary>
/// Each role's main jobs in a real browser, by the names that a screen reader says. Half of them without a mouse, half without JavaScript, on the desk and on a phone, in light and in dark.
/// The pictures are left in artifacts/screens.
/// </summary>
[Collection(nameof(BrowsedArchive))]
public sealed class Jobs_of_the_roles(BrowsedArchive archive)
{
    private static BrowserNewContextOptions Desk(bool dark = false, bool scripts = true) => new()
    {
        ViewportSize = new() { Width = 1120, Height = 760 },
        ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        ReducedMotion = ReducedMotion.Reduce,
        JavaScriptEnabled = scripts,
    };

    private static BrowserNewContextOptions Phone(bool dark = false, bool scripts = true) => new()
    {
        ViewportSize = new() { Width = 360, Height = 740 },
        ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        ReducedMotion = ReducedMotion.Reduce,
        JavaScriptEnabled = scripts,
        HasTouch = true,
    };

    private async Task Does(string? username, BrowserNewContextOptions how, Hand hand, Func<Visitor, Task> job)
    {
        await using var window = await archive.Window(username, how);
        var foreign = new List<string>();
        window.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(archive.Served.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) foreign.Add(request.Url);
        };
        await job(new(await window.NewPageAsync(), hand));
        Assert.Empty(foreign);
    }

    private Task<Guid> AComment(string more = "") => archive.Id($"""
        select s.record_id from archive.record_states s join archive.authorities a using (authority_id)
        where a.code = 'KS' and s.wall = 'open' and s.registration = 'captured' and s.visibility = 'visible' and s.direction = 'received' and s.disposed_at is null {more} order by s.received_at desc limit 1
        """);

    [ChromiumFact]
    [Trait("Requirement", "H-25")]
    public Task A_moderator_assesses_answers_takes_down_and_puts_back_by_keys() => Does("moa", Desk(), Hand.Keys, async moa =>
    {
        var message = await archive.Id("select s.record_id from archive.record_states s join archive.authorities a using (authority_id) where a.code = 'KS' and s.wall = 'unassessed' and s.direction = 'received' and s.disposed_at is null order by 1 limit 1");
        await moa.Open("/");
        await moa.SkipToContent();
        await archive.Picture(moa.Page, "start-moderator", guide: true);
        await moa.Open("/arbetslista");
        await archive.Picture(moa.Page, "arbetslista", guide: true);

        await moa.Open($"/handlingar/{message}");
        await moa.Follow("Bedöm");
        await moa.Press("Spara bedömningen");
        await moa.Refused("behöver rättas");
        await archive.Picture(moa.Page, "avslaget-formular");
        await moa.Choose("Kan uppgifterna omfattas av sekretess", "Nej");
        await moa.Choose("Betydelse för verksamheten", "Vanlig");
        await moa.Tick("En fråga som vill ha svar");
        await moa.Press("Spara bedömningen");
        await moa.Told("Handlingen är bedömd");

        await moa.Open($"/handlingar/{message}/besvara");
        await moa.Write("Svaret", "Vi har svarat i kanalen.");
        await moa.Press("Anteckna svaret");
        await moa.Told("Handlingen är besvarad");

        var comment = await AComment();
        await moa.Open($"/handlingar/{comment}/ta-ned");
        await moa.Choose("Åtgärd", "Avpublicera");
        await moa.Tick("Förolämpning");
        await moa.Tick("Jag har prövat");
        await moa.Choose("Skulle samma innehåll", "Ja");
        await moa.Write("Motivering", "Kommentaren kränker en namngiven person.");
        await archive.Picture(moa.Page, "ta-ned", guide: true);
        await moa.Press("Ta ned");
        await moa.Told("Åtgärden är antecknad");
        await archive.Picture(moa.Page, "handling", guide: true);

        await moa.Open($"/handlingar/{comment}/aterstall");
        await moa.Write("Varför det återställs", "Personen var inte namngiven.");
        await moa.Press("Återställ");
        await moa.Told("synligt igen");
    });

    [ChromiumFact]
    [Trait("Requirement", "R-10")]
    public Task A_registrator_registers_marks_and_gives_out_on_a_phone_without_scripts() => Does("rut", Phone(dark: true, scripts: false), Hand.Pointer, async rut =>
    {
        await rut.Open("/postoppning");
        await rut.Heading("Post");
        await archive.Picture(rut.Page, "postoppning-telefon-mork");

        var comment = await AComment();
        await rut.Open($"/handlingar/{comment}/registrera");
        await rut.Press("Registrera");
        await rut.Refused("behöver rättas");
        await rut.Write("Vad handlingen rör", "Synpunkt på gatubelysning");
        await rut.Choose("Ärende", "Nytt ärende");
        await rut.Write("Ärendemening för det nya ärendet", "Gatubelysning");
        await archive.Picture(rut.Page, "registrera-telefon-mork", whole: true);
        await rut.Press("Registrera");
        await rut.Told("Registrerad som");

        var other = await AComment();
        await rut.Open($"/handlingar/{other}/sekretess");
        await rut.Write("Tillämplig bestämmelse", "OSL 25 kap. 1 §");
        await rut.Press("Markera");
        await rut.Told("Handlingen är sekretessmarkerad");

        await rut.Open("/utlamnanden/ny");
        await rut.Select("Myndighet", await archive.Served.Value<string>("select name from archive.authorities where code = 'KS'") ?? "");
        await rut.Write("Vad som begärs", "Allt om isbanan");
        await rut.Choose("Hur frågaren vill ha det", "Läsa på stället");
        await rut.Press("Ta emot begäran");
        await rut.Told("Begäran är mottagen");
        var request = await archive.Id("select request_id from archive.disclosure_requests order by noted_at desc limit 1");
        await rut.Open($"/utlamnanden/{request}/hitta?q=isbanan");
        await rut.Page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await rut.Press("Lägg till det förkryssade");
        await rut.Told("är tillagd");
        await rut.Open($"/utlamnanden/{request}/handlingar/1");
        await archive.Picture(rut.Page, "prova-telefon-mork");
        await rut.Choose("Vilken sekretessbestämmelse", "Ingen");
        await rut.Press("Anteckna steget");
        await rut.Told("Steget är antecknat");
        await rut.Choose("Handlingen", "Lämnas ut");
        await rut.Press("Besluta");
        await rut.Told("är prövad");
        await rut.Open($"/utlamnanden/{request}/lamna-ut");
        await rut.Page.GetByRole(AriaRole.Group, new() { Name = "Vad som lämnas ut" }).GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await rut.Choose("Hur", "Läst");
        await rut.Press("Anteckna utlämnandet");
        await rut.Told("Utlämnandet är antecknat");
        await rut.Open($"/utlamnanden/{request}/kvitto");
        await archive.Picture(rut.Page, "kvitto-telefon-mork", whole: true);
    });

    [ChromiumFact]
    [Trait("Requirement", "N-16")]
    public Task An_arkivarie_tries_proposes_and_reviews_a_gallring_by_keys() => Does("arvid", Desk(dark: true), Hand.Keys, async arvid =>
    {
        await arvid.Open("/gallring/prova");
        await arvid.Select("Utgå från", "Vardagliga kommentarer");
        await arvid.Press("Prova");
        await Assertions.Expect(arvid.Page.GetByRole(AriaRole.Heading, new() { Name = "Så hade det blivit" })).ToBeVisibleAsync();
        await archive.Picture(arvid.Page, "gallring-prova-mork", whole: true);

        await arvid.Open("/gallring");
        await archive.Picture(arvid.Page, "gallring-mork");
        await arvid.Press("Föreslå gallring enligt Vardagliga kommentarer");
        await arvid.Heading("Gallring: Vardagliga kommentarer");
        await archive.Picture(arvid.Page, "gallringskorning-mork", whole: true);
        await arvid.Unfold("Granska nummer 1");
        await arvid.Write("Anmärkning, eller varför den ska behållas", "Behövs i ett ärende.");
        await arvid.Press("Behåll handlingen nummer 1");
        await Assertions.Expect(arvid.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("Behövs i ett ärende.");
    });

    /// <summary>Pictures of the handbook, on a desk and in light, of what the others do elsewhere.</summary>
    [ChromiumFact]
    public Task Anybody_on_the_staff_looks_at_the_lists() => Does(BrowsedArchive.Everything, Desk(scripts: false), Hand.Pointer, async alva =>
    {
        foreach (var (name, path) in new[]
        {
            ("postoppning", "/postoppning"), ("sok", "/sok?q=isbanan"), ("utlamnanden", "/utlamnanden"), ("gallring", "/gallring"), ("kanal", $"/kanaler/{await Channel("herrljunga")}"),
            ("gallringsbevis", $"/gallring/{await archive.Id("select run_id from archive.disposal_runs where state = 'completed' limit 1")}"),
        })
        {
            await alva.Open(path);
            await archive.Picture(alva.Page, name, guide: true);
        }
    });

    [ChromiumFact]
    [Trait("Requirement", "I11")]
    public Task A_revisor_replays_an_account_and_checks_the_evidence_without_scripts() => Does("greta", Desk(scripts: false), Hand.Pointer, async greta =>
    {
        await greta.Open("/granskning");
        await greta.Heading("Granskning");
        var account = await archive.Id("select s.account_id from archive.record_states s join archive.authorities a using (authority_id) where a.code = 'KS' and s.account_id is not null and s.wall = 'open' and s.disposed_at is null group by 1 order by count(*) desc limit 1");
        await greta.Select("Vad", "Konto");
        await greta.Write("Id", account.ToString("D"));
        await greta.Press("Återspela");
        await Assertions.Expect(greta.Page.GetByRole(AriaRole.Heading, new() { Name = "Tidslinje" })).ToBeVisibleAsync();
        await archive.Picture(greta.Page, "aterspelning", guide: true);
        await greta.Follow("Vid en tidpunkt");
        await Assertions.Expect(greta.Page.GetByRole(AriaRole.Heading, new() { Name = "Vid tidpunkten" })).ToBeVisibleAsync();

        await greta.Open("/bevis");
        await Assertions.Expect(greta.Page.GetByRole(AriaRole.Heading, new() { Name = "Kontrollera själv" })).ToBeVisibleAsync();
        await archive.Picture(greta.Page, "bevis", guide: true);
        await greta.Open("/kontroll");
        await greta.Press("Starta en kontroll");
        await greta.Heading("Kontroll");
        await archive.Picture(greta.Page, "kontroll");
    });

    [ChromiumFact]
    [Trait("Requirement", "T-21")]
    public Task A_chef_approves_on_a_phone_by_keys() => Does("chefen", Phone(scripts: false), Hand.Keys, async chef =>
    {
        var planned = await Channel("toreboda");
        await chef.Open("/");
        await archive.Picture(chef.Page, "start-chef-telefon", whole: true);
        await chef.Open($"/kanaler/{planned}/plan");
        await chef.Press("Jag godkänner aktiviteten");
        await chef.Told("Du har skrivit under planen");
        await archive.Picture(chef.Page, "plan-telefon");
    });

    [ChromiumFact]
    [Trait("Requirement", "T-21")]
    [Trait("Requirement", "H-28")]
    public Task A_kommunikator_writes_a_plan_and_keeps_a_snapshot() => Does("kim", Phone(dark: true), Hand.Pointer, async kim =>
    {
        var channel = await Channel("herrljunga");
        await kim.Open($"/kanaler/{channel}");
        await archive.Picture(kim.Page, "kanal-telefon-mork", whole: true);
        await kim.Open($"/kanaler/{channel}/plan");
        await kim.Write("Mål", "Invånarna får svar samma dag.");
        await kim.Press("Spara planen");
        await kim.Told("Planen är sparad");

        var documented = await archive.Id("select channel_id from archive.snapshots order by 1 limit 1");
        await kim.Open($"/kanaler/{documented}/ogonblicksbilder/ny");
        await kim.Press("Spara");
        await kim.Refused("behöver rättas");
        await kim.Write("Täcker från och med", "2026-06-01");
        await kim.Write("Till och med", "2026-06-30");
        await kim.Tick("Visar innehållet");
        await kim.Tick("Visar layouten");
        await kim.Tick("Jag har gått igenom den");
        await kim.Page.Locator("input[type=file][accept*=png]").First.SetInputFilesAsync(new FilePayload { Name = "kanalen.png", MimeType = "image/png", Buffer = await kim.Page.ScreenshotAsync() });
        await kim.Press("Spara");
        await kim.Told("Ögonblicksbilden är sparad");
    });

    [ChromiumFact]
    public Task An_admin_adds_a_person_with_roles_and_a_source_by_keys() => Does("adam", Desk(), Hand.Keys, async adam =>
    {
        await adam.Open("/anvandare");
        await archive.Picture(adam.Page, "anvandare", guide: true);
        await adam.Write("Namn", "Nora Ny Demo");
        await adam.Write("Användarnamn", "nora");
        await adam.Write("Lösenord", "ett annat långt lösenord 2");
        await adam.Tick("Moderator");
        await adam.Press("Lägg till");
        await adam.Told("Personen är tillagd");
        await adam.Open($"/anvandare/{await archive.Id("select person_id from views.persons where name = 'Nora Ny Demo'")}");
        await adam.Select("Ny roll", "Registrator");
        await adam.Press("Ge rollen");
        await Assertions.Expect(adam.Page.GetByRole(AriaRole.Table, new() { Name = "Roller" })).ToContainTextAsync("Registrator");

        await adam.Open($"/kallor/{await archive.Id("select channel_id from archive.channels where platform = 'mastodon' order by 1 limit 1")}");
        await adam.Write("Adress till plattformens API", "https://social.example");
        await adam.Write("Kontots id eller namn", "granvika");
        await adam.Choose("Sätt", "Frågar med jämna mellanrum");
        await adam.Write("Minuter mellan två frågor", "60");
        await adam.Choose("Igång", "Nej");
        await adam.Press("Spara");
        await adam.Told("Källan är sparad");
        await archive.Picture(adam.Page, "kalla", guide: true);
    });

    [ChromiumFact]
    [Trait("Requirement", "R-10")]
    public Task Anybody_reads_the_diary_asks_for_a_document_and_says_what_was_hard() => Does(null, Phone(dark: true, scripts: false), Hand.Keys, async anybody =>
    {
        await anybody.Open("/offentligt/diarium");
        await anybody.SkipToContent();
        await anybody.Open("/public/diary?period=all");
        await archive.Picture(anybody.Page, "diarium-telefon-mork", whole: true);
        await anybody.Open("/public/request?authority=KS");
        await anybody.Press("Skicka begäran");
        await anybody.Refused("behöver rättas");
        await anybody.Write("Vad vill du läsa", "Allt om isbanan");
        await anybody.Choose("Hur vill du ha den", "Läsa den hos er");
        await anybody.Press("Skicka begäran");
        await anybody.Heading("Begäran är mottagen");
        await archive.Picture(anybody.Page, "begaran-telefon-mork");
        await anybody.Follow("Följ begäran");
        await Assertions.Expect(anybody.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("nder behandling");

        await anybody.Follow("Tillgänglighet");
        await anybody.Heading("Tillgänglighet");
        await archive.Picture(anybody.Page, "tillganglighet-telefon-mork", whole: true);
        await anybody.Select("Myndighet", await archive.Served.Value<string>("select name from archive.authorities where code = 'KS'") ?? "");
        await anybody.Write("Vad är svårt", "Rubrikerna läses i fel ordning.");
        await anybody.Press("Skicka synpunkten");
        await anybody.Heading("Synpunkten är mottagen");
    });

    [ChromiumFact]
    public Task Anybody_sees_the_diary_on_a_desk() => Does(null, Desk(scripts: false), Hand.Pointer, async anybody =>
    {
        await anybody.Open("/public/diary?period=all");
        await archive.Picture(anybody.Page, "publikt-diarium", guide: true);
        await anybody.Open("/public/accessibility");
        await archive.Picture(anybody.Page, "tillganglighet", whole: true);
    });

    private Task<Guid> Channel(string preset) =>
        archive.Id(string.Create(CultureInfo.InvariantCulture, $"select c.channel_id from archive.channels c join archive.policy_versions v using (authority_id) where v.preset = '{preset}' and c.platform <> 'other' order by 1 limit 1"));
}
