using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Evidence;

/// <summary>JSON in the one form of RFC 8785 (JCS), for documents whose numbers are integers within ±(2^53 − 1).</summary>
public static class CanonicalJson
{
    /// <summary>The greatest integer that every JSON library reads as itself.</summary>
    public const long MostExact = 9_007_199_254_740_991;

    /// <summary>Writes a document.</summary>
    /// <exception cref="FormatException">It holds a number that is not such an integer, a member twice, or text that is not Unicode.</exception>
    public static void Write(IBufferWriter<byte> to, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(to, value);
                break;
            case JsonValueKind.Array:
                Raw(to, "["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) Raw(to, ","u8);
                    first = false;
                    Write(to, item);
                }

                Raw(to, "]"u8);
                break;
            case JsonValueKind.String:
                Text(to, Unicode(value));
                break;
            case JsonValueKind.Number:
                Integer(to, Exact(value));
                break;
            case JsonValueKind.True:
                Raw(to, "true"u8);
                break;
            case JsonValueKind.False:
                Raw(to, "false"u8);
                break;
            default:
                Raw(to, "null"u8);
                break;
        }
    }

    /// <summary>The canonical bytes of a JSON text.</summary>
    /// <exception cref="FormatException">As <see cref="Write"/>, or it is not JSON.</exception>
    public static byte[] Of(ReadOnlyMemory<byte> json)
    {
        var to = new ArrayBufferWriter<byte>(json.Length);
        try
        {
            using var document = JsonDocument.Parse(json);
            Write(to, document.RootElement);
        }
        catch (JsonException error)
        {
            throw new FormatException("This is not JSON.", error);
        }

        return to.WrittenSpan.ToArray();
    }

    /// <summary>Writes a string with its quotes.</summary>
    internal static void Text(IBufferWriter<byte> to, string text)
    {
        Raw(to, "\""u8);
        var rest = text.AsSpan();
        while (rest.IndexOfAnyExceptInRange(' ', char.MaxValue) is var control && NextEscape(rest, control) is >= 0 and var at)
        {
            Plain(to, rest[..at]);
            Raw(to, rest[at] switch
            {
                '"' => "\\\""u8,
                '\\' => "\\\\"u8,
                '\b' => "\\b"u8,
                '\t' => "\\t"u8,
                '\n' => "\\n"u8,
                '\f' => "\\f"u8,
                '\r' => "\\r"u8,
                var c => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")),
            });
            rest = rest[(at + 1)..];
        }

        Plain(to, rest);
        Raw(to, "\""u8);
    }

    internal static void Raw(IBufferWriter<byte> to, ReadOnlySpan<byte> bytes) => to.Write(bytes);

    internal static void Integer(IBufferWriter<byte> to, long value)
    {
        var span = to.GetSpan(20);
        value.TryFormat(span, out var written, provider: CultureInfo.InvariantCulture);
        to.Advance(written);
    }

    private static int NextEscape(ReadOnlySpan<char> text, int control)
    {
        var quote = text.IndexOfAny('"', '\\');
        return control < 0 ? quote : quote < 0 ? control : Math.Min(control, quote);
    }

    private static void Plain(IBufferWriter<byte> to, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        var span = to.GetSpan(text.Length * 3);
        to.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private static void WriteObject(IBufferWriter<byte> to, JsonElement value)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var member in value.EnumerateObject()) members.Add((Unicode(member), member.Value));

        // RFC 8785 §3.2.3: by UTF-16 code units, which is how .NET compares ordinally.
        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        Raw(to, "{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (string.Equals(members[i].Name, members[i - 1].Name, StringComparison.Ordinal)) throw new FormatException($"The member {members[i].Name} stands twice.");
                Raw(to, ","u8);
            }

            Text(to, members[i].Name);
            Raw(to, ":"u8);
            Write(to, members[i].Value);
        }

        Raw(to, "}"u8);
    }

    private static long Exact(JsonElement number)
    {
        if (number.TryGetInt64(out var integer) && integer is >= -MostExact and <= MostExact) return integer;
        return decimal.TryParse(number.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value == decimal.Truncate(value) && value is >= -MostExact and <= MostExact
            ? (long)value
            : throw new FormatException("A number is not an integer within ±(2^53 − 1): other readers would read it as another.");
    }

    private static string Unicode(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("A string is not Unicode.", error);
        }
    }

    private static string Unicode(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("A name is not Unicode.", error);
        }
    }
}
