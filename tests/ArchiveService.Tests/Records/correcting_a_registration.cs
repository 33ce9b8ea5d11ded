using ArchiveService.Features.Records;

namespace ArchiveService.Tests.Records;

public sealed class Correcting_a_registration
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RecordState Registered = RecordState.None with { Version = 3, Registration = Registration.Registered, RecordType = "comment", ReceivedAt = At };
    private static readonly RegistrationVersion Now = new(1, "KS 1/2026 956", 1, At, "Skolmat", "Anna", "comment", At, [], null, null, null);

    private static CorrectRegistration Correction(string? subject = null, string? sender = null, string? type = null, string? code = null, DateTimeOffset? received = null, string? reason = "Felskrivet") =>
        new(subject, sender, type, code, received, reason);

    private static (IReadOnlyList<string> Changed, string? Code) Decide(CorrectRegistration correction, RecordState? state = null)
    {
        var (changed, refused) = correction.Decide(state ?? Registered, Now, "956", At.AddDays(30));
        return (changed, refused?.Code);
    }

    [Fact]
    public void names_what_differs_and_nothing_else()
    {
        Assert.Equal(["subject"], Decide(Correction(subject: "Skolmaten", sender: "Anna", type: "comment", code: "956", received: At)).Changed);
        Assert.Equal(["senderRecipient", "recordType", "classCode", "receivedAt"], Decide(Correction(sender: "", type: "letter", code: "1.7.9", received: At.AddDays(-1))).Changed);
    }

    [Fact]
    public void asks_for_a_reason_and_for_something_to_correct()
    {
        Assert.Equal("reason-missing", Decide(Correction(subject: "Ny", reason: " ")).Code);
        Assert.Equal("nothing-to-correct", Decide(Correction(subject: "Skolmat ")).Code);
        Assert.Equal("subject-missing", Decide(Correction(subject: " ")).Code);
        Assert.Equal("received-date", Decide(Correction(received: At.AddYears(1))).Code);
        Assert.Equal("not-registered", Decide(Correction(subject: "Ny"), Registered with { Registration = Registration.KeptOrdered }).Code);
    }

    [Fact]
    public void changes_what_retention_counts_from_only_when_the_date_does()
    {
        var event1 = new RegistrationCorrected(Guid.Empty, Guid.Empty, "KS 1/2026", 1, 1, ["subject"], "letter", At.AddDays(-9), At, 1);

        var subject = (Registered with { DiaryReleased = true }).After(event1, At);
        var date = (Registered with { DiaryReleased = true }).After(event1 with { Changed = ["receivedAt", "recordType"] }, At);

        Assert.Equal((At, "comment", false), (subject.ReceivedAt, subject.RecordType, subject.DiaryReleased));
        Assert.Equal((At.AddDays(-9), "letter", true), (date.ReceivedAt, date.RecordType, date.DiaryReleased));
    }

    [Fact]
    public void moves_the_record_with_its_new_entry_and_takes_a_release_back()
    {
        Guid from = Guid.CreateVersion7(At), to = Guid.CreateVersion7(At.AddDays(1));

        var moved = (Registered with { Authority = from, DiaryReleased = true }).After(new RecordTransferred(from, Guid.Empty, "KS 1/2026", 1, to, Guid.Empty, "BUN 2026/3", 1, 1), At);

        Assert.Equal((to, false), (moved.Authority, moved.DiaryReleased));
    }
}
