namespace ArchiveService.Capture.Warc;

/// <summary>What a file of the WARC family holds, and whether it is sound.</summary>
/// <param name="Form"><c>WARC/1.1</c> and so on, <c>WACZ</c>, or <c>unknown</c>.</param>
/// <param name="Packing">How it is packed.</param>
/// <param name="Bytes">Its bytes, as stored.</param>
/// <param name="Unpacked">Its bytes, unpacked.</param>
/// <param name="Records">Records, by type.</param>
/// <param name="DigestsHold">Digests that were checked and hold.</param>
/// <param name="Statements">What was checked beside that, and what could not be.</param>
/// <param name="Problems">What is wrong, and what is worth knowing.</param>
public sealed record WarcReport(
    string Form, WarcPacking Packing, long Bytes, long Unpacked, IReadOnlyDictionary<string, long> Records, long DigestsHold, IReadOnlyList<string> Statements, IReadOnlyList<WarcProblem> Problems)
{
    /// <summary>Everything holds that could be checked.</summary>
    public bool IsSound => !Problems.Any(p => p.IsError);

    /// <summary>Reads a file whole: a WACZ by its package, everything else record by record.</summary>
    public static async Task<WarcReport> Of(string path, WarcLimits? limits = null, CancellationToken ct = default)
    {
        if (await IsZip(path, ct)) return await WaczReader.Verify(path, limits, ct);
        using var reader = WarcReader.Open(path, limits);
        return Of(reader, new FileInfo(path).Length, ct: ct);
    }

    /// <summary>Reads to the end.</summary>
    /// <param name="reader">Where to read from.</param>
    /// <param name="bytes">The file's length.</param>
    /// <param name="seen">Is told of every record once it was read.</param>
    /// <param name="ct">Stops the reading between records.</param>
    public static WarcReport Of(WarcReader reader, long bytes, Action<WarcRecord>? seen = null, CancellationToken ct = default)
    {
        var form = "unknown";
        var records = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long hold = 0;
        WarcRecord? before = null;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var record = reader.Next();
            if (before is not null)
            {
                hold += before.DigestsHold;
                seen?.Invoke(before);
            }

            if (record is null) break;
            form = form == "unknown" || string.CompareOrdinal(record.Version, form) > 0 ? record.Version : form;
            var type = WarcTypes.IsKnown(record.Type) ? record.Type : "other";
            records[type] = records.GetValueOrDefault(type) + 1;
            before = record;
        }

        return new(form, reader.Packing, bytes, reader.BytesRead, records, hold, [], [.. reader.Problems]);
    }

    internal static async Task<bool> IsZip(string path, CancellationToken ct)
    {
        var begins = new byte[4];
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return await file.ReadAtLeastAsync(begins, begins.Length, throwOnEndOfStream: false, ct) == begins.Length && begins is [(byte)'P', (byte)'K', ..];
    }
}
