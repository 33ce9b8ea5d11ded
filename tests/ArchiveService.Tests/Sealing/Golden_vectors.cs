using System.Security.Cryptography;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Sealing;

/// <summary>The stored format, byte for byte. The values were computed by another program from docs/stored-format.md; a line that must change means that what is stored cannot be read.</summary>
public sealed class Golden_vectors
{
    private static readonly byte[] IdentitySecret = Range(0x00);
    private static readonly Guid Channel = new("0199aaaa-0000-7000-8000-000000000001");
    private static readonly Guid KeyId = new("0199aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Stream = new("0199aaaa-0000-8000-8000-00000000000b");
    private static readonly Guid Kek = new("0199aaaa-0000-7000-8000-00000000000c");
    private static readonly Guid Attachment = new("0199aaaa-0000-7000-8000-00000000000d");
    private static readonly Guid Event = new("0199aaaa-0000-7000-8000-00000000000e");
    private static readonly RecordKey Key = new(KeyId, KeyClass.Content, Stream, Range(0x20));

    private const string Ciphertext = "000102030405060708090a0b882b545647096f2fb7177df5c6c58e20d0d05d4168587f255b9b8aaa9dacf808b5f770bc245bba661848c3de1c6d06d52259a6e543";

    [Theory]
    [InlineData(1, "86af3011-2844-8825-b5b9-cbdf2b235104")]
    [InlineData(2, "8579f357-cd1c-829a-900d-25ce6572e0bb")]
    public void a_record_has_a_keyed_id_per_generation(long generation, string expected) =>
        Assert.Equal(new Guid(expected), new KeyedIds(IdentitySecret).Record(Channel, "facebook", "native", "901_åäö", generation));

    [Fact]
    public void an_account_has_another_id_than_a_record_of_the_same_name() =>
        Assert.Equal(new Guid("eab18ef9-0fe3-82ac-bb37-289a72303a17"), new KeyedIds(IdentitySecret).Account(Channel, "facebook", "native", "901_åäö"));

    [Fact]
    public void a_route_finds_the_channel_without_telling_the_platform_id() =>
        Assert.Equal(new Guid("9395537f-84c3-8873-86e6-3e0c6707d379"), new KeyedIds(IdentitySecret).Route("facebook", "1234567890321"));

    [Fact]
    public void the_same_delivery_has_the_same_id() =>
        Assert.Equal(new Guid("337d2b84-e302-819e-85c9-f67efb11ffa9"), new KeyedIds(IdentitySecret).Delivery("meta", """{"object":"page"}"""u8));

    [Fact]
    public void a_keyed_id_is_a_version_8_uuid()
    {
        var id = new KeyedIds(IdentitySecret).Record(Channel, "x", "native", "1");

        Assert.Equal(8, id.Version);
        Assert.Equal(0b10, id.Variant >> 2);
    }

    [Fact]
    public void an_attachment_has_a_subkey_of_its_own() =>
        Assert.Equal("fd2081867826af5485fede1af71c0b90c27edeba828fc011ad6c00a354cd926a", Convert.ToHexStringLower(Key.AttachmentKey(Attachment)));

    [Fact]
    public void acts_are_told_apart_by_an_hmac_under_the_record_key() =>
        Assert.Equal("8add596b9ad47ae101d74cb301df8a5351e7d8bf9265ebe36c5f9c1a50fed9d5", Convert.ToHexStringLower(Key.Digest("abc"u8)));

    [Fact]
    public void a_payload_opens()
    {
        var parts = Seal.Open(Key, Event, Stream, "item_captured", Convert.FromHexString(Ciphertext));

        Assert.Equal("901", parts[Parts.NativeId]);
        Assert.Equal("Hej å", parts[Parts.Text]);
        Assert.Equal(2, parts.All.Count());
    }

    [Fact]
    public void a_commitment_opens_with_its_salt_alone()
    {
        var salt = Seal.Salt(Key, Event, Parts.Text);

        Assert.Equal("eea037dfc4254ab97713b62697f7074591890566644cc043cf821015e1785c8e", Convert.ToHexStringLower(salt));
        Assert.Equal("5963b2204f59d228e4f7851f533abf9ee3d5f5cd8c33d3c501fae503fc1a5221", Seal.Commitment(salt, Parts.Text, "Hej å"u8));
    }

    [Fact]
    public void a_wrapped_key_unwraps()
    {
        var row = new WrappedKey(KeyId, KeyClass.Content, Stream, Kek, RecordKey.Algorithm,
            Convert.FromHexString("000102030405060708090a0b1a244e5b53a96287ea3baae994c0e294b3f51f3a58799b64d619d2ad7d8c57614365769365198c3a43c7e0a3ffb7faa1"));

        var key = RecordKey.Unwrap(row, new(Kek, Range(0x40)));

        Assert.Equal(Key.AttachmentKey(Attachment), key.AttachmentKey(Attachment));
    }

    [Fact]
    public void what_is_sealed_opens_again_and_never_looks_the_same_twice()
    {
        var parts = new Parts().With(Parts.Text, "half an emoji and a NUL: \0").With(Parts.Raw, [0, 0xFF, 0xD8]);

        var (clear, once) = Seal.Close(Key, Event, Stream, "item_captured", parts);
        var (_, twice) = Seal.Close(Key, Event, Stream, "item_captured", parts);

        Assert.NotEqual(once, twice);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(once)), clear.Ct);
        Assert.Equal([0, 0xFF, 0xD8], Seal.Open(Key, Event, Stream, "item_captured", once).Bytes(Parts.Raw)!);
        Assert.Equal(["raw", "text"], clear.Cm.Keys.Order());
    }

    private static byte[] Range(int from) => [.. Enumerable.Range(from, 32).Select(b => (byte)b)];
}

public sealed class Swapping_what_is_sealed
{
    private static readonly Guid Event = new("0199aaaa-0000-7000-8000-00000000000e");
    private static readonly Guid Other = new("0199aaaa-0000-7000-8000-00000000000f");
    private static readonly RecordKey Key = new(new("0199aaaa-0000-7000-8000-00000000000a"), KeyClass.Content, Event, [.. Enumerable.Range(0, 32).Select(b => (byte)b)]);

    [Fact]
    public void to_another_event_stream_or_type_makes_opening_fail()
    {
        var (_, ciphertext) = Seal.Close(Key, Event, Event, "item_captured", new Parts().With(Parts.Text, "x"));

        Assert.Throws<AuthenticationTagMismatchException>(() => Seal.Open(Key, Other, Event, "item_captured", ciphertext));
        Assert.Throws<AuthenticationTagMismatchException>(() => Seal.Open(Key, Event, Other, "item_captured", ciphertext));
        Assert.Throws<AuthenticationTagMismatchException>(() => Seal.Open(Key, Event, Event, "item_edited", ciphertext));
    }

    [Fact]
    public void wrapped_keys_between_rows_classes_or_epochs_makes_unwrapping_fail()
    {
        EpochKey epoch = new(Event, [.. Enumerable.Range(64, 32).Select(b => (byte)b)]), older = new(Other, epoch.Key);
        var row = Key.Wrap(epoch);

        Assert.Throws<AuthenticationTagMismatchException>(() => RecordKey.Unwrap(row with { KeyId = Other }, epoch));
        Assert.Throws<AuthenticationTagMismatchException>(() => RecordKey.Unwrap(row with { Class = KeyClass.Register }, epoch));
        Assert.Throws<AuthenticationTagMismatchException>(() => RecordKey.Unwrap(row, older));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(-1)]
    public void one_bit_anywhere_makes_opening_fail(int at)
    {
        var (_, ciphertext) = Seal.Close(Key, Event, Event, "item_captured", new Parts().With(Parts.Text, "x"));
        ciphertext[at < 0 ? ^1 : at] ^= 1;

        Assert.Throws<AuthenticationTagMismatchException>(() => Seal.Open(Key, Event, Event, "item_captured", ciphertext));
    }
}

public sealed class The_key_file
{
    [Fact]
    public void is_made_for_its_owner_only_and_opens_again()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("nycklar å ").FullName, "keys.json");

        var made = KeyFile.Create(path, TimeProvider.System);
        var opened = KeyFile.Open(path);

        Assert.Equal(made.IdentitySecret, opened.IdentitySecret);
        Assert.Equal(made.Current.Key, opened.Find(made.Current.Id)!.Key);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Throws<IOException>(() => KeyFile.Create(path, TimeProvider.System));
    }

    [Fact]
    public void is_refused_with_what_to_do_when_missing_open_to_others_or_damaged()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "keys.json");
        Assert.Contains("does not exist", Assert.Throws<KeyFileProblem>(() => KeyFile.Open(path)).Message, StringComparison.Ordinal);

        KeyFile.Create(path, TimeProvider.System);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<KeyFileProblem>(() => KeyFile.Open(path)).Message, StringComparison.Ordinal);

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, "{\"version\":1}");
        Assert.Contains("damaged", Assert.Throws<KeyFileProblem>(() => KeyFile.Open(path)).Message, StringComparison.Ordinal);
    }
}
