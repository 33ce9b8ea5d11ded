using System.Security.Cryptography;
using System.Text;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Sealing;

public sealed class A_streamed_seal
{
    // test_manually_created_test_vector of Tink's cross-language tests (aes_gcm_hkdf_streaming_key_test.py):
    // HKDF-SHA1, AES-128, segments of 64 bytes.
    private const string TinkKey = "6eb56cdc726dfbe5d57f2fcdc6e9345b";
    private const string TinkPlain = "This is a fairly long plaintext. It is of the exact length to create three output blocks. ";
    private const string TinkSealed =
        "18" + "93b3af5e14ab378d065addfc8484da64" + "2c0862877baea8" +
        "db92d9c77406a406168478821c4298eab3e6d531277f4c1a051714faebcaefcbca7b7be05e9445ea" +
        "a0bb2904153398a25084dd80ae0edcd1c3079fcea2cd3770630ee36f7539207b8ec9d754956d486b71cdf989f0ed6fba6779b63558be0a66e668df14e1603cd2" +
        "af8944844078345286d0b292e772e7190775c51a0f83e40c0b75821027e7e538e111";

    // Made with another implementation (Python's cryptography), which also gave Tink's vector above:
    // our key length and hash, associated data = stream id ‖ attachment id, segments of 96 bytes.
    private const string WrittenKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string WrittenPlace = "0199aaaa000080008000000000000001" + "0199aaaa000070008000000000000002";
    private const string WrittenPlain =
        "Räksmörgås på rådhuset: fullmäktige sammanträder klockan 18.00 i sessionssalen, alla är välkomna. Kaffe serveras.";
    private const string WrittenSealed =
        "28" + "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f" + "60616263646566" +
        "82aec4b18d22a2c07ccd1967f21006be39d61ed106499560275652d0287642703d8852714136146c469927190615b7c9944a17fbac172a0e" +
        "62dd759dc1d86b88634bcdc9b7dab4da83dfdaeec2db60b56adc7e0f9c0922f241bf86c62335baf80b08b7aea779021645741d4456ce3819" +
        "fec44ff36c8908ab41f90260207a08a9489eb2739fb526afd659248fde6d5c2135920c899ba008014e0735e361170dd3c3374b25a56524807479";

    [Fact]
    public async Task is_Tinks_published_vector_when_sealing() =>
        Assert.Equal(TinkSealed, await Seal(Tink, Encoding.UTF8.GetBytes(TinkPlain), TinkKey, "aad"u8.ToArray()));

    [Fact]
    public async Task is_Tinks_published_vector_when_opening() =>
        Assert.Equal(TinkPlain, Encoding.UTF8.GetString(
            await StreamingAeadSamples.Open(Tink, Convert.FromHexString(TinkSealed), Convert.FromHexString(TinkKey), "aad"u8.ToArray())));

    [Fact]
    public async Task is_the_written_example_when_sealing() =>
        Assert.Equal(WrittenSealed, await Seal(Written(96), Encoding.UTF8.GetBytes(WrittenPlain), WrittenKey, Convert.FromHexString(WrittenPlace)));

    [Fact]
    public async Task is_the_written_example_when_opening() =>
        Assert.Equal(WrittenPlain, Encoding.UTF8.GetString(await StreamingAeadSamples.Open(
            Written(96), Convert.FromHexString(WrittenSealed), Convert.FromHexString(WrittenKey), Convert.FromHexString(WrittenPlace))));

    [Fact]
    public async Task of_nothing_is_one_empty_last_segment() =>
        Assert.Equal(
            WrittenSealed[..80] + "cb5e491465687d662d0932dfcc90f318",
            await Seal(Written(1_048_576), [], WrittenKey, Convert.FromHexString(WrittenPlace)));

    [Fact]
    public async Task has_segments_of_one_mebibyte()
    {
        var plain = new byte[2_500_000];
        for (var i = 0; i < plain.Length; i++)
            plain[i] = (byte)((i * 7) + (i >> 8));

        var bytes = Convert.FromHexString(await Seal(Written(1_048_576), plain, WrittenKey, Convert.FromHexString(WrittenPlace)));

        Assert.Equal(2_500_088, bytes.Length);
        Assert.Equal("c61ffc0b717efebaa79f91c3ceab74bc7eda8f41aac58eec56fa64c2da2ff03d", Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal(plain, await StreamingAeadSamples.Open(
            StreamingAead.Standard, bytes, Convert.FromHexString(WrittenKey), Convert.FromHexString(WrittenPlace)));
    }

    [Fact]
    public async Task of_the_same_bytes_is_never_the_same_twice()
    {
        var key = Convert.FromHexString(WrittenKey);
        Assert.NotEqual(
            await StreamingAeadSamples.Seal(StreamingAead.Standard, [1, 2, 3], key, []),
            await StreamingAeadSamples.Seal(StreamingAead.Standard, [1, 2, 3], key, []));
    }

    private static StreamingAead Tink { get; } = new(64, 16, HashAlgorithmName.SHA1,
        into => Convert.FromHexString(TinkSealed[2..48]).CopyTo(into));

    private static StreamingAead Written(int segment) => new(segment, 32, HashAlgorithmName.SHA256,
        into => Convert.FromHexString(WrittenSealed[2..80]).CopyTo(into));

    private static async Task<string> Seal(StreamingAead aead, byte[] plain, string key, byte[] place) =>
        Convert.ToHexStringLower(await StreamingAeadSamples.Seal(aead, plain, Convert.FromHexString(key), place));
}
