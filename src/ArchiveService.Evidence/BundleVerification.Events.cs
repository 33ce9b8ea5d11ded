using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Evidence;

// Each event by itself: that it is leaf v1, stands in the log, and says what is opened of it.
public sealed partial class BundleVerification
{
    private void Event(string where, BundledEvent one)
    {
        if (Leaf(one.Leaf, where + ".leaf") is not { } leaf) return;
        leaves.Add(leaf);
        if (one.In.Count == 0) Wrong("not-included", where + ".in", "Nothing shows that it stands in the log.");
        var hash = MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(one.Leaf));
        for (var i = 0; i < one.In.Count; i++)
        {
            var inclusion = one.In[i];
            var at = FormattableString.Invariant($"{where}.in[{i}]");
            if (inclusion.Checkpoint >= checkpoints.Count)
            {
                Wrong("malformed", at + ".checkpoint", "It names a checkpoint that is not in the bundle.");
                continue;
            }

            if (checkpoints[inclusion.Checkpoint] is not { } checkpoint) continue;
            if (!new InclusionProof(inclusion.Index, checkpoint.Size, inclusion.Path).Proves(hash, checkpoint.Root))
                Wrong("not-included", at, $"The event {leaf.Id} does not stand at place {inclusion.Index} of the {checkpoint.Size} events that the checkpoint vouches for: the event, its place or the proof was altered.");
            else if (!leaf.Places.TryAdd(inclusion.Checkpoint, inclusion.Index)) Wrong("malformed", at, "The same checkpoint stands twice.");
        }

        for (var i = 0; i < one.Opened.Count; i++) Opened(FormattableString.Invariant($"{where}.opened[{i}]"), leaf, one.Opened[i]);
    }

    /// <summary>The leaf, when it is leaf v1 and nothing else.</summary>
    private VerifiedLeaf? Leaf(string text, string where)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if (bytes.Length == 0) throw new FormatException("It is empty.");
            if (!CanonicalJson.Of(bytes).AsSpan().SequenceEqual(bytes)) throw new FormatException("It is not in the one spelling of RFC 8785.");
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.EnumerateObject().Select(m => m.Name).SequenceEqual(VerifiedLeaf.Names, StringComparer.Ordinal)) throw new FormatException("Its members are not those of leaf v1.");
            if (root.GetProperty("v").ValueKind != JsonValueKind.Number || root.GetProperty("v").GetInt64() != 1) throw new FormatException("It is not leaf v1.");
            return new(root.Clone());
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException or KeyNotFoundException or ArgumentOutOfRangeException)
        {
            Wrong("leaf-malformed", where, $"This is no leaf v1: {(error is FormatException ? error.Message : "it cannot be read.")}");
            return null;
        }
    }

    private void Opened(string where, VerifiedLeaf leaf, OpenedPart opened)
    {
        if (!leaf.Commitments.TryGetValue(opened.Part, out var commitment))
        {
            Wrong("commitment-unknown", where + ".part", $"The event {leaf.Id} knows no part {BundleReader.Cut(opened.Part)}.");
            return;
        }

        if (!leaf.Shown.Add(opened.Part)) Wrong("malformed", where, "The same part is shown twice.");
        string made;
        if (opened.Value is { } value)
        {
            made = PartCommitment.Of(opened.Salt.Span, opened.Part, value.Span);
        }
        else
        {
            // Only a plain name: a bundle says nothing of where on this machine something lies.
            if (opened.File is not { Length: > 0 and <= 64 } name || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') || name.StartsWith('.') || name.Contains("..", StringComparison.Ordinal))
            {
                Wrong("file-name", where + ".file", "A file beside the bundle has a name of letters, digits, hyphens and one point, and no folder.");
                return;
            }

            using var file = trust.File(name);
            if (file is null)
            {
                Wrong("file-missing", where + ".file", $"The file {name} is not beside the bundle. Fetch it and verify again.");
                return;
            }

            made = PartCommitment.Of(opened.Salt.Span, opened.Part, file);
        }

        if (made != commitment) Wrong("commitment-differs", where, $"What is shown as {BundleReader.Cut(opened.Part)} of the event {leaf.Id} is not what was recorded, or the salt is another's.");
    }

    private void Once()
    {
        foreach (var twice in leaves.GroupBy(l => l.Id).Where(g => g.Count() > 1)) Wrong("event-twice", "events", $"The event {twice.Key} stands twice.");
    }

    /// <summary>What is masked is an event's part that stays closed, for a provision that the log names.</summary>
    private void Withheld()
    {
        var provisions = leaves.Where(l => l.Type.StartsWith("disclosure_masks_set", StringComparison.Ordinal)).SelectMany(l => l.Texts("provisions")).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < bundle.Withheld.Count; i++)
        {
            var withheld = bundle.Withheld[i];
            var where = FormattableString.Invariant($"withheld[{i}]");
            if (leaves.FirstOrDefault(l => l.Id == withheld.Event) is not { } leaf || !leaf.Commitments.ContainsKey(withheld.Part)) Wrong("withheld-unknown", where, "No event of the bundle has that part.");
            else if (leaf.Shown.Contains(withheld.Part)) Wrong("withheld-and-shown", where, $"{withheld.Part} is said to be withheld, and is shown.");
            if (withheld.Provisions.Count == 0) Wrong("withheld-without-provision", where, "Nothing is withheld without a provision (TF 2 kap. 20 §).");
            foreach (var provision in withheld.Provisions.Where(p => !provisions.Contains(p))) Wrong("provision-not-in-log", where + ".provisions", $"No masking in the log rests on {BundleReader.Cut(provision)}.");
        }
    }


    /// <summary>A leaf that is in the one form, with where it stands.</summary>
    private sealed class VerifiedLeaf
    {
        public static readonly string[] Names = ["actor", "at", "causation", "correlation", "data", "headers", "id", "seq", "stream", "type", "v", "version"];

        private readonly JsonElement data;

        /// <exception cref="FormatException">A member is not what leaf v1 has there.</exception>
        public VerifiedLeaf(JsonElement leaf)
        {
            Id = Uuid(leaf, "id");
            Stream = Uuid(leaf, "stream");
            Version = Digits(leaf, "version");
            _ = Digits(leaf, "seq");
            Type = leaf.GetProperty("type").GetString() ?? throw new FormatException("It has no type.");
            At = new DateTimeOffset(DateTimeOffset.UnixEpoch.Ticks + checked(Math.Clamp(Digits(leaf, "at"), 0, 253_402_300_799_000_000) * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
            Actor = leaf.GetProperty("actor").GetString();
            data = leaf.GetProperty("data");
            if (data.ValueKind != JsonValueKind.Object) throw new FormatException("Its data is no object.");
            if (!data.TryGetProperty("sealed", out var seal) || seal.ValueKind != JsonValueKind.Object || !seal.TryGetProperty("cm", out var cm) || cm.ValueKind != JsonValueKind.Object) return;
            foreach (var one in cm.EnumerateObject())
            {
                if (one.Value.ValueKind == JsonValueKind.String) Commitments[one.Name] = one.Value.GetString()!;
            }
        }

        public Guid Id { get; }

        public Guid Stream { get; }

        public long Version { get; }

        public string Type { get; }

        public DateTimeOffset At { get; }

        public string? Actor { get; }

        public Dictionary<string, string> Commitments { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Shown { get; } = new(StringComparer.Ordinal);

        /// <summary>Its place in each checkpoint of the bundle that vouches for it.</summary>
        public Dictionary<int, long> Places { get; } = [];

        public string? Text(string member) => data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        public long? Number(string member) => data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

        public string? Said(string member) => Text(member) ?? Number(member)?.ToString(CultureInfo.InvariantCulture);

        public IReadOnlyList<string> Texts(string member) =>
            data.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)] : [];

        private static Guid Uuid(JsonElement leaf, string member) =>
            Guid.TryParseExact(leaf.GetProperty(member).GetString(), "D", out var id) ? id : throw new FormatException($"Its {member} is no uuid.");

        private static long Digits(JsonElement leaf, string member) =>
            long.TryParse(leaf.GetProperty(member).GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"Its {member} is no number.");
    }
}
