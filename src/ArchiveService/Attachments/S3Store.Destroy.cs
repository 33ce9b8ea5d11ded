using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace ArchiveService.Attachments;

public sealed partial class S3Store
{
    public async Task<Destroyed> DestroyEverything(string key, CancellationToken ct)
    {
        ObjectKey.Check(key);
        List<string> versions = [], markers = [], uploads = [];

        // Unfinished uploads first: one that completes meanwhile is then seen as a version. A second round for what came in between.
        for (var round = 0; round < 3; round++)
        {
            var open = await UploadsOf(key, ct);
            foreach (var upload in open)
            {
                await Remove(key, () => client.AbortMultipartUploadAsync(bucket, key, upload, ct), ct);
                uploads.Add(upload);
            }

            var found = await VersionsOf(key, ct);
            foreach (var version in found)
            {
                await Remove(key, () => client.DeleteObjectAsync(
                    new DeleteObjectRequest { BucketName = bucket, Key = key, VersionId = version.VersionId }, ct), ct);
                (version.IsDeleteMarker == true ? markers : versions).Add(version.VersionId);
            }

            if (open.Count + found.Count == 0)
                return new Destroyed([.. versions.Distinct()], [.. markers.Distinct()], [.. uploads.Distinct()]);
        }

        var left = (await VersionsOf(key, ct)).Count + (await UploadsOf(key, ct)).Count;
        return left == 0
            ? new Destroyed([.. versions.Distinct()], [.. markers.Distinct()], [.. uploads.Distinct()])
            : throw new ObjectNotDestroyed(key, $"{left} of its versions or uploads are still in {Where} after they were deleted.");
    }

    public async Task<int> Remains(string key, CancellationToken ct)
    {
        ObjectKey.Check(key);
        return (await VersionsOf(key, ct)).Count + (await UploadsOf(key, ct)).Count;
    }

    /// <summary>A refusal to delete (object lock, legal hold, missing right) is not an outage: it must never pass for done.</summary>
    private async Task Remove<T>(string key, Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            await call();
        }
        catch (AmazonS3Exception gone) when (gone.StatusCode == HttpStatusCode.NotFound && gone.ErrorCode is "NoSuchUpload" or "NoSuchKey" or "NoSuchVersion")
        {
        }
        catch (AmazonS3Exception refused) when ((int)refused.StatusCode is >= 400 and < 500 and not (408 or 429) && refused.ErrorCode != "NoSuchBucket")
        {
            throw new ObjectNotDestroyed(key, $"{Where} refused with {refused.ErrorCode}: {refused.Message}", refused);
        }
        catch (Exception error) when (Translate(error, ct) is { } said)
        {
            throw said;
        }
    }

    private async Task<List<S3ObjectVersion>> VersionsOf(string key, CancellationToken ct)
    {
        List<S3ObjectVersion> all = [];
        var request = new ListVersionsRequest { BucketName = bucket, Prefix = key };
        while (true)
        {
            var page = await Ask(() => client.ListVersionsAsync(request, ct), ct);
            all.AddRange((page.Versions ?? []).Where(version => version.Key == key));
            if (page.IsTruncated != true)
                return all;
            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }

    private async Task<List<string>> UploadsOf(string key, CancellationToken ct) =>
        [.. (await Uploads(key, ct)).Where(upload => upload.Key == key).Select(upload => upload.UploadId)];

    private async Task<List<MultipartUpload>> Uploads(string prefix, CancellationToken ct)
    {
        List<MultipartUpload> all = [];
        var request = new ListMultipartUploadsRequest { BucketName = bucket, Prefix = prefix };
        while (true)
        {
            var page = await Ask(() => client.ListMultipartUploadsAsync(request, ct), ct);
            all.AddRange(page.MultipartUploads ?? []);
            if (page.IsTruncated != true)
                return all;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    public async Task<int> AbortUnfinished(DateTimeOffset begunBefore, CancellationToken ct)
    {
        var old = (await Uploads("", ct))
            .Where(upload => ObjectKey.IsOurs(upload.Key) && upload.Initiated?.ToUniversalTime() < begunBefore.UtcDateTime)
            .ToList();
        foreach (var upload in old)
            await Remove(upload.Key, () => client.AbortMultipartUploadAsync(bucket, upload.Key, upload.UploadId, ct), ct);
        return old.Count;
    }
}
