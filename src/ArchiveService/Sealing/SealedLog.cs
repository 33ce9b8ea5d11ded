using ArchiveService.EventStore;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Sealing;

/// <summary>An event that may have sealed content beside it.</summary>
public abstract record SealableEvent
{
    public Sealed? Sealed { get; init; }
}

/// <summary>What a decision says has happened: the clear event and, where it has any, the content to seal and the class of key to seal it under.</summary>
public sealed record Happened(SealableEvent Event, KeyClass Under = KeyClass.Office, Parts? Parts = null)
{
    /// <summary>Chosen beforehand when a commitment had to be made over bytes that stand elsewhere.</summary>
    public Guid? EventId { get; init; }

    /// <summary>Commitments to parts whose bytes stand elsewhere, such as an attachment's.</summary>
    public IReadOnlyDictionary<string, string>? Commitments { get; init; }
}

/// <summary>Events for one stream, before they are sealed.</summary>
public sealed record Draft(Guid StreamId, string StreamType, ExpectedVersion Expected, IReadOnlyList<Happened> Events);

/// <summary>The event store with sealed content: seals, writes the events, their ciphertexts and new keys in one transaction, and opens what was sealed.</summary>
public sealed class SealedLog(PostgresEventStore store, EventTypes types, Databases databases, IKeyProvider provider, TimeProvider clock, AppendGate? gate = null, IEventRows? rows = null)
{
    public PostgresEventStore Store => store;

    public KeySet NewKeySet() => new(provider, clock);

    public async Task<KeySet> Keys(IReadOnlyCollection<Guid> streamIds, CancellationToken ct)
    {
        var keys = NewKeySet();
        await keys.Load(databases.Writer, streamIds, ct);
        return keys;
    }

    /// <summary>SQLSTATE of a key wrapped under an epoch key that is being destroyed.</summary>
    private const string EpochClosed = "AS012";

    public async Task<Appended> Append(IReadOnlyList<Draft> drafts, KeySet keys, AppendContext by, IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        var (changes, statements) = Close(drafts, keys, beside);
        try
        {
            return await store.Append(changes, by, statements, ct);
        }
        catch (PostgresException refused) when (refused.SqlState == EpochClosed)
        {
            // A rotation is under way and this process had not looked at the key file since: nothing was written, so once more under the new one.
            provider.ReadAgain();
            (changes, statements) = Close(drafts, keys, beside);
            return await store.Append(changes, by, statements, ct);
        }
    }

    public Task<Appended> Append(NpgsqlTransaction transaction, IReadOnlyList<Draft> drafts, KeySet keys, AppendContext by, IReadOnlyList<NpgsqlBatchCommand>? beside = null, CancellationToken ct = default)
    {
        var (changes, statements) = Close(drafts, keys, beside);
        return store.Append(transaction, changes, by, statements, ct);
    }

    private (List<StreamChange> Changes, List<NpgsqlBatchCommand> Statements) Close(IReadOnlyList<Draft> drafts, KeySet keys, IReadOnlyList<NpgsqlBatchCommand>? beside)
    {
        gate?.Pass();
        var changes = new List<StreamChange>(drafts.Count);
        var open = new List<(List<NewEvent> Of, int At, Guid Stream, Happened Happened, RecordKey Key)>();
        foreach (var draft in drafts)
        {
            var events = new List<NewEvent>(draft.Events.Count);
            foreach (var happened in draft.Events)
            {
                if (happened.Parts is { IsEmpty: false }) open.Add((events, events.Count, draft.StreamId, happened, keys.GetOrMake(draft.StreamId, happened.Under)));
                events.Add(new(happened.EventId ?? Guid.CreateVersion7(clock.GetUtcNow()), happened.Event));
            }

            changes.Add(new(draft.StreamId, draft.StreamType, draft.Expected, events));
        }

        var eventIds = new Guid[open.Count];
        var ciphertexts = new byte[open.Count][];
        OnEveryCore.For(open.Count, n =>
        {
            var (events, at, stream, happened, key) = open[n];
            var id = events[at].Id;
            var (seal, ciphertext) = Seal.Close(key, id, stream, types.NameOf(happened.Event.GetType()), happened.Parts!);
            if (happened.Commitments is { } elsewhere) seal = seal with { Cm = seal.Cm.Concat(elsewhere).ToDictionary() };
            events[at] = new(id, happened.Event with { Sealed = seal });
            (eventIds[n], ciphertexts[n]) = (id, ciphertext);
        });

        var statements = new List<NpgsqlBatchCommand>();
        if (keys.InsertMade(drafts.Select(draft => draft.StreamId).ToHashSet()) is { } newKeys) statements.Add(newKeys);
        if (eventIds.Length > 0)
        {
            statements.Add(new("insert into archive.sealed_content (event_id, ciphertext) select * from unnest($1, $2)")
            {
                Parameters =
                {
                    new() { Value = eventIds },
                    new() { Value = ciphertexts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                },
            });
        }

        if (beside is not null) statements.AddRange(beside);
        if (rows?.For(changes) is { } noted) statements.Add(noted);
        return (changes, statements);
    }

    /// <summary>Opens the sealed content of events, as the writer.</summary>
    public async Task<IReadOnlyDictionary<Guid, Opened>> Open(IReadOnlyCollection<Recorded> events, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        return await Open(connection, null, events, ct);
    }

    /// <summary>Opens the sealed content of events inside a transaction of the caller. An event without sealed content is absent from the answer.</summary>
    /// <exception cref="SealedContentMissing">A key or a ciphertext is gone and no destruction mark says why.</exception>
    public async Task<IReadOnlyDictionary<Guid, Opened>> Open(NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyCollection<Recorded> events, CancellationToken ct)
    {
        var seals = events.Where(r => r.Event is SealableEvent { Sealed: not null }).Select(r => (Recorded: r, Sealed: ((SealableEvent)r.Event).Sealed!)).ToList();
        if (seals.Count == 0) return new Dictionary<Guid, Opened>();

        var keys = NewKeySet();
        await keys.LoadByKeyId(connection, transaction, [.. seals.Select(s => s.Sealed.Key).Distinct()], ct);
        var ciphertexts = new Dictionary<Guid, byte[]>(seals.Count);
        await using (var query = new NpgsqlCommand("""
            select c.* from unnest($1) wanted(id)
            cross join lateral (select event_id, ciphertext from archive.sealed_content where event_id = wanted.id offset 0) c
            """, connection, transaction))
        {
            query.Parameters.Add(new() { Value = seals.Select(s => s.Recorded.Id).ToArray() });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) ciphertexts[rows.GetGuid(0)] = rows.GetFieldValue<byte[]>(1);
        }

        var missing = seals.Where(s => keys.Find(s.Sealed.Key) is null || !ciphertexts.ContainsKey(s.Recorded.Id)).Select(s => s.Sealed.Key).Distinct().ToArray();
        var marked = new HashSet<Guid>();
        if (missing.Length > 0)
        {
            await using var query = new NpgsqlCommand("select key_id from archive.destruction_marks where key_id = any ($1)", connection, transaction);
            query.Parameters.Add(new() { Value = missing });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) marked.Add(rows.GetGuid(0));
        }

        return seals.ToDictionary(s => s.Recorded.Id, s =>
            keys.Find(s.Sealed.Key) is { } key && ciphertexts.TryGetValue(s.Recorded.Id, out var ciphertext)
                ? new Opened(Seal.Open(key, s.Recorded.Id, s.Recorded.StreamId, s.Recorded.Name, ciphertext), key)
                : marked.Contains(s.Sealed.Key)
                    ? Opened.Destroyed
                    : throw new SealedContentMissing(s.Recorded.Sequence, s.Recorded.Id, s.Sealed.Key));
    }
}

/// <summary>Opened content, or the knowledge that it has been destroyed.</summary>
public sealed record Opened(Parts? Parts, RecordKey? Key)
{
    public static Opened Destroyed { get; } = new(null, null);

    public bool IsDestroyed => Parts is null;
}

/// <summary>An alarm: sealed content is gone and nothing says that it was destroyed on purpose.</summary>
public sealed class SealedContentMissing(long sequence, Guid eventId, Guid keyId)
    : Exception($"Event {eventId} (sequence {sequence}) has sealed content under key {keyId}, but the key or the ciphertext is gone and no destruction mark says why. Run ./run verify.");
