namespace ArchiveService.Capture;

/// <summary>What became of one place in the input; a bad place never takes the others down.</summary>
public abstract record ReadAct
{
    private ReadAct()
    {
    }

    /// <summary>Line from 1, array index + 1 or item index + 1.</summary>
    public abstract long Place { get; init; }

    /// <summary>An act that can be recorded.</summary>
    /// <param name="Act">The act.</param>
    /// <param name="Place">Where it stood.</param>
    public sealed record Accepted(CapturedAct Act, long Place) : ReadAct;

    /// <summary>Input that cannot be an act.</summary>
    /// <param name="Place">Where it stood.</param>
    /// <param name="Code">Why, in kebab case; one of <see cref="RefusalCodes"/>.</param>
    /// <param name="Detail">Why, in a sentence that never repeats the input's content.</param>
    public sealed record Rejected(long Place, string Code, string Detail) : ReadAct;

    /// <summary>Understood, and not a record: read receipts, deliveries, typing.</summary>
    /// <param name="Place">Where it stood.</param>
    /// <param name="NativeActName">The platform's own word.</param>
    public sealed record NotARecord(long Place, string NativeActName) : ReadAct;
}
