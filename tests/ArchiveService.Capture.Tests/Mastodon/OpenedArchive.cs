using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Capture.Tests.Mastodon;

/// <summary>Puts bytes into a file of its own, opens and reads them, and cleans up.</summary>
internal sealed class OpenedArchive : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly MastodonOpened opened;

    private OpenedArchive(DirectoryInfo folder, MastodonOpened opened)
    {
        this.folder = folder;
        this.opened = opened;
    }

    public MastodonArchive Archive => Assert.IsType<MastodonOpened.Ready>(opened).Archive;

    public string Refusal => Assert.IsType<MastodonOpened.Refused>(opened).Code;

    public bool IsReady => opened is MastodonOpened.Ready;

    public IEnumerable<string> ProblemCodes => Archive.Problems.Select(problem => problem.Code);

    public static async Task<OpenedArchive> Of(byte[] bytes, ArchiveLimits? limits = null)
    {
        var own = Directory.CreateTempSubdirectory("capture-tests-");
        var spool = own.CreateSubdirectory("spool");
        var file = Path.Combine(own.FullName, "arkiv å.bin");
        await File.WriteAllBytesAsync(file, bytes);
        return new OpenedArchive(own, await MastodonArchive.Open(file, (limits ?? new ArchiveLimits()) with { SpoolFolder = spool.FullName }));
    }

    public Task<List<ReadAct>> Read() => Archive.ReadActs(Given.Now).ToListAsync().AsTask();

    public async Task<List<CapturedAct>> Acts() => [.. (await Read()).Select(read => Assert.IsType<ReadAct.Accepted>(read).Act)];

    public string[] SpooledFiles() => Directory.GetFiles(Path.Combine(folder.FullName, "spool"), "*", SearchOption.AllDirectories);

    public string[] AllFiles() => Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories);

    public byte[] Media(string path)
    {
        using var stream = Archive.OpenMedia(path)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        if (opened is MastodonOpened.Ready ready) await ready.Archive.DisposeAsync();
        Assert.Empty(SpooledFiles());
        folder.Delete(recursive: true);
    }
}
