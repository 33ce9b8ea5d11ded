using System.Text;

namespace ArchiveService.Capture.Exports;

/// <summary>What a file's strings say of how they were written.</summary>
public enum MojibakeFinding
{
    /// <summary>Nothing outside ASCII.</summary>
    Ascii,

    /// <summary>Every string with something outside ASCII is UTF-8 written as Latin-1.</summary>
    Repair,

    /// <summary>No string is.</summary>
    Clean,

    /// <summary>Some are and some are not: nothing is touched.</summary>
    Unsure,
}

/// <summary>
/// Meta's exports write the UTF-8 bytes of each string as <c>\u00XX</c>. Some Swedish is wrongly changed by a repair (<c>SJÖ</c> and a no-break space
/// become a Hebrew letter), so it is decided for a whole file, and only when every string in it would be put right.
/// </summary>
public static class Mojibake
{
    private const char LastLatin1 = '\u00FF';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The same string, that is the same reference, when there is nothing to repair.</summary>
    public static string Repair(string text)
    {
        if (Ascii.IsValid(text) || text.AsSpan().IndexOfAnyExceptInRange('\0', LastLatin1) >= 0) return text;
        try
        {
            // Latin-1 and not Windows-1252: the bytes 0x80 to 0x9F are needed.
            return Strict.GetString(Encoding.Latin1.GetBytes(text));
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }

    /// <summary>Looks through a JSON file, keys and values, and holds nothing of it.</summary>
    public static async Task<MojibakeFinding> Find(Stream json, CancellationToken ct)
    {
        var scan = new StringScan();
        var block = new byte[64 * 1024];
        for (int length; (length = await json.ReadAsync(block, ct)) > 0;) scan.Run(block.AsSpan(0, length));
        return (scan.Repairable, scan.Others) switch
        {
            (0, 0) => MojibakeFinding.Ascii,
            ( > 0, 0) => MojibakeFinding.Repair,
            (0, _) => MojibakeFinding.Clean,
            _ => MojibakeFinding.Unsure,
        };
    }

    /// <summary>Decodes the strings of a JSON file and feeds their characters, taken for bytes, to a UTF-8 recogniser (RFC 3629).</summary>
    private struct StringScan
    {
        private bool quoted;
        private bool escaped;
        private int hexLeft;
        private int hex;
        private int rawLeft;
        private int rawPoint;
        private bool outsideAscii;
        private bool wrong;
        private int continuations;
        private byte least;
        private byte most;

        public long Repairable { get; private set; }

        public long Others { get; private set; }

        public void Run(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                // Nearly all is plain text: pass over what changes nothing.
                var passed = !quoted ? bytes.IndexOf((byte)'"')
                    : escaped || hexLeft > 0 || rawLeft > 0 || continuations > 0 ? 0
                    : Interesting(bytes);
                if (passed < 0) return;
                Take(bytes[passed]);
                bytes = bytes[(passed + 1)..];
            }
        }

        private static int Interesting(ReadOnlySpan<byte> bytes)
        {
            var mark = bytes.IndexOfAny((byte)'"', (byte)'\\');
            var beyond = (mark < 0 ? bytes : bytes[..mark]).IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            return beyond >= 0 ? beyond : mark;
        }

        private void Take(byte next)
        {
            if (!quoted)
            {
                quoted = true;
                (outsideAscii, wrong, continuations) = (false, false, 0);
            }
            else if (hexLeft > 0)
            {
                hex = (hex << 4) | (next <= (byte)'9' ? next - '0' : ((next | 0x20) - 'a' + 10) & 0xF);
                if (--hexLeft == 0) Character(hex);
            }
            else if (escaped)
            {
                escaped = false;
                if (next == (byte)'u') (hexLeft, hex) = (4, 0);
                else Character('\n');
            }
            else if (rawLeft > 0)
            {
                rawPoint = (rawPoint << 6) | (next & 0x3F);
                if (--rawLeft == 0) Character(rawPoint);
            }
            else if (next == (byte)'\\')
            {
                escaped = true;
            }
            else if (next == (byte)'"')
            {
                quoted = false;
                if (!outsideAscii) return;
                if (wrong || continuations > 0) Others++;
                else Repairable++;
            }
            else if (next < 0x80)
            {
                Character(next);
            }
            else
            {
                (rawLeft, rawPoint) = next switch
                {
                    >= 0xF0 => (3, next & 0x07),
                    >= 0xE0 => (2, next & 0x0F),
                    >= 0xC0 => (1, next & 0x1F),
                    _ => (0, 0),
                };
                if (rawLeft == 0) (outsideAscii, wrong) = (true, true);
            }
        }

        private void Character(int value)
        {
            if (value > 0x7F) outsideAscii = true;
            if (value > LastLatin1)
            {
                wrong = true;
            }
            else if (continuations > 0)
            {
                if (value < least || value > most) wrong = true;
                (continuations, least, most) = (continuations - 1, 0x80, 0xBF);
            }
            else if (value > 0x7F)
            {
                (continuations, least, most) = value switch
                {
                    >= 0xC2 and <= 0xDF => (1, (byte)0x80, (byte)0xBF),
                    0xE0 => (2, (byte)0xA0, (byte)0xBF),
                    0xED => (2, (byte)0x80, (byte)0x9F),
                    >= 0xE1 and <= 0xEF => (2, (byte)0x80, (byte)0xBF),
                    0xF0 => (3, (byte)0x90, (byte)0xBF),
                    >= 0xF1 and <= 0xF3 => (3, (byte)0x80, (byte)0xBF),
                    0xF4 => (3, (byte)0x80, (byte)0x8F),
                    _ => (0, (byte)0, (byte)0),
                };
                if (continuations == 0) wrong = true;
            }
        }
    }
}
