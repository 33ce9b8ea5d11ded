using ArchiveService.Access;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Channels;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Snapshots;

namespace ArchiveService.Features.Start;

/// <summary>A number of things that wait, and the list that shows exactly them.</summary>
/// <param name="Late">Whether it is to be seen at once.</param>
public sealed record StartFigure(string Key, string Name, long Count, string Note, bool Late, string Href);

/// <summary>What waits for one role.</summary>
public sealed record StartSection(Role Role, string Title, IReadOnlyList<StartFigure> Figures)
{
    public IEnumerable<StartFigure> Waiting => Figures.Where(f => f.Count > 0);

    public IEnumerable<StartFigure> Nothing => Figures.Where(f => f.Count == 0);

    public bool IsEmpty => Figures.All(f => f.Count == 0);
}

/// <summary>The start page's sections: one a role that the reader has, all read at the same time.</summary>
public sealed class StartSections(
    Due due, Queue queue, AllotmentList allotments, DisclosureRegister disclosures, SubjectRegister subjects, SnapshotCalendar snapshots, ChannelList channels, TimeProvider clock)
{
    private static readonly Role[] Staff = [Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin];

    /// <summary>What stands first for somebody with several roles: where citizens wait comes before what waits for us.</summary>
    private static readonly (Role Role, string Title, string[] Keys)[] Plan =
    [
        (Role.Moderator, "Moderering", ["queue-overdue", "queue-due", "queue-new", "queue-unanswered", "nodatgarder", "antydningar", "direktmeddelanden", "leveranser", "utkast", "fordelat"]),
        (Role.Registrator, "Registrering", ["postoppning", "ofordelade", "utlamnanden", "registerutdrag", "sekretess", "utgaende", "queue-overdue", "queue-unanswered", "nodatgarder", "antydningar", "direktmeddelanden", "utkast", "fordelat"]),
        (Role.Kommunikator, "Kanaler", ["queue-overdue", "queue-unanswered", "kallor", "prenumerationer", "tysta-kanaler", "leveranser", "kanaler-pa-vag", "ogonblicksbilder", "samtycken", "fordelat"]),
        (Role.Chef, "Chef", ["kanaler-att-godkanna", "uppdrag-att-godkanna", "gallring-att-godkanna", "delegationsbeslut", "queue-overdue", "postoppning", "ofordelade", "utlamnanden", "registerutdrag", "uppdrag-som-slutar", "fordelat"]),
        (Role.Arkivarie, "Arkiv och gallring", ["rester", "gallring-att-godkanna", "att-gallra", "att-granska", "att-overlamna", "regler-utan-beslut", "korningar-pagar", "ogonblicksbilder", "utlamnanden", "registerutdrag", "sekretess", "utgaende"]),
        (Role.Revisor, "Granskning", ["lasningar", "andringar"]),
        (Role.Admin, "Administration", ["vyer", "kallor", "prenumerationer", "tysta-kanaler", "leveranser", "fel-signatur", "utgaende", "nycklar", "utan-roll", "aldrig-inloggade"]),
    ];

    /// <param name="caller">Whose.</param>
    /// <param name="digest">The day's reminder, where the page reads it anyway: the work list is counted once.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<StartSection>> Of(Caller caller, Task<QueueDigest>? digest, CancellationToken ct)
    {
        if (caller.IsService) return [];
        var told = new HashSet<string>(StringComparer.Ordinal);
        // What two roles share stands with the first of them.
        var mine = Plan.Where(p => caller.MayAnywhere(p.Role)).Select(p => (p.Role, p.Title, Keys: p.Keys.Where(told.Add).ToList())).ToList();
        var others = Others(told, caller, digest, ct);
        return await Task.WhenAll(mine.Select(async section =>
        {
            var counts = await due.Counts([.. section.Keys.Select(DueLists.Find).OfType<DueList>()], caller, ct);
            var figures = new List<StartFigure>();
            foreach (var key in section.Keys)
            {
                if (DueLists.Find(key) is { } list) figures.Add(Figure(list, counts[key]));
                else if (others.FirstOrDefault(o => o.Keys.Contains(key)).Read is { } read && (await read).FirstOrDefault(f => f.Key == key) is { } figure) figures.Add(figure);
            }

            return new StartSection(section.Role, section.Title, figures);
        }));
    }

    private static StartFigure Figure(DueList list, DueCount count) => new(
        list.Key, list.Name, count.Count, list.Late is { } late && count.Late > 0 ? $"{Swedish.Number(count.Late)} {(count.Late == 1 ? late.One : late.Many)}" : list.Note, count.Late > 0, list.Href);

    /// <summary>What other pages list, counted as they count it. Begun at once, and only what is asked for.</summary>
    private List<(string[] Keys, Task<IReadOnlyList<StartFigure>> Read)> Others(HashSet<string> asked, Caller caller, Task<QueueDigest>? digest, CancellationToken ct)
    {
        (string[] Keys, Func<Task<IReadOnlyList<StartFigure>>> Read)[] all =
        [
            (["queue-new", "queue-unanswered", "queue-due", "queue-overdue"], () => Queue(digest ?? queue.Digest(caller, ct))),
            (["ofordelade", "fordelat"], () => Allotted(caller, ct)),
            (["utlamnanden"], () => Disclosures(caller, ct)),
            (["registerutdrag"], () => Subjects(caller, ct)),
            (["ogonblicksbilder"], () => Snapshots(caller, ct)),
            (["kanaler-att-godkanna", "kanaler-pa-vag"], () => Channels(caller, ct)),
        ];
        return [.. all.Where(one => one.Keys.Any(asked.Contains)).Select(one => (one.Keys, one.Read()))];
    }

    private static async Task<IReadOnlyList<StartFigure>> Queue(Task<QueueDigest> digest)
    {
        var counts = await digest;
        var (fresh, unanswered, today, late) = (counts.New, counts.Unanswered, counts.Due, counts.Overdue);
        return
        [
            new("queue-overdue", "Försenade", late, "en tid har gått ut", late > 0, "/arbetslista?state=overdue"),
            new("queue-due", "Senast i dag", today, late > 0 ? $"{Swedish.Number(late)} redan {(late == 1 ? "försenad" : "försenade")}" : "ingen är försenad", late > 0, "/arbetslista?state=due"),
            new("queue-new", "Nya", fresh, "ingen har tittat på dem", false, "/arbetslista?state=new"),
            new("queue-unanswered", "Att svara på", unanswered, "väntar på svar eller på att avslutas", false, "/arbetslista?state=unanswered"),
        ];
    }

    private async Task<IReadOnlyList<StartFigure>> Allotted(Caller caller, CancellationToken ct)
    {
        var counts = await allotments.Counts(caller, ct);
        return
        [
            new("ofordelade", "Ofördelade", counts.Unallotted, counts.Late > 0 ? $"{Swedish.Number(counts.Late)} för länge" : "ingen för länge", counts.Late > 0, "/fordelning?state=unallotted"),
            new("fordelat", "Fördelat till dig eller en enhet", counts.Mine + counts.Unit, "väntar på att tas emot", false, "/fordelning?state=mine"),
        ];
    }

    private async Task<IReadOnlyList<StartFigure>> Disclosures(Caller caller, CancellationToken ct)
    {
        var open = (await disclosures.Of(caller, openOnly: true, ct)).ToList();
        var now = clock.GetUtcNow();
        var late = open.Count(r => r.Overdue(now));
        return [new("utlamnanden", "Begäranden om handlingar", open.Count, late > 0 ? $"{Swedish.Number(late)} {(late == 1 ? "försenad" : "försenade")}" : "ingen är försenad", late > 0, "/utlamnanden?lage=oppna")];
    }

    private async Task<IReadOnlyList<StartFigure>> Subjects(Caller caller, CancellationToken ct)
    {
        var open = await subjects.Of(caller, openOnly: true, ct);
        var today = Swedish.Day(clock.GetUtcNow());
        var late = open.Count(r => r.Overdue(today));
        return [new("registerutdrag", "Begäranden om egna uppgifter", open.Count, late > 0 ? $"{Swedish.Number(late)} {(late == 1 ? "försenad" : "försenade")}" : "ingen är försenad", late > 0, "/registerutdrag?lage=oppna")];
    }

    private async Task<IReadOnlyList<StartFigure>> Snapshots(Caller caller, CancellationToken ct)
    {
        // H-28, T-19: the same channels as the calendar shows.
        var overdue = await snapshots.Overdue(caller.AuthoritiesWith(Staff), ct);
        return [new("ogonblicksbilder", "Ögonblicksbilder att ta", overdue, overdue == 1 ? "en kanal är försenad" : "kanaler är försenade", overdue > 0, "/ogonblicksbilder?lage=forsenade")];
    }

    private async Task<IReadOnlyList<StartFigure>> Channels(Caller caller, CancellationToken ct)
    {
        var all = await channels.For(caller, ct);
        return
        [
            new("kanaler-att-godkanna", "Kanaler att godkänna", all.Count(c => c.State is ChannelState.Proposed), "föreslagna", false, "/kanaler?lage=foreslagna"),
            new("kanaler-pa-vag", "Kanaler som inte är igång", all.Count(c => c.State is ChannelState.Proposed or ChannelState.Approved), "väntar på godkännande eller något som krävs", false, "/kanaler?lage=pa-vag"),
        ];
    }
}
