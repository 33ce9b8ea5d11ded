using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.Attachments;
using ArchiveService.Features.Consents;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Snapshots;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>What is made here goes the one way that everything goes: under a decision, by the one executor.</summary>
public sealed class Gallring_of_snapshots
{
    private static readonly Caller Kim = new(Guid.Parse("0199aaaa-0000-7000-8000-000000000009"), "Kim Kommunikatör", [new(Role.Kommunikator, null)], Clearance: false, IsService: false, []);

    [Fact]
    [Trait("Requirement", "H-28")]
    [Trait("Requirement", "H-20")]
    [Trait("Requirement", "I4")]
    public async Task destroys_them_like_any_record_and_the_certificate_of_a_comment_tells_that_they_show_it()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var snapshot = await Snapshot(world);
        var (consent, given) = await world.Get<GiveConsentHandler>().Give(
            new("Elsa Låtsberg", "adult", null, false, [world.Channel.Id], "En bild", Swedish.Day(TimeProvider.System.GetUtcNow()), null, null), Kim, default);
        Assert.IsType<Outcome.Done>(given);
        Assert.True(await world.Projected());

        // The comment goes; the snapshot that shows it stays, and the certificate says so.
        var certificate = (await world.Get<Certificates>().Of(await world.Executed(await world.Rule()), default))!;
        Assert.Contains(certificate.RemainsIn, where => where.StartsWith("ögonblicksbilder av kanalen från den tiden: 1 ", StringComparison.Ordinal));
        Assert.False(await world.IsDisposed(snapshot));

        // Then they go themselves, under a decision that covers them.
        var decision = await world.Decision("P0D", MadeHere.Snapshot, MadeHere.Consent);
        var rule = await world.Rule(decision, "captured", types: [MadeHere.Snapshot, MadeHere.Consent]);
        var (proposed, _, refused) = await world.Get<ProposeDisposalHandler>().Propose(new(rule, Swedish.Day(TimeProvider.System.GetUtcNow())), world.Anna, default);
        Assert.Null(refused);
        Assert.Null((await world.Get<RunCommands>().Approve(proposed!.Id, world.Bo, default)).Refused);
        Assert.Null((await world.Get<RunCommands>().Start(proposed.Id, world.Anna, default)).Refused);
        Assert.True(await world.Get<DisposalExecutor>().Run(proposed.Id, default), (await world.Get<DisposalRuns>().Find(proposed.Id, default))!.Problem);

        Assert.True(await world.IsDisposed(snapshot) && await world.IsDisposed(consent));
        Assert.Equal((0L, 0L, 0L, 0L), (await world.Keys(snapshot), await world.Ciphertexts(snapshot), await world.Keys(consent), await world.Ciphertexts(consent)));
        Assert.True((await world.Get<ConsentRegister>().Words([consent], default))[consent].Destroyed);
        Assert.Empty(await Objects(world));
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
    }

    private static async Task<Guid> Snapshot(World world)
    {
        using var form = Made.Form([("from", "2020-01-01"), ("to", "2020-12-31"), ("coversContent", "true"), ("screened", "true")], ("screenshot", "sidan.png", Made.Png));
        var (id, outcome) = await world.Get<TakeSnapshotHandler>().Take(
            world.Channel.Id, UploadForm.Of(form.Headers.ContentType!.ToString(), new MemoryStream(await form.ReadAsByteArrayAsync()))!, null, Kim, default);
        Assert.IsType<Outcome.Done>(outcome);
        Assert.Single(await Objects(world));
        return id;
    }

    private static async Task<List<string>> Objects(World world)
    {
        var keys = new List<string>();
        await foreach (var found in world.Get<IObjectStore>().List("attachment/", default)) keys.Add(found.Key);
        return keys;
    }
}
