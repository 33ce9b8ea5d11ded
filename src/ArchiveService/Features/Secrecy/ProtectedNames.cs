using ArchiveService.Features.Accounts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Secrecy;

/// <summary>What a flagged account is or was called.</summary>
public sealed record ProtectedName(Guid Account, Guid Protection, string Name);

/// <summary>
/// Hears when somebody else names a flagged account. A hint for the cleared: the record that names it stays where it stands, and nothing on it changes, so that
/// nobody can tell from it that there is a flag.
/// </summary>
public sealed class ProtectedNames(SealedLog log, Databases databases)
{
    private const int Shortest = 4;

    private const int MostFoundEarlier = 500;

    /// <summary>The names of the authority's flagged accounts; read anew for every chunk of a capture, and almost always none.</summary>
    public async Task<IReadOnlyList<ProtectedName>> OfAuthority(Guid authority, CancellationToken ct)
    {
        var flagged = new List<Guid>();
        await using (var query = databases.Writer.CreateCommand("select account_id from archive.protected_accounts where authority_id = $1"))
        {
            query.Parameters.Add(new() { Value = authority });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) flagged.Add(rows.GetGuid(0));
        }

        return flagged.Count == 0 ? [] : await Of(flagged, ct);
    }

    public async Task<IReadOnlyList<ProtectedName>> Of(IReadOnlyCollection<Guid> accounts, CancellationToken ct)
    {
        var names = new List<ProtectedName>();
        foreach (var (account, history) in await log.Store.ReadStreams(accounts, ct: ct))
        {
            var flag = history.Select(h => h.Event).OfType<IdentityProtected>().LastOrDefault()?.Protection ?? Guid.Empty;
            var opened = await log.Open([.. history.Where(h => h.Event is AccountSeen)], ct);
            names.AddRange(opened.Values.SelectMany(o => Spoken(o.Parts)).Distinct(StringComparer.OrdinalIgnoreCase).Select(name => new ProtectedName(account, flag, name)));
        }

        return names;
    }

    /// <summary>Pure. A handle, or a name of more than one word, standing as words of their own.</summary>
    public static bool Names(string? text, string name)
    {
        if (string.IsNullOrEmpty(text)) return false;
        for (var at = 0; (at = text.IndexOf(name, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (at + name.Length == text.Length || !char.IsLetterOrDigit(text[at + name.Length]))) return true;
        }

        return false;
    }

    /// <summary>What was captured earlier that names them, as far as the views have come.</summary>
    public async Task<IReadOnlyList<(Guid Account, Guid Record)>> Mentioned(Guid authority, IReadOnlyList<ProtectedName> names, CancellationToken ct)
    {
        var accounts = names.Select(n => n.Account).Distinct().ToArray();
        var found = new HashSet<(Guid, Guid)>();
        foreach (var name in names)
        {
            await using var query = databases.Writer.CreateCommand("""
                select record_id, text from views.all_records
                where authority_id = $1 and not destroyed and (author_id is null or author_id <> all ($2)) and search @@ views.asked($3) order by occurred_at desc limit $4
                """);
            query.Parameters.Add(new() { Value = authority });
            query.Parameters.Add(new() { Value = accounts });
            query.Parameters.Add(new() { Value = $"\"{name.Name.Replace('"', ' ')}\"" });
            query.Parameters.Add(new() { Value = MostFoundEarlier });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                if (!rows.IsDBNull(1) && Names(rows.GetString(1), name.Name)) found.Add((name.Account, rows.GetGuid(0)));
            }
        }

        return [.. found];
    }

    /// <summary>The rows of what was heard, for accounts that are flagged at that moment.</summary>
    internal static NpgsqlBatchCommand Row(IReadOnlyList<(Guid Account, Guid Record)> mentions) => new("""
        insert into archive.protected_mentions (record_id, account_id, seen_at)
        select m.record_id, m.account_id, s.timestamp from unnest($1, $2) m(account_id, record_id) join archive.mt_streams s on s.id = m.account_id
        where exists (select from archive.protected_accounts p where p.account_id = m.account_id) on conflict do nothing
        """)
    {
        Parameters = { new() { Value = mentions.Select(m => m.Account).ToArray() }, new() { Value = mentions.Select(m => m.Record).ToArray() } },
    };

    private static IEnumerable<string> Spoken(Parts? parts)
    {
        if (parts?[Parts.AuthorHandle]?.Trim().TrimStart('@') is { Length: >= Shortest } handle) yield return handle;
        if (parts?[Parts.AuthorDisplayName]?.Trim() is { Length: >= Shortest } name && name.Contains(' ', StringComparison.Ordinal)) yield return name;
    }
}
