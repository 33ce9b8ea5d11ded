using ArchiveService.Access;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Replay;

/// <summary>Finds what is replayed, as far as the caller may know of it. What may not be known of is unknown.</summary>
public sealed class ReplaySubjects(Databases databases)
{
    /// <summary>Who replays accounts, channels and records; a person's doings only the reviewer, and the person.</summary>
    internal static Role[] Readers => AccountViews.Readers;

    private static readonly Refusal Closed = Refusal.NotAllowed("Återspelning görs av granskare, registrator, moderator och arkivarie. Vad en person har gjort ser bara granskaren och personen själv.");

    public static bool MaySee(Caller caller) => !caller.IsService && caller.MayAnywhere(Readers);

    public static bool MayReview(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Revisor);

    public async Task<(ReplaySubject? Subject, Refusal? Refused)> Find(ReplayOf of, Guid id, Caller caller, CancellationToken ct)
    {
        var own = of == ReplayOf.Person && id == caller.PersonId && !caller.IsService;
        if (!own && !(of == ReplayOf.Person ? MayReview(caller) : MaySee(caller))) return (null, Closed);
        var found = of switch
        {
            ReplayOf.Account => await Account(id, caller, ct),
            ReplayOf.Channel => await Channel(id, caller, ct),
            ReplayOf.Record => await Record(id, caller, ct),
            _ => await Person(id, ct),
        };
        return found is null ? (null, Unknown(of)) : (found, null);
    }

    private static Refusal Unknown(ReplayOf of) => of switch
    {
        ReplayOf.Account => Refusal.Unknown("account", "Kontot finns inte, eller så får du inte se det."),
        ReplayOf.Channel => ChannelStreams.Unknown,
        ReplayOf.Record => Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."),
        _ => Refusal.Unknown("person", "Personen finns inte."),
    };

    private async Task<ReplaySubject?> Account(Guid id, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        sql.Add($"select k.name, k.handle, k.destroyed, k.authority_id from {sight.Accounts} k where k.account_id = {sql.Value(id)} and {sight.Allows(sql, "k")}");
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct) || !caller.May(row.GetGuid(3), Readers)) return null;
        return new(ReplayOf.Account, id, RecordViewWords.Sender(row.Text(0), row.Text(1), row.GetBoolean(2)), row.GetGuid(3));
    }

    private async Task<ReplaySubject?> Channel(Guid id, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select c.authority_id, c.platform, r.handle from archive.channels c left join views.channel_register r using (channel_id) where c.channel_id = $1
            """);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) && caller.May(row.GetGuid(0), Readers) ? new(ReplayOf.Channel, id, ChannelWords.Name(row.GetString(1), row.Text(2)), row.GetGuid(0)) : null;
    }

    private async Task<ReplaySubject?> Record(Guid id, Caller caller, CancellationToken ct) =>
        await RecordViews.Find(RecordViewSight.Of(databases, caller), id, ct) is { } record && caller.May(record.Row.AuthorityId, Readers)
            ? new(ReplayOf.Record, id, RecordViewWords.Place(record.Row.Kind, record.Row.Platform, record.ChannelHandle), record.Row.AuthorityId)
            : null;

    private async Task<ReplaySubject?> Person(Guid id, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select name from views.persons where person_id = $1");
        query.Parameters.Add(new() { Value = id });
        return await query.ExecuteScalarAsync(ct) is string name ? new(ReplayOf.Person, id, name, null) : null;
    }
}
