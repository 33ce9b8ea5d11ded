namespace ArchiveService.Features.Disposals;

// Nothing is looked at before the views have passed what was done.
public sealed partial class DisposalVerification
{
    /// <summary>Whether every projection has passed the event, those that are being built anew included.</summary>
    public async Task<bool> ProjectionsHavePassed(long sequence, TimeSpan atMost, CancellationToken ct)
    {
        var names = projections.Select(p => p.Checkpoint).ToArray();
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            await using (var query = databases.Writer.CreateCommand("""
                select count(*) from archive.mt_event_progression where name = any ($1) and last_seq_id >= $2
                  and not exists (select from archive.mt_event_progression n where n.name like 'archive:%:next:v%' and n.last_seq_id < $2)
                """))
            {
                query.Parameters.Add(new() { Value = names });
                query.Parameters.Add(new() { Value = sequence });
                if ((long)(await query.ExecuteScalarAsync(ct))! == names.Length) return true;
            }

            if (waited >= atMost) return false;
            await Task.Delay(Pause, ct);
        }
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
}
