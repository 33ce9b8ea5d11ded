using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class A_neutral_subject
{
    private static IReadOnlyList<SubjectWarning> In(string text) => SubjectCheck.In(SubjectCheck.InSubject, text, ["nisse_l", "Nils Låtsasson"], ["Rut Registrator"], ["Kommunstyrelsen Granvika"]);

    [Theory]
    [InlineData("Synpunkt från Nils Låtsasson", SubjectWarningKind.Sender, "Nils Låtsasson")]
    [InlineData("Fråga av nisse_l om badet", SubjectWarningKind.Sender, "nisse_l")]
    [InlineData("Klagomål på Rut Registrator", SubjectWarningKind.Employee, "Rut Registrator")]
    [InlineData("Klagomål på Lisa Påhittad", SubjectWarningKind.Name, "Lisa Påhittad")]
    [InlineData("Klagomål på Anna-Karin af Exempel", SubjectWarningKind.Name, "Anna-Karin af Exempel")]
    [InlineData("Fråga om diagnosen", SubjectWarningKind.Health, "diagnosen")]
    [InlineData("Fråga om ekonomiskt bistånd", SubjectWarningKind.Health, "ekonomiskt bistånd")]
    [InlineData("Fråga om 19121212-1212", SubjectWarningKind.Personnummer, "19121212-1212")]
    public void is_warned_of_names_numbers_and_health(string text, SubjectWarningKind kind, string found) =>
        Assert.Contains(In(text), w => w.Kind == kind && w.Found == found);

    [Theory]
    [InlineData("Synpunkt på skolmaten")]
    [InlineData("Fråga Herrljunga")]
    [InlineData("Belysningen på Stora Torget")]
    [InlineData("Öppettider för Annelunds Simhallen")]
    [InlineData("Fråga till Kommunstyrelsen Granvika")]
    [InlineData("Avpublicerad kommentar i sociala medier")]
    public void raises_no_false_alarm(string text) => Assert.Empty(In(text));

    [Fact]
    public void stops_the_registration_only_where_the_policy_demands_it_and_nobody_has_accepted()
    {
        var warnings = In("Klagomål på Lisa Påhittad");
        var demands = PolicyOf("trosa") with { Values = new Dictionary<string, string>(PolicyOf("trosa").Whole()) { ["registration.subjectCheck"] = "demand" } };

        Assert.Null(SubjectCheck.Refuse(warnings, accepted: false, PolicyOf("trosa")));
        Assert.Equal(("subject-not-neutral", 422), SubjectCheck.Refuse(warnings, accepted: false, demands) is { } no ? (no.Code, no.Status) : default);
        Assert.Null(SubjectCheck.Refuse(warnings, accepted: true, demands));
        Assert.Null(SubjectCheck.Refuse([], accepted: false, demands));
    }
}
