using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Consents;

/// <summary>A consent as it stands beside its record; names only where they were opened.</summary>
public sealed record ConsentRow(
    Guid Id, Guid Authority, IReadOnlyList<Guid> Channels, AgeClass Age, bool Guardian, bool Written, DateOnly GivenOn, DateOnly? ValidUntil, DateOnly? WithdrawnOn,
    int Uses, int StandingUses, bool Disposed, Wall Wall)
{
    public bool HoldsOn(DateOnly day) => !Disposed && (WithdrawnOn is null || WithdrawnOn > day) && (ValidUntil is null || ValidUntil >= day);
}

/// <summary>A record that rests on a consent, and whether it still stands in its channel.</summary>
public sealed record ConsentUse(Guid Record, Guid? Attachment, Guid Channel, string Platform, string RecordType, Visibility Visibility, DateTimeOffset ReceivedAt, bool Disposed, Wall Wall)
{
    public bool Stands => !Disposed && Visibility is Visibility.Visible or Visibility.Hidden;
}

/// <summary>What a consent says in words: opened from its record's sealed content.</summary>
public sealed record ConsentWords(string? Person, string? Guardian, string? Purpose, string? Note, bool Destroyed)
{
    public static ConsentWords Gone { get; } = new(null, null, null, null, Destroyed: true);
}

public sealed class ConsentRegister(Databases databases, SealedLog log)
{
    /// <summary>Who may read whom a consent is about.</summary>
    public static readonly Role[] Readers = [Role.Kommunikator, Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Chef, Role.Revisor];

    private const string Columns = """
        select c.record_id, c.authority_id, c.channels, c.age, c.guardian, c.written, c.given_on, c.valid_until, c.withdrawn_on,
               (select count(*)::int from archive.consent_uses u where u.consent_id = c.record_id),
               (select count(*)::int from archive.consent_uses u join archive.record_states r using (record_id)
                where u.consent_id = c.record_id and r.disposed_at is null and r.visibility in ('visible', 'hidden')),
               s.disposed_at is not null, s.wall
        from archive.consents c join archive.record_states s using (record_id)
        """;

    public async Task<ConsentRow?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"{Columns} where c.record_id = $1");
        query.Parameters.Add(new() { Value = id });
        return (await Read(query, ct)).SingleOrDefault(c => MaySee(c, caller));
    }

    public async Task<IReadOnlyList<ConsentRow>> Of(Caller caller, Guid? channel, CancellationToken ct)
    {
        var mine = caller.AuthoritiesWith(Readers);
        await using var query = databases.Writer.CreateCommand($"""
            {Columns} where ($1::uuid[] is null or c.authority_id = any ($1)) and ($2::uuid is null or $2 = any (c.channels))
            order by c.given_on desc, c.record_id limit 500
            """);
        query.Parameters.Add(new() { Value = (object?)mine?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return [.. (await Read(query, ct)).Where(c => MaySee(c, caller))];
    }

    public async Task<IReadOnlyList<ConsentRow>> UsedBy(Guid record, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"{Columns} where exists (select from archive.consent_uses u where u.consent_id = c.record_id and u.record_id = $1) order by c.given_on desc");
        query.Parameters.Add(new() { Value = record });
        return [.. (await Read(query, ct)).Where(c => MaySee(c, caller))];
    }

    /// <summary>What rests on it, as far as the caller may know.</summary>
    public async Task<IReadOnlyList<ConsentUse>> Uses(Guid consent, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select u.record_id, u.attachment_id, s.channel_id, c.platform, s.record_type, s.visibility, s.received_at, s.disposed_at is not null, s.wall, s.authority_id
            from archive.consent_uses u join archive.record_states s using (record_id) join archive.channels c using (channel_id)
            where u.consent_id = $1 order by s.received_at desc, u.record_id
            """);
        query.Parameters.Add(new() { Value = consent });
        await using var row = await query.ExecuteReaderAsync(ct);
        var uses = new List<ConsentUse>();
        while (await row.ReadAsync(ct))
        {
            var wall = Word<Wall>(row.GetString(8));
            if ((wall == Wall.Secret && !caller.MayReadSecret(row.GetGuid(9))) || (wall == Wall.Unassessed && !caller.MayAssess(row.GetGuid(9)))) continue;
            uses.Add(new(row.GetGuid(0), row.IsDBNull(1) ? null : row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4), Word<Visibility>(row.GetString(5)), row.GetFieldValue<DateTimeOffset>(6), row.GetBoolean(7), wall));
        }

        return uses;
    }

    /// <summary>Opens who and what. One that is gallrad has no words left.</summary>
    public async Task<IReadOnlyDictionary<Guid, ConsentWords>> Words(IReadOnlyCollection<Guid> consents, CancellationToken ct)
    {
        var given = (await log.Store.ReadStreams(consents, ct: ct)).Values.SelectMany(h => h).Where(h => h.Event is ConsentGiven).ToList();
        var opened = await log.Open(given, ct);
        return given.ToDictionary(h => h.StreamId, h => opened.GetValueOrDefault(h.Id)?.Parts is { } parts
            ? new ConsentWords(parts["person"], parts["guardian"], parts["purpose"], parts["remark"], Destroyed: false)
            : ConsentWords.Gone);
    }

    private static bool MaySee(ConsentRow consent, Caller caller) =>
        !caller.IsService && caller.May(consent.Authority, Readers) && (consent.Wall != Wall.Secret || caller.MayReadSecret(consent.Authority)) && (consent.Wall != Wall.Unassessed || caller.MayAssess(consent.Authority));

    private static async Task<List<ConsentRow>> Read(NpgsqlCommand query, CancellationToken ct)
    {
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<ConsentRow>();
        while (await row.ReadAsync(ct))
        {
            found.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.GetFieldValue<Guid[]>(2), Word<AgeClass>(row.GetString(3)), row.GetBoolean(4), row.GetBoolean(5), row.GetFieldValue<DateOnly>(6), Day(row, 7), Day(row, 8),
                row.GetInt32(9), row.GetInt32(10), row.GetBoolean(11), Word<Wall>(row.GetString(12))));
        }

        return found;
    }

    private static T Word<T>(string stored)
        where T : struct, Enum => Enum.Parse<T>(stored, ignoreCase: true);

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}
