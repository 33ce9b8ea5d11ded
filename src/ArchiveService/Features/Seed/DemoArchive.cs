using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Seed;

/// <summary>Half a year at five invented authorities. Every step is a command; what is already there is left as it is.</summary>
public sealed class DemoArchive(
    PutAuthorityHandler authorities, AuthorityRegister register, RegisterChannelHandler channels, ChannelRegister channelRegister, KeyedIds ids, CaptureActs capture,
    TakeDownHandler takeDown, RegisterRecordHandler registration, SecrecyHandler secrecy, RecordAssessments assessments, PersonRegister persons,
    RecordDecisionHandler decisions, AdoptRuleHandler rules, ProposeDisposalHandler propose, RunCommands disposals, DisposalExecutor executor, TimeProvider clock)
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

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private sealed record DemoAuthority(string Code, string Name, string Preset, string Platform, string Account, string Handle, string Url, string Purpose, string TargetGroup, IReadOnlyList<DemoPost> Posts, IReadOnlyList<DemoItem> Messages);

    private sealed record DemoPost(int Day, string Text, IReadOnlyList<DemoItem> Comments);

    private sealed record DemoItem(int Day, string By, string Text, bool Own, string? Register, DemoTakeDown? TakeDown, string? Secrecy);

    private sealed record DemoTakeDown(TakeDownAct Act, IReadOnlyList<string> Grounds, string Motivation);

    public async IAsyncEnumerable<string> Load([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var file = typeof(DemoArchive).Assembly.GetManifestResourceStream("seed/demo.json")!;
        var demo = (await JsonSerializer.DeserializeAsync<List<DemoAuthority>>(file, Json, ct))!;
        var staff = await Staff(ct);
        foreach (var one in demo)
        {
            if (await register.Find(one.Code, ct) is not null)
            {
                yield return $"{one.Name} ({one.Code}) is already there.";
                continue;
            }

            yield return await LoadOne(one, staff, first: one == demo[0], ct);
        }
    }

    private async Task<string> LoadOne(DemoAuthority one, IReadOnlyDictionary<string, Caller> staff, bool first, CancellationToken ct)
    {
        var policy = first ? new Dictionary<string, string>(StringComparer.Ordinal) { ["disposal.coolingOffDays"] = "0" } : null;
        var (authority, _, refused) = await authorities.Put(one.Code, new(one.Name, one.Preset, null, policy, "Demo"), By, ct);
        Must(refused);
        var (channelId, _, noChannel) = await channels.Register(new(one.Code, one.Platform, one.Account, one.Handle, one.Url, one.Purpose, one.TargetGroup), staff["kim"], ct);
        Must(noChannel);
        var channel = (await channelRegister.Find(channelId, ct))!;

        var items = Items(one).ToList();
        using var lines = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(items.Select(i => i.Act), JsonSerializerOptions.Web));
        var acts = new List<ReadAct>();
        await foreach (var act in ActReader.Read(lines, clock.GetUtcNow(), ActForm.Array, ct)) acts.Add(act);
        var captured = await capture.Capture(new(channel, authority!.Policy.Version, null, staff["moa"], clock.GetUtcNow()), acts, ct);

        int registered = 0, removed = 0;
        foreach (var (_, nativeId, item) in items)
        {
            var id = ids.Record(channel.Id, channel.Platform, "native", nativeId);
            if (item.Register is { } subject)
            {
                var (done, _) = await registration.Register(id, new(null, new(subject, null), null, subject, item.By, null), default, staff["rut"], ct);
                Must(done);
                registered++;
            }

            if (item.TakeDown is { } down)
            {
                var (done, _) = await takeDown.TakeDown(id, down.Act, new(down.Grounds, down.Motivation, null, SenderNotified: true, Emergency: false, null), default, staff["moa"], ct);
                Must(done);
                removed++;
            }

            if (item.Secrecy is { } provision) Must(await secrecy.Mark(id, new(provision, null, null), default, staff["rut"], ct));
        }

        var destroyed = first ? await Dispose(one, channel, items.Select(i => (i.NativeId, i.Item)), staff, ct) : 0;
        return $"{one.Name} ({one.Code}): {captured.Accepted} captured, {registered} registered, {removed} taken down{(destroyed > 0 ? $", {destroyed} destroyed under a decision" : "")}.";
    }

    /// <summary>One gallring, whole: a decision with a frist, a rule, a proposal, another archivist's approval (nobody approves their own), execution.</summary>
    private async Task<long> Dispose(DemoAuthority one, Channel channel, IEnumerable<(string NativeId, DemoItem Item)> items, IReadOnlyDictionary<string, Caller> staff, CancellationToken ct)
    {
        foreach (var (nativeId, item) in items)
        {
            if (item is { Text: "👍" } or { Text: "Bra initiativ!" })
                Must(await assessments.Decide(ids.Record(channel.Id, channel.Platform, "native", nativeId), default, staff["moa"], new AssessRecord(Minor: true, false, false, null).Decide, ct));
        }

        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var archivist = staff["arvid"];
        var (decision, _, noDecision) = await decisions.Record(
            new(one.Code, "KS § 12/2026 (demo)", null, today.AddDays(-200), null, null, ["comment"], "P3M", "Kommentarer av ringa betydelse i myndighetens kanaler", null), archivist, ct);
        Must(noDecision);
        var (rule, _, noRule) = await rules.Adopt(null, new(one.Code, decision, "Kommentarer, tre månader", ["comment"], "received", "P3M", ["content", "register"]), archivist, ct);
        Must(noRule);
        var (run, _, noRun) = await propose.Propose(new(rule!.Id, today.AddDays(-60)), archivist, ct);
        if (noRun is { Code: "nothing-due" } || run is null) return 0;
        Must(noRun);
        Must((await disposals.Approve(run.Id, staff["alma"], ct)).Refused);
        Must((await disposals.Start(run.Id, archivist, ct)).Refused);
        await executor.Run(run.Id, ct);
        return run.Items;
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

    private IEnumerable<(object Act, string NativeId, DemoItem Item)> Items(DemoAuthority one)
    {
        var now = clock.GetUtcNow();
        var number = 0;
        foreach (var post in one.Posts)
        {
            var postId = $"{one.Code}-{++number}";
            var at = now.Date.AddDays(-post.Day).AddHours(8 + (number % 7)).AddMinutes(number * 7 % 60);
            var own = new { nativeId = one.Account, displayName = one.Handle, handle = (string?)null };
            yield return (new { act = "create", nativeId = postId, kind = "post", author = own, audience = "public", occurredAt = at.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), text = post.Text, permalink = $"{one.Url}/{postId}" }, postId, new(post.Day, one.Handle, post.Text, true, null, null, null));
            var nth = 0;
            foreach (var comment in post.Comments)
            {
                var id = $"{postId}-{++nth}";
                var author = comment.Own ? own : new { nativeId = $"demo-{comment.By}", displayName = comment.By, handle = (string?)null };
                yield return (new { act = "create", nativeId = id, kind = "comment", parentNativeId = postId, author, audience = "public", occurredAt = at.AddMinutes(nth * 23).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), text = comment.Text, permalink = $"{one.Url}/{id}" }, id, comment);
            }
        }

        foreach (var message in one.Messages)
        {
            var id = $"{one.Code}-m{++number}";
            var at = now.Date.AddDays(-message.Day).AddHours(19).AddMinutes(12);
            yield return (new { act = "message", nativeId = id, kind = "dm", conversationId = $"t-{number}", author = new { nativeId = $"demo-{message.By}", displayName = message.By }, audience = "direct", occurredAt = at.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), text = message.Text }, id, message);
        }
    }

    private static void Must(Refusal? refused)
    {
        if (refused is not null) throw new CannotSeed($"{refused.Code}: {refused.Explanation}");
    }

    private static void Must(Outcome outcome) => Must((outcome as Outcome.Refused)?.Why);
}

/// <summary>The demo meets a refusal it does not expect; the message says which.</summary>
public sealed class CannotSeed(string message) : Hosting.CannotStart(message);
