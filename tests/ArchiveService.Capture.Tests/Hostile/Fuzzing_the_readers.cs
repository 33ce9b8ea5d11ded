using ArchiveService.Fuzzing;

namespace ArchiveService.Capture.Tests.Hostile;

/// <summary>Briefly, from seeds that never change; <c>./run bench fuzz</c> goes on for as long as it is told.</summary>
public sealed class Fuzzing_the_readers
{
    private const int Quick = 1500;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task never_breaks_a_promise(string name)
    {
        var target = FuzzTargets.All.Single(t => t.Name == name);
        var failures = new List<FuzzFailure>();
        for (var seed = 1; seed <= Quick / target.Cost; seed++)
        {
            if (await Fuzz.Once(target, seed) is { } failure) failures.Add(failure);
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(10)));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task whole_samples_are_read(string name)
    {
        var target = FuzzTargets.All.Single(t => t.Name == name);
        Assert.NotEmpty(target.Samples);
        foreach (var sample in target.Samples)
        {
            Assert.Null(await Fuzz.Check(target, sample));
            Assert.Contains((await target.Read(sample, default)).Acts, read => read is ReadAct.Accepted);
        }
    }

    /// <summary>Every file there is of the platforms that have a reader here, whole: none is an unhandled error.</summary>
    [SharedDataFact]
    public async Task every_sample_there_is_goes_through()
    {
        var failures = new List<string>();
        foreach (var (target, path) in FuzzTargets.All.SelectMany(target => target.Shared.SelectMany(folder => SharedData.Files(folder, "*")).Select(path => (target, path))))
        {
            if (await Fuzz.Check(target, await File.ReadAllBytesAsync(path)) is { } what) failures.Add($"{target.Name}: {Path.GetFileName(path)} {what}");
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task a_seed_makes_the_same_input_again()
    {
        var seen = new List<string>();
        var target = new FuzzTarget("none", [.. FuzzTargets.All.SelectMany(t => t.Samples)], (input, _) =>
        {
            seen.Add(Convert.ToBase64String(input));
            throw new InvalidOperationException();
        });
        Assert.Equal(7, (await Fuzz.Once(target, 7))!.Seed);
        await Fuzz.Once(target, 7);
        await Fuzz.Once(target, 8);
        Assert.Equal(seen[0], seen[1]);
        Assert.NotEqual(seen[0], seen[2]);
    }

    /// <summary>Found by a seed: a list of changes without a name gave an act without the platform's word for it.</summary>
    [Theory]
    [InlineData("""{"object":"page","entry":[{"id":"1","time":1770000001,"":[{"x":1}]}]}""")]
    [InlineData("""{"object":"page","entry":[{"id":"1","time":1770000001," ":{"x":1}}]}""")]
    public async Task what_was_found_once_stays_mended(string body) =>
        Assert.Null(await Fuzz.Check(FuzzTargets.All.Single(t => t.Name == "meta-webhook"), Given.Utf8(body)));

    /// <summary>Thousands of headers after each other once made every one of them a new read of 64 KiB.</summary>
    [Fact]
    public async Task a_zip_of_headers_only_is_read_once()
    {
        var target = FuzzTargets.All.Single(t => t.Name == "mastodon-container");
        var headers = Enumerable.Repeat<byte[]>([(byte)'P', (byte)'K', 3, 4, 0, 0], 200_000).SelectMany(h => h).ToArray();
        Assert.Null(await Fuzz.Check(target, headers));
    }
}
