using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ArchiveService.Attachments;

/// <summary>
/// Any S3: AWS, MinIO old and new, Ceph. Content-MD5 is the one integrity check that all of them make, so it goes with every put and part;
/// no If-None-Match, which old servers silently ignore: keys are random and asked for before they are written.
/// </summary>
public sealed partial class S3Store(S3Settings settings) : IObjectStore, IDisposable
{
    /// <summary>The smallest object that goes up in parts, and the memory a put takes. 10,000 parts make 78 GiB.</summary>
    public const int PartLength = 8 * 1024 * 1024;

    private const int MostParts = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly AmazonS3Client client = new(
        new BasicAWSCredentials(settings.AccessKey, settings.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = settings.Endpoint.AbsoluteUri,
            AuthenticationRegion = settings.Region,
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 2,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            Timeout = Patience,
        });

    private readonly string bucket = settings.Bucket;

    public string Where => $"bucket {settings.Bucket} at {settings.Endpoint}";

    public async Task Put(string key, Stream content, long? length, CancellationToken ct)
    {
        ObjectKey.Check(key);
        if (await Head(key, ct) is not null)
            throw new InvalidOperationException($"Object {key} is already stored, and an object is written once.");

        // One byte more than a part: whether it comes tells if anything follows.
        var buffer = ArrayPool<byte>.Shared.Rent(PartLength + 1);
        try
        {
            var count = await content.ReadAtLeastAsync(buffer.AsMemory(0, PartLength + 1), PartLength + 1, throwOnEndOfStream: false, ct);
            if (count > PartLength)
            {
                await PutInParts(key, content, length, buffer, ct);
                return;
            }
            MustBeAll(length, count);
            await Ask(() => client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = bucket,
                Key = key,
                InputStream = new MemoryStream(buffer, 0, count, writable: false),
                ContentType = "application/octet-stream",
                MD5Digest = Md5(buffer.AsSpan(0, count)),
                UseChunkEncoding = false,
            }, ct), ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task PutInParts(string key, Stream content, long? length, byte[] buffer, CancellationToken ct)
    {
        var upload = (await Ask(() => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = "application/octet-stream" }, ct), ct)).UploadId;
        var stored = 0L;
        try
        {
            List<PartETag> parts = [];
            for (var count = PartLength + 1; count > 0;)
            {
                var here = Math.Min(count, PartLength);
                if (parts.Count == MostParts)
                    throw new InvalidDataException($"An object of more than {(long)MostParts * PartLength} bytes cannot be stored.");
                var part = parts.Count + 1;
                var answer = await Ask(() => client.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = part,
                    PartSize = here,
                    InputStream = new MemoryStream(buffer, 0, here, writable: false),
                    MD5Digest = Md5(buffer.AsSpan(0, here)),
                    UseChunkEncoding = false,
                }, ct), ct);
                parts.Add(new PartETag(part, answer.ETag));
                stored += here;

                var carried = count - here;
                buffer[0] = buffer[PartLength];
                count = carried == 0 ? 0 : carried + await content.ReadAtLeastAsync(
                    buffer.AsMemory(1, PartLength), PartLength, throwOnEndOfStream: false, ct);
            }
            MustBeAll(length, stored);
            await Ask(() => client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = bucket,
                Key = key,
                UploadId = upload,
                PartETags = parts,
            }, ct), ct);
        }
        catch
        {
            await Abort(key, upload);
            throw;
        }

        if (await Head(key, ct) is var there && there != stored)
        {
            await DestroyEverything(key, ct);
            throw new ObjectStoreUnavailable($"{Where} stored {there ?? 0} of {stored} bytes. Nothing was kept; try again.", retryable: true);
        }
    }

    /// <summary>Best effort: the first error is the one to tell, and what stays is found by DestroyEverything and AbortUnfinished.</summary>
    private async Task Abort(string key, string upload)
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await client.AbortMultipartUploadAsync(bucket, key, upload, soon.Token);
        }
        catch (Exception error) when (Translate(error, default) is not null)
        {
        }
    }

    public async Task<Stream> Read(string key, long from, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        ObjectKey.Check(key);

        // S3 has no way to ask for nothing: ask for one byte and hand out none.
        var end = length is { } some ? from + Math.Max(some, 1) - 1 : long.MaxValue;
        var request = new GetObjectRequest { BucketName = bucket, Key = key };
        if (from > 0 || length is not null)
            request.ByteRange = new ByteRange(from, end);
        try
        {
            var answer = await client.GetObjectAsync(request, ct);
            return new StoreStream(answer.ResponseStream, answer, length ?? long.MaxValue, Patience, Translate);
        }
        catch (AmazonS3Exception past) when (past.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return Stream.Null;
        }
        catch (AmazonS3Exception missing) when (missing.ErrorCode == "NoSuchKey")
        {
            throw new ObjectMissing(key, Where);
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    public async Task<long?> Length(string key, CancellationToken ct)
    {
        var length = await Head(ObjectKey.Check(key), ct);
        if (length is null)
            await BucketMustExist(ct);
        return length;
    }

    /// <summary>A HEAD has no body, so a missing bucket and a missing object look the same here.</summary>
    private async Task<long?> Head(string key, CancellationToken ct)
    {
        try
        {
            return (await client.GetObjectMetadataAsync(bucket, key, ct)).ContentLength;
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    private async Task BucketMustExist(CancellationToken ct) =>
        await Ask(() => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, MaxKeys = 1 }, ct), ct);

    public async IAsyncEnumerable<StoredObject> List(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix };
        while (true)
        {
            var page = await Ask(() => client.ListObjectsV2Async(request, ct), ct);
            foreach (var found in page.S3Objects ?? [])
                yield return new StoredObject(found.Key, found.Size ?? 0);
            if (page.IsTruncated != true)
                yield break;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    private async Task<T> Ask<T>(Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call();
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    private static void MustBeAll(long? promised, long came)
    {
        if (promised is { } length && length != came)
            throw new InvalidDataException($"{length} bytes were promised and {came} came.");
    }

    [SuppressMessage("Security", "CA5351", Justification = "Content-MD5 finds bytes damaged on the way; the seal itself protects against forgery.")]
    private static string Md5(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(MD5.HashData(bytes));

    public void Dispose() => client.Dispose();
}
