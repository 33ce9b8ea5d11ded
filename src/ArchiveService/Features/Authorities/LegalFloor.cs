using ArchiveService.Http;

namespace ArchiveService.Features.Authorities;

/// <summary>A point that no policy can weaken: what is held, by which paragraph, and why it cannot be a choice.</summary>
public sealed record FloorPoint(string Key, string Law, string Paragraph, string Why);

/// <summary>The legal floor (architecture §1). It is in the code of the commands; here it is named, so that an attempt to change it is answered.</summary>
public static class LegalFloor
{
    public static IReadOnlyList<FloorPoint> Points { get; } =
    [
        new("removal.captureFirst", "Innehåll och avsändare sparas alltid innan något tas ned.", "TF 2 kap. 4 och 9 §§; arkivlagen 3 och 10 §§",
            "En kommentar är en allmän handling från det att den kan läsas. Att ta ned den utan att ha sparat den är gallring utan beslut. Brådskar det finns nödåtgärden, som döljer eller avpublicerar men aldrig raderar."),
        new("secrecy.register", "Handlingar med uppgifter som kan omfattas av sekretess registreras alltid.", "OSL 5 kap. 1 §",
            "Bara handlingar som uppenbart saknar betydelse, eller som inte omfattas av sekretess och hålls ordnade, får lämnas oregistrerade. Undantaget är personakten hos den nämnd som för den (OSF 2 §): då lämnas handlingen dit."),
        new("disposal.requireDecision", "Allmänna handlingar gallras bara efter ett gallringsbeslut med gallringsfrist.", "arkivlagen 10 §",
            "Utgångsläget är att allmänna handlingar bevaras. Det är beslutet som gör gallringen laglig, och fristen som säger när den får ske."),
        new("channel.informUsers", "En kanal talar om vem som står bakom den och i vilken mån inlägg blir tillgängliga för andra.", "BBS-lagen (1998:112) 3 §",
            "Det gäller varje tjänst för elektronisk förmedling av meddelanden, vad riktlinjen än säger. Det är det enda som alla kanaler har gemensamt; i övrigt kräver varje riktlinje sitt innan en kanal är aktiv."),
    ];

    public static FloorPoint? Find(string key) => Points.FirstOrDefault(p => p.Key == key);

    public static Refusal Refuse(FloorPoint point) => new(
        "legal-floor", $"{point.Key} kan inte ändras. {point.Law} Det följer av {point.Paragraph}. {point.Why}", StatusCodes.Status400BadRequest,
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["key"] = point.Key, ["paragraph"] = point.Paragraph, ["why"] = point.Why });
}
