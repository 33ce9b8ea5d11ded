using System.Globalization;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Printing;
using Npgsql;

namespace ArchiveService.Features.ArchiveDescriptions;

public sealed record DescribedText(string Key, string Title, string Text, bool Written);

/// <summary>Records of one type in one channel; those destroyed are counted among them.</summary>
public sealed record Holding(string Platform, string? Channel, string RecordType, int FromYear, int ToYear, long Records, long Disposed);

public sealed record StoredFormat(string MediaType, long Files, long Bytes);

public sealed record DiaryKept(int FromYear, int ToYear, long Entries);

public sealed record DisposalRuleTold(string Name, IReadOnlyList<string> RecordTypes, string Frist, string CountedFrom, string Decision, string DecidingBody, DateOnly DecidedOn);

public sealed record Volume(string Series, string Years, string Carrier, string Place);

public sealed record ProvisionCount(string Provision, long Records);

/// <summary>Arkivbeskrivning (arkivlagen 6 § 2) and description of the documents (OSL 4:2) in one.</summary>
/// <param name="Provisions">Only for the staff: how many registered records are marked, by provision, without a word of what they hold.</param>
public sealed record ArchiveDescription(
    string Code, string Name, int Version, DateTimeOffset? DescribedAt, IReadOnlyList<DescribedText> Texts, IReadOnlyList<Holding> Holdings, IReadOnlyList<StoredFormat> Formats, DiaryKept? Diary,
    IReadOnlyList<string> Registers, IReadOnlyList<DisposalRuleTold> Rules, IReadOnlyList<Volume> Volumes, IReadOnlyList<ProvisionCount>? Provisions)
{
    public DescribedText Text(string key) => Texts.First(t => t.Key == key);
}

public sealed partial class ArchiveDescriptions(Databases databases, AuthorityRegister authorities, DescribeArchiveHandler written)
{
    private const string Here = "ArchiveService";

    private static readonly string[] RegistersHere =
    [
        "Diarium: sök på nummer, dag, avsändare och sak (/public/diary, med det som prövats för publicering)", "Postlista för varje dag (/public/diary)",
        "Förteckning över kanaler (/public/channels)", "Förteckning över nedtaget innehåll (/public/takedowns)", "Sökning i hela texten, för medarbetare",
    ];

    [GeneratedRegex(@"(?<chapter>\d{1,2})\s*(kap\.?|:)\s*(?<paragraph>\d{1,2}(\s?[a-z]\b)?)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Provision { get; }

    public static void Map(IEndpointRouteBuilder routes)
    {
        DescribeArchive.Map(routes);
        routes.MapGet("/api/v1/authorities/{code}/archive-description", async (string code, Caller caller, ArchiveDescriptions descriptions, HttpResponse response, CancellationToken ct) =>
        {
            if (await descriptions.ForStaff(code, caller, ct) is not { } found) return (IResult)Problems.Refused(Unknown(code));
            response.Headers.ETag = $"\"{found.Version}\"";
            return TypedResults.Ok(found);
        }).WithName("archive-description");
        routes.MapGet("/myndigheter/{code}/arkivbeskrivning.pdf", async (string code, Caller caller, ArchiveDescriptions descriptions, HttpResponse response, Pdf pdf, TimeProvider clock, CancellationToken ct) =>
        {
            response.Headers.CacheControl = "private, no-store";
            return await descriptions.ForStaff(code, caller, ct) is { } found ? await pdf.Answer(Paper(found).Pdf(clock.GetUtcNow(), found.Name), $"arkivbeskrivning-{found.Code}.pdf", ct) : Problems.Refused(Unknown(code));
        }).WithName("archive-description-pdf");
        routes.MapGet("/public/authorities/{code}.json", async (string code, ArchiveDescriptions descriptions, HttpResponse response, CancellationToken ct) =>
        {
            PublicViews.NotForRobots(response);
            return await descriptions.ForEverybody(code, ct) is { } found ? (IResult)TypedResults.Ok(found) : Problems.Refused(Unknown(code));
        }).AllowAnonymous().WithName("get-public-authority");
    }

    public static Refusal Unknown(string code) => Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}.");

    public async Task<ArchiveDescription?> ForEverybody(string code, CancellationToken ct) =>
        await authorities.Find(code.Trim(), ct) is { } authority ? await Of(authority, databases.Public, null, ct) : null;

    public async Task<ArchiveDescription?> ForStaff(string code, Caller caller, CancellationToken ct) =>
        await authorities.Find(code.Trim(), ct) is { } authority && caller.IsStaffOf(authority.Id) ? await Of(authority, databases.Staff, await Provisions(authority.Id, ct), ct) : null;

    private async Task<ArchiveDescription> Of(Authority authority, NpgsqlDataSource db, IReadOnlyList<ProvisionCount>? provisions, CancellationToken ct)
    {
        var (version, at, texts) = await written.Read(authority.Id, ct);
        var holdings = await Read(db, """
            select c.platform, c.handle, h.record_type, min(h.year), max(h.year), sum(h.records)::bigint, sum(h.disposed)::bigint
            from archive.holdings_open h join views.channel_register_public c using (channel_id) where h.authority_id = $1
            group by 1, 2, 3 order by 1, 2, 3
            """, authority.Id, row => new Holding(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt32(4), row.GetInt64(5), row.GetInt64(6)), ct);
        var formats = await Read(db, "select media_type, files, bytes from archive.formats_open where authority_id = $1 order by files desc, media_type", authority.Id, row => new StoredFormat(row.GetString(0), row.GetInt64(1), row.GetInt64(2)), ct);
        var diary = (await Read(db, "select min(extract(year from diary_date))::int, max(extract(year from diary_date))::int, count(*) from views.diary_public where authority_id = $1 having count(*) > 0",
            authority.Id, row => new DiaryKept(row.GetInt32(0), row.GetInt32(1), row.GetInt64(2)), ct)).SingleOrDefault();
        var rules = await Read(db, """
            select r.name, r.record_types, r.years, r.months, r.days, r.counted_from, d.reference, d.deciding_body, d.decided_on
            from archive.retention_rules r join archive.retention_decisions d using (decision_id)
            where r.authority_id = $1 and r.ended_at is null order by r.name, r.rule_id
            """, authority.Id, row => new DisposalRuleTold(
                row.GetString(0), [.. row.GetFieldValue<string[]>(1).Select(t => Words.RecordTypes.GetValueOrDefault(t, t))], new Period(row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)).InSwedish(),
                Words.CountedFromInSwedish[row.GetString(5)], row.GetString(6), row.GetString(7), row.GetFieldValue<DateOnly>(8)), ct);
        return new(
            authority.Code, authority.Name, version, at,
            [.. DescribeArchive.Texts.Select(t => texts.TryGetValue(t.Key, out var text) ? new DescribedText(t.Key, t.Title, text, true) : new(t.Key, t.Title, t.Unwritten, false))],
            holdings, formats, diary, RegistersHere, rules, Volumes(holdings, diary, texts.GetValueOrDefault("volumes")), provisions);
    }

    /// <summary>The arkivförteckning: what the tables know of, and the lines somebody wrote, such as of paper.</summary>
    private static List<Volume> Volumes(IReadOnlyList<Holding> holdings, DiaryKept? diary, string? lines)
    {
        var volumes = new List<Volume>();
        if (diary is not null) volumes.Add(new("Diarium", Years(diary.FromYear, diary.ToYear), "elektroniskt", Here));
        volumes.AddRange(holdings.GroupBy(h => (h.Platform, h.Channel)).Select(of =>
            new Volume($"Inlägg och meddelanden: {RecordViewWords.Platform(of.Key.Platform)} {of.Key.Channel}".TrimEnd(), Years(of.Min(h => h.FromYear), of.Max(h => h.ToYear)), "elektroniskt", Here)));
        foreach (var line in (lines ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.Split(';', StringSplitOptions.TrimEntries) is [var series, var years, var carrier, var place]) volumes.Add(new(series, years, carrier, place));
        }

        return volumes;
    }

    public static string Years(int from, int to) => from == to ? from.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{from}–{to}");

    /// <summary>Of what is registered alone: that it is secret shows in the diary already. What somebody wrote beside chapter and paragraph is not told.</summary>
    private async Task<IReadOnlyList<ProvisionCount>> Provisions(Guid authority, CancellationToken ct)
    {
        var marked = await Read(databases.Cleared, """
            select coalesce(secrecy_provision, ''), count(*) from views.record_view_secret
            where authority_id = $1 and wall = 'secret' and registration = 'registered' group by 1
            """, authority, row => (Written: row.GetString(0), Count: row.GetInt64(1)), ct);
        return [.. marked.GroupBy(m => Named(m.Written)).Select(g => new ProvisionCount(g.Key, g.Sum(m => m.Count))).OrderBy(p => p.Provision, StringComparer.Ordinal)];
    }

    public static string Named(string provision) => Provision.Match(provision) is { Success: true } match ? $"{match.Groups["chapter"].Value} kap. {match.Groups["paragraph"].Value} § OSL" : "Annan bestämmelse";

    public static PlainPaper Paper(ArchiveDescription of)
    {
        var paper = new PlainPaper($"Arkivbeskrivning, {of.Name}", "Beskrivning av arkivet (arkivlagen 6 §) och av myndighetens allmänna handlingar (OSL 4 kap. 2 §).");
        foreach (var text in of.Texts.Where(t => t.Key != "volumes")) paper.Heading(text.Title).Paragraph(text.Text);
        paper.Heading("Register och sökmedel");
        foreach (var register in of.Registers) paper.Paragraph(register);
        paper.Heading("Vad som finns").Table("Handlingar per kanal", ["Kanal", "Slag", "År", "Antal", "Varav gallrade"],
            of.Holdings.Select(h => new[] { $"{RecordViewWords.Platform(h.Platform)} {h.Channel}", Words.RecordTypes.GetValueOrDefault(h.RecordType, h.RecordType), Years(h.FromYear, h.ToYear), Swedish.Number(h.Records), Swedish.Number(h.Disposed) }));
        if (of.Provisions is { Count: > 0 } provisions) paper.Table("Sekretessmarkerade registrerade handlingar", ["Bestämmelse", "Antal"], provisions.Select(p => new[] { p.Provision, Swedish.Number(p.Records) }));
        return paper
            .Heading("Tekniska format").Table("Bilagor", ["Format", "Filer", "Storlek"], of.Formats.Select(f => new[] { f.MediaType, Swedish.Number(f.Files), Swedish.Bytes(f.Bytes) }))
            .Heading("Gallring").Table("Gallringsregler", ["Regel", "Omfattar", "Frist", "Beslut"], of.Rules.Select(r => new[] { r.Name, string.Join(", ", r.RecordTypes), $"{r.Frist} {r.CountedFrom}", $"{r.Decision}, {r.DecidingBody}, {Swedish.Date(r.DecidedOn)}" }))
            .Heading("Arkivförteckning").Table("Volymer", ["Serie", "År", "Bärare", "Plats"], of.Volumes.Select(v => new[] { v.Series, v.Years, v.Carrier, v.Place }));
    }

    private static async Task<List<T>> Read<T>(NpgsqlDataSource db, string sql, Guid authority, Func<NpgsqlDataReader, T> of, CancellationToken ct)
    {
        await using var query = db.CreateCommand(sql);
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await rows.ReadAsync(ct)) found.Add(of(rows));
        return found;
    }
}
