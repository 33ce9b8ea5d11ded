using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

public abstract record LogEvent : SealableEvent;

/// <summary>Numbers of a series that were given before a restore and are not in the log any more, both ends included.</summary>
public sealed record SkippedNumbers(Guid Series, int Year, long From, long Until);

/// <summary>
/// The log goes on after a restore that lost its end. <paramref name="LastSequence"/> is the last event that came back. The numbers known outside to have been given since are
/// skipped: they stand as utgår (återläsning), and no document gets one of them again.
/// </summary>
[EventName("log_resumed")]
public sealed record LogResumed(DateTimeOffset ResumedAt, long LastSequence, IReadOnlyList<SkippedNumbers> Skipped) : LogEvent;

/// <summary>The highest number known outside (a postlista, an answer sent, a paper) at an authority.</summary>
public sealed record KnownOutside(string Authority, string Number)
{
    /// <summary><c>KS=KS 120/2026 956</c>.</summary>
    public static KnownOutside? Read(string written) =>
        written.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } code, { Length: > 0 } number] ? new(code, number) : null;
}

/// <summary>What is or would be skipped.</summary>
public sealed record ResumedSeries(string Authority, string Organ, SkippedNumbers Skipped, IReadOnlyList<string> Numbers);

/// <summary>Takes the diary's series past the numbers that a restore lost, so that none of them is given twice (I7, arkivförordningen 3 §).</summary>
public sealed class ResumeLog(SealedLog log, Databases databases, AuthorityRegister authorities, SeriesHandler series, LogBehind behind, TimeProvider clock)
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
            var known = (parsed.GetValue(until) ?? []).Select(written => (Written: written, Known: KnownOutside.Read(written))).ToList();
            if (known.Count == 0 != parsed.GetValue(none))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync("Give the highest numbers known outside (--numbers-until), or say that there are none (--no-numbers).");
                return 2;
            }

            if (known.FirstOrDefault(k => k.Known is null) is { Written: { } wrong })
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{wrong} is not CODE=NUMBER, as in \"KS=KS 120/2026 956\".");
                return 2;
            }

            var (resumed, refused) = await ActivatorUtilities.CreateInstance<ResumeLog>(archive.Services).Run([.. known.Select(k => k.Known!)], parsed.GetValue(dry), CommandLineCaller.Caller, ct);
            if (refused is not null)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(refused.Explanation);
                return 1;
            }

            foreach (var one in resumed)
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{one.Authority} {one.Organ} {one.Skipped.Year}: {one.Skipped.From}–{one.Skipped.Until} utgår (återläsning), {one.Numbers.Count} numbers, {one.Numbers[0]} to {one.Numbers[^1]}.");
            if (resumed.Count == 0) await parsed.InvocationConfiguration.Output.WriteLineAsync("No number has to be skipped.");
            return 0;
        });
        return verb;
    }

    public async Task<(IReadOnlyList<ResumedSeries> Resumed, Refusal? Refused)> Run(IReadOnlyList<KnownOutside> known, bool dryRun, Caller by, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var resumed = new List<ResumedSeries>();
        var rows = new List<NpgsqlBatchCommand>();
        var now = clock.GetUtcNow();
        foreach (var (of, read) in await Highest(known, ct))
        {
            if (read.Refused is not null) return ([], read.Refused);
            var last = await Last(transaction, of.Series.Id, read.Year, ct);
            if (last >= read.Number) continue;
            if (read.Number - last > MostSkipped) return ([], new("too-many-numbers", $"{read.Number - last} nummer skulle hoppas över i {of.Series.Organ} {read.Year}, fler än {MostSkipped}. Kontrollera numret."));

            var template = of.Series.TemplateUnder(of.Authority.Policy);
            var skipped = new SkippedNumbers(of.Series.Id, read.Year, last + 1, read.Number);
            long[] numbers = [.. Enumerable.Range(0, (int)(read.Number - last)).Select(n => last + 1 + n)];
            string[] written = [.. numbers.Select(n => DiaryNumber.WithoutClass(template, of.Series.Organ, n, read.Year))];
            resumed.Add(new(of.Authority.Code, of.Series.Organ, skipped, written));
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

        if (dryRun || (resumed.Count == 0 && !await behind.Is(ct))) return (resumed, null);
        var happened = new LogResumed(now, await LastSequence(transaction, ct), [.. resumed.Select(r => r.Skipped)]);
        await log.Append(transaction, [new(Guid.CreateVersion7(now), "log", ExpectedVersion.NewStream, [new(happened)])], log.NewKeySet(), new(by.PersonId.ToString("D")), rows, ct);
        await transaction.CommitAsync(ct);
        return (resumed, null);
    }

    private sealed record Of(Authority Authority, DiarySeries Series);

    private sealed record Wanted(int Year, long Number, Refusal? Refused = null);

    /// <summary>Of each series and year the highest, in one order, so that two at once wait for each other.</summary>
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

        return [.. wanted.GroupBy(w => (w.Of.Series.Id, w.Wanted.Year)).OrderBy(g => g.Key.Id).ThenBy(g => g.Key.Year).Select(g => g.MaxBy(w => w.Wanted.Number))];
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
