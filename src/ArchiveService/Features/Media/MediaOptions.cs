using ArchiveService.Features.Records;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Media;

/// <summary>How files that a platform shows by address are fetched: <c>Media__Fetch</c>, <c>Media__MaxBytes</c>, <c>Media__TimeoutSeconds</c>, <c>Media__Attempts</c>, <c>Media__AllowPrivateAddresses</c>.</summary>
public sealed record MediaOptions(bool Fetch, long MaxBytes, TimeSpan Timeout, int Attempts, bool AllowPrivateAddresses)
{
    public const int Redirects = 5;

    private const long DefaultBytes = 512L * 1024 * 1024;

    public static MediaOptions From(IConfiguration configuration)
    {
        var most = Number(configuration, "MaxBytes", DefaultBytes, long.MaxValue);
        return new(
            configuration.GetValue<bool?>("Media:Fetch") ?? true,
            Math.Min(most, AttachmentLimit.From(configuration).Bytes),
            TimeSpan.FromSeconds(Number(configuration, "TimeoutSeconds", 300, 24 * 60 * 60)),
            (int)Number(configuration, "Attempts", 7, 100),
            configuration.GetValue<bool?>("Media:AllowPrivateAddresses") ?? false);
    }

    /// <summary>A minute, then four times as long each time, at most half a day: an address that dies within hours is asked several times before it does.</summary>
    public static TimeSpan Wait(int attempts) => TimeSpan.FromMinutes(Math.Min(12 * 60, Math.Pow(4, Math.Clamp(attempts - 1, 0, 6))));

    private static long Number(IConfiguration configuration, string name, long otherwise, long most) => configuration[$"Media:{name}"] switch
    {
        null or "" => otherwise,
        var given when long.TryParse(given, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most => number,
        _ => throw new CannotStart($"Media__{name} must be a number above 0."),
    };
}
