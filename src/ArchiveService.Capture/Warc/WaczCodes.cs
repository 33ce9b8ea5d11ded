namespace ArchiveService.Capture.Warc;

/// <summary>What may be wrong with a WACZ package; stable, callers show them. What is wrong with its WARC files stands in <see cref="WarcCodes"/>.</summary>
public static class WaczCodes
{
    /// <summary>There is no <c>datapackage.json</c>.</summary>
    public const string PackageMissing = "datapackage-missing";

    /// <summary><c>datapackage.json</c> cannot be read.</summary>
    public const string PackageMalformed = "datapackage-malformed";

    /// <summary>A version of WACZ that is not known here.</summary>
    public const string Version = "wacz-version-unknown";

    /// <summary>A part that the package names is not there.</summary>
    public const string ResourceMissing = "resource-missing";

    /// <summary>A part is not as long as the package says.</summary>
    public const string ResourceLength = "resource-length-mismatch";

    /// <summary>A part is not what the package says.</summary>
    public const string ResourceHash = "resource-hash-mismatch";

    /// <summary>A part's hash is missing, or of a sort that cannot be checked.</summary>
    public const string ResourceHashUnknown = "resource-hash-unknown";

    /// <summary>A part that the package does not name.</summary>
    public const string ResourceUnlisted = "resource-unlisted";

    /// <summary>There is no WARC file in it.</summary>
    public const string ArchiveMissing = "wacz-archive-missing";

    /// <summary>The package's own digest does not hold.</summary>
    public const string PackageDigest = "datapackage-digest-mismatch";

    /// <summary>The package's signature does not hold.</summary>
    public const string Signature = "wacz-signature-invalid";

    /// <summary>A line of an index cannot be read.</summary>
    public const string IndexMalformed = "index-malformed";

    /// <summary>An index points to where no record begins.</summary>
    public const string IndexWrong = "index-points-wrong";

    /// <summary>The list of pages cannot be read.</summary>
    public const string PagesMalformed = "pages-malformed";
}
