using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Features.Search;

/// <summary>A question somebody asks often.</summary>
/// <param name="Query">The part of the address after the question mark.</param>
public sealed record SavedSearch(Guid Id, string Name, string Query, DateTimeOffset SavedAt);

/// <summary>What is sent to save one.</summary>
public sealed record SaveSearch(string? Name, string? Query);

/// <summary>A person's own searches: a working aid, not part of any record. The row is sealed, and gone when its owner removes it.</summary>
public sealed class SavedSearches(Databases databases, IKeyProvider keys, SearchLog log, TimeProvider clock)
{
    public const int Most = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/saved-searches", async (Caller caller, SavedSearches saved, CancellationToken ct) => TypedResults.Ok(new { items = await saved.Of(caller, ct) })).WithName("get-saved-searches");
        routes.MapPost("/api/v1/saved-searches", async (SaveSearch command, Caller caller, SavedSearches saved, CancellationToken ct) =>
        {
            var (id, refused) = await saved.Save(command, caller, ct);
            return refused is null ? TypedResults.Created($"/api/v1/saved-searches/{id}", new { id }) : (IResult)Problems.Refused(refused);
        }).WithName("save-search");
        routes.MapDelete("/api/v1/saved-searches/{id:guid}", async (Guid id, Caller caller, SavedSearches saved, CancellationToken ct) =>
            await saved.Remove(id, caller, ct) ? TypedResults.NoContent() : (IResult)Problems.Refused(Refusal.Unknown("saved-search", "Den sparade sökningen finns inte."))).WithName("remove-saved-search");
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
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var epoch = keys.Current;
        await using var insert = databases.Writer.CreateCommand("""
            insert into archive.saved_searches (saved_id, person_id, saved_at, kek_id, sealed)
            select $1, $2, $3, $4, $5 where (select count(*) from archive.saved_searches where person_id = $2) < $6
            """);
        insert.Parameters.Add(new() { Value = id });
        insert.Parameters.Add(new() { Value = caller.PersonId });
        insert.Parameters.Add(new() { Value = clock.GetUtcNow().ToUniversalTime() });
        insert.Parameters.Add(new() { Value = epoch.Id });
        insert.Parameters.Add(new() { Value = SealedNote.Seal(epoch, id, JsonSerializer.Serialize(new[] { command.Name!.Trim(), command.Query! })) });
        insert.Parameters.Add(new() { Value = Most });
        if (await insert.ExecuteNonQueryAsync(ct) == 0) return (default, new Refusal("saved-search-many", $"Du har redan {Most} sparade sökningar. Ta bort en först.", StatusCodes.Status409Conflict));
        await log.Note(caller, "saved", command.Query!, null, ct);
        return (id, null);
    }

    public async Task<IReadOnlyList<SavedSearch>> Of(Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select saved_id, saved_at, kek_id, sealed from archive.saved_searches where person_id = $1 order by saved_at");
        query.Parameters.Add(new() { Value = caller.PersonId });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var saved = new List<SavedSearch>();
        while (await rows.ReadAsync(ct))
        {
            if (SealedNote.Open(keys, rows.GetGuid(2), rows.GetGuid(0), rows.GetFieldValue<byte[]>(3)) is { } note && JsonSerializer.Deserialize<string[]>(note) is [var name, var asked])
                saved.Add(new(rows.GetGuid(0), name, asked, rows.GetFieldValue<DateTimeOffset>(1)));
        }

        return saved;
    }

    public async Task<bool> Remove(Guid id, Caller caller, CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand("delete from archive.saved_searches where saved_id = $1 and person_id = $2");
        delete.Parameters.Add(new() { Value = id });
        delete.Parameters.Add(new() { Value = caller.PersonId });
        return await delete.ExecuteNonQueryAsync(ct) > 0;
    }
}
