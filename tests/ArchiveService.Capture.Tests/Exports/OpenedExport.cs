using ArchiveService.Capture.Tests.Mastodon;

namespace ArchiveService.Capture.Tests.Exports;

/// <summary>Puts files where an import would find them, opens and reads them with a form, and cleans up.</summary>
internal sealed class OpenedExport : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly ImportOpened opened;

    private OpenedExport(DirectoryInfo folder, ImportOpened opened)
    {
        this.folder = folder;
        this.opened = opened;
    }

    public ImportFile File => Assert.IsType<ImportOpened.Ready>(opened).File;

    public string Refusal => Assert.IsType<ImportOpened.Refused>(opened).Code;

    public bool IsReady => opened is ImportOpened.Ready;

    public IEnumerable<string> ProblemCodes => File.Problems.Select(problem => problem.Code);

    public static Task<OpenedExport> Zip(ImportForm form, params (string Name, string Text)[] files) =>
        Bytes(form, OldArchive.Zip(files.Select(file => (file.Name, Given.Utf8(file.Text)))));

    public static async Task<OpenedExport> Bytes(ImportForm form, byte[] bytes, string name = "export.zip")
    {
        var folder = Directory.CreateTempSubdirectory("capture-tests-");
        var path = Path.Combine(folder.FullName, name);
        await System.IO.File.WriteAllBytesAsync(path, bytes);
        return new OpenedExport(folder, await form.Open(path, default));
    }

    public static async Task<OpenedExport> Folder(ImportForm form, params (string Name, byte[] Bytes)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("capture-tests-");
        foreach (var (name, bytes) in files)
        {
            var path = Path.Combine(folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await System.IO.File.WriteAllBytesAsync(path, bytes);
        }

        return new OpenedExport(folder, await form.Open(folder.FullName, default));
    }

    public Task<List<ReadAct>> Read() => File.ReadActs(Given.Now, default).ToListAsync().AsTask();

    public async Task<List<CapturedAct>> Acts() => [.. (await Read()).OfType<ReadAct.Accepted>().Select(accepted => accepted.Act)];

    public byte[] Media(string path)
    {
        using var stream = File.OpenMedia(path)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        if (opened is ImportOpened.Ready ready) await ready.File.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
