using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.DefaultStates;
using ArchiveService.Features.OnCall;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Seed;

/// <summary>
/// Half a year at five invented authorities. Every step is a command, and is left out when the archive shows that it was done:
/// run again, also after a kill, it goes on and doubles nothing.
/// </summary>
public sealed class DemoArchive(
    PutAuthorityHandler authorities, AuthorityRegister register, RegisterChannelHandler channels, ChannelRegister channelRegister, KeyedIds ids, CaptureActs capture, SealedLog log,
    TakeDownHandler takeDown, RegisterRecordHandler registration, SecrecyHandler secrecy, RecordAssessments assessments, PersonRegister persons, Blocking.BlockingHandler blocking, DemoGallring gallring, DemoChannels lives, DemoAssignments assigned, DemoKeeping keeping, DemoDisclosures disclosures, DemoCases cases, DemoOpening opening, DemoSubjects subjects, DemoIntake intake, OnCallList onCall, OnCallHandler calls, DefaultRules rules, DefaultRuleHandler adoption, TimeProvider clock)
{
    public static Caller By { get; } = CommandLineCaller.Caller;

    public static IReadOnlyList<(string Username, string Name, Role[] Roles, bool Clearance)> People { get; } =
    [
        ("rut", "Rut Registrator Demo", [Role.Registrator], true),
        ("moa", "Moa Moderator Demo", [Role.Moderator], false),
        ("arvid", "Arvid Arkivarie Demo", [Role.Arkivarie], false),
        ("alma", "Alma Arkivarie Demo", [Role.Arkivarie], false),
        ("greta", "Greta Granskare Demo", [Role.Revisor], false),
        ("kim", "Kim Kommunikatör Demo", [Role.Kommunikator], false),
        ("chefen", "Charlie Chef Demo", [Role.Chef], false),
    ];

    public static DemoArchive Of(IServiceProvider services) =>
        ActivatorUtilities.CreateInstance<DemoArchive>(services, ActivatorUtilities.CreateInstance<DemoGallring>(services), ActivatorUtilities.CreateInstance<DemoChannels>(services), ActivatorUtilities.CreateInstance<DemoAssignments>(services), ActivatorUtilities.CreateInstance<DemoKeeping>(services), ActivatorUtilities.CreateInstance<DemoDisclosures>(services), ActivatorUtilities.CreateInstance<DemoCases>(services), ActivatorUtilities.CreateInstance<DemoOpening>(services), ActivatorUtilities.CreateInstance<DemoSubjects>(services), ActivatorUtilities.CreateInstance<DemoIntake>(services));

    public async IAsyncEnumerable<string> Load([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var staff = await Staff(ct);
        var demo = await DemoAuthority.All(ct);
        foreach (var one in demo) yield return await LoadOne(one, staff, withGallring: one == demo[0], ct);
    }

    private async Task<string> LoadOne(DemoAuthority one, IReadOnlyDictionary<string, Caller> staff, bool withGallring, CancellationToken ct)
    {
        var authority = await register.Find(one.Code, ct);
        if (authority is null)
        {
            var policy = new Dictionary<string, string>(StringComparer.Ordinal);
            if (withGallring) policy["disposal.coolingOffDays"] = "0";
            if (one.DiarySystem is not null) policy["diary.mode"] = "external";
            (authority, _, _, var refused) = await authorities.Put(one.Code, new(one.Name, one.Preset, null, policy, "Demo"), By, ct);
            Must(refused);
        }

        if ((await onCall.Of(authority!.Id, ct)).Count == 0)
            Must((await calls.List(one.Code, null, new("Jonna Jour Demo", "Beredskapssamordnare", "010-000 00 00", "dygnet runt"), default, staff["chefen"], ct)).Outcome);
        var channel = await Channel(one, staff["kim"], ct);
        var today = await FirstDay(authority!.Id, ct);
        var acts = one.Acts(today).ToList();
        var captured = await capture.Capture(new(channel, authority.Policy.Version, null, staff["moa"], clock.GetUtcNow()), await Read(acts.Select(a => a.Act), ct), ct);
        var done = await lives.Run(channel.Id, one.Preset, staff, ct);
        done += withGallring ? await assigned.Run(one.Code, authority.Id, channel, DateOnly.FromDateTime(today.UtcDateTime), staff, ct) : 0;
        foreach (var (nth, (_, nativeId, item)) in acts.Index())
        {
            // Where the diary is kept in another system the number is given there.
            var external = one.DiarySystem is { } system && authority.Policy["diary.mode"] == "external" ? new ExternalNumber(system, $"{one.Code} {today.Year}/{nth + 1}", today) : null;
            if (item is not null) done += await Handle(one, ids.Record(channel.Id, channel.Platform, "native", nativeId), nativeId, item, external, staff, ct);
        }

        done += await cases.Run(authority.Id, today, staff["rut"], ct);
        done += await opening.Run(authority, today, staff, ct);
        done += await keeping.Keep(channel, today, staff["kim"], ct);
        done += withGallring ? await intake.Run(channel, [.. acts.Select(a => a.Act)], one.Account, staff["kim"], ct) : 0;
        done += withGallring ? await subjects.Run(one.Code, authority.Id, staff, ct) : 0;

        // After what is there already, so that half a year of thumbs up stays for the preview to find.
        if (DefaultRule.Unlawful(Registration.KeptOrdered, authority.Policy) is null && (await rules.InForce(authority.Id, ct)).Count == 0)
            Must((await adoption.Adopt(null, new(one.Code, "Bara tummen upp", ["comment"], "thumbsUp", null, "keptOrdered", null, "Demo"), staff["rut"], ct)).Refused);
        var destroyed = withGallring ? await gallring.Run(one, DateOnly.FromDateTime(today.UtcDateTime), staff, ct) : 0;
        done += withGallring ? await disclosures.Run(one.Code, authority.Id, staff, ct) : 0;
        return captured.Accepted + done + destroyed == 0
            ? $"{one.Name} ({one.Code}) is already there."
            : $"{one.Name} ({one.Code}): {captured.Accepted} captured, {done} assessed, registered, marked, taken down or kept{(destroyed > 0 ? $", {destroyed} destroyed under a decision" : "")}.";
    }

    private async Task<Channel> Channel(DemoAuthority one, Caller kim, CancellationToken ct)
    {
        if (await channelRegister.FindByRoute(ids.Route(one.Platform, one.Account), ct) is { } known) return known;
        var (id, _, refused) = await channels.Register(new(one.Code, one.Platform, one.Account, one.Handle, one.Url, one.Purpose, one.TargetGroup), kim, ct);
        Must(refused);
        return (await channelRegister.Find(id, ct))!;
    }

    /// <summary>The day the demo was first loaded: the same acts again, another day, are told with the same times.</summary>
    private async Task<DateTimeOffset> FirstDay(Guid authority, CancellationToken ct) =>
        new((await log.Store.ReadStream(authority, 1, upToVersion: 1, ct))[0].Time.UtcDateTime.Date, TimeSpan.Zero);

    private async Task<List<ReadAct>> Read(IEnumerable<object> acts, CancellationToken ct)
    {
        using var lines = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(acts, JsonSerializerOptions.Web));
        var read = new List<ReadAct>();
        await foreach (var act in ActReader.Read(lines, clock.GetUtcNow(), ActForm.Array, ct))
            read.Add(act is ReadAct.Accepted ? act : throw new CannotSeed($"The demo has an act that is refused: {act}"));
        return read;
    }

    /// <summary>What the staff does with one record; how many things were left to do.</summary>
    private async Task<int> Handle(DemoAuthority one, Guid id, string nativeId, DemoItem item, ExternalNumber? external, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        var assess = item is { Minor: true } or { Question: true } || one.IsAssessed(nativeId);
        if (!assess && item is { Keep: false, Register: null, TakeDown: null, Secrecy: null }) return 0;
        var history = await log.Store.ReadStream(id, ct: ct);
        var state = RecordState.From(history);
        if (state.DisposedAt is not null) return 0;
        var done = 0;
        if (assess && !history.Any(h => h.Event is RecordAssessed))
        {
            Must(await assessments.Decide(id, default, staff["moa"], new AssessRecord(item.Minor, SecrecySuspected: false, item.Question, null).Decide, ct));
            done++;
        }

        if (item.Keep && state.Registration == Registration.Captured)
        {
            Must(await assessments.Decide(id, default, staff["moa"], new KeepOrdered().Decide, ct));
            done++;
        }

        if (item.Register is { } subject && state.Registration != Registration.Registered)
        {
            Must((await registration.Register(id, new(null, external is null ? new(subject, null) : null, external, subject, item.By, null), default, staff["rut"], ct)).Outcome);
            done++;
        }

        if (item.TakeDown is { } down && !state.TakenDownByAuthority)
        {
            Must((await takeDown.TakeDown(id, down.Act, new(down.Grounds, down.Motivation, null, SenderNotified: true, Emergency: false, null, external, ThresholdMet: true, ViewpointNeutral: true), default, staff["moa"], ct)).Outcome);
            done++;
        }

        if (item.TakeDown is { Grounds: ["SPAM"] } && state.Account is { } account && await blocking.Find(account, staff["chefen"], ct) is { Block: null, Own: false })
        {
            Must((await blocking.Block(account, new(
                ["SPAM"], "Samma reklam under flera inlägg.", "Kommentarerna har tagits ned efter hand, och avsändaren har fått veta varför.",
                PageParts.Swedish.Day(clock.GetUtcNow()).AddDays(60), null, [id], ViewpointNeutral: true, null, null), default, staff["chefen"], ct)).Outcome);
            done++;
        }

        if (item.Secrecy is { } provision && !state.SecrecyMarked)
        {
            Must(await secrecy.Mark(id, new(provision, null, null), default, staff["rut"], ct));
            done++;
        }

        return done;
    }

    private async Task<IReadOnlyDictionary<string, Caller>> Staff(CancellationToken ct)
    {
        var staff = new Dictionary<string, Caller>(StringComparer.Ordinal);
        foreach (var (username, name, roles, clearance) in People)
        {
            IReadOnlyList<Grant> grants = [.. roles.Select(r => new Grant(r, null))];
            staff[username] = await persons.Ensure(name, null, null, grants, clearance, By, ct) switch
            {
                Registered.Done done => new(done.Id, name, grants, clearance, IsService: false, []),
                Registered.Refused { Why: var why } => throw new CannotSeed($"{why.Code}: {why.Explanation}"),
                var other => throw new System.Diagnostics.UnreachableException($"{other}"),
            };
        }

        return staff;
    }

    internal static void Must(Refusal? refused)
    {
        if (refused is not null) throw new CannotSeed($"{refused.Code}: {refused.Explanation}");
    }

    private static void Must(Outcome outcome) => Must((outcome as Outcome.Refused)?.Why);
}

/// <summary>The demo meets a refusal it does not expect; the message says which.</summary>
public sealed class CannotSeed(string message) : Hosting.CannotStart(message);
