using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

/// <summary>Numbers are of the published series of test numbers, never of a person.</summary>
public sealed class Hints_in_a_text
{
    private static HintKind[] Kinds(string? text, params string[] staff) => [.. Hints.In(text, staff).Select(h => h.Kind).Distinct()];

    [Theory]
    [InlineData("Hennes nr är 19810107-9294 så ni kan kolla upp henne", HintKind.Personnummer)]
    [InlineData("min granne Berit (900101-2385)", HintKind.Personnummer)]
    [InlineData("9001012385", HintKind.Personnummer)]
    [InlineData("900101–2385", HintKind.Personnummer)]
    [InlineData("min mormor 090405+9813", HintKind.Personnummer)]
    [InlineData("Mitt samordningsnummer är 198000602394 om ni behöver.", HintKind.Samordningsnummer)]
    [InlineData("198000602394", HintKind.Samordningsnummer)]
    [InlineData("701063-2391", HintKind.Samordningsnummer)]
    [Trait("Requirement", "C12")]
    [Trait("Requirement", "N-08")]
    public void are_numbers_of_people_in_every_form(string text, HintKind kind) => Assert.Equal([kind], Kinds(text));

    [Fact]
    [Trait("Requirement", "C12")]
    public void tell_of_a_hundred_years_by_the_plus() => Assert.True(Assert.Single(Hints.In("090405+9813")).AtLeastHundred);

    [Fact]
    [Trait("Requirement", "C12")]
    public void know_a_month_that_is_not_known_only_in_a_samordningsnummer()
    {
        Assert.Equal([HintKind.Samordningsnummer], Kinds("800060-2394"));

        // The same check digit with a day that is no samordningsnummer's: month 00 is nobody's birthday.
        Assert.Empty(Kinds("800000-2392"));
        Assert.Empty(Kinds("800000-2399"));
    }

    [Theory]
    [InlineData("Min order 20250131-1234 har inte kommit, ring 070-174 06 05 efter kl 16 tack")]
    [InlineData("faktura 12345678901234567890, kundnummer 4455667788")]
    [InlineData("ring 011-15 00 00, 0141-22 50 00 eller +46 70 174 06 05")]
    [InlineData("0701740605")]
    [InlineData("811228-9875")]
    [InlineData("OCR 219811228987412")]
    [InlineData("٨١١٢٢٨-٩٨٧٤")]
    [Trait("Requirement", "C12")]
    public void are_not_orders_invoices_or_telephones(string text) => Assert.Empty(Kinds(text));

    [Theory]
    [InlineData("Vi lever med skyddade personuppgifter, skriv inte ut skolan")]
    [InlineData("Hon har skyddad identitet")]
    [InlineData("de bor på ett skyddat boende i stan")]
    [InlineData("barnen är kvarskrivna")]
    [Trait("Requirement", "T-14")]
    public void sound_their_own_alarm_for_protected_identity_OSL_21_3_and_22_1(string text)
    {
        Assert.Equal([HintKind.ProtectedIdentity], Kinds(text));
        Assert.True(SecrecyHints.KeepBehindWall(text));
        Assert.Contains("22 kap. 1 §", Hints.Advice(HintKind.ProtectedIdentity, PolicyOf("toreboda")).Law, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Jag orkar inte leva längre")]
    [InlineData("jag ska ta livet av mig i kväll")]
    [InlineData("Det brinner i trapphuset på Ågatan!")]
    [InlineData("Vi ses utanför rektorns hus i natt kl 02 och slår sönder varenda ruta.")]
    [InlineData("Snälla hjälp, min granne ligger i trapphuset igen")]
    [InlineData("hon är ute ensam sent varje kväll och har blåmärken")]
    [InlineData("Jag vet var du bor Elin.")]
    [InlineData("han andas inte")]
    public void raise_acute_danger_first(string text)
    {
        Assert.Equal(HintKind.Danger, Hints.In(text)[0].Kind);
        Assert.True(Hints.TellsOfDanger(text));
        Assert.False(SecrecyHints.KeepBehindWall(text));
    }

    /// <summary>One for each way in the expressions: the quick look at a captured act must let none of them past.</summary>
    [Theory]
    [InlineData("tar livet av sig|TA LIVET AV HENNE|vill inte leva|vill dö|vill bara dö|självmordstankar|suicidal|avsluta mitt liv|hoppa från en bro|hoppar framför tåget")]
    [InlineData("det brinner|brinner hos grannen|ELDSVÅDA|sätter eld på|tända eld på|tuttar på|tutta eld på")]
    [InlineData("ska jag döda|ska mörda|kommer att skjuta|tänker vi knivhugga|ska slå ihjäl|skall spränga|ska bränna|ska misshandla|ska skada")]
    [InlineData("slår ihjäl|slå sönder|slår barnen|knivhotad|bombhotet|skottlossning|skjuter på|vi vet var ni bor|vet var hon bor")]
    [InlineData("andas inte|medvetslös|blöder ymnigt|blåmärken|hjälp han ligger|blir slagen|blir misshandlad")]
    public void are_heard_by_the_quick_look_for_danger(string said) =>
        Assert.All(said.Split('|'), text => Assert.Equal((true, true), (Hints.In(text).Any(h => h.Kind == HintKind.Danger), Hints.TellsOfDanger(text))));

    [Theory]
    [InlineData("skyddad personuppgifter|skyddade personuppgifter|skyddad identitet|Skyddad ID|skyddad adress|skyddad folkbokföring|sekretessmarkerad adress|sekretessmarkerad folkbokföring")]
    [InlineData("kvarskriven|skyddat boende|hemlig adress|fingerade personuppgifter|lever gömd|lever under gömd")]
    public void are_heard_by_the_quick_look_for_protected_identity(string said) =>
        Assert.All(said.Split('|'), text => Assert.Equal((true, true), (Hints.In(text).Any(h => h.Kind == HintKind.ProtectedIdentity), Hints.TellsOfProtectedIdentity(text))));

    [Theory]
    [InlineData("Jag har ju diabetes typ 1 och fick fel medicin", HintKind.Health)]
    [InlineData("Handläggaren Gun-Britt Åkesson är en korkad idiot", HintKind.Employee)]
    [InlineData("Fråga Kerstin på soc", HintKind.Employee)]
    [InlineData("lägg till mitt yttrande i ärendet KS 116/2020 956", HintKind.Case)]
    [InlineData("Dnr BMN-2025-118", HintKind.Case)]
    public void are_words_of_health_of_staff_and_of_cases(string text, HintKind kind) => Assert.Contains(kind, Kinds(text));

    [Fact]
    public void name_somebody_of_the_staff_only_by_the_whole_name()
    {
        Assert.Equal([HintKind.Employee], Kinds("varför svarar aldrig ove ström???", "Ove Ström"));
        Assert.Empty(Kinds("varför svarar aldrig Ove?", "Ove Ström"));
        Assert.Empty(Kinds("Ove Strömberg sjöng", "Ove Ström"));
    }

    [Theory]
    [InlineData("Vilken fin invigning av lekparken i Björkäng! 🎉👏 Tack alla som slet i snålblåsten 💨😅")]
    [InlineData("Hej! Har biblioteket i Ålunda öppet på trettondagsafton? /Märta")]
    [InlineData("Haha, kommunen borde öppna spöktåg i gamla simhallen 👻😂🚂")]
    [InlineData("Päivää! Saako kirjastosta apua suomeksi? هل المكتبة مفتوحة اليوم؟ Buris, gos lea girjerádju?")]
    [InlineData("👍")]
    [InlineData("")]
    [InlineData(null)]
    public void are_not_in_what_people_mostly_write(string? text) => Assert.Empty(Kinds(text));

    [Theory]
    [InlineData("trosa", "R-07", "inget måste")]
    [InlineData("vastarvet", "V-09", "Kränkande")]
    [InlineData("herrljunga", "H-15", "dataskyddsförordningen")]
    [InlineData("norrkoping", "säger inget", "av sig självt")]
    [InlineData("toreboda", "säger inget", "av sig självt")]
    [Trait("Requirement", "C12")]
    [Trait("Requirement", "R-07")]
    [Trait("Requirement", "V-02")]
    public void are_answered_as_the_guideline_says_and_never_by_a_removal_of_itself(string preset, string law, string says)
    {
        var advice = Hints.PersonalData(PolicyOf(preset));

        Assert.Contains(law, advice.Law, StringComparison.Ordinal);
        Assert.Contains(says, advice.Do, StringComparison.Ordinal);
    }
}
