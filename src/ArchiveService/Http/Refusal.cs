namespace ArchiveService.Http;

/// <summary>A no, as a value: a stable kebab-case code and a Swedish sentence that says what is wrong and what to do.</summary>
/// <param name="Code">Stable and documented; the problem's type is <c>/problems/&lt;code&gt;</c>.</param>
/// <param name="Explanation">Shown to people as it is.</param>
/// <param name="Status">The HTTP status it becomes: 400 input, 403 not allowed, 404 unknown, 409 the state says no, 412 changed meanwhile, 422 cannot be processed, 503 try again.</param>
/// <param name="More">Further members of the problem, such as the time a cooling-off ends.</param>
public sealed record Refusal(string Code, string Explanation, int Status = StatusCodes.Status409Conflict, IReadOnlyDictionary<string, object?>? More = null)
{
    public static Refusal Unknown(string what, string explanation) => new($"{what}-unknown", explanation, StatusCodes.Status404NotFound);

    public static Refusal Input(string code, string explanation) => new(code, explanation, StatusCodes.Status400BadRequest);

    public static Refusal NotAllowed(string explanation) => new("not-allowed", explanation, StatusCodes.Status403Forbidden);

    public static Refusal ChangedMeanwhile(long actual) => new(
        "changed-meanwhile", "Någon annan har ändrat sedan du läste. Läs det nya och gör om.", StatusCodes.Status412PreconditionFailed,
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["version"] = actual });
}

/// <summary>What a command led to.</summary>
public abstract record Outcome
{
    private Outcome()
    {
    }

    /// <param name="LastSequence">For reading one's own writes: <c>?after=</c>.</param>
    public sealed record Done(long LastSequence, long Version) : Outcome;

    public sealed record Refused(Refusal Why) : Outcome;

    public static implicit operator Outcome(Refusal why) => new Refused(why);
}

/// <summary>Events or a refusal. No events and no refusal: there is nothing to do.</summary>
public sealed record Decision(IReadOnlyList<Sealing.Happened> Events, Refusal? Refused = null)
{
    public static Decision Nothing { get; } = new([]);

    public static implicit operator Decision(Sealing.Happened happened) => new([happened]);

    public static implicit operator Decision(Refusal why) => new([], why);
}
