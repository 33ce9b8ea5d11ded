using System.Buffers.Binary;
using System.Text;

namespace ArchiveService.Printing;

/// <summary>An ICC profile (version 2) of sRGB, made from what IEC 61966-2-1 says of it: its primaries, its white and its curve. No file of anybody else's is shipped.</summary>
public static class StandardRgb
{
    private const int CurvePoints = 1024;
    private static readonly double[] ConnectionWhite = [0.9642, 1.0, 0.8249];

    public static byte[] Profile()
    {
        var (red, green, blue) = Primaries();
        var curve = Curve();
        (string Name, byte[] Data)[] tags =
        [
            ("desc", Description("sRGB")), ("cprt", [.. "text\0\0\0\0"u8, .. "No copyright, use freely\0"u8]), ("wtpt", Xyz(ConnectionWhite)),
            ("rXYZ", Xyz(red)), ("gXYZ", Xyz(green)), ("bXYZ", Xyz(blue)), ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
        ];

        var data = new List<byte>();
        var start = 128 + 4 + 12 * tags.Length;
        var placed = new Dictionary<byte[], int>();
        var table = new List<byte>(Big(tags.Length));
        foreach (var (name, content) in tags)
        {
            // The three curves are one.
            if (!placed.TryGetValue(content, out var offset))
            {
                placed[content] = offset = start + data.Count;
                data.AddRange(content);
                while (data.Count % 4 != 0) data.Add(0);
            }

            table.AddRange([.. Encoding.ASCII.GetBytes(name), .. Big(offset), .. Big(content.Length)]);
        }

        var header = new byte[128];
        BinaryPrimitives.WriteInt32BigEndian(header, start + data.Count);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), 0x02100000);
        "mntrRGB XYZ "u8.CopyTo(header.AsSpan(12));
        foreach (var (index, part) in new short[] { 2026, 1, 1 }.Index()) BinaryPrimitives.WriteInt16BigEndian(header.AsSpan(24 + 2 * index), part);
        "acsp"u8.CopyTo(header.AsSpan(36));
        foreach (var (index, part) in ConnectionWhite.Index()) Fixed(part).CopyTo(header, 68 + 4 * index);
        return [.. header, .. table, .. data];
    }

    /// <summary>The primaries' tristimulus values, seen under the white of the profile connection space (Bradford).</summary>
    public static (double[] Red, double[] Green, double[] Blue) Primaries()
    {
        double[] OfChromaticity(double x, double y) => [x / y, 1, (1 - x - y) / y];
        double[][] primaries = [OfChromaticity(0.64, 0.33), OfChromaticity(0.30, 0.60), OfChromaticity(0.15, 0.06)];
        var white = OfChromaticity(0.3127, 0.3290);

        // How much of each gives white.
        var columns = Transposed(primaries);
        var amounts = Times(Inverse(columns), white);
        double[][] bradford = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
        var (seen, wanted) = (Times(bradford, white), Times(bradford, ConnectionWhite));
        double[] Adapted(double[] colour) => Times(Inverse(bradford), [.. Times(bradford, colour).Select((part, i) => part * wanted[i] / seen[i])]);
        double[] Of(int index) => Adapted([.. primaries[index].Select(part => part * amounts[index])]);
        return (Of(0), Of(1), Of(2));
    }

    private static byte[] Curve()
    {
        var curve = new List<byte>([.. "curv\0\0\0\0"u8, .. Big(CurvePoints)]);
        for (var i = 0; i < CurvePoints; i++)
        {
            var coded = (double)i / (CurvePoints - 1);
            var linear = coded <= 0.04045 ? coded / 12.92 : Math.Pow((coded + 0.055) / 1.055, 2.4);
            var point = (ushort)Math.Round(linear * ushort.MaxValue);
            curve.AddRange([(byte)(point >> 8), (byte)point]);
        }

        return [.. curve];
    }

    private static byte[] Description(string text) =>
        [.. "desc\0\0\0\0"u8, .. Big(text.Length + 1), .. Encoding.ASCII.GetBytes(text), 0, .. new byte[4 + 4 + 2 + 1 + 67]];

    private static byte[] Xyz(double[] value) => [.. "XYZ \0\0\0\0"u8, .. value.SelectMany(Fixed)];

    private static byte[] Fixed(double value) => Big((int)Math.Round(value * 65536));

    private static byte[] Big(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static double[][] Transposed(double[][] m) => [.. Enumerable.Range(0, 3).Select(i => m.Select(row => row[i]).ToArray())];

    private static double[] Times(double[][] m, double[] v) => [.. m.Select(row => row.Zip(v, (a, b) => a * b).Sum())];

    private static double[][] Inverse(double[][] m)
    {
        double Minor(int i, int j) => m[(i + 1) % 3][(j + 1) % 3] * m[(i + 2) % 3][(j + 2) % 3] - m[(i + 1) % 3][(j + 2) % 3] * m[(i + 2) % 3][(j + 1) % 3];
        var determinant = Enumerable.Range(0, 3).Sum(j => m[0][j] * Minor(0, j));
        return [.. Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 3).Select(j => Minor(j, i) / determinant).ToArray())];
    }
}
