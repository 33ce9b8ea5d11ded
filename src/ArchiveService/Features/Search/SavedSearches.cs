using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Search;

/// <summary>A question somebody asks often.</summary>
/// <param name="Query">The part of the address after the question mark.</param>
/// <param name="LookedAt">When its owner followed it last; told to nobody else.</param>
/// <param name="SharedWith">The code of the authority whose staff see it; null for its owner alone.</param>
/// <param name="Own">False for one that somebody else shares.</param>
public sealed record SavedSearch(Guid Id, string Name, string Query, DateTimeOffset SavedAt, DateTimeOffset? LookedAt = null, string? SharedWith = null, bool Own = true)
{
    /// <summary>The address of a question, whatever letters it was written with.</summary>
    public static string AddressOf(string? question) => "/sok" + QueryString.Create(QueryHelpers.ParseQuery(question));

    public string Href => $"/sok/sparad/{Id:D}";
}

/// <summary>What is sent to save one, or to change it.</summary>
/// <param name="ShareWith">The code of an authority whose staff are to see it; absent or empty for nobody else.</param>
public sealed record SaveSearch(string? Name, string? Query, string? ShareWith = null);

/// <summary>A person's own searches: a working aid, not part of any record. The row is sealed, and gone when its owner removes it.</summary>
public sealed class SavedSearches(Databases databases, IKeyProvider keys, SearchLog log, SearchRecords records, AuthorityRegister authorities, TimeProvider clock)
{
    public const int Most = 50;

    private static readonly Refusal Unseen = Refusal.Unknown("saved-search", "Den sparade sökningen finns inte.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/saved-searches", async (bool? counts, Caller caller, SavedSearches saved, CancellationToken ct) =>
        {
            var items = await saved.Of(caller, ct);
            if (counts is not true) return (IResult)TypedResults.Ok(new { items });
            var told = new List<object>();
            foreach (var item in items) told.Add(new { item.Id, item.Name, item.Query, item.SavedAt, item.LookedAt, item.SharedWith, item.Own, @new = item.Own ? await saved.New(item, caller, ct) : null });
            return TypedResults.Ok(new { items = told });
        }).WithName("get-saved-searches");
        routes.MapPost("/api/v1/saved-searches", async (SaveSearch command, Caller caller, SavedSearches saved, CancellationToken ct) =>
        {
            var (id, refused) = await saved.Save(command, caller, ct);
            return refused is null ? TypedResults.Created($"/api/v1/saved-searches/{id}", new { id }) : (IResult)Problems.Refused(refused);
        }).WithName("save-search");
        routes.MapPut("/api/v1/saved-searches/{id:guid}", async (Guid id, SaveSearch command, Caller caller, SavedSearches saved, CancellationToken ct) =>
            await saved.Change(id, command, caller, ct) is { } refused ? Problems.Refused(refused) : (IResult)TypedResults.NoContent()).WithName("change-saved-search");
        routes.MapDelete("/api/v1/saved-searches/{id:guid}", async (Guid id, Caller caller, SavedSearches saved, CancellationToken ct) =>
            await saved.Remove(id, caller, ct) ? TypedResults.NoContent() : (IResult)Problems.Refused(Unseen)).WithName("remove-saved-search");
    }

    /// <summary>What may be saved: a question that can be asked, under a name, and none that would pick out persons by sensitive data.</summary>
    public static Refusal? Refuse(SaveSearch command)
    {
        if (command.Name?.Trim() is not { Length: > 0 and <= 100 } name) return Refusal.Input("saved-search-name", "Ge sökningen ett namn med högst 100 tecken.");
        if (command.Query is not { Length: > 0 and <= 4000 } query) return Refusal.Input("saved-search-empty", "Det finns ingen sökning att spara.");
        var (search, refused) = RecordSearch.Parse(QueryHelpers.ParseQuery(query));
        if (refused is not null) return refused;

        // Dataskyddslagen 3 kap. 3 §: a question kept for use again and again is a way of selecting, which answering one request is not.
        return (SensitiveWords.In(search!.Terms) ?? SensitiveWords.In(name)) is { } word
            ? new Refusal("saved-search-sensitive", $"Sökningen sparas inte: ”{word}” kan avse känsliga personuppgifter eller ett personnummer. Det är förbjudet att söka för att få fram ett urval av personer grundat på sådana (dataskyddslagen 3 kap. 3 §). Sök för det enskilda ärendet i stället; sökningen antecknas i loggen.", StatusCodes.Status422UnprocessableEntity)
            : null;
    }

    public async Task<(Guid Id, Refusal? Refused)> Save(SaveSearch command, Caller caller, CancellationToken ct)
    {
        if (Refuse(command) is { } refused) return (default, refused);
        var (shared, no) = await Sharing(command.ShareWith, caller, ct);
        if (no is not null) return (default, no);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var epoch = keys.Current;
        var now = clock.GetUtcNow().ToUniversalTime();
        await using var insert = databases.Writer.CreateCommand("""
            insert into archive.saved_searches (saved_id, person_id, saved_at, kek_id, sealed, looked_at, shared_with)
            select $1, $2, $3, $4, $5, $3, $7 where (select count(*) from archive.saved_searches where person_id = $2) < $6
            """);
        insert.Parameters.Add(new() { Value = id });
        insert.Parameters.Add(new() { Value = caller.PersonId });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = epoch.Id });
        insert.Parameters.Add(new() { Value = Sealed(epoch, id, command) });
        insert.Parameters.Add(new() { Value = Most });
        insert.Parameters.Add(Optional(shared));
        if (await insert.ExecuteNonQueryAsync(ct) == 0) return (default, new Refusal("saved-search-many", $"Du har redan {Most} sparade sökningar. Ta bort en först.", StatusCodes.Status409Conflict));
        await log.Note(caller, "saved", command.Query!, null, ct);
        return (id, null);
    }

    /// <summary>Another name, another question, shared or no longer: only by its owner. The row is written anew, under the key that is in force.</summary>
    public async Task<Refusal?> Change(Guid id, SaveSearch command, Caller caller, CancellationToken ct)
    {
        if (Refuse(command) is { } refused) return refused;
        var (shared, no) = await Sharing(command.ShareWith, caller, ct);
        if (no is not null) return no;
        var epoch = keys.Current;
        await using (var connection = await databases.Writer.OpenConnectionAsync(ct))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            DateTimeOffset saved;
            DateTimeOffset? looked;
            await using (var delete = new NpgsqlCommand("delete from archive.saved_searches where saved_id = $1 and person_id = $2 returning saved_at, looked_at", connection, transaction) { Parameters = { new() { Value = id }, new() { Value = caller.PersonId } } })
            await using (var row = await delete.ExecuteReaderAsync(ct))
            {
                if (!await row.ReadAsync(ct)) return Unseen;
                (saved, looked) = (row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset?>(1));
            }

            await using var insert = new NpgsqlCommand("insert into archive.saved_searches (saved_id, person_id, saved_at, kek_id, sealed, looked_at, shared_with) values ($1, $2, $3, $4, $5, $6, $7)", connection, transaction)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = caller.PersonId }, new() { Value = saved }, new() { Value = epoch.Id }, new() { Value = Sealed(epoch, id, command) },
                    new() { Value = (object?)looked ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, Optional(shared),
                },
            };
            await insert.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        await log.Note(caller, "saved", command.Query!, null, ct);
        return null;
    }

    /// <summary>One's own, and those that colleagues share with the authority's staff; one's own first.</summary>
    public async Task<IReadOnlyList<SavedSearch>> Of(Caller caller, CancellationToken ct)
    {
        var known = (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).ToDictionary(a => a.Id, a => a.Code);
        await using var query = databases.Writer.CreateCommand("""
            select saved_id, saved_at, kek_id, sealed, person_id = $1, looked_at, shared_with from archive.saved_searches
            where person_id = $1 or shared_with = any ($2) order by person_id = $1 desc, saved_at limit 500
            """);
        query.Parameters.Add(new() { Value = caller.PersonId });
        query.Parameters.Add(new() { Value = known.Keys.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var saved = new List<SavedSearch>();
        while (await rows.ReadAsync(ct))
        {
            var own = rows.GetBoolean(4);
            if (SealedNote.Open(keys, rows.GetGuid(2), rows.GetGuid(0), rows.GetFieldValue<byte[]>(3)) is { } note && JsonSerializer.Deserialize<string[]>(note) is [var name, var asked])
            {
                saved.Add(new(
                    rows.GetGuid(0), name, asked, rows.GetFieldValue<DateTimeOffset>(1), own ? rows.GetFieldValue<DateTimeOffset?>(5) : null,
                    rows.GetFieldValue<Guid?>(6) is { } with ? known.GetValueOrDefault(with) : null, own));
            }
        }

        return saved;
    }

    /// <summary>One of them; null for what there is none of, and for what somebody else keeps to themselves.</summary>
    public async Task<SavedSearch?> Find(Guid id, Caller caller, CancellationToken ct) => (await Of(caller, ct)).FirstOrDefault(s => s.Id == id);

    /// <summary>Its owner follows it: what comes from now on is new.</summary>
    public async Task Look(SavedSearch saved, Caller caller, CancellationToken ct)
    {
        await using var look = databases.Writer.CreateCommand("update archive.saved_searches set looked_at = $3 where saved_id = $1 and person_id = $2");
        look.Parameters.Add(new() { Value = saved.Id });
        look.Parameters.Add(new() { Value = caller.PersonId });
        look.Parameters.Add(new() { Value = clock.GetUtcNow().ToUniversalTime() });
        await look.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How many hits have come since its owner looked last; null where that cannot be told soon enough, or the question can no longer be asked.</summary>
    public async Task<Total?> New(SavedSearch saved, Caller caller, CancellationToken ct)
    {
        var (search, refused) = RecordSearch.Parse(QueryHelpers.ParseQuery(saved.Query));
        return refused is not null ? null : await records.CountSince(search!, saved.LookedAt ?? saved.SavedAt, caller, ct);
    }

    private async Task<(Guid? Authority, Refusal? Refused)> Sharing(string? code, Caller caller, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(code) ? (null, null)
        : await authorities.Find(code.Trim(), ct) is { } authority && caller.IsStaffOf(authority.Id) ? (authority.Id, null)
        : (null, Refusal.Unknown("authority", "Myndigheten som sökningen skulle delas med finns inte, eller så arbetar du inte där."));

    private static byte[] Sealed(EpochKey epoch, Guid id, SaveSearch command) => SealedNote.Seal(epoch, id, JsonSerializer.Serialize(new[] { command.Name!.Trim(), command.Query! }));

    private static NpgsqlParameter Optional(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public async Task<bool> Remove(Guid id, Caller caller, CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand("delete from archive.saved_searches where saved_id = $1 and person_id = $2");
        delete.Parameters.Add(new() { Value = id });
        delete.Parameters.Add(new() { Value = caller.PersonId });
        return await delete.ExecuteNonQueryAsync(ct) > 0;
    }
}
