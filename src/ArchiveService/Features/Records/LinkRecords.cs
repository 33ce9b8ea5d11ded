using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// Says that two records are the same item of the channel under two ids. An export without ids and the platform's own interface give one post twice; each stays as it
/// was captured, and each points at the other (capture formats §11).
/// </summary>
public sealed record LinkRecords(Guid? Other, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(RecordState state, Guid id, RecordState? other, LinkBasis basis, int policyVersion)
    {
        if (Other is not { } with) return Refusal.Input("link-other", "Ange den andra handlingens id (other).");
        if (with == id) return Refusal.Input("link-itself", "En handling kan inte vara samma inlägg som sig själv. Ange den andra.");
        if (other is null) return Refusal.Unknown("record", "Den andra handlingen finns inte, eller så får du inte se den.");
        if (other.Channel != state.Channel) return new Refusal("link-channel", "Handlingarna kommer från olika kanaler. Bara det som är samma inlägg i samma kanal kopplas ihop.");
        if (other.DisposedAt is not null) return new Refusal("record-disposed", "Den andra handlingen är gallrad.");
        // A link on a record that everybody reads would tell of one that nobody may know of.
        if (other.Wall != state.Wall) return new Refusal("link-wall", "Den ena handlingen kan omfattas av sekretess och inte den andra. De kopplas ihop när båda är bedömda lika.");
        if (MadeHere.Is(state.RecordType) || MadeHere.Is(other.RecordType)) return new Refusal("made-here", "En handling som är gjord i arkivet är inget inlägg i kanalen.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2 000 tecken.");
        return state.Linked.Contains(with) ? Decision.Nothing : new Happened(new RecordsLinked(with, basis, policyVersion), KeyClass.Register, Said(Note));
    }

    internal static Parts Said(string? note) => new Parts().With("note", string.IsNullOrWhiteSpace(note) ? null : note.Trim());
}

public sealed record UnlinkRecords(Guid? Other, string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(RecordState state, int policyVersion) =>
        Other is not { } with || !state.Linked.Contains(with) ? Refusal.Unknown("link", "Handlingarna är inte kopplade till varandra.")
        : string.IsNullOrWhiteSpace(Note) || Note.Length > 2000 ? Refusal.Input("reason-missing", "Skriv varför de inte är samma inlägg, högst 2 000 tecken.")
        : new Happened(new RecordsUnlinked(with, policyVersion), KeyClass.Register, LinkRecords.Said(Note));
}

/// <summary>A record that may be the same item: the same text in the same channel within a second.</summary>
public sealed record LinkCandidate(Guid Id, DateTimeOffset OccurredAt, string Kind, bool IsSynthetic);

public sealed class LinkRecordsHandler(Records records, SealedLog log, Databases databases, AuthorityRegister authorities, ChannelRegister channels)
{
    public static Role[] Linkers { get; } = [Role.Registrator, Role.Moderator, Role.Arkivarie];

    /// <summary>What the service finds by itself it finds behind the walls too; what is linked there stays there.</summary>
    private static Caller Everything { get; } = Caller.System with { IsService = false, Clearance = true, Grants = [new(Role.Registrator, null)] };

    private static readonly Refusal NoRecord = Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");

    private static readonly Refusal NotAllowed = Refusal.NotAllowed("Bara registrator, moderator eller arkivarie säger vilka handlingar som är samma inlägg.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/records/{id:guid}/same", async (Guid id, Caller caller, LinkRecordsHandler handler, CancellationToken ct) =>
            await handler.Same(id, caller, ct) is { } same ? TypedResults.Ok(same) : (IResult)Problems.Refused(NoRecord)).WithName("same-records");
        routes.MapPost("/api/v1/records/{id:guid}/link", async (Guid id, LinkRecords command, IfMatch expected, Caller caller, LinkRecordsHandler handler, CancellationToken ct) =>
            (await handler.Link(id, command, expected, caller, LinkBasis.Person, ct)).Answer()).WithName("link-records");
        routes.MapPost("/api/v1/records/{id:guid}/unlink", async (Guid id, UnlinkRecords command, IfMatch expected, Caller caller, LinkRecordsHandler handler, CancellationToken ct) =>
            (await handler.Unlink(id, command, expected, caller, ct)).Answer()).WithName("unlink-records");
        routes.MapPost("/api/v1/channels/{id:guid}/link-items", async (Guid id, Caller caller, LinkRecordsHandler handler, ChannelRegister channels, CancellationToken ct) =>
            await channels.Find(id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority) ? Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."))
            : !caller.May(channel.Authority, Linkers) ? Problems.Refused(NotAllowed)
            : (IResult)TypedResults.Ok(new { linked = await handler.LinkItems(id, ct) })).WithName("link-items");
    }

    /// <summary>What is linked to a record, and what may be the same item; null where the caller may not know the record.</summary>
    public async Task<SameRecords?> Same(Guid id, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } state) return null;
        var linked = new List<Guid>();
        foreach (var other in state.Linked)
        {
            if (await records.Find(other, caller, ct) is not null) linked.Add(other);
        }

        var candidates = new List<LinkCandidate>();
        foreach (var candidate in await Candidates(id, ct))
        {
            if (!state.Linked.Contains(candidate.Id) && await records.Find(candidate.Id, caller, ct) is { DisposedAt: null }) candidates.Add(candidate);
        }

        return new(id, linked, candidates);
    }

    public async Task<Outcome> Link(Guid id, LinkRecords command, IfMatch expected, Caller caller, LinkBasis basis, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return NoRecord;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        var other = command.Other is { } with && with != id ? await records.Find(with, caller, ct) : null;
        return await records.Decide(id, expected, caller,
            state => basis == LinkBasis.Person && !caller.May(state.Authority, Linkers) ? NotAllowed : command.Decide(state, id, other, basis, policy.Version),
            async (transaction, _, token) => await Mirrored(command.Other!.Value, new RecordsLinked(id, basis, policy.Version), command.Note, state => !state.Linked.Contains(id), token), ct);
    }

    public async Task<Outcome> Unlink(Guid id, UnlinkRecords command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return NoRecord;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller,
            state => caller.May(state.Authority, Linkers) ? command.Decide(state, policy.Version) : NotAllowed,
            async (transaction, _, token) => await Mirrored(command.Other!.Value, new RecordsUnlinked(id, policy.Version), command.Note, state => state.Linked.Contains(id), token), ct);
    }

    /// <summary>Links what came without ids of the platform's with what came with them, where exactly one fits. What fits several is left to a person.</summary>
    /// <returns>How many were linked.</returns>
    public async Task<int> LinkItems(Guid channel, CancellationToken ct)
    {
        if (await channels.Find(channel, ct) is null) return 0;
        var linked = 0;
        foreach (var pairs in (await Pairs(channel, ct)).GroupBy(p => p.Synthetic))
        {
            if (pairs.ToList() is not [var (synthetic, native)]) continue;
            if (await Link(synthetic, new(native, null), new(null), Everything, LinkBasis.TimeAndText, ct) is Outcome.Done { LastSequence: > 0 }) linked++;
        }

        return linked;
    }

    private async Task<Beside> Mirrored(Guid other, RecordEvent happened, string? note, Func<RecordState, bool> isNew, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(other, ct: ct);
        var state = RecordState.From(history);
        if (!state.Exists || state.DisposedAt is not null || !isNew(state)) return Beside.Empty;
        var after = state.After(happened, history[^1].Time);
        return new([], [new(other, "record", ExpectedVersion.Exactly(state.Version), [new(happened, KeyClass.Register, LinkRecords.Said(note))])],
            [RecordStates.Statement([(other, after)]), Answering.OpenItems.Statement([(other, after)])]);
    }

    private static string Latest(string record, string name) =>
        $"lateral (select regexp_replace(btrim(v.text), '\\s+', ' ', 'g') as text from views.all_versions v where v.record_id = {record}.record_id and v.text is not null order by v.seq desc limit 1) {name}";

    private static string HasNoId(string record) =>
        $"exists (select from archive.mt_events e where e.stream_id = {record}.record_id and e.version = 1 and e.data->'observed'->'flags' ? 'synthetic-id')";

    private async Task<IReadOnlyList<LinkCandidate>> Candidates(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"""
            select o.record_id, o.occurred_at, o.kind, {HasNoId("o")}
            from views.all_records m cross join {Latest("m", "mine")}
            join views.all_records o on o.channel_id = m.channel_id and o.record_id <> m.record_id and o.occurred_at between m.occurred_at - interval '1 second' and m.occurred_at + interval '1 second'
            cross join {Latest("o", "others")}
            where m.record_id = $1 and mine.text <> '' and others.text = mine.text order by o.occurred_at, o.record_id limit 20
            """);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<LinkCandidate>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetBoolean(3)));
        return found;
    }

    private async Task<IReadOnlyList<(Guid Synthetic, Guid Native)>> Pairs(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"""
            select m.record_id, o.record_id
            from views.all_records m cross join {Latest("m", "mine")}
            join views.all_records o on o.channel_id = m.channel_id and o.record_id <> m.record_id and o.occurred_at between m.occurred_at - interval '1 second' and m.occurred_at + interval '1 second'
            cross join {Latest("o", "others")}
            where m.channel_id = $1 and mine.text <> '' and others.text = mine.text and {HasNoId("m")} and not {HasNoId("o")}
            order by m.record_id
            """);
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid, Guid)>();
        while (await row.ReadAsync(ct)) found.Add((row.GetGuid(0), row.GetGuid(1)));
        return found;
    }
}

public sealed record SameRecords(Guid Record, IReadOnlyList<Guid> Linked, IReadOnlyList<LinkCandidate> Candidates);
