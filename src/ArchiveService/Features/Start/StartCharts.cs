using System.Collections.Concurrent;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Watch;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Start;

/// <summary>
/// The small charts. What stands behind a wall is in none of them, whoever looks: a bar that is one higher tells that something came that day.
/// They are drawn from many rows, and kept a few minutes.
/// </summary>
public sealed class StartCharts(Databases databases, WatchRegister watch, TimeProvider clock)
{
    private const int Days = 28;
    private const int MostKept = 500;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, Chart? Chart)> kept = new(StringComparer.Ordinal);

    /// <summary>Those of a role's section.</summary>
    public async Task<IReadOnlyList<Chart>> Of(Role role, Caller caller, CancellationToken ct)
    {
        var authorities = caller.AuthoritiesWith(role);
        Func<Task<Chart?>>? read = role switch
        {
            Role.Moderator or Role.Registrator => () => Incoming(authorities, ct),
            Role.Chef => () => Answered(caller, ct),
            Role.Arkivarie => () => Disposal(authorities, ct),
            Role.Kommunikator or Role.Admin => () => Coverage(authorities, ct),
            _ => null,
        };
        if (read is null) return [];
        return await Remembered($"{role} {(authorities is null ? "*" : string.Join(' ', authorities.Order()))}", read) is { } chart ? [chart] : [];
    }

    private async Task<Chart?> Remembered(string key, Func<Task<Chart?>> read)
    {
        var now = clock.GetUtcNow();
        if (kept.TryGetValue(key, out var known) && now - known.At < Kept && Swedish.Day(known.At) == Swedish.Day(now)) return known.Chart;
        if (kept.Count > MostKept) kept.Clear();
        var chart = await read();
        kept[key] = (now, chart);
        return chart;
    }

    private async Task<Chart?> Incoming(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        var (first, today) = Window();
        var found = await PerDay("""
            select archive.swedish_date(s.received_at), count(*), 0::bigint from archive.channels c join archive.record_states s using (channel_id)
            where ($1::uuid[] is null or c.authority_id = any ($1)) and s.captured_at >= $2 and s.received_at >= $2 and s.wall = 'open' and s.direction = 'received' group by 1
            """, authorities, first, ct);
        return Chart.OfDays("inkommet", "Inkommet per dag", first, today, day => found.GetValueOrDefault(day).Count, ("handling", "handlingar"), "Det som står bakom en mur räknas inte.");
    }

    /// <summary>How much of what came in a day was answered in time, by the clocks of today.</summary>
    private async Task<Chart?> Answered(Caller caller, CancellationToken ct)
    {
        var (first, today) = Window();
        var channels = (await watch.Channels(caller, [Role.Chef], ct)).Where(c => c.Clocks.Answer is not null).ToDictionary(c => c.Id);
        if (channels.Count == 0) return null;
        await using var query = databases.Writer.CreateCommand("""
            select i.channel_id, i.received_at, i.answered_at from archive.record_states s join archive.open_items i using (record_id)
            where s.channel_id = any ($1) and s.captured_at >= $2 and i.received_at >= $2 and s.wall = 'open' and i.incoming and i.answered_at is not null limit 20000
            """);
        query.Parameters.Add(new() { Value = channels.Keys.ToArray() });
        query.Parameters.Add(new() { Value = Swedish.StartOf(first).ToUniversalTime() });
        var all = new Dictionary<DateOnly, (int Answered, int InTime)>();
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                var (received, answered) = (row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2));
                var day = Swedish.Day(received);
                var so = all.GetValueOrDefault(day);
                all[day] = (so.Answered + 1, so.InTime + (answered <= channels[row.GetGuid(0)].Clocks.Answer!.Due(received) ? 1 : 0));
            }
        }

        var (sum, inTime) = (all.Values.Sum(a => a.Answered), all.Values.Sum(a => a.InTime));
        return Chart.OfDays(
            "besvarat", "Besvarat efter dagen det kom in", first, today, day => all.GetValueOrDefault(day).Answered, ("svar", "svar"),
            sum == 0 ? "Inget har besvarats." : $"{Swedish.Percent(inTime, sum)} besvarades i tid, {Swedish.Number(inTime)} av {Swedish.Number(sum)}.", day => all.GetValueOrDefault(day).Answered - all.GetValueOrDefault(day).InTime, "för sent");
    }

    private async Task<Chart?> Disposal(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        var today = Swedish.Day(clock.GetUtcNow());
        var first = new DateOnly(today.Year, today.Month, 1);
        await using var query = databases.Writer.CreateCommand("""
            select date_trunc('month', x.due_on)::date, count(distinct x.record_id) from archive.rules_of_records x
            where x.wall = 'open' and ($1::uuid[] is null or x.authority_id = any ($1)) and x.due_on >= $2 and x.due_on < $3
              and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and (o.due_on is null or o.due_on > x.due_on or (o.due_on = x.due_on and o.rule_id > x.rule_id))) group by 1
            """);
        query.Parameters.Add(Retention.RetentionRegister.Authorities(authorities));
        query.Parameters.Add(new() { Value = first });
        query.Parameters.Add(new() { Value = first.AddMonths(12) });
        var found = new Dictionary<DateOnly, long>();
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct)) found[row.GetFieldValue<DateOnly>(0)] = row.GetInt64(1);
        }

        return new(
            "gallras", "Frister som går ut, månad för månad", [.. Enumerable.Range(0, 12).Select(first.AddMonths).Select(m => new ChartBar($"{Swedish.MonthName(m.Month)} {m.Year}", found.GetValueOrDefault(m)))], ("handling", "handlingar"))
        {
            Note = "De närmaste tolv månaderna. Gallringsstopp kan hålla kvar en del.",
        };
    }

    /// <summary>How many channels were seen whole, day by day.</summary>
    private async Task<Chart?> Coverage(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        var (first, today) = Window();
        var found = await PerDay("""
            select d.day, count(*), count(*) filter (where d.coverage in ('gap', 'untrusted')) from archive.channel_days d join archive.channels c using (channel_id)
            where ($1::uuid[] is null or c.authority_id = any ($1)) and d.day >= archive.swedish_date($2) group by 1
            """, authorities, first, ct);
        if (found.Count == 0) return null;
        return Chart.OfDays("tackning", "Kanaler med hel täckning, dag för dag", first, today, day => found.GetValueOrDefault(day).Count, ("kanal", "kanaler"), "En dag räknas när den är slut.", day => found.GetValueOrDefault(day).Other, "med lucka");
    }

    private (DateOnly First, DateOnly Today) Window()
    {
        var today = Swedish.Day(clock.GetUtcNow());
        return (today.AddDays(1 - Days), today);
    }

    private async Task<Dictionary<DateOnly, (long Count, long Other)>> PerDay(string sql, IReadOnlyList<Guid>? authorities, DateOnly first, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.Add(Retention.RetentionRegister.Authorities(authorities));
        query.Parameters.Add(new() { Value = Swedish.StartOf(first).ToUniversalTime() });
        var found = new Dictionary<DateOnly, (long, long)>();
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) found[row.GetFieldValue<DateOnly>(0)] = (row.GetInt64(1), row.GetInt64(2));
        return found;
    }
}
