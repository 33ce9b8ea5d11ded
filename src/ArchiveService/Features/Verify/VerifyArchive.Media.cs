using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    /// <summary>What a platform showed and the archive never got is a gap, and said; that the table says it was got when it was not is a fault.</summary>
    private async Task Media(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await Each(snapshot, """
            select m.attachment_id, m.record_id from work.media_fetches m
            where m.status = 'fetched' and not exists (select from archive.attachments a where a.attachment_id = m.attachment_id)
            """, row => findings.Add(new(Severity.Error, "media-differs", $"Attachment {row.GetGuid(0)} is said to be fetched, but no bytes of it are stored.", row.GetGuid(1))), ct);
        counts["attachments waiting to be fetched"] = await Scalar(snapshot, "select count(*) from work.media_fetches where status = 'waiting'", ct);
        var never = await Scalar(snapshot, "select count(*) from work.media_fetches where status not in ('waiting', 'fetched')", ct);
        counts["attachments never fetched"] = never;
        if (never > 0) findings.Add(new(Severity.Note, "media-never-fetched", $"{never} attachments that a platform showed were never fetched: a gap in what was captured, and each record says why."));
    }
}
