using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Warc;

/// <summary>Checks a WACZ package (specs.webrecorder.net/wacz/1.1.1): every part's hash, the WARC files, the indexes, the pages and, as far as that goes, the signature.</summary>
public static class WaczReader
{
    private const string Package = "datapackage.json";
    private const string PackageDigest = "datapackage-digest.json";
    private const int MaxPackageBytes = 16 << 20;
    private const int MostOffsets = 2_000_000;

    private static readonly string[] Versions = ["1.0.0", "1.1.0", "1.1.1", "1.2.0"];

    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = 32 };

    /// <summary>Reads and checks everything. Nothing is thrown because of what the package says.</summary>
    public static async Task<WarcReport> Verify(string path, WarcLimits? limits = null, CancellationToken ct = default)
    {
        limits ??= new();
        var found = new Findings();
        var bytes = new FileInfo(path).Length;
        var (files, refused) = await ArchiveOpening.Open(path, limits.Archive, ct);
        if (files is null)
        {
            found.Error(refused!.Code, refused.Detail);
            return found.Report(bytes);
        }

        await using (files)
        {
            try
            {
                await Verify(files, limits, found, ct);
            }
            catch (ArchiveLimitException limit)
            {
                found.Error(WarcCodes.Bomb, limit.Message);
            }
            catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
            {
                found.Error(ArchiveProblemCodes.Damaged, "A part of the package cannot be unpacked.");
            }

            foreach (var problem in files.Problems) found.Error(problem.Code, problem.Detail);
        }

        return found.Report(bytes);
    }

    /// <summary>The names of the WARC files in a package.</summary>
    internal static IEnumerable<string> WarcFiles(ArchiveFiles files) =>
        files.Paths.Where(p => p.StartsWith("archive/", StringComparison.Ordinal)).Where(IsWarc).Order(StringComparer.Ordinal);

    private static bool IsWarc(string path) => path.EndsWith(".warc", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".warc.gz", StringComparison.OrdinalIgnoreCase);

    private static async Task Verify(ArchiveFiles files, WarcLimits limits, Findings found, CancellationToken ct)
    {
        var package = await Bytes(files, Package, ct);
        if (package is null)
        {
            found.Error(files.Has(Package) ? WaczCodes.PackageMalformed : WaczCodes.PackageMissing, "There is no datapackage.json that can be read: this is not a WACZ package.");
            return;
        }

        var listed = await Resources(files, package, found, ct);
        foreach (var path in files.Paths.Where(p => p is not (Package or PackageDigest) && !listed.Contains(p)).Order(StringComparer.Ordinal))
        {
            found.Add(WaczCodes.ResourceUnlisted, $"“{Shown(path)}” is not named in datapackage.json: nothing vouches for it.", isError: IsWarc(path));
        }

        await PackageHash(files, package, found, ct);
        var offsets = new Dictionary<string, HashSet<long>?>(StringComparer.Ordinal);
        foreach (var path in WarcFiles(files)) offsets[path["archive/".Length..]] = Warc(files, path, limits, found, ct);
        if (offsets.Count == 0) found.Error(WaczCodes.ArchiveMissing, "There is no WARC file in archive/.");
        foreach (var path in files.Paths.Where(p => p.StartsWith("indexes/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)) Index(files, path, offsets, limits, found);
        foreach (var path in files.Paths.Where(p => p.StartsWith("pages/", StringComparison.Ordinal) && p.EndsWith(".jsonl", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            await using var pages = files.Open(path)!;
            foreach (var problem in WaczPages.Check(pages, out _)) found.Add(problem with { Detail = $"{Shown(path)}: {problem.Detail}" });
        }
    }

    private static async Task<HashSet<string>> Resources(ArchiveFiles files, byte[] package, Findings found, CancellationToken ct)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(package, Shallow);
        }
        catch (JsonException)
        {
            found.Error(WaczCodes.PackageMalformed, "datapackage.json is not JSON.");
            return listed;
        }

        using (json)
        {
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("resources", out var resources) || resources.ValueKind != JsonValueKind.Array)
            {
                found.Error(WaczCodes.PackageMalformed, "datapackage.json names no resources.");
                return listed;
            }

            var version = Text(root, "wacz_version");
            if (version is null || !Versions.Contains(version)) found.Add(WaczCodes.Version, "A version of WACZ that is not known here, or none at all.", isError: false);
            foreach (var resource in resources.EnumerateArray())
            {
                if (Text(resource, "path") is not { } named || CleanPath.Of(named) is not { } path)
                {
                    found.Error(WaczCodes.PackageMalformed, "A resource has no path, or one that leads outside the package.");
                    continue;
                }

                listed.Add(path);
                await Resource(files, resource, path, found, ct);
            }
        }

        return listed;
    }

    private static async Task Resource(ArchiveFiles files, JsonElement resource, string path, Findings found, CancellationToken ct)
    {
        var stats = resource.TryGetProperty("stats", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : resource;
        var stated = Text(stats, "hash") ?? "";
        if (!stated.Contains(':', StringComparison.Ordinal)) stated = $"{Text(resource, "hashing") ?? "sha256"}:{stated}";
        var digest = Digest.Parse(stated, out _);
        if (digest is null) found.Error(WaczCodes.ResourceHashUnknown, $"“{Shown(path)}” has no hash that can be checked.");
        await using var part = files.Open(path);
        if (part is null)
        {
            found.Error(WaczCodes.ResourceMissing, $"“{Shown(path)}” is named in datapackage.json but is not there.");
            return;
        }

        if (digest is null) return;
        using var hash = IncrementalHash.CreateHash(digest.Algorithm);
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int count; (count = await part.ReadAsync(buffer, ct)) > 0; length += count) hash.AppendData(buffer, 0, count);
        if (stats.TryGetProperty("bytes", out var bytes) && bytes.ValueKind == JsonValueKind.Number && bytes.TryGetInt64(out var said) && said != length) found.Error(WaczCodes.ResourceLength, $"“{Shown(path)}” has {length} bytes, not {said}.");
        if (digest.Holds(hash.GetHashAndReset())) found.DigestsHold++;
        else found.Error(WaczCodes.ResourceHash, $"“{Shown(path)}” is not what datapackage.json says.");
    }

    private static async Task PackageHash(ArchiveFiles files, byte[] package, Findings found, CancellationToken ct)
    {
        if (!files.Has(PackageDigest))
        {
            found.Statements.Add("Not signed, and nothing vouches for datapackage.json itself.");
            return;
        }

        var text = await Bytes(files, PackageDigest, ct);
        try
        {
            using var json = JsonDocument.Parse(text ?? [], Shallow);
            var stated = Text(json.RootElement, "hash");
            var digest = stated is null ? null : Digest.Parse(stated, out _);
            if (digest is null || Text(json.RootElement, "path") is not Package)
            {
                found.Error(WaczCodes.PackageDigest, "datapackage-digest.json does not state the hash of datapackage.json.");
                return;
            }

            using var hash = IncrementalHash.CreateHash(digest.Algorithm);
            hash.AppendData(package);
            if (digest.Holds(hash.GetHashAndReset())) found.DigestsHold++;
            else found.Error(WaczCodes.PackageDigest, "datapackage.json was changed after its digest was written.");
            if (json.RootElement.TryGetProperty("signedData", out var signed)) WaczSignature.Check(signed, stated!, found.Statements, found.Error);
            else found.Statements.Add("Not signed.");
        }
        catch (JsonException)
        {
            found.Error(WaczCodes.PackageDigest, "datapackage-digest.json is not JSON.");
        }
    }

    private static HashSet<long>? Warc(ArchiveFiles files, string path, WarcLimits limits, Findings found, CancellationToken ct)
    {
        var offsets = new HashSet<long>();
        using var reader = new WarcReader(files.Open(path)!, limits);
        var report = WarcReport.Of(
            reader,
            0,
            record =>
            {
                if (offsets.Count <= MostOffsets) offsets.Add(record.Offset);
            },
            ct);
        found.Unpacked += report.Unpacked;
        found.DigestsHold += report.DigestsHold;
        foreach (var (type, count) in report.Records) found.Records[type] = found.Records.GetValueOrDefault(type) + count;
        foreach (var problem in report.Problems) found.Add(problem with { Detail = $"{Shown(path)}: {problem.Detail}" });
        if (offsets.Count <= MostOffsets) return offsets;
        found.Statements.Add($"{Shown(path)} has more than {MostOffsets} records: its index was not held against them.");
        return null;
    }

    private static void Index(ArchiveFiles files, string path, Dictionary<string, HashSet<long>?> offsets, WarcLimits limits, Findings found)
    {
        if (path.EndsWith(".idx", StringComparison.Ordinal)) return;
        using var part = files.Open(path)!;
        Stream lines = path.EndsWith(".gz", StringComparison.Ordinal) ? new BoundedStream(new GZipStream(part, CompressionMode.Decompress), limits.Archive.MaxFileBytes, () => files.Length(path) ?? 0, limits.Archive) : part;
        using var text = new StreamReader(lines, Encoding.UTF8);
        var number = 0;
        var wrong = 0;
        foreach (var line in CdxjLine.ReadAll(text))
        {
            number++;
            if (line is null) found.Error(WaczCodes.IndexMalformed, $"{Shown(path)}: line {number} is not CDXJ.");
            else if (!offsets.TryGetValue(line.Filename, out var known)) found.Error(WaczCodes.IndexWrong, $"{Shown(path)}: line {number} names a WARC file that is not there.");
            else if (known?.Contains(line.Offset) == false) found.Error(WaczCodes.IndexWrong, $"{Shown(path)}: line {number} points to where no record begins.");
            else continue;
            if (++wrong == 20) break;
        }

        found.Statements.Add(wrong == 0 ? $"{Shown(path)}: {number} lines, each points to a record." : $"{Shown(path)}: {wrong} lines are wrong.");
    }

    private static async Task<byte[]?> Bytes(ArchiveFiles files, string path, CancellationToken ct)
    {
        await using var part = files.Open(path);
        if (part is null) return null;
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count; (count = await part.ReadAsync(buffer, ct)) > 0;)
        {
            if (all.Length + count > MaxPackageBytes) return null;
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    internal static string? Text(JsonElement from, string name)
    {
        try
        {
            return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: GetString refuses.
            return null;
        }
    }

    private static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c)]);

    /// <summary>What the checks found.</summary>
    private sealed class Findings
    {
        private const int Most = 1000;

        private readonly List<WarcProblem> problems = [];

        public SortedDictionary<string, long> Records { get; } = new(StringComparer.Ordinal);

        public List<string> Statements { get; } = [];

        public long DigestsHold { get; set; }

        public long Unpacked { get; set; }

        public void Error(string code, string detail) => Add(code, detail, isError: true);

        public void Add(string code, string detail, bool isError) => Add(new(code, 0, detail, isError));

        public void Add(WarcProblem problem)
        {
            if (problems.Count < Most) problems.Add(problem);
        }

        public WarcReport Report(long bytes) => new("WACZ", WarcPacking.Plain, bytes, Unpacked, Records, DigestsHold, Statements, problems);
    }
}
