using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Import;

/// <summary>How large a file may be that is imported from the web: <c>Import__MaxBytes</c>.</summary>
public sealed record ImportLimit(long Bytes)
{
    public const long Default = 10L * 1024 * 1024 * 1024;

    public static ImportLimit From(IConfiguration configuration) => new(configuration.GetValue<long?>("Import:MaxBytes") switch
    {
        null => Default,
        > 0 and var given => given,
        _ => throw new CannotStart("Import__MaxBytes must be a number of bytes above 0."),
    });
}

/// <summary>An import that somebody asked for on the web.</summary>
public sealed record ImportRow(
    Guid Id, Guid Channel, Guid Authority, string Form, Guid Delivery, Guid RequestedBy, DateTimeOffset RequestedAt, string State, int Attempts, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    long Bytes, long BytesRead, long Accepted, long Duplicates, long Disposed, long Unknown, long Rejected, bool Partial, string? Problem)
{
    public bool IsOver => State is "done" or "failed";
}

/// <summary>What a dry run found.</summary>
public sealed record Tried(string FileName, CaptureResult Counted, IReadOnlyList<ReadAct.Accepted> First, IReadOnlyList<string> Said);

/// <summary>What became of a request: imports that wait for their turn, or what a dry run found.</summary>
public sealed record ImportsTaken(IReadOnlyList<Guid> Imports, IReadOnlyList<Tried> Tried, Refusal? Refused = null);

/// <summary>Imports from the web: the file is sealed as a delivery before the answer, and read by <see cref="ImportWorker"/>.</summary>
public sealed class Imports(Databases databases, ChannelRegister channels, Deliveries.Deliveries deliveries, ImportRun run, ImportLimit limit, ImportBell bell, TimeProvider clock)
{
    public const int MostRejections = 10_000;

    private const string Columns = """
        import_id, channel_id, authority_id, form, delivery_id, requested_by, requested_at, state, attempts, started_at, finished_at, bytes, bytes_read, accepted, duplicates, disposed, unknown, rejected, partial, problem
        """;

    public static readonly Role[] Importers = [Role.Kommunikator, Role.Admin, Role.Registrator];

    public ImportLimit Limit => limit;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/channels/{id:guid}/imports", async (Guid id, HttpContext http, Caller caller, Imports imports, CancellationToken ct) =>
        {
            if (UploadForm.Of(http, imports.Limit.Bytes * 2) is not { } form)
                return Problems.Refused(new("media-type", "Skicka multipart/form-data: form, mapping (bara för csv), dryRun, och sist file, en eller flera.", StatusCodes.Status415UnsupportedMediaType));
            var taken = await imports.Take(form, () => Task.FromResult<(Guid?, Refusal?)>((id, null)), caller, ct);
            return taken.Refused is { } why ? Problems.Refused(why)
                : taken.Tried.Count > 0 ? TypedResults.Ok(new { tried = taken.Tried.Select(Shown) })
                : (IResult)TypedResults.Accepted($"/api/v1/imports/{taken.Imports[0]:D}", new { id = taken.Imports[0], ids = taken.Imports });
        }).DisableAntiforgery().WithName("start-import");
        routes.MapGet("/api/v1/imports", async (Caller caller, Imports imports, CancellationToken ct) =>
            !caller.MayAnywhere(Importers) ? Problems.Refused(No) : (IResult)TypedResults.Ok(new { items = await imports.Recent(caller, 100, ct) })).WithName("list-imports");
        routes.MapGet("/api/v1/imports/{id:guid}", async (Guid id, Caller caller, Imports imports, CancellationToken ct) =>
            await imports.Find(id, caller, ct) is not { } row ? Problems.Refused(Refusal.Unknown("import", "Inläsningen finns inte."))
            : (IResult)TypedResults.Ok(new { import = row, refused = await imports.Rejections(id, CaptureResult.MostTold, ct) })).WithName("get-import");
        routes.MapGet("/api/v1/imports/{id:guid}/rejected.csv", async (Guid id, Caller caller, Imports imports, CancellationToken ct) =>
            await imports.Find(id, caller, ct) is null ? Problems.Refused(Refusal.Unknown("import", "Inläsningen finns inte."))
            : (IResult)TypedResults.Bytes(await imports.RejectedFile(id, ct), CsvText.MediaType, "avvisade.csv")).WithName("import-rejected");
    }

    public static bool MayImport(Caller caller, Guid authority) => !caller.IsService && caller.May(authority, Importers);

    public static Refusal No => Refusal.NotAllowed("Bara kommunikatör, registrator eller administratör får läsa in en fil.");

    /// <summary>The form's fields first, then its files, each sealed before the next is read; a dry run stores nothing.</summary>
    /// <param name="channel">Which channel, known when the fields have been read; or why not.</param>
    public async Task<ImportsTaken> Take(UploadForm form, Func<Task<(Guid? Channel, Refusal? Refused)>> channel, Caller caller, CancellationToken ct)
    {
        var (started, tried) = (new List<Guid>(), new List<Tried>());
        try
        {
            var file = await form.Next(ct);
            var (order, refused) = await Decide(form, channel, caller, ct);
            if (refused is not null) return new([], [], refused);
            if (file is null) return new([], [], Refusal.Input("file-missing", "Välj en fil att läsa in."));
            for (UploadedFile? next = file; next is not null; next = await form.Next(ct))
            {
                await using var spool = await UnlinkedFile.Of(next.Content, limit.Bytes, ct);
                await using var export = await order!.Form.Open(spool.Path, ct) switch
                {
                    ImportOpened.Ready(var opened) => opened,
                    ImportOpened.Refused(var code, var detail) => throw new UnusableForm(new(code, $"{next.Name}: {Deliveries.InboxProblems.Of(code).What}. {detail}", StatusCodes.Status422UnprocessableEntity)),
                    var other => throw new System.Diagnostics.UnreachableException($"{other}"),
                };
                if (order.DryRun)
                {
                    var (counted, first) = await run.Try(export, null, ct);
                    tried.Add(new(next.Name, counted, first, [.. export.Problems.Select(p => $"{Deliveries.InboxProblems.Of(p.Code).What}. {p.Detail}"), .. export.Summary]));
                    continue;
                }

                // The file itself is kept, sealed, before anything in it is believed (architecture §8).
                var (delivery, _) = await deliveries.ReceiveFile(order.Form.Name, order.Channel.Id, spool.Path, next.Name, order.Mapping, caller, null, ct);
                started.Add(await Start(order, delivery, spool.Length, caller, ct));
            }

            bell.Ring();
            return new(started, tried);
        }
        catch (Exception error) when (Refused(error) is not null)
        {
            var why = Refused(error)!;
            return new(started, [], started.Count == 0 ? why : why with { Explanation = $"{why.Explanation} De {started.Count} filer som kom före läses in." });
        }
    }

    /// <summary>A file of this machine, read in like one from the web. Null when it waits for its turn.</summary>
    public async Task<Refusal?> TakeFile(string form, Channel channel, string path, string name, Caller caller, CancellationToken ct)
    {
        if (!MayImport(caller, channel.Authority)) return No;
        if (ImportRun.FormOf(form, null).Form is not { } opens) return Refusal.Input("form-unknown", $"Formen är en av: {string.Join(", ", ImportForms.All.Select(f => f.Name))}.");
        var (delivery, _) = await deliveries.ReceiveFile(opens.Name, channel.Id, path, name, null, caller, null, ct);
        await Start(new(channel, opens, null, DryRun: false), delivery, new FileInfo(path).Length, caller, ct);
        bell.Ring();
        return null;
    }

    public async Task<ImportRow?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"select {Columns} from work.imports where import_id = $1");
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) && Read(row) is var found && MayImport(caller, found.Authority) ? found : null;
    }

    public async Task<IReadOnlyList<ImportRow>> Recent(Caller caller, int most, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand($"select {Columns} from work.imports where $1::uuid[] is null or authority_id = any ($1) order by requested_at desc limit $2");
        query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(Importers)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ImportRow>();
        while (await rows.ReadAsync(ct)) found.Add(Read(rows));
        return found;
    }

    /// <summary>Reads a file again whose import failed; false for any other.</summary>
    public static async Task<bool> Retry(Guid delivery, Databases databases, CancellationToken ct)
    {
        await using var again = databases.Writer.CreateCommand("update work.imports set state = 'waiting', attempts = 0, due_at = clock_timestamp(), finished_at = null where delivery_id = $1 and state = 'failed'");
        again.Parameters.Add(new() { Value = delivery });
        return await again.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task<IReadOnlyList<Rejection>> Rejections(Guid id, int most, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select place, code, detail from work.import_rejections where import_id = $1 order by n limit $2");
        query.Parameters.Add(new() { Value = id });
        query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Rejection>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetString(2)));
        return found;
    }

    public async Task<byte[]> RejectedFile(Guid id, CancellationToken ct) => CsvText.File(
        ["Plats", "Kod", "Vad", "Vad du gör", "Detalj"],
        (await Rejections(id, MostRejections, ct)).Select(r => (IEnumerable<string?>)
            [r.Line.ToString(System.Globalization.CultureInfo.InvariantCulture), r.Code, Deliveries.InboxProblems.Of(r.Code).What, Deliveries.InboxProblems.Of(r.Code).Do, r.Detail]));

    private static object Shown(Tried tried) => new
    {
        tried.FileName,
        accepted = tried.Counted.Accepted,
        notRecords = tried.Counted.Duplicates,
        unknown = tried.Counted.Unknown,
        rejected = tried.Counted.Rejected,
        tried.Counted.RejectedCount,
        tried.Said,
        first = tried.First.Select(a => new { place = a.Place, act = a.Act.Act, kind = a.Act.Kind, a.Act.NativeId, a.Act.OccurredAt, author = a.Act.Author?.DisplayName ?? a.Act.Author?.Handle, a.Act.Audience, a.Act.Text, a.Act.Flags }),
    };

    private async Task<(Order? Order, Refusal? Refused)> Decide(UploadForm form, Func<Task<(Guid? Channel, Refusal? Refused)>> channelOf, Caller caller, CancellationToken ct)
    {
        var (id, refused) = await channelOf();
        if (refused is not null) return (null, refused);
        if (id is not { } known || await channels.Find(known, ct) is not { } channel || !caller.IsStaffOf(channel.Authority))
            return (null, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
        if (!MayImport(caller, channel.Authority)) return (null, No);
        var mapping = form["mapping"];
        var (opens, problem) = ImportRun.FormOf(form["form"] ?? "", mapping);
        if (opens is null) return (null, Refusal.Input(mapping is null ? "form-unknown" : "csv-mapping", mapping is null ? $"Formen är en av: {string.Join(", ", ImportForms.All.Select(f => f.Name))}." : $"Mappningen går inte att använda. {problem}"));
        if (opens.Platforms.Count > 0 && !opens.Platforms.Contains(channel.Platform))
            return (null, new("form-other-platform", $"Den formen läses in till en kanal på {string.Join(" eller ", opens.Platforms.Select(RecordViewWords.Platform))}, och kanalen finns på {RecordViewWords.Platform(channel.Platform)}.", StatusCodes.Status422UnprocessableEntity));
        return (new(channel, opens, mapping, form.Ticked("dryRun")), null);
    }

    private async Task<Guid> Start(Order order, Guid delivery, long bytes, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var insert = databases.Writer.CreateCommand("insert into work.imports (import_id, channel_id, authority_id, form, delivery_id, requested_by, bytes) values ($1, $2, $3, $4, $5, $6, $7)");
        foreach (var value in new object[] { id, order.Channel.Id, order.Channel.Authority, order.Form.Name, delivery, caller.PersonId, bytes }) insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync(ct);
        return id;
    }

    private Refusal? Refused(Exception error) => error switch
    {
        FileTooLarge => new("request-too-large", $"En fil får vara högst {PageParts.Swedish.Bytes(limit.Bytes)} (Import__MaxBytes). Läs in den från kommandoraden i stället.", StatusCodes.Status413PayloadTooLarge),
        // What a reader calls damage is told by the reader; a broken form is the sender's.
        _ => UploadForm.Refused(error, new(limit.Bytes)),
    };

    internal static ImportRow Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetGuid(4), row.GetGuid(5), row.GetFieldValue<DateTimeOffset>(6), row.GetString(7), row.GetInt32(8),
        row.GetFieldValue<DateTimeOffset?>(9), row.GetFieldValue<DateTimeOffset?>(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14), row.GetInt64(15), row.GetInt64(16), row.GetInt64(17),
        row.GetBoolean(18), row.IsDBNull(19) ? null : row.GetString(19));

    internal static string AllColumns => Columns;

    private sealed record Order(Channel Channel, ImportForm Form, string? Mapping, bool DryRun);
}
