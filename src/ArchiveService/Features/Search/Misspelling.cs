using ArchiveService.Features.Records;

namespace ArchiveService.Features.Search;

/// <summary>
/// The word that a long word was meant to be. No list of words is kept, since it would have to be destroyed word by word: an error of one letter leaves one half
/// of the word whole, so some open records with a word that begins or ends as this one does are read, and their words compared.
/// </summary>
internal static class Misspelling
{
    /// <summary>Shorter words have too many neighbours.</summary>
    public const int Least = 7;

    private const int Records = 200;

    public static async Task<string?> Nearest(RecordViewSight sight, string typed, CancellationToken ct)
    {
        var lower = typed.ToLowerInvariant();

        // Two neighbours that have changed places may stand in the middle: they belong to neither half.
        var half = (lower.Length - 1) / 2;
        var sql = new SqlText();
        sql.Add($"""
            select left(r.text, 5000) || ' ' || case when r.wall = 'open' then coalesce(r.sender_name, '') else '' end from {sight.Records} r
            where {sight.Allows(sql, "r")} and r.wall = 'open' and not r.destroyed
              and r.search @@ (select (quote_literal(left({sql.Value(lower)}, {half})) || ':*A|' || quote_literal(left(views.tails('aaaaaaaa' || {sql.Value(lower)}), {half})) || ':*C')::tsquery)
            limit {Records}
            """);
        await using var connection = await sight.Db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var set = new Npgsql.NpgsqlCommand("set local enable_seqscan = off; set local enable_indexscan = off", connection, transaction)) await set.ExecuteNonQueryAsync(ct);
        await using var query = sql.Command(connection, transaction);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct))
        {
            foreach (var word in SearchWords.Words(rows.Text(0)).Select(w => w.Value.ToLowerInvariant()).Distinct(StringComparer.Ordinal))
            {
                if (Part(word, lower) is { } meant) seen[meant] = seen.GetValueOrDefault(meant) + 1;
            }
        }

        return seen.Count == 0 ? null : seen.OrderByDescending(s => s.Value).ThenBy(s => Math.Abs(s.Key.Length - lower.Length)).ThenBy(s => s.Key, StringComparer.Ordinal).First().Key;
    }

    /// <summary>The word, or its beginning, that is one letter from what was typed: an ending does not make it another word.</summary>
    internal static string? Part(string word, string typed)
    {
        var (folded, asked) = (SearchWords.Fold(word), SearchWords.Fold(typed));
        if (folded.Length < asked.Length - 1 || folded.Length > asked.Length + 6) return null;
        for (var length = Math.Min(word.Length, asked.Length + 1); length >= Math.Max(asked.Length - 1, Least - 1); length--)
        {
            if (folded.AsSpan(0, length) is var start && start.Length > 0 && start[0] == asked[0] && IsOneOff(start, asked) && (length == word.Length || word.Length - length <= 4)) return word;
        }

        return null;
    }

    /// <summary>One letter put in, left out or exchanged, or two neighbours that have changed places.</summary>
    internal static bool IsOneOff(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        var same = one.CommonPrefixLength(other);
        var a = one[same..];
        var b = other[same..];
        if (a.Length == b.Length)
            return a.Length > 0 && (a[1..].SequenceEqual(b[1..]) || (a.Length > 1 && a[0] == b[1] && a[1] == b[0] && a[2..].SequenceEqual(b[2..])));
        return a.Length == b.Length + 1 ? a[1..].SequenceEqual(b) : b.Length == a.Length + 1 && a.SequenceEqual(b[1..]);
    }
}
