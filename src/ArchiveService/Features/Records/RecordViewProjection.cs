using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Public;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// Keeps what people look at: records with their versions and acts, the diary, accounts, cases' titles and the channel register.
/// One projection, because one record's rows must stand behind one wall and be blanked together.
/// </summary>
/// <param name="log">The log with its sealed content.</param>
/// <param name="schema">Where the rows are written: <see cref="Live"/>, or <see cref="Beside"/> while they are built anew.</param>
public sealed class RecordViewProjection(SealedLog log, string schema = RecordViewProjection.Live) : Projection
{
    public const string ProjectionName = "records";

    public const string Live = "views";
    public const string Beside = "views_next";

    public override string Name => schema == Live ? ProjectionName : $"{ProjectionName}:next";

    public override int Version => 3;

    public override async Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct)
    {
        if (page.FirstOrDefault(r => r.Event is UnknownEvent) is { } unknown)
            throw new InvalidOperationException($"The event {unknown.Name} (sequence {unknown.Sequence}) is not known to this build.");

        // Before anything is read that a wall or a destruction decides: see Walls.LockKey.
        await using (var turn = new NpgsqlCommand("select pg_advisory_xact_lock_shared($1)", transaction.Connection, transaction))
        {
            turn.Parameters.Add(new() { Value = Walls.LockKey });
            await turn.ExecuteNonQueryAsync(ct);
        }

        var opened = await log.Open(transaction.Connection!, transaction, [.. page.Where(Opens)], ct);
        var rows = new RecordViewPage(await RecordViewTables.Load(transaction, schema, [.. page.Where(r => r.Event is RecordEvent).Select(r => r.StreamId).Distinct()], ct));
        foreach (var recorded in page)
        {
            if (recorded.Event is RecordEvent) rows.Add(recorded, opened.GetValueOrDefault(recorded.Id));
        }

        await RecordViewTables.Write(transaction, schema, rows, ct);
        await DiaryViewTables.Write(transaction, schema, page, rows, opened, ct);
        await CaseTitles.Write(transaction, schema, page, opened, ct);
        await CaseDocumentTables.Write(transaction, schema, page, opened, ct);
        await ChannelRegisterView.Write(transaction, schema, page, opened, ct);
        await AccountViewTables.Write(transaction, schema, page, rows, opened, ct);
        await Replay.DeedTables.Write(transaction, schema, page, ct);
        await RecordViewTables.Forget(transaction, schema, page, ct);
        await RecordViewTables.Lock(transaction, schema, page, ct);
    }

    private static bool Opens(Recorded recorded) => recorded.Event is RecordEvent or AccountEvent or ChannelEvent or CaseEvent;
}

/// <summary>One page of the log, folded.</summary>
public sealed class RecordViewPage(IReadOnlyDictionary<Guid, (RecordViewRow? Row, string Wall)> known)
{
    private readonly Dictionary<Guid, RecordViewRow> rows = known.Where(k => k.Value.Row is not null).ToDictionary(k => k.Key, k => k.Value.Row!);
    private readonly HashSet<Guid> changed = [];
    private readonly Dictionary<Guid, (int Delta, Recorded Last)> counted = [];
    private readonly Dictionary<Guid, int> placed = [];
    private readonly Dictionary<Guid, long> moved = [];

    public List<RecordVersionRow> Versions { get; } = [];

    public List<RecordActRow> Acts { get; } = [];

    /// <summary>Records that stood somewhere in time before this page, and the event that put them elsewhere.</summary>
    public IReadOnlyDictionary<Guid, long> Moved => moved;

    /// <summary>Rows to write whole.</summary>
    public IEnumerable<RecordViewRow> Changed => changed.Select(id => rows[id]);

    /// <summary>Rows of which only the counter moves.</summary>
    public IEnumerable<(Guid Record, int Delta, Recorded Last)> Counted => counted.Where(c => !changed.Contains(c.Key)).Select(c => (c.Key, c.Value.Delta, c.Value.Last));

    public bool IsNew(Guid record) => known.GetValueOrDefault(record).Row is null;

    /// <summary>Where the record's rows stand. A record that no inline row knows stands behind the innermost wall.</summary>
    public string WallOf(Guid record) => known.TryGetValue(record, out var at) ? at.Wall : RecordStates.Stored(Wall.Secret);

    public RecordViewRow? Find(Guid record) => rows.GetValueOrDefault(record);

    public void Add(Recorded recorded, Opened? opened)
    {
        var before = rows.GetValueOrDefault(recorded.StreamId);
        var row = RecordViewRow.After(before, recorded, opened);
        rows[recorded.StreamId] = row;
        if (recorded.Event is ReactionCounted reaction)
        {
            counted[recorded.StreamId] = (counted.GetValueOrDefault(recorded.StreamId).Delta + reaction.Delta, recorded);
            return;
        }

        changed.Add(recorded.StreamId);
        if (RecordVersionRow.Of(recorded, opened) is { } version) Versions.Add(version);

        // A record that is open again must not tell that its author once had a protected identity: that is read on the account, by the cleared.
        if (recorded.Event is RecordProtected or RecordProtectionLifted) return;
        var act = RecordActRow.Of(recorded, opened) with { ChannelId = row.ChannelId, AuthorId = row.AuthorId };
        var place = RecordPlace.Of(row);
        if (before is null || RecordPlace.Of(before) != place)
        {
            if (placed.TryGetValue(recorded.StreamId, out var last)) Acts[last] = Acts[last] with { PlacedUntil = recorded.Sequence };
            else if (before is not null) moved[recorded.StreamId] = recorded.Sequence;
            placed[recorded.StreamId] = Acts.Count;
            act = act with { Placed = place };
        }

        Acts.Add(act);
    }
}
