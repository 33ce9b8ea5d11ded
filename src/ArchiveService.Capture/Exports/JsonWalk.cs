using System.Globalization;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

/// <summary>Where a step through a file came to.</summary>
internal enum WalkStep
{
    Leaf,
    End,
    Broken,
    Truncated,
    OverLimit,
}

/// <summary>
/// Walks a JSON file of any size and hands out its values one by one: what <c>descend</c> names is walked into, the rest is read whole.
/// A shape names where a value stands: <c>/messages/*</c> is any element of the root's member messages. With <c>script</c> the file sets a
/// variable, and everything up to the first = is passed by.
/// </summary>
internal sealed class JsonWalk(Stream input, Func<string, bool> descend, bool script = false)
{
    private readonly JsonPieces pieces = new(input);
    private readonly Stack<Frame> frames = new();
    private bool begun;

    /// <summary>The shape of the value last handed out.</summary>
    public string Shape { get; private set; } = "";

    /// <summary>The JSON pointer of the value last handed out.</summary>
    public string Pointer { get; private set; } = "";

    public Piece Value { get; private set; }

    public async Task<WalkStep> Next(CancellationToken ct)
    {
        try
        {
            return await Step(ct);
        }
        catch (ArchiveLimitException)
        {
            return WalkStep.OverLimit;
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return WalkStep.Truncated;
        }
    }

    private async Task<WalkStep> Step(CancellationToken ct)
    {
        if (!begun)
        {
            begun = true;
            if (script && !await PassAssignment(ct)) return WalkStep.Broken;
            var first = await pieces.Peek(ct);
            if (first < 0) return WalkStep.Truncated;
            if (first is not ('{' or '[')) return WalkStep.Broken;
            if (await Take("", "", ct) is { } whole) return whole;
        }

        while (frames.TryPeek(out var frame))
        {
            var next = await pieces.Peek(ct);
            if (next < 0) return WalkStep.Truncated;
            if (next == (frame.IsArray ? ']' : '}'))
            {
                pieces.Skip();
                frames.Pop();
                continue;
            }

            if (frame.Count > 0)
            {
                if (next != ',') return WalkStep.Broken;
                pieces.Skip();
                next = await pieces.Peek(ct);
                if (next == (frame.IsArray ? ']' : '}')) continue;
            }

            var name = "*";
            var step = frame.Count.ToString(CultureInfo.InvariantCulture);
            frame.Count++;
            if (!frame.IsArray)
            {
                if (next != '"') return next < 0 ? WalkStep.Truncated : WalkStep.Broken;
                var written = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
                next = await pieces.Peek(ct);
                if (next < 0 || written.End == PieceEnd.Truncated) return WalkStep.Truncated;
                if (next != ':' || written.Bytes is not [(byte)'"', .., (byte)'"']) return WalkStep.Broken;
                pieces.Skip();
                name = JsonText.Decode(written.Bytes.AsSpan()[1..^1], out _);
                step = name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            }

            if (await Take($"{frame.Shape}/{name}", $"{frame.Pointer}/{step}", ct) is { } taken) return taken;
        }

        return WalkStep.End;
    }

    private async Task<WalkStep?> Take(string shape, string pointer, CancellationToken ct)
    {
        var next = await pieces.Peek(ct);
        if (next is '{' or '[' && descend(shape))
        {
            pieces.Skip();
            frames.Push(new Frame(next == '[', shape, pointer));
            return null;
        }

        (Shape, Pointer) = (shape, pointer);
        Value = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
        if (Value.End == PieceEnd.Truncated) return WalkStep.Truncated;
        return Value.End == PieceEnd.Whole && Value.Bytes.Length == 0 ? WalkStep.Broken : WalkStep.Leaf;
    }

    private async Task<bool> PassAssignment(CancellationToken ct)
    {
        // "window.YTD.tweets.part0 = [": no value can stand before the equals sign.
        for (var passed = 0; passed < 1024; passed++)
        {
            var next = await pieces.Peek(ct);
            if (next < 0) return false;
            if (next is '[' or '{') return true;
            pieces.Skip();
            if (next == '=') return true;
        }

        return false;
    }

    private sealed class Frame(bool isArray, string shape, string pointer)
    {
        public bool IsArray => isArray;

        public string Shape => shape;

        public string Pointer => pointer;

        public long Count { get; set; }
    }
}
