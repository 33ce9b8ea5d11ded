using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Cases;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Weeding;

/// <summary>
/// A draft or a working note in a case (TF 2:12): no allmän handling until it is archived or sent out. A tjänsteanteckning is something else: what it adds to the matter is
/// part of the case at once (FL 27 §), and is never weeded.
/// </summary>
public sealed record WriteWorkingNote(string? Kind, string? Title, string? Text)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if ((at.NotHandled("skriva arbetsmaterial") ?? at.NotOpen()) is { } no) return no;
        if (!WeedingWords.Kinds.TryGetValue(Kind ?? "draft", out var kind)) return Refusal.Input("note-kind", $"Slaget kan vara: {string.Join(", ", WeedingWords.Kinds.Keys)}.");
        if ((CaseInput.Required(Text, 50_000, "note-text", "Skriv utkastet eller anteckningen") ?? CaseInput.AtMost(Title, 300, "note-title", "Rubriken")) is { } wrong) return wrong;
        return new Happened(new WorkingNoteWritten(at.State.Authority, at.State.Id, kind, at.PolicyVersion), KeyClass.Case, new Parts().With(Parts.Text, Text!.Trim()).With("title", CaseInput.Trimmed(Title)));
    }
}

/// <param name="As"><c>archived</c> or <c>dispatched</c>.</param>
public sealed record ArchiveWorkingNote(string? As)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, WorkingNote note)
    {
        if (at.NotHandled("ta hand om arbetsmaterial") is { } no) return no;
        if (!WeedingWords.ArchivedAs.TryGetValue(As ?? "archived", out var how)) return Refusal.Input("archived-as", $"Det kan vara: {string.Join(", ", WeedingWords.ArchivedAs.Keys)}.");
        return note.WeededAt is not null ? new Refusal("note-weeded", "Den är redan rensad.")
            : note.ArchivedAt is not null ? new Refusal("note-archived", "Den är redan en allmän handling.")
            : new Happened(new WorkingNoteArchived(how, at.PolicyVersion));
    }
}

/// <summary>Rensning of drafts and working notes: theirs that are named, or all that are left.</summary>
/// <param name="Note">Why, where there is something to say.</param>
public sealed record WeedDrafts(IReadOnlyList<Guid>? Notes, string? Note)
{
    /// <summary>Pure: the event, or why not. The owner's function asks again, under its locks.</summary>
    public Decision Decide(CaseMoment at, IReadOnlyList<WorkingNote> chosen, int named)
    {
        if ((at.NotHandled("rensa arbetsmaterial") ?? at.NotOpen()) is { } no) return no;
        if (CaseInput.AtMost(Note, 2000, "note-too-long", "Anteckningen") is { } wrong) return wrong;
        if (chosen.Count < named) return Refusal.Unknown("note", "Något av arbetsmaterialet finns inte i ärendet.");
        if (chosen.Count == 0) return new Refusal("nothing-to-weed", "Det finns inget arbetsmaterial att rensa.");
        if (chosen.Count > 500) return Refusal.Input("too-many-notes", "Rensa högst 500 åt gången.");
        if (chosen.FirstOrDefault(n => n.ArchivedAt is not null) is not null) return Archived;
        if (chosen.FirstOrDefault(n => n.WeededAt is not null) is not null) return new Refusal("note-weeded", "Något av det är redan rensat.");
        return new Happened(
            new DraftsWeeded(at.State.Authority, at.State.Id, chosen.Count(n => n.Kind is WorkingNoteKind.Draft), chosen.Count(n => n.Kind is WorkingNoteKind.Memo), at.PolicyVersion), KeyClass.Office,
            new Parts().With("actor.name", at.By.Name).With("note", CaseInput.Trimmed(Note)));
    }

    internal static Refusal Archived { get; } = new("note-archived", "Det som är arkiverat, expedierat eller låg kvar när ärendet avslutades är allmän handling. Det kan bara gallras, enligt beslut (arkivlagen 10 §).");
}

/// <param name="Text">Null when it is weeded.</param>
public sealed record WorkingNote(
    Guid Id, Guid Authority, Guid Case, WorkingNoteKind Kind, Guid WrittenBy, DateTimeOffset WrittenAt, DateTimeOffset? ArchivedAt, string? ArchivedAs, DateTimeOffset? WeededAt, string? Title = null, string? Text = null);

/// <summary>A rensning that was done: who, when and what.</summary>
public sealed record DoneWeeding(Guid Act, DateTimeOffset At, Guid By, string? Name, int Drafts, int Memos, string? Note);

public sealed class WorkingNotes(SealedLog log, Databases databases, CaseActs acts, TimeProvider clock)
{
    private const string Rows = "select note_id, authority_id, case_id, kind, written_by, written_at, archived_at, archived_as, cleansed_at from archive.working_notes";

    private static readonly Refusal UnknownNote = Refusal.Unknown("note", "Det finns inget sådant arbetsmaterial, eller så får du inte se det.");

    public async Task<(Guid Id, Outcome Outcome)> Write(Guid @case, WriteWorkingNote command, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(@case, caller, ct) is not { } at) return (default, CaseActs.Unknown);
        if (command.Decide(at) is not { Refused: null } decision) return (default, command.Decide(at).Refused!);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Under the lock on the case: written before it is closed, and archived with it, or not at all.
        await using (var open = new NpgsqlCommand("select closed_at is null and voided_at is null from archive.cases where case_id = $1 for share", connection, transaction))
        {
            open.Parameters.Add(new() { Value = @case });
            if (await open.ExecuteScalarAsync(ct) is not true) return (default, new Refusal("case-closed", "Ärendet är avslutat. Återöppna det först, med skäl."));
        }

        var e = (WorkingNoteWritten)decision.Events[0].Event;
        NpgsqlBatchCommand row = new("insert into archive.working_notes (note_id, authority_id, case_id, kind, written_by, written_at) select $1, $2, $3, $4, $5, s.timestamp from archive.mt_streams s where s.id = $1")
        {
            Parameters = { new() { Value = id }, new() { Value = e.Authority }, new() { Value = e.Case }, new() { Value = WeedingWords.Stored(e.Kind) }, new() { Value = caller.PersonId } },
        };
        if (await log.Append(transaction, [new(id, "working_note", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [row], ct) is not Appended.Done done)
            return (default, Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (id, new Outcome.Done(done.LastSequence, done.Versions[id]));
    }

    public async Task<Outcome> Archive(Guid id, ArchiveWorkingNote command, Caller caller, CancellationToken ct)
    {
        if ((await Read($"{Rows} where note_id = $1", id, ct)).SingleOrDefault() is not { } note || await acts.Find(note.Case, caller, ct) is not { } at) return UnknownNote;
        var decision = command.Decide(at, note);
        if (decision.Refused is { } why) return why;
        NpgsqlBatchCommand row = new("update archive.working_notes n set archived_at = s.timestamp, archived_as = $2 from archive.mt_streams s where s.id = n.note_id and n.note_id = $1")
        {
            Parameters = { new() { Value = id }, new() { Value = WeedingWords.Stored(((WorkingNoteArchived)decision.Events[0].Event).As) } },
        };
        return await log.Append([new(id, "working_note", ExpectedVersion.Exactly(1), decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [row], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(2);
    }

    /// <summary>The keys go and the act is noted in one transaction.</summary>
    public async Task<(Guid Act, Outcome Outcome)> Weed(Guid @case, WeedDrafts command, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(@case, caller, ct) is not { } at) return (default, CaseActs.Unknown);
        var there = await Read($"{Rows} where case_id = $1", @case, ct);
        var chosen = command.Notes is { Count: > 0 } named ? [.. there.Where(n => named.Contains(n.Id))] : there.Where(n => n.ArchivedAt is null && n.WeededAt is null).ToList();
        var decision = command.Decide(at, chosen, command.Notes?.Distinct().Count() ?? 0);
        if (decision.Refused is { } why) return (default, why);

        var act = Guid.CreateVersion7(clock.GetUtcNow());
        try
        {
            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await using (var cleanse = new NpgsqlCommand("select archive.cleanse($1, $2, $3, $4)", connection, transaction))
            {
                foreach (var value in (object[])[act, @case, chosen.Select(n => n.Id).ToArray(), caller.PersonId]) cleanse.Parameters.Add(new() { Value = value });
                await cleanse.ExecuteNonQueryAsync(ct);
            }

            if (await log.Append(transaction, [new(act, "disposal_run", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), ct: ct) is not Appended.Done done)
                return (default, Refusal.ChangedMeanwhile(0));
            await transaction.CommitAsync(ct);
            return (act, new Outcome.Done(done.LastSequence, done.Versions[act]));
        }
        catch (PostgresException no) when (no.SqlState == "AS022")
        {
            return (default, no.MessageText switch
            {
                "note-archived" => WeedDrafts.Archived,
                "note-cleansed" => new Refusal("note-weeded", "Något av det är redan rensat."),
                "held" => new Refusal("held", "Ärendet omfattas av ett gallringsstopp eller en begäran. Arbetsmaterialet rensas inte medan det gäller."),
                "case-closed" => new Refusal("case-closed", "Ärendet avslutades medan du rensade. Det som låg kvar är arkiverat med det."),
                _ => UnknownNote,
            });
        }
    }

    /// <summary>Null when the caller may not know of the case, or does not handle it: drafts are for those who prepare the matter.</summary>
    public async Task<(IReadOnlyList<WorkingNote> Notes, IReadOnlyList<DoneWeeding> Weedings)?> Of(Guid @case, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(@case, caller, ct) is not { MayHandle: true } at) return null;
        var notes = await Read($"{Rows} where case_id = $1 order by written_at, note_id", @case, ct);
        var written = new List<Recorded>();
        foreach (var note in notes.Where(n => n.WeededAt is null))
        {
            if (await log.Store.ReadStream(note.Id, 1, upToVersion: 1, ct) is [var first, ..]) written.Add(first);
        }

        var opened = await log.Open(written, ct);
        var said = written.ToDictionary(w => w.StreamId, w => opened.GetValueOrDefault(w.Id)?.Parts);
        return ([.. notes.Select(n => said.TryGetValue(n.Id, out var parts) ? n with { Title = parts?["title"], Text = parts?[Parts.Text] } : n)], await Weedings(at.State.Authority, @case, ct));
    }

    private async Task<IReadOnlyList<DoneWeeding>> Weedings(Guid authority, Guid @case, CancellationToken ct)
    {
        var ids = new List<Guid>();
        await using (var query = databases.Writer.CreateCommand("""
            select distinct m.run_id from archive.working_notes n join archive.destruction_marks m on m.stream_id = n.note_id join archive.disposal_runs r on r.run_id = m.run_id
            where n.case_id = $1 and r.authority_id = $2 and r.kind = 'rensning'
            """))
        {
            query.Parameters.Add(new() { Value = @case });
            query.Parameters.Add(new() { Value = authority });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) ids.Add(rows.GetGuid(0));
        }

        var done = new List<Recorded>();
        foreach (var id in ids) done.AddRange((await log.Store.ReadStream(id, ct: ct)).Where(r => r.Event is DraftsWeeded));
        var opened = await log.Open(done, ct);
        return [.. done.OrderByDescending(d => d.Sequence).Select(d =>
        {
            var (e, parts) = ((DraftsWeeded)d.Event, opened.GetValueOrDefault(d.Id)?.Parts);
            return new DoneWeeding(d.StreamId, d.Time, Guid.Parse(d.Actor!), parts?["actor.name"], e.Drafts, e.Memos, parts?["note"]);
        })];
    }

    private async Task<List<WorkingNote>> Read(string sql, Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<WorkingNote>();
        while (await row.ReadAsync(ct))
        {
            found.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), WeedingWords.Kinds[row.GetString(3)], row.GetGuid(4), row.GetFieldValue<DateTimeOffset>(5),
                row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8)));
        }

        return found;
    }
}
