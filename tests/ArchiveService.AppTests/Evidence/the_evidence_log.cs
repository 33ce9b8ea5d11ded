using System.Globalization;
using System.Net;
using ArchiveService.AppTests.Views;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.EvidenceTests;

/// <summary>Architecture §5 on a served archive: what a stranger can check with what is open to everybody, and what tampering leads to.</summary>
public sealed class The_evidence_log : IAsyncLifetime
{
    private readonly ViewedArchive archive = new();

    private ServedArchive Served => archive.Archive;

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await Served.Services.MustStoreAttachments(default);
        for (var i = 0; i < 5; i++) await archive.Say($"bevis-{i}", $"ett inlägg nummer {i}");
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    /// <summary>Waits until a checkpoint vouches for everything in the log.</summary>
    private async Task<SignedCheckpoint> Vouched()
    {
        for (var i = 0; i < 400; i++)
        {
            if (await Served.Services.GetRequiredService<EvidenceLog>().Latest(default) is { } latest
                && latest.LastSequence == await Served.Value<long>("select max(seq_id) from archive.mt_events")) return latest;
            await Task.Delay(50);
        }

        throw new TimeoutException("No checkpoint vouches for the end of the log.");
    }

    private async Task<IReadOnlyList<MerkleHash>> Fetch(TileAddress tile)
    {
        using var answer = await archive.Anybody.GetAsync(new Uri($"/evidence/tile/{tile}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        return MerkleHash.Many(await answer.Content.ReadAsByteArrayAsync());
    }

    private Task<Verification> Verified(params IReadOnlyList<string> outside) => ActivatorUtilities.CreateInstance<VerifyArchive>(Served.Services).Run(null, outside, default);

    private static string[] Found(Verification report, params string[] beside) =>
        [.. report.Findings.Where(f => f.Severity == Severity.Error && !beside.Contains(f.Code)).Select(f => f.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task can_be_checked_by_anybody_from_what_is_open()
    {
        var latest = await Vouched();
        var line = await archive.Anybody.GetStringAsync(new Uri("/evidence/key", UriKind.Relative));
        Assert.True(NoteKey.TryParse(line, out var key));
        using var answer = await archive.Anybody.GetAsync(new Uri("/evidence/checkpoint", UriKind.Relative));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        var checkpoint = Checkpoint.Open(await answer.Content.ReadAsStringAsync(), key, out var problem);
        Assert.Null(problem);
        Assert.Equal((latest.Size, latest.Root), (checkpoint!.Size, checkpoint.Root));
        Assert.Equal(await Served.Value<long>("select count(*) from archive.mt_events"), checkpoint.Size);

        var tree = new TiledTree(checkpoint.Size, async tile => await Fetch(tile));
        Assert.Equal(checkpoint.Root, await tree.Root(checkpoint.Size));
        for (var index = 0L; index < checkpoint.Size; index += 7)
            Assert.True((await tree.Inclusion(index, checkpoint.Size)).Proves(await tree.Leaf(index), checkpoint.Root));

        await archive.Say("bevis-senare", "ett till");
        var later = await Vouched();
        Assert.True((await new TiledTree(later.Size, async tile => await Fetch(tile)).Consistency(checkpoint.Size, later.Size)).Proves(checkpoint.Root, later.Root));
    }

    [Fact]
    public async Task serves_only_what_a_checkpoint_vouches_for_and_says_what_a_tile_is_called()
    {
        var latest = await Vouched();
        foreach (var (path, status, code) in new[]
        {
            ("0/999", 404, "tile-unknown"), ("0/1", 404, "tile-unknown"), (FormattableString.Invariant($"0/000.p/{latest.Size + 1}"), 404, "tile-unknown"), ("5/000.p/1", 404, "tile-unknown"), ("", 404, "tile-unknown"),
        })
        {
            using var answer = await archive.Anybody.GetAsync(new Uri($"/evidence/tile/{path}", UriKind.Relative));
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Contains(code, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // One that is narrower than what is kept now: as it was when that checkpoint was signed.
        Assert.Equal(3, (await Fetch(new(0, 0, 3))).Count);
    }

    [Fact]
    public async Task is_explained_on_its_page_and_checked_by_verify()
    {
        var latest = await Vouched();
        var page = await archive.Cleared.GetStringAsync(new Uri("/bevis", UriKind.Relative));
        Assert.Contains(latest.Origin, page, StringComparison.Ordinal);
        Assert.Contains("Evidence__CheckpointCopy", page, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, (await archive.Kommunikator.GetAsync(new Uri("/bevis", UriKind.Relative))).StatusCode);

        var report = await Verified();
        Assert.Empty(Found(report));
        Assert.Equal(latest.Size, report.Counts["evidence leaves"]);
        Assert.Contains(report.CannotShow, line => line.Contains("--checkpoint", StringComparison.Ordinal));
        var withOutside = await Verified(latest.Note);
        Assert.Empty(Found(withOutside));
        Assert.Contains(withOutside.CannotShow, line => line.Contains(latest.Size.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    /// <summary>As the owner of the tables, without the signing key: each kind of change is found and named, and gone again when it is undone.</summary>
    [Fact]
    public async Task names_every_kind_of_tampering()
    {
        await Vouched();
        var seq = await Served.Value<long>("select min(seq_id) from archive.mt_events where type = 'item_captured'");
        var other = await Served.Value<long>("select max(seq_id) from archive.mt_events where type = 'item_captured'");
        string Unguarded(string sql) => $"""
            begin; alter table archive.mt_events disable trigger user; alter table archive.evidence_tiles disable trigger user; alter table archive.evidence_logs disable trigger user;
            alter table archive.evidence_checkpoints disable trigger user; {sql};
            alter table archive.mt_events enable trigger user; alter table archive.evidence_tiles enable trigger user; alter table archive.evidence_logs enable trigger user;
            alter table archive.evidence_checkpoints enable trigger user; commit
            """;
        foreach (var (what, change, undo, code) in new[]
        {
            ("data", $"update archive.mt_events set data = jsonb_set(data, '{{tampered}}', 'true') where seq_id = {seq}", $"update archive.mt_events set data = data - 'tampered' where seq_id = {seq}", "event-altered"),
            ("a back-dated event", $"update archive.mt_events set timestamp = timestamp - interval '1 microsecond' where seq_id = {seq}", $"update archive.mt_events set timestamp = timestamp + interval '1 microsecond' where seq_id = {seq}", "event-altered"),
            ("the actor", $"update archive.mt_events set user_name = 'x' || user_name where seq_id = {seq}", $"update archive.mt_events set user_name = substr(user_name, 2) where seq_id = {seq}", "event-altered"),
            ("the type", $"update archive.mt_events set type = 'item_captured_x' where seq_id = {seq}", $"update archive.mt_events set type = 'item_captured' where seq_id = {seq}", "event-altered"),
            ("two events swapped", $"update archive.mt_events set seq_id = case seq_id when {seq} then -{other} else -{seq} end where seq_id in ({seq}, {other}); update archive.mt_events set seq_id = -seq_id where seq_id < 0",
                $"update archive.mt_events set seq_id = case seq_id when {seq} then -{other} else -{seq} end where seq_id in ({seq}, {other}); update archive.mt_events set seq_id = -seq_id where seq_id < 0", "event-altered"),
            ("a removed event", $"create table archive.kept as select * from archive.mt_events where seq_id = {seq}; delete from archive.mt_events where seq_id = {seq}",
                "insert into archive.mt_events select * from archive.kept; drop table archive.kept", "event-removed"),
            ("an event under another number", $"update archive.mt_events set seq_id = -1 where seq_id = {seq}", $"update archive.mt_events set seq_id = {seq} where seq_id = -1", "event-removed"),
            ("a tile", "update archive.evidence_tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) where level = 0 and tile = 0", "update archive.evidence_tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) where level = 0 and tile = 0", "checkpoint-differs,event-altered"),
            ("a checkpoint's note", "update archive.evidence_checkpoints set note = replace(note, '— ', '—  ')", "update archive.evidence_checkpoints set note = replace(note, '—  ', '— ')", "checkpoint-altered"),
            ("a checkpoint's root", "update archive.evidence_checkpoints set root = set_byte(root, 0, get_byte(root, 0) # 1)", "update archive.evidence_checkpoints set root = set_byte(root, 0, get_byte(root, 0) # 1)", "checkpoint-altered"),
            ("the log's end", "update archive.evidence_logs set size = size + 1", "update archive.evidence_logs set size = size - 1", "tile-differs"),
        })
        {
            await archive.Run(Unguarded(change));
            var found = Found(await Verified()).Where(found => found.StartsWith("event-a", StringComparison.Ordinal) || found.StartsWith("event-r", StringComparison.Ordinal) || found.StartsWith("event-i", StringComparison.Ordinal) || found.StartsWith("tile", StringComparison.Ordinal) || found.StartsWith("checkpoint", StringComparison.Ordinal));
            await archive.Run(Unguarded(undo));
            Assert.True(string.Equals(code, string.Join(',', found), StringComparison.Ordinal), $"{what}: {string.Join(',', found)}");
        }

        Assert.Empty(Found(await Verified()));
    }

    /// <summary>With the signing key too, the whole history is made anew: sound in itself, and found out by any checkpoint from before.</summary>
    [Fact]
    public async Task is_found_out_by_a_checkpoint_from_before_when_all_is_signed_anew()
    {
        var before = await Vouched();
        var log = Served.Services.GetRequiredService<EvidenceLog>();
        var worker = Served.Services.GetRequiredService<EvidenceWorker>();
        await worker.StopAsync(default);
        await archive.Run("""
            begin; alter table archive.mt_events disable trigger user; alter table archive.evidence_tiles disable trigger user; alter table archive.evidence_logs disable trigger user; alter table archive.evidence_checkpoints disable trigger user;
            update archive.mt_events set timestamp = timestamp - interval '1 day' where seq_id = 2;
            delete from archive.evidence_checkpoints; delete from archive.evidence_tiles; delete from archive.evidence_logs;
            alter table archive.mt_events enable trigger user; alter table archive.evidence_tiles enable trigger user; alter table archive.evidence_logs enable trigger user; alter table archive.evidence_checkpoints enable trigger user; commit
            """);
        await log.Begin(default);
        await worker.StartAsync(default);
        var after = await Vouched();
        Assert.Equal(before.Size, after.Size);
        Assert.NotEqual(before.Root, after.Root);

        string[] own = ["event-altered", "checkpoint-differs", "checkpoint-altered", "tile-differs", "outside-checkpoint-differs"];
        var alone = await Verified();
        Assert.Empty(Found(alone).Intersect(own));
        Assert.Contains(alone.CannotShow, line => line.Contains("whole log was not replaced", StringComparison.Ordinal));
        Assert.Contains("outside-checkpoint-differs", Found(await Verified(before.Note)));

        // One that is forged, of another log, or of a longer one is said to be that.
        Assert.Contains("outside-checkpoint-not-signed", Found(await Verified(before.Note.Replace("\n" + before.Root, "\n" + after.Root, StringComparison.Ordinal))));
        Assert.Contains("outside-checkpoint-unreadable", Found(await Verified("hej\n")));
        var signer = log.Signer(after.Origin);
        var longer = new Checkpoint(after.Origin, after.Size + 5, after.Root, []).Text();
        Assert.Contains("log-behind-checkpoint", Found(await Verified(new SignedNote(longer, [signer.Sign(longer, DateTimeOffset.UnixEpoch)]).ToString())));
        var foreign = new Checkpoint("annan.example.se/logg", 1, after.Root, []).Text();
        Assert.Contains("outside-checkpoint-of-another-log", Found(await Verified(new SignedNote(foreign, [signer.Sign(foreign, DateTimeOffset.UnixEpoch)]).ToString())));
    }

    /// <summary>Two that both believe to lead: the head moves for one only, and what is kept is one tree.</summary>
    [Fact]
    public async Task moves_for_one_writer_only()
    {
        await Vouched();
        var log = Served.Services.GetRequiredService<EvidenceLog>();
        var worker = Served.Services.GetRequiredService<EvidenceWorker>();
        await worker.StopAsync(default);
        await archive.Say("bevis-kapplöpning", "vem hinner först");
        var head = (await log.Head(default))!;
        var grown = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            var (tree, sequences) = await log.Edge(head, default);
            tree.Add(MerkleHash.OfNothing);
            return await log.Grow(head, tree, tree.TakeChanged(), new Dictionary<long, long[]> { [head.Size / 256] = [.. sequences, head.LastSequence + 1] }, head.LastSequence + 1, default);
        })));
        Assert.Single(grown, one => one is not null);
        Assert.Equal(head.Size + 1, (await log.Head(default))!.Size);

        // What is kept never shrinks or changes, not for the service's own login either.
        foreach (var sql in new[] { "update archive.evidence_logs set size = 0", "update archive.evidence_tiles set hashes = set_byte(hashes, 0, 1)", "delete from archive.evidence_tiles", "delete from archive.evidence_checkpoints", "truncate archive.evidence_checkpoints", "delete from archive.evidence_logs", "update archive.evidence_checkpoints set note = ''" })
            Assert.Equal("AS001", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => archive.Run(sql))).SqlState);
    }

    /// <summary>More leaves than one page and one tile, through restarts of the worker; and each checkpoint is copied outside with the numbers given.</summary>
    [Fact]
    public async Task goes_on_where_it_stopped_and_copies_outside()
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-checkpoints-");
        try
        {
            await using var served = await ServedArchive.Start(settings: new Dictionary<string, string?> { ["Evidence:CheckpointCopy"] = Path.Combine(folder.FullName, "kopior"), ["Evidence:Origin"] = "granvika.example.se/bevis" });
            await served.Services.MustStoreAttachments(default);
            var log = served.Services.GetRequiredService<EvidenceLog>();
            var worker = served.Services.GetRequiredService<EvidenceWorker>();
            for (var round = 0; round < 3; round++)
            {
                await served.Token($"Person {round}", [new("revisor")]);
                for (var i = 0; i < 130; i++) await served.Token($"Person {round}-{i}", [new("revisor")]);
                await worker.StopAsync(default);
                await served.Token($"Medan den vilar {round}", [new("revisor")]);
                await worker.StartAsync(default);
            }

            SignedCheckpoint? latest = null;
            for (var i = 0; i < 400 && latest?.LastSequence != await served.Value<long>("select max(seq_id) from archive.mt_events"); i++)
            {
                await Task.Delay(50);
                latest = await log.Latest(default);
            }

            Assert.True(latest!.Size > 512);
            var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);
            Assert.Empty(Found(report));
            Assert.Equal(latest.Size, report.Counts["evidence leaves"]);
            Assert.Equal("granvika.example.se/bevis", latest.Origin);

            var copies = Directory.GetFiles(Path.Combine(folder.FullName, "kopior"));
            Assert.Contains(copies, file => Path.GetFileName(file) == "checkpoint" && File.ReadAllText(file) == latest.Note);
            var kept = CheckpointCopies.Read(copies.Single(file => file.EndsWith(".jsonl", StringComparison.Ordinal)));
            Assert.Equal(latest.Note, kept[^1]);
            Assert.Empty(Found(await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, kept, default)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
