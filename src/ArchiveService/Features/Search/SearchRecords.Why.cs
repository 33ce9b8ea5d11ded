using Npgsql;

namespace ArchiveService.Features.Search;

/// <summary>Why a hit is one.</summary>
public sealed partial class SearchRecords
{
    /// <summary>Marks what was found and says why. A word that is not as it was typed is asked about: only the database knows its forms.</summary>
    private static async Task<List<FoundRecord>> Explained(
        RecordSearch search, List<(FoundRecord Found, FoundText Text)> items, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var terms = search.Whole ? [] : SearchWords.Terms(search.Q);
        if (terms.Count == 0) return [.. items.Select(i => i.Found with { Snippet = i.Text.Text, Marked = i.Text.Text })];
        var forms = await Forms(terms, items, connection, transaction, ct);
        var numbers = terms.Where(t => t.NumberKey is not null).DistinctBy(t => t.NumberKey).ToDictionary(t => t.NumberKey!, StringComparer.Ordinal);
        AskedTerm? Of(string word) => terms.FirstOrDefault(t => SearchWords.IsSame(word, t)) ?? (forms.TryGetValue(word.ToLowerInvariant(), out var term) ? term : null);
        var explained = new List<FoundRecord>(items.Count);
        foreach (var (found, text) in items)
        {
            var hits = new List<(int Start, int Length)>();
            var matched = new List<Matched>();
            foreach (var (where, said) in text.Fields)
            {
                foreach (var (start, length, key) in numbers.Count == 0 ? [] : SearchWords.Numbers(said))
                {
                    if (!numbers.TryGetValue(key, out var asked)) continue;
                    if (where == "text") hits.Add((start, length));
                    var written = said.Substring(start, length);
                    matched.Add(new(written, written == asked.Typed ? "same" : "number", asked.Typed, where));
                }

                foreach (var word in SearchWords.Words(said))
                {
                    if (Of(word.Value) is not { } term) continue;
                    if (hits.Any(h => where == "text" && word.Index < h.Start + h.Length && h.Start < word.Index + word.Length)) continue;
                    if (where == "text") hits.Add((word.Index, word.Length));
                    matched.Add(new(word.Value, SearchWords.How(word.Value, term), term.Typed, where));
                }
            }

            hits.Sort();
            var marked = text.Text is null ? null : SearchWords.Snippet(text.Text, hits);
            var (snippet, highlights) = Unmark(marked);
            explained.Add(found with { Marked = marked, Snippet = snippet, Highlights = highlights, Matched = [.. matched.DistinctBy(m => (m.Word.ToLowerInvariant(), m.Where)).Take(8)] });
        }

        return explained;
    }

    private static async Task<Dictionary<string, AskedTerm>> Forms(
        IReadOnlyList<AskedTerm> terms, List<(FoundRecord Found, FoundText Text)> items, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        const int Most = 1000;
        var forms = new Dictionary<string, AskedTerm>(StringComparer.Ordinal);
        var bending = terms.Where(t => !t.AsWritten).ToList();
        if (bending.Count == 0) return forms;
        var candidates = new HashSet<(string Word, int Term)>();
        foreach (var word in items.SelectMany(i => i.Text.Fields).SelectMany(f => SearchWords.Words(f.Said)).Select(w => w.Value.ToLowerInvariant()).Distinct(StringComparer.Ordinal))
        {
            var folded = SearchWords.Fold(word);
            foreach (var (i, term) in bending.Index())
            {
                if (candidates.Count < Most && SearchWords.MayAnswer(folded, term)) candidates.Add((word, i));
            }
        }

        if (candidates.Count == 0) return forms;
        await using var query = new NpgsqlCommand(
            """
            with t as materialized (select n, views.asked_word(typed) as asked from unnest($3) with ordinality t(typed, n)),
            w as materialized (select word, views.indexed(word, '') as said from (select distinct word from unnest($1) d(word)) d)
            select c.word, c.term from unnest($1, $2) c(word, term) join t on t.n = c.term + 1 join w using (word) where w.said @@ t.asked
            """, connection, transaction);
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Word).ToArray() });
        query.Parameters.Add(new() { Value = candidates.Select(c => c.Term).ToArray() });
        query.Parameters.Add(new() { Value = bending.Select(t => t.Typed).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) forms.TryAdd(rows.GetString(0), bending[rows.GetInt32(1)]);
        return forms;
    }
}
