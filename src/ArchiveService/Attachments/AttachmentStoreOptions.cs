namespace ArchiveService.Attachments;

/// <summary>Where attachments are kept: S3 when <c>Attachments:S3</c> is configured, else a folder.</summary>
public sealed record AttachmentStoreOptions(string Folder, S3Settings? S3)
{
    public static AttachmentStoreOptions From(IConfiguration configuration, string dataFolder) =>
        new(Path.Combine(dataFolder, "attachments"), S3Settings.From(configuration.GetSection("Attachments:S3")));

    /// <summary>Opens nothing yet: call <see cref="IObjectStore.Probe"/> before serving.</summary>
    public IObjectStore Open() => S3 is { } settings ? new S3Store(settings) : new FolderStore(Folder);
}

public sealed record S3Settings(Uri Endpoint, string Bucket, string AccessKey, string SecretKey, string Region = S3Settings.DefaultRegion)
{
    public const string DefaultRegion = "us-east-1";

    /// <summary>Null when nothing is set; half a setting is refused, because it must not end in the folder.</summary>
    public static S3Settings? From(IConfigurationSection section)
    {
        string[] needed = [nameof(Endpoint), nameof(Bucket), nameof(AccessKey), nameof(SecretKey)];
        var missing = needed.Where(name => string.IsNullOrWhiteSpace(section[name])).ToList();
        if (missing.Count == needed.Length)
            return null;
        if (missing.Count > 0)
            throw Wrong($"{string.Join(" and ", missing.Select(name => $"Attachments__S3__{name}"))} must be set too, since other Attachments__S3 settings are.");

        if (!Uri.TryCreate(section[nameof(Endpoint)], UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            throw Wrong("Attachments__S3__Endpoint must be an address such as https://minio.example.se:9000.");
        var bucket = section[nameof(Bucket)]!;
        if (bucket.Length is < 3 or > 63 || !bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'))
            throw Wrong("Attachments__S3__Bucket must be 3 to 63 lower-case letters, digits, hyphens and dots.");

        var region = section[nameof(Region)];
        return new S3Settings(
            endpoint, bucket, section[nameof(AccessKey)]!, section[nameof(SecretKey)]!,
            string.IsNullOrWhiteSpace(region) ? DefaultRegion : region);
    }

    private static ObjectStoreUnavailable Wrong(string why) => new(why, retryable: false);

    public override string ToString() => $"bucket {Bucket} at {Endpoint}";
}
