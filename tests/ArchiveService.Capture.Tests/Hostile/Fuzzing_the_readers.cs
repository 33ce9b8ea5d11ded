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

    /// <summary>Each file of a platform, whole, by each of its forms: refused with a reason or read, and never an exception.</summary>
    [SharedDataFact]
    public async Task every_sample_there_is_is_opened_by_every_form_of_its_platform()
    {
        (string Folder, ImportForm[] Forms)[] platforms =
        [
            ("facebook", [Capture.Meta.GraphImport.Form, Capture.Exports.MetaExport.Facebook]), ("instagram", [Capture.Meta.GraphImport.Form, Capture.Exports.MetaExport.Instagram]),
            ("mastodon", [Capture.Mastodon.MastodonImport.Form, Capture.ActivityStreams.ActivityStreamsImport.Form]), ("x-twitter", [Capture.X.XArchive.Form, Capture.X.XApi.Form]),
            ("youtube", [Capture.YouTube.YouTubeTakeout.Form, Capture.YouTube.YouTubeApi.Form]), ("linkedin", [Capture.LinkedIn.LinkedInTables.Form, Capture.LinkedIn.LinkedInApi.Form]), ("warc", [Capture.Warc.WarcImport.Form]),
        ];
        var (failures, opened) = (new List<string>(), 0);
        foreach (var (folder, forms) in platforms)
        {
            foreach (var path in SharedData.Files(folder, "*").Where(file => new FileInfo(file).Length < 4 << 20))
            {
                foreach (var form in forms)
                {
                    try
                    {
                        opened++;
                        if (await form.Open(path, default) is not ImportOpened.Ready(var file)) continue;
                        await using (file)
                        {
                            await foreach (var read in file.ReadActs(Fuzz.Now, default)) Assert.True(read.Place > 0);
                        }
                    }
                    catch (Exception thrown)
                    {
                        failures.Add($"{form.Name}: {folder}/{Path.GetFileName(path)} {thrown.GetType().Name}");
                    }
                }
            }
        }

        Assert.Empty(failures);
        Assert.True(opened > 100);
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
