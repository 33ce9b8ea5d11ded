using System.Text.Json;
using ArchiveService.Features.Records;
using Npgsql;

namespace ArchiveService.Testing.Search;

/// <summary>How a statement of a search was carried out: the whole tables it read, and the rows of records it touched.</summary>
public sealed record ExplainedPlan(IReadOnlyList<string> Indexes, IReadOnlyList<string> WholeTables, double Touched, string Text)
{
    /// <param name="db">The login.</param>
    /// <param name="settings">Set before it.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="tables">How the tables begin whose rows are counted.</param>
    public static async Task<ExplainedPlan> Of(NpgsqlDataSource db, string settings, SqlText sql, string tables = "record_view")
    {
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var set = new NpgsqlCommand(settings, connection, transaction)) await set.ExecuteNonQueryAsync();
        await using var query = sql.Command(connection, transaction);
        query.CommandText = "explain (analyze, buffers, timing off, format json) " + query.CommandText;
        var text = (string)(await query.ExecuteScalarAsync())!;
        var (indexes, whole, touched) = (new List<string>(), new List<string>(), 0.0);
        Walk(JsonDocument.Parse(text).RootElement[0].GetProperty("Plan"));
        return new(indexes, whole, touched, text);

        void Walk(JsonElement node)
        {
            var kind = node.GetProperty("Node Type").GetString()!;
            if (node.TryGetProperty("Index Name", out var index)) indexes.Add(index.GetString()!);
            if (node.TryGetProperty("Relation Name", out var relation) && relation.GetString()!.StartsWith(tables, StringComparison.Ordinal))
            {
                if (kind == "Seq Scan") whole.Add(relation.GetString()!);
                touched += Number("Actual Loops") * (Number("Actual Rows") + Number("Rows Removed by Filter") + Number("Rows Removed by Index Recheck"));
            }

            if (!node.TryGetProperty("Plans", out var under)) return;
            foreach (var one in under.EnumerateArray()) Walk(one);
            double Number(string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
        }
    }
}
