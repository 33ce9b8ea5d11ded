using ArchiveService.Capture;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Csv;

namespace ArchiveService.Features.Deliveries;

/// <summary>Why a delivery was not read, and what to do, in sentences.</summary>
/// <param name="Passing">It is tried again by itself, with growing pauses.</param>
public sealed record InboxProblem(string What, string Do, bool Passing = false);

/// <summary>A sentence for every code that can stand in the inbox or among an import's refused lines.</summary>
public static class InboxProblems
{
    private const string Again = "Läs in igen när det är åtgärdat.";
    private const string Sender = "Rätta det hos den som skickar eller gör filen, och låt den skicka igen. Går det inte, skriv av leveransen med skäl.";
    private const string Wait = "Den försöks igen av sig själv. Står den kvar, se efter på sidan Drift vad som är fel och läs in igen.";

    public static IReadOnlyDictionary<string, InboxProblem> Known { get; } = new Dictionary<string, InboxProblem>(StringComparer.Ordinal)
    {
        ["channel-unknown"] = new("Kontot finns inte i kanalförteckningen", "För in kanalen med kontots id, och läs in igen. Är kontot inte vårt, skriv av leveransen."),
        ["platform-unknown"] = new("Ingen läser leveranser från den plattformen", "Leveransen ligger kvar förseglad. Läs in igen när tjänsten har fått stöd för plattformen."),
        ["form-unknown"] = new("Ingen läser leveranser av den formen", "Leveransen ligger kvar förseglad. Läs in igen när tjänsten har fått stöd för formen."),
        ["delivery-destroyed"] = new("Leveransen är gallrad", "Det som stod i den är borta. Skriv av den så att den lämnar inkorgen."),
        ["attachment-store-unavailable"] = new("Bilagelagret gick inte att nå", Wait, Passing: true),
        ["attachment-too-large"] = new("En bilaga är större än vad som tas emot", $"Höj Attachments__MaxBytes om den ska in. {Again}"),
        ["attachment-over-archive-limit"] = new("En bilaga i en packad fil packas upp till mer än gränsen", "Packa upp filen och lämna bilagan för sig."),
        ["attachment-damaged"] = new("En bilaga kunde inte läsas hel", Sender),
        [RefusalCodes.BrokenJson] = new("Innehållet går inte att läsa: det är inte JSON", Sender),
        [RefusalCodes.NotAnObject] = new("Innehållet går inte att läsa: det är inget JSON-objekt", Sender),
        [RefusalCodes.LineTooLong] = new("En rad är längre än 1 MiB", "Lämna stora bilagor för sig i stället för i raden."),
        [RefusalCodes.TextTooLong] = new("En text är längre än vad som tas emot", Sender),
        [RefusalCodes.ValueTooLong] = new("Ett id, ett namn eller en adress är längre än vad som tas emot", Sender),
        [RefusalCodes.NativeIdMissing] = new("Plattformens id på inlägget saknas", Sender),
        [RefusalCodes.ActMissing] = new("Det står inte vad som hände", Sender),
        [RefusalCodes.WrongType] = new("Innehållet går inte att läsa: en uppgift har fel form", Sender),
        [RefusalCodes.BadCharacters] = new("Ett id eller ett namn har otillåtna tecken", Sender),
        [RefusalCodes.TimeUnreadable] = new("En tid går inte att läsa", "Rätta tidens form, i en CSV-fil genom timeFormats i mappningen."),
        [RefusalCodes.TimeOutOfRange] = new("En tid ligger före 1990 eller i framtiden", "Se efter om sekunder och millisekunder, eller dag och månad, är förväxlade."),
        [RefusalCodes.AttachmentFileName] = new("Ett filnamn är en sökväg eller har otillåtna tecken", Sender),
        [RefusalCodes.AttachmentHashMismatch] = new("En bilaga stämmer inte med sin kontrollsumma", "Den har ändrats eller skadats på vägen. Låt den skickas igen."),
        [RefusalCodes.AttachmentHash] = new("En kontrollsumma har fel form", Sender),
        [RefusalCodes.AttachmentBase64] = new("En bilaga är inte rätt kodad (Base64)", Sender),
        [RefusalCodes.TooManyAttachments] = new("Ett inlägg har för många bilagor", Sender),
        [RefusalCodes.InputTruncated] = new("Det som kom in tar slut mitt i", "Hämta det igen och läs in på nytt. Det som redan är inläst räknas som dubbletter."),
        [RefusalCodes.PlatformError] = new("Plattformen svarade med ett fel i stället för innehåll", "Se efter i felet vad plattformen säger, ofta att nyckeln eller rättigheten inte räcker. Frågan ställs igen nästa gång."),
        [ArchiveProblemCodes.Truncated] = new("Arkivfilen tar slut mitt i", "Hämta exporten igen. Det som gick att läsa är inläst."),
        [ArchiveProblemCodes.Damaged] = new("En fil i arkivet är skadad", "Hämta exporten igen. Det som gick att läsa är inläst."),
        [ArchiveProblemCodes.Bomb] = new("Arkivet packas upp till mer än gränsen", "Dela upp exporten, eller packa upp den och läs in mappen från kommandoraden."),
        [ArchiveProblemCodes.UnsafePath] = new("Ett namn i arkivet leder utanför det; den filen togs inte med", "Hämta exporten direkt från plattformen."),
        [ArchiveProblemCodes.NotAFile] = new("Arkivet har en länk i stället för en fil; den togs inte med", "Hämta exporten direkt från plattformen."),
        [ArchiveProblemCodes.DuplicateName] = new("Två filer i arkivet har samma namn; den första gäller", "Hämta exporten direkt från plattformen."),
        [ArchiveProblemCodes.Unreadable] = new("Filen är inget arkiv som går att läsa", "Välj rätt form för filen, eller hämta exporten igen."),
        [ArchiveProblemCodes.Encrypted] = new("Arkivet kräver lösenord", "Packa upp det och läs in det uppackade."),
        [ArchiveProblemCodes.OutboxMissing] = new("Arkivet saknar inlägg (outbox.json)", "Välj rätt form för filen, eller hämta exporten igen."),
        [ArchiveProblemCodes.OutboxBroken] = new("Filen med inlägg går inte att läsa", "Hämta exporten igen."),
        [ArchiveProblemCodes.ActorMissing] = new("Arkivet säger inte vilket konto det hör till", "Inläggens egna avsändare används. Ingenting behöver göras."),
        [ArchiveProblemCodes.DeclaredDiffers] = new("Arkivet säger sig ha ett annat antal inlägg än det har", "Ingenting behöver göras; antalen är antecknade."),
        [CsvImport.QuoteOpen] = new("Ett citattecken står fel", "Inuti en cell med citattecken skrivs ett citattecken två gånger."),
        [CsvImport.Columns] = new("En rad har ett annat antal kolumner än rubrikraden", "Sätt citattecken runt celler som innehåller skiljetecknet eller en radbrytning."),
        ["csv-mapping"] = new("Mappningen går inte att använda", "Rätta mappningen; sidan om den generiska inläsningen visar hur den ska se ut."),
        ["csv-column"] = new("Filen saknar en kolumn som mappningen nämner", "Kontrollera skiljetecken, teckenkodning och kolumnens namn."),
        ["csv-encoding"] = new("Filen är UTF-16", "Spara den som CSV UTF-8."),
        ["csv-empty"] = new("Filen har inga rader", "Välj rätt fil."),
    };

    private static readonly string[] Interruptions = ["NpgsqlException", "PostgresException", "TimeoutException", "CaptureContended", "ObjectStoreUnavailable", "IOException", "HttpRequestException"];

    /// <summary>A single code. What is not known is a fault of the service itself, called by its name.</summary>
    public static InboxProblem Of(string code) =>
        Known.TryGetValue(code, out var known) ? known
        : Interruptions.Contains(code, StringComparer.Ordinal) ? new("Databasen eller ett annat system gick inte att nå", Wait, Passing: true)
        : new($"Tekniskt fel ({code})", "Läs in igen. Kommer felet tillbaka, anmäl det till den som driver tjänsten med leveransens id: det som kom in ligger kvar.", Passing: char.IsAsciiLetterUpper(code.FirstOrDefault()));

    /// <summary>Whether every one of them may pass by itself.</summary>
    public static bool Passes(string codes) => codes.Split(", ").All(code => Of(code).Passing);

    public static string What(string codes) => string.Join("; ", codes.Split(", ").Select((code, n) => n == 0 ? Of(code).What : Inside(Of(code).What)));

    private static string Inside(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    public static string Do(string codes) => string.Join(' ', codes.Split(", ").Select(code => Of(code).Do).Distinct());
}
