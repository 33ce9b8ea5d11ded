using System.Diagnostics;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Import;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Spectre.Console;

namespace ArchiveService.AppTests.Capture;

public sealed class Importing(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [SharedDataFact]
    public async Task the_real_mastodon_archive_brings_eighteen_public_items_of_nineteen_declared()
    {
        var channel = await intake.NewChannel("mastodon", "https://verklig.exempel/users/x");

        var (code, said) = await Run("mastodon", SharedData.PathOf("mastodon/archive/mastodon-export.zip"), channel);

        Assert.Equal(0, code);
        Assert.Contains("Accepted 18, duplicates 0", said, StringComparison.Ordinal);
        Assert.Contains("18 present, 19 declared", said, StringComparison.Ordinal);
        Assert.Equal(18L, await intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}' and wall = 'open'"));
        Assert.Equal(18L, await intake.Served.Value<long>($"select count(*) from archive.mt_events where type = 'item_captured' and data->>'channel' = '{channel}' and data->>'audience' = 'public'"));
    }

    [Fact]
    public async Task a_tar_gz_makes_the_direct_item_a_message_and_takes_the_picture_along()
    {
        var channel = await intake.NewChannel("mastodon", PackedArchive.Me);
        using var file = new TemporaryFile(PackedArchive.TarGz(PackedArchive.Files), "arkiv från simhallen.tar.gz");

        var (dryCode, drySaid) = await Run("mastodon", file.Path, channel, dryRun: true);
        Assert.Equal((0, 0L), (dryCode, await Count(channel)));
        Assert.Contains("Would accept 4", drySaid, StringComparison.Ordinal);
        Assert.Empty(await intake.Get<SealedLog>().Store.ReadStream(await Delivery(file.Path)));

        var (code, said) = await Run("mastodon", file.Path, channel);
        Assert.Equal(0, code);
        Assert.Contains("Accepted 4", said, StringComparison.Ordinal);

        var direct = await History(channel, 4);
        var captured = Assert.IsType<ItemCaptured>(direct[0].Event);
        Assert.Equal((ItemKind.Dm, Audience.Direct, Wall.Unassessed, Direction.DrawnUp), (captured.Kind, captured.Audience, captured.Wall, captured.Direction));
        Assert.Equal(
            [Audience.Public, Audience.Unlisted, Audience.Followers],
            new[] { await History(channel, 1), await History(channel, 2), await History(channel, 3) }.Select(h => ((ItemCaptured)h[0].Event).Audience));
        var picture = Assert.Single((await History(channel, 1)).Select(h => h.Event).OfType<AttachmentStored>());
        Assert.Equal((PackedArchive.Picture.Length, "image/jpeg"), (picture.Bytes, picture.MediaType));

        // The file itself is kept, sealed, and the same file again adds nothing but what became of it.
        var delivery = await intake.Get<SealedLog>().Store.ReadStream(await Delivery(file.Path));
        Assert.Contains(Deliveries.ObjectKey(Assert.IsType<DeliveryReceived>(delivery[0].Event).Object!.Value), await intake.Objects());
        var (againCode, again) = await Run("mastodon", file.Path, channel);
        Assert.Equal(0, againCode);
        Assert.Contains("Accepted 0, duplicates 4", again, StringComparison.Ordinal);
        Assert.Equal(4L, await Count(channel));
    }

    [Fact]
    public async Task goes_on_where_it_was_stopped()
    {
        var channel = await intake.NewChannel("facebook", "resume");
        var lines = Enumerable.Range(0, 600).Select(i => IntakeArchive.Comment($"resume-{i}", $"Nummer {i}")).ToList();
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(string.Join('\n', lines)), "uttag.ndjson");
        using var stop = new CancellationTokenSource();
        var stopping = Task.Run(async () =>
        {
            while (await Count(channel) == 0) await Task.Delay(5);
            await stop.CancelAsync();
        });

        try
        {
            await Run("ndjson", file.Path, channel, ct: stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await stopping;
        var stored = await Count(channel);
        var (code, said) = await Run("ndjson", file.Path, channel);

        Assert.Equal(0, code);
        Assert.Contains($"Accepted {600 - stored}, duplicates {stored}", said, StringComparison.Ordinal);
        Assert.Equal(600L, await Count(channel));
    }

    [Fact]
    public async Task a_file_that_breaks_off_takes_what_is_there_and_ends_with_two()
    {
        var channel = await intake.NewChannel("mastodon", "https://avbruten.exempel/users/x");
        var whole = Encoding.UTF8.GetBytes(PackedArchive.Outbox);
        using var file = new TemporaryFile(PackedArchive.TarGz([("outbox.json", whole[..(whole.Length - 300)])]), "avbruten.tar.gz");

        var (code, said) = await Run("mastodon", file.Path, channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 3", said, StringComparison.Ordinal);
        Assert.Contains("rejected 1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_file_whose_names_lead_out_of_it_leaves_those_out_and_says_so()
    {
        var channel = await intake.NewChannel("mastodon", "https://utbrytare.exempel/users/x");
        using var file = new TemporaryFile(PackedArchive.TarGz([.. PackedArchive.Files, ("../../utbruten.txt", [1, 2, 3])]), "utbrytare.tar.gz");

        var (code, said) = await Run("mastodon", file.Path, channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 4", said, StringComparison.Ordinal);
        Assert.Contains("archive-unsafe-path", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task bad_lines_says_where_and_ends_with_two()
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes($"{IntakeArchive.Comment("mixed-1")}\ntrasig\n{IntakeArchive.Comment("mixed-2")}\n"), "blandat.ndjson");

        var (code, said) = await Run("ndjson", file.Path, intake.Channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 2", said, StringComparison.Ordinal);
        Assert.Contains("place 2: broken-json", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task of_anything_impossible_ends_with_a_sentence()
    {
        using var garbage = new TemporaryFile([1, 2, 3, 4, 5, 6, 7, 8], "skräp.zip");
        using var empty = new TemporaryFile([], "tom.zip");
        using var folder = new Hosting.TemporaryFolder();
        var mastodon = await intake.NewChannel("mastodon", "https://omojlig.exempel/users/x");
        (string[] Arguments, string Says)[] tried =
        [
            (["mastodon", "finns-inte.zip", "--channel", $"{mastodon}"], "finns-inte.zip does not exist"),
            (["ndjson", folder.Path, "--channel", $"{mastodon}"], "is a folder"),
            (["mastodon", garbage.Path, "--channel", $"{mastodon}"], "archive-unreadable"),
            (["mastodon", empty.Path, "--channel", $"{mastodon}"], "("),
            (["mastodon", garbage.Path, "--channel", "0195aaaa-0000-7000-8000-00000000ffff"], "not in the register"),
            (["mastodon", garbage.Path, "--channel", $"{intake.Channel}"], "is a facebook channel"),
            (["mastodon", garbage.Path, "--channel", "inget-id"], "inget-id"),
            (["tiktok", garbage.Path, "--channel", $"{mastodon}"], "tiktok"),
        ];
        foreach (var (arguments, says) in tried)
        {
            var (code, said) = await Program(arguments);
            Assert.Equal(1, code);
            Assert.Contains(says, said, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        }
    }

    /// <summary>The real program, on this archive's database and keys.</summary>
    private async Task<(int Code, string Said)> Program(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ArchiveService.dll"), "import", .. arguments]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in intake.Served.Database!.Settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Keys__MasterKeyFile"] = Path.Combine(intake.Served.DataFolder, "keys.json");
        start.Environment["Erasure__Ledger"] = Path.Combine(intake.Served.DataFolder, "erasure-ledger.jsonl");
        start.Environment["Archive__DataFolder"] = intake.Served.DataFolder;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output + await errors);
    }

    private async Task<(int Code, string Said)> Run(string platform, string path, Guid channel, bool dryRun = false, CancellationToken ct = default)
    {
        var said = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(said) });
        console.Profile.Width = 500;
        var code = await new Import(intake.Served.Services).Run(platform, path, channel, dryRun, console, ct);
        return (code, said.ToString());
    }

    private async Task<Guid> Delivery(string path) =>
        intake.Get<KeyedIds>().Delivery("mastodon", System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));

    private Task<long> Count(Guid channel) => intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}'");

    private Task<IReadOnlyList<EventStore.Recorded>> History(Guid channel, int status) =>
        intake.Get<SealedLog>().Store.ReadStream(intake.RecordId($"{PackedArchive.Me}/statuses/{status}", channel, "mastodon", "uri"));

    private sealed class TemporaryFile : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-import-");

        public TemporaryFile(byte[] bytes, string name)
        {
            Path = System.IO.Path.Combine(folder.FullName, name);
            File.WriteAllBytes(Path, bytes);
        }

        public string Path { get; }

        public void Dispose() => folder.Delete(recursive: true);
    }
}
