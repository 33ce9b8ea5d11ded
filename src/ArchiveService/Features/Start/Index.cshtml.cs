using ArchiveService.Access;
using ArchiveService.Features.Answering;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Start;

/// <summary>What waits for this reader, counted in the inline tables.</summary>
public sealed class StartModel(Databases databases, Worklist worklist, RetentionRegister register, Snapshots.SnapshotCalendar snapshots, Queue queue, Opening.MorningList morning, Allotments.AllotmentList allotments, Sources.SourceRegister sources) : PageModel
{
    public string Greeting { get; private set; } = "";

    public IReadOnlyList<KeyFigure> Figures { get; private set; } = [];

    /// <summary>The day's reminders; null for those whose work it is not.</summary>
    public QueueDigest? Digest { get; private set; }

    public IReadOnlyList<Precondition> Steps { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        Greeting = $"Hej {caller.Name.Split(' ')[0]}";
        var figures = new List<KeyFigure>();
        if (caller.MayAnywhere(Role.Moderator, Role.Registrator))
        {
            var mine = caller.AuthoritiesWith(Role.Moderator, Role.Registrator);
            var (captured, unassessed, takenDown, emergencies) = await Waiting(mine, ct);
            figures.Add(new("Fångat, inte bedömt", Swedish.Number(captured), "varken registrerat, ordnat eller undantaget", Href: "/sok?registration=captured"));
            figures.Add(new("Direktmeddelanden och hemligt att bedöma", Swedish.Number(unassessed), "syns bara för dig som bedömer", Href: "/sok?secrecy=unassessed"));
            if (emergencies is { } first) figures.Add(new("Nödåtgärder att pröva", Swedish.Number(first.Count), "nedtaget utan den vanliga ordningen", Late: true, Href: first.Count == 1 ? $"/handlingar/{first.Record:D}/nodatgard" : "/sok?state=hidden"));
            figures.Add(new("Avpublicerat", Swedish.Number(takenDown), "ur kanalen, sparat här", Href: "/sok?state=unpublished"));
        }

        // Overdue is for registrator and chef to see (R-14, OSL 5:1).
        if (caller.MayAnywhere(Role.Registrator, Role.Chef))
        {
            var lists = await morning.Mine(caller, ct);
            var (rows, late) = (lists.Sum(l => l.Counts.Rows), lists.Sum(l => l.Counts.Overdue));
            figures.Add(new("I postöppningen", Swedish.Number(rows), late > 0 ? $"{Swedish.Number(late)} försenade" : "ingen är försenad", Late: late > 0, Href: "/postoppning"));
            var allotted = await allotments.Counts(caller, ct);
            figures.Add(new("Ofördelade", Swedish.Number(allotted.Unallotted), allotted.Late > 0 ? $"{Swedish.Number(allotted.Late)} för länge" : "ingen för länge", Late: allotted.Late > 0, Href: "/fordelning"));
        }

        if (!caller.IsService && (await allotments.Counts(caller, ct)).Mine is > 0 and var mineToReceive) figures.Add(new("Fördelat till dig", Swedish.Number(mineToReceive), "väntar på att du tar emot", Href: "/fordelning?state=mine"));

        if (caller.MayAnywhere(Queue.Readers))
        {
            Digest = await queue.Digest(caller, ct);
            figures.Add(new("Att svara på", Swedish.Number(Digest.Unanswered), "väntar på svar eller på att avslutas", Href: "/arbetslista?state=unanswered"));
            if (Digest.Due > 0) figures.Add(new("Senast i dag", Swedish.Number(Digest.Due), Digest.Overdue > 0 ? $"{Swedish.Number(Digest.Overdue)} försenade" : "ingen är försenad", Late: Digest.Overdue > 0, Href: Digest.Overdue > 0 ? "/arbetslista?state=overdue" : "/arbetslista?state=due"));
        }

        if (caller.MayAnywhere(Worklist.Readers))
        {
            var (proposed, running, residue) = await Runs(caller.AuthoritiesWith(Worklist.Readers), ct);
            var due = (await worklist.ByRule(caller.AuthoritiesWith(Worklist.Readers), caller, await register.Today(ct), ct)).Sum(r => r.Due);
            if (residue is { Count: > 0 } left)
                figures.Add(new("Gallring med rester", Swedish.Number(left.Count), "något av det gallrade finns kvar", Late: true, Href: left.Count == 1 ? $"/gallring/{left.Run:D}" : "/gallring#korningar"));
            figures.Add(new("Att gallra", Swedish.Number(due), "frist passerad, inte i någon körning", Href: "/gallring#att-gallra"));
            if (proposed + running > 0) figures.Add(new("Gallring på gång", Swedish.Number(proposed + running), proposed > 0 ? $"{Swedish.Number(proposed)} väntar på godkännande" : "godkänd eller verkställs", Href: "/gallring#korningar"));
        }

        // H-28, T-19: overdue is an alarm, so it stands here only when there is something overdue.
        if (caller.MayAnywhere(Role.Kommunikator, Role.Arkivarie) && await snapshots.Overdue(caller.AuthoritiesWith(Role.Kommunikator, Role.Arkivarie), ct) is > 0 and var overdue)
            figures.Add(new("Ögonblicksbilder att ta", Swedish.Number(overdue), overdue == 1 ? "en kanal är försenad" : "kanaler är försenade", Late: true, Href: "/ogonblicksbilder"));

        if (caller.MayAnywhere(Role.Admin, Role.Kommunikator))
        {
            var (authorities, channels, dead) = await Installed(ct);
            figures.Add(new("Kanaler", Swedish.Number(channels), Swedish.Count(authorities, "myndighet", "myndigheter"), Href: "/kanaler"));
            if (await sources.Alarms(caller, ct) is > 0 and var alarms)
                figures.Add(new("Källor med larm", Swedish.Number(alarms), alarms == 1 ? "en kanal hämtas inte som den ska" : "kanaler hämtas inte som de ska", Late: true, Href: "/kallor"));
            figures.Add(new("Leveranser utan plats", Swedish.Number(dead), "väntar på att någon ser efter", Href: "/insamling"));
            if (authorities == 0 || channels == 0)
            {
                Steps =
                [
                    new(authorities > 0 ? Standing.Met : Standing.Attention, "Lägg upp en myndighet", "Under Myndigheter: välj en förlaga"),
                    new(channels > 0 ? Standing.Met : Standing.Attention, "För in en kanal", "Under Kanaler: kontots id avgör vad som är upprättat"),
                    new(Standing.Attention, "Ge någon rollen registrator", "Under Användare"),
                ];
            }
        }

        Figures = figures;
        return Page();
    }

    private async Task<(long Captured, long Unassessed, long TakenDown, (long Count, Guid Record)? Emergencies)> Waiting(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select count(*) filter (where registration = 'captured' and wall = 'open'), count(*) filter (where wall = 'unassessed'),
                   count(*) filter (where visibility = 'unpublished' and wall = 'open')
            from archive.record_states where disposed_at is null and ($1::uuid[] is null or authority_id = any ($1))
            """);
        query.Parameters.Add(Of(authorities));
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), await Emergencies(authorities, ct));
    }

    /// <summary>What was taken down in an emergency, and nobody has examined since. Secret ones wait for the cleared on their own pages.</summary>
    private async Task<(long Count, Guid Record)?> Emergencies(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select count(*), min(a.record_id::text)::uuid
            from views.record_acts a join archive.record_states s using (record_id)
            where a.emergency and s.disposed_at is null and s.wall = 'open' and ($1::uuid[] is null or s.authority_id = any ($1))
              and not exists (select from views.record_acts l where l.record_id = a.record_id and l.seq > a.seq and (l.emergency is not null or l.name = 'emergency_confirmed'))
            """);
        query.Parameters.Add(Of(authorities));
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return row.GetInt64(0) > 0 ? (row.GetInt64(0), row.GetGuid(1)) : null;
    }

    private async Task<(long Proposed, long Running, (long Count, Guid Run)? Residue)> Runs(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select count(*) filter (where state = 'proposed'), count(*) filter (where state in ('approved', 'executing')),
                   count(*) filter (where state = 'executing' and problem like $2 || '%'), (min(run_id::text) filter (where state = 'executing' and problem like $2 || '%'))::uuid
            from archive.disposal_runs where $1::uuid[] is null or authority_id = any ($1)
            """);
        query.Parameters.Add(Of(authorities));
        query.Parameters.Add(new() { Value = Disposals.DisposalExecutor.StillThere });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2) > 0 ? (row.GetInt64(2), row.GetGuid(3)) : null);
    }

    private static Npgsql.NpgsqlParameter Of(IReadOnlyList<Guid>? authorities) =>
        new() { Value = (object?)authorities?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid };

    private async Task<(long Authorities, long Channels, long Dead)> Installed(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select (select count(*) from archive.authorities), (select count(*) from archive.channels where closed_at is null), (select count(*) from work.inbox where dead)");
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }
}
