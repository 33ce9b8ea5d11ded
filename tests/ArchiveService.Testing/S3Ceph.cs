using System.Diagnostics;
using System.Security.Cryptography;

namespace ArchiveService.Testing;

/// <summary>
/// One-node Ceph with its S3 gateway, everything in memory and on loopback, in a throw-away folder. Ready in about two seconds.
/// A reaper process holds one end of a pipe: when this process ends, however it ends, it kills the three daemons by their pid files.
/// </summary>
internal sealed class S3Ceph
{
    public static readonly string[] Programs = ["monmaptool", "ceph-mon", "ceph", "ceph-osd", "radosgw", "radosgw-admin"];

    // Held for as long as the process lives: a collected pipe is a closed pipe.
    private static S3Ceph? running;

    private readonly string folder = Directory.CreateTempSubdirectory("as3-").FullName;
    private readonly int monitorPort = S3Server.FreePort();
    private readonly int gatewayPort = S3Server.FreePort();
    private Process? reaper;

    public static string? Find(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin" }.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>A port that was free may be taken a moment later: then everything is tried again with others.</summary>
    public static async Task<S3Server> Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var ceph = new S3Ceph();
            try
            {
                var server = await ceph.TryStart();
                running = ceph;
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await ceph.Stop();
            }
            catch
            {
                await ceph.Stop();
                throw;
            }
        }
    }

    private async Task<S3Server> TryStart()
    {
        foreach (var part in new[] { "mon", "osd", "rgw", "run" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        var cluster = Fresh();
        await File.WriteAllTextAsync(Path.Combine(folder, "ceph.conf"), Configuration(cluster));
        reaper = Process.Start(new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c",
                """trap "" INT TERM HUP; cat >/dev/null; for f in "$0"/run/*.pid; do kill -9 "$(cat "$f")"; done 2>/dev/null; rm -rf "$0" """,
                folder,
            },
            UseShellExecute = false,
            RedirectStandardInput = true,
        })!;

        var osd = Fresh();
        await Run("monmaptool", "--create", "--addv", "a", $"[v1:127.0.0.1:{monitorPort}]", "--fsid", cluster.ToString(), $"{folder}/monmap");
        await Run("ceph-mon", "-i", "a", "--mkfs", "--monmap", $"{folder}/monmap");
        await Run("ceph-mon", "-i", "a");
        await Run("ceph", "osd", "new", osd.ToString());
        await Run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd.ToString());
        await StartOsd();
        await Run("radosgw", "-n", "client.rgw.a");
        await Answers();

        var owner = await NewUser("archive");
        var stranger = await NewUser("stranger");
        return new S3Server(new Uri($"http://127.0.0.1:{gatewayPort}"), owner.AccessKey, owner.SecretKey, stranger);
    }

    /// <summary>The first command of a starting OSD may overtake the monitor's map and be refused as from another cluster.</summary>
    private async Task StartOsd()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Run("ceph-osd", "-i", "0");
                return;
            }
            catch (InvalidOperationException) when (attempt < 20)
            {
            }
        }
    }

    private async Task Answers()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var started = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{gatewayPort}/"));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
            }
            if (started.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"The Ceph gateway does not answer.\n{Log()}");
            await Task.Delay(50);
        }
    }

    private async Task<S3Stranger> NewUser(string name)
    {
        var user = new S3Stranger(name, $"{name}-access", RandomNumberGenerator.GetHexString(40, lowercase: true));
        await Run(
            "radosgw-admin", "--rgw-cache-enabled=false", "user", "create", "--uid", name, "--display-name", name,
            "--access-key", user.AccessKey, "--secret", user.SecretKey, "--max-buckets", "0");
        return user;
    }

    private async Task Run(string program, params string[] arguments)
    {
        // Daemons keep what they inherit: with a pipe instead of a file, waiting for its end would never end.
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", """log=$1; shift; exec "$@" >>"$log" 2>&1 </dev/null""", "sh", $"{folder}/log" } };
        start.ArgumentList.Add(Find(program)!);
        if (program != "monmaptool")
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add($"{folder}/ceph.conf");
        }
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("CEPH_ARGS");
        start.Environment.Remove("CEPH_CONF");

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill();
            throw new InvalidOperationException($"{program} did not come to an end.\n{Log()}", late);
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.\n{Log()}");
    }

    private string Log() => File.Exists($"{folder}/log") ? string.Join('\n', File.ReadLines($"{folder}/log").TakeLast(30)) : "";

    private async Task Stop()
    {
        if (reaper is null)
            return;
        reaper.StandardInput.Close();
        await reaper.WaitForExitAsync();
    }

    private static Guid Fresh() => new(RandomNumberGenerator.GetBytes(16));

    private string Configuration(Guid cluster) => $"""
        [global]
        fsid = {cluster}
        auth cluster required = none
        auth service required = none
        auth client required = none
        ms bind msgr2 = false
        mon host = [v1:127.0.0.1:{monitorPort}]
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 4
        osd pool default pgp num = 4
        osd pool default pg autoscale mode = off
        osd crush chooseleaf type = 0
        mon allow pool size one = true
        mon max pg per osd = 1000
        mon data avail warn = 1
        mon data avail crit = 1
        osd objectstore = memstore
        memstore device bytes = 4294967296
        paxos propose interval = 0.05
        paxos min wait = 0.01
        mon data = {folder}/mon
        osd data = {folder}/osd
        rgw data = {folder}/rgw
        run dir = {folder}/run
        crash dir = {folder}/run
        keyring = {folder}/keyring
        log file = {folder}/$name.log
        pid file = {folder}/run/$name.pid
        admin socket =
        rgw frontends = beast endpoint=127.0.0.1:{gatewayPort}
        rgw dns name =
        rgw dynamic resharding = false
        rgw thread pool size = 64

        """;
}
