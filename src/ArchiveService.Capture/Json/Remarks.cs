namespace ArchiveService.Capture.Json;

/// <summary>What is noticed while one act is read: flags that go with it, and the first reason to refuse it.</summary>
internal sealed class Remarks
{
    private readonly List<string> flags = [];

    public IReadOnlyList<string> Flags => flags;

    public (string Code, string Detail)? Refusal { get; private set; }

    public void Flag(string flag)
    {
        if (!flags.Contains(flag)) flags.Add(flag);
    }

    public void Flag(TextFaults faults)
    {
        if (faults == TextFaults.None) return;
        if (faults.HasFlag(TextFaults.LoneSurrogate)) Flag(ActFlags.LoneSurrogateReplaced);
        if (faults.HasFlag(TextFaults.Nul)) Flag(ActFlags.NulReplaced);
        if (faults.HasFlag(TextFaults.InvalidUtf8)) Flag(ActFlags.InvalidUtf8Replaced);
    }

    /// <summary>Cuts an overlong text for showing, never through a character.</summary>
    public string Cut(string text)
    {
        if (text.Length <= CaptureLimits.MaxTextChars) return text;
        Flag(ActFlags.TextCut);
        return text[..(char.IsHighSurrogate(text[CaptureLimits.MaxTextChars - 1]) ? CaptureLimits.MaxTextChars - 1 : CaptureLimits.MaxTextChars)];
    }

    public void Refuse(string code, string detail) => Refusal ??= (code, detail);
}
