using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Consents;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Snapshots;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Seed;

/// <summary>An ögonblicksbild where the guideline is content with a picture, an order that waits, a consent with a post that rests on it, and a review before publishing.</summary>
public sealed class DemoKeeping(
    TakeSnapshotHandler snapshots, OrderSnapshotHandler orders, SnapshotRegister register, GiveConsentHandler consents, ConsentRegister consentRegister, ConsentHandler uses,
    PublicationReviews reviews, AuthorityRegister authorities, Databases databases)
{
    /// <summary>How many things were done now.</summary>
    internal async Task<int> Keep(Channel channel, DateTimeOffset today, Caller kim, CancellationToken ct)
    {
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var done = 0;
        if (policy["snapshot.kind"] != "screen-recording" && (await register.Of(channel.Id, cleared: true, assesses: true, ct)).Count == 0)
        {
            Must((await snapshots.Take(channel.Id, await Picture(today, ct), null, kim, ct)).Outcome);
            done++;
        }

        if (policy["snapshot.kind"] == "screen-recording" && (await register.Channels(null, channel.Id, ct)).All(c => c.Orders.Count == 0))
        {
            Must((await orders.Order(channel.Id, new("debate", "Förslaget om skolan debatteras i kommentarerna.", null), kim, ct)).Outcome);
            done++;
        }

        if (await Consent(channel.Id, kim, ct) is null)
        {
            Must((await consents.Give(
                new("Elsa Låtsberg", "under-13", "Gunnar Låtsberg", true, [channel.Id], "Bilder från invigningen av biblioteket, i kanalen och på webbplatsen", Swedish.Day(today), null, null), kim, ct)).Outcome);
            done++;
        }

        var consent = (await Consent(channel.Id, kim, ct))!;
        if (consent is { Uses: 0, WithdrawnOn: null, Disposed: false } && await OwnPost(channel.Id, ct) is { } post)
        {
            Must(await uses.Use(consent.Id, new(post, null), default, kim, ct));
            done++;
        }

        if ((await reviews.OfChannel(channel.Id, ct)).Count == 0)
        {
            var checks = ReviewPublication.Questions.ToDictionary(q => q.Word, _ => "ok");
            Must((await reviews.Review(channel.Id, new("Bilder från invigningen av biblioteket", checks, Identifiable: true, [consent.Id], Suitable: true, null), kim, ct)).Outcome);
            done++;
        }

        return done;
    }

    /// <summary>The first that was given for the channel.</summary>
    private async Task<ConsentRow?> Consent(Guid channel, Caller kim, CancellationToken ct) => await consentRegister.Of(kim, channel, ct) is [.., var first] ? first : null;

    private async Task<Guid?> OwnPost(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select record_id from archive.record_states where channel_id = $1 and direction = 'drawnUp' and record_type = 'post' and wall = 'open' and disposed_at is null order by received_at, record_id limit 1");
        query.Parameters.Add(new() { Value = channel });
        return (Guid?)await query.ExecuteScalarAsync(ct);
    }

    /// <summary>The same form as a page sends.</summary>
    private static async Task<UploadForm> Picture(DateTimeOffset today, CancellationToken ct)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in new[]
        {
            ("from", Day(today.AddMonths(-6))), ("to", Day(today)), ("coversContent", "true"), ("coversLayout", "true"), ("screened", "true"), ("note", "Hela sidan, med svaren öppnade."),
        })
        {
            form.Add(new StringContent(value), name);
        }

        form.Add(new ByteArrayContent(DemoPicture.Png(7)), "screenshot", "kanalen.png");
        return UploadForm.Of(form.Headers.ContentType!.ToString(), new MemoryStream(await form.ReadAsByteArrayAsync(ct)))!;
    }

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Must(Outcome outcome) => DemoArchive.Must((outcome as Outcome.Refused)?.Why);
}
