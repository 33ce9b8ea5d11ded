using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;

namespace ArchiveService.Fuzzing;

/// <summary>The files under <c>samples/</c>, one folder a target, and archives packed from them.</summary>
public static class Samples
{
    private static readonly Assembly Own = typeof(Samples).Assembly;

    public static IReadOnlyList<byte[]> Of(string folder)
    {
        var prefix = $"{Own.GetName().Name}.samples.{folder.Replace('-', '_')}.";
        return [.. Own.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Bytes)];
    }

    public static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> files, bool stored)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                var entry = zip.CreateEntry(name, stored ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
                entry.LastWriteTime = Fuzz.Now;
                using var stream = entry.Open();
                stream.Write(content);
            }
        }

        return bytes.ToArray();
    }

    public static byte[] Tar(IEnumerable<(string Name, byte[] Bytes)> files, TarEntryFormat format)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                TarEntry entry = format == TarEntryFormat.Pax ? new PaxTarEntry(TarEntryType.RegularFile, name) : format == TarEntryFormat.Gnu ? new GnuTarEntry(TarEntryType.RegularFile, name) : new UstarTarEntry(TarEntryType.RegularFile, name);
                entry.ModificationTime = Fuzz.Now;
                entry.DataStream = new MemoryStream(content);
                tar.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return bytes.ToArray();
    }

    private static byte[] Bytes(string resource)
    {
        using var stream = Own.GetManifestResourceStream(resource)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
