using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

public sealed record ApproverShown(string Function, string Manner, string InSwedish, string? GivenIn, string? By, DateTimeOffset? At, int? PolicyVersion);

public sealed record AdministratorShown(Guid Person, string? Name, string Function, string? Email, string? Phone, bool SignedPlan);

public sealed record ChannelPlanShown(
    int Number, DateTimeOffset WrittenAt, string? By, string? Unit, string? Url, string? TargetGroup, string? Goals, string? Contact, string? Watch, int? HoursPerWeek, string? Scope,
    DateOnly? EndsOn, string? ArchivingPlan, string? SensitiveData, DateOnly? EvaluateBy, bool SignedByManager);

public sealed record ChannelTextShown(string Kind, string Title, string Text, int Version, DateTimeOffset WrittenAt, string? By);

public sealed record TermsShown(DateOnly ReviewedOn, string? Terms, string? ReviewedBy);

public sealed record CustodyShown(string? Holder, string? Place, DateTimeOffset StatedAt, string? By);

public sealed record CheckShown(string Item, string Question, bool? Done, string? Note, string? By);

/// <param name="Event">The stored name.</param>
/// <param name="Words">What happened.</param>
/// <param name="Said">What was written about it.</param>
public sealed record ChannelHappening(string Event, string Words, DateTimeOffset At, string? By, int? PolicyVersion, string? Said);

/// <summary>A channel with its life: where it stands, what it still needs, who is named, and what was decided under which policy.</summary>
public sealed record ChannelDetails(
    Guid Id, string AuthorityCode, string Authority, string Platform, string? Handle, string? Url, string? Purpose, string? TargetGroup, ChannelState State, string? Paused, string? PauseReason, string? Notice,
    long Version, int PolicyVersion, IReadOnlyList<ApproverShown> Approvals, IReadOnlyList<ChannelDemand> Demands, IReadOnlyList<AdministratorShown> Administrators, ChannelPlanShown? Plan,
    IReadOnlyList<ChannelTextShown> Texts, TermsShown? Terms, CustodyShown? Custody, IReadOnlyList<CheckShown> Checklist, DateOnly? ReviewDue, bool ReviewOverdue, DateOnly? EndsOn, ReportedAbsence? Absence,
    IReadOnlyList<ChannelHappening> History)
{
    public bool Complete => !Demands.Any(d => d.Blocks);
}

/// <summary>Reads one channel from its stream: it is short.</summary>
public sealed class ChannelView(SealedLog log, AuthorityRegister authorities, Databases databases, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/channels/{id:guid}", async (Guid id, Caller caller, ChannelView view, HttpResponse response, CancellationToken ct) =>
        {
            if (await view.Read(id, caller, ct) is not { } read) return (IResult)Problems.Refused(ChannelStreams.Unknown);
            response.Headers.ETag = $"\"{read.Details.Version}\"";
            return TypedResults.Ok(read.Details);
        })
        .WithName("channel");

    /// <summary>Null when there is none, or none for this caller.</summary>
    public async Task<(ChannelDetails Details, ChannelLife Life, Authority Authority)?> Read(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        var life = ChannelLife.From(history);
        if (!life.Exists || !caller.IsStaffOf(life.Authority)) return null;
        var authority = (await authorities.Find(life.Authority, ct))!;
        var opened = await log.Open(history, ct);
        var names = await Names(history, life, ct);
        return (Tell(id, history, life, authority, opened, names), life, authority);
    }

    private ChannelDetails Tell(Guid id, IReadOnlyList<Recorded> history, ChannelLife life, Authority authority, IReadOnlyDictionary<Guid, Opened> opened, Dictionary<Guid, string> names)
    {
        var policy = authority.Policy;
        var today = Swedish.Day(clock.GetUtcNow());
        var registered = (ChannelRegistered)history[0].Event;
        Parts? Said(Recorded? of) => of is null ? null : opened.GetValueOrDefault(of.Id)?.Parts;
        string? By(Recorded of) => Name(of.Actor, names);
        Recorded? Last<T>(Func<T, bool>? where = null) => history.LastOrDefault(r => r.Event is T happened && (where is null || where(happened)));

        var (told, planned, paused) = (Said(history[0]), Last<ChannelPlanWritten>(), Last<ChannelPaused>());
        var (plan, pausedFor) = (Said(planned), life.Paused is null ? null : Said(paused));
        var due = life.ReviewDue(policy);
        return new(
            id, authority.Code, authority.Name, registered.Platform, told?["handle"], plan?["url"] ?? told?["url"], told?["purpose"], plan?["targetGroup"] ?? told?["targetGroup"],
            life.State(policy), life.Paused, pausedFor?["reason"], pausedFor?["notice"], life.Version, policy.Version,
            [.. ChannelApprovers.Of(policy).Select(a => Approver(a, life, names))],
            ChannelDemands.Of(life, policy),
            [.. life.Administrators.Select(a => Named(a, Said(Last<ChannelAdministratorNamed>(n => n.Person == a.Person && n.Function == a.Function))))],
            planned is null ? null : new(
                life.Plan!.Number, planned.Time, By(planned), plan?["unit"], plan?["url"], plan?["targetGroup"], plan?["goals"], plan?["contact"], plan?["watch"], life.Plan.HoursPerWeek, plan?["scope"],
                life.Plan.EndsOn, plan?["archivingPlan"], plan?["sensitiveData"], life.Plan.EvaluateBy, life.IsSignedByManager),
            [.. life.Texts.Select(t => (t.Key, Recorded: Last<ChannelTextWritten>(w => w.Kind == t.Key)!, t.Value)).OrderBy(t => t.Recorded.Sequence)
                .Select(t => new ChannelTextShown(t.Key, ChannelDemands.TextTitle(t.Key), Said(t.Recorded)?[Parts.Text] ?? "", t.Value, t.Recorded.Time, By(t.Recorded)))],
            Last<ChannelTermsReviewed>() is { } terms ? new(((ChannelTermsReviewed)terms.Event).ReviewedOn, Said(terms)?["terms"], Said(terms)?["reviewedBy"]) : null,
            Last<ChannelLoginCustodyStated>() is { } custody ? new(Said(custody)?["holder"], Said(custody)?["place"], custody.Time, By(custody)) : null,
            [.. ChannelDemands.ChecksOf(life, policy).Select(item => Check(item, Last<ChannelCheckAnswered>(c => c.Item == item)))],
            due, due < today, life.Plan?.EndsOn, life.Absence is { } absence && absence.Until >= today ? absence : null,
            [.. history.Reverse().Select(r => Happening(r, Said(r), names))]);

        AdministratorShown Named(AdministratorNamed named, Parts? parts) => new(
            named.Person, names.GetValueOrDefault(named.Person), named.Function, parts?["email"], parts?["phone"],
            named.Function == NameAdministrator.Administrator && life.HasSigned(named.Person, SignChannelPlan.AsAdministrator));

        CheckShown Check(string item, Recorded? answered) =>
            new(item, ChannelDemands.Checks[item], answered is null ? null : ((ChannelCheckAnswered)answered.Event).Done, Said(answered)?["note"], answered is null ? null : By(answered));
    }

    private static ApproverShown Approver(ChannelApprover approver, ChannelLife life, Dictionary<Guid, string> names)
    {
        var given = life.Approvals.FirstOrDefault(a => approver.Functions.Contains(a.Function) && a.Manner == approver.Manner);
        return new(approver.Code, approver.Manner, approver.InSwedish, given?.Function, given is null ? null : Name(given.By, names), given?.At, given?.PolicyVersion);
    }

    private static ChannelHappening Happening(Recorded recorded, Parts? said, Dictionary<Guid, string> names)
    {
        string Person(Guid id) => names.GetValueOrDefault(id) ?? "någon vars namn är gallrat";
        (string Words, int? Version, string? Text) told = recorded.Event switch
        {
            ChannelRegistered e => ("Föreslagen och införd i förteckningen", e.PolicyVersion, said?["purpose"]),
            ChannelApproved e => ($"{Swedish.Sentence(ChannelApprovers.FunctionInSwedish(e.Function))} {Verb(e.Manner)}", e.PolicyVersion, said?["note"]),
            ChannelPlanWritten e => ($"Planen skrevs, version {e.Plan}", e.PolicyVersion, null),
            ChannelPlanSigned e => ($"Planen skrevs under som {(e.SignedAs == SignChannelPlan.AsManager ? "ansvarig chef" : "administratör")}, version {e.Plan}", e.PolicyVersion, null),
            ChannelAdministratorNamed e => ($"{Person(e.Person)} namngavs: {NameAdministrator.Functions.GetValueOrDefault(e.Function, e.Function)}", e.PolicyVersion, null),
            ChannelAdministratorReleased e => ($"{Person(e.Person)} är inte längre {NameAdministrator.Functions.GetValueOrDefault(e.Function, e.Function)}", e.PolicyVersion, null),
            ChannelTextWritten e => ($"Informationstext skrevs: {ChannelDemands.TextTitle(e.Kind)}, version {e.TextVersion}", e.PolicyVersion, said?[Parts.Text]),
            ChannelTermsReviewed e => ($"Användarvillkoren gicks igenom {Swedish.Date(e.ReviewedOn)}", e.PolicyVersion, said?["terms"]),
            ChannelLoginCustodyStated e => ("Inloggningsuppgifternas förvaring angavs", e.PolicyVersion, null),
            ChannelCheckAnswered e => ($"{ChannelDemands.Checks.GetValueOrDefault(e.Item, e.Item)}: {(e.Done ? "ja" : "nej")}", e.PolicyVersion, said?["note"]),
            ChannelActivated e => ("Aktiverad", e.PolicyVersion, null),
            ChannelPaused e => ($"Pausad: {PauseChannel.InSwedish(e.How)}", e.PolicyVersion, said?["reason"]),
            ChannelResumed e => ("Öppnad igen", e.PolicyVersion, said?["reason"]),
            ChannelReviewed e => ($"Utvärderad, nästa senast {Swedish.Date(e.NextBy)}", e.PolicyVersion, said?["evaluation"]),
            ChannelAbsenceReported e => ($"Bevakas inte {Swedish.Date(e.Since)} till {Swedish.Date(e.Until)}: {ReportAbsence.Measures.GetValueOrDefault(e.Measure, e.Measure)}", e.PolicyVersion, said?["reason"]),
            Snapshots.SnapshotOrdered e => ($"Extra ögonblicksbild begärd: {Snapshots.TakeSnapshot.Said(e.Occasion).ToLowerInvariant()}, senast {Swedish.Date(e.DueOn)}", e.PolicyVersion, said?["reason"]),
            Snapshots.ChannelClosingChecked e => ($"Inför avslutet: {(e.CoversContent && e.CoversLayout ? "innehåll och layout är sparade" : "innehåll och layout är inte sparade i sin helhet")}{(e.ManagersInformed ? ", cheferna är informerade" : "")}", e.PolicyVersion, said?["informed"]),
            ChannelClosed e => ("Avslutad", e.PolicyVersion, said?["reason"]),
            ChannelAccessLost => ("Plattformen släpper inte längre in oss: fångsten har en lucka från här", null, null),
            _ => (recorded.Name, null, null),
        };
        return new(recorded.Name, told.Words, recorded.Time, Name(recorded.Actor, names), told.Version, told.Text);
    }

    private static string Verb(string manner) => manner switch
    {
        ChannelApprovers.Consulted => "hördes",
        ChannelApprovers.Informed => "informerades i förväg",
        ChannelApprovers.Reported => "underrättades",
        _ => "godkände",
    };

    private static string? Name(string? actor, Dictionary<Guid, string> names) =>
        !Guid.TryParse(actor, out var id) ? null
        : id == Caller.System.PersonId ? Caller.System.Name
        : id == CommandLineCaller.Caller.PersonId ? CommandLineCaller.Caller.Name
        : names.GetValueOrDefault(id);

    private async Task<Dictionary<Guid, string>> Names(IReadOnlyList<Recorded> history, ChannelLife life, CancellationToken ct)
    {
        var wanted = history.Select(r => Guid.TryParse(r.Actor, out var id) ? id : Guid.Empty).Concat(life.Administrators.Select(a => a.Person))
            .Concat(history.Select(r => r.Event).OfType<ChannelAdministratorNamed>().Select(n => n.Person)).Where(id => id != Guid.Empty).Distinct().ToArray();
        await using var query = databases.Writer.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = wanted });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }
}
