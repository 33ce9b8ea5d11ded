namespace ArchiveService.Capture.Warc;

/// <summary>Takes the chunks out of a body (RFC 9112 §7.1) as it goes past.</summary>
internal sealed class ChunkedBody
{
    private const int MaxSizeDigits = 15;

    private State state = State.Size;
    private long left;
    private int digits;

    private enum State
    {
        Size,
        Extension,
        Data,
        DataEnd,
        Trailer,
        Broken,
    }

    /// <summary>It is not made of chunks after all.</summary>
    public bool IsBroken => state == State.Broken;

    /// <summary>The last chunk was there.</summary>
    public bool IsWhole => state == State.Trailer;

    /// <summary>Gives what stands in the chunks to another.</summary>
    public void Append(ReadOnlySpan<byte> body, Action<ReadOnlySpan<byte>> content)
    {
        while (!body.IsEmpty && state is not (State.Trailer or State.Broken))
        {
            if (state == State.Data)
            {
                var here = (int)Math.Min(left, body.Length);
                content(body[..here]);
                body = body[here..];
                left -= here;
                if (left == 0) state = State.DataEnd;
                continue;
            }

            Step(body[0]);
            body = body[1..];
        }
    }

    private void Step(byte next)
    {
        switch (state)
        {
            case State.Size when char.IsAsciiHexDigit((char)next) && digits < MaxSizeDigits:
                left = left * 16 + Convert.ToInt32(((char)next).ToString(), 16);
                digits++;
                break;
            case State.Size or State.Extension when next == (byte)'\n':
                state = digits == 0 ? State.Broken : left == 0 ? State.Trailer : State.Data;
                digits = 0;
                break;
            case State.Size when next is (byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t' && digits > 0:
                state = State.Extension;
                break;
            case State.Extension:
                break;
            case State.DataEnd when next == (byte)'\r':
                break;
            case State.DataEnd when next == (byte)'\n':
                state = State.Size;
                left = 0;
                break;
            default:
                state = State.Broken;
                break;
        }
    }
}
