using System.Security.Cryptography;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Search;

/// <summary>A line of one's own log.</summary>
/// <param name="Terms">What was typed; null when the key it was sealed under is gone.</param>
public sealed record SearchLogged(Guid Id, DateTimeOffset At, string Kind, string? Terms, bool Sensitive, int? Hits);

/// <summary>What somebody looked for in a day, without what was typed: for the one who reviews.</summary>
public sealed record SearchDay(DateOnly Day, Guid Person, string? Name, int Searches, int Persons, int Accounts, int Exports, int Sensitive)
{
    public const int Many = 50;

    public bool Unusual => Sensitive > 0 || Persons + Accounts >= Many || Exports >= 10;
}

/// <summary>Who looked for what (dataskyddslagen 3 kap. 3 §, OSL 5 kap. 4 §): what was typed stands sealed, and a row may be destroyed by age.</summary>
public sealed class SearchLog(Databases databases, IKeyProvider keys, TimeProvider clock)
{
    public const string Text = "text";
    public const string Person = "person";
    public const string Account = "account";
    public const string Export = "export";
    public const string Diary = "diary";
    public const string Case = "case";

    private const int Longest = 2000;

    /// <summary>Notes the first page of a search; leafing on is the same search. Services look for nobody.</summary>
    public Task Note(Caller caller, RecordSearch search, int? hits, CancellationToken ct) =>
        search is { After: null, Kind: { } kind } ? Note(caller, kind, search.Terms, hits, ct) : Task.CompletedTask;

    /// <summary>Notes the first page of a search elsewhere: in the diary, among cases or accounts. A list nobody asked anything of is no search.</summary>
    public Task Note(Caller caller, string kind, string? asked, bool first, int? hits, CancellationToken ct) =>
        first && asked?.Trim() is { Length: > 0 } terms ? Note(caller, kind, terms, hits, ct) : Task.CompletedTask;

    public async Task Note(Caller caller, string kind, string terms, int? hits, CancellationToken ct)
    {
        if (caller.IsService) return;
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var said = terms.Length > Longest ? terms[..Longest] : terms;
        var epoch = keys.Current;
        await using var insert = databases.Writer.CreateCommand(
            "insert into archive.search_log (search_id, person_id, searched_at, kind, sensitive, hits, kek_id, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8)");
        insert.Parameters.Add(new() { Value = id });
        insert.Parameters.Add(new() { Value = caller.PersonId });
        insert.Parameters.Add(new() { Value = clock.GetUtcNow().ToUniversalTime() });
        insert.Parameters.Add(new() { Value = kind });
        insert.Parameters.Add(new() { Value = SensitiveWords.In(said) is not null });
        insert.Parameters.Add(new() { Value = (object?)hits ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        insert.Parameters.Add(new() { Value = epoch.Id });
        insert.Parameters.Add(new() { Value = SealedNote.Seal(epoch, id, said) });
        await insert.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One's own log, newest first.</summary>
    public async Task<IReadOnlyList<SearchLogged>> Own(Caller caller, int most, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select search_id, searched_at, kind, kek_id, sealed, sensitive, hits from archive.search_log where person_id = $1 order by searched_at desc, search_id desc limit $2");
        query.Parameters.Add(new() { Value = caller.PersonId });
        query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var log = new List<SearchLogged>();
        while (await rows.ReadAsync(ct))
        {
            log.Add(new(
                rows.GetGuid(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetString(2), SealedNote.Open(keys, rows.GetGuid(3), rows.GetGuid(0), rows.GetFieldValue<byte[]>(4)),
                rows.GetBoolean(5), rows.GetFieldValue<int?>(6)));
        }

        return log;
    }

    /// <summary>One's own readings of what stands behind a wall, newest first; they are events.</summary>
    public async Task<IReadOnlyList<(DateTimeOffset At, Guid Record, string Wall)>> Opened(Caller caller, int most, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select timestamp, (data ->> 'record')::uuid, data ->> 'wall' from archive.mt_events
            where stream_id = $1 and type = 'record_opened' order by version desc limit $2
            """);
        query.Parameters.Add(new() { Value = caller.PersonId });
        query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var opened = new List<(DateTimeOffset At, Guid Record, string Wall)>();
        while (await rows.ReadAsync(ct)) opened.Add((rows.GetFieldValue<DateTimeOffset>(0), rows.GetGuid(1), rows.GetString(2)));
        return opened;
    }

    /// <summary>Each person's searches day by day, newest first. Only for a reviewer of everything: the rows belong to no single authority.</summary>
    public async Task<IReadOnlyList<SearchDay>> Days(Caller caller, DateTimeOffset since, CancellationToken ct)
    {
        if (!caller.May(Guid.Empty, Role.Revisor)) return [];
        await using var query = databases.Writer.CreateCommand("""
            select archive.swedish_date(l.searched_at) as day, l.person_id, p.name, count(*)::int, count(*) filter (where l.kind = 'person')::int,
                   count(*) filter (where l.kind = 'account')::int, count(*) filter (where l.kind = 'export')::int, count(*) filter (where l.sensitive)::int
            from archive.search_log l left join views.persons p on p.person_id = l.person_id
            where l.searched_at >= $1 group by 1, 2, 3 order by 1 desc, 4 desc limit 500
            """);
        query.Parameters.Add(new() { Value = since.ToUniversalTime() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var days = new List<SearchDay>();
        while (await rows.ReadAsync(ct))
            days.Add(new(rows.GetFieldValue<DateOnly>(0), rows.GetGuid(1), rows.Text(2), rows.GetInt32(3), rows.GetInt32(4), rows.GetInt32(5), rows.GetInt32(6), rows.GetInt32(7)));
        return days;
    }

    /// <summary>Destroys rows older than a gallringsbeslut says. Without one nothing goes.</summary>
    public async Task<int> DeleteOlderThan(TimeSpan age, CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand("delete from archive.search_log where searched_at < $1");
        delete.Parameters.Add(new() { Value = (clock.GetUtcNow() - age).ToUniversalTime() });
        return await delete.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>A note sealed under a key of the epoch, tied to its row.</summary>
internal static class SealedNote
{
    public static byte[] Seal(EpochKey epoch, Guid row, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var bytes = new byte[RecordKey.NonceSize + plain.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, RecordKey.NonceSize));
        using var aes = new AesGcm(Key(epoch), RecordKey.TagSize);
        aes.Encrypt(bytes.AsSpan(0, RecordKey.NonceSize), plain, bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), row.ToByteArray(bigEndian: true));
        return bytes;
    }

    public static string? Open(IKeyProvider keys, Guid kek, Guid row, byte[] bytes) => keys.Find(kek) is { } epoch ? Open(epoch, row, bytes) : null;

    public static string? Open(EpochKey epoch, Guid row, byte[] bytes)
    {
        if (bytes.Length < RecordKey.NonceSize + RecordKey.TagSize) return null;
        var plain = new byte[bytes.Length - RecordKey.NonceSize - RecordKey.TagSize];
        using var aes = new AesGcm(Key(epoch), RecordKey.TagSize);
        try
        {
            aes.Decrypt(bytes.AsSpan(0, RecordKey.NonceSize), bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), plain, row.ToByteArray(bigEndian: true));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] Key(EpochKey epoch) => HKDF.DeriveKey(HashAlgorithmName.SHA256, epoch.Key, 32, [], Encoding.UTF8.GetBytes("archiveservice/v1/search-note"));
}

/// <summary>
/// Words that tell of sensitive personal data (GDPR art. 9.1). It is forbidden to search in order to get a selection of persons by them
/// (dataskyddslagen 3 kap. 3 §); one who answers a single question may have to search for them all the same.
/// </summary>
public static class SensitiveWords
{
    private static readonly string[] Beginnings =
    [
        "abort", "adhd", "aids", "alkoholis", "asperger", "autis", "bipolär", "cancer", "depression", "deprimera", "diagnos", "epileps", "funktionsneds", "funktionshind", "gravid",
        "hivpositiv", "missbruk", "narkoman", "psykisk", "psykos", "schizofren", "självmord", "självskad", "sjukdom", "sjukskriv", "suicid", "ätstörning",
        "buddhist", "hindu", "islam", "judisk", "judar", "kristen", "kristna", "muslim", "katolik", "religi", "jehovas",
        "etnisk", "romer", "romsk", "samisk", "hudfärg",
        "bisexuell", "heterosexuell", "homosexuell", "lesbisk", "transsexuell", "transperson", "sexuell",
        "fackförening", "fackmedlem", "fackansluten", "partimedlem", "partitillhörighet", "åsiktsregist",
    ];

    private static readonly string[] Whole = ["hiv", "bög", "gay", "jude", "rom", "same", "samer", "sjuk"];

    /// <summary>The first such word, as it was typed; null when there is none. A personnummer is one too (dataskyddslagen 3 kap. 10 §).</summary>
    public static string? In(string? said)
    {
        foreach (var word in SearchWords.Words(said))
        {
            var lower = word.Value.TrimStart('#').ToLowerInvariant();
            if (Whole.Contains(lower) || Beginnings.Any(b => lower.StartsWith(b, StringComparison.Ordinal))) return word.Value;
        }

        return PersonalNumber(said);
    }

    private static string? PersonalNumber(string? said)
    {
        foreach (System.Text.RegularExpressions.Match found in System.Text.RegularExpressions.Regex.Matches(said ?? "", @"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)", System.Text.RegularExpressions.RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))
        {
            string digits = new([.. found.Value.Where(char.IsAsciiDigit)]);
            var last = digits[^10..];
            var sum = last.Select((d, i) => (d - '0') * (2 - (i % 2))).Sum(n => n > 9 ? n - 9 : n);
            if (sum % 10 == 0) return found.Value;
        }

        return null;
    }
}
