using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

public abstract record LogEvent : SealableEvent;

/// <summary>Numbers of a series that were given before a restore and are not in the log any more, both ends included.</summary>
public sealed record SkippedNumbers(Guid Series, int Year, long From, long Until);

/// <summary>A log as somebody knew it: its name, its leaves and their root (base64).</summary>
public sealed record KnownLog(string Origin, long Size, string Root);

/// <summary>
/// The log goes on after a restore that lost its end. <paramref name="LastSequence"/> is the last event that came back. The numbers known outside to have been given since are
/// skipped: they stand as utgår (återläsning), and no document gets one of them again. It is the first leaf of the evidence log <paramref name="Origin"/>; the one before it came
/// back as <paramref name="From"/>, and what copies outside knew of it and of others that did not come back is <paramref name="Lost"/>.
/// </summary>
[EventName("log_resumed")]
public sealed record LogResumed(
    DateTimeOffset ResumedAt, long LastSequence, IReadOnlyList<SkippedNumbers> Skipped, string? Origin = null, KnownLog? From = null, IReadOnlyList<KnownLog>? Lost = null) : LogEvent;

/// <summary>The highest number known outside (a postlista, an answer sent, a paper) at an authority.</summary>
public sealed record KnownOutside(string Authority, string Number)
{
    /// <summary><c>KS=KS 120/2026 956</c>.</summary>
    public static KnownOutside? Read(string written) =>
        written.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } code, { Length: > 0 } number] ? new(code, number) : null;
}

/// <summary>What is or would be skipped.</summary>
public sealed record ResumedSeries(string Authority, string Organ, SkippedNumbers Skipped, IReadOnlyList<string> Numbers);

/// <summary>What going on led or would lead to.</summary>
/// <param name="Resumed">The series that skip numbers.</param>
/// <param name="Refused">Why nothing was done.</param>
/// <param name="Origin">The evidence log that goes on; null when there was nothing to do.</param>
/// <param name="Unknown">Numbers that copies know of series which did not come back: whoever sets those up again must begin above.</param>
public sealed record Resumption(IReadOnlyList<ResumedSeries> Resumed, Refusal? Refused = null, string? Origin = null, IReadOnlyList<NumberGiven>? Unknown = null);

/// <summary>
/// After a restore that is behind: ends the evidence log that stands and opens the next one, whose first leaf says what was lost, and takes the diary's series past the
/// numbers that went with it, so that none of them is given twice (I7, arkivförordningen 3 §; architecture §5). All of it or nothing.
/// </summary>
public sealed class ResumeLog(
    SealedLog log, Databases databases, AuthorityRegister authorities, SeriesHandler series, LogBehind behind, EvidenceLog evidence, LogComparison comparison, TimeProvider clock)
{
    private const long MostSkipped = 100_000;

    public static Command Verb(OpenArchive open)
    {
        var until = new Option<string[]>("--numbers-until")
        {
            Description = "CODE=NUMBER: the highest diary number known outside at the authority, such as \"KS=KS 120/2026 956\"; once a series and year",
            AllowMultipleArgumentsPerToken = true,
        };
        var none = new Option<bool>("--no-numbers") { Description = "No number is known outside that is not in the database: nothing is skipped" };
        var dry = new Option<bool>("--dry-run") { Description = "Says what would be skipped, and changes nothing" };
        var verb = new Command("resume-log", "After a restore that is behind: goes on above the numbers known outside; the skipped ones stand as utgår (återläsning).") { until, none, dry };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            var known = (parsed.GetValue(until) ?? []).Select(written => (Written: written, Known: KnownOutside.Read(written))).ToList();
            var compared = await archive.Services.GetRequiredService<LogComparison>().Run(ct);
            if (known.Count > 0 && parsed.GetValue(none) || (known.Count == 0 && !parsed.GetValue(none) && compared.Numbers.Count == 0))
            {
                await error.WriteLineAsync("Give the highest numbers known outside (--numbers-until), or say that there are none (--no-numbers).");
                return 2;
            }

            if (known.FirstOrDefault(k => k.Known is null) is { Written: { } wrong })
            {
                await error.WriteLineAsync($"{wrong} is not CODE=NUMBER, as in \"KS=KS 120/2026 956\".");
                return 2;
            }

            foreach (var lost in compared.Lost)
                await output.WriteLineAsync($"A copy outside knows {lost.Size} events of {lost.Origin}{(compared.State == LogState.Differs ? ", with another root than what stands here gives" : "")}.");
            var dryRun = parsed.GetValue(dry);
            var result = await ActivatorUtilities.CreateInstance<ResumeLog>(archive.Services).Run([.. known.Select(k => k.Known!)], dryRun, CommandLineCaller.Caller, ct);
            if (result.Refused is { } refused)
            {
                await error.WriteLineAsync(refused.Explanation);
                return 1;
            }

            foreach (var one in result.Resumed)
                await output.WriteLineAsync($"{one.Authority} {one.Organ} {one.Skipped.Year}: {one.Skipped.From}–{one.Skipped.Until} utgår (återläsning), {one.Numbers.Count} numbers, {one.Numbers[0]} to {one.Numbers[^1]}.");
            foreach (var one in result.Unknown ?? [])
                await output.WriteLineAsync($"{one.Authority} {one.Organ} {one.Year}: numbers up to {one.Last} were given, but the series did not come back. When it is set up again, begin above.");
            if (result.Resumed.Count == 0) await output.WriteLineAsync("No number has to be skipped.");
            if (result.Origin is { } origin) await output.WriteLineAsync($"The evidence log {(dryRun ? "would go" : "goes")} on as {origin}.");
            return 0;
        });
        return verb;
    }

    /// <summary>As somebody says, with the highest numbers that they know beside those of the copies.</summary>
    public async Task<Resumption> Run(IReadOnlyList<KnownOutside> known, bool dryRun, Caller by, CancellationToken ct)
    {
        var wanted = new List<(Of Of, Wanted Wanted)>();
        foreach (var (of, read) in await Highest(known, ct))
        {
            if (read.Refused is not null) return new([], read.Refused);
            wanted.Add((of, read));
        }

        return await Resume(wanted, dryRun, by.PersonId.ToString("D"), ct);
    }

    /// <summary>By the service itself, when the copies outside say all that is needed.</summary>
    public async Task<Resumption> ByItself(CancellationToken ct)
    {
        var compared = await comparison.Run(ct);
        var (_, unknown) = await Given(compared.Numbers, ct);
        if (compared.State == LogState.Differs)
            return new([], new("log-differs", "Kopiorna utanför databasen är av en annan historia än den som står här. En administratör måste ta ställning (/bevis eller ./run resume-log)."));
        return unknown.Count > 0
            ? new([], new("numbers-unknown", "Kopiorna nämner diarieserier som inte kom tillbaka. En administratör måste ta ställning (/bevis eller ./run resume-log)."))
            : compared.State == LogState.Level ? new([]) : await Resume([], dryRun: false, actor: null, ct);
    }

    private async Task<Resumption> Resume(IReadOnlyList<(Of Of, Wanted Wanted)> said, bool dryRun, string? actor, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var compared = await comparison.Run(ct);
        var (given, unknown) = await Given(compared.Numbers, ct);
        var resumed = new List<ResumedSeries>();
        var rows = new List<NpgsqlBatchCommand>();
        var now = clock.GetUtcNow();
        foreach (var (of, read) in InOrder([.. said, .. given]))
        {
            var last = await Last(transaction, of.Series.Id, read.Year, ct);
            if (last >= read.Number) continue;
            if (read.Number - last > MostSkipped) return new([], new("too-many-numbers", $"{read.Number - last} nummer skulle hoppas över i {of.Series.Organ} {read.Year}, fler än {MostSkipped}. Kontrollera numret."));
            Skip(of, read, last, now, resumed, rows);
        }

        var next = await NextOrigin(compared, ct);
        if (dryRun) return new(resumed, null, next.Origin, unknown);

        // From here on nobody appends until this is done: the lock is the one that every insert of events takes shared. Whoever waited for it looks again.
        await using (var barrier = new NpgsqlCommand("select pg_advisory_xact_lock(7316401)", connection, transaction)) await barrier.ExecuteNonQueryAsync(ct);
        compared = await comparison.Run(ct);
        if (resumed.Count == 0 && compared.State == LogState.Level && !await behind.Is(ct)) return new([], Unknown: unknown);
        next = await NextOrigin(compared, ct);

        var (came, root) = await evidence.Close(transaction, next.First, ct);
        var happened = new LogResumed(
            now, await LastSequence(transaction, ct), [.. resumed.Select(r => r.Skipped)], next.Origin, new(came.Origin, came.Size, root.ToString()),
            [.. compared.Lost.Select(lost => new KnownLog(lost.Origin, lost.Size, lost.Root.ToString()))]);
        await evidence.Open(transaction, next.Origin, next.Ordinal, ct);
        var (id, happening) = (Guid.CreateVersion7(now), Guid.CreateVersion7(now));
        if (await log.Store.Append(transaction, [new(id, "log", ExpectedVersion.NewStream, [new(happening, happened)])], new(actor), [.. rows, Audit.AuditRows.Row([id], [happening])], ct) is not Appended.Done done)
            throw new InvalidOperationException("The new stream was not new.");

        // A number that somebody drew before this event and has not used yet would come in front of the first leaf: it is refused.
        await using (var passed = new NpgsqlCommand("update archive.log_passed set seq_id = $1 where seq_id < $1", connection, transaction))
        {
            passed.Parameters.Add(new() { Value = done.LastSequence });
            await passed.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return new(resumed, null, next.Origin, unknown);
    }

    /// <summary>Above every log that is known here or outside: no name is used twice.</summary>
    private async Task<(string First, string Origin, int Ordinal)> NextOrigin(Compared compared, CancellationToken ct)
    {
        var first = await evidence.FirstOrigin(ct);
        var highest = Math.Max(1, Math.Max((await evidence.All(ct)).Select(head => head.Ordinal).DefaultIfEmpty().Max(), compared.Lost.Select(lost => lost.Ordinal).DefaultIfEmpty().Max()));
        return (first, EvidenceLog.OriginOf(first, highest + 1), highest + 1);
    }

    private static void Skip(Of of, Wanted read, long last, DateTimeOffset now, List<ResumedSeries> resumed, List<NpgsqlBatchCommand> rows)
    {
        var template = of.Series.TemplateUnder(of.Authority.Policy);
        long[] numbers = [.. Enumerable.Range(0, (int)(read.Number - last)).Select(n => last + 1 + n)];
        string[] written = [.. numbers.Select(n => DiaryNumber.WithoutClass(template, of.Series.Organ, n, read.Year))];
        resumed.Add(new(of.Authority.Code, of.Series.Organ, new(of.Series.Id, read.Year, last + 1, read.Number), written));
        rows.Add(new("update archive.diary_counters set last = $3 where series_id = $1 and year = $2 and last < $3")
        {
            Parameters = { new() { Value = of.Series.Id }, new() { Value = read.Year }, new() { Value = read.Number } },
        });
        rows.Add(new("""
            insert into archive.voided_numbers (series_id, year, number, authority_id, diary_number, folded_number, why, voided_at)
            select $1, $2, n.number, $3, n.written, n.folded, 'resumed', $4 from unnest($5, $6, $7) n(number, written, folded)
            """)
        {
            Parameters =
            {
                new() { Value = of.Series.Id }, new() { Value = read.Year }, new() { Value = of.Authority.Id }, new() { Value = now.ToUniversalTime() },
                new() { Value = numbers }, new() { Value = written }, new() { Value = written.Select(DiaryNumberKey.Of).ToArray() },
            },
        });
    }

    /// <summary>The numbers of the copies, in the series that stand; and those of series that do not.</summary>
    private async Task<(List<(Of Of, Wanted Wanted)> Given, List<NumberGiven> Unknown)> Given(IReadOnlyList<NumberGiven> numbers, CancellationToken ct)
    {
        var given = new List<(Of Of, Wanted Wanted)>();
        var unknown = new List<NumberGiven>();
        foreach (var number in numbers)
        {
            if (await authorities.Find(number.Authority, ct) is { } authority
                && (await series.Of(authority, ct)).FirstOrDefault(s => string.Equals(s.Organ, number.Organ, StringComparison.Ordinal)) is { } of)
                given.Add((new(authority, of), new(number.Year, number.Last)));
            else
                unknown.Add(number);
        }

        return (given, unknown);
    }

    /// <summary>Of each series and year the highest, in one order, so that two at once wait for each other.</summary>
    private static IEnumerable<(Of Of, Wanted Wanted)> InOrder(IReadOnlyList<(Of Of, Wanted Wanted)> all) =>
        all.GroupBy(w => (w.Of.Series.Id, w.Wanted.Year)).OrderBy(g => g.Key.Id).ThenBy(g => g.Key.Year).Select(g => g.MaxBy(w => w.Wanted.Number));

    private sealed record Of(Authority Authority, DiarySeries Series);

    private sealed record Wanted(int Year, long Number, Refusal? Refused = null);

    private async Task<IReadOnlyList<(Of Of, Wanted Wanted)>> Highest(IReadOnlyList<KnownOutside> known, CancellationToken ct)
    {
        var wanted = new List<(Of Of, Wanted Wanted)>();
        foreach (var (code, number) in known)
        {
            if (await authorities.Find(code, ct) is not { } authority) return [(null!, new(0, 0, Refusal.Unknown("authority", $"Myndigheten {code} finns inte.")))];
            var read = (await series.Of(authority, ct)).Select(s => (Series: s, Number: DiaryNumber.Read(s.TemplateUnder(authority.Policy), s.Organ, number))).FirstOrDefault(s => s.Number is not null);
            if (read.Number is not { } found) return [(null!, new(0, 0, Refusal.Input("number-unread", $"{number} är inget nummer i någon av {authority.Code}:s serier. Skriv det som diariet skriver det.")))];
            wanted.Add((new(authority, read.Series), new(found.Year, found.Number)));
        }

        return wanted;
    }

    private static async Task<long> Last(NpgsqlTransaction transaction, Guid id, int year, CancellationToken ct)
    {
        await using var row = new NpgsqlCommand("insert into archive.diary_counters (series_id, year, last) values ($1, $2, 0) on conflict do nothing", transaction.Connection, transaction);
        row.Parameters.Add(new() { Value = id });
        row.Parameters.Add(new() { Value = year });
        await row.ExecuteNonQueryAsync(ct);
        await using var last = new NpgsqlCommand("select last from archive.diary_counters where series_id = $1 and year = $2 for update", transaction.Connection, transaction);
        last.Parameters.Add(new() { Value = id });
        last.Parameters.Add(new() { Value = year });
        return (long)(await last.ExecuteScalarAsync(ct))!;
    }

    private static async Task<long> LastSequence(NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select coalesce(max(seq_id), 0) from archive.mt_events", transaction.Connection, transaction);
        return Convert.ToInt64(await query.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }
}
