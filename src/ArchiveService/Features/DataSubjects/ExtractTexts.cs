namespace ArchiveService.Features.DataSubjects;

/// <summary>What everybody who gets an extract is told (GDPR art. 15.1 a–h, 15.2), in Swedish. Pure.</summary>
public static class ExtractTexts
{
    public static IReadOnlyList<ExtractText> Of(string authority, IReadOnlyList<string> purposes, string? contact) =>
    [
        new("15.1 a", "Ändamålen", $"{authority} behandlar uppgifterna för att kommunicera i sina kanaler, diarieföra och bevara allmänna handlingar och lämna ut dem till den som begär det (tryckfrihetsförordningen 2 kap., offentlighets- och sekretesslagen 4 och 5 kap., arkivlagen 3 §). Rättslig grund är rättslig förpliktelse och uppgift av allmänt intresse (artikel 6.1 c och e)."
            + (purposes.Count == 0 ? "" : $" Kanalerna används för: {string.Join("; ", purposes)}.")),
        new("15.1 b", "Kategorierna av uppgifter", "Kontots namn och adress på plattformen, det du har skrivit eller skickat med alla versioner och bilagor, när det skedde, vad myndigheten har gjort med det och vad den har svarat. Det du själv har skrivit kan innehålla känsliga uppgifter."),
        new("15.1 c", "Mottagarna", "Plattformen där du skrev, den som begär ut en allmän handling, det publika diariet där avsändare och sak visas efter prövning, och de myndigheter som en handling har lämnats över till. Vad som gäller varje handling står vid den. Vem som har begärt ut en handling antecknas aldrig."),
        new("15.1 d", "Hur länge de bevaras", "Allmänna handlingar bevaras, om de inte får gallras enligt ett gallringsbeslut (arkivlagen 3 och 10 §§). Vad som gäller varje handling står vid den."),
        new("15.1 e", "Rättelse, radering, begränsning och invändning", "Du har rätt att begära att uppgifter rättas eller raderas, att behandlingen begränsas, och att invända mot den. " + SubjectWords.NeverAltered),
        new("15.1 f", "Klagomål", SubjectWords.Complain),
        new("15.1 g", "Varifrån uppgifterna kommer", "Från plattformen, dit du själv har skickat dem, och från myndighetens egen handläggning."),
        new("15.1 h", "Automatiserade beslut", "Inga beslut om dig fattas enbart automatiskt, och ingen profilering görs (artikel 22)."),
        new("15.2", "Tredje land", "Plattformarna kan behandla det du skriver där utanför EU/EES; det gör de som självständigt ansvariga. Myndighetens arkiv överför inget."),
        new("12.1", "Kontakt", string.IsNullOrWhiteSpace(contact) ? $"Vänd dig till {authority} eller dess dataskyddsombud." : contact.Trim()),
        new("15.4", "Andra personer", $"Uppgifter om andra än dig är utelämnade eller ersatta med {OthersMasked.Mask}. Det som omfattas av sekretess är utelämnat (dataskyddslagen 5 kap. 1 §)."),
    ];
}
