using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Hosting;

public sealed class Making_a_key_file : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task leaves_one_that_only_its_owner_can_read_and_never_overwrites_it()
    {
        var path = Path.Combine(folder.Path, "keys.json");
        await using var first = new RunningProgram(folder.Data, "keys", "create", path);
        Assert.Equal(0, (await first.Ended()).Code);
        var made = KeyFile.Open(path).Current.Id;

        await using var second = new RunningProgram(folder.Data, "keys", "create", path);
        var (code, said) = await second.Ended();

        Assert.Equal(1, code);
        Assert.Contains("exists already and is left as it is", said, StringComparison.Ordinal);
        Assert.Equal(made, KeyFile.Open(path).Current.Id);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.False(Directory.Exists(folder.Data));
    }
}
