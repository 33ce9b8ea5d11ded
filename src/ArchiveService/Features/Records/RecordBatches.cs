using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>A record as a decision about many asks for it: its state and what it says now.</summary>
public sealed record BatchRecord(Guid Id, RecordState State, string? Text);

/// <summary>What was decided of one of many.</summary>
public sealed record BatchDecision(BatchRecord Record, IReadOnlyList<Happened> Events);

/// <summary>Reads many records at once from the log, and writes what was decided of them in one transaction.</summary>
public sealed class RecordBatches(SealedLog log, Databases databases)
{
    private const int MostAttempts = 20;

    public async Task<IReadOnlyList<BatchRecord>> Read(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var streams = await log.Store.ReadStreams(ids, ct: ct);
        var latest = new Dictionary<Guid, Recorded>();
        foreach (var (id, history) in streams)
        {
            if (history.Where(h => h.Event is ItemEdited or ItemCaptured { ContentCaptured: true }).OrderBy(ValidTime.Of).LastOrDefault() is { } last) latest[id] = last;
        }

        var opened = await log.Open([.. latest.Values], ct);
        return
        [
            .. ids.Distinct().Where(streams.ContainsKey).Select(id => new BatchRecord(
                id, RecordState.From(streams[id]), latest.TryGetValue(id, out var last) ? RecordViewRow.ContentOf(opened.GetValueOrDefault(last.Id)?.Parts, FormatOf(last.Event)) : null)),
        ];
    }

    /// <summary>
    /// Decides on each as it stands and writes all in one transaction. When somebody else wrote to one of them meanwhile nothing was written, and all are
    /// read and decided anew.
    /// </summary>
    /// <param name="beside">Statements of the same transaction, made of what was decided; they run also when nothing was.</param>
    /// <returns>How many got events.</returns>
    public async Task<int> Each(
        IReadOnlyCollection<Guid> ids, Guid by, Func<BatchRecord, IReadOnlyList<Happened>> decide, Func<IReadOnlyList<BatchDecision>, NpgsqlBatchCommand>? beside, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var all = (await Read(ids, ct)).Select(r => new BatchDecision(r, decide(r))).ToList();
            var decided = all.Where(d => d.Events.Count > 0).ToList();
            if (decided.Count == 0)
            {
                if (beside is not null) await Run(beside(all), ct);
                return 0;
            }

            var after = decided.Select(d => (d.Record.Id, State: d.Events.Aggregate(d.Record.State, (s, e) => s.After((RecordEvent)e.Event, RecordStates.NotYetRecorded)))).ToList();
            List<NpgsqlBatchCommand> statements = [RecordStates.Statement(after), Answering.OpenItems.Statement(after)];
            statements.AddRange(Walls.Moving([.. decided.Zip(after).Where(x => x.First.Record.State.Wall != x.Second.State.Wall).Select(x => x.Second.Id)]));
            if (beside is not null) statements.Add(beside(all));
            var drafts = decided.Select(d => new Draft(d.Record.Id, "record", ExpectedVersion.Exactly(d.Record.State.Version), d.Events)).ToList();
            if (await log.Append(drafts, await log.Keys([.. drafts.Select(d => d.StreamId)], ct), new(by.ToString("D")), statements, ct) is Appended.Done) return drafts.Count;
            if (attempt == MostAttempts) throw new CaptureContended();
            await Task.Delay(Random.Shared.Next(1, 5 * attempt), ct);
        }
    }

    private async Task Run(NpgsqlBatchCommand statement, CancellationToken ct)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(statement);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static Capture.TextFormat FormatOf(object happened) => happened switch
    {
        ItemCaptured captured => captured.TextFormat,
        ItemEdited edited => edited.TextFormat,
        _ => Capture.TextFormat.Plain,
    };
}
