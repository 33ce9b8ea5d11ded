using System.Diagnostics;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Hosting;

/// <summary>The program itself ends with 1 and a sentence that says what to do, and has left nothing running.</summary>
public sealed class Refusing_to_start
{
    private const string Sentence = "Archive__DataFolder";

    [OwnMountsFact]
    public async Task without_a_PostgreSQL_says_what_to_install()
    {
        using var folder = new TemporaryFolder();
        await using var program = new RunningProgram(folder.Data, Under("mount -t tmpfs none /usr/lib/postgresql"), new Dictionary<string, string>(), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains("No PostgreSQL server 15 or newer was found (none is installed here). Install it (Debian: apt-get install postgresql-15)", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [OwnMountsFact]
    public async Task in_a_full_data_folder_says_how_much_is_needed()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Data);
        await using var program = new RunningProgram(folder.Data, Under($"mount -t tmpfs -o size=4m,mode=711 none \"{Quoted(folder.Data)}\""), new Dictionary<string, string>(), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains("MB are free for", said, StringComparison.Ordinal);
        Assert.Contains($"Make room, or choose another folder with {Sentence}.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [OwnMountsFact]
    public async Task in_a_data_folder_without_one_free_byte_says_so()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Data);
        var data = Quoted(folder.Data);
        await using var program = new RunningProgram(
            folder.Data, Under($"mount -t tmpfs -o size=1m,mode=711 none \"{data}\" && {{ cat /dev/zero > \"{data}/fill\" 2>/dev/null || true; }}"), new Dictionary<string, string>(), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains("cannot be written", said, StringComparison.Ordinal);
        Assert.Contains(Sentence, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [OwnMountsFact]
    public async Task in_a_read_only_data_folder_says_so()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Data);
        await using var program = new RunningProgram(folder.Data, Under($"mount -t tmpfs -o ro none \"{Quoted(folder.Data)}\""), new Dictionary<string, string>(), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains($"{folder.Data} cannot be written", said, StringComparison.Ordinal);
        Assert.Contains(Sentence, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task on_an_S3_that_nobody_answers_for_says_which_and_stops_its_database()
    {
        using var folder = await TemporaryFolder.WithDatabase();
        await using var program = new RunningProgram(folder.Data, [], S3("http://127.0.0.1:9", "archive", "key", "secret"), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains("The attachment store (bucket archive at http://127.0.0.1:9/) cannot be used: it cannot be reached", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Postgres, "cluster", "postmaster.pid")));
    }

    [S3Fact]
    public async Task on_a_bucket_it_cannot_write_says_so()
    {
        using var folder = await TemporaryFolder.WithDatabase();
        await using var bucket = await (await S3Server.Running).NewBucket();
        var s3 = bucket.Settings;
        await using var program = new RunningProgram(folder.Data, [], S3(s3.Endpoint.ToString(), s3.Bucket, s3.AccessKey, "not the secret"), "--urls=http://127.0.0.1:0");

        var (code, said) = await program.Ended();

        Assert.Equal(1, code);
        Assert.Contains($"bucket {s3.Bucket} at", said, StringComparison.Ordinal);
        Assert.DoesNotContain("not the secret", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.Empty(await bucket.Versions());
    }

    private static Dictionary<string, string> S3(string endpoint, string bucket, string key, string secret) => new()
    {
        ["Attachments__S3__Endpoint"] = endpoint,
        ["Attachments__S3__Bucket"] = bucket,
        ["Attachments__S3__AccessKey"] = key,
        ["Attachments__S3__SecretKey"] = secret,
    };

    // In a mount namespace of its own: nobody else sees what is mounted, and it is gone with the process.
    private static string[] Under(string prepare) => ["unshare", "--mount", "sh", "-c", $"{prepare} && exec \"$@\"", "sh"];

    private static string Quoted(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

/// <summary>Needs the right to mount in a namespace of its own, as root has.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnMountsFactAttribute : FactAttribute
{
    private static readonly string? Missing = Try();

    public OwnMountsFactAttribute() => Skip = Missing;

    private static string? Try()
    {
        const string Reason = "Mounting in a namespace of its own is not allowed here (unshare --mount).";
        try
        {
            using var tried = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", "mount -t tmpfs none /mnt"]) { UseShellExecute = false, RedirectStandardError = true })!;
            tried.WaitForExit();
            return tried.ExitCode == 0 ? null : Reason;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return Reason;
        }
    }
}
