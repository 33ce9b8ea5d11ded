using System.Text;
using System.Text.Json;

namespace ArchiveService.Evidence;

/// <summary>What is wrong with a bundle, and where in it.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Where">A place in the file, such as <c>events[2].in[0].path</c>; empty for the whole.</param>
/// <param name="What">For people.</param>
public sealed record BundleFinding(string Code, string Where, string What);

/// <summary>Reads a bundle that may come from anybody: nothing unknown, nothing twice, nothing of another type, and all of it bounded.</summary>
public static class BundleReader
{
    /// <summary>More checkpoints than this are refused.</summary>
    public const int MostCheckpoints = 16;

    private const int MostEvents = 100_000;
    private const int MostInclusions = 16;
    private const int MostParts = 10_000;

    /// <summary>Reads; null with the reason when it is not a bundle.</summary>
    public static ProofBundle? Read(ReadOnlyMemory<byte> file, out BundleFinding? problem)
    {
        problem = null;
        if (file.Length > ProofBundle.MostBytes)
        {
            problem = new("too-large", "", $"The file has {file.Length} bytes; a bundle has at most {ProofBundle.MostBytes}.");
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return Bundle(document.RootElement);
        }
        catch (JsonException error)
        {
            problem = new("not-json", "", $"This is not the JSON of a bundle: it is cut off, holds a member twice, or is nested deeper than 16 (line {error.LineNumber + 1}).");
        }
        catch (Malformed error)
        {
            problem = error.Finding;
        }

        return null;
    }

    private static ProofBundle Bundle(JsonElement root)
    {
        var members = Members(root, "", "format", "kind", "record?", "run?", "checkpoints", "extensions?", "events?", "withheld?", "timestamps?");
        if (Text(members["format"], "format") is var format && format != ProofBundle.Format)
            throw new Malformed("unknown-format", "format", $"It says {Cut(format)}; this program reads {ProofBundle.Format}.");
        if (!BundleKinds.ByWord.TryGetValue(Text(members["kind"], "kind"), out var kind))
            throw new Malformed("unknown-kind", "kind", $"It is none of {string.Join(", ", BundleKinds.ByWord.Keys)}.");
        return new(
            kind, Id(members, "record"), Id(members, "run"),
            [.. Items(members, "checkpoints", "", MostCheckpoints).Select(c => Text(c.Item, c.Where))],
            [.. Items(members, "extensions", "", MostCheckpoints).Select(e => Extension(e.Item, e.Where))],
            [.. Items(members, "events", "", MostEvents).Select(e => Event(e.Item, e.Where))],
            [.. Items(members, "withheld", "", MostParts).Select(w => Withheld(w.Item, w.Where))],
            [.. Items(members, "timestamps", "", MostCheckpoints).Select(t => Timestamp(t.Item, t.Where))]);
    }

    private static BundledExtension Extension(JsonElement of, string where)
    {
        var members = Members(of, where, "from", "to", "path");
        return new((int)Number(members["from"], where + ".from", MostCheckpoints), (int)Number(members["to"], where + ".to", MostCheckpoints), Path(members, where));
    }

    private static BundledEvent Event(JsonElement of, string where)
    {
        var members = Members(of, where, "leaf", "in", "opened?");
        return new(
            Text(members["leaf"], where + ".leaf"),
            [.. Items(members, "in", where, MostInclusions).Select(i => Inclusion(i.Item, i.Where))],
            [.. Items(members, "opened", where, MostParts).Select(o => Opened(o.Item, o.Where))]);
    }

    private static BundledInclusion Inclusion(JsonElement of, string where)
    {
        var members = Members(of, where, "checkpoint", "index", "path");
        return new((int)Number(members["checkpoint"], where + ".checkpoint", MostCheckpoints), Number(members["index"], where + ".index", CanonicalJson.MostExact), Path(members, where));
    }

    private static OpenedPart Opened(JsonElement of, string where)
    {
        var members = Members(of, where, "part", "salt", "text?", "base64?", "file?");
        if (members.Count != 3) throw new Malformed("malformed", where, "A part that is shown has exactly one of text, base64 and file.");
        var salt = Text(members["salt"], where + ".salt");
        if (salt.Length != PartCommitment.SaltSize * 2 || !salt.All(char.IsAsciiHexDigitLower)) throw new Malformed("malformed", where + ".salt", "A salt is 64 digits of lower-case hexadecimal.");
        var value = members.TryGetValue("text", out var text) ? Utf8(Text(text, where + ".text"), where + ".text")
            : members.TryGetValue("base64", out var base64) ? Base64(base64, where + ".base64")
            : null;
        return new(Text(members["part"], where + ".part"), Convert.FromHexString(salt), value is null ? default(ReadOnlyMemory<byte>?) : value, members.TryGetValue("file", out var file) ? Text(file, where + ".file") : null);
    }

    private static WithheldPart Withheld(JsonElement of, string where)
    {
        var members = Members(of, where, "event", "part", "provisions");
        return new(Uuid(members["event"], where + ".event"), Text(members["part"], where + ".part"), [.. Items(members, "provisions", where, MostParts).Select(p => Text(p.Item, p.Where))]);
    }

    private static BundledTimestamp Timestamp(JsonElement of, string where)
    {
        var members = Members(of, where, "checkpoint", "token");
        return new((int)Number(members["checkpoint"], where + ".checkpoint", MostCheckpoints), Base64(members["token"], where + ".token"));
    }

    private static IReadOnlyList<MerkleHash> Path(Dictionary<string, JsonElement> members, string where) =>
        [.. Items(members, "path", where, WitnessRequest.MostHashes).Select(h => MerkleHash.TryParse(Text(h.Item, h.Where), out var hash) ? hash : throw new Malformed("malformed", h.Where, "A hash is the base64 of 32 bytes."))];

    /// <summary>The members of an object; a name that ends with ? may be absent.</summary>
    private static Dictionary<string, JsonElement> Members(JsonElement of, string where, params string[] names)
    {
        if (of.ValueKind != JsonValueKind.Object) throw new Malformed("malformed", where, "Here stands no object.");
        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in of.EnumerateObject())
        {
            var name = Name(member, where);
            if (!names.Contains(name) && !names.Contains(name + "?")) throw new Malformed("unknown-member", At(where, Cut(name)), "Nothing in this form vouches for a member of that name.");
            found[name] = member.Value;
        }

        return names.FirstOrDefault(name => !name.EndsWith('?') && !found.ContainsKey(name)) is { } missing
            ? throw new Malformed("malformed", At(where, missing), "It is missing.")
            : found;
    }

    private static IEnumerable<(JsonElement Item, string Where)> Items(Dictionary<string, JsonElement> members, string name, string where, int most)
    {
        if (!members.TryGetValue(name, out var array)) return [];
        var at = At(where, name);
        if (array.ValueKind != JsonValueKind.Array) throw new Malformed("malformed", at, "Here stands no list.");
        if (array.GetArrayLength() > most) throw new Malformed("too-many", at, $"There are {array.GetArrayLength()}; at most {most} are read.");
        return array.EnumerateArray().Select((item, i) => (item, FormattableString.Invariant($"{at}[{i}]")));
    }

    private static string Text(JsonElement of, string where)
    {
        if (of.ValueKind != JsonValueKind.String) throw new Malformed("malformed", where, "Here stands no string.");
        try
        {
            return of.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new Malformed("malformed", where, "The string is not Unicode.");
        }
    }

    private static string Name(JsonProperty of, string where)
    {
        try
        {
            return of.Name;
        }
        catch (InvalidOperationException)
        {
            throw new Malformed("malformed", where, "A name is not Unicode.");
        }
    }

    private static byte[] Utf8(string text, string where)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return ProofBundle.AsText(bytes) == text ? bytes : throw new Malformed("malformed", where, "The string is not Unicode.");
    }

    private static byte[] Base64(JsonElement of, string where) => Base64Strict.Decode(Text(of, where)) ?? throw new Malformed("malformed", where, "Here stands no base64.");

    private static long Number(JsonElement of, string where, long most) =>
        of.ValueKind == JsonValueKind.Number && of.TryGetInt64(out var number) && number >= 0 && number <= most ? number : throw new Malformed("malformed", where, $"Here stands no whole number from 0 to {most}.");

    private static Guid? Id(Dictionary<string, JsonElement> members, string name) => members.TryGetValue(name, out var id) ? Uuid(id, name) : null;

    private static Guid Uuid(JsonElement of, string where) =>
        Guid.TryParseExact(Text(of, where), "D", out var id) && id.ToString("D") == Text(of, where) ? id : throw new Malformed("malformed", where, "Here stands no uuid in lower case.");

    private static string At(string where, string name) => where.Length == 0 ? name : $"{where}.{name}";

    internal static string Cut(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 60), "…");

    private sealed class Malformed(string code, string where, string what) : Exception(what)
    {
        public BundleFinding Finding { get; } = new(code, where, what);
    }
}
