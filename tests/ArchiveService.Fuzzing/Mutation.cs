using System.Text;
using System.Text.Json;

namespace ArchiveService.Fuzzing;

/// <summary>Spoils a sample: its bytes, and where it is JSON its structure.</summary>
public static class Mutation
{
    private const int MostBytes = 256 * 1024;

    /// <summary>What parsers have stumbled on.</summary>
    private static readonly byte[][] Tokens =
    [
        [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0xBD], [0xEF, 0xBB, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xC3],
        .. ((string[])
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "\r\n", "\r", " ", "\t", ";", "-", "0", "null", "true", "{}", "[]", "\"\"", "[[", "]]", "\\u0000", "\\ud83d", "\\udc00\\ud83d", "\\ud83d\\ude00", "\\u", "\\x",
            "1e999999", "-0", "9223372036854775808", "18446744073709551616", "0.1e-400", "99999999999999999999999999999999999999999999", "NaN", "Infinity", "2026-13-45T25:61:61Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999+14:00",
            "../../etc/passwd", "http://[::1]/", "https://x:y@exempel.invalid/", "\u202Egnp.exe", "PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "ustar\0", "%00", "<script>", "//", "\uFEFF", "\u2028", "å", "😀",
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Values of every type in the place of any other.</summary>
    private static readonly byte[][] Values =
    [
        .. ((string[])
        [
            "null", "true", "false", "0", "-1", "1e999999", "123456789012345678901234567890", "0.5", "\"\"", "\" \"", "\"x\"", "\"\\ud83d\"", "\"\\u0000\"", "\"\\u202e\"", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":null}", "{\"id\":{}}", "[1,\"a\",{},[],null]",
            "1770000000", "1770000000123", "-62135596801", "253402300800", "9223372036854775807", "\"1770000000\"", "\"2026-02-30T10:00:00Z\"", "\"2026-03-01T10:00:00+0000\"", "\"https://exempel.invalid/a\"", "\"..\"", "\"a/../../b\"",
        ]).Select(Encoding.UTF8.GetBytes),
        [(byte)'"', 0xFF, 0xFE, (byte)'"'],
        [(byte)'"', 0, (byte)'"'],
        Deep('[', ']', 70),
        Deep('[', ']', 5000),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70)),
        [(byte)'"', .. Enumerable.Repeat((byte)'x', 5000), (byte)'"'],
    ];

    /// <summary>One to four changes, all decided by the dice.</summary>
    public static byte[] Of(byte[] sample, IReadOnlyList<byte[]> others, Dice dice, bool isJson)
    {
        var bytes = sample;
        for (var changes = 1 + dice.Below(4); changes > 0; changes--)
        {
            bytes = isJson && !dice.OneIn(3) ? Structure(bytes, others, dice) ?? Bytes(bytes, others, dice) : Bytes(bytes, others, dice);
            if (bytes.Length > MostBytes) bytes = bytes[..MostBytes];
        }

        return bytes;
    }

    private static byte[] Bytes(byte[] bytes, IReadOnlyList<byte[]> others, Dice dice)
    {
        var at = dice.Below(bytes.Length + 1);
        var length = Math.Min(bytes.Length - at, dice.OneIn(4) ? dice.Below(bytes.Length + 1) : dice.Below(16));
        switch (dice.Below(9))
        {
            case 0 when at < bytes.Length:
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << dice.Below(8));
                return flipped;
            case 1 when at < bytes.Length:
                var set = bytes.ToArray();
                set[at] = (byte)dice.Below(256);
                return set;
            case 2:
                return bytes[..at];
            case 3:
                return bytes[at..];
            case 4:
                return Replaced(bytes, at, length, []);
            case 5:
                return Replaced(bytes, at, 0, bytes.AsSpan(at, length));
            case 6:
                var other = dice.Of(others);
                var from = dice.Below(other.Length + 1);
                return Replaced(bytes, at, length, other.AsSpan(from, dice.Below(other.Length - from + 1)));
            case 7:
                return Replaced(bytes, at, length, dice.Of(Tokens));
            default:
                return Replaced(bytes, at, 0, dice.Of(Tokens));
        }
    }

    /// <summary>Null when there is no value left to be found.</summary>
    private static byte[]? Structure(byte[] bytes, IReadOnlyList<byte[]> others, Dice dice)
    {
        var nodes = Nodes(bytes);
        if (nodes.Count == 0) return null;
        var node = dice.Of(nodes);
        var value = bytes.AsSpan(node.From, node.Length);
        switch (dice.Below(8))
        {
            case 0:
            case 1:
                return Replaced(bytes, node.From, node.Length, dice.Of(Values));
            case 2:
                return Replaced(bytes, node.From, node.Length, [(byte)'[', .. value, (byte)',', .. value, (byte)']']);
            case 3 when node.Name >= 0:
                // The same member twice, the second one with another value.
                var name = bytes.AsSpan(node.Name, node.From - node.Name);
                return Replaced(bytes, node.From + node.Length, 0, [(byte)',', .. name, .. dice.Of(Values)]);
            case 4 when node.Name >= 0:
                return Replaced(bytes, node.Name, node.From + node.Length - node.Name, "\"x\":0"u8);
            case 5:
                var other = dice.Of(others);
                var theirs = Nodes(other);
                if (theirs.Count == 0) return null;
                var taken = dice.Of(theirs);
                return Replaced(bytes, node.From, node.Length, other.AsSpan(taken.From, taken.Length));
            case 6:
                return Replaced(bytes, node.From, node.Length, [.. Encoding.ASCII.GetBytes(new string('[', 1 + dice.Below(80))), .. value]);
            default:
                var swapped = dice.Of(nodes);
                return Replaced(bytes, node.From, node.Length, bytes.AsSpan(swapped.From, swapped.Length));
        }
    }

    /// <summary>Every value as far as the bytes are JSON, also several one after the other; where the member's name begins, or -1.</summary>
    private static List<(int Name, int From, int Length)> Nodes(ReadOnlySpan<byte> bytes)
    {
        var found = new List<(int Name, int From, int Length)>();
        var open = new Stack<(int Name, int From)>();
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 1000, CommentHandling = JsonCommentHandling.Skip });
        var name = -1;
        try
        {
            while (reader.Read() && found.Count < 5000)
            {
                var at = (int)reader.TokenStartIndex;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = at;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((name, at));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        var begun = open.Pop();
                        found.Add((begun.Name, begun.From, (int)reader.BytesConsumed - begun.From));
                        break;
                    default:
                        found.Add((name, at, (int)reader.BytesConsumed - at));
                        break;
                }

                name = -1;
            }
        }
        catch (JsonException)
        {
            // What was found before the break is enough.
        }

        return found;
    }

    private static byte[] Replaced(ReadOnlySpan<byte> bytes, int at, int length, ReadOnlySpan<byte> by) => [.. bytes[..at], .. by, .. bytes[(at + length)..]];

    private static byte[] Deep(char open, char close, int depth) => Encoding.ASCII.GetBytes(new string(open, depth) + new string(close, depth));
}
