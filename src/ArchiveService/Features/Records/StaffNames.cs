using ArchiveService.Hosting;

namespace ArchiveService.Features.Records;

/// <summary>What the staff are called, for the hint that a text names somebody who works here. Never stored with a record.</summary>
public sealed class StaffNames(Databases databases)
{
    public async Task<IReadOnlyCollection<string>> All(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select name from views.persons where position(' ' in name) > 0 limit 5000");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new List<string>();
        while (await rows.ReadAsync(ct)) names.Add(rows.GetString(0));
        return names;
    }
}
