using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Start;

/// <summary>What waits for this reader, counted in the inline tables.</summary>
public sealed class StartModel(Databases databases) : PageModel
{
    public string Greeting { get; private set; } = "";

    public IReadOnlyList<KeyFigure> Figures { get; private set; } = [];

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
            var (captured, unassessed, emergencies) = await Waiting(mine, ct);
            figures.Add(new("Fångat, inte bedömt", Swedish.Number(captured), "varken registrerat, ordnat eller undantaget", Href: "/sok?registration=captured"));
            figures.Add(new("Direktmeddelanden och hemligt att bedöma", Swedish.Number(unassessed), "syns bara för dig som bedömer", Href: "/sok?secrecy=unassessed"));
            if (emergencies > 0) figures.Add(new("Nedtaget", Swedish.Number(emergencies), "dolt eller avpublicerat av myndigheten", Href: "/sok?state=unpublished"));
        }

        if (caller.MayAnywhere(Role.Arkivarie, Role.Revisor)) figures.Add(new("Gallring", "Visa", "det som är dags att gallra", Href: "/gallring"));
        if (caller.MayAnywhere(Role.Admin, Role.Kommunikator))
        {
            var (authorities, channels, dead) = await Installed(ct);
            figures.Add(new("Kanaler", Swedish.Number(channels), Swedish.Count(authorities, "myndighet", "myndigheter"), Href: "/kanaler"));
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

    private async Task<(long Captured, long Unassessed, long TakenDown)> Waiting(IReadOnlyList<Guid>? authorities, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select count(*) filter (where registration = 'captured' and wall = 'open'), count(*) filter (where wall = 'unassessed'),
                   count(*) filter (where visibility in ('hidden', 'unpublished'))
            from archive.record_states where disposed_at is null and ($1::uuid[] is null or authority_id = any ($1))
            """);
        query.Parameters.Add(new() { Value = (object?)authorities?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }

    private async Task<(long Authorities, long Channels, long Dead)> Installed(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select (select count(*) from archive.authorities), (select count(*) from archive.channels where closed_at is null), (select count(*) from work.inbox where dead)");
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }
}
