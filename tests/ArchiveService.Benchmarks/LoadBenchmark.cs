using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Import;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace ArchiveService.Benchmarks;

/// <summary>
/// A day at the office, all at once: 200 sessions that are logged in, think for 10 seconds on average (exponentially distributed) and do what people do, by a written mix,
/// for five minutes, to an archive of a million records that came through the log. The sessions are a process of their own, niced, whose share of the processors is told.
/// </summary>
internal static partial class LoadBenchmark
{
    public const string Word = "load-sessions";

    private const string Password = "ett långt lösenord för mätning";

    private const int Users = 40;

    /// <summary>How many records there are; set by <c>--records</c>.</summary>
    public static int Records { get; set; } = 1_000_000;

    /// <summary>For how long; set by <c>--seconds</c>.</summary>
    public static int Seconds { get; set; } = 300;

    /// <summary>How many at once; set by <c>--sessions</c>.</summary>
    public static int Sessions { get; set; } = 200;

    private static readonly string[] Words = ["vatten", "buss", "skola", "bygglov", "simhall", "bibliotek", "hemtjänst", "avlopp", "lekplats", "parkering", "vindkraft", "hundrastgård", "farthinder", "kulturskola", "laddstolpe"];

    /// <summary>Of a hundred acts so many; what each does stands at <see cref="Session.Act"/>.</summary>
    private static readonly (string Name, int Share)[] Mix =
    [
        ("start page", 12), ("work list", 10), ("search", 18), ("search, next page", 6), ("record page", 24), ("account page", 3), ("diary", 8), ("case list", 4), ("removed list", 3), ("channel page", 3),
        ("public diary", 4), ("assess", 3), ("register in a new case", 2),
    ];

    public static async Task Run()
    {
        await using var archive = await ServedArchive.Start();
        await archive.Services.MustStoreAttachments(default);
        var admin = archive.Program(await archive.Token("Mätare", [new("admin"), new("kommunikator")]));
        await admin.PutAsJsonAsync(Address("/api/v1/authorities/KS"), new { name = "Kommunstyrelsen", preset = "norrkoping" });
        var made = await admin.PostAsJsonAsync(Address("/api/v1/channels"), new { authority = "KS", platform = "facebook", nativeAccountId = "1", handle = "Mätning", url = "https://exempel.invalid/1", purpose = "Mätning" });
        var channel = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        var authority = await archive.Value<Guid>("select authority_id from archive.authorities where code = 'KS'");

        var began = Stopwatch.GetTimestamp();
        await Fill(archive, channel);
        var brought = await archive.Value<long>("select count(*) from archive.record_states");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{brought:N0} records through the log and into the views in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s"));
        await archive.Databases.Owner.Execute("vacuum analyze");

        for (var n = 0; n < Users; n++) await archive.User($"Person {n}", $"person{n}", Password, [.. RolesOf(n).Select(role => new Grant(role, authority))]);
        var token = await archive.Token("Hand Läggare", [new("registrator", "KS"), new("moderator", "KS")]);

        // Niced: what the sessions cost must not push the service aside. What they cost all the same is told.
        var start = new ProcessStartInfo("nice", ["-n", "10", "dotnet", Assembly.GetExecutingAssembly().Location, Word, archive.Address.ToString(), token, channel.ToString("D"),
            Sessions.ToString(CultureInfo.InvariantCulture), Seconds.ToString(CultureInfo.InvariantCulture)])
        { UseShellExecute = false };
        using var sessions = Process.Start(start)!;
        var (at, before) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        await sessions.WaitForExitAsync();
        var ours = (Process.GetCurrentProcess().TotalProcessorTime - before) / Stopwatch.GetElapsedTime(at) / Environment.ProcessorCount;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the service: {ours:P0} of the processors"));
        if (sessions.ExitCode != 0) throw new InvalidOperationException("The sessions met errors.");
    }

    /// <summary>Two registrators and moderators of five, one moderator, one communicator with the chief's role, one archivist.</summary>
    private static Role[] RolesOf(int user) => (user % 5) switch
    {
        0 or 1 => [Role.Registrator, Role.Moderator],
        2 => [Role.Moderator],
        3 => [Role.Kommunikator, Role.Chef],
        _ => [Role.Arkivarie, Role.Revisor],
    };

    private static async Task Fill(ServedArchive archive, Guid channel)
    {
        var file = Path.Combine(archive.DataFolder, "load.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Records).Select(n => Line(n)));
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });
        await new Import(archive.Services).Run("ndjson", file, channel, dryRun: false, console, default);
        File.Delete(file);
        var last = await archive.Value<long>("select max(seq_id) from archive.mt_events");
        if (!await archive.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromMinutes(30), default)) throw new TimeoutException("The views are not filled.");
    }

    /// <summary>Nine comments under a post; words of three frequencies; from the last six years.</summary>
    private static string Line(int n)
    {
        var at = new DateTimeOffset(2020, 11, 1, 8, 0, 0, TimeSpan.Zero).AddSeconds(n * (6 * 365 * 86_400.0 / Records));
        var word = n % 10 < 3 ? Words[n % 3] : n % 1000 < 60 ? Words[3 + (n / 10 % 7)] : n % 10_000 == 77 ? Words[10 + (n / 10_000 % 5)] : "";
        var text = $"Hej, jag undrar över {word} ord{n % 5003} ord{n * 7L % 5003} ord{n * 13L % 5003} och vill ha besked så snart som möjligt av någon som vet hur det blir med ord{n * 29L % 5003}.";
        var parent = n % 10 == 0 ? "" : $"\"parentNativeId\":\"n-{n - (n % 10)}\",";
        return $$"""{"act":"create","nativeId":"n-{{n}}",{{parent}}"kind":"{{(n % 10 == 0 ? "post" : "comment")}}","author":{"nativeId":"a-{{n % 20_011}}","displayName":"Person {{n % 20_011}}"},"text":"{{text}}","occurredAt":"{{at:yyyy-MM-ddTHH:mm:ssZ}}"}""";
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    /// <summary>The process of the sessions.</summary>
    public static async Task<int> Serve(string[] args)
    {
        var (address, token, channel) = (new Uri(args[1]), args[2], args[3]);
        var (many, seconds) = (int.Parse(args[4], CultureInfo.InvariantCulture), int.Parse(args[5], CultureInfo.InvariantCulture));
        var took = new ConcurrentBag<(string Act, double Ms)>();
        var errors = new ConcurrentBag<string>();
        var sessions = new List<Session>();
        for (var n = 0; n < many; n++) sessions.Add(await Session.LogIn(address, token, channel, n));

        var (at, before) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await Task.WhenAll(sessions.Select(s => s.Live(took, errors, over.Token)));
        var wall = Stopwatch.GetElapsedTime(at);
        var share = (Process.GetCurrentProcess().TotalProcessorTime - before) / wall / Environment.ProcessorCount;

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{many} sessions, {wall.TotalSeconds:0} s, {took.Count:N0} acts, {took.Count / wall.TotalSeconds:0.0} a second, {errors.Count} errors; the load tool, niced: {share:P0} of the processors"));
        Console.WriteLine("| Act | Of all | Done | Median, ms | p95 | p99 | most |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, part) in Mix) Row(name, $"{part} %", took.Where(t => t.Act == name));
        Row("**all**", "", took);
        foreach (var error in errors.Distinct(StringComparer.Ordinal).Take(10)) Console.WriteLine(error);
        return errors.IsEmpty ? 0 : 1;
    }

    private static void Row(string name, string part, IEnumerable<(string Act, double Ms)> of)
    {
        var sorted = of.Select(t => t.Ms).Order().ToList();
        if (sorted.Count == 0) return;
        double At(double p) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * p))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {part} | {sorted.Count:N0} | {At(0.5):0} | {At(0.95):0} | {At(0.99):0} | {sorted[^1]:0} |"));
    }

    /// <summary>Somebody with a browser of their own: cookies, and links that the last page showed.</summary>
    private sealed partial class Session(HttpClient browser, HttpClient program, string channel, Random dice)
    {
        private List<string> records = [];

        private string? next;

        public static async Task<Session> LogIn(Uri address, string token, string channel, int nth)
        {
            var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new(), AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = address };
            browser.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
            using var answer = await ServedArchive.LogIn(browser, $"person{nth % Users}", Password, "/");
            if (answer.StatusCode is not (HttpStatusCode.Found or HttpStatusCode.SeeOther)) throw new InvalidOperationException($"Session {nth} was not let in: {answer.StatusCode}");
            var program = new HttpClient { BaseAddress = address };
            program.DefaultRequestHeaders.Authorization = new("Bearer", token);
            return new(browser, program, channel, new Random(nth));
        }

        public async Task Live(ConcurrentBag<(string, double)> took, ConcurrentBag<string> errors, CancellationToken over)
        {
            while (true)
            {
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - dice.NextDouble()) * 10), over);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                var act = Drawn();
                var at = Stopwatch.GetTimestamp();
                try
                {
                    await Act(act);
                    took.Add((act, Stopwatch.GetElapsedTime(at).TotalMilliseconds));
                }
                catch (HttpRequestException error)
                {
                    errors.Add($"{act}: {error.Message}");
                }
            }
        }

        private string Drawn()
        {
            var at = dice.Next(100);
            foreach (var (name, share) in Mix)
            {
                if ((at -= share) < 0) return name;
            }

            return Mix[0].Name;
        }

        private Task Act(string act) => act switch
        {
            "start page" => Page("/"),
            "work list" => Page("/arbetslista"),
            "search" => Page($"/sok?q={Uri.EscapeDataString(Words[dice.Next(Words.Length)])}{(dice.Next(2) == 0 ? "&direction=received&from=2021-01-01" : "")}"),
            "search, next page" => Page(next ?? "/sok?q=skola"),
            "record page" => Page(Known() is { } record ? $"/handlingar/{record}" : "/sok"),
            "account page" => Page("/konton"),
            "diary" => Page(dice.Next(2) == 0 ? "/diarium" : "/diarium?q=fr%C3%A5ga"),
            "case list" => Page("/arenden"),
            "removed list" => Page("/borttaget"),
            "channel page" => Page($"/kanaler/{channel}"),
            "public diary" => Page("/public/diary"),
            "assess" => Command("assess", new { minor = false, isQuestion = dice.Next(2) == 0 }),
            "register in a new case" => Command("register", new { newCase = new { title = "Fråga" }, subject = "Fråga om skötsel" }),
            _ => throw new InvalidOperationException(act),
        };

        private string? Known() => records.Count == 0 ? null : records[dice.Next(records.Count)];

        private async Task Page(string address)
        {
            using var answer = await browser.GetAsync(Address(address));
            var html = await answer.Content.ReadAsStringAsync();
            // A page that this role may not open answers so; it is an answer as good as any.
            if (!answer.IsSuccessStatusCode && answer.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.NotFound)) throw new HttpRequestException($"{address} answered {(int)answer.StatusCode}");
            if (RecordLink().Matches(html) is { Count: > 0 } found) records = [.. found.Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal)];
            next = NextLink().Match(html) is { Success: true } link ? WebUtility.HtmlDecode(link.Groups[1].Value) : next;
        }

        /// <summary>What somebody else did first, or is already done, is refused in words: no error.</summary>
        private async Task Command(string verb, object said)
        {
            if (Known() is not { } record)
            {
                await Page("/sok?q=vatten");
                return;
            }

            using var answer = await program.PostAsJsonAsync(Address($"/api/v1/records/{record}/{verb}"), said);
            if ((int)answer.StatusCode >= 500 || answer.StatusCode == HttpStatusCode.TooManyRequests) throw new HttpRequestException($"{verb} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }

        [GeneratedRegex("href=\"/handlingar/([0-9a-f-]{36})[\"#?]")]
        private static partial Regex RecordLink();

        [GeneratedRegex("href=\"(/sok\\?[^\"]*cursor=[^\"]*)\"")]
        private static partial Regex NextLink();
    }
}
