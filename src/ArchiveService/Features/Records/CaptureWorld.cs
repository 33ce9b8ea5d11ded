using System.Runtime.InteropServices;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Secrecy;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>The streams a chunk of acts touches, as they stand and as the decisions change them.</summary>
public sealed class CaptureWorld(SealedLog log, KeyedIds ids, CaptureSource source)
{
    private readonly Dictionary<Guid, RecordState> records = [];
    private readonly Dictionary<Guid, AccountState> accounts = [];
    private readonly Dictionary<Guid, (long Expected, List<Happened> Events)> recordDrafts = [];
    private readonly Dictionary<Guid, (long Expected, List<Happened> Events)> accountDrafts = [];
    private readonly Dictionary<Guid, List<Recorded>> contents = [];
    private readonly Dictionary<Guid, KnownContent> known = [];
    private readonly Dictionary<Guid, Wall> walls = [];
    private readonly HashSet<Guid> flagged = [];
    private readonly HashSet<Guid> authors = [];
    private readonly HashSet<(Guid Account, Guid Protection, Guid Record)> mentions = [];
    private readonly List<Guid> inherited = [];
    private readonly HashSet<string> accessLost = [];
    private readonly List<Happened> channelEvents = [];
    private readonly Dictionary<(string Label, string IdKind, string NativeId, long Generation), Guid> keyed = [];
    private const long AnyVersion = -1;

    private (DateOnly Day, Guid Account, IdentityProtected Flag)? earliest;

    private long channelVersion = -1;

    public KeySet Keys { get; private set; } = log.NewKeySet();

    private Channel Channel => source.Channel;

    public async Task Load(IReadOnlyList<CapturedAct> acts, CancellationToken ct)
    {
        var wanted = acts.Select(a => RecordId(a, 1)).Concat(acts.Select(a => AccountId(a.Author, 1)).OfType<Guid>()).ToHashSet();
        var all = new HashSet<Guid>();
        if (acts.Any(a => a.Act == ActKind.AccessLost))
        {
            (var access, channelVersion) = await log.Store.Fold(Channel.Id, ChannelAccess.Folded, ct);
            accessLost.UnionWith(access.Lost);
            all.Add(Channel.Id);
        }

        for (var generation = 2L; wanted.Count > 0; generation++)
        {
            all.UnionWith(wanted);
            foreach (var (id, history) in await log.Store.ReadStreams(wanted, ct: ct)) Remember(id, history);

            // Destroyed, and written or edited since: the next generation is a record of its own, linked to the stub by its id.
            var next = generation;
            wanted = [.. acts.Where(a => IsNewerThanDisposal(a, next - 1)).Select(a => RecordId(a, next))
                .Concat(acts.Where(a => AccountId(a.Author, next - 1) is { } account && accounts.TryGetValue(account, out var known) && known.Disposed).Select(a => AccountId(a.Author, next)!.Value))
                .Where(id => !all.Contains(id))];
        }

        authors.UnionWith(acts.Select(a => Account(a.Author)).OfType<Guid>());
        Keys = await log.Keys(all, ct);
        await LoadContents(acts, ct);
    }

    /// <summary>Opens what is known of items that are created once more with something else in them; rare, so only those.</summary>
    private async Task LoadContents(IReadOnlyList<CapturedAct> acts, CancellationToken ct)
    {
        var wanted = new HashSet<Guid>();
        foreach (var act in acts.Where(a => a is { Act: ActKind.Create or ActKind.Message, EditedAt: null }))
        {
            var (id, _, state) = RecordOf(act);
            if (state is { ContentCaptured: true, DisposedAt: null } && Keys.Find(id, KeyClass.Content) is { } key && !state.Contents.Contains(CaptureDecision.ContentDigest(act, key))) wanted.Add(id);
        }

        if (wanted.Count == 0) return;
        var versions = wanted.SelectMany(id => contents.GetValueOrDefault(id) ?? []).ToList();
        var opened = await log.Open(versions, ct);
        foreach (var version in versions)
        {
            if (opened.GetValueOrDefault(version.Id)?.Parts is { } parts) Know(version.StreamId, (RecordEvent)version.Event, parts, version.Time);
        }
    }

    private void Know(Guid record, RecordEvent happened, Parts parts, DateTimeOffset at)
    {
        if (KnownContent.Of(happened, parts, at) is { } content && !(known.TryGetValue(record, out var before) && before.At > content.At)) known[record] = content;
    }

    public (Guid Id, long Generation, RecordState State) RecordOf(CapturedAct act)
    {
        var generation = 1L;
        while (IsNewerThanDisposal(act, generation)) generation++;
        var id = RecordId(act, generation);
        return (id, generation, records.GetValueOrDefault(id, RecordState.None));
    }

    public ActContext Context(CapturedAct act, (Guid Id, long Generation, RecordState State) record)
    {
        Guid? RelatedRecord(string? nativeId) => nativeId is null || nativeId == act.NativeId ? null : Keyed("record", act.IdKind, nativeId);
        var attachments = act.Attachments.Select(a => (Guid.CreateVersion7(source.Now), a)).ToList();
        return new(
            Channel.Authority, Channel.Platform, Channel.Id, record.Generation, Account(act.Author), IsOwn(act.Author) || IsOwnExport(act), RelatedRecord(act.ParentNativeId), RelatedRecord(act.RootNativeId),
            act.ConversationId is { } conversation ? ids.Record(Channel.Id, Channel.Platform, "conversation", conversation) : null,
            source.Delivery, source.PolicyVersion, attachments, Keys.GetOrMake(record.Id, KeyClass.Content), source.Now, Channel.ClosedAt is not null, known.GetValueOrDefault(record.Id));
    }

    public void Happen(Guid record, IReadOnlyList<Happened> events)
    {
        var state = records.GetValueOrDefault(record, RecordState.None);
        if (!recordDrafts.TryGetValue(record, out var draft)) recordDrafts[record] = draft = (state.Version, []);
        draft.Events.AddRange(events);
        records[record] = events.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        foreach (var e in events) Know(record, (RecordEvent)e.Event, e.Parts ?? new Parts(), source.Now);
    }

    /// <summary>What puts the record behind the wall when its author has a protected identity; nothing otherwise, or when it stands there for that.</summary>
    public IReadOnlyList<Happened> Protecting(RecordState before, IReadOnlyList<Happened> events)
    {
        var after = events.Aggregate(before, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        if (after.Protection is not null || after.Account is not { } account || accounts.GetValueOrDefault(account)?.Protection is not { } flag) return [];
        NewlyProtected++;
        var day = PageParts.Swedish.Day(after.ReceivedAt == RecordStates.NotYetRecorded ? source.Now : after.ReceivedAt);
        if (earliest is null || day < earliest.Value.Day) earliest = (day, account, flag);
        return [new(new RecordProtected(flag.Protection, account, flag.Provision, AtCapture: true, source.PolicyVersion))];
    }

    /// <summary>Pictures of the channel from that day on, which may show what this chunk put behind the wall, go there with it.</summary>
    public async Task Cover(Func<DateOnly, Task<IReadOnlyList<Guid>>> pictures, CancellationToken ct)
    {
        if (earliest is not { } first || await pictures(first.Day) is not { Count: > 0 } shown) return;
        foreach (var (id, history) in await log.Store.ReadStreams(shown, ct: ct))
        {
            Remember(id, history);
            if (records[id] is { Protection: null, DisposedAt: null })
                Happen(id, [new(new RecordProtected(first.Flag.Protection, first.Account, first.Flag.Provision, AtCapture: true, source.PolicyVersion))]);
        }
    }

    /// <summary>How many records this chunk put behind the wall for their author's sake.</summary>
    public int NewlyProtected { get; private set; }

    /// <summary>A hint that somebody else names a flagged account; what the account itself writes names it always.</summary>
    public void Hear(Guid record, CapturedAct act, IReadOnlyList<ProtectedName> names)
    {
        if (names.Count == 0) return;
        var by = Account(act.Author) is { } author ? accounts.GetValueOrDefault(author)?.Protection?.Protection : null;
        foreach (var name in names)
        {
            if (name.Protection != by && (ProtectedNames.Names(act.Text, name.Name) || ProtectedNames.Names(act.ContentWarning, name.Name))) mentions.Add((name.Account, name.Protection, record));
        }
    }

    /// <summary>Whose flag this chunk has to know of: everybody who wrote in it, and who they were before.</summary>
    public (Guid[] Authors, Guid[] Flagged) Authors() => ([.. authors.Union(accounts.Keys).Order()], [.. flagged.Order()]);

    /// <summary>Rows beside the events about flagged accounts.</summary>
    public IEnumerable<NpgsqlBatchCommand> ProtectionRows()
    {
        if (inherited.Count > 0) yield return Protections.Row([.. inherited], source.By.PersonId);
        if (mentions.Count > 0) yield return ProtectedNames.Row([.. mentions.Select(m => (m.Account, m.Record))]);
    }

    /// <summary>Keeps what the author is called now, once per name; true when it was new.</summary>
    public bool SeeAuthor(CapturedAct act)
    {
        if (Account(act.Author) is not { } id) return false;
        var author = act.Author!;
        var key = Keys.GetOrMake(id, KeyClass.Account);
        var profile = Convert.ToHexStringLower(key.Digest(Encoding.UTF8.GetBytes($"profile\0{author.DisplayName}\0{author.Handle}")));
        var state = accounts.GetValueOrDefault(id, AccountState.None);
        if (state.Profiles.Contains(profile)) return false;

        if (!accountDrafts.TryGetValue(id, out var draft)) accountDrafts[id] = draft = (state.Version, []);
        var parts = new Parts().With(Parts.AuthorDisplayName, author.DisplayName).With(Parts.AuthorHandle, author.Handle).With(Parts.AuthorNativeId, author.NativeId);
        draft.Events.Add(new(new AccountSeen(Channel.Authority, Channel.Id, Channel.Platform, IsOwn(author), profile, act.EditedAt ?? act.OccurredAt ?? act.ObservedAt, source.Delivery), KeyClass.Account, parts));
        accounts[id] = state with { Version = state.Version + 1, Profiles = state.Profiles.Add(profile) };
        if (state.Version == 0 && Before(author) is { } flag)
        {
            // The account as it was known is destroyed; the person behind it still is who they were.
            var inherits = flag with { Sealed = null, Inherited = true, PolicyVersion = source.PolicyVersion };
            draft.Events.Add(new(inherits));
            accounts[id] = accounts[id] with { Version = accounts[id].Version + 1, Protection = inherits };
            inherited.Add(id);
        }

        return true;
    }

    public bool AccessLost(CapturedAct act)
    {
        var key = Keys.GetOrMake(Channel.Id, KeyClass.Channel);
        var digest = Convert.ToHexStringLower(key.Digest(Encoding.UTF8.GetBytes($"access-lost\0{act.NativeEventId}\0{act.NativeId}\0{act.OccurredAt?.UtcTicks}")));
        if (!accessLost.Add(digest)) return false;
        channelEvents.Add(new(new ChannelAccessLost(act.OccurredAt, digest, source.Delivery), KeyClass.Channel, new Parts().With(Parts.Raw, act.Raw.Span)));
        return true;
    }

    public IReadOnlyList<Draft> Drafts()
    {
        foreach (var (account, protection, record) in mentions)
        {
            // Whatever came to the account meanwhile changes nothing of a hint.
            if (!accountDrafts.TryGetValue(account, out var draft)) accountDrafts[account] = draft = (AnyVersion, []);
            draft.Events.Add(new(new ProtectedIdentityMentioned(protection, Channel.Authority, record, source.PolicyVersion)));
        }

        var drafts = recordDrafts.Select(d => new Draft(d.Key, "record", ExpectedVersion.Exactly(d.Value.Expected), d.Value.Events))
            .Concat(accountDrafts.Select(d => new Draft(d.Key, "account", d.Value.Expected == AnyVersion ? ExpectedVersion.Any : ExpectedVersion.Exactly(d.Value.Expected), d.Value.Events)));
        if (channelEvents.Count > 0) drafts = drafts.Append(new(Channel.Id, "channel", ExpectedVersion.Exactly(channelVersion), channelEvents));
        return [.. drafts];
    }

    public IReadOnlyList<(Guid Id, RecordState State)> TouchedStates() => [.. recordDrafts.Keys.Select(id => (id, records[id]))];

    /// <summary>Records known before whose wall this capture moves, as when a message turns out to be what was only reacted to.</summary>
    public IReadOnlyList<Guid> WallsMoved() => [.. recordDrafts.Keys.Where(id => walls.TryGetValue(id, out var before) && before != records[id].Wall)];

    private void Remember(Guid id, IReadOnlyList<Recorded> history)
    {
        if (history[0].Event is AccountEvent)
        {
            accounts[id] = history.Aggregate(AccountState.None, (state, h) => state.After((AccountEvent)h.Event));
            if (accounts[id].Protection is not null) flagged.Add(id);
        }
        else
        {
            records[id] = RecordState.From(history);
            walls[id] = records[id].Wall;
            contents[id] = [.. history.Where(h => h.Event is ItemEdited or ItemCaptured { ContentCaptured: true })];
        }
    }

    /// <summary>A destroyed item that arrives again is stored nowhere, unless it was written or edited after the disposal.</summary>
    private bool IsNewerThanDisposal(CapturedAct act, long generation) =>
        records.TryGetValue(RecordId(act, generation), out var known) && known.DisposedAt is { } disposed
        && act.Act is ActKind.Create or ActKind.Edit or ActKind.Message && (act.EditedAt ?? act.OccurredAt) > disposed;

    /// <summary>A reaction belongs to what it reacts to.</summary>
    private Guid RecordId(CapturedAct act, long generation) =>
        Keyed("record", act.IdKind, act.Act is ActKind.React or ActKind.Unreact && act.ParentNativeId is { } parent ? parent : act.NativeId, generation);

    private Guid? Account(ActAuthor? author)
    {
        var generation = 1L;
        while (AccountId(author, generation) is { } id)
        {
            if (!accounts.TryGetValue(id, out var known) || !known.Disposed) return id;
            generation++;
        }

        return null;
    }

    /// <summary>The flag of the account that this one is the next of, when that was destroyed.</summary>
    private IdentityProtected? Before(ActAuthor author)
    {
        IdentityProtected? flag = null;
        for (var generation = 1L; AccountId(author, generation) is { } id && accounts.TryGetValue(id, out var known) && known.Disposed; generation++) flag = known.Protection;
        return flag;
    }

    /// <summary>An export that knows no ids names nobody by one, not even its own account: there the export says itself what it holds of the account's own.</summary>
    private static bool IsOwnExport(CapturedAct act) => act is { IdKind: "synthetic", Author: { ClaimsOwnChannel: true, NativeId: null } };

    private bool IsOwn(ActAuthor? author) => author?.NativeId is not null && AccountId(author, 1) is { } id && Channel.OwnAccounts.Contains(id);

    private Guid? AccountId(ActAuthor? author, long generation) => author switch
    {
        { NativeId: { Length: > 0 } native } => Keyed("account", "native", native, generation),
        { Handle: { Length: > 0 } handle } => Keyed("account", "handle", handle, generation),
        { DisplayName: { Length: > 0 } name } => Keyed("account", "name", name, generation),
        _ => null,
    };

    /// <summary>The same id is asked for at every step of a chunk, and an HMAC is what costs.</summary>
    private Guid Keyed(string label, string idKind, string nativeId, long generation = 1)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(keyed, (label, idKind, nativeId, generation), out var known);
        if (!known) id = label == "record" ? ids.Record(Channel.Id, Channel.Platform, idKind, nativeId, generation) : ids.Account(Channel.Id, Channel.Platform, idKind, nativeId, generation);
        return id;
    }
}
