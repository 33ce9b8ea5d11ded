using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ArchiveService.Attachments;
using Xunit;

namespace ArchiveService.Testing;

/// <summary>
/// A real S3 server for the whole test process: the one that <c>Test__S3__Endpoint</c> names (with <c>__AccessKey</c> and <c>__SecretKey</c>),
/// else a Ceph RGW of its own from Debian's packages. Every test takes its own bucket.
/// </summary>
public sealed class S3Server
{
    private static readonly Lazy<Task<S3Server>> Started = new(Start);

    internal S3Server(Uri endpoint, string accessKey, string secretKey, S3Stranger? stranger) =>
        (Endpoint, AccessKey, SecretKey, Stranger) = (endpoint, accessKey, secretKey, stranger);

    /// <summary>Why there can be no S3 server here, or null.</summary>
    public static string? SkipReason { get; } = Reason();

    /// <summary>Starts the server the first time it is asked for; stopped when the process ends, however it ends.</summary>
    public static Task<S3Server> Running => Started.Value;

    public Uri Endpoint { get; }

    public string AccessKey { get; }

    public string SecretKey { get; }

    /// <summary>Another user, who owns nothing: only on the server that the tests start themselves.</summary>
    public S3Stranger? Stranger { get; }

    /// <summary>An empty bucket, or with <paramref name="create"/> false only its name.</summary>
    public async Task<S3Bucket> NewBucket(bool versioned = false, bool objectLock = false, bool create = true)
    {
        var bucket = new S3Bucket(new S3Settings(
            Endpoint, $"archive-test-{Guid.CreateVersion7():N}", AccessKey, SecretKey));
        if (create)
            await bucket.Client.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Name, ObjectLockEnabledForBucket = objectLock });
        if (versioned && !objectLock)
        {
            await bucket.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest
            {
                BucketName = bucket.Name,
                VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
            });
        }
        return bucket;
    }

    internal static string? StrangerSkipReason { get; } =
        SkipReason ?? (Setting("Endpoint") is null ? null : "A second user is only had on the server that the tests start themselves.");

    private static string? Reason()
    {
        if (Setting("Endpoint") is not null)
            return null;
        var missing = S3Ceph.Programs.Where(name => S3Ceph.Find(name) is null).ToList();
        return missing.Count == 0
            ? null
            : $"No S3 server: set Test__S3__Endpoint, Test__S3__AccessKey and Test__S3__SecretKey, or install Debian's "
                + $"ceph-mon, ceph-osd, ceph-common and radosgw ({string.Join(", ", missing)} not found).";
    }

    private static async Task<S3Server> Start()
    {
        if (SkipReason is not null)
            throw new InvalidOperationException(SkipReason);
        return Setting("Endpoint") is { } endpoint
            ? new S3Server(new Uri(endpoint), Needed("AccessKey"), Needed("SecretKey"), stranger: null)
            : await S3Ceph.Start();
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("Test__S3__" + name) is { Length: > 0 } value ? value : null;

    private static string Needed(string name) =>
        Setting(name) ?? throw new InvalidOperationException($"Test__S3__Endpoint is set, but Test__S3__{name} is not.");

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static AmazonS3Client ClientOf(S3Settings settings) => new(
        new BasicAWSCredentials(settings.AccessKey, settings.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = settings.Endpoint.AbsoluteUri,
            AuthenticationRegion = settings.Region,
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
}

public sealed record S3Stranger(string UserId, string AccessKey, string SecretKey);

/// <summary>One test's bucket; disposing it removes it with everything in it, as far as the server lets it.</summary>
public sealed class S3Bucket(S3Settings settings) : IAsyncDisposable
{
    public S3Settings Settings => settings;

    public string Name => settings.Bucket;

    /// <summary>Looks at the bucket behind the store's back.</summary>
    public AmazonS3Client Client { get; } = S3Server.ClientOf(settings);

    public async Task Put(string key, string text) =>
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = Name, Key = key, ContentBody = text, UseChunkEncoding = false });

    public async Task<List<S3ObjectVersion>> Versions() => (await Client.ListVersionsAsync(Name)).Versions ?? [];

    /// <summary>MinIO lists unfinished uploads only under their whole key.</summary>
    public async Task<List<MultipartUpload>> Uploads(string prefix = "") =>
        (await Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Name, Prefix = prefix })).MultipartUploads ?? [];

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var upload in await Uploads())
                await Client.AbortMultipartUploadAsync(Name, upload.Key, upload.UploadId);
            while (await Versions() is { Count: > 0 } left)
            {
                foreach (var version in left)
                {
                    await Client.DeleteObjectAsync(new DeleteObjectRequest
                    {
                        BucketName = Name,
                        Key = version.Key,
                        VersionId = version.VersionId,
                        BypassGovernanceRetention = true,
                    });
                }
            }
            await Client.DeleteBucketAsync(Name);
        }
        catch (AmazonServiceException)
        {
            // Gone already, or locked on purpose: the next run has another name.
        }
        Client.Dispose();
    }
}

/// <summary>A fact that needs the S3 server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3FactAttribute : FactAttribute
{
    public S3FactAttribute() => Skip = S3Server.SkipReason;
}

/// <summary>A fact that needs the S3 server's second user.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3StrangerFactAttribute : FactAttribute
{
    public S3StrangerFactAttribute() => Skip = S3Server.StrangerSkipReason;
}

/// <summary>A theory that needs the S3 server's second user.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3StrangerTheoryAttribute : TheoryAttribute
{
    public S3StrangerTheoryAttribute() => Skip = S3Server.StrangerSkipReason;
}
