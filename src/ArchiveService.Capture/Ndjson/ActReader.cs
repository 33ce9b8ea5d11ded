using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Ndjson;

/// <summary>The two forms that captured acts come in.</summary>
public enum ActForm
{
    /// <summary>Whichever it is: an input that begins with <c>[</c> is an array.</summary>
    Either,

    /// <summary>One JSON object a line (<c>application/x-ndjson</c>).</summary>
    Lines,

    /// <summary>One JSON array of objects.</summary>
    Array,
}

/// <summary>Reads captured acts in our own form from a stream, one at a time; hostile input is refused place by place.</summary>
public static class ActReader
{
    /// <summary>
    /// Reads until the end of the stream. Blank lines are skipped but counted. Never throws because of what the input
    /// says; errors of the stream itself and cancellation go through.
    /// </summary>
    public static IAsyncEnumerable<ReadAct> Read(Stream input, DateTimeOffset now, ActForm form = ActForm.Either, CancellationToken ct = default) => form switch
    {
        ActForm.Lines => ReadLines(new JsonPieces(input), now, ct),
        ActForm.Array => ReadArray(new JsonPieces(input), now, ct),
        _ => ReadEither(new JsonPieces(input), now, ct),
    };

    private static async IAsyncEnumerable<ReadAct> ReadEither(JsonPieces pieces, DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        var acts = await pieces.Peek(ct) == '[' ? ReadArray(pieces, now, ct) : ReadLines(pieces, now, ct);
        await foreach (var act in acts) yield return act;
    }

    private static async IAsyncEnumerable<ReadAct> ReadLines(JsonPieces pieces, DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var line = pieces.LinesSkipped + 1; await pieces.ReadLine(CaptureLimits.MaxLineBytes, ct) is { } piece; line++)
        {
            if (piece.End == PieceEnd.TooLong) yield return TooLong(line);
            else if (piece.Bytes.AsSpan().ContainsAnyExcept(" \t\r"u8)) yield return ActJson.Read(piece.Bytes, line, line.ToString(CultureInfo.InvariantCulture), now);
        }
    }

    private static async IAsyncEnumerable<ReadAct> ReadArray(JsonPieces pieces, DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        if (await pieces.Peek(ct) != '[')
        {
            yield return new ReadAct.Rejected(1, RefusalCodes.BrokenJson, "The input is not a JSON array.");
            yield break;
        }

        pieces.Skip();
        if (await pieces.Peek(ct) == ']')
        {
            pieces.Skip();
        }
        else
        {
            for (var place = 1L; ; place++)
            {
                var piece = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
                yield return ReadElement(piece, place, now);
                if (piece.End == PieceEnd.Truncated) yield break;
                var next = await pieces.Peek(ct);
                if (next >= 0) pieces.Skip();
                if (next == ',') continue;
                if (next == ']') break;
                yield return next < 0
                    ? new ReadAct.Rejected(place + 1, RefusalCodes.InputTruncated, "The input ended before the array did.")
                    : new ReadAct.Rejected(place + 1, RefusalCodes.BrokenJson, "The array is broken here; nothing after this place could be read.");
                yield break;
            }
        }

        if (await pieces.Peek(ct) >= 0) yield return new ReadAct.Rejected(0, RefusalCodes.BrokenJson, "There is more after the end of the array; it was not read.");
    }

    private static ReadAct ReadElement(Piece piece, long place, DateTimeOffset now) => piece.End switch
    {
        PieceEnd.Whole => ActJson.Read(piece.Bytes, place, string.Create(CultureInfo.InvariantCulture, $"/{place - 1}"), now),
        PieceEnd.TooLong => TooLong(place),
        _ => new ReadAct.Rejected(place, RefusalCodes.InputTruncated, "The input ended in the middle of this element."),
    };

    private static ReadAct.Rejected TooLong(long place) => new(place, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.");
}
