using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.LinkedIn;

/// <summary>Tables as connectors land what LinkedIn's interfaces answered: CSV, one table a file, known by their columns.</summary>
public sealed class LinkedInTables : ImportFile
{
    private readonly string path;
    private readonly ExportFiles? files;
    private readonly List<string> tables;
    private long places;
    private long bytesRead;
    private bool brokenOff;

    private LinkedInTables(string path, ExportFiles? files, List<string> tables)
    {
        this.path = path;
        this.files = files;
        this.tables = tables;
    }

    /// <summary>As <c>linkedin-csv</c>, to channels of LinkedIn: a table, or a folder or zip of them.</summary>
    public static ImportForm Form { get; } = new("linkedin-csv", ["linkedin"], TakesFolder: true, Open);

    /// <inheritdoc />
    public override long Bytes => files is null ? new FileInfo(path).Length : tables.Sum(table => files.Length(table) ?? 0);

    /// <inheritdoc />
    public override long BytesRead => files?.BytesRead ?? bytesRead;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files?.Problems ?? [];

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary => [string.Create(CultureInfo.InvariantCulture, $"Tables read: {tables.Count}; rows: {places}")];

    /// <inheritdoc />
    public override bool IsPartial => brokenOff || files is { IsTruncated: true };

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        (places, brokenOff) = (0, false);
        foreach (var table in tables)
        {
            await using var stream = files is null ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read) : OpenOrNote(table);
            if (stream is null) continue;
            var rows = new CsvRows(stream);
            Dictionary<string, int>? columns = null;
            while (true)
            {
                var (row, damaged) = await Next(rows, ct);
                if (files is null) bytesRead = stream.Position;
                if (damaged || row is { End: PieceEnd.Truncated })
                {
                    brokenOff = true;
                    files?.Note(ArchiveProblemCodes.Truncated, $"“{table}” ends in the middle or is damaged.");
                    yield return new ReadAct.Rejected(++places, RefusalCodes.InputTruncated, "The table ends in the middle or is damaged; nothing after this place in it could be read.");
                    break;
                }

                if (row is null) break;
                if (columns is null)
                {
                    columns = Columns(row);
                    continue;
                }

                places++;
                yield return row.End == PieceEnd.TooLong
                    ? new ReadAct.Rejected(places, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.")
                    : Row(row, columns, string.Create(CultureInfo.InvariantCulture, $"{table}#place={places}"), now);
            }
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (files is not null) await files.DisposeAsync();
        await base.DisposeAsync();
    }

    private static async Task<ImportOpened> Open(string path, CancellationToken ct)
    {
        if (File.Exists(path) && path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            await using var alone = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return await IsKnown(alone, ct) ? new ImportOpened.Ready(new LinkedInTables(path, null, [Path.GetFileName(path)])) : Unknown();
        }

        var (files, refused) = await ExportFiles.Open(path, new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var known = new List<string>();
        foreach (var file in files.Paths.Where(file => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            try
            {
                await using var stream = files.OpenMedia(file);
                if (stream is not null && await IsKnown(stream, ct)) known.Add(file);
            }
            catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
            {
                files.Note(ArchiveProblemCodes.Damaged, $"“{file}” cannot be read and was left out.");
            }
        }

        if (known.Count > 0) return new ImportOpened.Ready(new LinkedInTables(path, files, known));
        await files.DisposeAsync();
        return Unknown();
    }

    private static ImportOpened.Refused Unknown() => new(ExportProblemCodes.NothingKnown, "No table with posts, pages or counts of LinkedIn was found: their first row must name the columns. The page's own analytics file (.xls) holds counts only, and no record.");

    private static async Task<bool> IsKnown(Stream stream, CancellationToken ct) =>
        await new CsvRows(stream).Next(ct) is { } header && Columns(header) is var columns && (columns.ContainsKey("commentary") || columns.ContainsKey("ugc_post_id") || columns.ContainsKey("organization_type") || columns.ContainsKey("vanity_name"));

    private static Dictionary<string, int> Columns(CsvRow header)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (index, name) in header.Fields.Index()) columns.TryAdd(name.Trim(), index);
        return columns;
    }

    private ReadAct Row(CsvRow row, Dictionary<string, int> columns, string pointer, DateTimeOffset now)
    {
        string? Of(string name) => columns.TryGetValue(name, out var at) && at < row.Fields.Count && row.Fields[at].Length > 0 ? row.Fields[at] : null;
        var remarks = new Remarks();
        remarks.Flag(row.Faults);
        DateTimeOffset? Time(string name)
        {
            if (Of(name) is not { } written) return null;
            var time = PlatformTime.Iso(written.EndsWith(" UTC", StringComparison.Ordinal) ? written[..^4] : written);
            if (time is null || !PlatformTime.IsPossible(time.Value, now)) remarks.Flag(ActFlags.SuspiciousTime);
            return time;
        }

        if (columns.ContainsKey("commentary")) return Post(row, Of, Time, remarks, pointer);
        if (!columns.ContainsKey("organization_type") && !columns.ContainsKey("vanity_name")) return new ReadAct.NotARecord(places, columns.ContainsKey("share_statistic_id") ? "connector/statistic" : "connector/link");
        if (Of("id") is not { } id) return new ReadAct.Rejected(places, RefusalCodes.NativeIdMissing, "The row has no id.");
        var organization = LinkedInUrn.IdOf(id) ?? $"urn:li:organization:{id}";
        return new ReadAct.Accepted(
            new CapturedAct
            {
                Act = ActKind.ProfileChange,
                NativeActName = "connector/organization",
                NativeId = organization,
                Author = new ActAuthor(organization, Of("localized_name") ?? Of("name_localized"), Of("vanity_name"), ClaimsOwnChannel: true, null),
                OccurredAtSource = "none",
                ActingParty = ActingParty.OwnChannel,
                Text = Of("localized_description"),
                Flags = remarks.Flags,
                Raw = row.Raw,
                RawPointer = pointer,
            },
            places);
    }

    private ReadAct Post(CsvRow row, Func<string, string?> of, Func<string, DateTimeOffset?> time, Remarks remarks, string pointer)
    {
        if (LinkedInUrn.IdOf(of("id")) is not { } id) return new ReadAct.Rejected(places, RefusalCodes.NativeIdMissing, "The row has no id.");
        var at = time("first_published_at") ?? time("created_time");
        var modified = time("last_modified_time");
        var edited = modified - at > TimeSpan.FromSeconds(10) ? modified : null;
        if (edited is not null) remarks.Flag(ActFlags.EarlierVersionsMissing);
        var by = LinkedInUrn.IdOf(of("author"));
        return new ReadAct.Accepted(
            new CapturedAct
            {
                Act = of("lifecycle_state") == "DELETED" ? ActKind.Delete : ActKind.Create,
                NativeActName = "connector/post",
                NativeId = id,
                Kind = ItemKind.Post,
                NativeKind = of("lifecycle_state"),
                ParentNativeId = LinkedInUrn.IdOf(of("response_context_parent")),
                RootNativeId = LinkedInUrn.IdOf(of("response_context_root")),
                Author = by is null ? null : new ActAuthor(by, null, null, ClaimsOwnChannel: LinkedInUrn.TypeOf(by) == "organization", LinkedInUrn.IdOf(of("created_actor"))),
                Audience = LinkedInApi.AudienceOf(of("lifecycle_state"), of("visibility")),
                OccurredAt = at,
                OccurredAtSource = at is null ? "none" : "platform",
                EditedAt = edited,
                ActingParty = ActingParty.OwnChannel,
                Text = of("commentary") is { } text ? remarks.Cut(text) : null,
                Permalink = $"https://www.linkedin.com/feed/update/{id}",
                Flags = remarks.Flags,
                Raw = row.Raw,
                RawPointer = pointer,
            },
            places);
    }

    private static async Task<(CsvRow? Row, bool Damaged)> Next(CsvRows rows, CancellationToken ct)
    {
        try
        {
            return (await rows.Next(ct), false);
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            return (null, true);
        }
    }

    private Stream? OpenOrNote(string table)
    {
        try
        {
            return files!.Open(table);
        }
        catch (InvalidDataException)
        {
            brokenOff = true;
            files!.Note(ArchiveProblemCodes.Encrypted, $"“{table}” needs a password and was left out.");
            return null;
        }
    }
}
