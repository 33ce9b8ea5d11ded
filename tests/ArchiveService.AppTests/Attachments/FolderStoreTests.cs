using System.Runtime.Versioning;
using ArchiveService.Attachments;
using Microsoft.Extensions.Configuration;
using static ArchiveService.AppTests.Attachments.Store;

namespace ArchiveService.AppTests.Attachments;

[UnsupportedOSPlatform("windows")]
public sealed class The_folder_store : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("archive-folder-").FullName, "data", "attachments");
    private FolderStore store = null!;

    public async Task InitializeAsync()
    {
        store = new FolderStore(folder);
        await store.Probe(default);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Path.GetFullPath(Path.Combine(folder, "..", "..")), recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task lets_only_its_owner_in()
    {
        await store.Put(Key(1), new MemoryStream([1]), null, default);

        var file = Assert.Single(Directory.GetFiles(folder, "*0001", SearchOption.AllDirectories));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.All(Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Append(folder), inside => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(inside)));
    }

    [Fact]
    public async Task spreads_objects_over_folders_by_the_random_end_of_their_names()
    {
        await store.Put(Key(0xab), new MemoryStream([1]), null, default);

        Assert.True(File.Exists(Path.Combine(folder, "objects", "attachments", "ab", "0199aaaa-0000-7000-8000-0000000000ab")));
    }

    [Fact]
    public async Task takes_what_a_crash_left_for_an_upload_and_destroys_it_with_the_object()
    {
        await store.Put(Key(1), new MemoryStream([1]), null, default);
        var left = Path.Combine(folder, "incoming", Key(1).Replace('/', '.') + ".0123456789abcdef");
        await File.WriteAllTextAsync(left, "half an upload");

        var destroyed = await store.DestroyEverything(Key(1), default);

        Assert.Equal(["0123456789abcdef"], destroyed.UnfinishedUploads);
        Assert.Empty(Directory.GetFiles(folder, "*0001*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task lists_files_that_it_did_not_write()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "objects", "stray.pdf"), "12345");

        var found = new List<StoredObject>();
        await foreach (var one in store.List("", default))
            found.Add(one);

        Assert.Equal([new("stray.pdf", 5)], found);
    }

    [Fact]
    public async Task is_not_taken_for_empty_when_its_disk_is_not_mounted()
    {
        await store.Put(Key(1), new MemoryStream([1]), null, default);
        Directory.Move(folder, folder + "-unmounted");
        Directory.CreateDirectory(folder);

        foreach (var operation in new Func<Task>[]
        {
            () => store.DestroyEverything(Key(1), default),
            () => store.Length(Key(1), default),
            () => store.Read(Key(1), 0, null, default),
            () => store.Put(Key(2), new MemoryStream([1]), null, default),
            () => store.AbortUnfinished(DateTimeOffset.UnixEpoch, default),
            async () => await store.List("", default).GetAsyncEnumerator().MoveNextAsync(),
        })
        {
            var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(operation);
            Assert.True(said.Retryable);
            Assert.Contains("mounted", said.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task says_so_at_start_when_it_cannot_be_written()
    {
        var file = Path.Combine(folder, "a-file");
        await File.WriteAllTextAsync(file, "");

        var said = await Assert.ThrowsAsync<ObjectStoreUnavailable>(() => new FolderStore(Path.Combine(file, "attachments")).Probe(default));

        Assert.Contains(file, said.Message, StringComparison.Ordinal);
    }
}

public sealed class The_choice_of_attachment_store
{
    [Fact]
    public void is_a_folder_in_the_data_folder_when_nothing_is_configured() =>
        Assert.Equal("folder /data/attachments", Assert.IsType<FolderStore>(Options().Open()).Where);

    [Fact]
    public void is_S3_when_it_is_configured()
    {
        var options = Options(
            ("Endpoint", "https://minio.example.se:9000"), ("Bucket", "handlingar"), ("AccessKey", "key"), ("SecretKey", "hemligt"), ("Region", ""));

        using var store = Assert.IsType<S3Store>(options.Open());

        Assert.Equal("bucket handlingar at https://minio.example.se:9000/", store.Where);
        Assert.Equal("us-east-1", options.S3!.Region);
        Assert.DoesNotContain("hemligt", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void is_refused_when_it_is_configured_by_half() =>
        Assert.Equal(
            "Attachments__S3__Bucket and Attachments__S3__SecretKey must be set too, since other Attachments__S3 settings are.",
            Assert.Throws<ObjectStoreUnavailable>(() => Options(("Endpoint", "https://minio.example.se"), ("AccessKey", "key"))).Message);

    [Theory]
    [InlineData("minio:9000", "handlingar"), InlineData("ftp://minio", "handlingar"), InlineData("", "handlingar")]
    [InlineData("https://minio", "Handlingar"), InlineData("https://minio", "å"), InlineData("https://minio", "a/b")]
    public void is_refused_when_an_address_or_a_name_is_wrong(string endpoint, string bucket) =>
        Assert.False(Assert.Throws<ObjectStoreUnavailable>(() => Options(
            ("Endpoint", endpoint), ("Bucket", bucket), ("AccessKey", "key"), ("SecretKey", "secret"))).Retryable);

    private static AttachmentStoreOptions Options(params (string Name, string Value)[] settings) => AttachmentStoreOptions.From(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create("Attachments:S3:" + setting.Name, (string?)setting.Value)))
            .Build(),
        "/data");
}
