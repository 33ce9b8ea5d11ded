using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ArchiveService.Capture.Json;

/// <summary>What had to be replaced to make a JSON string showable.</summary>
[Flags]
internal enum TextFaults
{
    None = 0,
    LoneSurrogate = 1,
    Nul = 2,
    InvalidUtf8 = 4,
}

/// <summary>Reads JSON strings that <c>GetString</c> throws on: platforms send halves of emoji and bytes that are not UTF-8.</summary>
internal static class JsonText
{
    private const char Replacement = '\uFFFD';

    public static string Of(JsonElement text, out TextFaults faults)
    {
        var quoted = JsonMarshal.GetRawUtf8Value(text);
        return Decode(quoted[1..^1], out faults);
    }

    public static string NameOf(JsonProperty member) => Decode(JsonMarshal.GetRawUtf8PropertyName(member), out _);

    /// <summary>The characters a number was written with; 2^53 and signs survive.</summary>
    public static string NumberAsWritten(JsonElement number) => Encoding.ASCII.GetString(JsonMarshal.GetRawUtf8Value(number));

    public static string Decode(ReadOnlySpan<byte> escaped, out TextFaults faults)
    {
        faults = Utf8.IsValid(escaped) ? TextFaults.None : TextFaults.InvalidUtf8;
        if (!escaped.Contains((byte)'\\')) return Encoding.UTF8.GetString(escaped);

        var room = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(escaped.Length));
        try
        {
            var written = Unescape(escaped, room, ref faults);
            return new string(room, 0, written);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(room, clearArray: true);
        }
    }

    private static int Unescape(ReadOnlySpan<byte> escaped, Span<char> into, ref TextFaults faults)
    {
        var written = 0;
        while (!escaped.IsEmpty)
        {
            var next = escaped.IndexOf((byte)'\\');
            if (next < 0) next = escaped.Length;
            written += Encoding.UTF8.GetChars(escaped[..next], into[written..]);
            escaped = escaped[next..];
            if (escaped.Length < 2) break;

            if (escaped[1] == (byte)'u' && escaped.Length >= 6)
            {
                into[written++] = (char)ushort.Parse(escaped.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                escaped = escaped[6..];
            }
            else
            {
                into[written++] = Simple(escaped[1]);
                escaped = escaped[2..];
            }
        }

        Repair(into[..written], ref faults);
        return written;
    }

    private static char Simple(byte escape) => escape switch
    {
        (byte)'b' => '\b',
        (byte)'f' => '\f',
        (byte)'n' => '\n',
        (byte)'r' => '\r',
        (byte)'t' => '\t',
        _ => (char)escape,
    };

    private static void Repair(Span<char> text, ref TextFaults faults)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
            {
                text[i] = Replacement;
                faults |= TextFaults.Nul;
            }
            else if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                text[i] = Replacement;
                faults |= TextFaults.LoneSurrogate;
            }
        }
    }
}
