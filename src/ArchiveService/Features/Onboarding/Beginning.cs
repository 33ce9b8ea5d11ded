using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Onboarding;

/// <summary>How far an installation has come from nothing to its first registered item, as the tables tell: there is no state of its own, so it is taken up again where it was left.</summary>
/// <param name="Handled">Something that came in has been registered, or settled in another way.</param>
public sealed record Begun(bool Authority, bool Channel, bool Registrator, bool Others, bool Handled)
{
    public IReadOnlyList<bool> Steps => [Authority, Channel, Registrator, Others, Handled];

    public bool IsDone => Steps.All(done => done);

    /// <summary>Nothing at all is there yet.</summary>
    public bool IsUntouched => !Authority && !Channel && !Registrator && !Others && !Handled;

    public string Progress => $"{Steps.Count(done => done)} av 5 steg klara";

    /// <summary>The first step that is left, 1–5; after the last one: 6.</summary>
    public int Next => Array.IndexOf([.. Steps], false) is >= 0 and var left ? left + 1 : 6;
}

public sealed class Beginning(Databases databases)
{
    // What has once begun does not begin again: then nothing is asked any more.
    private volatile bool done;

    /// <summary>For whoever sets up an installation; null for the others, and when it is done.</summary>
    public async Task<Begun?> For(Caller caller, CancellationToken ct)
    {
        if (done || !MaySee(caller)) return null;
        var begun = await Read(ct);
        done = begun.IsDone;
        return done ? null : begun;
    }

    public static bool MaySee(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Admin);

    public async Task<Begun> Read(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select exists (select from archive.authorities), exists (select from archive.channels where closed_at is null),
                   exists (select from archive.grants g join archive.persons p using (person_id) where g.role = 'registrator' and p.closed_at is null and not p.is_service),
                   exists (select from archive.grants g join archive.persons p using (person_id) where g.role in ('moderator', 'chef') and p.closed_at is null and not p.is_service),
                   exists (select from archive.open_items where incoming and outcome is not null) or exists (select from archive.diary_entries)
            """);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4));
    }
}
