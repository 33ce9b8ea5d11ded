using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Evidence.Tests;

public sealed class Signed_notes
{
    private static readonly NoteSigner Log = new("diarium.example.se/logg", NoteKeyType.Log, SHA256.HashData("log"u8));
    private static readonly NoteSigner OtherWitness = new("annan.example.se/vittne", NoteKeyType.Witness, SHA256.HashData("witness"u8));
    private static readonly DateTimeOffset Noon = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private static string Signed(Checkpoint checkpoint) => new SignedNote(checkpoint.Text(), [Log.Sign(checkpoint.Text(), Noon)]).ToString();

    private static MerkleHash Root(int of) => MerkleHash.Root(Enumerable.Range(0, of).Select(n => MerkleHash.OfLeaf([(byte)n])).ToArray());

    /// <summary>RFC 8032 §7.1, tests 1 to 3.</summary>
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void are_signed_as_rfc_8032_says(string seed, string publicKey, string message, string signature)
    {
        Assert.Equal(publicKey, Convert.ToHexStringLower(Ed25519.PublicKey(Convert.FromHexString(seed))));
        var signed = Ed25519.Sign(Convert.FromHexString(seed), Convert.FromHexString(message));
        Assert.Equal(signature, Convert.ToHexStringLower(signed));
        Assert.True(Ed25519.Verifies(Convert.FromHexString(publicKey), Convert.FromHexString(message), signed));
        for (var bit = 0; bit < signed.Length * 8; bit += 7)
        {
            var flipped = signed.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519.Verifies(Convert.FromHexString(publicKey), Convert.FromHexString(message), flipped));
        }

        Assert.False(Ed25519.Verifies(Convert.FromHexString(publicKey), [1, 2, 3], signed));
        Assert.False(Ed25519.Verifies(new byte[32], Convert.FromHexString(message), new byte[64]));
        Assert.Throws<ArgumentException>(() => Ed25519.Sign(new byte[31], []));
    }

    /// <summary>The example of Go's note package, which other logs read and write.</summary>
    [Fact]
    public void are_those_of_other_implementations()
    {
        Assert.True(NoteKey.TryParse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", out var key));
        const string Text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        const string Note = Text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        var seed = Convert.FromBase64String("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1..];
        var signer = new NoteSigner("PeterNeumann", NoteKeyType.Log, seed);
        Assert.Equal(key, signer.Key);
        Assert.Equal(Note, new SignedNote(Text, [signer.Sign(Text, Noon)]).ToString());
        Assert.True(SignedNote.TryParse(Note, out var parsed));
        Assert.NotNull(parsed.SignedBy(key));
        Assert.Equal("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", key.ToString());
    }

    [Fact]
    public void are_read_strictly()
    {
        var note = Signed(new(Log.Key.Name, 3, Root(3), []));
        Assert.True(SignedNote.TryParse(note, out var parsed));
        Assert.Equal(note, parsed.ToString());
        foreach (var wrong in new[] { "", "text\n", note[..^1], note + "x\n", note.Replace("\n\n", "\n", StringComparison.Ordinal), note.Replace("— ", "- ", StringComparison.Ordinal), note.Replace("3\n", "3\r\n", StringComparison.Ordinal), note.Replace("=\n— ", "= \n— ", StringComparison.Ordinal)[..^3] })
            Assert.False(SignedNote.TryParse(wrong, out _));
        Assert.False(NoteKey.TryParse(Log.Key.ToString().Replace(Log.Key.Id, "00000000", StringComparison.Ordinal), out _));
        Assert.Throws<ArgumentException>(() => new NoteKey("two words", NoteKeyType.Log, new byte[32]));
        Assert.Throws<ArgumentException>(() => new NoteKey("a+b", NoteKeyType.Log, new byte[32]));
    }

    [Fact]
    public void count_only_when_the_key_one_trusts_has_signed()
    {
        var checkpoint = new Checkpoint(Log.Key.Name, 3, Root(3), ["diary BUN 2026 17"]);
        var note = Signed(checkpoint);
        var opened = Checkpoint.Open(note, Log.Key, out var problem);
        Assert.Null(problem);
        Assert.Equal(checkpoint.Text(), opened!.Text());

        var other = new NoteSigner(Log.Key.Name, NoteKeyType.Log, SHA256.HashData("other"u8));
        Assert.Null(Checkpoint.Open(note, other.Key, out problem));
        Assert.Equal("not-signed-by-key", problem);
        Assert.Null(Checkpoint.Open(note.Replace("\n3\n", "\n4\n", StringComparison.Ordinal), Log.Key, out problem));
        Assert.Equal("not-signed-by-key", problem);

        // Another log's checkpoint, signed by a key that has this log's name.
        var foreign = new Checkpoint("annan.example.se/logg", 3, Root(3), []);
        Assert.Null(Checkpoint.Open(new SignedNote(foreign.Text(), [Log.Sign(foreign.Text(), Noon)]).ToString(), Log.Key, out problem));
        Assert.Equal("another-origin", problem);
        Assert.Throws<InvalidOperationException>(() => new Checkpoint("a\n9", 3, Root(3), []).Text());
        Assert.True(Checkpoint.TryParse($"a\n3\n{Root(3)}\n", out _));
        foreach (var wrong in new[] { "a\n03\n", "a\n-3\n", "a\n+3\n", "\n3\n" }) Assert.False(Checkpoint.TryParse($"{wrong}{Root(3)}\n", out _));
        Assert.False(Checkpoint.TryParse("a\n3\nAAAA\n", out _));
        Assert.False(Checkpoint.TryParse($"a\n0\n{Root(3)}\n", out _));
    }

    /// <summary>A line that names a known key and is false spoils the note, whatever stands beside it.</summary>
    [Fact]
    public void with_a_false_line_of_a_known_key_are_refused()
    {
        var checkpoint = new Checkpoint(Log.Key.Name, 3, Root(3), []);
        var right = Log.Sign(checkpoint.Text(), Noon);
        var false_ = right with { Bytes = new byte[64] };
        Assert.NotNull(new SignedNote(checkpoint.Text(), [right, right]).SignedBy(Log.Key));
        Assert.Null(new SignedNote(checkpoint.Text(), [right, false_]).SignedBy(Log.Key));
        Assert.Null(new SignedNote(checkpoint.Text(), [false_, right]).SignedBy(Log.Key));
        Assert.NotNull(new SignedNote(checkpoint.Text(), [new("någon.annan", "00000000", new byte[64]), right]).SignedBy(Log.Key));
    }

    [Fact]
    public async Task are_cosigned_by_a_witness_that_refuses_what_is_no_extension()
    {
        var tree = new GrowingTree();
        for (var n = 0; n < 9; n++) tree.Add(MerkleHash.OfLeaf([(byte)n]));
        var tiles = tree.TakeChanged().ToDictionary(tile => tile.Address, tile => tile.Hashes);
        var read = new TiledTree(9, tile => ValueTask.FromResult(tiles[tile]));
        Checkpoint? seen = null;
        WitnessAnswer Ask(WitnessRequest request)
        {
            Assert.True(WitnessRequest.TryParse(request.ToString(), out var sent));
            var answer = Witness.Decide(sent, origin => origin == Log.Key.Name ? Log.Key : null, _ => seen, OtherWitness, Noon);
            if (answer is WitnessAnswer.Cosigned cosigned) seen = cosigned.Seen;
            return answer;
        }

        string At(int size) => Signed(new(Log.Key.Name, size, Root(size), []));

        var first = Assert.IsType<WitnessAnswer.Cosigned>(Ask(new(0, [], At(4))));
        Assert.True(SignedNote.TryParse(At(4), out var note));
        Assert.Equal(Noon, note.With(first.Signature).SignedBy(OtherWitness.Key));
        Assert.NotNull(note.With(first.Signature).SignedBy(Log.Key));

        Assert.Equal(4, Assert.IsType<WitnessAnswer.SeenOther>(Ask(new(0, [], At(9)))).Size);
        Assert.IsType<WitnessAnswer.Malformed>(Ask(new(9, [], At(4))));
        Assert.IsType<WitnessAnswer.NotAnExtension>(Ask(new(4, [], At(9))));
        var consistency = await read.Consistency(4, 9);

        // History with one leaf exchanged, properly signed.
        var changed = Enumerable.Range(0, 9).Select(n => MerkleHash.OfLeaf([(byte)(n == 2 ? 99 : n)])).ToArray();
        var forged = new Checkpoint(Log.Key.Name, 9, MerkleHash.Root(changed), []);
        Assert.IsType<WitnessAnswer.NotAnExtension>(Ask(new(4, consistency.Path, Signed(forged))));
        Assert.IsType<WitnessAnswer.TwoStories>(Ask(new(4, [], Signed(new(Log.Key.Name, 4, MerkleHash.Root(changed.AsSpan(0, 4)), [])))));
        Assert.IsType<WitnessAnswer.NotSigned>(Ask(new(4, consistency.Path, At(9).Replace("\n9\n", "\n8\n", StringComparison.Ordinal))));
        Assert.IsType<WitnessAnswer.UnknownLog>(Ask(new(4, [], Signed(new("annan.example.se/logg", 4, Root(4), [])))));

        Assert.IsType<WitnessAnswer.Cosigned>(Ask(new(4, consistency.Path, At(9))));
        Assert.Equal(9, seen!.Size);
        Assert.IsType<WitnessAnswer.Cosigned>(Ask(new(9, [], At(9))));
    }

    [Fact]
    public async Task carry_proofs_that_stand_alone()
    {
        var tree = new GrowingTree();
        for (var n = 0; n < 5; n++) tree.Add(MerkleHash.OfLeaf([(byte)n]));
        var tiles = tree.TakeChanged().ToDictionary(tile => tile.Address, tile => tile.Hashes);
        var inclusion = await new TiledTree(5, tile => ValueTask.FromResult(tiles[tile])).Inclusion(2, 5);
        var text = new LogProof(2, inclusion.Path, Signed(new(Log.Key.Name, 5, Root(5), []))).ToString();

        Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex 2\n", text, StringComparison.Ordinal);
        Assert.True(LogProof.TryParse(text, out var proof));
        Assert.Equal(text, proof.ToString());
        Assert.Equal(5, proof.Proves(MerkleHash.OfLeaf([2]), Log.Key, out _)!.Size);
        Assert.Null(proof.Proves(MerkleHash.OfLeaf([3]), Log.Key, out var problem));
        Assert.Equal("not-included", problem);
        Assert.True(LogProof.TryParse(text.Replace("index 2", "extra AAAA\nindex 2", StringComparison.Ordinal), out _));
        Assert.False(LogProof.TryParse(text.Replace("index 2", "index 02", StringComparison.Ordinal), out _));
        Assert.False(LogProof.TryParse(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)[3..]), out _));
    }

    /// <summary>Only a note that both keys of one log signed hands a key over; it never passes for a checkpoint.</summary>
    [Fact]
    public void hand_a_key_over_when_both_signed()
    {
        var next = new NoteSigner(Log.Key.Name, NoteKeyType.Log, SHA256.HashData("next"u8));
        var note = KeyHandover.Sign(Log, next, Noon);
        Assert.Equal(new KeyHandover(Log.Key, next.Key), KeyHandover.Open(note));
        Assert.Null(Checkpoint.Open(note, Log.Key, out var problem));
        Assert.Equal("not-a-checkpoint", problem);
        Assert.Throws<ArgumentException>(() => KeyHandover.Sign(Log, Log, Noon));
        Assert.Throws<ArgumentException>(() => KeyHandover.Sign(Log, new("annan.example.se/logg", NoteKeyType.Log, SHA256.HashData("next"u8)), Noon));

        var text = new KeyHandover(Log.Key, next.Key).Text();
        foreach (var signatures in new[] { new[] { Log.Sign(text, Noon) }, [next.Sign(text, Noon)] }) Assert.Null(KeyHandover.Open(new SignedNote(text, signatures).ToString()));
        var thief = new NoteSigner(Log.Key.Name, NoteKeyType.Log, SHA256.HashData("thief"u8));
        var forged = new KeyHandover(Log.Key, thief.Key).Text();
        Assert.Null(KeyHandover.Open(new SignedNote(forged, [thief.Sign(forged, Noon), next.Sign(forged, Noon)]).ToString()));
        Assert.Null(KeyHandover.Open(note.Replace(KeyHandover.What, "annat", StringComparison.Ordinal)));
        Assert.Null(KeyHandover.Open(Signed(new(Log.Key.Name, 3, Root(3), []))));
    }
}
