using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Replay;

/// <summary>/granskning: where a replay begins.</summary>
public sealed class IndexModel(ReplaySubjects subjects, UnusualReads unusual, Databases databases) : PageModel
{
    public IReadOnlyList<ReplaySubject> Channels { get; private set; } = [];

    public bool Unknown { get; private set; }

    public int Waiting { get; private set; }

    public string Slag => Request.Query["slag"].ToString();

    public string Number => Request.Query["nummer"].ToString();

    public Guid Me => HttpContext.Caller().PersonId;

    public bool Reviews => ReplaySubjects.MayReview(HttpContext.Caller());

    public IEnumerable<ReplayOf> Offered => Enum.GetValues<ReplayOf>().Where(of => of != ReplayOf.Person || Reviews);

    public async Task<IActionResult> OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!ReplaySubjects.MaySee(caller)) return Forbid();
        if (Number.Length > 0)
        {
            var of = Offered.FirstOrDefault(one => string.Equals(ReplayWords.Kind(one), Slag, StringComparison.OrdinalIgnoreCase));
            if (Guid.TryParse(Number.Trim(), out var id) && (await subjects.Find(of, id, caller, ct)).Subject is not null) return LocalRedirect(ReplayWords.Page(of, id));
            Unknown = true;
        }

        var sql = new SqlText();
        var mine = caller.AuthoritiesWith(ReplaySubjects.Readers);
        sql.Add($"""
            select c.channel_id, c.platform, r.handle, c.authority_id from archive.channels c left join views.channel_register r using (channel_id)
            where {(mine is null ? "true" : $"c.authority_id = any ({sql.Value(mine.ToArray())})")} order by c.platform, r.handle, c.channel_id limit 500
            """);
        await using (var query = sql.Command(databases.Staff))
        await using (var rows = await query.ExecuteReaderAsync(ct))
        {
            var found = new List<ReplaySubject>();
            while (await rows.ReadAsync(ct)) found.Add(new(ReplayOf.Channel, rows.GetGuid(0), ChannelWords.Name(rows.GetString(1), rows.Text(2)), rows.GetGuid(3)));
            Channels = found;
        }

        if (Reviews) Waiting = (await unusual.Find("open", null, caller, ct)).Page?.Items.Count ?? 0;
        return Page();
    }
}
