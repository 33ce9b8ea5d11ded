using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Features.Disposals;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Disposals;

public sealed partial class The_erasure_ledger
{
    [Fact]
    public async Task holds_ids_words_and_numbers_only()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", "kvistfinkarnas"));
        await world.Executed(await world.Rule());

        var line = Assert.Single(File.ReadAllLines(world.Get<ErasureLedger>().Path));
        using var json = JsonDocument.Parse(line);
        Assert.All(Strings(json.RootElement), text => Assert.Matches(ContentFree, text));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(world.Get<ErasureLedger>().Path));
        var entry = world.Get<ErasureLedger>().Read().Single().Entry;
        Assert.Equal((1, 2), (entry.Records, entry.Keys.Count));
        Assert.Contains(entry.Keys, key => key.StartsWith("content:", StringComparison.Ordinal) && key.EndsWith($":{world.Record("c-1")}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task shows_when_a_line_was_altered_removed_or_forged()
    {
        await using var world = await World.Make();
        var ledger = world.Get<ErasureLedger>();
        for (var i = 1; i <= 3; i++) await ledger.Append(Entry(i), default);
        var lines = File.ReadAllLines(ledger.Path);

        void Broken(params string[] written)
        {
            File.WriteAllLines(ledger.Path, written);
            Assert.Throws<ErasureLedgerBroken>(() => ledger.Read().ToList());
        }

        Broken(lines[0], lines[1].Replace("\"records\":2", "\"records\":9", StringComparison.Ordinal), lines[2]);
        Broken(lines[0], lines[2]);
        Broken(lines[1], lines[0], lines[2]);
        using (var other = new ErasureLedger(Path.Combine(world.DataFolder, "other.jsonl"), new byte[32]))
        {
            await other.Append(Entry(1), default);
            Broken(File.ReadAllLines(other.Path));
        }

        File.WriteAllLines(ledger.Path, lines);
        Assert.Equal([1L, 2L, 3L], ledger.Read().Select(l => l.Number));
    }

    [Fact]
    public async Task goes_on_after_a_line_that_was_never_finished()
    {
        await using var world = await World.Make();
        var ledger = world.Get<ErasureLedger>();
        await ledger.Append(Entry(1), default);
        await File.AppendAllTextAsync(ledger.Path, "{\"v\":1,\"n\":2,\"prev\":\"");

        Assert.Equal(2, await ledger.Append(Entry(2), default));

        Assert.Equal([1, 2], ledger.Read().Select(l => l.Entry.Batch));
    }

    [Fact]
    public async Task is_written_by_two_processes_without_losing_a_line()
    {
        await using var world = await World.Make();
        var path = world.Get<ErasureLedger>().Path;
        var key = ErasureLedger.KeyFrom(world.Get<IKeyProvider>());
        using var one = new ErasureLedger(path, key);
        using var two = new ErasureLedger(path, key);

        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => (i % 2 == 0 ? one : two).Append(Entry(i), default)));

        Assert.Equal(Enumerable.Range(1, 20), one.Read().Select(l => l.Entry.Batch).Order());
    }

    private static ErasureEntry Entry(int batch) => new(
        Guid.Parse("0199aaaa-0000-7000-8000-0000000000f1"), batch, Guid.Parse("0199aaaa-0000-7000-8000-00000000000a"), DateTimeOffset.Parse("2026-06-01T10:00:00Z"), batch,
        ["content:0199aaaa-0000-7000-8000-0000000000c1:0199aaaa-0000-8000-8000-0000000000d1"], []);

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value)),
        _ => [],
    };

    [GeneratedRegex(@"^([0-9a-f]{64}|[0-9a-f-]{36}|(content|register|account|delivery):[0-9a-f-]{36}:[0-9a-f-]{36}|(attachment|delivery)/[0-9a-f-]{36}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)$", RegexOptions.ExplicitCapture)]
    private static partial Regex ContentFree { get; }
}
