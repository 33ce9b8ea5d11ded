using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Inspections;

public abstract record InspectionEvent : SealableEvent;

/// <summary>Somebody put together what JO or JK asks for: which days, and whether what is secret went along.</summary>
[EventName("inspection_pack_made")]
public sealed record InspectionPackMade(Guid Authority, DateOnly From, DateOnly To, bool Secret, int PolicyVersion) : InspectionEvent;

/// <summary>Puts together the papers for an inspection of a period (c 27).</summary>
/// <param name="Secret">Also what is secret, in a folder of its own; only for those who are cleared.</param>
public sealed record MakeInspectionPack(DateOnly? From, DateOnly? To, bool Secret = false)
{
    /// <summary>Pure.</summary>
    public Decision Decide(Authority authority, bool cleared, DateOnly today)
    {
        if (From is not { } from || To is not { } to) return Refusal.Input("period-missing", "Ange första och sista dagen i perioden.");
        if (to < from) return Refusal.Input("period-unusable", "Perioden kan inte sluta innan den börjar.");
        if (from > today) return Refusal.Input("period-unusable", $"Perioden kan inte börja efter i dag, {Swedish.Date(today)}.");
        if (from.AddYears(10) < to || from.Year < 1900) return Refusal.Input("period-unusable", "Perioden får vara högst tio år.");
        return Secret && !cleared
            ? Refusal.NotAllowed("Du har inte behörighet till sekretessbelagda uppgifter. Ta fram underlaget utan dem.")
            : new Happened(new InspectionPackMade(authority.Id, from, to, Secret, authority.Policy.Version));
    }
}
