using ArchiveService.AppTests.Disposals;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static ArchiveService.AppTests.Disposals.World;

namespace ArchiveService.AppTests.Capture;

/// <summary>What a kill leaves between the upload of an attachment and the append that names it.</summary>
public sealed class Sweeping_strays
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task destroys_what_is_older_than_a_day_and_named_by_nobody()
    {
        await using var world = await Filled();
        var store = world.Get<IObjectStore>();
        var (old, young, notOurs) = (Key(Now.AddHours(-25)), Key(Now.AddHours(-23)), "attachment/0199aaaa-0000-4000-8000-000000000001");
        foreach (var key in new[] { old, young, notOurs, Key(Now.AddDays(-3), "delivery") }) await store.Put(key, new MemoryStream([1, 2, 3]), 3, default);
        Assert.Equal(4, await Unknown(world));

        Assert.Equal(new Swept(0, 2, 0), await Sweep(world).Sweep(default));

        Assert.Null(await store.Length(old, default));
        Assert.NotNull(await store.Length(young, default));
        Assert.NotNull(await store.Length(notOurs, default));
        Assert.Equal(2, await Unknown(world));
        Assert.Equal(new Swept(0, 0, 0), await Sweep(world).Sweep(default));
    }

    [Fact]
    public async Task leaves_every_attachment_that_was_recorded_also_when_its_row_is_gone()
    {
        await using var world = await Filled();
        await world.Do(world.Database.Superuser, "alter table archive.attachments disable trigger all; delete from archive.attachments");

        var swept = await Sweep(world, TimeProvider.System.GetUtcNow().AddYears(1)).Sweep(default);

        Assert.Equal(0, swept.Objects);
        var left = new List<string>();
        await foreach (var found in world.Get<IObjectStore>().List("attachment/", default)) left.Add(found.Key);
        Assert.Single(left);
    }

    [Fact]
    public async Task destroys_nothing_where_the_strangers_are_many_more_than_what_is_known()
    {
        await using var world = await Filled();
        for (var i = 0; i < 11; i++) await world.Get<IObjectStore>().Put(Key(Now.AddDays(-2 - i)), new MemoryStream([1]), 1, default);

        Assert.Equal(new Swept(0, 0, 11), await Sweep(world).Sweep(default));

        Assert.Equal(11, await Unknown(world));
    }

    [Fact]
    public async Task throws_away_an_upload_that_was_broken_off_a_day_ago()
    {
        await using var world = await Filled();
        var incoming = Path.Combine(world.DataFolder, "attachments", "incoming");
        var (old, young) = (Path.Combine(incoming, "attachment.x.1"), Path.Combine(incoming, "attachment.x.2"));
        foreach (var (file, age) in new[] { (old, 25), (young, 23) })
        {
            await File.WriteAllBytesAsync(file, [1]);
            File.SetLastWriteTimeUtc(file, Now.AddHours(-age).UtcDateTime);
        }

        Assert.Equal(1, (await Sweep(world).Sweep(default)).Uploads);

        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
    }

    private static async Task<World> Filled()
    {
        var world = await World.Make();
        await world.Capture(Comment("s-1", attachments: new { fileName = "a.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[3000]) }));
        return world;
    }

    private static StraySweep Sweep(World world, DateTimeOffset? now = null) => new(world.Get<IObjectStore>(), world.Get<Databases>(), NullLogger<StraySweep>.Instance, new SetClock(now ?? Now));

    private static string Key(DateTimeOffset begun, string kind = "attachment") => ObjectKey.Of(kind, Guid.CreateVersion7(begun));

    private static async Task<int> Unknown(World world) =>
        (await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings.Count(f => f.Code == "object-unknown");
}
