using System.Text;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// A record that is made in the archive and stands in no channel: an ögonblicksbild, a consent. It is born by the same event as what a platform tells of,
/// so that search, walls, registration, holds, rules and gallring meet it like any other: there is one way to be a record, and one way to be destroyed.
/// </summary>
/// <param name="Text">What people find it by; no name of anybody. Days in words: written as in the tables they would be looked for there after a gallring, and found.</param>
/// <param name="Provision">Where it holds something secret: the provision. The record is behind the wall from its first moment.</param>
public sealed record MadeHere(Guid Id, Channel Channel, ItemKind Kind, Direction Direction, string Text, Policy Policy, DateTimeOffset At, string? Provision = null, Wall Wall = Wall.Open)
{
    public const string Snapshot = "channel-snapshot";

    public const string Consent = "image-consent";

    public static IReadOnlyList<string> Types { get; } = [Snapshot, Consent];

    /// <summary>Stands in no channel: nothing to take down, nothing to put back.</summary>
    public static bool Is(string recordType) => Types.Contains(recordType);

    public string RecordType => Kind == ItemKind.Snapshot ? Snapshot : Consent;

    /// <summary>The birth, its files, what else happened with it, and what the policy lets stand without a number (OSL 5:1).</summary>
    public IReadOnlyList<Happened> Events(RecordKey key, IReadOnlyList<TakenIn> files, params IEnumerable<Happened> also)
    {
        var observed = new ObservedAct(Digest(key, "made-here", Id.ToString("D")), At, null, Certainty.Observed, ActingParty.OwnChannel, [], null);
        var captured = new ItemCaptured(
            Channel.Authority, Channel.Id, Channel.Platform, 1, Kind, Direction, Audience.Unpublished, null, null, null, null, RecordType, Wall,
            ContentCaptured: true, SenderCaptured: false, Digest(key, ["content", Text, .. files.Select(f => f.Attachment.ToString("D"))]), TextFormat.Plain,
            [.. files.Select(f => new ExpectedAttachment(f.Attachment))], null, observed, Policy.Version);
        List<Happened> events = [new(captured, KeyClass.Content, new Parts().With(Parts.Text, Text)), .. files.Select(f => f.Event), .. also];
        if (Provision is not null) events.Add(new(new SecrecyMarked(Channel.Authority, Provision, At, Policy.Version), KeyClass.Register));
        else if (Wall == Wall.Open && Policy.RegistrationDefault != "register") events.Add(new(new RecordKeptOrdered(Policy.Version)));
        return events;
    }

    private static string Digest(RecordKey key, params ReadOnlySpan<string> fields)
    {
        var form = new ByteForm();
        foreach (var field in fields) form.Bytes(Encoding.UTF8.GetBytes(field));
        return Convert.ToHexStringLower(key.Digest(form.Written));
    }
}

/// <summary>The sealed files of a record about to be made, and what is written with it.</summary>
public sealed class RecordMaking(SealedLog log, AttachmentIntake intake, Guid id)
{
    private readonly List<TakenIn> taken = [];

    public KeySet Keys { get; } = log.NewKeySet();

    public IReadOnlyList<TakenIn> Files => taken;

    /// <summary>
    /// The record's own key, of the class of what a record says. Every rule of gallring destroys that class, and the executor destroys no other of a record
    /// by itself: a key of a person or an office would never be destroyed.
    /// </summary>
    public RecordKey Key => Keys.GetOrMake(id, KeyClass.Content);

    public async Task<TakenIn> Take(Guid attachment, string fileName, Stream bytes, CancellationToken ct)
    {
        var one = await intake.Take(id, Key, attachment, fileName, bytes, ct);
        taken.Add(one);
        return one;
    }

    /// <summary>Nothing will be written: the files go.</summary>
    public Task Abandon() => intake.TakeBack(taken);

    /// <summary>The same where it is not known whether the append happened.</summary>
    public Task AbandonUnlessRecorded() => intake.TakeBackUnlessRecorded(taken);

    /// <summary>
    /// The events and all inline rows in one transaction; without it nothing is left, or at most an object that the sweep of strays takes.
    /// When it throws, the caller calls <see cref="AbandonUnlessRecorded"/>.
    /// </summary>
    public async Task<Outcome> Write(IReadOnlyList<Happened> events, IReadOnlyList<Draft> drafts, IReadOnlyList<NpgsqlBatchCommand> beside, Caller by, CancellationToken ct)
    {
        var state = events.Aggregate(RecordState.None, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        var appended = await log.Append(
            [new(id, "record", ExpectedVersion.NewStream, events), .. drafts], Keys, new(by.PersonId.ToString("D")),
            [.. taken.Select(f => f.Row), RecordStates.Statement([(id, state)]), .. beside], ct);
        if (appended is Appended.Done done) return new Outcome.Done(done.LastSequence, done.Versions[id]);
        await Abandon();
        return Refusal.ChangedMeanwhile(0);
    }

    /// <summary>The same inside a transaction of the caller, who commits it when it is done.</summary>
    public async Task<Outcome> Write(NpgsqlTransaction transaction, IReadOnlyList<Happened> events, IReadOnlyList<NpgsqlBatchCommand> beside, Caller by, CancellationToken ct)
    {
        var state = events.Aggregate(RecordState.None, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded));
        var appended = await log.Append(
            transaction, [new(id, "record", ExpectedVersion.NewStream, events)], Keys, new(by.PersonId.ToString("D")), [.. taken.Select(f => f.Row), RecordStates.Statement([(id, state)]), .. beside], ct);
        if (appended is Appended.Done done) return new Outcome.Done(done.LastSequence, done.Versions[id]);
        await Abandon();
        return Refusal.ChangedMeanwhile(0);
    }
}
