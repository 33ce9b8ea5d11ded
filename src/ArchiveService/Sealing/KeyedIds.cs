using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ArchiveService.Sealing;

/// <summary>Stream ids that a redelivery finds again and that nobody without the identity secret can test a guess against (UUIDv8).</summary>
public sealed class KeyedIds(byte[] identitySecret)
{
    public Guid Record(Guid channel, string platform, string idKind, string nativeId, long generation = 1) =>
        From("record", channel, platform, idKind, nativeId, generation);

    public Guid Account(Guid channel, string platform, string idKind, string nativeId, long generation = 1) =>
        From("account", channel, platform, idKind, nativeId, generation);

    /// <summary>Finds the channel that a platform's delivery is addressed to.</summary>
    public Guid Route(string platform, string nativeAccountId) =>
        From("route", Guid.Empty, platform, "native", nativeAccountId, generation: 1);

    /// <summary>The stream of who watches a channel, beside the channel's own.</summary>
    public Guid Watch(Guid channel) => From("watch", channel, "", "", "", generation: 1);

    /// <summary>The stream of the channel's source, beside the channel's own.</summary>
    public Guid Source(Guid channel) => From("source", channel, "", "", "", generation: 1);

    /// <summary>What a source was answered belongs to its channel and its question: the same bytes for another channel are another delivery.</summary>
    public Guid Delivery(string platform, Guid channel, string form, string request, ReadOnlySpan<byte> body) =>
        Fill(HMACSHA256.HashData(identitySecret, new ByteForm().Text("delivery-of-channel").Text(platform).Uuid(channel).Text(form).Text(request).Bytes(body).Written));

    /// <summary>An answer that a question has had before, but not the last time: it is new, after the one that came between.</summary>
    public Guid DeliveryAfter(Guid answer, Guid before) =>
        Fill(HMACSHA256.HashData(identitySecret, new ByteForm().Text("delivery-after").Uuid(answer).Uuid(before).Written));

    /// <summary>What is asked of a channel, whatever is answered.</summary>
    public Guid Question(string platform, Guid channel, string form, string request) =>
        Fill(HMACSHA256.HashData(identitySecret, new ByteForm().Text("question").Text(platform).Uuid(channel).Text(form).Text(request).Written));

    /// <summary>The stream of how whole the channel's days are, beside the channel's own.</summary>
    public Guid Completeness(Guid channel) => From("completeness", channel, "", "", "", generation: 1);

    /// <summary>The same delivery sent again has the same id.</summary>
    public Guid Delivery(string platform, ReadOnlySpan<byte> body) =>
        Fill(HMACSHA256.HashData(identitySecret, new ByteForm().Text("delivery").Text(platform).Bytes(body).Written));

    private Guid From(string label, Guid channel, string platform, string idKind, string nativeId, long generation) =>
        Fill(HMACSHA256.HashData(identitySecret,
            new ByteForm().Text(label).Uuid(channel).Text(platform).Text(idKind).Text(nativeId).Integer(generation).Written));

    /// <summary>The first 122 bits fill custom_a (48), custom_b (12) and custom_c (62) of RFC 9562's version 8, in order.</summary>
    public static Guid Fill(ReadOnlySpan<byte> mac)
    {
        var bits = BinaryPrimitives.ReadUInt128BigEndian(mac) >> 6;
        var a = bits >> 74;
        var b = (bits >> 62) & 0xFFF;
        var c = bits & ((UInt128.One << 62) - 1);
        Span<byte> uuid = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(uuid, (a << 80) | ((UInt128)8 << 76) | (b << 64) | ((UInt128)2 << 62) | c);
        return new(uuid, bigEndian: true);
    }
}
