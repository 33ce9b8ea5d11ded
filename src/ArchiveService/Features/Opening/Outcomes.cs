using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;

namespace ArchiveService.Features.Opening;

/// <summary>The ways out of the morning list, as they are stored: there is no other.</summary>
public static class Outcomes
{
    public const string Misdirected = "misdirected";

    public static IReadOnlyList<(string Word, string Said)> All { get; } =
        [("registered", "registrerade"), ("keptOrdered", "hålls ordnade"), ("exempt", "undantagna"), ("routed", "överlämnade"), (Misdirected, "fel adressat")];

    /// <summary>How soon what came in has to have an outcome: OSL 5:1 "så snart de har kommit in", R-14 "utan dröjsmål".</summary>
    public static Clock RegistrationClock(Policy policy) => Clock.Parse(policy["registration.due"]) ?? new Clock.Weekdays(1);

    /// <summary>How long what is registered may stand without anybody having been given it.</summary>
    public static Clock AllotmentClock(Policy policy) => Clock.Parse(policy["allotment.due"]) ?? new Clock.Weekdays(1);
}
