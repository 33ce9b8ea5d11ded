using System.Diagnostics.Metrics;

namespace ArchiveService.Features.Secrecy;

/// <summary>The alarm for whoever watches the service: how many, never who.</summary>
public static class ProtectionMeter
{
    public const string Name = "ArchiveService.Secrecy";

    public const string Captures = "archive.protected_captures";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Counted = Meter.CreateCounter<long>(Captures);

    internal static void Count(int records)
    {
        if (records > 0) Counted.Add(records);
    }
}
