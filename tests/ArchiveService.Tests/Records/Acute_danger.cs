using ArchiveService.Features.OnCall;
using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Acute_danger
{
    private static readonly OnCallContact Contact = new(Channel, Given.Authority, 1, "Jour Exempelsson", "beredskap", "010-000 00 00", null);

    [Fact]
    public void is_told_with_who_and_when_and_the_rest_is_sealed()
    {
        var happened = Assert.Single(new EscalateDanger("onCall", Channel, null, null, "Ringde polisen också").Decide(PolicyOf("toreboda"), Contact, Noon).Events);

        Assert.Equal(new DangerEscalated(DangerContact.OnCall, Channel, Noon, 3), happened.Event);
        Assert.Equal(("Jour Exempelsson, beredskap, 010-000 00 00", "Ringde polisen också"), (happened.Parts!["contact"], happened.Parts["note"]));
    }

    [Theory]
    [InlineData(null, "danger-contact-unknown")]
    [InlineData("mamma", "danger-contact-unknown")]
    [InlineData("onCall", "contact-unknown")]
    [InlineData("other", "danger-contact-missing")]
    public void needs_to_know_who_was_told(string? to, string code) => Assert.Equal(code, new EscalateDanger(to, null, null, null, null).Decide(PolicyOf("toreboda"), null, Noon).Refused?.Code);

    [Fact]
    public void asks_for_nothing_more_when_112_was_called() => Assert.Null(new EscalateDanger("emergencyNumber", null, null, null, null).Decide(PolicyOf("toreboda"), null, Noon).Refused);

    [Theory]
    [InlineData(null, "beredskap", "112", "contact-name-missing")]
    [InlineData("Jour", " ", "112", "contact-function-missing")]
    [InlineData("Jour", "beredskap", "ring mig", "contact-phone")]
    public void is_met_by_a_list_that_can_be_called(string? name, string function, string phone, string code) =>
        Assert.Equal(code, new ListContact(name, function, phone, null).Decide(Given.Authority, 3).Refused?.Code);
}
