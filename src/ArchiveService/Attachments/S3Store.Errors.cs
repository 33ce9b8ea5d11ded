using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ArchiveService.Attachments;

public sealed partial class S3Store
{
    public async Task Probe(CancellationToken ct)
    {
        try
        {
            await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, MaxKeys = 1 }, ct);
        }
        catch (AmazonS3Exception missing) when (missing.ErrorCode == "NoSuchBucket")
        {
            await CreateBucket(ct);
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
        await StoreProbe.Run(this, ct);
    }

    private async Task CreateBucket(CancellationToken ct)
    {
        var request = new PutBucketRequest { BucketName = bucket };
        // us-east-1 is the one region that must not be named.
        if (settings.Region != S3Settings.DefaultRegion)
            request.BucketRegionName = settings.Region;
        try
        {
            await client.PutBucketAsync(request, ct);
        }
        catch (AmazonS3Exception unnamed) when (unnamed.ErrorCode == "InvalidLocationConstraint" && request.BucketRegionName is not null)
        {
            // Ceph knows no region by that name and signs with any: ask without.
            await Ask(() => client.PutBucketAsync(new PutBucketRequest { BucketName = bucket }, ct), ct);
        }
        catch (AmazonS3Exception other) when (other.ErrorCode == "BucketAlreadyOwnedByYou")
        {
        }
        catch (AmazonS3Exception refused) when ((int)refused.StatusCode is >= 400 and < 500 and not (408 or 429))
        {
            throw new ObjectStoreUnavailable(
                $"The bucket {bucket} is not at {settings.Endpoint}, and creating it was refused ({refused.ErrorCode}). Create it, or give the access key s3:CreateBucket.",
                retryable: false, refused);
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    private ObjectStoreUnavailable? Translate(Exception error, CancellationToken ct)
    {
        return error switch
        {
            AmazonS3Exception { ErrorCode: "NoSuchBucket" } => Say(false, "the bucket does not exist. Create it, or restart the service, which creates it if it may"),
            AmazonS3Exception { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" } s3 =>
                Say(false, $"the access key or the secret key is wrong ({s3.ErrorCode})"),
            AmazonS3Exception { ErrorCode: "RequestTimeTooSkewed" } => Say(false, "the clocks of this machine and of the store differ too much. Set them"),
            AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } s3 =>
                Say(false, $"the access key may not do this ({s3.ErrorCode})"),
            AmazonS3Exception { ErrorCode: "QuotaExceeded" or "XMinioStorageFull" or "EntityTooLarge" } s3 => Say(true, $"the store is full ({s3.ErrorCode})"),
            AmazonS3Exception { StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests } s3 => Say(true, $"it is too busy ({s3.ErrorCode})"),
            AmazonS3Exception { ErrorCode: "BadDigest" or "IncompleteBody" } s3 => Say(true, $"bytes were changed or lost on the way ({s3.ErrorCode})"),
            AmazonS3Exception s3 when (int)s3.StatusCode is >= 400 and < 500 => Say(false, $"it answers {(int)s3.StatusCode} {s3.ErrorCode}: {s3.Message}"),
            AmazonS3Exception s3 when (int)s3.StatusCode >= 500 => Say(true, $"it answers {(int)s3.StatusCode} {s3.ErrorCode}"),
            OperationCanceledException when ct.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException => Say(true, "it does not answer in time"),
            HttpRequestException or SocketException or IOException or AmazonClientException or AmazonServiceException =>
                Say(true, $"it cannot be reached ({Innermost(error).Message})"),
            _ => null,
        };

        ObjectStoreUnavailable Say(bool retryable, string what) => new($"The attachment store ({Where}) cannot be used: {what}.", retryable, error);
    }

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;
}
