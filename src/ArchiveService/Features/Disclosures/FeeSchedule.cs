using System.Globalization;
using ArchiveService.Features.Authorities;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// What a copy costs. The tariff is the authority's own decision (kommunfullmäktige, R-13); where none is entered the numbers are those of avgiftsförordningen
/// (1992:191) 16 §: nine pages free, fifty kronor for ten, two for each after that.
/// </summary>
public sealed record FeeSchedule(int FreePages, int FirstFee, int PageFee, bool EmailFree, string Requirement)
{
    public static FeeSchedule Of(Policy policy) => new(
        Number(policy["disclosure.freePages"], 9), Number(policy["disclosure.firstFee"], 50), Number(policy["disclosure.pageFee"], 2),
        policy["disclosure.emailFee"] == "free", policy.Of("disclosure.emailFee").Requirement);

    /// <summary>In whole kronor. Reading on the spot is always free (TF 2:15).</summary>
    public int Fee(GivenAs form, int pages) => form switch
    {
        GivenAs.Read => 0,
        GivenAs.Email when EmailFree => 0,
        _ => pages <= FreePages ? 0 : FirstFee + ((pages - FreePages - 1) * PageFee),
    };

    public string InSwedish => $"{FreePages} sidor utan avgift, {FirstFee} kr för {FreePages + 1} sidor, sedan {PageFee} kr per sida; e-post {(EmailFree ? "utan avgift" : "som kopior")} ({Requirement}).";

    private static int Number(string value, int otherwise) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
