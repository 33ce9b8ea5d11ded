using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ArchiveService.Sealing;

/// <summary>
/// The byte forms of the stored format: a uuid is its 16 bytes in network order, an integer 8 bytes big-endian, and every string (constant labels
/// too) and variable part stands after its length in 4 bytes big-endian. Used in every HMAC, AAD and salt input; golden vectors in the tests.
/// </summary>
public sealed class ByteForm
{
    private readonly ArrayBufferWriter<byte> bytes = new(256);

    public ByteForm Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var span = bytes.GetSpan(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        Encoding.UTF8.GetBytes(value, span[4..]);
        bytes.Advance(4 + length);
        return this;
    }

    public ByteForm Bytes(ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        bytes.Write(length);
        bytes.Write(value);
        return this;
    }

    public ByteForm Uuid(Guid value)
    {
        Span<byte> network = stackalloc byte[16];
        value.TryWriteBytes(network, bigEndian: true, out _);
        bytes.Write(network);
        return this;
    }

    public ByteForm Integer(long value)
    {
        Span<byte> network = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(network, value);
        bytes.Write(network);
        return this;
    }

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;
}
