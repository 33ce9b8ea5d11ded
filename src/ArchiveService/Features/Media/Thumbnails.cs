using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace ArchiveService.Features.Media;

/// <summary>
/// Small pictures of files, made when somebody looks and kept nowhere (docs/adr/0034): by programs of the system where they are installed, as child processes of a
/// user that owns nothing, with limits on time, memory and size. The file comes and goes through pipes.
/// </summary>
public sealed partial class Thumbnails(ILogger<Thumbnails> logger) : IDisposable
{
    private const int Pixels = 320;
    private const long MostFrom = 64L * 1024 * 1024;
    private const int MostTo = 1024 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim places = new(2);
    private readonly string? pictures = Find("vipsthumbnail");
    private readonly string? pages = Find("pdftoppm");
    private readonly bool confined = Find("setpriv") is not null && Find("prlimit") is not null;

    public void Dispose() => places.Dispose();

    /// <summary>Whether a small picture of such a file can be made here.</summary>
    public bool Makes(string? mediaType, long? bytes) => confined && bytes is > 0 and <= MostFrom && Command(mediaType) is not null;

    /// <summary>A JPEG; null when the file does not let one be made, or it took too much.</summary>
    /// <param name="write">Writes the file's bytes.</param>
    public async Task<byte[]?> Of(string mediaType, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        if (Command(mediaType) is not { } command) return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        try
        {
            await places.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }

        try
        {
            return await Made(command, write, limit.Token);
        }
        catch (Exception error) when (error is Win32Exception or IOException || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            LogNone(logger, mediaType, error.GetType().Name);
            return null;
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task<byte[]?> Made(IReadOnlyList<string> command, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        using var child = Start(command);
        try
        {
            var complaints = child.StandardError.BaseStream.CopyToAsync(Stream.Null, ct);
            var reading = Read(child.StandardOutput.BaseStream, ct);
            try
            {
                await write(child.StandardInput.BaseStream, ct);
                child.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has seen enough, or will not have it.
            }

            var made = await reading;
            await complaints;
            await child.WaitForExitAsync(ct);
            return child.ExitCode == 0 && made is [0xFF, 0xD8, 0xFF, ..] ? made : null;
        }
        finally
        {
            if (!child.HasExited) child.Kill(entireProcessTree: true);
        }
    }

    private static async Task<byte[]?> Read(Stream from, CancellationToken ct)
    {
        using var made = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = await from.ReadAsync(buffer, ct)) > 0;)
        {
            made.Write(buffer, 0, count);
            if (made.Length > MostTo) return null;
        }

        return made.ToArray();
    }

    private IReadOnlyList<string>? Command(string? mediaType) => mediaType switch
    {
        "image/jpeg" or "image/png" or "image/webp" when pictures is { } program => [program, "stdin", "--size", string.Create(CultureInfo.InvariantCulture, $"{Pixels}x{Pixels}"), "-o", ".jpg[Q=75,strip]"],
        "application/pdf" when pages is { } program => [program, "-jpeg", "-singlefile", "-f", "1", "-l", "1", "-scale-to", Pixels.ToString(CultureInfo.InvariantCulture), "-"],
        _ => null,
    };

    private static Process Start(IReadOnlyList<string> command)
    {
        string[] limited = ["prlimit", string.Create(CultureInfo.InvariantCulture, $"--cpu={(int)Longest.TotalSeconds}"), "--as=1073741824", "--core=0", "--fsize=67108864", "--nofile=64", "--", .. command];
        string[] user = ["setpriv", "--no-new-privs", "--"];
        if (Environment.IsPrivilegedProcess)
        {
            // A number that no account has: one that is broken into finds no process and no file of its own.
            var nobody = RandomNumberGenerator.GetInt32(61184, 65520).ToString(CultureInfo.InvariantCulture);
            user = ["setpriv", $"--reuid={nobody}", $"--regid={nobody}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"];
        }

        string[] all = [.. user, .. limited];
        var start = new ProcessStartInfo(all[0], all.Skip(1)) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["VIPS_CONCURRENCY"] = "1";
        return Process.Start(start)!;
    }

    private static string? Find(string program) => ((string[])["/usr/local/bin", "/usr/bin", "/bin"]).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    [LoggerMessage(1323, LogLevel.Information, "No small picture could be made of a file of type {MediaType}: {Problem}.")]
    private static partial void LogNone(ILogger logger, string mediaType, string problem);
}
