using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Consents;

/// <summary>Lämplighetsbedömning before something is published (V-01).</summary>
/// <param name="Checks">One answer each, <c>ok</c>, <c>not-applicable</c> or <c>problem</c>: secrecy, personalData, consent, copyright, politics.</param>
/// <param name="Identifiable">People that can be recognised are seen in it.</param>
/// <param name="Consents">The consents it rests on.</param>
public sealed record ReviewPublication(string? Purpose, IReadOnlyDictionary<string, string>? Checks, bool Identifiable, IReadOnlyList<Guid>? Consents, bool Suitable, string? Note)
{
    public static IReadOnlyList<(string Word, string Said, string Requirement)> Questions { get; } =
    [
        ("secrecy", "Inga uppgifter som kan omfattas av sekretess", "V-02, N-09"), ("personalData", "Inga kränkande eller onödiga personuppgifter", "V-02, H-19"),
        ("consent", "Den som syns har samtyckt", "H-20, R-07"), ("copyright", "Upphovsrätten är klar och anges", "H-20, R-07, T-20"), ("politics", "Inget ställningstagande i politiska frågor", "V-04, H-23"),
    ];

    public static IReadOnlyList<(string Word, CheckAnswer Answer, string Said)> Answers { get; } =
        [("ok", CheckAnswer.Ok, "Ja"), ("not-applicable", CheckAnswer.NotApplicable, "Inte aktuellt"), ("problem", CheckAnswer.Problem, "Nej")];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{id:guid}/publication-reviews", async (Guid id, ReviewPublication command, Caller caller, PublicationReviews reviews, CancellationToken ct) =>
        {
            var (review, outcome) = await reviews.Review(id, command, caller, ct);
            return outcome is Outcome.Done done ? (IResult)TypedResults.Created($"/api/v1/publication-reviews/{review}", new { id = review, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("review-publication");
        routes.MapGet("/api/v1/channels/{id:guid}/publication-reviews", async (Guid id, Caller caller, ChannelRegister channels, PublicationReviews reviews, CancellationToken ct) =>
            await channels.Find(id, ct) is { } channel && caller.IsStaffOf(channel.Authority)
                ? (IResult)TypedResults.Ok(new { items = await reviews.OfChannel(id, ct) })
                : Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."))).WithName("publication-reviews");
        routes.MapPost("/api/v1/publication-reviews/{id:guid}/record", async (Guid id, LinkPublication command, Caller caller, PublicationReviews reviews, CancellationToken ct) =>
            (await reviews.Link(id, command, caller, ct)).Answer()).WithName("link-publication");
    }

    /// <summary>Pure. <paramref name="consents"/>: those named that there are.</summary>
    public Decision Decide(Channel channel, Policy policy, IReadOnlyList<ConsentRow> consents, DateOnly today)
    {
        if (channel.ClosedAt is not null) return new Refusal("channel-closed", "Kanalen är avslutad.");
        if (Purpose?.Trim() is not { Length: > 0 and <= 2000 } purpose) return Refusal.Input("purpose-missing", "Ange vad som ska publiceras och varför, högst 2000 tecken.");
        var answers = Questions.Select(q => Answers.FirstOrDefault(a => a.Word == Checks?.GetValueOrDefault(q.Word))).ToList();
        if (answers.Any(a => a.Word is null)) return Refusal.Input("checks-missing", "Svara på alla frågor: sekretess, personuppgifter, samtycke, upphovsrätt och politik (V-01, V-02, V-04).");
        var checks = new SuitabilityChecks(answers[0].Answer, answers[1].Answer, answers[2].Answer, answers[3].Answer, answers[4].Answer);
        if (Suitable && checks.HasProblem()) return new Refusal("not-suitable", "Ett svar är nej. Rätta det som ska publiceras, eller bedöm det som olämpligt (V-01).");
        // C17: where the guideline asks for consent nothing with recognisable people goes out without; where it is silent the law is the person's to weigh.
        if (Suitable && Identifiable && policy["consent.mode"] is "gdpr" or "written"
            && !(consents.Count > 0 && consents.Count == (Consents?.Count ?? 0) && consents.All(c => c.HoldsOn(today) && c.Channels.Contains(channel.Id))))
        {
            return new Refusal("consent-missing", $"Den som går att känna igen ska ha samtyckt ({policy.Of("consent.mode").Requirement}): ange samtycken som gäller i dag och för den här kanalen.");
        }

        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        return new Happened(
            new PublicationReviewed(channel.Authority, channel.Id, checks, Identifiable, [.. consents.Select(c => c.Id)], Suitable, policy.Version), KeyClass.Office,
            new Parts().With("purpose", purpose).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

/// <summary>What was published after the review.</summary>
public sealed record LinkPublication(Guid? Record);

public sealed record ReviewRow(Guid Id, Guid Channel, bool Suitable, DateTimeOffset ReviewedAt, Guid? Record, string? Purpose);

public sealed class PublicationReviews(
    SealedLog log, Databases databases, ChannelRegister channels, AuthorityRegister authorities, ConsentRegister consents, Records.Records records, TimeProvider clock)
{
    public static readonly Role[] Reviewers = [Role.Kommunikator, Role.Moderator, Role.Chef];

    public async Task<(Guid Id, Outcome Outcome)> Review(Guid channelId, ReviewPublication command, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (await channels.Find(channelId, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return (id, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (!caller.May(channel.Authority, Reviewers)) return (id, Refusal.NotAllowed("Bara kommunikatör, moderator eller chef bedömer om något är lämpligt att publicera (V-01)."));
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var named = new List<ConsentRow>();
        foreach (var consent in (command.Consents ?? []).Distinct())
        {
            if (await consents.Find(consent, caller, ct) is { } row && row.Authority == channel.Authority) named.Add(row);
        }

        var decision = (command with { Consents = command.Consents?.Distinct().ToList() }).Decide(channel, policy, named, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is { } refused) return (id, refused);
        NpgsqlBatchCommand beside = new("""
            insert into archive.publication_reviews (review_id, authority_id, channel_id, suitable, reviewed_at) select $1, $2, $3, $4, s.created from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters = { new() { Value = id }, new() { Value = channel.Authority }, new() { Value = channelId }, new() { Value = command.Suitable } },
        };
        return await log.Append([new(id, "publication_review", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? (id, new Outcome.Done(done.LastSequence, done.Versions[id]))
            : (id, Refusal.ChangedMeanwhile(0));
    }

    public async Task<Outcome> Link(Guid id, LinkPublication command, Caller caller, CancellationToken ct)
    {
        var unknown = Refusal.Unknown("publication-review", "Bedömningen finns inte.");
        await using (var query = databases.Writer.CreateCommand("select authority_id, channel_id, record_id, suitable from archive.publication_reviews where review_id = $1"))
        {
            query.Parameters.Add(new() { Value = id });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct) || !caller.IsStaffOf(row.GetGuid(0))) return unknown;
            if (!caller.May(row.GetGuid(0), Reviewers)) return Refusal.NotAllowed("Bara kommunikatör, moderator eller chef knyter en bedömning till ett inlägg.");
            if (command.Record is not { } record || await records.Find(record, caller, ct) is not { } own || own.Channel != row.GetGuid(1))
                return Refusal.Unknown("record", "Inlägget finns inte i den kanalen, eller så får du inte se det.");
            if (own.Direction != Direction.DrawnUp) return new Refusal("not-own-record", "En bedömning före publicering gäller det myndigheten själv har publicerat.");
            if (!row.GetBoolean(3)) return new Refusal("not-suitable", "Bedömningen sade nej. Gör en ny om något annat publicerades.");
            if (!row.IsDBNull(2)) return new Refusal("review-linked", "Bedömningen hör redan till ett inlägg.");
        }

        var policy = (await authorities.Find((await records.Find(command.Record.Value, caller, ct))!.Authority, ct))!.Policy;
        var authority = (await records.Find(command.Record.Value, caller, ct))!.Authority;
        NpgsqlBatchCommand beside = new("update archive.publication_reviews set record_id = $2 where review_id = $1") { Parameters = { new() { Value = id }, new() { Value = command.Record } } };
        return await log.Append(
            [new(id, "publication_review", ExpectedVersion.Exactly(1), [new Happened(new PublicationLinked(authority, command.Record.Value, policy.Version))])], log.NewKeySet(),
            new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : new Refusal("review-linked", "Bedömningen hör redan till ett inlägg.");
    }

    public Task<IReadOnlyList<ReviewRow>> OfChannel(Guid channel, CancellationToken ct) => Read("channel_id", channel, ct);

    public Task<IReadOnlyList<ReviewRow>> OfRecord(Guid record, CancellationToken ct) => Read("record_id", record, ct);

    private async Task<IReadOnlyList<ReviewRow>> Read(string column, Guid value, CancellationToken ct)
    {
        var rows = new List<ReviewRow>();
        await using (var query = databases.Writer.CreateCommand(
            $"select review_id, channel_id, suitable, reviewed_at, record_id from archive.publication_reviews where {column} = $1 order by reviewed_at desc, review_id limit 200"))
        {
            query.Parameters.Add(new() { Value = value });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) rows.Add(new(row.GetGuid(0), row.GetGuid(1), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3), row.IsDBNull(4) ? null : row.GetGuid(4), null));
        }

        var births = (await log.Store.ReadStreams([.. rows.Select(r => r.Id)], upToVersion: 1, ct)).ToDictionary(s => s.Key, s => s.Value[0]);
        var opened = await log.Open([.. births.Values], ct);
        return [.. rows.Select(r => r with { Purpose = opened.GetValueOrDefault(births[r.Id].Id)?.Parts?["purpose"] })];
    }
}
