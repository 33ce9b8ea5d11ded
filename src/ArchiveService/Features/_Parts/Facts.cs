namespace ArchiveService.Features.PageParts;

public enum FactLook
{
    Text, Number, DiaryNumber, Code, Checksum, Omitted,
}

/// <summary>A name and what it is; with an address the value becomes a link.</summary>
public sealed record Fact(string Name, string Value, FactLook Look = FactLook.Text, string? Href = null, string? Note = null)
{
    public string? CssClass => Look switch
    {
        FactLook.Number => "num",
        FactLook.DiaryNumber => "dnr",
        FactLook.Code => "mono",
        _ => null,
    };
}

/// <summary>Names to the left, values to the right; <paramref name="Stacked"/> puts the value under its name.</summary>
public sealed record FactList(IReadOnlyList<Fact> Facts, bool Stacked = false) : Part;

/// <summary>What is true now, one cell a question; the three regions and access are never merged into one.</summary>
public sealed record StateStrip(IReadOnlyList<StateCell> Cells, string Label = "Handlingens tillstånd") : Part
{
    public static StateStrip Of(StateCell channel, StateCell registration, StateCell retention, StateCell access) =>
        new([channel, registration, retention, access]);
}

/// <summary>A question, its mark or word, and a smaller second line. A secret record's access cell is <see cref="Secret"/>.</summary>
public sealed record StateCell(string Question, Mark? Mark, string? Word = null, string? Note = null, bool IsSecret = false)
{
    public static StateCell Channel(Mark mark, string? note = null) => new("I kanalen", mark, null, note);

    public static StateCell Registration(Mark mark, string? note = null) => new("Registrering", mark, null, note);

    public static StateCell Retention(Mark mark, string? note = null) => new("Bevarande", mark, null, note);

    public static StateCell Open(string? note = null) => new("Åtkomst", null, "Öppen", note);

    public static StateCell Secret(string? note = null) => new("Åtkomst", null, "Sekretess", note, IsSecret: true);
}

/// <summary>The certainty behind a page: a double-ruled box with checksum, place in the log and what to fetch.</summary>
public sealed record ProofBox(
    string Title, string? CheckedNote, IReadOnlyList<Fact> Facts, bool Intact = true, IReadOnlyList<LinkButton>? Links = null) : Part;

/// <summary>Large numbers at the top of a page.</summary>
public sealed record KeyFigures(IReadOnlyList<KeyFigure> Figures, string Label = "Nyckeltal") : Part;

/// <summary><paramref name="Trend"/> draws small bars, oldest first; <paramref name="TrendText"/> says them in words.</summary>
public sealed record KeyFigure(
    string Name, string Value, string? Note = null, bool Late = false, string? Href = null,
    IReadOnlyList<int>? Trend = null, string? TrendText = null);

public enum Standing
{
    Met, Attention, Blocks,
}

/// <summary>What must hold before an act, each with its proof.</summary>
public sealed record Preconditions(IReadOnlyList<Precondition> Items) : Part
{
    public bool Blocked => Items.Any(item => item.Standing == Standing.Blocks);
}

public sealed record Precondition(Standing Standing, string Text, string? Proof = null);

public enum StepState
{
    Done, Now, Coming,
}

/// <summary>The steps of a run, with who did what.</summary>
public sealed record RunSteps(IReadOnlyList<RunStep> Steps, string Label = "Körningens steg") : Part;

public sealed record RunStep(string Name, string? Note, StepState State);

/// <summary>How far a long piece of work has come.</summary>
public sealed record RunProgress(long Done, long Of, string Text, string? Note = null, string Label = "Så långt har arbetet kommit") : Part;

/// <summary>Person and role on one line, and for whom they act: "Amir Låtsberg, moderator, för Granvika kommun".</summary>
public sealed record PersonLine(string Name, string? Role = null, string? For = null) : Part
{
    /// <summary>What follows the name.</summary>
    public string After => (Role is null ? "" : ", " + Swedish.Role(Role)) + (For is null ? "" : ", för " + For);

    public override string ToString() => Name + After;
}
