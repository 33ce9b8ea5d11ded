using ArchiveService.Features.Sources.YouTube;
using Xunit;

namespace ArchiveService.Tests.Sources;

public sealed class Renewing_a_websub_lease
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset Days(double from) => Now.AddDays(from);

    [Fact]
    public void is_due_when_there_is_none_or_a_third_is_left_and_the_hub_has_had_its_time()
    {
        Assert.True(new WebSubLease(null, null, null).IsDue(Now));
        Assert.False(new WebSubLease(Now.AddHours(-1), null, null).IsDue(Now));
        Assert.True(new WebSubLease(Now.AddHours(-4), null, null).IsDue(Now));
        Assert.False(new WebSubLease(Days(-5), Days(-5), Days(5)).IsDue(Now));
        Assert.True(new WebSubLease(Days(-7), Days(-7), Days(3)).IsDue(Now));
        Assert.False(new WebSubLease(Now.AddHours(-1), Days(-7), Days(3)).IsDue(Now));
        Assert.True(new WebSubLease(Days(-11), Days(-11), Days(-1)) is { } ended && ended.IsDue(Now) && ended.HasEnded(Now));
    }
}
