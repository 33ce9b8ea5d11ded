namespace ArchiveService.Features.Records;

/// <summary>A question of the chart, with the ways on from it.</summary>
public sealed record ChartStep(string Code, string Question, string? Hint, IReadOnlyList<ChartWay> Ways);

/// <param name="To">The next step or the outcome.</param>
public sealed record ChartWay(string Text, string To);

/// <summary>Where the chart ends: advice, and nothing that happens.</summary>
/// <param name="HumanChoice">What the guideline's own arrow says is not followed by itself: somebody decides in the case at hand.</param>
public sealed record ChartOutcome(string Code, string Title, string Advice, bool HumanChoice = false);

/// <summary>
/// The response chart of Töreboda's bilaga 2 (T-22), an advisory guide: which node was chosen is kept with the assessment, and nothing follows from it.
/// A joke leads to observing (T-10, RF 2 kap. 1 §, H-16); that the source's damaged drawing has an arrow to removal is told as a choice, never as the way.
/// </summary>
public static class ResponseChart
{
    public static IReadOnlyList<ChartStep> Steps { get; } =
    [
        new("positive", "Är kommentaren positiv?", null, [new("Ja", "positive-how"), new("Nej", "slander")]),
        new("positive-how", "Hur ska det positiva mötas?", "Förstärk när det bygger på riktiga fakta.", [new("Förstärk", "reinforce"), new("Observera", "observe-positive"), new("Dela", "share")]),
        new("slander", "Är den negativ i syfte att smutskasta?", "Grovt vilseledande om kommunen eller någon som arbetar här. Hård kritik är inte smutskastning.", [new("Ja", "slander-own-channel"), new("Nej", "joke")]),
        new("joke", "Skämtar den på kommunens eller en anställds bekostnad?", null, [new("Ja", "joke-how"), new("Nej", "facts")]),
        new("joke-how", "Hur ska skämtet mötas?", "Observera är huvudregeln: ett skämt är skyddat av yttrandefriheten (RF 2 kap. 1 §, T-10).", [new("Observera", "joke-observe"), new("Pröva om den ska tas ned", "joke-consider-removal")]),
        new("facts", "Är något sakligt fel?", null, [new("Ja", "correct"), new("Nej", "dissatisfied")]),
        new("dissatisfied", "Är avsändaren missnöjd efter en dålig erfarenhet?", null, [new("Ja", "rectify"), new("Nej", "influence")]),
        new("influence", "Ska den besvaras ändå?", "Till exempel för att avsändaren har stort genomslag i medierna.", [new("Ja", "answer"), new("Nej", "observe")]),
    ];

    public static IReadOnlyList<ChartOutcome> Outcomes { get; } =
    [
        new("reinforce", "Förstärk", "Kommentera, håll med och lägg till."),
        new("observe-positive", "Observera", "Följ samtalet en tid."),
        new("share", "Dela", "Sprid den där den hör hemma."),
        new("slander-own-channel", "Smutskastning i egen kanal", "Riktlinjen pekar mot att ta bort kommentaren där kommunen äger kanalen. Pröva grunden, motivera och spara först; annars observera, svara inte och fråga informationsansvarig.", HumanChoice: true),
        new("joke-observe", "Observera skämtet", "Låt den stå, svara inte och följ samtalet."),
        new("joke-consider-removal", "Pröva om skämtet ska tas ned", "Schemats pil till ”ta bort” är läst ur en skadad bild och möter yttrandefriheten. Utan en grund i policyn står skämtet kvar.", HumanChoice: true),
        new("correct", "Svara med riktiga fakta", "Rätta som en kommentar till felet, med källor."),
        new("rectify", "Rätta till", "Beklaga, rätta det som går och erbjud en rimlig lösning. Utgången saknas i källan och är hämtad ur schemats förlaga."),
        new("answer", "Svara", "Tänk först, var generös med källor, säg vem du är och att du företräder kommunen."),
        new("observe", "Observera", "Inget svar behövs. Följ samtalet."),
    ];

    public static ChartStep Start => Steps[0];

    public static ChartStep? Step(string? code) => Steps.FirstOrDefault(s => s.Code == code);

    public static ChartOutcome? Outcome(string? code) => Outcomes.FirstOrDefault(o => o.Code == code);

    /// <summary>The questions and answers that lead to a step or an outcome; each has one way only, so the node alone tells it.</summary>
    public static IReadOnlyList<(ChartStep Step, ChartWay Way)> PathTo(string code)
    {
        var path = new List<(ChartStep, ChartWay)>();
        while (Steps.SelectMany(s => s.Ways.Where(w => w.To == code).Select(w => ((ChartStep, ChartWay)?)(s, w))).SingleOrDefault() is { } before)
        {
            path.Insert(0, before);
            code = before.Item1.Code;
        }

        return path;
    }
}
