using ArchiveService.Features.Records;

namespace ArchiveService.Tests.Capture;

public sealed class Hints_of_secrecy
{
    [Theory]
    [InlineData("811218-9876")]
    [InlineData("mitt nummer: 198112189876.")]
    [InlineData("8112189876")]
    [InlineData("811278-9873")]
    [Trait("Requirement", "R-11")]
    public void are_a_personnummer_or_samordningsnummer_with_a_right_check_digit(string text) => Assert.True(SecrecyHints.Any(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("811218-9875")]
    [InlineData("819918-9876")]
    [InlineData("ring 011-15 00 00 eller 0141-22 50 00")]
    [InlineData("diarienummer VA 2016–01315, faktura 12345678901234567890")]
    public void are_not_other_numbers(string? text) => Assert.False(SecrecyHints.Any(text));
}
