using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Consents;

/// <summary>An own post, or a file of it, rests on the consent (H-20, R-07).</summary>
public sealed record UseConsent(Guid? Record, Guid? Attachment)
{
    /// <summary>Pure. <paramref name="own"/>: the post as it stands.</summary>
    public Decision Decide(RecordState state, ConsentRow consent, RecordState own, Policy policy, DateOnly today)
    {
        if (own.Direction != Direction.DrawnUp || MadeHere.Is(own.RecordType)) return new Refusal("not-own-record", "Bara det myndigheten själv har publicerat vilar på ett samtycke.");
        if (Attachment is { } file && !own.AttachmentsExpected.Union(own.AttachmentsStored).Contains(file)) return Refusal.Input("attachment-unknown", "Bilagan hör inte till inlägget.");
        if (state.ConsentWithdrawnOn is not null) return new Refusal("consent-withdrawn", "Samtycket är återkallat.");
        if (!consent.HoldsOn(today)) return new Refusal("consent-expired", "Samtycket gäller inte längre.");
        if (!consent.Channels.Contains(own.Channel)) return new Refusal("outside-consent-scope", "Samtycket gäller inte den kanal där inlägget står.");
        return state.ConsentUses.Contains(Record!.Value) ? Decision.Nothing : new Happened(new ConsentUsed(Record.Value, Attachment, policy.Version));
    }
}

/// <summary>Takes the consent back. What rests on it is told, so that it can be taken down; a person takes it down.</summary>
public sealed record WithdrawConsent(DateOnly? WithdrawnOn, string? Note)
{
    public Decision Decide(RecordState state, ConsentRow consent, Policy policy, DateOnly today)
    {
        if (state.ConsentWithdrawnOn is not null) return new Refusal("consent-withdrawn", "Samtycket är redan återkallat.");
        var day = WithdrawnOn ?? today;
        if (day > today || day < consent.GivenOn) return Refusal.Input("withdrawal-day", "Återkallelsens dag ska vara tidigast den dag samtycket lämnades, och senast i dag.");
        return Note is { Length: > 5000 }
            ? Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.")
            : new Happened(new ConsentWithdrawn(day, policy.Version), KeyClass.Content, new Parts().With("remark", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

public sealed class ConsentHandler(Records.Records records, ConsentRegister register, AuthorityRegister authorities, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("consent", "Samtycket finns inte, eller så får du inte se det.");

    private DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public async Task<Outcome> Use(Guid id, UseConsent command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await register.Find(id, caller, ct) is not { } consent) return Unknown;
        if (!caller.May(consent.Authority, GiveConsentHandler.Keepers)) return NotAllowed;
        if (command.Record is not { } record || await records.Find(record, caller, ct) is not { } own || own.Authority != consent.Authority)
            return Refusal.Unknown("record", "Inlägget finns inte, eller så får du inte se det.");
        if (own.DisposedAt is not null) return new Refusal("record-disposed", "Inlägget är gallrat.");
        var policy = (await authorities.Find(consent.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, state => command.Decide(state, consent, own, policy, Today), (_, _, _) => Task.FromResult(new Beside([], [],
        [
            new("insert into archive.consent_uses (consent_id, record_id, attachment_id) values ($1, $2, $3)")
            {
                Parameters = { new() { Value = id }, new() { Value = record }, new() { Value = (object?)command.Attachment ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid } },
            },
        ])), ct);
    }

    public async Task<Outcome> Withdraw(Guid id, WithdrawConsent command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await register.Find(id, caller, ct) is not { } consent) return Unknown;
        if (!caller.May(consent.Authority, GiveConsentHandler.Keepers)) return NotAllowed;
        var policy = (await authorities.Find(consent.Authority, ct))!.Policy;
        ConsentWithdrawn? withdrawn = null;
        return await records.Decide(id, expected, caller, state =>
        {
            var decision = command.Decide(state, consent, policy, Today);
            withdrawn = decision.Events.Select(e => e.Event).OfType<ConsentWithdrawn>().SingleOrDefault();
            return decision;
        },
        (_, _, _) => Task.FromResult(new Beside([], [],
        [
            new("update archive.consents set withdrawn_on = $2 where record_id = $1 and withdrawn_on is null") { Parameters = { new() { Value = id }, new() { Value = withdrawn!.WithdrawnOn } } },
        ])), ct);
    }

    private static Refusal NotAllowed => Refusal.NotAllowed("Bara kommunikatör, moderator eller registrator ändrar ett samtycke.");
}

public static class ConsentRoutes
{
    public static IServiceCollection AddConsents(this IServiceCollection services) => services
        .AddSingleton<ConsentRegister>().AddSingleton<GiveConsentHandler>().AddSingleton<ConsentHandler>().AddSingleton<RightsHandler>().AddSingleton<PublicationReviews>()
        .AddSingleton<PaperCopyHandler>();

    public static void MapConsents(this IEndpointRouteBuilder routes)
    {
        GiveConsent.Map(routes);
        StateRights.Map(routes);
        ReviewPublication.Map(routes);
        PaperCopy.Map(routes);
        routes.MapGet("/api/v1/consents", List).WithName("consents");
        routes.MapGet("/api/v1/consents/{id:guid}", One).WithName("consent");
        routes.MapPost("/api/v1/consents/{id:guid}/uses", async (Guid id, UseConsent command, IfMatch expected, Caller caller, ConsentHandler handler, CancellationToken ct) =>
            (await handler.Use(id, command, expected, caller, ct)).Answer()).WithName("use-consent");
        routes.MapPost("/api/v1/consents/{id:guid}/withdraw", async (Guid id, WithdrawConsent command, IfMatch expected, Caller caller, ConsentHandler handler, ConsentRegister register, CancellationToken ct) =>
            await handler.Withdraw(id, command, expected, caller, ct) is var outcome && outcome is Outcome.Done done
                ? (IResult)TypedResults.Ok(new { done.LastSequence, done.Version, toTakeDown = (await register.Uses(id, caller, ct)).Where(u => u.Stands) })
                : outcome.Answer()).WithName("withdraw-consent");
    }

    private static async Task<IResult> List(Guid? channel, Caller caller, ConsentRegister register, RecordReads reads, CancellationToken ct)
    {
        if (caller.IsService || !caller.MayAnywhere(ConsentRegister.Readers)) return Problems.Refused(Refusal.NotAllowed("Du får inte läsa samtycken."));
        var consents = await register.Of(caller, channel, ct);
        var words = await register.Words([.. consents.Select(c => c.Id)], ct);
        await reads.Note(caller, consents.Select(c => (c.Id, RecordStates.Stored(c.Wall))), ct);
        return TypedResults.Ok(new { items = consents.Select(c => Told(c, words.GetValueOrDefault(c.Id, ConsentWords.Gone))) });
    }

    private static async Task<IResult> One(Guid id, Caller caller, ConsentRegister register, RecordReads reads, CancellationToken ct)
    {
        if (await register.Find(id, caller, ct) is not { } consent) return Problems.Refused(Refusal.Unknown("consent", "Samtycket finns inte, eller så får du inte se det."));
        var words = (await register.Words([id], ct)).GetValueOrDefault(id, ConsentWords.Gone);
        await reads.Note(caller, [(id, RecordStates.Stored(consent.Wall))], ct);
        return TypedResults.Ok(new { consent = Told(consent, words), uses = await register.Uses(id, caller, ct) });
    }

    private static object Told(ConsentRow c, ConsentWords words) => new
    {
        c.Id,
        c.Age,
        words.Person,
        words.Guardian,
        words.Purpose,
        words.Note,
        c.Written,
        c.Channels,
        c.GivenOn,
        c.ValidUntil,
        c.WithdrawnOn,
        c.Uses,
        c.StandingUses,
        c.Disposed,
    };
}
