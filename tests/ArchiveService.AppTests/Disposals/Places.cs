using ArchiveService.Features.Disposals;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>The registry of places against a database as it is.</summary>
internal static class Places
{
    /// <summary>Columns able to hold text or bytes that the registry does not name, and those it names that are not there.</summary>
    public static async Task<(List<string> Missing, List<string> Gone)> Against(NpgsqlDataSource owner)
    {
        await using var query = owner.CreateCommand(ContentPlaces.Catalogue);
        await using var rows = await query.ExecuteReaderAsync();
        var there = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync())
        {
            // Tables being built anew are those they will replace.
            var schema = rows.GetString(0) is "views_next" or "views_old" ? "views" : rows.GetString(0);
            there.Add($"{schema}.{rows.GetString(1)}.{rows.GetString(2)}");
        }

        var named = ContentPlaces.Tables.SelectMany(t => t.Columns.Split(' ').Select(c => $"{t.Table}.{c}")).ToHashSet(StringComparer.Ordinal);
        return ([.. there.Except(named).Order(StringComparer.Ordinal)], [.. named.Except(there).Order(StringComparer.Ordinal)]);
    }
}
